import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { publishChart } from '../../../src/actions/publish-chart/action.js';
import { readPackedChart } from '../../../src/charts/pack.js';
import { sha256Digest } from '../../../src/core/digest.js';
import type { HelmCdError } from '../../../src/core/errors.js';
import { createInputReader } from '../../../src/runtime/inputs.js';
import { openStore } from '../../../src/stores/open-store.js';
import type { ChartStore } from '../../../src/stores/store.js';
import type { Holding } from '../../../src/stores/upkeep.js';
import { startChartMuseum, type ChartMuseum, type MuseumOptions } from '../../support/chartmuseum/index.js';
import { faultOn, startFaultProxy, type Fault } from '../../support/fault-proxy.js';
import { packedChart, writeChart } from '../../support/packed-charts.js';
import { createTestServices, hastened, type TestServices } from '../../support/services.js';

jest.setTimeout(180_000);

let services: TestServices;
let museum: ChartMuseum;
let store: ChartStore;
const open: (() => Promise<void>)[] = [];

/** A server that already has three versions of one chart. */
async function start(options: Partial<MuseumOptions> = {}): Promise<void> {
  const folder = await mkdtemp(path.join(services.workingDirectory, 'museum-'));
  museum = await startChartMuseum({ folder, ...options });
  open.push(() => museum.close());
  for (const version of ['1.0.0', '1.1.0', '2.0.0']) {
    const chart = await packedChart('shop', version);
    await museum.storage().write(`shop-${version}.tgz`, chart.bytes);
    await museum.storage().write(`shop-${version}.tgz.prov`, provenanceFor(version, chart.digest));
  }
  store = await storeAt(museum.url);
}

const provenanceFor = (version: string, digest: string) =>
  Buffer.from(`name: shop\nversion: ${version}\n\n...\nfiles:\n  shop-${version}.tgz: ${digest}\n`);

const storeAt = (url: string) => openStore(url.replace('http:', 'http+chartmuseum:'), {}, services);

async function holding(version: string): Promise<Holding> {
  const found = (await store.upkeep.holdings(['shop'])).find((one) => one.version === version);
  if (found === undefined) throw new Error('not there');
  return found;
}

async function failure(promise: Promise<unknown>): Promise<HelmCdError> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as HelmCdError,
  );
}

beforeEach(async () => {
  services = await createTestServices({ masks: { add: () => undefined, redact: (text) => text } });
  services = { ...services, clock: hastened(services.clock) };
});

afterEach(async () => {
  for (const close of open.splice(0)) await close();
  await rm(services.workingDirectory, { recursive: true, force: true });
});

describe('versions in a ChartMuseum', () => {
  it('are told, and removed with their provenance until the index has forgotten them', async () => {
    await start({ indexDelayMs: 700 });
    expect(await store.upkeep.names()).toEqual(['shop']);
    const holdings = await store.upkeep.holdings(['shop', 'other']);
    expect(holdings.map(({ version, listed }) => [version, listed])).toEqual([
      ['2.0.0', true],
      ['1.1.0', true],
      ['1.0.0', true],
    ]);
    const old = await holding('1.0.0');
    expect(await store.upkeep.remove([old])).toEqual([{ name: 'shop', version: '1.0.0', state: 'removed' }]);
    expect([...(await museum.storage().files())].sort()).toEqual([
      'shop-1.1.0.tgz',
      'shop-1.1.0.tgz.prov',
      'shop-2.0.0.tgz',
      'shop-2.0.0.tgz.prov',
    ]);
    expect((await store.versions('shop')).map(({ version }) => version)).toEqual(['2.0.0', '1.1.0']);
    expect(await store.upkeep.remove([old])).toEqual([{ name: 'shop', version: '1.0.0', state: 'gone' }]);
  });

  it('are left alone when they are not what was planned', async () => {
    await start();
    const old = await holding('1.0.0');
    await museum.storage().write('shop-1.0.0.tgz', (await packedChart('shop', '1.0.0', 'other')).bytes);
    expect(await store.upkeep.remove([old])).toEqual([{ name: 'shop', version: '1.0.0', state: 'changed' }]);
    expect(museum.requests.filter((request) => request.startsWith('DELETE'))).toEqual([]);
  });

  it.each<[string, Fault]>([
    ['its answer got lost', 'cut-after'],
    ['an internal error hid it', 'fail-after'],
  ])('count as removed though %s', async (_, fault) => {
    await start();
    const old = await holding('1.0.0');
    const proxy = await startFaultProxy(museum.url, faultOn('DELETE', '/1.0.0', fault));
    open.push(() => proxy.close());
    const through = await storeAt(proxy.url);
    expect(await through.upkeep.remove([old])).toMatchObject([{ state: 'removed' }]);
  });

  it.each<[string, Partial<MuseumOptions>, string, string]>([
    [
      'the server deletes nothing',
      { disableDelete: true },
      'unsupported',
      '/api/charts/shop/1.0.0 cannot be deleted: the server allows no deletion (HTTP 405).',
    ],
    [
      'it is forbidden',
      { before: ({ method }) => (method === 'DELETE' ? { status: 403, body: '{"error":"read only"}' } : undefined) },
      'unauthorized',
      '/api/charts/shop/1.0.0 cannot be deleted: read only (HTTP 403).',
    ],
  ])('stay when %s', async (_, options, code, message) => {
    await start(options);
    expect(await failure(store.upkeep.remove([await holding('1.0.0')]))).toMatchObject({
      code,
      message: `${museum.url}${message}`,
    });
    expect(await museum.storage().files()).toHaveLength(6);
  });

  it('are warned of when a replica still shows them', async () => {
    await start({ replicas: 2 });
    // Both have an index now, and only one of them will learn of the deletion.
    for (let look = 0; look < 2; look++) await store.versions('shop');
    const clock = { ...services.clock };
    let now = services.clock.now();
    clock.now = () => (now += 6000);
    store = await openStore(museum.url.replace('http:', 'http+chartmuseum:'), {}, { ...services, clock });
    await store.upkeep.remove([await holding('1.0.0')]);
    expect(services.log.text()).toContain(
      `warning: ${museum.url} still has shop 1.0.0 in its index, though deleted: replicas of the server may have indexes of their own.`,
    );
  });
});

describe('a look at a ChartMuseum', () => {
  const inspect = (names?: readonly string[]) => store.upkeep.inspect({ names, readChart: readPackedChart });

  it('finds nothing where all is well', async () => {
    await start();
    expect(await inspect()).toMatchObject({ findings: [], charts: 1, versions: 3, archives: 3 });
    expect(await inspect(['other'])).toMatchObject({ findings: [], charts: 0, versions: 0, archives: 0 });
  });

  it('finds what is wrong, and leaves it', async () => {
    await start();
    await store.versions('shop');
    const { folder } = museum.storage();
    const other = await packedChart('shop', '2.0.0', 'other');
    await rm(path.join(folder, 'shop-1.0.0.tgz'));
    await writeFile(path.join(folder, 'shop-1.1.0.tgz'), 'nothing');
    await writeFile(path.join(folder, 'shop-2.0.0.tgz'), other.bytes);
    await writeFile(path.join(folder, 'shop-2.0.0.tgz.prov'), provenanceFor('2.0.0', sha256Digest('x')));
    const { findings } = await inspect();
    expect(findings.map(({ code, version, subject }) => [code, version, subject])).toEqual([
      ['wrong-digest', '2.0.0', 'charts/shop-2.0.0.tgz'],
      ['wrong-provenance', '2.0.0', 'charts/shop-2.0.0.tgz.prov'],
      ['not-a-chart', '1.1.0', 'charts/shop-1.1.0.tgz'],
      ['wrong-digest', '1.1.0', 'charts/shop-1.1.0.tgz'],
      ['wrong-provenance', '1.1.0', 'charts/shop-1.1.0.tgz.prov'],
      ['dangling-entry', '1.0.0', 'charts/shop-1.0.0.tgz'],
    ]);
    expect(findings.filter(({ mend }) => mend !== undefined)).toEqual([]);
    const repairs = await store.upkeep.repair(findings, readPackedChart);
    expect(new Set(repairs.map(({ state }) => state))).toEqual(new Set(['left']));
  });

  it('also sees archives that are handed out elsewhere, and an index that is none', async () => {
    await start();
    const shelf = museum;
    await start({ folder: shelf.storage().folder, chartUrl: shelf.url });
    await shelf.storage().write('shop-2.0.0.tgz', (await packedChart('shop', '2.0.0', 'x')).bytes);
    expect(await inspect()).toMatchObject({ archives: 3 });
    await start({ before: () => ({ status: 200, body: '<html>' }) });
    expect(await inspect()).toMatchObject({ findings: [{ code: 'unreadable-index' }], versions: 0 });
  });

  it('is possible at a plain repository as well, where nothing can be removed', async () => {
    await start();
    store = await openStore(museum.url, {}, services);
    expect(await inspect()).toMatchObject({ findings: [], versions: 3, archives: 3 });
    expect(await failure(store.upkeep.remove([await holding('1.0.0')]))).toMatchObject({
      code: 'unsupported',
      message: `${museum.url} can only be read: nothing can be removed from it, or mended in it.`,
    });
  });
});

describe('publish-chart, at a ChartMuseum and at the same as a plain repository', () => {
  const saved = { ...process.env };

  afterEach(() => {
    process.env = { ...saved };
  });

  async function run(inputs: Record<string, string>) {
    process.env = { ...saved };
    for (const [name, value] of Object.entries(inputs)) process.env[`INPUT_${name.toUpperCase()}`] = value;
    return publishChart.run(publishChart.readInputs(createInputReader(services.masks)), services);
  }

  const both = () => [museum.url.replace('http:', 'http+chartmuseum:'), museum.url];

  it('prunes what is beyond its limits, where that can be done', async () => {
    await start();
    const [own = '', plain = ''] = both();
    const inputs = { mode: 'prune', 'keep-count': '1', 'dry-run': 'false' };
    expect(await failure(run({ ...inputs, 'chart-repository': plain }))).toMatchObject({ code: 'unsupported' });
    await run({ ...inputs, 'chart-repository': own, 'dry-run': 'true' });
    expect(await museum.storage().files()).toHaveLength(6);
    await run({ ...inputs, 'chart-repository': own });
    expect([...(await museum.storage().files())].sort()).toEqual(['shop-2.0.0.tgz', 'shop-2.0.0.tgz.prov']);
  });

  it('checks it, and packages it again', async () => {
    await start();
    await writeChart(services.workingDirectory, 'shop', '2.0.0');
    for (const url of both()) {
      expect(await run({ mode: 'fsck', 'chart-repository': url })).toMatchObject({ ok: true, result: 'sound' });
      const verified = await run({ mode: 'verify', charts: 'shop', 'chart-repository': url });
      expect(verified).toMatchObject({ ok: true, result: 'verified' });
    }
    await rm(path.join(museum.storage().folder, 'shop-1.0.0.tgz'));
    for (const url of both()) {
      expect(await run({ mode: 'fsck', 'chart-repository': url, repair: 'true' })).toMatchObject({ ok: false });
    }
  });
});
