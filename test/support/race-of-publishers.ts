import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from '@jest/globals';
import { createLimiter } from '../../src/core/concurrency.js';
import { archiveName, type PackedChart } from '../../src/core/packed-chart.js';
import type { startS3 } from '../../tools/s3.mjs';
import { runActionProcess, type ActionResult, type CompiledSources } from './compiled.js';
import { packedChart } from './packed-charts.js';
import { createTestServices, toolchainBin } from './services.js';
import { serveFolder } from './static-server.js';

/** A chart repository that many publish to at once. */
export interface RacePlace {
  readonly url: string;
  /** Where its files are on this disk. */
  readonly folder: string;
  /** Of the S3 server; empty for others. */
  readonly endpoint: string;
  readonly sources: CompiledSources;
  readonly env: Readonly<Record<string, string>>;
}

type S3Server = Awaited<ReturnType<typeof startS3>>;

/** A prefix of its own. @param endpoint of the server, or of what stands before it. */
export async function s3RacePlace(
  server: S3Server,
  bucket: string,
  endpoint: string,
  sources: CompiledSources,
): Promise<RacePlace> {
  const folder = await mkdtemp(path.join(server.directory, bucket, 'team-'));
  const env = { AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: server.secretAccessKey };
  return { url: `s3://${bucket}/${path.basename(folder)}`, folder, endpoint, sources, env };
}

/** Publishes each chart in a process of its own, all at once. */
async function publishAll(
  { url, endpoint, sources, env }: RacePlace,
  charts: readonly PackedChart[],
  folder: string,
): Promise<readonly ActionResult[]> {
  return Promise.all(
    charts.map(async (chart, index) => {
      const work = path.join(folder, `job-${index}`);
      const file = archiveName(chart.metadata);
      await mkdir(work);
      await writeFile(path.join(work, file), chart.bytes);
      const inputs = { charts: file, 'chart-repository': url, 'endpoint-url': endpoint };
      return runActionProcess(sources, 'publish-chart', inputs, work, env);
    }),
  );
}

async function entriesIn({ folder }: RacePlace): Promise<readonly { version: string; digest: string }[]> {
  const text = await readFile(path.join(folder, 'index.yaml'), 'utf8');
  return (JSON.parse(text) as { entries: { shop: { version: string; digest: string }[] } }).entries.shop;
}

/** Both helms pull every chart as consumers over HTTP do: the very bytes. */
async function expectPullable(place: RacePlace, charts: readonly PackedChart[]): Promise<void> {
  const services = await createTestServices();
  const web = await serveFolder(place.folder);
  const limited = createLimiter(2);
  const pull = async (program: string, { metadata, bytes }: PackedChart): Promise<void> => {
    const target = await mkdtemp(path.join(services.workingDirectory, 'pulled-'));
    const args = ['pull', '--repo', web.url, 'shop', '--version', metadata.version, '--destination', target];
    const env = { HELM_CACHE_HOME: target, HELM_CONFIG_HOME: target, HELM_DATA_HOME: target };
    await services.processes.run(path.join(toolchainBin, program), args, { env });
    expect(await readFile(path.join(target, archiveName(metadata)))).toEqual(Buffer.from(bytes));
  };
  try {
    const pulls = ['helm', 'helm3'].flatMap((program) => charts.map((chart) => limited(() => pull(program, chart))));
    await Promise.all(pulls);
  } finally {
    await web.close();
    await rm(services.workingDirectory, { recursive: true, force: true });
  }
}

/** So many processes publish a version each: none is lost, each can be pulled, and nothing else is left. */
export async function raceOfVersions(place: RacePlace, count: number, folder: string): Promise<void> {
  const charts = await Promise.all(Array.from({ length: count }, (_, n) => packedChart('shop', `1.0.${n}`)));
  const results = await publishAll(place, charts, folder);
  for (const { code, log } of results) expect([code, log]).toEqual([0, expect.stringContaining('fetched back')]);
  // Nothing was lost at any moment, not only in the end.
  for (const { log } of results) expect(log).not.toContain('added again');
  const versions = charts.map(({ metadata }) => metadata.version).reverse();
  expect((await entriesIn(place)).map(({ version }) => version)).toEqual(versions);
  await expectPullable(place, charts);
  const files = (await readdir(place.folder)).filter((name) => name !== '.helm-cd').sort();
  expect(files).toEqual(['index.yaml', ...charts.map(({ metadata }) => archiveName(metadata))].sort());
}

/** So many processes publish one version with a content each: one wins, the others fail naming both digests. */
export async function raceOfContents(place: RacePlace, count: number, folder: string): Promise<void> {
  const charts = await Promise.all(
    Array.from({ length: count }, (_, n) => packedChart('shop', '1.0.0', `content ${n}`)),
  );
  const results = await publishAll(place, charts, folder);
  const won = charts.filter((_, index) => results[index]?.code === 0);
  expect(won).toHaveLength(1);
  const [winner] = won;
  for (const [index, { code, log, outputs }] of results.entries()) {
    if (charts[index] === winner) continue;
    expect([code, outputs['result']]).toEqual([1, '']);
    expect(log).toContain(winner?.digest);
    expect(log).toContain(charts[index]?.digest);
    expect(log).not.toContain('A defect of helm-cd');
  }
  expect(await entriesIn(place)).toMatchObject([{ version: '1.0.0', digest: winner?.digest.slice('sha256:'.length) }]);
  expect(await readFile(path.join(place.folder, 'shop-1.0.0.tgz'))).toEqual(Buffer.from(winner?.bytes ?? []));
}
