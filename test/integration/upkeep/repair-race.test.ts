import { mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readPackedChart } from '../../../src/charts/pack.js';
import { ARCHIVE_TYPE, type Blobs } from '../../../src/stores/blobs.js';
import { IndexedStore } from '../../../src/stores/indexed-store.js';
import { S3Blobs } from '../../../src/stores/s3.js';
import { startS3, stopS3 } from '../../../tools/s3.mjs';
import { packedChart } from '../../support/packed-charts.js';
import { createTestServices, type TestServices } from '../../support/services.js';
import {
  age,
  changeIndex,
  findingsOf,
  holdingsOf,
  inspect,
  instead,
  publishAll,
  repairAll,
} from '../../support/upkeep.js';

jest.setTimeout(180_000);

const BUCKET = 'charts';
const S3_NAME = `repair-${process.pid}`;
const OPTIONS = { verifyTimeoutMs: 10_000 };

let server: Awaited<ReturnType<typeof startS3>>;
let services: TestServices;
let folder: string;
let store: IndexedStore;

const connect = () => S3Blobs.open(`s3://${BUCKET}/${path.basename(folder)}`, {}, services);
const open = async (blobs?: Blobs) => new IndexedStore('s3', blobs ?? (await connect()), services);

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
  folder = await mkdtemp(path.join(server.directory, BUCKET, 'team-'));
  store = await open();
});

afterEach(async () => {
  await rm(services.workingDirectory, { recursive: true, force: true });
});

describe('repairing while others publish', () => {
  it('loses nothing, and mends all that is to be mended', async () => {
    await publishAll(store, 'shop 0.1.0', 'shop 0.2.0', 'shop 0.3.0', 'shop 0.4.0');
    await unlink(path.join(folder, 'shop-0.1.0.tgz'));
    await changeIndex(folder, (text) =>
      text
        .replace(/("version":"0\.2\.0".*),"digest":"\w+"/, '$1')
        .replace(/ *\{"name":"shop",.*"version":"0\.3\.0".*\},?\n/, ''),
    );
    await age(folder, 'shop-0.3.0.tgz');
    expect(await findingsOf(store)).toEqual([
      'dangling-entry shop 0.1.0',
      'missing-digest shop 0.2.0',
      'orphan-archive shop 0.3.0',
    ]);
    const publishers = [1, 2, 3, 4, 5].map(async (publisher) => {
      const mine = await open();
      for (const patch of [0, 1, 2]) await publishAll(mine, `shop ${publisher}.0.${patch}`);
    });
    const menders = [0, 1].map(async () => repairAll(await open()));
    const [, repaired] = await Promise.all([Promise.all(publishers), Promise.all(menders)]);
    for (const code of ['dangling-entry', 'missing-digest', 'orphan-archive']) {
      expect(repaired.flat()).toContain(`mended ${code}`);
    }
    const published = [5, 4, 3, 2, 1].flatMap((publisher) => [2, 1, 0].map((patch) => `${publisher}.0.${patch}`));
    expect(await holdingsOf(store)).toEqual([...published, '0.4.0', '0.3.0', '0.2.0']);
    expect(await findingsOf(store)).toEqual([]);
  });

  it('keeps an entry whose archive somebody puts back at that moment', async () => {
    const [chart] = await publishAll(store, 'shop 1.0.0', 'shop 1.1.0');
    if (chart === undefined) throw new Error('nothing published');
    await unlink(path.join(folder, 'shop-1.0.0.tgz'));
    const blobs: Blobs = await connect();
    let first = true;
    const mender = await open(
      instead(blobs, {
        async replace(...args) {
          // The entry is there still, so that the publisher only puts the archive in place.
          if (first) await (await open()).publish([chart], OPTIONS);
          first = false;
          return blobs.replace(...args);
        },
      }),
    );
    const { findings } = await inspect(mender);
    await mender.upkeep.repair(findings, readPackedChart);
    expect(first).toBe(false);
    expect(await holdingsOf(store)).toEqual(['1.1.0', '1.0.0']);
    expect(await findingsOf(store)).toEqual([]);
  });

  it('adds no orphan that has another content by then', async () => {
    await publishAll(store, 'shop 1.0.0');
    const [mine, other] = [await packedChart('shop', '1.1.0', 'mine'), await packedChart('shop', '1.1.0', 'other')];
    await (await connect()).create('shop-1.1.0.tgz', mine.bytes, ARCHIVE_TYPE);
    await age(folder, 'shop-1.1.0.tgz');
    const { findings } = await inspect(store);
    await rm(path.join(folder, 'shop-1.1.0.tgz'));
    await store.publish([other], OPTIONS);
    const repairs = await store.upkeep.repair(findings, readPackedChart);
    expect(repairs.map(({ state }) => state)).toEqual(['gone']);
    expect((await store.versions('shop')).map(({ digest }) => digest)[0]).toBe(other.digest);
  });

  it('does not take for wrong what changes while it looks', async () => {
    await publishAll(store, 'shop 1.0.0', 'shop 1.1.0', 'shop 1.2.0');
    const blobs: Blobs = await connect();
    let pruned = false;
    const looking = await open(
      instead(blobs, {
        async read(name) {
          if (name === 'shop-1.0.0.tgz' && !pruned) {
            pruned = true;
            const all = await store.upkeep.holdings(['shop']);
            await store.upkeep.remove(all.filter(({ version }) => version === '1.0.0'));
          }
          return blobs.read(name);
        },
      }),
    );
    expect(await findingsOf(looking)).toEqual([]);
    expect(pruned).toBe(true);
    expect(await readFile(path.join(folder, 'index.yaml'), 'utf8')).not.toContain('shop-1.0.0.tgz');
    await writeFile(path.join(folder, 'note.txt'), 'not a chart');
    expect(await findingsOf(store)).toEqual([]);
  });
});
