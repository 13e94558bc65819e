import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sha256Digest } from '../../../src/core/digest.js';
import type { HelmCdError } from '../../../src/core/errors.js';
import type { Log } from '../../../src/core/ports.js';
import { openStore } from '../../../src/stores/open-store.js';
import type { ChartStore, PublishedChart, StoreAccess } from '../../../src/stores/store.js';
import { startChartMuseum, type ChartMuseum, type MuseumOptions, type Reply } from '../../support/chartmuseum/index.js';
import { faultOn, startFaultProxy, type Fault, type Hook } from '../../support/fault-proxy.js';
import { packedChart } from '../../support/packed-charts.js';
import { createTestServices, hastened, type TestServices } from '../../support/services.js';

jest.setTimeout(180_000);

const OPTIONS = { verifyTimeoutMs: 5000 };
const LOGIN = { username: 'keeper', password: 'TheMuseumKeepersPassword' };
const PAGE: Reply = {
  status: 502,
  headers: { 'content-type': 'text/html' },
  body: '<html><head><title>502 Bad\nGateway</title></head><body><p>internal-host-7 does not answer</p></body></html>',
};

let services: TestServices;
let museum: ChartMuseum;
const open: (() => Promise<void>)[] = [];

beforeEach(async () => {
  services = await createTestServices({ masks: { add: () => undefined, redact: (text) => text } });
  services = { ...services, clock: hastened(services.clock) };
});

afterEach(async () => {
  for (const close of open.splice(0)) await close();
  await rm(services.workingDirectory, { recursive: true, force: true });
});

async function start(options: Partial<MuseumOptions> = {}): Promise<ChartMuseum> {
  const folder = await mkdtemp(path.join(services.workingDirectory, 'museum-'));
  museum = await startChartMuseum({ folder, ...options });
  open.push(() => museum.close());
  return museum;
}

const storeOf = (url: string, access: StoreAccess = {}): Promise<ChartStore> =>
  openStore(url.replace('http:', 'http+chartmuseum:'), access, services);

async function storeThrough(hook: Hook): Promise<ChartStore> {
  const proxy = await startFaultProxy(museum.url, hook);
  open.push(() => proxy.close());
  return storeOf(proxy.url);
}

/** Replies in place of the server to the first `times` requests of a kind. */
function instead(method: string, end: string, reply: Reply, times = 1): Partial<MuseumOptions> {
  let left = times;
  return {
    before: (request) => {
      if (request.method !== method || !request.path.endsWith(end) || left === 0) return undefined;
      left -= 1;
      return reply;
    },
  };
}

async function failure(promise: Promise<unknown>): Promise<HelmCdError> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as HelmCdError,
  );
}

const states = (published: readonly PublishedChart[]) => published.map(({ version, state }) => `${version} ${state}`);
const posts = () => museum.requests.filter((request) => request.startsWith('POST'));

describe('publishing to a ChartMuseum survives', () => {
  it.each<[string, string, string, Fault]>([
    ['a cut connection before the archive', 'POST', '/charts', 'cut'],
    ['a lost answer to the archive', 'POST', '/charts', 'cut-after'],
    ['an internal error after the archive was stored', 'POST', '/charts', 'fail-after'],
    ['a server that is busy', 'POST', '/charts', { status: 503, code: 'busy' }],
    ['a limit of requests', 'POST', '/charts', { status: 429, code: 'slow', headers: { 'retry-after': '1' } }],
    ['a cut connection to the index', 'GET', '/index.yaml', 'cut'],
    ['a half index', 'GET', '/index.yaml', 'cut-after'],
    ['a proxy that does not reach the server', 'GET', '.tgz', { status: 502, code: 'bad' }],
  ])('%s', async (_, method, end, fault) => {
    await start();
    const store = await storeThrough(faultOn(method, end, fault));
    const chart = await packedChart('shop', '1.0.0');
    expect(states(await store.publish([chart], OPTIONS))).toEqual(['1.0.0 published']);
    expect(sha256Digest((await museum.storage().read('shop-1.0.0.tgz')) ?? '')).toBe(chart.digest);
  });

  it('a page of a proxy in place of an answer', async () => {
    await start(instead('POST', '/charts', PAGE));
    const store = await storeOf(museum.url);
    expect(states(await store.publish([await packedChart('shop', '1.0.0')], OPTIONS))).toEqual(['1.0.0 published']);
    expect(services.log.text()).toContain(`does not take shop-1.0.0.tgz: a web page, "502 Bad Gateway" (HTTP 502).`);
    expect(services.log.text()).not.toContain('internal-host-7');
  });

  it('an index that is older than what it has shown before', async () => {
    await start();
    const store = await storeOf(museum.url);
    await store.publish([await packedChart('shop', '0.9.0')], OPTIONS);
    const old = await (await fetch(`${museum.url}/index.yaml`)).text();
    await museum.close();
    const { folder } = museum.storage();
    await start({ folder, ...instead('GET', '/index.yaml', { status: 200, body: old }, 4) });
    const again = await storeOf(museum.url);
    expect(states(await again.publish([await packedChart('shop', '1.0.0')], OPTIONS))).toEqual(['1.0.0 published']);
    expect(services.log.text()).toContain('Waiting until consumers see it: The index does not show shop 1.0.0.');
  });
});

describe('publishing to a ChartMuseum fails cleanly', () => {
  it.each<[string, Partial<MuseumOptions>, StoreAccess, string, string, string]>([
    [
      'for an archive that is too large',
      { maxUploadBytes: 100 },
      {},
      'refused',
      'bytes) is larger than URL/api/charts takes: request too large (HTTP 413).',
      '--max-upload-size',
    ],
    [
      'when there is no room',
      { maxStorageObjects: 1 },
      {},
      'refused',
      'URL/api/charts has no room for web-1.0.0.tgz: repo has reached storage limit (HTTP 507).',
      '--max-storage-objects',
    ],
    [
      'without the login that it wants',
      { user: LOGIN, anonymousGet: true },
      {},
      'unauthorized',
      'URL/api/charts does not take shop-1.0.0.tgz: unauthorized (HTTP 401).',
      'Give the inputs "username" and "password", from a secret.',
    ],
    [
      'with a wrong login',
      { user: LOGIN },
      { ...LOGIN, password: 'wrong' },
      'unauthorized',
      'URL/index.yaml cannot be read: unauthorized (HTTP 401).',
      'Check the inputs "username" and "password", and what they may do there.',
    ],
    [
      'when it wants a token',
      { bearer: true },
      LOGIN,
      'unauthorized',
      'URL/index.yaml cannot be read: the server wants a bearer token (HTTP 401).',
      'basic authentication',
    ],
    [
      'when its API is switched off',
      { disableApi: true },
      {},
      'unsupported',
      'There is no API of ChartMuseum at URL/api/charts: nothing can be published there.',
      'DISABLE_API=true',
    ],
    [
      'when a proxy lets nothing be written',
      instead('POST', '/charts', { status: 405 }, 9),
      {},
      'unsupported',
      'There is no API of ChartMuseum at URL/api/charts: nothing can be published there.',
      'proxy',
    ],
    [
      'for what it takes for no chart',
      instead('POST', '/charts', { status: 400, body: '{"error":"chart.metadata.version is\\ninvalid"}' }, 9),
      {},
      'refused',
      'URL/api/charts does not take shop-1.0.0.tgz: chart.metadata.version is invalid (HTTP 400).',
      '',
    ],
    [
      'when it is moved',
      instead(
        'POST',
        '/charts',
        { status: 301, headers: { location: 'https://elsewhere.example.test/charts?t=1' } },
        9,
      ),
      {},
      'refused',
      'URL/api/charts does not take shop-1.0.0.tgz: it leads to https://elsewhere.example.test/charts (HTTP 301).',
      'Write the URL that it leads to',
    ],
    [
      'when a login answers the upload',
      instead(
        'POST',
        '/charts',
        { status: 200, headers: { 'content-type': 'text/html' }, body: '<title>Log in</title>' },
        99,
      ),
      {},
      'unreachable',
      'URL/api/charts gives a web page, "Log in" in place of an answer to the upload of shop-1.0.0.tgz.',
      'login',
    ],
    [
      'when a login answers for the index',
      instead('GET', '/index.yaml', { status: 200, body: '<!DOCTYPE html><title>Log in</title>' }, 9),
      {},
      'file',
      'URL/index.yaml is no index of a chart repository but a web page, "Log in".',
      'login',
    ],
    [
      'when there is nothing at the URL',
      { contextPath: '/museum' },
      {},
      'not-found',
      'There is no chart repository at URL: URL/index.yaml is not there (HTTP 404).',
      'Check the URL',
    ],
  ])('%s', async (_, options, access, code, message, hint) => {
    await start(options);
    const store = await storeOf(museum.url, access);
    const charts = [await packedChart('shop', '1.0.0'), await packedChart('web', '1.0.0')];
    const error = await failure(store.publish(charts, OPTIONS));
    expect(error).toMatchObject({ code, message: expect.stringContaining(message.replaceAll('URL', museum.url)) });
    expect(error.hint ?? '').toContain(hint);
    expect(`${error.message} ${services.log.text()}`).not.toContain(LOGIN.password);
    expect(error.message).not.toMatch(/<|\n/);
  });

  it('when the API of a tenant is switched off, or forbidden', async () => {
    await start({ disableApi: true, depth: 1 });
    const charts = [await packedChart('shop', '1.0.0')];
    expect(await failure((await storeOf(`${museum.url}/develop`)).publish(charts, OPTIONS))).toMatchObject({
      code: 'unsupported',
      message: `There is no API of ChartMuseum at ${museum.url}/api/develop/charts: nothing can be published there.`,
    });
    await start({
      depth: 1,
      before: ({ path: at }) => (at.includes('/api') ? { status: 403, body: 'Forbidden' } : undefined),
    });
    expect(await failure((await storeOf(`${museum.url}/develop`)).publish(charts, OPTIONS))).toMatchObject({
      code: 'unauthorized',
      message: `${museum.url}/api/develop/charts cannot be read: Forbidden (HTTP 403).`,
    });
  });

  it('when nobody listens', async () => {
    await start();
    await museum.close();
    expect(await failure((await storeOf(museum.url)).versions('shop'))).toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/index\.yaml cannot be reached: .*ECONNREFUSED/),
    });
  });

  it('when it says of what is not there that it exists', async () => {
    await start(instead('POST', '/charts', { status: 409, body: '{"error":"file already exists"}' }, 99));
    const store = await storeOf(museum.url);
    expect(await failure(store.publish([await packedChart('shop', '1.0.0')], OPTIONS))).toMatchObject({
      code: 'unreachable',
      message: `${museum.url} says that shop-1.0.0.tgz exists, but does not give it.`,
    });
  });

  it('for several charts after those that it took, and completes the rest when it is repeated', async () => {
    await start(instead('POST', '/charts', { status: 400, body: '{"error":"no"}' }, 1));
    const charts = [await packedChart('base', '1.0.0'), await packedChart('shop', '1.0.0')];
    await museum.storage().write('base-1.0.0.tgz', charts[0]?.bytes ?? new Uint8Array());
    const store = await storeOf(museum.url);
    expect(await failure(store.publish(charts, OPTIONS))).toMatchObject({ code: 'refused' });
    const done = await store.publish(charts, OPTIONS);
    expect(done.map(({ name, state }) => `${name} ${state}`)).toEqual(['base already-published', 'shop published']);
  });
});

describe('of several charts for a ChartMuseum', () => {
  it('those are told that consumers see already when one fails', async () => {
    await start({
      before: ({ method, body }) =>
        method === 'POST' &&
        museum.requests.filter((request) => request.startsWith('POST')).length > 1 &&
        body.length > 0
          ? { status: 400, body: '{"error":"no"}' }
          : undefined,
    });
    const charts = [
      await packedChart('base', '1.0.0'),
      await packedChart('shop', '1.0.0'),
      await packedChart('web', '1.0.0'),
    ];
    expect(await failure((await storeOf(museum.url)).publish(charts, OPTIONS))).toMatchObject({
      code: 'refused',
      message: `${museum.url}/api/charts does not take shop-1.0.0.tgz: no (HTTP 400). Published before that, and seen by consumers: base 1.0.0. Not published: shop 1.0.0 and web 1.0.0.`,
    });
  });
});

describe('of two who publish other bytes as one version to a ChartMuseum', () => {
  it('the one that comes second fails', async () => {
    const [ours, theirs] = [await packedChart('shop', '1.0.0', 'ours'), await packedChart('shop', '1.0.0', 'theirs')];
    await start({
      before: async ({ method }) => {
        if (method === 'POST') await museum.storage().write('shop-1.0.0.tgz', theirs.bytes);
        return undefined;
      },
    });
    const error = await failure((await storeOf(museum.url)).publish([ours], OPTIONS));
    expect(error).toMatchObject({
      code: 'conflict',
      message: `shop 1.0.0 is already in ${museum.url} with the digest ${theirs.digest}; this one has ${ours.digest}.`,
    });
  });

  it('the one that is overwritten fails, though it was told that its chart is saved', async () => {
    const [ours, theirs] = [await packedChart('shop', '1.0.0', 'ours'), await packedChart('shop', '1.0.0', 'theirs')];
    const clock = { ...services.clock };
    await start();
    clock.sleep = async (milliseconds) => {
      await museum.storage().write('shop-1.0.0.tgz', theirs.bytes);
      return services.clock.sleep(milliseconds);
    };
    const store = await openStore(museum.url.replace('http:', 'http+chartmuseum:'), {}, { ...services, clock });
    expect(await failure(store.publish([ours], OPTIONS))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(theirs.digest),
    });
    expect(posts()).toEqual(['POST /api/charts']);
  });
});

describe('a password for a ChartMuseum', () => {
  it('goes to no other server', async () => {
    const seen: (string | undefined)[] = [];
    const other = await start({
      before: ({ headers }) => {
        seen.push(headers.authorization);
        return undefined;
      },
    });
    const chart = await packedChart('shop', '1.0.0');
    await other.storage().write('shop-1.0.0.tgz', chart.bytes);
    const folder = await mkdtemp(path.join(services.workingDirectory, 'museum-'));
    await start({
      folder,
      user: LOGIN,
      chartUrl: other.url,
      before: ({ path: at }) =>
        at.endsWith('/moved/index.yaml')
          ? { status: 302, headers: { location: `${other.url}/index.yaml` } }
          : undefined,
    });
    await museum.storage().write('shop-1.0.0.tgz', chart.bytes);
    const store = await storeOf(museum.url, LOGIN);
    const [found] = await store.versions('shop');
    expect(found?.url).toBe(`${other.url}/charts/shop-1.0.0.tgz`);
    if (found === undefined) throw new Error('not there');
    await store.fetch(found);
    await (await storeOf(`${museum.url}/moved`, LOGIN)).versions('shop');
    expect(seen).toEqual([undefined, undefined]);
  });

  it('is warned of where it can be read on the way', async () => {
    const warnings: string[] = [];
    const log: Log = { ...services.log, warning: (message) => warnings.push(message) };
    const own = { ...services, log };
    await openStore('http+chartmuseum://charts.example.test/x', LOGIN, own);
    await openStore('http+chartmuseum://charts.example.test/x', {}, own);
    await openStore('https+chartmuseum://charts.example.test/x', LOGIN, own);
    await openStore('http://127.0.0.1:8080/x', LOGIN, own);
    expect(warnings).toEqual([
      'http://charts.example.test/x is reached without encryption: whoever is on the way can read the password. Use https.',
    ]);
  });
});
