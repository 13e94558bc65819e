import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, it, jest } from '@jest/globals';
import { startS3, stopS3 } from '../../../tools/s3.mjs';
import { compileSources, type CompiledSources } from '../../support/compiled.js';
import { raceOfContents, raceOfVersions, s3RacePlace, type RacePlace } from '../../support/race-of-publishers.js';
import { temporaryFolder } from '../../support/services.js';

jest.setTimeout(180_000);

const BUCKET = 'charts';
const S3_NAME = `races-${process.pid}`;

let sources: CompiledSources;
let server: Awaited<ReturnType<typeof startS3>>;
let folder: string;

beforeAll(async () => {
  sources = await compileSources();
  server = await startS3({ name: S3_NAME, bucket: BUCKET });
});

afterAll(async () => {
  await stopS3({ name: S3_NAME });
  await sources.remove();
});

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const places: [string, () => Promise<RacePlace>][] = [
  ['S3', () => s3RacePlace(server, BUCKET, server.endpoint, sources)],
  [
    'a folder',
    async () => {
      const repository = await mkdtemp(path.join(folder, 'repository-'));
      return { url: pathToFileURL(repository).href, folder: repository, endpoint: '', sources, env: {} };
    },
  ],
];

describe.each(places)('many processes at once, in %s', (_, makePlace) => {
  it('publish 20 versions: none is lost, and both helms pull each', async () => {
    await raceOfVersions(await makePlace(), 20, folder);
  });

  it('publish 8 contents as one version: one wins, the others fail naming both digests', async () => {
    await raceOfContents(await makePlace(), 8, folder);
  });
});
