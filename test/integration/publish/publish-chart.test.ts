import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sha256Digest } from '../../../src/core/digest.js';
import { startRegistry, stopRegistry } from '../../../tools/registry.mjs';
import { startS3, stopS3 } from '../../../tools/s3.mjs';
import { compileSources, runActionProcess, type ActionResult, type CompiledSources } from '../../support/compiled.js';
import { writeChart, writeFiles } from '../../support/packed-charts.js';
import { createTestServices, projectRoot, temporaryFolder, toolchainBin } from '../../support/services.js';

jest.setTimeout(120_000);

const BUCKET = 'charts';
const S3_NAME = `publish-${process.pid}`;

let sources: CompiledSources;
let server: Awaited<ReturnType<typeof startS3>>;
let work: string;

beforeAll(async () => {
  sources = await compileSources();
  server = await startS3({ name: S3_NAME, bucket: BUCKET });
});

afterAll(async () => {
  await stopS3({ name: S3_NAME });
  await sources.remove();
});

beforeEach(async () => {
  work = await temporaryFolder();
});

afterEach(async () => {
  await rm(work, { recursive: true, force: true });
});

const environment = (): Record<string, string> => ({
  PATH: `${toolchainBin}:${process.env['PATH'] ?? ''}`,
  AWS_ACCESS_KEY_ID: server.accessKeyId,
  AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
  GITHUB_RUN_NUMBER: '312',
  GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
});

function publish(inputs: Record<string, string>, env: Record<string, string> = {}): Promise<ActionResult> {
  return runActionProcess(sources, 'publish-chart', { 'endpoint-url': server.endpoint, ...inputs }, work, {
    ...environment(),
    ...env,
  });
}

function promote(inputs: Record<string, string>): Promise<ActionResult> {
  return runActionProcess(
    sources,
    'promote-chart',
    { 'endpoint-url': server.endpoint, ...inputs },
    work,
    environment(),
  );
}

async function s3Repository(): Promise<{ url: string; folder: string }> {
  const folder = await mkdtemp(path.join(server.directory, BUCKET, 'team-'));
  return { url: `s3://${BUCKET}/${path.basename(folder)}`, folder };
}

async function versionsIn(folder: string, chart = 'shop'): Promise<string[]> {
  const index = JSON.parse(await readFile(path.join(folder, 'index.yaml'), 'utf8')) as {
    entries: Record<string, { version: string }[]>;
  };
  return (index.entries[chart] ?? []).map(({ version }) => version);
}

const CONFIG = (repository: string, more = '') => `charts:
  shop:
    path: charts/shop
environments:
  develop:
    branch: develop
    repository: ${repository}/develop
  production:
    promote-from: develop
    repository: ${repository}/production
${more}`;

describe('publish-chart', () => {
  it('publishes the example with its local dependency, again without a change, and promotes it', async () => {
    const { url, folder } = await s3Repository();
    await cp(path.join(projectRoot, 'examples/shop/charts'), path.join(work, 'charts'), { recursive: true });
    await writeFile(path.join(work, 'helm-cd.yaml'), CONFIG(url));

    const first = await publish({}, { GITHUB_REF_NAME: 'develop' });
    expect(first).toMatchObject({ code: 0, outputs: { result: 'published', name: 'shop', version: '1.0.0' } });
    expect(first.summary).toContain('### ✅ Published shop 1.0.0');
    expect(first.log).not.toContain(
      server.secretAccessKey.slice(0, 12) + server.secretAccessKey.slice(12, 20) + '\n::',
    );
    const archive = await readFile(path.join(folder, 'develop/shop-1.0.0.tgz'));
    expect(first.outputs['digest']).toBe(sha256Digest(archive));
    expect(sha256Digest(await readFile(first.outputs['package'] ?? ''))).toBe(first.outputs['digest']);
    expect(first.outputs['url']).toBe(`${url}/develop/shop-1.0.0.tgz`);
    expect(JSON.parse(first.outputs['charts'] ?? '')).toMatchObject([
      { name: 'shop', version: '1.0.0', environment: 'develop', result: 'published', repository: `${url}/develop` },
    ]);
    expect(JSON.parse(await readFile(first.outputs['result-file'] ?? '', 'utf8'))).toMatchObject({
      action: 'publish-chart',
      result: 'published',
      charts: [{ files: expect.arrayContaining([{ path: 'charts/common/Chart.yaml', size: expect.any(Number) }]) }],
    });
    expect(await readdir(path.join(work, 'charts/shop'))).not.toContain('charts');

    const second = await publish({ environment: 'develop' });
    expect(second).toMatchObject({
      code: 0,
      outputs: { result: 'already-published', digest: first.outputs['digest'] },
    });
    expect(second.summary).toContain('### ☑️ Already published: shop 1.0.0');

    const plan = await promote({ chart: 'shop', from: 'develop', to: 'production', 'dry-run': 'true' });
    expect(plan).toMatchObject({ code: 0, outputs: { result: 'planned' } });
    expect(await readdir(folder)).toEqual(['develop']);
    const promoted = await promote({ chart: 'shop', from: 'develop', to: 'production' });
    expect(promoted).toMatchObject({
      code: 0,
      outputs: { result: 'promoted', name: 'shop', version: '1.0.0', digest: first.outputs['digest'] },
    });
    expect(promoted.summary).toContain('### ✅ Promoted shop 1.0.0 from develop to production');
    expect((await readFile(path.join(folder, 'production/shop-1.0.0.tgz'))).equals(archive)).toBe(true);
    expect(await promote({ chart: 'shop', version: '1.0.0', from: 'develop', to: 'production' })).toMatchObject({
      code: 0,
      outputs: { result: 'already-published' },
    });
  });

  it('makes the same archive in another place, at another time, with other settings', async () => {
    const folder = path.join(work, 'repository');
    const other = path.join(work, 'elsewhere');
    await cp(path.join(projectRoot, 'examples/shop/charts'), path.join(work, 'charts'), { recursive: true });
    await cp(path.join(work, 'charts'), path.join(other, 'charts'), { recursive: true });
    const repository = pathToFileURL(folder).href;
    const first = await publish(
      { charts: 'charts/shop', 'chart-repository': repository },
      { TZ: 'Asia/Tokyo', LANG: 'C' },
    );
    const second = await publish(
      { charts: 'charts/shop', 'chart-repository': repository, 'working-directory': 'elsewhere' },
      { TZ: 'America/New_York', LANG: 'tr_TR.UTF-8' },
    );
    expect(first).toMatchObject({ code: 0, outputs: { result: 'published' } });
    expect(second).toMatchObject({
      code: 0,
      outputs: { result: 'already-published', digest: first.outputs['digest'] },
    });
  });

  it.each(['helm', 'helm3'])('makes an archive that %s lints, shows and renders as the folder', async (program) => {
    await cp(path.join(projectRoot, 'examples/shop/charts'), path.join(work, 'charts'), { recursive: true });
    const repository = pathToFileURL(path.join(work, 'repository')).href;
    const { outputs } = await publish({ charts: 'charts/shop', 'chart-repository': repository });
    const services = await createTestServices();
    try {
      const helm = async (...args: string[]) =>
        (await services.processes.run(path.join(toolchainBin, program), args, { env: { HOME: work } })).stdout;
      const archive = outputs['package'] ?? '';
      await helm('dependency', 'build', path.join(work, 'charts/shop'));
      expect(await helm('lint', '--strict', archive)).toContain('1 chart(s) linted, 0 chart(s) failed');
      expect(await helm('show', 'all', archive)).toBe(await helm('show', 'all', path.join(work, 'charts/shop')));
      expect(await helm('template', 'x', archive)).toBe(await helm('template', 'x', path.join(work, 'charts/shop')));
    } finally {
      await rm(services.workingDirectory, { recursive: true, force: true });
    }
  });

  it('publishes several charts in the order of their dependencies, under versions of the build', async () => {
    const { url, folder } = await s3Repository();
    await writeChart(work, 'zeta', '1.0.0');
    await writeFiles(path.join(work, 'alpha'), {
      'Chart.yaml':
        'apiVersion: v2\nname: alpha\nversion: 2.0.0\ndependencies:\n- {name: zeta, version: ">=1.0.0", repository: "file://../zeta"}\n',
    });
    const version = '{version}-develop.{run-number}.g{short-sha}';
    const result = await publish({ 'chart-repository': url, version });
    expect(result).toMatchObject({ code: 0, outputs: { result: 'published' } });
    const names = (JSON.parse(result.outputs['charts'] ?? '') as { name: string; version: string }[]).map(
      (chart) => `${chart.name} ${chart.version}`,
    );
    expect(names).toEqual(['alpha 2.0.0-develop.312.g0123456', 'zeta 1.0.0-develop.312.g0123456']);
    // Archives are uploaded side by side; the index then names all of them at once.
    const added = 'index.yaml: added zeta 1.0.0-develop.312.g0123456, alpha 2.0.0-develop.312.g0123456';
    expect(result.log).toContain(added);
    for (const archive of ['zeta-1.0.0', 'alpha-2.0.0']) {
      const uploaded = `${archive}-develop.312.g0123456.tgz: uploaded`;
      expect(result.log).toContain(uploaded);
      expect(result.log.indexOf(uploaded)).toBeLessThan(result.log.indexOf(added));
    }
    expect(await versionsIn(folder, 'alpha')).toEqual(['2.0.0-develop.312.g0123456']);
  });

  it('publishes a packaged chart as it is', async () => {
    const { url } = await s3Repository();
    await writeChart(work, 'shop', '3.0.0');
    const services = await createTestServices();
    await services.processes.run(path.join(toolchainBin, 'helm3'), ['package', 'shop'], { cwd: work });
    await rm(services.workingDirectory, { recursive: true, force: true });
    const bytes = await readFile(path.join(work, 'shop-3.0.0.tgz'));
    const result = await publish({ charts: 'shop-3.0.0.tgz', 'chart-repository': url });
    expect(result).toMatchObject({ code: 0, outputs: { result: 'published', digest: sha256Digest(bytes) } });
  });

  it('plans without writing, and warns of a conflict', async () => {
    const { url, folder } = await s3Repository();
    await writeChart(work, 'shop', '1.0.0', 'first');
    await publish({ charts: 'shop', 'chart-repository': url });
    await writeChart(work, 'shop', '1.0.0', 'second');
    await writeChart(work, 'web', '1.0.0');
    const before = await readFile(path.join(folder, 'index.yaml'), 'utf8');
    const plan = await publish({ 'chart-repository': url, 'dry-run': 'true' });
    expect(plan).toMatchObject({ code: 0, outputs: { result: 'planned' } });
    expect(plan.log).toContain('::warning title=publish-chart::shop 1.0.0 is already in');
    expect(plan.summary).toContain('### ❌ Plan: 1 of 2 cannot be published');
    expect(await readFile(path.join(folder, 'index.yaml'), 'utf8')).toBe(before);
    expect(await readdir(folder)).toEqual(['.helm-cd', 'index.yaml', 'shop-1.0.0.tgz']);
  });
});

describe('two at once', () => {
  it('publish different versions: all are in the index', async () => {
    const { url, folder } = await s3Repository();
    const versions = Array.from({ length: 8 }, (_, patch) => `1.0.${patch}`);
    await Promise.all(versions.map((version) => writeChart(path.join(work, version), 'shop', version)));
    const results = await Promise.all(
      versions.map((version) => publish({ charts: `${version}/shop`, 'chart-repository': url })),
    );
    expect(results.map(({ outputs }) => outputs['result'])).toEqual(versions.map(() => 'published'));
    expect(await versionsIn(folder)).toEqual([...versions].reverse());
  });

  it('publish one version with other contents: one wins, the others say so', async () => {
    const folder = path.join(work, 'repository');
    const url = pathToFileURL(folder).href;
    const names = Array.from({ length: 8 }, (_, number) => `content-${number}`);
    await Promise.all(names.map((name) => writeChart(path.join(work, name), 'shop', '1.0.0', name)));
    const results = await Promise.all(
      names.map((name) => publish({ charts: `${name}/shop`, 'chart-repository': url })),
    );
    const won = results.filter(({ code }) => code === 0);
    expect(won).toHaveLength(1);
    for (const lost of results.filter(({ code }) => code !== 0)) {
      expect(lost.code).toBe(1);
      expect(lost.log).toMatch(/::error title=publish-chart::.*shop[- ]1\.0\.0.* is already .*with the digest sha256:/);
      expect(lost.log).toContain(won[0]?.outputs['digest']);
    }
    expect(await versionsIn(folder)).toEqual(['1.0.0']);
    expect(sha256Digest(await readFile(path.join(folder, 'shop-1.0.0.tgz')))).toBe(won[0]?.outputs['digest']);
  });
});

describe('publish-chart refuses', () => {
  let url: string;
  let folder: string;

  beforeEach(async () => {
    ({ url, folder } = await s3Repository());
    await writeChart(work, 'shop', '1.0.0');
  });

  const config = async () => writeFile(path.join(work, 'helm-cd.yaml'), CONFIG(url));

  it('an environment that is fed by promotion', async () => {
    await config();
    const promotion = await publish({ environment: 'production' });
    expect(promotion.log).toContain('Environment production is fed by promotion from develop, never by publishing.');
    expect(promotion.code).toBe(1);
  });

  it('a broken Chart.yaml, with its line', async () => {
    await writeFile(path.join(work, 'shop/Chart.yaml'), 'apiVersion: v2\nname: shop\nversion: [1\n');
    const result = await publish({ charts: 'shop', 'chart-repository': url });
    expect(result.code).toBe(1);
    expect(result.log).toMatch(/::error title=publish-chart,file=[^,]*shop\/Chart\.yaml,line=\d+/);
  });

  it('wrong credentials, without showing them', async () => {
    const result = await publish(
      { charts: 'shop', 'chart-repository': url },
      { AWS_SECRET_ACCESS_KEY: 'not-the-right-secret' },
    );
    expect(result.code).toBe(1);
    expect(result.log).toContain('cannot be read: SignatureDoesNotMatch (HTTP 403).');
    expect(result.log.split('\n').filter((line) => line.includes('not-the-right-secret'))).toEqual([
      '::add-mask::not-the-right-secret',
    ]);
  });

  it('an endpoint where nobody listens', async () => {
    const result = await publish({ charts: 'shop', 'chart-repository': url, 'endpoint-url': 'http://127.0.0.1:9' });
    expect(result.code).toBe(1);
    expect(result.log).toContain('connect ECONNREFUSED 127.0.0.1:9');
  });

  it('to fetch a dependency when there is no helm and none can be downloaded', async () => {
    await writeFile(
      path.join(work, 'shop/Chart.yaml'),
      'apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n- {name: x, version: 1.0.0, repository: "http://127.0.0.1:9"}\n',
    );
    const env = {
      PATH: path.dirname(process.execPath),
      https_proxy: 'http://127.0.0.1:9',
      HTTPS_PROXY: 'http://127.0.0.1:9',
    };
    const result = await publish({ charts: 'shop', 'chart-repository': url }, env);
    expect(result.code).toBe(1);
    expect(result.log).toContain('No suitable helm is on PATH, and helm');
    expect(result.log).not.toContain('could not be fetched from');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('promote-chart', () => {
  it('carries the same bytes from a folder to S3, to an OCI registry, and back', async () => {
    const registry = await startRegistry({ name: S3_NAME });
    try {
      await writeChart(work, 'shop', '1.0.0+build.1');
      const { url } = await s3Repository();
      const stops = [pathToFileURL(path.join(work, 'first')).href, url, `oci://${registry.host}/charts`];
      const last = pathToFileURL(path.join(work, 'last')).href;
      const first = await publish({ charts: 'shop', 'chart-repository': stops[0] ?? '' });
      for (const [index, from] of stops.entries()) {
        const result = await promote({ chart: 'shop', from, to: stops[index + 1] ?? last });
        expect(result).toMatchObject({ code: 0, outputs: { result: 'promoted', digest: first.outputs['digest'] } });
      }
      const archive = await readFile(path.join(work, 'last/shop-1.0.0+build.1.tgz'));
      expect(sha256Digest(archive)).toBe(first.outputs['digest']);
    } finally {
      await stopRegistry({ name: S3_NAME });
    }
  });
});

describe('promote-chart refuses', () => {
  it('what helm-cd.yaml does not provide for, and what is not in from', async () => {
    const { url, folder } = await s3Repository();
    await writeChart(path.join(work, 'charts'), 'shop', '1.0.0');
    const staging = `  staging:\n    promote-from: production\n    repository: ${url}/staging\n`;
    await writeFile(path.join(work, 'helm-cd.yaml'), CONFIG(url, staging));
    await publish({ environment: 'develop' });
    const cases: [Record<string, string>, string][] = [
      [{ from: 'develop', to: 'staging' }, 'Environment staging is promoted from production, not from develop.'],
      [{ from: 'develop', to: 'production', version: '2.0.0' }, `There is no shop 2.0.0 in ${url}/develop.`],
    ];
    for (const [inputs, message] of cases) {
      const result = await promote({ chart: 'shop', ...inputs });
      expect({ code: result.code, log: result.log }).toEqual({ code: 1, log: expect.stringContaining(message) });
    }
    expect(await readdir(folder)).toEqual(['develop']);
  });

  it('an archive that is not what the index says', async () => {
    const folder = path.join(work, 'repository');
    await writeChart(work, 'shop', '1.0.0');
    const from = pathToFileURL(folder).href;
    await publish({ charts: 'shop', 'chart-repository': from });
    await rm(path.join(folder, 'shop-1.0.0.tgz'));
    await writeFile(path.join(folder, 'shop-1.0.0.tgz'), 'tampered');
    const result = await promote({ chart: 'shop', from, to: pathToFileURL(path.join(work, 'to')).href });
    expect(result.code).toBe(1);
    expect(result.log).toContain('but the index says sha256:');
    expect(await readdir(work)).not.toContain('to');
  });
});
