import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sha256Digest } from '../../../src/core/digest.js';
import type { HelmCdError } from '../../../src/core/errors.js';
import { findVersion } from '../../../src/stores/find-version.js';
import { openStore } from '../../../src/stores/open-store.js';
import type { ChartStore, PublishedChart, StoreAccess } from '../../../src/stores/store.js';
import { startChartMuseum, type ChartMuseum, type MuseumOptions } from '../../support/chartmuseum/index.js';
import { packedChart } from '../../support/packed-charts.js';
import { createTestServices, hastened, toolchainBin, type TestServices } from '../../support/services.js';

jest.setTimeout(180_000);

const OPTIONS = { verifyTimeoutMs: 5000 };
const PASSWORD = 'TheMuseumKeepersPassword';

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

/** The store at a path of the server. */
const storeAt = (at = '', access: StoreAccess = {}, own = services): Promise<ChartStore> =>
  openStore(`${museum.url.replace('http:', 'http+chartmuseum:')}${at}`, access, own);

async function failure(promise: Promise<unknown>): Promise<HelmCdError> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as HelmCdError,
  );
}

const states = (published: readonly PublishedChart[]) => published.map(({ version, state }) => `${version} ${state}`);

describe('a ChartMuseum', () => {
  it('has what was published, and gives the very bytes; again it finds them', async () => {
    await start({ indexDelayMs: 1300 });
    const store = await storeAt();
    const chart = await packedChart('shop', '1.0.0');
    expect(await store.versions('shop')).toEqual([]);
    expect(await store.publish([chart], OPTIONS)).toEqual([
      {
        name: 'shop',
        version: '1.0.0',
        digest: chart.digest,
        url: `${museum.url}/charts/shop-1.0.0.tgz`,
        state: 'published',
      },
    ]);
    const found = await findVersion(store, 'shop', '1.0.0');
    expect(found).toMatchObject({ digest: chart.digest, metadata: { description: 'A chart for tests' } });
    expect(sha256Digest(await store.fetch(found))).toBe(chart.digest);
    expect(states(await store.publish([chart], OPTIONS))).toEqual(['1.0.0 already-published']);
    expect(museum.requests.filter((request) => request.startsWith('POST'))).toEqual(['POST /api/charts']);
    expect(services.log.text()).toMatch(/Waiting until consumers see it: The index does not show shop 1\.0\.0\./);
  });

  it('is never overwritten, and refuses other bytes by naming both digests', async () => {
    await start({ allowOverwrite: true });
    const store = await storeAt();
    const [first, second] = [await packedChart('shop', '1.0.0', 'a'), await packedChart('shop', '1.0.0', 'b')];
    await store.publish([first], OPTIONS);
    expect(await failure(store.publish([second], OPTIONS))).toMatchObject({
      code: 'conflict',
      message: `shop 1.0.0 is already in ${museum.url} with the digest ${first.digest}; this one has ${second.digest}.`,
      hint: 'A published version never changes: raise the version in Chart.yaml.',
    });
    const twin = await packedChart('shop', '1.0.0+x');
    expect(await failure(store.publish([twin], OPTIONS))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('shop 1.0.0+x and shop 1.0.0'),
    });
    expect(states(await store.plan([first, second, twin, await packedChart('web', '1.0.0')]))).toEqual([
      '1.0.0 already-published',
      '1.0.0 conflict',
      '1.0.0+x conflict',
      '1.0.0 published',
    ]);
    expect(sha256Digest((await museum.storage().read('shop-1.0.0.tgz')) ?? '')).toBe(first.digest);
    expect(await museum.storage().files()).toEqual(['shop-1.0.0.tgz']);
  });

  it('takes versions with build metadata, and gives that very one', async () => {
    await start();
    const store = await storeAt();
    const chart = await packedChart('shop', '1.0.0+build.7');
    await store.publish([chart], OPTIONS);
    expect(await findVersion(store, 'shop', '1.0.0+build.7')).toMatchObject({ digest: chart.digest });
    expect(await failure(findVersion(store, 'shop', '1.0.0'))).toMatchObject({ code: 'not-found' });
  });

  it.each([
    ['of one level', '/develop', { depth: 1 }, 'POST /api/develop/charts'],
    ['of two levels', '/acme/develop', { depth: 2 }, 'POST /api/acme/develop/charts'],
    [
      'below a path of the server',
      '/museum/acme/develop',
      { depth: 2, contextPath: '/museum' },
      'POST /museum/api/acme/develop/charts',
    ],
    [
      'that has the name of a path',
      '/museum/museum',
      { depth: 1, contextPath: '/museum' },
      'POST /museum/api/museum/charts',
    ],
    [
      'of a server that is one repository below a path',
      '/museum',
      { contextPath: '/museum' },
      'POST /museum/api/charts',
    ],
  ])('has a repository %s', async (_, at, options, request) => {
    await start(options);
    const store = await storeAt(at);
    const chart = await packedChart('shop', '1.0.0');
    await store.publish([chart], OPTIONS);
    expect(museum.requests.filter((line) => line.startsWith('POST'))).toEqual([request]);
    expect(await findVersion(store, 'shop', '')).toMatchObject({ url: `${museum.url}${at}/charts/shop-1.0.0.tgz` });
  });

  it('is found behind a proxy that knows a path of which the server knows nothing', async () => {
    const inner = await start({ depth: 1 });
    const folder = await mkdtemp(path.join(services.workingDirectory, 'none-'));
    await start({
      folder,
      before: async (request) => {
        if (!request.path.startsWith('/proxied/'))
          return { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>' };
        const { method, body } = request;
        const type = request.headers['content-type'];
        const answer = await fetch(`${inner.url}${request.path.slice('/proxied'.length)}`, {
          method,
          ...(body.length === 0 ? {} : { body: Uint8Array.from(body) }),
          ...(type === undefined ? {} : { headers: { 'content-type': type } }),
        });
        return {
          status: answer.status,
          headers: { 'content-type': answer.headers.get('content-type') ?? '' },
          body: new Uint8Array(await answer.arrayBuffer()),
        };
      },
    });
    const store = await storeAt('/proxied/develop');
    await store.publish([await packedChart('shop', '1.0.0')], OPTIONS);
    expect(inner.requests).toContain('POST /api/develop/charts');
  });

  it.each([
    ['helm', 4],
    ['helm3', 3],
  ])('is a repository that %s can add and pull from, with a password', async (program) => {
    await start({ user: { username: 'keeper', password: PASSWORD }, depth: 1 });
    const store = await storeAt('/develop', { username: 'keeper', password: PASSWORD });
    const charts = [await packedChart('shop', '1.0.0'), await packedChart('shop', '1.1.0-develop.3+x')];
    await store.publish(charts, OPTIONS);
    const home = await mkdtemp(path.join(services.workingDirectory, 'home-'));
    const env = { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
    const login = ['--username', 'keeper', '--password', PASSWORD];
    const helm = (...args: string[]) =>
      services.processes.run(path.join(toolchainBin, program), args, { cwd: home, env });
    await helm('repo', 'add', 'museum', `${museum.url}/develop`, ...login);
    for (const { metadata, bytes } of charts) {
      const file = path.join(home, `shop-${metadata.version}.tgz`);
      await helm('pull', 'museum/shop', '--version', metadata.version);
      expect((await readFile(file)).equals(Buffer.from(bytes))).toBe(true);
      await rm(file);
      await helm('pull', 'shop', '--repo', `${museum.url}/develop`, '--version', metadata.version, ...login);
      expect((await readFile(file)).equals(Buffer.from(bytes))).toBe(true);
    }
  });

  it('gives archives by the address that its index has', async () => {
    const shelf = await start();
    const shared = shelf.storage().folder;
    await start({ folder: shared, chartUrl: shelf.url });
    const store = await storeAt();
    const chart = await packedChart('shop', '1.0.0');
    await store.publish([chart], OPTIONS);
    const found = await findVersion(store, 'shop', '');
    expect(found.url).toMatch(new RegExp(`^${shelf.url}/charts/shop-1\\.0\\.0\\.tgz$`));
    shelf.restart();
    expect(sha256Digest(await store.fetch(found))).toBe(chart.digest);
  });

  it('shows it on every replica before it counts as published', async () => {
    await start({ replicas: 2 });
    const store = await storeAt();
    // Both have an index now, and only one of them will learn of the upload.
    for (let look = 0; look < 2; look++) await store.versions('shop');
    const chart = await packedChart('shop', '1.0.0');
    expect(await failure(store.publish([chart], { verifyTimeoutMs: 1500 }))).toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(
        /^Published, but after .* consumers do not get it: The index does not show shop 1\.0\.0( each time: replicas of the server have indexes of their own)?\.$/,
      ),
    });
    museum.restart();
    expect(states(await store.publish([chart], OPTIONS))).toEqual(['1.0.0 already-published']);
    await museum.close();
    await start({ replicas: 3, sharedCache: true });
    expect(states(await (await storeAt()).publish([chart], OPTIONS))).toEqual(['1.0.0 published']);
  });

  it('does not hand out what is not what its index says', async () => {
    await start();
    const store = await storeAt();
    await store.publish([await packedChart('shop', '1.0.0')], OPTIONS);
    await writeFile(path.join(museum.storage().folder, 'shop-1.0.0.tgz'), 'tampered');
    expect(await failure(store.fetch(await findVersion(store, 'shop', '')))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(
        `${museum.url}/charts/shop-1.0.0.tgz has the digest ${sha256Digest('tampered')}`,
      ),
    });
  });
});
