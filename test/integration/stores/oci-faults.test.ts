/** What networks and registries do wrong, before a real registry. */
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { packChart } from '../../../src/charts/pack.js';
import { sha256Digest } from '../../../src/core/digest.js';
import type { PackedChart } from '../../../src/core/packed-chart.js';
import { findVersion } from '../../../src/stores/find-version.js';
import { openStore } from '../../../src/stores/open-store.js';
import type { ChartStore } from '../../../src/stores/store.js';
import { startRegistry, stopRegistry } from '../../../tools/registry.mjs';
import {
  faultOn,
  startFaultProxy,
  type Fault,
  type FaultProxy,
  type Hook,
  type Seen,
} from '../../support/fault-proxy.js';
import { chartFiles, packedChart } from '../../support/packed-charts.js';
import { failure } from '../../support/promote.js';
import { createTestServices, type TestServices } from '../../support/services.js';

jest.setTimeout(180_000);

const NAME = `oci-faults-${process.pid}`;
const OPTIONS = { verifyTimeoutMs: 3000 };

let host: string;
let services: TestServices;
let chart: PackedChart;
let team = 0;
const open: (() => Promise<void>)[] = [];

beforeAll(async () => {
  ({ host } = await startRegistry({ name: NAME }));
});
afterAll(() => stopRegistry({ name: NAME }));
beforeEach(async () => {
  const own = await createTestServices();
  // Nobody else publishes here: there is nothing to wait for.
  const sleep = (ms: number) => own.clock.sleep(Math.min(ms, 50));
  services = { ...own, clock: { ...own.clock, sleep } };
  team += 1;
  chart = await packedChart('shop', '1.0.0', `${team}`);
});
afterEach(async () => {
  for (const close of open.splice(0)) await close();
  await rm(services.workingDirectory, { recursive: true, force: true });
});

const storeAt = (at = host): Promise<ChartStore> => openStore(`oci://${at}/t${team}`, {}, services);

async function proxyWith(hook: Hook): Promise<FaultProxy> {
  const proxy = await startFaultProxy(`http://${host}`, hook);
  open.push(() => proxy.close());
  return proxy;
}
const hostOf = ({ url }: { readonly url: string }) => new URL(url).host;
const said = (status: number, code: string, headers: Record<string, string> = {}): Fault => ({
  answer: { status, headers, body: Buffer.from(JSON.stringify({ errors: [{ code, message: `it said ${code}` }] })) },
});

async function expectPublished(): Promise<void> {
  const found = await findVersion(await storeAt(), 'shop', '1.0.0');
  expect(sha256Digest(await (await storeAt()).fetch(found))).toBe(chart.digest);
}

/** A registry in the place of the real one, for what that one never does. */
async function standIn(
  handle: (request: http.IncomingMessage, body: Buffer, response: http.ServerResponse) => void,
): Promise<string> {
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => handle(request, Buffer.concat(chunks), response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('publishing survives', () => {
  const isUpload = ({ method, path }: Seen) => method === 'PUT' && path.includes('/blobs/uploads/');
  const once = (matches: (request: Seen) => boolean, moment: 'before' | 'after', fault: Fault): Hook => {
    let done = false;
    return (request, now) => {
      if (done || now !== moment || !matches(request)) return undefined;
      done = true;
      return fault;
    };
  };

  it.each<[string, Hook]>([
    ['a cut connection in an upload', once(isUpload, 'before', 'cut')],
    ['a lost answer to an upload', once(isUpload, 'after', 'cut-after')],
    ['an internal error after an upload', once(isUpload, 'after', 'fail-after')],
    ['an upload session that is gone', once(isUpload, 'before', said(404, 'BLOB_UPLOAD_UNKNOWN'))],
    ['too many requests in an upload', once(isUpload, 'before', said(429, 'TOOMANYREQUESTS', { 'retry-after': '1' }))],
    ['a cut connection at the manifest', faultOn('PUT', '/manifests/1.0.0', 'cut')],
    ['a lost answer to the manifest', faultOn('PUT', '/manifests/1.0.0', 'cut-after')],
    ['an internal error after the manifest', faultOn('PUT', '/manifests/1.0.0', 'fail-after')],
    ['too many requests at the manifest', faultOn('PUT', '/manifests/1.0.0', said(429, 'TOOMANYREQUESTS'))],
    [
      'blobs that are not found right after they were uploaded',
      faultOn('PUT', '/manifests/1.0.0', said(404, 'MANIFEST_BLOB_UNKNOWN'), 2),
    ],
    ['a list of tags that comes late', faultOn('GET', '/tags/list', said(503, 'UNAVAILABLE'), 2)],
  ])('%s', async (_, hook) => {
    const proxy = await proxyWith(hook);
    const [published] = await (await storeAt(hostOf(proxy))).publish([chart], OPTIONS);
    expect(published?.state).toBe('published');
    await expectPublished();
  });

  it('a blob that is not there right after its upload', async () => {
    let left = 2;
    const proxy = await proxyWith(({ method, path }, moment) => {
      if (moment === 'after' || method !== 'GET' || !path.endsWith(chart.digest) || left === 0) return undefined;
      left -= 1;
      return said(404, 'BLOB_UNKNOWN');
    });
    expect(await (await storeAt(hostOf(proxy))).publish([chart], OPTIONS)).toMatchObject([{ state: 'published' }]);
    expect(left).toBe(0);
  });

  it('a list of tags that is behind; it is not done before the list shows the version', async () => {
    await (await storeAt()).publish([await packedChart('shop', '0.9.0')], OPTIONS);
    let stale = 4;
    const proxy = await proxyWith(({ path }, moment) => {
      if (moment === 'after' || !path.endsWith('/tags/list') || stale === 0) return undefined;
      stale -= 1;
      return { answer: { status: 200, headers: {}, body: Buffer.from('{"name":"shop","tags":["0.9.0"]}') } };
    });
    await (await storeAt(hostOf(proxy))).publish([chart], OPTIONS);
    expect(stale).toBe(0);
    expect(services.log.text()).toContain('can be pulled by its exact version, but the list of tags does not show it.');
  });

  it('and says what is visible and what is not when that takes too long', async () => {
    const proxy = await proxyWith(({ path }, moment) =>
      moment === 'before' && path.endsWith('/tags/list')
        ? { answer: { status: 200, headers: {}, body: Buffer.from('{"name":"shop","tags":[]}') } }
        : undefined,
    );
    const at = hostOf(proxy);
    expect(await failure((await storeAt(at)).publish([chart], { verifyTimeoutMs: 200 }))).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining(
        `oci://${at}/t${team}/shop:1.0.0 can be pulled by its exact version, but the list of tags does not show it.`,
      ),
    });
  });

  it('and says which of several charts are published, and which are not', async () => {
    const charts = [chart, await packedChart('web', '2.0.0')];
    const proxy = await proxyWith(({ method, path }, moment) =>
      moment === 'before' && method === 'PUT' && path.endsWith('/web/manifests/2.0.0')
        ? said(403, 'DENIED')
        : undefined,
    );
    const at = hostOf(proxy);
    expect(await failure((await storeAt(at)).publish(charts, OPTIONS))).toMatchObject({
      code: 'unauthorized',
      message: `${at}/t${team}/web: The manifest 2.0.0 was refused: DENIED it said DENIED (HTTP 403). Published: shop 1.0.0. Uploaded, but not tagged, so that nobody sees it: web 2.0.0.`,
      hint: expect.stringMatching(/Run the job again: it completes what is missing\.$/),
    });
    expect((await (await storeAt()).publish(charts, OPTIONS)).map(({ state }) => state)).toEqual([
      'already-published',
      'published',
    ]);
  });

  it('a registry that never finds what was uploaded is told of', async () => {
    const proxy = await proxyWith(faultOn('PUT', '/manifests/1.0.0', said(404, 'MANIFEST_BLOB_UNKNOWN'), 99));
    const at = hostOf(proxy);
    expect(await failure((await storeAt(at)).publish([chart], OPTIONS))).toMatchObject({
      code: 'unreachable',
      message: `oci://${at}/t${team}/shop:1.0.0: the registry loses what is uploaded: MANIFEST_BLOB_UNKNOWN it said MANIFEST_BLOB_UNKNOWN. Uploaded, but not tagged, so that nobody sees it: shop 1.0.0.`,
    });
  });

  it('a tag that is said not to change, and is not there', async () => {
    const proxy = await proxyWith(faultOn('PUT', '/manifests/1.0.0', said(400, 'TAG_INVALID'), 99));
    expect(await failure((await storeAt(hostOf(proxy))).publish([chart], OPTIONS))).toMatchObject({
      code: 'refused',
      message: expect.stringContaining('shop:1.0.0 cannot be written: TAG_INVALID'),
    });
  });

  it('an immutable tag that has the same bytes: it was ours, or somebody else’s', async () => {
    const direct = await storeAt();
    const proxy = await proxyWith(async ({ method, path }, moment) => {
      if (moment === 'after' || method !== 'PUT' || !path.endsWith('/manifests/1.0.0')) return undefined;
      await direct.publish([chart], OPTIONS);
      return said(400, 'TAG_INVALID');
    });
    expect(await (await storeAt(hostOf(proxy))).publish([chart], OPTIONS)).toMatchObject([
      { state: 'already-published' },
    ]);
  });

  it('a body that is too large for one piece', async () => {
    let pieces = 0;
    const proxy = await proxyWith(({ method, path, body }, moment) => {
      if (moment === 'after' || !path.includes('/blobs/uploads/')) return undefined;
      if (method === 'PATCH') pieces += 1;
      return method !== 'POST' && body.length > 4_000_000 ? said(413, 'SIZE_INVALID') : undefined;
    });
    const texts = Object.entries(chartFiles('shop', '1.0.0')).map(([path, text]) => ({
      path,
      data: Buffer.from(text),
    }));
    const files = ['a', 'b'].map((name) => ({ path: `files/${name}`, data: randomBytes(2_500_000) }));
    chart = await packChart([...texts, ...files], 'shop');
    expect(chart.bytes.length).toBeGreaterThan(4_000_000);
    await (await storeAt(hostOf(proxy))).publish([chart], OPTIONS);
    expect(pieces).toBeGreaterThan(1);
    await expectPublished();
  });
});

describe('addresses of uploads', () => {
  it.each([
    ['relative, with a query', (at: string) => `/upload/7?_state=a%2Bb%3D%3D&x=1`.replace('@', at)],
    ['absolute', (at: string) => `http://${at}/upload/7?_state=a%2Bb%3D%3D&x=1`],
  ])('%s: their query stays as it is', async (_, location) => {
    const wanted: string[] = [];
    const blobs = new Set<string>();
    let manifest: Buffer | undefined;
    const at = await standIn((request, body, response) => {
      const url = request.url ?? '';
      const digest = decodeURIComponent(/(sha256(?::|%3A)[0-9a-f]{64})/.exec(url)?.[1] ?? '');
      if (request.method === 'POST')
        return void response.writeHead(202, { location: location(request.headers.host ?? '') }).end();
      if (url.startsWith('/upload/')) {
        wanted.push(url.slice(0, url.indexOf('&digest=')));
        blobs.add(digest);
        return void response.writeHead(201).end();
      }
      if (url.includes('/tags/'))
        return void response.end(JSON.stringify({ tags: manifest === undefined ? null : ['1.0.0'] }));
      if (url.includes('/blobs/')) {
        const found = digest === chart.digest && blobs.has(digest);
        return void response
          .writeHead(found || (blobs.has(digest) && request.method === 'HEAD') ? 200 : 404)
          .end(found ? chart.bytes : '');
      }
      // Manifests: no HEAD, no digest in the headers.
      if (request.method === 'PUT') manifest = body;
      if (manifest === undefined) return void response.writeHead(404).end();
      response.writeHead(request.method === 'PUT' ? 201 : 200).end(request.method === 'GET' ? manifest : '');
    });
    expect(await (await storeAt(at)).publish([chart], OPTIONS)).toMatchObject([{ state: 'published' }]);
    expect(wanted).toEqual(['/upload/7?_state=a%2Bb%3D%3D&x=1', '/upload/7?_state=a%2Bb%3D%3D&x=1']);
  });

  it('that are missing are told', async () => {
    const at = await standIn((request, _, response) => {
      if (request.url?.includes('/tags/')) return void response.end('{"tags":[]}');
      response.writeHead(request.method === 'POST' ? 202 : 404).end();
    });
    expect(await failure((await storeAt(at)).publish([chart], OPTIONS))).toMatchObject({
      code: 'unreachable',
      message: `${at} starts an upload, but does not say where it goes on.`,
    });
  });
});

describe('lists of tags', () => {
  /** Pages as registries make them, of so many tags. */
  async function paged(
    count: number,
    link: (last: string, url: URL) => string | undefined,
  ): Promise<{ at: string; pages: () => number }> {
    const tags = Array.from({ length: count }, (_, patch) => `1.0.${patch}`).sort();
    let pages = 0;
    const at = await standIn((request, _, response) => {
      const url = new URL(request.url ?? '', 'http://localhost');
      pages += 1;
      const start = tags.indexOf(url.searchParams.get('last') ?? '') + 1;
      const page = tags.slice(start, start + 1000);
      const next = start + 1000 < tags.length ? link(page.at(-1) ?? '', url) : undefined;
      if (next !== undefined) response.setHeader('link', next);
      response.end(JSON.stringify({ name: 'shop', tags: page }));
    });
    return { at, pages: () => pages };
  }

  it('of 25,000 are read to their end', async () => {
    const { at, pages } = await paged(25_000, (last, url) => `<${url.pathname}?last=${last}&n=1000>; rel="next"`);
    const versions = await (await storeAt(at)).versions('shop');
    expect(versions).toHaveLength(25_000);
    expect(versions[0]?.version).toBe('1.0.24999');
    expect(pages()).toBe(25);
  });

  it('that go round in circles are no lists', async () => {
    const { at } = await paged(2500, (_, url) => `<${url.pathname}?n=1000>; rel="next"`);
    expect(await failure((await storeAt(at)).versions('shop'))).toMatchObject({
      code: 'unreachable',
      message: `${at}/t${team}/shop: the list of tags has no end.`,
    });
  });
});
