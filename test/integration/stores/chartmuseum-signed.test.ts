import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { generateKey } from 'openpgp';
import { createSigner } from '../../../src/charts/sign.js';
import type { HelmCdError } from '../../../src/core/errors.js';
import type { PackedChart } from '../../../src/core/packed-chart.js';
import { openStore } from '../../../src/stores/open-store.js';
import type { ChartStore } from '../../../src/stores/store.js';
import { startChartMuseum, type ChartMuseum } from '../../support/chartmuseum/index.js';
import { faultOn, startFaultProxy, type Fault } from '../../support/fault-proxy.js';
import { packedChart } from '../../support/packed-charts.js';
import {
  createTestServices,
  hastened,
  temporaryFolder,
  toolchainBin,
  type TestServices,
} from '../../support/services.js';

jest.setTimeout(180_000);

const OPTIONS = { verifyTimeoutMs: 5000 };

let keys: string;
let ring: string;
let sign: (chart: PackedChart) => Promise<PackedChart>;
let services: TestServices;
let museum: ChartMuseum;
let store: ChartStore;
const open: (() => Promise<void>)[] = [];

beforeAll(async () => {
  keys = await temporaryFolder();
  ring = path.join(keys, 'ring.gpg');
  const userIDs = [{ name: 'Charts', email: 'charts@example.com' }];
  const { privateKey } = await generateKey({ type: 'ecc', curve: 'ed25519Legacy', userIDs, format: 'object' });
  await writeFile(ring, privateKey.toPublic().write());
  sign = await createSigner(privateKey.armor(), '');
});

afterAll(async () => {
  await rm(keys, { recursive: true, force: true });
});

beforeEach(async () => {
  services = await createTestServices();
  services = { ...services, clock: hastened(services.clock) };
  museum = await startChartMuseum({ folder: await mkdtemp(path.join(services.workingDirectory, 'museum-')) });
  open.push(() => museum.close());
  store = await storeAt(museum.url);
});

afterEach(async () => {
  for (const close of open.splice(0)) await close();
  await rm(services.workingDirectory, { recursive: true, force: true });
});

const storeAt = (url: string) => openStore(url.replace('http:', 'http+chartmuseum:'), {}, services);
const posts = () => museum.requests.filter((request) => request.startsWith('POST'));
const files = async () => [...(await museum.storage().files())].sort();

async function failure(promise: Promise<unknown>): Promise<HelmCdError> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as HelmCdError,
  );
}

describe('a signed chart in a ChartMuseum', () => {
  it('comes with its provenance in one request, and both helms verify it', async () => {
    const chart = await sign(await packedChart('shop', '1.0.0-rc.1+7'));
    await store.publish([chart], OPTIONS);
    expect(posts()).toEqual(['POST /api/charts']);
    expect(await files()).toEqual(['shop-1.0.0-rc.1+7.tgz', 'shop-1.0.0-rc.1+7.tgz.prov']);
    const [found] = await store.versions('shop');
    if (found === undefined) throw new Error('not there');
    expect(await store.provenance(found)).toEqual(chart.provenance);
    for (const program of ['helm', 'helm3']) {
      const home = await mkdtemp(path.join(services.workingDirectory, 'home-'));
      const env = { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
      const args = ['pull', 'shop', '--repo', museum.url, '--version', '1.0.0-rc.1+7', '--verify', '--keyring', ring];
      const pulled = await services.processes.run(path.join(toolchainBin, program), args, { cwd: home, env });
      expect(pulled.stdout).toContain('Signed by: Charts <charts@example.com>');
    }
  });

  it('gets the provenance that an earlier run did not come to', async () => {
    const chart = await packedChart('shop', '1.0.0');
    await store.publish([chart], OPTIONS);
    const signed = await sign(chart);
    expect(await store.publish([signed], OPTIONS)).toMatchObject([{ state: 'already-published' }]);
    expect(posts()).toEqual(['POST /api/charts', 'POST /api/prov']);
    expect(await museum.storage().read('shop-1.0.0.tgz.prov')).toEqual(signed.provenance);
    // Another signature of the same archive is as good.
    const again = await sign({ ...chart, metadata: { ...chart.metadata, description: 'signed once more' } });
    expect(await store.publish([again], OPTIONS)).toMatchObject([{ state: 'already-published' }]);
    expect(await museum.storage().read('shop-1.0.0.tgz.prov')).toEqual(signed.provenance);
  });

  it('gets the archive that is missing beside a provenance', async () => {
    const chart = await sign(await packedChart('shop', '1.0.0'));
    await museum.storage().write('shop-1.0.0.tgz.prov', chart.provenance ?? new Uint8Array());
    expect(await store.publish([chart], OPTIONS)).toMatchObject([{ state: 'published' }]);
    expect(await files()).toEqual(['shop-1.0.0.tgz', 'shop-1.0.0.tgz.prov']);
  });

  it('is refused beside the provenance of another archive', async () => {
    const [chart, other] = [await packedChart('shop', '1.0.0'), await sign(await packedChart('shop', '1.0.0', 'x'))];
    await store.publish([chart], OPTIONS);
    await museum.storage().write('shop-1.0.0.tgz.prov', other.provenance ?? new Uint8Array());
    expect(await failure(store.publish([await sign(chart)], OPTIONS))).toMatchObject({
      code: 'conflict',
      message: `${museum.url}/charts/shop-1.0.0.tgz.prov is already there, but for the digest ${other.digest}, not ${chart.digest}.`,
    });
  });

  it('is not uploaded with a provenance that nobody would find', async () => {
    const chart = await packedChart('shop', '1.0.0');
    const text = (await sign(chart)).provenance?.toString().replace('name: shop', 'name: "shop"') ?? '';
    expect(await failure(store.publish([{ ...chart, provenance: Buffer.from(text) }], OPTIONS))).toMatchObject({
      code: 'refused',
      message: expect.stringContaining(
        String.raw`ChartMuseum would keep the provenance of shop 1.0.0 as "\"shop\"-1.0.0.tgz.prov"`,
      ),
    });
    expect(await files()).toEqual([]);
  });

  it.each<[string, string, Fault]>([
    ['a lost answer to both', '/charts', 'cut-after'],
    ['an internal error after both were stored', '/charts', 'fail-after'],
    ['a cut connection before both', '/charts', 'cut'],
    ['a lost answer to the provenance', '/prov', 'cut-after'],
    ['a cut connection before the provenance', '/prov', 'cut'],
  ])('survives %s', async (_, end, fault) => {
    const chart = await sign(await packedChart('shop', '1.0.0'));
    if (end === '/prov') await museum.storage().write('shop-1.0.0.tgz', chart.bytes);
    const proxy = await startFaultProxy(museum.url, faultOn('POST', end, fault));
    open.push(() => proxy.close());
    await (await storeAt(proxy.url)).publish([chart], OPTIONS);
    expect(await files()).toEqual(['shop-1.0.0.tgz', 'shop-1.0.0.tgz.prov']);
    expect(await museum.storage().read('shop-1.0.0.tgz.prov')).toEqual(chart.provenance);
  });
});
