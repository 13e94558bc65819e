import { readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { resolveChart } from '../../../src/actions/deploy-chart/resolve.js';
import type { DeployInputs } from '../../../src/actions/deploy-chart/inputs.js';
import { promoteChart } from '../../../src/actions/promote-chart/action.js';
import { publishChart } from '../../../src/actions/publish-chart/action.js';
import { sha256Digest } from '../../../src/core/digest.js';
import type { HelmCdError } from '../../../src/core/errors.js';
import type { PackedChart } from '../../../src/core/packed-chart.js';
import { createHelm } from '../../../src/helm/helm.js';
import { createInputReader } from '../../../src/runtime/inputs.js';
import { findVersion } from '../../../src/stores/find-version.js';
import { openStore } from '../../../src/stores/open-store.js';
import { packedChart, writeChart } from '../../support/packed-charts.js';
import { createTestServices, toolchainBin, type TestServices } from '../../support/services.js';

jest.setTimeout(180_000);

const LOGIN = { username: 'reader', password: 'TheReadersPassword' };
const saved = { ...process.env };

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** A web server with files, each with its ETag. */
interface WebServer {
  readonly url: string;
  readonly files: Map<string, Uint8Array | string | Answer>;
  readonly seen: { readonly path: string; readonly authorization: string | undefined; readonly status: number }[];
}

let services: TestServices;
let charts: readonly PackedChart[];
const open: (() => void)[] = [];

beforeEach(async () => {
  services = await createTestServices({ masks: { add: () => undefined, redact: (text) => text } });
  charts = [await packedChart('shop', '1.0.0'), await packedChart('shop', '1.1.0'), await packedChart('shop', '2.0.0')];
});

afterEach(async () => {
  process.env = { ...saved };
  for (const close of open.splice(0)) close();
  await rm(services.workingDirectory, { recursive: true, force: true });
});

async function serve(): Promise<WebServer> {
  const files: WebServer['files'] = new Map();
  const seen: WebServer['seen'] = [];
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = files.get(decodeURIComponent(pathname)) ?? { status: 404, body: 'nothing here' };
    const answer: Answer =
      typeof file === 'string' || file instanceof Uint8Array
        ? { status: 200, headers: { etag: `"${sha256Digest(file)}"` }, body: file }
        : file;
    const { status, headers = {} } = answer;
    const known = headers['etag'] !== undefined && headers['etag'] === request.headers['if-none-match'];
    seen.push({ path: pathname, authorization: request.headers.authorization, status: known ? 304 : status });
    if (known) return void response.writeHead(304, headers).end();
    response.writeHead(status, headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, files, seen };
}

/** An index as helm writes it. */
function indexOf(entries: readonly { chart: PackedChart; url: string; digest?: string }[]): string {
  const lines = entries.map(
    ({ chart: { metadata, digest: own }, url, digest = own.slice('sha256:'.length) }) =>
      `  - name: ${metadata.name}\n    version: ${metadata.version}\n    created: "2026-01-01T00:00:00Z"\n` +
      `    digest: ${digest}\n    urls:\n    - ${url}\n`,
  );
  return `apiVersion: v1\nentries:\n  shop:\n${lines.join('')}generated: "2026-01-01T00:00:00Z"\n`;
}

/** A repository below /charts whose archives are beside its index. */
async function plainRepository(): Promise<WebServer & { repository: string }> {
  const web = await serve();
  const entries = charts.map((chart) => ({ chart, url: `shop-${chart.metadata.version}.tgz` }));
  web.files.set('/charts/index.yaml', indexOf(entries));
  for (const { chart, url } of entries) web.files.set(`/charts/${url}`, chart.bytes);
  return { ...web, repository: `${web.url}/charts` };
}

async function failure(promise: Promise<unknown>): Promise<HelmCdError> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as HelmCdError,
  );
}

async function fetchVersion(url: string, version: string, access = {}): Promise<Uint8Array> {
  const store = await openStore(url, access, services);
  return store.fetch(await findVersion(store, 'shop', version));
}

describe('a plain chart repository on the web', () => {
  it('gives versions, newest first, and the bytes that its index names; an index that is unchanged is not sent again', async () => {
    const web = await plainRepository();
    const store = await openStore(`${web.repository}/`, {}, services);
    expect((await store.versions('shop')).map(({ version }) => version)).toEqual(['2.0.0', '1.1.0', '1.0.0']);
    expect(await findVersion(store, 'shop', '^1.0.0')).toMatchObject({
      version: '1.1.0',
      digest: charts[1]?.digest,
      created: '2026-01-01T00:00:00Z',
      url: `${web.repository}/shop-1.1.0.tgz`,
    });
    expect(sha256Digest(await fetchVersion(web.repository, '1.1.0'))).toBe(charts[1]?.digest);
    const index = web.seen.filter(({ path: at }) => at === '/charts/index.yaml').map(({ status }) => status);
    expect(index).toEqual([200, 304, 200]);
  });

  it('may send its index compressed, and what it only says is compressed is taken as it is', async () => {
    const web = await plainRepository();
    const index = web.files.get('/charts/index.yaml') as string;
    const headers = { 'content-encoding': 'gzip' };
    for (const body of [gzipSync(index), index]) {
      web.files.set('/charts/index.yaml', { status: 200, headers, body });
      expect(sha256Digest(await fetchVersion(web.repository, '1.0.0'))).toBe(charts[0]?.digest);
    }
  });

  it('is asked for its index once by one who only looks', async () => {
    const web = await plainRepository();
    const store = await openStore(web.repository, {}, services, { readOnly: true });
    for (let look = 0; look < 3; look++) await store.versions('shop');
    expect(web.seen).toHaveLength(1);
  });

  it('may have its archives elsewhere, where no password goes', async () => {
    const [web, other] = [await serve(), await serve()];
    const [chart] = charts;
    if (chart === undefined) throw new Error('no chart');
    other.files.set('/files/shop.tgz', chart.bytes);
    other.files.set('/files/shop.tgz.prov', 'signed');
    web.files.set('/index.yaml', indexOf([{ chart, url: `${other.url}/files/shop.tgz` }]));
    const store = await openStore(web.url, LOGIN, services);
    const found = await findVersion(store, 'shop', '');
    expect(sha256Digest(await store.fetch(found))).toBe(chart.digest);
    expect(Buffer.from((await store.provenance(found)) ?? '').toString()).toBe('signed');
    const basic = `Basic ${Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64')}`;
    expect(web.seen.map(({ authorization }) => authorization)).toEqual([basic]);
    expect(other.seen.map(({ authorization }) => authorization)).toEqual([undefined, undefined]);
  });

  it('has no provenance where it answers that there is none, or forbids to look', async () => {
    const web = await plainRepository();
    const store = await openStore(web.repository, {}, services);
    const found = await findVersion(store, 'shop', '1.0.0');
    expect(await store.provenance(found)).toBeUndefined();
    web.files.set('/charts/shop-1.0.0.tgz.prov', { status: 403 });
    expect(await store.provenance(found)).toBeUndefined();
    web.files.set('/charts/shop-1.0.0.tgz.prov', { status: 401 });
    expect(await failure(store.provenance(found))).toMatchObject({ code: 'unauthorized' });
  });

  it.each<[string, (web: WebServer) => void, string, string]>([
    [
      'whose archive is not what the index says',
      ({ files }) => files.set('/charts/shop-2.0.0.tgz', 'other'),
      'conflict',
      `URL/shop-2.0.0.tgz has the digest ${sha256Digest('other')}, but the index of URL says sha256:`,
    ],
    [
      'whose archive is gone',
      ({ files }) => files.delete('/charts/shop-2.0.0.tgz'),
      'not-found',
      'shop 2.0.0 is in the index of URL, but URL/shop-2.0.0.tgz is not there.',
    ],
    [
      'whose archives are in an OCI registry',
      ({ files }) => {
        const [chart] = charts;
        if (chart !== undefined)
          files.set('/charts/index.yaml', indexOf([{ chart, url: 'oci://ghcr.io/acme/shop:1.0.0' }]));
      },
      'unsupported',
      'The archive of shop 1.0.0 is not on the web but at oci://ghcr.io/acme/shop:1.0.0',
    ],
    [
      'that is not there',
      ({ files }) => files.delete('/charts/index.yaml'),
      'not-found',
      'There is no chart repository at URL: URL/index.yaml is not there (HTTP 404).',
    ],
    [
      'that wants a login',
      ({ files }) => files.set('/charts/index.yaml', { status: 401, headers: { 'www-authenticate': 'Basic' } }),
      'unauthorized',
      'URL/index.yaml cannot be read (HTTP 401).',
    ],
    [
      'that shows a page for people',
      ({ files }) => files.set('/charts/index.yaml', '<html><title>Our charts</title></html>'),
      'file',
      'URL/index.yaml is no index of a chart repository but a web page, "Our charts".',
    ],
    [
      'whose index is broken',
      ({ files }) => files.set('/charts/index.yaml', 'entries: ['),
      'file',
      'URL/index.yaml is no index of a chart repository:',
    ],
    [
      'that redirects without end',
      ({ files }) => files.set('/charts/index.yaml', { status: 302, headers: { location: '/charts/index.yaml' } }),
      'refused',
      'URL/index.yaml cannot be read: it leads to URL/index.yaml (HTTP 302).',
    ],
  ])('%s is not read', async (_, change, code, message) => {
    const web = await plainRepository();
    change(web);
    expect(await failure(fetchVersion(web.repository, ''))).toMatchObject({
      code,
      message: expect.stringContaining(message.replaceAll('URL', web.repository)),
    });
  });

  it.each([
    ['https://', 'it is no URL with a host'],
    ['https://charts.example.com/index.yaml', 'it names the index itself'],
    ['https://charts.example.com/?a=b', 'it has a query or a fragment'],
    ['https+chartmuseum://charts.example.com/#x', 'it has a query or a fragment'],
  ])('is not %s', async (url, why) => {
    expect(await failure(openStore(url, {}, services))).toMatchObject({
      code: 'input',
      message: `"${url}" is no chart repository on the web: ${why}.`,
    });
  });

  it('is not named with a password in its URL', async () => {
    expect(await failure(openStore('https://me:secret@charts.example.com', {}, services))).toMatchObject({
      code: 'input',
      message: 'The URL of a chart repository must not hold a user or a password.',
    });
  });
});

describe('a plain chart repository is for', () => {
  const run = async (inputs: Record<string, string>, action: typeof promoteChart | typeof publishChart) => {
    process.env = { ...saved };
    for (const [name, value] of Object.entries(inputs)) process.env[`INPUT_${name.toUpperCase()}`] = value;
    const reader = createInputReader(services.masks);
    // Each action takes its own inputs.
    const { readInputs, run: go } = action as typeof publishChart;
    return go(readInputs(reader), services);
  };

  it('promoting from, never to', async () => {
    const web = await plainRepository();
    const to = pathToFileURL(path.join(services.workingDirectory, 'production')).href;
    const inputs = { chart: 'shop', version: '~1.1', from: web.repository, to };
    expect(await run(inputs, promoteChart)).toMatchObject({ result: 'promoted', outputs: { version: '1.1.0' } });
    const copy = await readFile(path.join(services.workingDirectory, 'production/shop-1.1.0.tgz'));
    expect(sha256Digest(copy)).toBe(charts[1]?.digest);
    expect(await failure(run({ chart: 'shop', from: to, to: web.repository }, promoteChart))).toMatchObject({
      code: 'unsupported',
      message: `helm-cd can read the chart repository ${web.repository}, but not publish to it.`,
    });
  });

  it('no publishing, which is said before anything is packaged', async () => {
    await writeChart(services.workingDirectory, 'shop', '1.0.0');
    const inputs = { charts: 'shop', 'chart-repository': 'https://charts.example.com/stable' };
    expect(await failure(run(inputs, publishChart))).toMatchObject({
      code: 'unsupported',
      message: 'helm-cd can read the chart repository https://charts.example.com/stable, but not publish to it.',
      hint: expect.stringContaining('https+chartmuseum://'),
    });
    const store = await openStore('https://charts.example.com/stable', {}, services);
    expect(await failure(store.plan([]))).toMatchObject({ code: 'unsupported' });
    expect(await failure(store.publish([], { verifyTimeoutMs: 1 }))).toMatchObject({ code: 'unsupported' });
  });

  it.each([
    ['a version', '1.0.0', '1.0.0'],
    ['a constraint', '1.x', '1.1.0'],
    ['nothing: then the newest', '', '2.0.0'],
  ])('deploying by name and %s', async (_, version, found) => {
    const web = await plainRepository();
    const helm = createHelm({ path: path.join(toolchainBin, 'helm'), version: '4.0.0', major: 4 }, services);
    const inputs = { version, chartDigest: '', access: {} } as unknown as DeployInputs;
    const origin = { kind: 'stored', name: 'shop', repository: web.repository } as const;
    const resolved = await resolveChart(origin, inputs, helm, services);
    expect(resolved).toMatchObject({
      version: found,
      source: `${web.repository}/shop-${found}.tgz`,
      digest: charts.find(({ metadata }) => metadata.version === found)?.digest,
    });
    web.files.set(`/charts/shop-${found}.tgz`, (await packedChart('shop', found, 'changed')).bytes);
    expect(await failure(resolveChart(origin, inputs, helm, services))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`but the index of ${web.repository} says ${resolved.digest}.`),
    });
  });
});
