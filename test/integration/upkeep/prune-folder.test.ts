import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { INDEX_TYPE, type Blobs } from '../../../src/stores/blobs.js';
import { FileBlobs } from '../../../src/stores/file.js';
import { IndexedStore } from '../../../src/stores/indexed-store.js';
import { S3Blobs } from '../../../src/stores/s3.js';
import { startS3, stopS3 } from '../../../tools/s3.mjs';
import { packedChart } from '../../support/packed-charts.js';
import { createTestServices, toolchainBin, type TestServices } from '../../support/services.js';
import { serveFolder } from '../../support/static-server.js';
import {
  age,
  changeIndex,
  filesIn,
  findingsOf,
  holding,
  holdingsOf,
  instead,
  publishAll,
} from '../../support/upkeep.js';

jest.setTimeout(180_000);

const BUCKET = 'charts';
const S3_NAME = `prune-${process.pid}`;
const OPTIONS = { verifyTimeoutMs: 10_000 };

interface Place {
  /** Where the repository's files are on this disk. */
  readonly folder: string;
  /** Another connection each time. */
  blobs(): Promise<Blobs>;
}

let server: Awaited<ReturnType<typeof startS3>>;
let services: TestServices;

beforeAll(async () => {
  server = await startS3({ name: S3_NAME, bucket: BUCKET });
});

afterAll(async () => {
  await stopS3({ name: S3_NAME });
});

beforeEach(async () => {
  services = await createTestServices({
    masks: { add: () => undefined, redact: (text) => text },
    environment: {
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
      AWS_ENDPOINT_URL_S3: server.endpoint,
    },
  });
});

afterEach(async () => {
  await rm(services.workingDirectory, { recursive: true, force: true });
});

const places: [string, () => Promise<Place>][] = [
  [
    's3://',
    async () => {
      const folder = await mkdtemp(path.join(server.directory, BUCKET, 'team-'));
      return { folder, blobs: () => S3Blobs.open(`s3://${BUCKET}/${path.basename(folder)}`, {}, services) };
    },
  ],
  [
    'file://',
    async () => {
      const folder = await mkdtemp(path.join(services.workingDirectory, 'charts here-'));
      return { folder, blobs: () => Promise.resolve(new FileBlobs(pathToFileURL(folder).href)) };
    },
  ],
];

/** A folder whose n-th change is never made, nor any after it: whoever uses it has died by then. */
function dyingAt(blobs: Blobs, n: number): Blobs {
  let changes = 0;
  const alive = () => {
    changes++;
    if (changes >= n) throw new Error('killed');
  };
  return instead(blobs, {
    create: (...args) => (alive(), blobs.create(...args)),
    replace: (...args) => (alive(), blobs.replace(...args)),
    async remove(names) {
      for (const name of names) {
        alive();
        await blobs.remove([name]);
      }
    },
  });
}

describe.each(places)('pruning a folder with an index at %s', (kind, makePlace) => {
  let place: Place;
  let store: IndexedStore;

  const open = async (blobs?: Blobs) =>
    new IndexedStore(kind === 's3://' ? 's3' : 'file', blobs ?? (await place.blobs()), services);
  const remove = async (from: IndexedStore, ...versions: readonly string[]) => {
    const all = await from.upkeep.holdings(['shop']);
    const removals = await from.upkeep.remove(all.filter(({ version }) => versions.includes(version)));
    return removals.map(({ version, state }) => `${version} ${state}`);
  };
  const indexText = () => readFile(path.join(place.folder, 'index.yaml'), 'utf8');
  const fetchAll = async () => {
    const from = await open();
    for (const chart of await from.versions('shop')) await from.fetch(chart);
    return (await from.versions('shop')).map(({ version }) => version);
  };

  beforeEach(async () => {
    place = await makePlace();
    store = await open();
  });

  it('takes versions out of the index and deletes their files, and touches nothing else', async () => {
    await publishAll(store, 'shop 1.0.0 *', 'shop 1.1.0', 'shop 1.2.0 *', 'api 1.0.0');
    await writeFile(path.join(place.folder, 'shop.txt'), 'mine');
    await mkdir(path.join(place.folder, 'nested'));
    await writeFile(path.join(place.folder, 'nested/shop-1.0.0.tgz'), 'mine');
    const before = await indexText();
    expect(await holdingsOf(store)).toEqual(['1.2.0', '1.1.0', '1.0.0']);
    expect((await holding(store, 'shop', '1.0.0')).sizeBytes).toBeGreaterThan(400);
    expect(await remove(store, '1.0.0', '1.1.0')).toEqual(['1.1.0 removed', '1.0.0 removed']);
    expect(await filesIn(place.folder)).toEqual([
      'api-1.0.0.tgz',
      'index.yaml',
      'nested',
      'shop-1.2.0.tgz',
      'shop-1.2.0.tgz.prov',
      'shop.txt',
    ]);
    expect(await filesIn(path.join(place.folder, 'nested'))).toEqual(['shop-1.0.0.tgz']);
    const kept = before
      .split('\n')
      .filter((line) => !/"version":"1\.[01]\.0".*shop/.test(line) || line.includes('"api"'));
    const text = (lines: string) => lines.replace(/"generated":.*/, '').replaceAll(/,$/gm, '');
    expect(text(await indexText())).toBe(text(kept.join('\n')));
    expect(await findingsOf(store)).toEqual([]);
    expect(await remove(store, '1.0.0')).toEqual([]);
  });

  it('keeps the lines of an index in YAML, and what both helms pull', async () => {
    await publishAll(store, 'shop 1.0.0', 'shop 1.1.0', 'shop 1.2.0');
    const { processes } = services;
    await rm(path.join(place.folder, 'index.yaml'));
    await processes.run(path.join(toolchainBin, 'helm3'), ['repo', 'index', place.folder]);
    const text = await readFile(path.join(place.folder, 'index.yaml'));
    await rm(path.join(place.folder, 'index.yaml'));
    await (await place.blobs()).create('index.yaml', text, INDEX_TYPE);
    const before = (await indexText()).split('\n');
    expect(await remove(store, '1.1.0')).toEqual(['1.1.0 removed']);
    const after = await indexText();
    expect(after).toMatch(/^apiVersion: v1\nentries:\n {2}shop:\n/);
    const gone = before.filter((line) => !after.includes(line));
    expect(gone.every((line) => /1\.1\.0|digest|created|generated/.test(line))).toBe(true);
    const web = await serveFolder(place.folder);
    try {
      for (const helm of ['helm', 'helm3']) {
        const pull = (version: string) =>
          processes.run(
            path.join(toolchainBin, helm),
            ['pull', 'shop', '--repo', web.url, '--version', version, '-d', services.temp],
            { accept: 'any' },
          );
        expect([(await pull('1.0.0')).code, (await pull('1.2.0')).code]).toEqual([0, 0]);
        const { code, stderr } = await pull('1.1.0');
        expect(code).toBe(1);
        expect(stderr).toContain('shop');
      }
    } finally {
      await web.close();
    }
  });

  it('leaves a version that is not what was planned any more', async () => {
    await publishAll(store, 'shop 1.0.0', 'shop 1.1.0');
    const planned = await store.upkeep.holdings(['shop']);
    await changeIndex(place.folder, (text) =>
      text.replace(/("version":"1\.0\.0".*"digest":")\w{4}/, (_, head: string) => `${head}0000`),
    );
    const removals = await store.upkeep.remove(planned.filter(({ version }) => version === '1.0.0'));
    expect(removals).toEqual([{ name: 'shop', version: '1.0.0', state: 'changed' }]);
    expect(await filesIn(place.folder)).toContain('shop-1.0.0.tgz');
    expect(await holdingsOf(store)).toEqual(['1.1.0', '1.0.0']);
  });

  it('leaves an archive that another entry names', async () => {
    await publishAll(store, 'shop 1.0.0', 'shop 1.1.0');
    await changeIndex(place.folder, (text) => text.replace('"shop-1.1.0.tgz"', '"./shop-1.0.0.tgz?x=1"'));
    expect(await remove(store, '1.0.0')).toEqual(['1.0.0 removed']);
    expect(await filesIn(place.folder)).toContain('shop-1.0.0.tgz');
  });

  it('may end anywhere: the index never names what is not there, and the next run completes it', async () => {
    let survived = false;
    for (let n = 1; !survived && n < 20; n++) {
      place = await makePlace();
      await publishAll(await open(), 'shop 1.0.0 *', 'shop 1.1.0', 'shop 2.0.0');
      const dying = await open(dyingAt(await place.blobs(), n));
      survived = await remove(dying, '1.0.0', '1.1.0').then(
        () => true,
        () => false,
      );
      expect(await fetchAll()).toContain('2.0.0');
      const next = await open();
      const left = (await filesIn(place.folder)).filter((name) => name.endsWith('.tgz') && !name.includes('2.0.0'));
      await age(place.folder, ...left);
      const holdings = await next.upkeep.holdings(['shop']);
      expect(holdings.map(({ version }) => version)).toEqual(
        expect.arrayContaining(left.map((file) => file.slice(5, 10))),
      );
      await remove(next, '1.0.0', '1.1.0');
      expect(await filesIn(place.folder)).toEqual(['index.yaml', 'shop-2.0.0.tgz']);
      expect(await findingsOf(next)).toEqual([]);
      if (survived) expect(n).toBe(5);
    }
    expect(survived).toBe(true);
  });

  it('loses nothing of those who publish meanwhile', async () => {
    const old = Array.from({ length: 12 }, (_, index) => `shop 0.${index}.0`);
    await publishAll(store, ...old);
    const publishers = [1, 2, 3, 4, 5].map(async (publisher) => {
      const mine = await open();
      for (const patch of [0, 1, 2]) await publishAll(mine, `shop ${publisher}.0.${patch}`);
    });
    const pruners = [0, 1].map(async (half) => {
      const mine = await open();
      for (let minor = half; minor < 12; minor += 4) await remove(mine, `0.${minor}.0`, `0.${minor + 2}.0`);
    });
    await Promise.all([...publishers, ...pruners]);
    const expected = [5, 4, 3, 2, 1].flatMap((publisher) => [2, 1, 0].map((patch) => `${publisher}.0.${patch}`));
    expect(await fetchAll()).toEqual(expected);
    expect(await filesIn(place.folder)).toHaveLength(expected.length + 1);
    expect(await findingsOf(await open())).toEqual([]);
  });

  it('gives way to who publishes the very version at the moment of its deletion', async () => {
    const [old] = await publishAll(store, 'shop 1.0.0 *', 'shop 2.0.0');
    if (old === undefined) throw new Error('nothing published');
    const blobs = await place.blobs();
    const pruner = await open(
      instead(blobs, {
        // The index is looked at before, and does not name it; then the other is faster.
        async remove(names) {
          await (await open()).publish([old], OPTIONS);
          await blobs.remove(names);
        },
      }),
    );
    await remove(pruner, '1.0.0');
    expect(await fetchAll()).toEqual(['2.0.0', '1.0.0']);
    expect(await filesIn(place.folder)).toContain('shop-1.0.0.tgz.prov');
    expect(services.log.text()).toContain('shop-1.0.0.tgz was published again while it was removed, and is put back.');
  });

  it.each<[string, keyof Blobs]>([
    ['has seen its archive, and not written the index yet', 'replace'],
    ['has seen that all is there, and not looked at it as consumers do yet', 'consumer'],
  ])('is made good by a publisher who %s', async (_, operation) => {
    const chart = await packedChart('shop', '1.0.0');
    await publishAll(store, 'shop 2.0.0');
    const blobs = await place.blobs();
    let pruned = false;
    const prune = async () => {
      if (pruned) return;
      pruned = true;
      if ((await holdingsOf(store)).includes('1.0.0')) await remove(store, '1.0.0');
      else await blobs.remove(['shop-1.0.0.tgz']);
    };
    const publisher = await open(
      instead(
        blobs,
        operation === 'replace'
          ? { replace: async (...args) => (await prune(), blobs.replace(...args)) }
          : { consumer: async () => (await prune(), { url: blobs.url, read: (name: string) => blobs.read(name) }) },
      ),
    );
    if (operation === 'consumer') await store.publish([chart], OPTIONS);
    await publisher.publish([chart], OPTIONS);
    expect(pruned).toBe(true);
    expect(await fetchAll()).toEqual(['2.0.0', '1.0.0']);
  });
});
