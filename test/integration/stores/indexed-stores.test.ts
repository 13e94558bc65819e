import { mkdtemp, readFile, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { HelmCdError } from '../../../src/core/errors.js';
import { provenanceMessage } from '../../../src/core/provenance.js';
import { ARCHIVE_TYPE } from '../../../src/stores/blobs.js';
import { FileBlobs } from '../../../src/stores/file.js';
import { findVersion } from '../../../src/stores/find-version.js';
import { openStore } from '../../../src/stores/open-store.js';
import { S3Blobs } from '../../../src/stores/s3.js';
import type { ChartStore, PublishedChart } from '../../../src/stores/store.js';
import { startS3, stopS3 } from '../../../tools/s3.mjs';
import { packedChart } from '../../support/packed-charts.js';
import { createTestServices, toolchainBin, type TestServices } from '../../support/services.js';
import { serveFolder } from '../../support/static-server.js';

jest.setTimeout(180_000);

const OPTIONS = { verifyTimeoutMs: 5000 };
const BUCKET = 'charts';

interface Place {
  readonly url: string;
  /** Where the repository's files are on this disk. */
  readonly folder: string;
}

let server: Awaited<ReturnType<typeof startS3>>;
let services: TestServices;

beforeAll(async () => {
  server = await startS3({ name: `stores-${process.pid}`, bucket: BUCKET });
});

afterAll(async () => {
  await stopS3({ name: `stores-${process.pid}` });
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
      return { url: `s3://${BUCKET}/${path.basename(folder)}`, folder };
    },
  ],
  [
    'file://',
    async () => {
      const folder = path.join(await mkdtemp(path.join(services.workingDirectory, 'repo-')), 'charts here');
      return { url: pathToFileURL(folder).href, folder };
    },
  ],
];

const open = (url: string): Promise<ChartStore> => openStore(url, {}, services);

async function failure(promise: Promise<unknown>): Promise<HelmCdError> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as HelmCdError,
  );
}

const states = (published: readonly PublishedChart[]) => published.map(({ version, state }) => `${version} ${state}`);

describe.each(places)('a chart repository at %s', (_, makePlace) => {
  let place: Place;
  let store: ChartStore;

  beforeEach(async () => {
    place = await makePlace();
    store = await open(place.url);
  });

  /** As somebody else would: past the index. */
  const put = async (name: string, bytes: Uint8Array | string) => {
    const blobs = place.url.startsWith('s3:') ? await S3Blobs.open(place.url, {}, services) : new FileBlobs(place.url);
    await blobs.create(name, Buffer.from(bytes), ARCHIVE_TYPE);
  };
  const indexText = () => readFile(path.join(place.folder, 'index.yaml'), 'utf8');
  const entries = async (name: string) =>
    (
      JSON.parse(await indexText()) as {
        entries: Record<string, { version: string; digest: string; created: string }[]>;
      }
    ).entries[name] ?? [];

  it('is empty before anything is published, and says so', async () => {
    expect(await store.versions('shop')).toEqual([]);
    expect(await failure(findVersion(store, 'shop', ''))).toMatchObject({
      code: 'not-found',
      message: `There is no chart "shop" in ${place.url}.`,
    });
  });

  it('has what was published, and gives the very bytes', async () => {
    const chart = await packedChart('shop', '1.0.0');
    const [published] = await store.publish([chart], OPTIONS);
    expect(published).toEqual({
      name: 'shop',
      version: '1.0.0',
      digest: chart.digest,
      url: `${place.url}/shop-1.0.0.tgz`,
      state: 'published',
    });
    const [stored] = await store.versions('shop');
    expect(stored).toMatchObject({ name: 'shop', version: '1.0.0', digest: chart.digest });
    expect(stored?.metadata).toMatchObject({ apiVersion: 'v2', appVersion: '1.0', description: 'A chart for tests' });
    if (stored === undefined) throw new Error('not there');
    expect(Buffer.from(await store.fetch(stored)).equals(Buffer.from(chart.bytes))).toBe(true);
  });

  it('changes nothing when the same version with the same bytes is published again', async () => {
    const chart = await packedChart('shop', '1.0.0');
    await store.publish([chart], OPTIONS);
    const before = await indexText();
    expect(states(await store.publish([chart], OPTIONS))).toEqual(['1.0.0 already-published']);
    expect(await indexText()).toBe(before);
  });

  it('refuses other bytes for a version that is there, naming both digests', async () => {
    const [first, second] = [await packedChart('shop', '1.0.0', 'a'), await packedChart('shop', '1.0.0', 'b')];
    await store.publish([first], OPTIONS);
    const before = await indexText();
    expect(await failure(store.publish([second], OPTIONS))).toMatchObject({
      code: 'conflict',
      message: `shop 1.0.0 is already in ${place.url} with the digest ${first.digest}; this one has ${second.digest}.`,
      hint: 'A published version never changes: raise the version in Chart.yaml.',
    });
    expect(await indexText()).toBe(before);
    expect((await readFile(path.join(place.folder, 'shop-1.0.0.tgz'))).equals(Buffer.from(first.bytes))).toBe(true);
  });

  it('names all conflicts of a call at once, and adds none of its charts', async () => {
    const old = [await packedChart('api', '1.0.0'), await packedChart('web', '1.0.0')];
    await store.publish(old, OPTIONS);
    const names = ['api', 'web'];
    const others = await Promise.all(names.map((name) => packedChart(name, '1.0.0', 'other')));
    const error = await failure(store.publish([...others, await packedChart('new', '1.0.0')], OPTIONS));
    expect(error.message).toBe(
      `${names.map((name, n) => `${name} 1.0.0 is already in ${place.url} with the digest ${old[n]?.digest}; this one has ${others[n]?.digest}.`).join(' ')} The other charts were not added, either.`,
    );
    expect(await readdir(place.folder)).not.toContain('new-1.0.0.tgz');
  });

  it('refuses a version that differs only in build metadata', async () => {
    await store.publish([await packedChart('shop', '1.0.0+a')], OPTIONS);
    expect(await failure(store.publish([await packedChart('shop', '1.0.0+b')], OPTIONS))).toMatchObject({
      code: 'conflict',
      message: `shop 1.0.0+b and shop 1.0.0+a, which is already in ${place.url}, differ only in build metadata: helm takes one for the other.`,
    });
    expect(await readdir(place.folder)).not.toContain('shop-1.0.0+b.tgz');
    const found = await findVersion(store, 'shop', '1.0.0+a');
    expect(await store.fetch(found)).toHaveLength((await packedChart('shop', '1.0.0+a')).bytes.length);
  });

  it('plans without writing', async () => {
    const old = await packedChart('shop', '1.0.0');
    await store.publish([old], OPTIONS);
    const before = await readdir(place.folder);
    const plan = await store.plan([old, await packedChart('shop', '1.0.0', 'x'), await packedChart('shop', '1.1.0')]);
    expect(states(plan)).toEqual(['1.0.0 already-published', '1.0.0 conflict', '1.1.0 published']);
    expect(await readdir(place.folder)).toEqual(before);
  });

  it('completes what was interrupted between the archive and the index', async () => {
    const chart = await packedChart('shop', '1.0.0');
    await put('shop-1.0.0.tgz', chart.bytes);
    expect(states(await store.publish([chart], OPTIONS))).toEqual(['1.0.0 published']);
    expect(await entries('shop')).toHaveLength(1);
  });

  it('puts a missing archive of the index back in place', async () => {
    const chart = await packedChart('shop', '1.0.0');
    await store.publish([chart], OPTIONS);
    await rm(path.join(place.folder, 'shop-1.0.0.tgz'));
    const [stored] = await store.versions('shop');
    if (stored === undefined) throw new Error('not there');
    expect(await failure(store.fetch(stored))).toMatchObject({ code: 'not-found' });
    expect(states(await store.publish([chart], OPTIONS))).toEqual(['1.0.0 already-published']);
    expect(await store.fetch(stored)).toHaveLength(chart.bytes.length);
  });

  it('refuses an archive that is there with other bytes, though no index names it', async () => {
    const [mine, other] = [await packedChart('shop', '1.0.0', 'mine'), await packedChart('shop', '1.0.0', 'other')];
    await put('shop-1.0.0.tgz', other.bytes);
    const message = `${place.url}/shop-1.0.0.tgz is already there with the digest ${other.digest}; this one has ${mine.digest}.`;
    expect(await failure(store.publish([mine], OPTIONS))).toMatchObject({
      code: 'conflict',
      message,
      hint: expect.stringContaining(`or delete ${place.url}/shop-1.0.0.tgz if nobody needs it`),
    });
    expect(await store.plan([mine])).toMatchObject([{ state: 'conflict', reason: message }]);
    expect(await readdir(place.folder)).not.toContain('index.yaml');
  });

  it('says what of a call is in place when one chart of it is in conflict', async () => {
    const [mine, other] = [await packedChart('shop', '1.0.0', 'mine'), await packedChart('shop', '1.0.0', 'other')];
    await put('shop-1.0.0.tgz', other.bytes);
    const error = await failure(store.publish([await packedChart('api', '1.0.0'), mine], OPTIONS));
    expect(error.code).toBe('conflict');
    expect(error.message).toBe(
      `${place.url}/shop-1.0.0.tgz is already there with the digest ${other.digest}; this one has ${mine.digest}. In place: the archive of api 1.0.0. The index was not changed: consumers see nothing of it.`,
    );
    expect(await readdir(place.folder)).not.toContain('index.yaml');
  });

  it('refuses when the index has these bytes and the archive has others', async () => {
    const [chart, other] = [await packedChart('shop', '1.0.0'), await packedChart('shop', '1.0.0', 'other')];
    await store.publish([chart], OPTIONS);
    await writeFile(path.join(place.folder, 'shop-1.0.0.tgz'), other.bytes);
    const address = `${place.url}/shop-1.0.0.tgz`;
    const message = `${address} has the digest ${other.digest}, but the index of ${place.url} gives shop 1.0.0 the digest ${chart.digest}, which this one has.`;
    expect(await failure(store.publish([chart], OPTIONS))).toMatchObject({
      code: 'conflict',
      message,
      hint: `Somebody has overwritten the archive. Delete ${address} and run the job again: then this one is put in place.`,
    });
    expect(await store.plan([chart])).toMatchObject([{ state: 'conflict', reason: message }]);
    await rm(path.join(place.folder, 'shop-1.0.0.tgz'));
    expect(states(await store.publish([chart], OPTIONS))).toEqual(['1.0.0 already-published']);
    expect((await readFile(path.join(place.folder, 'shop-1.0.0.tgz'))).equals(Buffer.from(chart.bytes))).toBe(true);
  });

  it('takes a version for published whose archive others keep elsewhere', async () => {
    const chart = await packedChart('shop', '1.0.0');
    const entry = { ...chart.metadata, urls: ['https://elsewhere.example/a.tgz'], digest: chart.digest.slice(7) };
    await put('index.yaml', JSON.stringify({ apiVersion: 'v1', entries: { shop: [entry] } }));
    const before = await indexText();
    expect(states(await store.publish([chart], OPTIONS))).toEqual(['1.0.0 already-published']);
    expect(await readdir(place.folder)).not.toContain('shop-1.0.0.tgz');
    expect(await indexText()).toBe(before);
  });

  it('puts what is missing where the index says that it is', async () => {
    const chart = await packedChart('shop', '1.0.0');
    const entry = { ...chart.metadata, urls: ['renamed.tgz'], digest: chart.digest.slice(7) };
    await put('index.yaml', JSON.stringify({ apiVersion: 'v1', entries: { shop: [entry] } }));
    expect(states(await store.publish([chart], OPTIONS))).toEqual(['1.0.0 already-published']);
    expect((await readdir(place.folder)).filter((name) => name.endsWith('.tgz'))).toEqual(['renamed.tgz']);
  });

  it('adds the provenance to a version that was published without', async () => {
    const chart = await packedChart('shop', '1.0.0');
    await store.publish([chart], OPTIONS);
    const before = await indexText();
    const signed = { ...chart, provenance: Buffer.from(`x\n${provenanceMessage(chart)}`) };
    expect(states(await store.publish([signed], OPTIONS))).toEqual(['1.0.0 already-published']);
    const [stored] = await store.versions('shop');
    if (stored === undefined) throw new Error('not there');
    expect(Buffer.from((await store.provenance(stored)) ?? [])).toEqual(signed.provenance);
    expect(await indexText()).toBe(before);
  });

  it('refuses a provenance file that vouches for other bytes', async () => {
    const [chart, other] = [await packedChart('shop', '1.0.0'), await packedChart('shop', '1.0.0', 'other')];
    await put('shop-1.0.0.tgz.prov', `x\n${provenanceMessage(other)}`);
    const signed = { ...chart, provenance: Buffer.from(`x\n${provenanceMessage(chart)}`) };
    expect(await failure(store.publish([signed], OPTIONS))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(
        `${place.url}/shop-1.0.0.tgz.prov is already there, but for the digest ${other.digest}, not ${chart.digest}. In place: the archive of shop 1.0.0.`,
      ),
    });
  });

  it('never hands out an archive that is not what the index says', async () => {
    const chart = await packedChart('shop', '1.0.0');
    await store.publish([chart], OPTIONS);
    await writeFile(path.join(place.folder, 'shop-1.0.0.tgz'), 'tampered');
    const [stored] = await store.versions('shop');
    if (stored === undefined) throw new Error('not there');
    expect(await failure(store.fetch(stored))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`but the index says ${chart.digest}`),
    });
  });

  it('leaves a broken index alone', async () => {
    await put('index.yaml', '<html>not an index</html>');
    expect(await failure(store.publish([await packedChart('shop', '1.0.0')], OPTIONS))).toMatchObject({
      code: 'file',
      message: expect.stringContaining(`${place.url}/index.yaml is no index of a chart repository`),
    });
    expect(await indexText()).toBe('<html>not an index</html>');
  });

  it('publishes many charts with one change of the index, keeping what others wrote in YAML', async () => {
    const yaml =
      'apiVersion: v1\nentries:\n  old:\n  - apiVersion: v2\n    created: "2020-01-01T00:00:00Z"\n    digest: ' +
      `${'0'.repeat(64)}\n    name: old\n    urls:\n    - https://elsewhere.example/old-1.0.0.tgz\n    version: 1.0.0\ngenerated: "2020-01-01T00:00:00Z"\n`;
    await put('index.yaml', yaml);
    await store.publish([await packedChart('api', '1.0.0'), await packedChart('web', '2.0.0')], OPTIONS);
    const text = await indexText();
    for (const line of yaml.split('\n').slice(0, -2)) expect(text).toContain(line);
    expect(text).toMatch(/^ {2}api:$/m);
    expect((await store.versions('old')).map(({ url }) => url)).toEqual(['https://elsewhere.example/old-1.0.0.tgz']);
    const [old] = await store.versions('old');
    if (old === undefined) throw new Error('not there');
    expect(await failure(store.fetch(old))).toMatchObject({ code: 'unsupported' });
  });

  it('finds versions as helm does', async () => {
    for (const version of ['1.0.0', '1.1.0', '2.0.0-rc.1'])
      await store.publish([await packedChart('shop', version)], OPTIONS);
    const found = async (wanted: string) => (await findVersion(store, 'shop', wanted)).version;
    expect(await found('')).toBe('2.0.0-rc.1');
    expect(await found('^1.0.0')).toBe('1.1.0');
    expect(await found('1.0.x')).toBe('1.0.0');
    expect(await found('*')).toBe('1.1.0');
    expect(await failure(findVersion(store, 'shop', '1.2.0'))).toMatchObject({
      code: 'not-found',
      message: `There is no shop 1.2.0 in ${place.url}.`,
      hint: 'Newest there: 2.0.0-rc.1, 1.1.0, 1.0.0.',
    });
    expect(await failure(findVersion(store, 'shop', '>3'))).toMatchObject({
      code: 'not-found',
      message: `No version of shop in ${place.url} satisfies ">3".`,
    });
    expect(await failure(findVersion(store, 'shop', 'latest'))).toMatchObject({
      code: 'input',
      message: 'Input "version" is neither a version nor a constraint: "latest"',
    });
  });

  it('loses nothing when many publish at once', async () => {
    const versions = Array.from({ length: 20 }, (_unused, patch) => `1.0.${patch}`);
    await Promise.all(
      versions.map(async (version) => (await open(place.url)).publish([await packedChart('shop', version)], OPTIONS)),
    );
    const published = await entries('shop');
    expect(published.map(({ version }) => version)).toEqual([...versions].reverse());
    for (const stored of await store.versions('shop')) await store.fetch(stored);
  });

  it('lets one of many win who publish other bytes as the same version', async () => {
    const charts = await Promise.all(
      Array.from({ length: 8 }, (_unused, number) => packedChart('shop', '1.0.0', `content ${number}`)),
    );
    const outcomes = await Promise.allSettled(
      charts.map(async (chart) => (await open(place.url)).publish([chart], OPTIONS)),
    );
    const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
    expect(won).toHaveLength(1);
    const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as HelmCdError] : []));
    for (const error of lost) {
      expect(error).toMatchObject({ code: 'conflict', message: expect.stringContaining(won[0]?.digest ?? '?') });
    }
    expect(await entries('shop')).toMatchObject([{ version: '1.0.0', digest: won[0]?.digest.slice('sha256:'.length) }]);
  });

  it.each(['helm', 'helm3'])('is a repository that %s can pull from', async (program) => {
    const charts = [await packedChart('shop', '1.0.0'), await packedChart('shop', '1.0.1-develop.3')];
    for (const chart of charts) await store.publish([chart], OPTIONS);
    const web = await serveFolder(place.folder);
    try {
      for (const { metadata, bytes } of charts) {
        const target = await mkdtemp(path.join(services.workingDirectory, 'pulled-'));
        const args = ['pull', '--repo', web.url, 'shop', '--version', metadata.version, '--destination', target];
        const env = { HELM_CACHE_HOME: target, HELM_CONFIG_HOME: target, HELM_DATA_HOME: target };
        await services.processes.run(path.join(toolchainBin, program), args, { env });
        const pulled = await readFile(path.join(target, `shop-${metadata.version}.tgz`));
        expect(pulled.equals(Buffer.from(bytes))).toBe(true);
      }
    } finally {
      await web.close();
    }
  });
});

describe('a folder', () => {
  let place: Place;

  beforeEach(async () => {
    const folder = path.join(services.workingDirectory, 'repository');
    place = { url: pathToFileURL(folder).href, folder };
  });

  const generations = async () =>
    (await readdir(path.join(place.folder, '.helm-cd'))).filter((name) => name.startsWith('index.yaml.')).sort();

  it('shows an index whose writer was killed before it was in place, and the next one puts it there', async () => {
    await (await open(place.url)).publish([await packedChart('shop', '1.0.0')], OPTIONS);
    const first = await readFile(path.join(place.folder, 'index.yaml'));
    await (await open(place.url)).publish([await packedChart('shop', '1.0.1')], OPTIONS);
    const second = await readFile(path.join(place.folder, 'index.yaml'));
    // As after a kill: the second generation exists, the first is still in place.
    await writeFile(path.join(place.folder, 'before'), first);
    await rename(path.join(place.folder, 'before'), path.join(place.folder, 'index.yaml'));
    const store = await open(place.url);
    expect((await store.versions('shop')).map(({ version }) => version)).toEqual(['1.0.1', '1.0.0']);
    expect((await readFile(path.join(place.folder, 'index.yaml'))).equals(first)).toBe(true);
    expect(states(await store.publish([await packedChart('shop', '1.0.1')], OPTIONS))).toEqual([
      '1.0.1 already-published',
    ]);
    expect((await readFile(path.join(place.folder, 'index.yaml'))).equals(second)).toBe(true);
  });

  it('takes an index that somebody else has written or deleted for what it is', async () => {
    const store = await open(place.url);
    await store.publish([await packedChart('shop', '1.0.0')], OPTIONS);
    await writeFile(
      path.join(place.folder, 'index.yaml'),
      '{"apiVersion":"v1","entries":{"other":[{"name":"other","version":"9.0.0"}]}}',
    );
    await store.publish([await packedChart('shop', '1.0.1')], OPTIONS);
    expect((await store.versions('shop')).map(({ version }) => version)).toEqual(['1.0.1']);
    expect((await store.versions('other')).map(({ version }) => version)).toEqual(['9.0.0']);
    await rm(path.join(place.folder, 'index.yaml'));
    expect(await store.versions('shop')).toEqual([]);
    await store.publish([await packedChart('shop', '1.0.2')], OPTIONS);
    expect((await store.versions('shop')).map(({ version }) => version)).toEqual(['1.0.2']);
  });

  it('is made when only it is missing, and is an error when the one above it is, too', async () => {
    const chart = await packedChart('shop', '1.0.0');
    await (await open(place.url)).publish([chart], OPTIONS);
    expect(await readdir(place.folder)).toContain('index.yaml');
    const nowhere = await open(pathToFileURL(path.join(services.workingDirectory, 'missing/charts')).href);
    const missing = {
      code: 'not-found',
      message: `${nowhere.url}: there is no folder ${path.join(services.workingDirectory, 'missing')}.`,
      hint: 'Check the path, or create that folder: helm-cd creates only the last one of the path.',
    };
    expect(await failure(nowhere.publish([chart], OPTIONS))).toMatchObject(missing);
    expect(await failure(nowhere.versions('shop'))).toMatchObject(missing);
    const file = await open(pathToFileURL(path.join(place.folder, 'index.yaml')).href);
    expect(await failure(file.publish([chart], OPTIONS))).toMatchObject({
      code: 'input',
      message: `${file.url}: ${path.join(place.folder, 'index.yaml')} is no folder.`,
    });
  });

  it('keeps only the newest generation of the index and none of the leftovers', async () => {
    const store = await open(place.url);
    for (const version of ['1.0.0', '1.0.1', '1.0.2'])
      await store.publish([await packedChart('shop', version)], OPTIONS);
    const own = path.join(place.folder, '.helm-cd');
    await writeFile(path.join(own, 'tmp-left-by-a-killed-one'), 'x');
    const longAgo = new Date(Date.now() - 3_600_000);
    for (const name of await readdir(own)) await utimes(path.join(own, name), longAgo, longAgo);
    await store.publish([await packedChart('shop', '1.0.3')], OPTIONS);
    expect(await readdir(own)).toEqual(['index.yaml.0000000004']);
    await store.publish([await packedChart('shop', '1.0.4')], OPTIONS);
    expect(await generations()).toEqual(['index.yaml.0000000004', 'index.yaml.0000000005']);
  });
});

describe('S3 refuses', () => {
  it('wrong credentials', async () => {
    const wrong = { ...services, environment: { ...services.environment, AWS_SECRET_ACCESS_KEY: 'wrong-secret' } };
    const store = await openStore(`s3://${BUCKET}/x`, {}, wrong);
    expect(await failure(store.versions('shop'))).toMatchObject({
      code: 'unauthorized',
      message: `s3://${BUCKET}/x/index.yaml cannot be read: SignatureDoesNotMatch (HTTP 403).`,
      hint: 'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the region.',
    });
  });

  it('a bucket that is not there, rather than calling it empty', async () => {
    const store = await open('s3://no-such-bucket/x');
    expect(await failure(store.publish([await packedChart('shop', '1.0.0')], OPTIONS))).toMatchObject({
      code: 'not-found',
      message: 's3://no-such-bucket/x/index.yaml cannot be read: there is no bucket "no-such-bucket".',
    });
  });

  it('an endpoint where nobody listens', async () => {
    const store = await openStore(`s3://${BUCKET}/x`, { endpointUrl: 'http://127.0.0.1:9' }, services);
    expect(await failure(store.versions('shop'))).toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/^s3:\/\/charts\/x\/index\.yaml cannot be read: .*connect ECONNREFUSED/),
      hint: 'Check endpoint-url, the region and the network.',
    });
  });
});

describe('openStore refuses', () => {
  it.each([
    ['s4://bucket/x', {}, 'input', '"s4://bucket/x" is no chart repository that helm-cd knows, did you mean "s3:"?'],
    ['charts', {}, 'input', '"charts" is no chart repository that helm-cd knows'],
    ['s3://Bucket/x', {}, 'input', '"s3://Bucket/x" is no place in S3.'],
    [
      'file://host/x',
      {},
      'input',
      expect.stringMatching(/^"file:\/\/host\/x" is no folder of this machine: .*host must be "localhost"/),
    ],
    ['s3://key:secret@bucket/x', {}, 'input', 'The URL of a chart repository must not hold a user or a password.'],
    [
      's3://bucket/x',
      { username: 'u' },
      'input',
      'The inputs "username" and "password" have no meaning for s3://bucket/x',
    ],
  ])('%s', async (url, access, code, message) => {
    expect(await failure(openStore(url, access, services))).toMatchObject({ code, message });
  });
});
