import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sha256Digest } from '../../../src/core/digest.js';
import type { HelmCdError } from '../../../src/core/errors.js';
import { archiveName, type PackedChart } from '../../../src/core/packed-chart.js';
import { provenanceMessage } from '../../../src/core/provenance.js';
import { openStore } from '../../../src/stores/open-store.js';
import type { PublishedChart } from '../../../src/stores/store.js';
import { startS3, stopS3 } from '../../../tools/s3.mjs';
import {
  faultOn,
  startFaultProxy,
  type Answer,
  type Fault,
  type FaultProxy,
  type Hook,
  type Seen,
} from '../../support/fault-proxy.js';
import { packedChart } from '../../support/packed-charts.js';
import { createTestServices, type TestServices } from '../../support/services.js';

jest.setTimeout(180_000);

const OPTIONS = { verifyTimeoutMs: 4000 };
const BUCKET = 'charts';
const S3_NAME = `s3-faults-${process.pid}`;

let server: Awaited<ReturnType<typeof startS3>>;
let services: TestServices;
let folder: string;
let url: string;
let proxy: FaultProxy | undefined;

beforeAll(async () => {
  server = await startS3({ name: S3_NAME, bucket: BUCKET });
});

afterAll(async () => {
  await stopS3({ name: S3_NAME });
});

beforeEach(async () => {
  folder = await mkdtemp(path.join(server.directory, BUCKET, 'team-'));
  url = `s3://${BUCKET}/${path.basename(folder)}`;
  services = await createTestServices({
    masks: { add: () => undefined, redact: (text) => text },
    environment: { AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: server.secretAccessKey },
  });
});

afterEach(async () => {
  await proxy?.close();
  proxy = undefined;
  await rm(services.workingDirectory, { recursive: true, force: true });
});

async function openThrough(hook: Hook) {
  proxy = await startFaultProxy(server.endpoint, hook);
  return openStore(url, { endpointUrl: proxy.url }, services);
}

const openDirectly = () => openStore(url, { endpointUrl: server.endpoint }, services);

/** A chart with what stands for a signature: the stores look at the digest in it only. */
async function signedChart(name: string, version: string): Promise<PackedChart> {
  const chart = await packedChart(name, version);
  return { ...chart, provenance: Buffer.from(`-----BEGIN-----\n\n${provenanceMessage(chart)}`) };
}

async function indexed(): Promise<{ version: string; digest: string }[]> {
  const text = await readFile(path.join(folder, 'index.yaml'), 'utf8').catch(() => '{"entries":{"shop":[]}}');
  return (JSON.parse(text) as { entries: { shop: { version: string; digest: string }[] } }).entries.shop;
}

const versions = async () => (await indexed()).map(({ version }) => version);

/** The chart files that are in the bucket. */
const files = async () => (await readdir(folder)).filter((name) => name.startsWith('shop-')).sort();

/** Whatever the index names is there, as a whole and with the right digest. */
async function expectNothingDangling(): Promise<void> {
  for (const { version, digest } of await indexed()) {
    expect(sha256Digest(await readFile(path.join(folder, `shop-${version}.tgz`)))).toBe(`sha256:${digest}`);
  }
}

const states = (published: readonly PublishedChart[]) => published.map(({ version, state }) => `${version} ${state}`);

async function failure(promise: Promise<unknown>): Promise<HelmCdError> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as HelmCdError,
  );
}

/** A fault at each of the first matching requests; more than one where the SDK's own repetition would hide it. */
type Case = [what: string, method: string, pathEnd: string, fault: Fault, times?: number];

describe('publishing survives', () => {
  const conflict = { status: 409, code: 'ConditionalRequestConflict' };
  const lost = { status: 412, code: 'PreconditionFailed' };
  it.each<Case>([
    ['a cut connection before the first write', 'PUT', 'conditional-writes', 'cut'],
    ['a lost answer to the first write', 'PUT', 'conditional-writes', 'cut-after'],
    ['a cut connection before the archive', 'PUT', '.tgz', 'cut'],
    ['a cut connection within the archive', 'PUT', '.tgz', 'cut-upload'],
    ['a lost answer to the archive', 'PUT', '.tgz', 'cut-after'],
    ['an internal error after the archive was stored', 'PUT', '.tgz', 'fail-after'],
    ['a conflict of two uploads of the archive', 'PUT', '.tgz', conflict, 3],
    ['too many requests at the archive', 'PUT', '.tgz', { status: 429, code: 'TooManyRequests' }],
    ['a lost answer to the provenance', 'PUT', '.prov', 'cut-after'],
    ['an internal error after the provenance was stored', 'PUT', '.prov', 'fail-after'],
    ['a server that has to slow down at the provenance', 'PUT', '.prov', { status: 503, code: 'SlowDown' }],
    ['a cut connection before the index', 'PUT', 'index.yaml', 'cut'],
    ['a cut connection within the index', 'PUT', 'index.yaml', 'cut-upload'],
    ['a lost answer to the index', 'PUT', 'index.yaml', 'cut-after'],
    ['an internal error after the index was stored', 'PUT', 'index.yaml', 'fail-after'],
    ['races for the index that are lost', 'PUT', 'index.yaml', lost, 3],
    ['conflicts of two changes of the index', 'PUT', 'index.yaml', conflict, 3],
    ['too many requests', 'GET', 'index.yaml', { status: 429, code: 'TooManyRequests' }],
    ['a server that has to slow down', 'PUT', 'index.yaml', { status: 503, code: 'SlowDown' }],
    ['an index of which half arrives', 'GET', 'index.yaml', 'cut-download', 2],
    ['a cut connection while reading back', 'GET', '.tgz', 'cut'],
    ['an archive of which half arrives while reading back', 'GET', '.tgz', 'cut-download', 2],
  ])('%s', async (_, method, pathEnd, fault, times = 1) => {
    await (await openDirectly()).publish([await packedChart('shop', '1.0.0')], OPTIONS);
    const store = await openThrough(faultOn(method, pathEnd, fault, times));
    const chart = await signedChart('shop', '1.0.1');
    expect(states(await store.publish([chart], OPTIONS))).toEqual(['1.0.1 published']);
    expect(await versions()).toEqual(['1.0.1', '1.0.0']);
    expect(await files()).toEqual(['shop-1.0.0.tgz', 'shop-1.0.1.tgz', 'shop-1.0.1.tgz.prov']);
    await expectNothingDangling();
    // Once more, without a fault: nothing is written.
    const asked: string[] = [];
    await proxy?.close();
    const again = await openThrough((request) => void asked.push(request.method));
    expect(states(await again.publish([chart], OPTIONS))).toEqual(['1.0.1 already-published']);
    expect(new Set(asked)).toEqual(new Set(['GET']));
  });

  it('somebody who changes the index between reading and writing', async () => {
    const other = await openDirectly();
    let interfered = false;
    const store = await openThrough(async (request, moment) => {
      if (moment === 'before' && request.method === 'PUT' && request.path.endsWith('index.yaml') && !interfered) {
        interfered = true;
        await other.publish([await packedChart('shop', '2.0.0')], OPTIONS);
      }
      return undefined;
    });
    expect(states(await store.publish([await packedChart('shop', '1.0.0')], OPTIONS))).toEqual(['1.0.0 published']);
    expect(await versions()).toEqual(['2.0.0', '1.0.0']);
  });

  it('a server that for a while shows the index as it was', async () => {
    await (await openDirectly()).publish([await packedChart('shop', '1.0.0')], OPTIONS);
    const old = new Map<string, Answer>();
    let stale = 6;
    const store = await openThrough((request, moment) => {
      if (request.method !== 'GET' || !request.path.endsWith('index.yaml')) return undefined;
      if (moment === 'after') return void old.set('index', old.get('index') ?? (request.answer as Answer));
      const answer = old.get('index');
      return answer === undefined || stale-- <= 0 ? undefined : { answer };
    });
    // Somebody else has published meanwhile, so that the first write must fail.
    await store.versions('shop');
    await (await openDirectly()).publish([await packedChart('shop', '1.0.1')], OPTIONS);
    expect(states(await store.publish([await packedChart('shop', '1.0.2')], OPTIONS))).toEqual(['1.0.2 published']);
    expect(await versions()).toEqual(['1.0.2', '1.0.1', '1.0.0']);
    await expectNothingDangling();
  });

  it('a server that for a while does not show the new archive', async () => {
    let hidden = 3;
    const store = await openThrough((request, moment) =>
      moment === 'before' && request.method === 'GET' && request.path.endsWith('.tgz') && hidden-- > 0
        ? { status: 404, code: 'NoSuchKey' }
        : undefined,
    );
    expect(states(await store.publish([await packedChart('shop', '1.0.0')], OPTIONS))).toEqual(['1.0.0 published']);
    expect(services.log.text()).toContain(
      `Waiting until consumers see it: shop 1.0.0 is in the index of ${url}, but shop-1.0.0.tgz is not there.`,
    );
  });

  it('a tool that writes over the index without looking, and says so', async () => {
    await (await openDirectly()).publish([await packedChart('shop', '1.0.0')], OPTIONS);
    const before = await readFile(path.join(folder, 'index.yaml'));
    let overwritten = false;
    const store = await openThrough(async (request, moment) => {
      if (overwritten || moment === 'before' || request.method !== 'PUT' || !request.path.endsWith('index.yaml'))
        return;
      overwritten = true;
      const { writeFile } = await import('node:fs/promises');
      await writeFile(path.join(folder, 'index.yaml'), before);
    });
    expect(states(await store.publish([await packedChart('shop', '1.0.1')], OPTIONS))).toEqual(['1.0.1 published']);
    expect(await versions()).toEqual(['1.0.1', '1.0.0']);
    expect(services.log.text()).toContain(
      `warning: ${url}/index.yaml was overwritten by something that does not look at what is there: shop 1.0.1 was lost and added again.`,
    );
  });
});

describe('publishing fails, saying what is in place,', () => {
  const many = 1000;
  const denied = { status: 403, code: 'AccessDenied' };
  const broken = { status: 500, code: 'InternalError' };
  const NOT_SEEN = 'The index was not changed: consumers see nothing of it.';
  const archive = ['shop-1.0.1.tgz'];
  const both = [...archive, 'shop-1.0.1.tgz.prov'];

  it.each<[...Case, code: string, message: string, inBucket: readonly string[], index: readonly string[]]>([
    [
      'nothing, when it may not write',
      'PUT',
      '',
      denied,
      many,
      'unauthorized',
      'cannot be written: AccessDenied (HTTP 403).',
      [],
      [],
    ],
    [
      'when nothing is known of the archive',
      'PUT',
      '.tgz',
      'cut-after',
      many,
      'unreachable',
      `Not known, for the answer never came: the archive of shop 1.0.1. ${NOT_SEEN}`,
      archive,
      [],
    ],
    [
      'the archive, when the provenance cannot be written',
      'PUT',
      '.prov',
      denied,
      many,
      'unauthorized',
      `In place: the archive of shop 1.0.1. ${NOT_SEEN}`,
      archive,
      [],
    ],
    [
      'archive and provenance, when the index stays unknown',
      'PUT',
      'index.yaml',
      broken,
      many,
      'unreachable',
      'In place: the archive and provenance of shop 1.0.1. Whether the index names shop 1.0.1 is not known, for the answer never came.',
      both,
      [],
    ],
    [
      'archive and provenance, when the index was changed but nobody says so',
      'PUT',
      'index.yaml',
      'cut-after',
      many,
      'unreachable',
      'Whether the index names shop 1.0.1 is not known, for the answer never came.',
      both,
      ['1.0.1'],
    ],
    [
      'everything, when it may not be read back',
      'GET',
      '.tgz',
      denied,
      many,
      'unauthorized',
      'shop-1.0.1.tgz cannot be read: AccessDenied (HTTP 403). Everything is in place and the index names shop 1.0.1; it was not fetched back.',
      both,
      ['1.0.1'],
    ],
    [
      'never taking a refused index for a missing one',
      'GET',
      'index.yaml',
      denied,
      many,
      'unauthorized',
      'index.yaml cannot be read: AccessDenied (HTTP 403).',
      [],
      [],
    ],
  ])('%s', async (_, method, pathEnd, fault, times, code, message, inBucket, index) => {
    const store = await openThrough(faultOn(method, pathEnd, fault, times));
    const chart = await signedChart('shop', '1.0.1');
    const error = await failure(store.publish([chart], OPTIONS));
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
    expect(error.hint).toContain(inBucket.length > 0 ? 'Run the job again' : 's3:PutObject');
    expect(await files()).toEqual(inBucket);
    expect(await versions()).toEqual(index);
    const again = await (await openDirectly()).publish([chart], OPTIONS);
    expect(states(again)).toEqual([`1.0.1 ${index.length > 0 ? 'already-published' : 'published'}`]);
    expect(await files()).toEqual(both);
    await expectNothingDangling();
  });

  it('when it is cancelled midway', async () => {
    const store = await openThrough((request, moment) => {
      if (moment === 'before' && request.method === 'PUT' && request.path.endsWith('index.yaml')) {
        services.cancel.abort();
        return 'stall';
      }
      return undefined;
    });
    expect(await failure(store.publish([await packedChart('shop', '1.0.0')], OPTIONS))).toMatchObject({
      code: 'cancelled',
      message:
        'The job was cancelled. In place: the archive of shop 1.0.0. Whether the index names shop 1.0.0 is not known, for the answer never came.',
      hint: 'Run the job again: it completes what is missing.',
    });
  });

  it('when others change the index again and again', async () => {
    services.clock.sleep = () => Promise.resolve();
    const store = await openThrough(faultOn('PUT', 'index.yaml', { status: 412, code: 'PreconditionFailed' }, many));
    expect(await failure(store.publish([await packedChart('shop', '1.0.0')], OPTIONS))).toMatchObject({
      code: 'conflict',
      message: `${url}/index.yaml was changed by others 200 times in a row. In place: the archive of shop 1.0.0. ${NOT_SEEN}`,
      hint: 'Run the job again: it completes what is missing.',
    });
    expect(services.log.text()).toContain(`${url}/index.yaml: others were faster 100 times; adding to it again`);
  });

  it('when the index is never shown, after verify-timeout', async () => {
    let uploaded = false;
    const store = await openThrough((request, moment) => {
      if (request.method === 'PUT' && request.path.endsWith('index.yaml') && moment === 'after') uploaded = true;
      const hide = uploaded && moment === 'before' && request.method === 'GET' && request.path.endsWith('index.yaml');
      return hide ? { status: 404, code: 'NoSuchKey' } : undefined;
    });
    expect(await failure(store.publish([await packedChart('shop', '1.0.0')], { verifyTimeoutMs: 300 }))).toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(
        /^Published, but after .* consumers do not get it: The index does not show shop 1\.0\.0\.$/,
      ),
    });
    expect(services.log.text()).toContain('Waiting until consumers see it: The index does not show shop 1.0.0.');
    expect(await versions()).toEqual(['1.0.0']);
  });
});

describe('every write', () => {
  it('is on a condition, so that a bucket policy can demand it', async () => {
    const put: Seen[] = [];
    const store = await openThrough((request, moment) => {
      if (moment === 'after' || request.method !== 'PUT') return undefined;
      put.push(request);
      const { 'if-none-match': none, 'if-match': match } = request.headers;
      const isCreateOnly = /\.(?:tgz|prov)$/.test(request.path);
      return none === '*' || (!isCreateOnly && match !== undefined) ? undefined : { status: 403, code: 'AccessDenied' };
    });
    for (const version of ['1.0.0', '1.0.1']) await store.publish([await signedChart('shop', version)], OPTIONS);
    // The first time three to ask what the server does, then two for each run; this was one run.
    expect(put.map(({ path: name }) => path.basename(name))).toEqual([
      ...Array.from({ length: 3 }, () => 'conditional-writes'),
      ...['shop-1.0.0.tgz', 'shop-1.0.0.tgz.prov', 'index.yaml'],
      ...['shop-1.0.1.tgz', 'shop-1.0.1.tgz.prov', 'index.yaml'],
    ]);
    for (const { headers } of put) expect(headers).not.toHaveProperty('x-amz-trailer');
  });

  it('says how long it may be cached', async () => {
    await (await openDirectly()).publish([await signedChart('shop', '1.0.0')], OPTIONS);
    const heads = new Map<string, unknown>();
    const store = await openThrough((request, moment) => {
      if (moment === 'after') heads.set(path.basename(request.path), request.answer?.headers);
      return undefined;
    });
    await store.publish([await signedChart('shop', '1.0.0')], OPTIONS);
    const immutable = 'public, max-age=31536000, immutable';
    expect(Object.fromEntries(heads)).toMatchObject({
      'index.yaml': { 'cache-control': 'no-cache, max-age=0', 'content-type': 'application/yaml' },
      'shop-1.0.0.tgz': { 'cache-control': immutable, 'content-type': 'application/gzip' },
      'shop-1.0.0.tgz.prov': { 'cache-control': immutable, 'content-type': 'text/plain; charset=utf-8' },
    });
  });

  it('of many charts goes with one change of the index', async () => {
    const put: string[] = [];
    const store = await openThrough((request, moment) => {
      if (moment === 'before' && request.method === 'PUT') put.push(path.basename(request.path));
      return undefined;
    });
    const charts = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => packedChart(name, '1.0.0')));
    await store.publish(charts, OPTIONS);
    expect(put.slice(3).sort()).toEqual([...charts.map(({ metadata }) => archiveName(metadata)), 'index.yaml'].sort());
    expect(put.at(-1)).toBe('index.yaml');
  });
});
