import { copyFile, mkdir, mkdtemp, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readPackedChart } from '../../../src/charts/pack.js';
import { openStore } from '../../../src/stores/open-store.js';
import type { ChartStore } from '../../../src/stores/store.js';
import { packedChart } from '../../support/packed-charts.js';
import { createTestServices, type TestServices } from '../../support/services.js';
import { age, changeIndex, filesIn, findingsOf, inspect, publishAll, repairAll, sha256 } from '../../support/upkeep.js';

jest.setTimeout(180_000);

let services: TestServices;
let folder: string;
let store: ChartStore;

beforeAll(async () => {
  services = await createTestServices();
});

afterAll(async () => {
  await rm(services.workingDirectory, { recursive: true, force: true });
});

const at = (file: string) => path.join(folder, file);
const stored = (file: string) => readFile(at(file));

beforeEach(async () => {
  folder = await mkdtemp(path.join(services.workingDirectory, 'repo-'));
  store = await openStore(pathToFileURL(folder).href, {}, services);
  await publishAll(store, 'shop 1.0.0', 'shop 1.1.0 *', 'api 0.1.0');
});

describe('a sound repository', () => {
  it('has no findings, and says how much was looked at', async () => {
    const { findings, ...counts } = await inspect(store);
    expect(findings).toEqual([]);
    const sizes = await Promise.all((await filesIn(folder)).filter((name) => name.endsWith('.tgz')).map(stored));
    const bytes = sizes.reduce((sum, { length }) => sum + length, 0);
    expect(counts).toEqual({ charts: 2, versions: 3, archives: 3, bytes });
  });

  it('is one still with other files, folders and a new archive in it', async () => {
    await writeFile(at('index.html'), '<html>');
    await mkdir(at('other'));
    await writeFile(at('other/lost-1.0.0.tgz'), 'not ours');
    await writeFile(at('shop-2.0.0.tgz'), (await packedChart('shop', '2.0.0')).bytes);
    expect(await findingsOf(store)).toEqual(['in-flight']);
    expect(await repairAll(store)).toEqual(['left in-flight']);
  });

  it('may have no index at all', async () => {
    const empty = await openStore(pathToFileURL(await mkdtemp(path.join(folder, 'x-'))).href, {}, services);
    expect(await inspect(empty)).toEqual({ findings: [], charts: 0, versions: 0, archives: 0, bytes: 0 });
  });
});

/** What is done to it, what is found, what repair does, what is found then. */
const damages: [string, () => Promise<unknown>, readonly string[], readonly string[], readonly string[]][] = [
  [
    'an archive that is gone',
    () => unlink(at('shop-1.0.0.tgz')),
    ['dangling-entry shop 1.0.0'],
    ['mended dangling-entry'],
    [],
  ],
  [
    'an archive and its provenance that are gone',
    async () => {
      await unlink(at('shop-1.1.0.tgz'));
      await age(folder, 'shop-1.1.0.tgz.prov');
    },
    ['dangling-entry shop 1.1.0'],
    ['mended dangling-entry'],
    ['orphan-provenance'],
  ],
  [
    'a byte that is not what it was',
    async () => {
      const bytes = await stored('shop-1.0.0.tgz');
      bytes[bytes.length - 20] = (bytes.at(-20) ?? 0) ^ 0xff;
      await writeFile(at('shop-1.0.0.tgz'), bytes);
    },
    ['not-a-chart shop 1.0.0', 'wrong-digest shop 1.0.0'],
    ['left not-a-chart', 'left wrong-digest'],
    ['not-a-chart shop 1.0.0', 'wrong-digest shop 1.0.0'],
  ],
  [
    'another content of the same version',
    async () => writeFile(at('shop-1.1.0.tgz'), (await packedChart('shop', '1.1.0', 'other')).bytes),
    ['wrong-digest shop 1.1.0', 'wrong-provenance shop 1.1.0'],
    ['left wrong-digest', 'left wrong-provenance'],
    ['wrong-digest shop 1.1.0', 'wrong-provenance shop 1.1.0'],
  ],
  [
    'another chart in its place',
    () => copyFile(at('api-0.1.0.tgz'), at('shop-1.0.0.tgz')),
    ['wrong-chart shop 1.0.0', 'wrong-digest shop 1.0.0'],
    ['left wrong-chart', 'left wrong-digest'],
    ['wrong-chart shop 1.0.0', 'wrong-digest shop 1.0.0'],
  ],
  [
    'an entry that is gone',
    async () => {
      await changeIndex(folder, (text) =>
        text.replace(/\n *\{"name":"shop",.*"version":"1\.0\.0".*/, '').replace(/,\n *\]/, '\n    ]'),
      );
      await age(folder, 'shop-1.0.0.tgz');
    },
    ['orphan-archive shop 1.0.0'],
    ['mended orphan-archive'],
    [],
  ],
  [
    'an archive under another name',
    async () => {
      await rename(at('shop-1.0.0.tgz'), at('shop-1.0.1.tgz'));
      await age(folder, 'shop-1.0.1.tgz');
    },
    ['dangling-entry shop 1.0.0', 'orphan-archive shop 1.0.0'],
    ['left orphan-archive', 'mended dangling-entry'],
    ['orphan-archive shop 1.0.0'],
  ],
  [
    'an archive that is none',
    async () => {
      await writeFile(at('shop-3.0.0.tgz'), 'no archive');
      await age(folder, 'shop-3.0.0.tgz');
    },
    ['orphan-archive'],
    ['left orphan-archive'],
    ['orphan-archive'],
  ],
  [
    'a provenance of another version',
    () => copyFile(at('shop-1.1.0.tgz.prov'), at('shop-1.0.0.tgz.prov')),
    ['wrong-provenance shop 1.0.0'],
    ['left wrong-provenance'],
    ['wrong-provenance shop 1.0.0'],
  ],
  [
    'a provenance alone',
    async () => {
      await rename(at('shop-1.1.0.tgz.prov'), at('shop-1.2.0.tgz.prov'));
      await age(folder, 'shop-1.2.0.tgz.prov');
    },
    ['orphan-provenance'],
    ['mended orphan-provenance'],
    [],
  ],
  [
    'no digest',
    () => changeIndex(folder, (text) => text.replace(/("version":"1\.1\.0".*),"digest":"\w+"/, '$1')),
    ['missing-digest shop 1.1.0'],
    ['mended missing-digest'],
    [],
  ],
  [
    'a digest that is none',
    () => changeIndex(folder, (text) => text.replace(/("version":"1\.1\.0".*),"digest":"\w+"/, '$1,"digest":"md5:12"')),
    ['invalid-digest shop 1.1.0'],
    ['mended invalid-digest'],
    [],
  ],
  [
    'an entry twice, and the order lost',
    () =>
      changeIndex(folder, (text) =>
        text
          .replace(/( *)(\{"name":"shop",.*"version":"1\.0\.0".*\})/, '$1$2,\n$1$2')
          .replace(/( *\{"name":"shop".*"1\.1\.0".*\}),\n([^]*?)\n {4}\]/, '$2,\n$1\n    ]'),
      ),
    ['duplicate-entry shop 1.0.0', 'out-of-order shop'],
    ['mended duplicate-entry', 'mended out-of-order'],
    [],
  ],
  [
    'an entry under another chart’s name',
    () => changeIndex(folder, (text) => text.replace('"api": [', '"web": [')),
    ['wrong-name web 0.1.0'],
    ['left wrong-name'],
    ['wrong-name web 0.1.0'],
  ],
  [
    'an address elsewhere',
    () => changeIndex(folder, (text) => text.replace('"api-0.1.0.tgz"', '"https://charts.example.com/api-0.1.0.tgz"')),
    ['foreign-url api 0.1.0'],
    ['left foreign-url'],
    ['foreign-url api 0.1.0'],
  ],
  [
    'versions that differ in build metadata only, and a word for a version',
    () =>
      changeIndex(folder, (text) =>
        text.replace(
          /( *)(\{"name":"api",.*\})/,
          (line: string) =>
            `${line.replace('"0.1.0"', '"0.1.0+a"')},\n${line},\n${line.replace('"0.1.0"', '"latest"')}`,
        ),
      ),
    [
      'invalid-version api latest',
      'same-but-for-build api 0.1.0+a',
      'wrong-chart api 0.1.0+a',
      'wrong-chart api latest',
    ],
    ['left invalid-version', 'left same-but-for-build', 'left wrong-chart', 'left wrong-chart'],
    [
      'invalid-version api latest',
      'same-but-for-build api 0.1.0+a',
      'wrong-chart api 0.1.0+a',
      'wrong-chart api latest',
    ],
  ],
  [
    'two entries of one version that contradict each other',
    () =>
      changeIndex(folder, (text) =>
        text.replace(
          /( *\{"name":"api",.*\})/,
          (line: string) => `${line},\n${line.replace(/"digest":"\w+"/, `"digest":"${'0'.repeat(64)}"`)}`,
        ),
      ),
    ['contradicting-entries api 0.1.0', 'wrong-digest api 0.1.0'],
    ['left contradicting-entries', 'left wrong-digest'],
    ['contradicting-entries api 0.1.0', 'wrong-digest api 0.1.0'],
  ],
  [
    'an index that is none',
    () => changeIndex(folder, (text) => text.slice(0, 100)),
    ['unreadable-index'],
    ['left unreadable-index'],
    ['unreadable-index'],
  ],
];

describe('a repository with', () => {
  it.each(damages)('%s', async (_, damage, found, repaired, left) => {
    await damage();
    expect(await findingsOf(store)).toEqual(found);
    expect(await repairAll(store)).toEqual(repaired);
    expect(await findingsOf(store)).toEqual(left);
  });
});

describe('repairing', () => {
  it('completes a publication that was interrupted, with the time of its archive', async () => {
    const chart = await packedChart('shop', '2.0.0');
    await writeFile(at('shop-2.0.0.tgz'), chart.bytes);
    await age(folder, 'shop-2.0.0.tgz');
    await repairAll(store);
    const [newest] = await store.versions('shop');
    expect(newest).toMatchObject({ version: '2.0.0', digest: `sha256:${sha256(chart.bytes)}` });
    expect(Date.now() - Date.parse(newest?.created ?? '')).toBeGreaterThan(7_000_000);
    expect(await store.publish([chart], { verifyTimeoutMs: 5000 })).toMatchObject([{ state: 'already-published' }]);
  });

  it('writes nothing when there is nothing to mend', async () => {
    const before = await stored('index.yaml');
    await repairAll(store);
    expect(await stored('index.yaml')).toEqual(before);
  });

  it('leaves what is not so any more', async () => {
    const bytes = await stored('shop-1.0.0.tgz');
    await unlink(at('shop-1.0.0.tgz'));
    const { findings } = await inspect(store);
    await writeFile(at('shop-1.0.0.tgz'), bytes);
    const repairs = await store.upkeep.repair(findings, readPackedChart);
    expect(repairs.map(({ state }) => state)).toEqual(['gone']);
    expect((await store.versions('shop')).map(({ version }) => version)).toEqual(['1.1.0', '1.0.0']);
  });
});
