/** Dependencies of charts: fetched once, kept, checked, and what is said when they cannot be had. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openDependencyCache } from '../../src/charts/dependency-cache.js';
import { createChartPreparer } from '../../src/charts/prepare.js';
import { createHelm, type Helm } from '../../src/helm/helm.js';
import { startRegistry, stopRegistry } from '../../tools/registry.mjs';
import { compileSources, runActionProcess, type CompiledSources } from '../support/compiled.js';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { packedChart, writeChart } from '../support/packed-charts.js';
import { createTestServices, temporaryFolder, toolchainBin, type TestServices } from '../support/services.js';
import { captureStdout } from '../support/stdout.js';
import { serveFolder, type StaticServer } from '../support/static-server.js';
import { validate } from '../support/validate.js';

jest.setTimeout(180_000);

const REGISTRY = `validate-dependencies-${process.pid}`;
let registry: Awaited<ReturnType<typeof startRegistry>>;
let sources: CompiledSources;
let services: TestServices;
let work: string;
let cache: string;
captureStdout();
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  registry = await startRegistry({ name: REGISTRY });
  sources = await compileSources();
});
afterAll(async () => {
  await stopRegistry({ name: REGISTRY });
  await sources.remove();
});
beforeEach(async () => {
  work = await temporaryFolder('helm-cd-dependencies-');
  cache = path.join(work, 'tool-cache');
  const plain = await createTestServices();
  services = {
    ...plain,
    environment: { ...plain.environment, RUNNER_TOOL_CACHE: cache },
    clock: { ...plain.clock, sleep: () => Promise.resolve() },
  };
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
  await rm(work, { recursive: true, force: true });
  await rm(services.workingDirectory, { recursive: true, force: true });
});

async function helmOf(major: string): Promise<Helm> {
  return createHelm(await services.tools.helm(major), services);
}

/** A helm that speaks plain HTTP with registries. */
function plainHttp(helm: Helm): Helm {
  const run: Helm['run'] = (args, options) =>
    helm.run(args[0] === 'pull' || args[0] === 'push' ? [...args, '--plain-http'] : args, options);
  return { ...helm, run };
}

async function repository(helm: Helm, charts: Readonly<Record<string, string>>): Promise<string> {
  const folder = path.join(work, 'repository');
  await mkdir(folder, { recursive: true });
  for (const [name, version] of Object.entries(charts)) {
    const { bytes } = await packedChart(name, version);
    await writeFile(path.join(folder, `${name}-${version}.tgz`), bytes);
  }
  await helm.run(['repo', 'index', folder]);
  return folder;
}

async function serve(...args: Parameters<typeof serveFolder>): Promise<StaticServer> {
  const server = await serveFolder(...args);
  opened.push(server);
  return server;
}

interface Wish {
  readonly name: string;
  readonly version: string;
  readonly repository: string;
}

async function chartWith(folder: string, wishes: readonly Wish[]): Promise<string> {
  const chart = await writeChart(path.join(work, 'charts'), folder, '0.1.0');
  const lines = wishes.map(({ name, version, repository: address }) =>
    JSON.stringify({ name, version, repository: address }),
  );
  await writeFile(
    path.join(chart, 'Chart.yaml'),
    `apiVersion: v2\nname: ${folder}\nversion: 0.1.0\ndependencies:\n${lines.map((line) => `- ${line}\n`).join('')}`,
  );
  await distinct(chart);
  return chart;
}

/** The charts of these tests all make an object of the release's name. */
async function distinct(chart: string): Promise<void> {
  const file = path.join(chart, 'templates/configmap.yaml');
  await writeFile(file, (await readFile(file, 'utf8')).replace('.Release.Name }}', '.Release.Name }}-own'));
}

const vendored = async (prepared: string) => (await readdir(path.join(prepared, 'charts'))).sort();
/** A later run has nothing but the cache. */
const anotherRun = async () => {
  const fresh = await createTestServices({ workingDirectory: services.workingDirectory });
  return { ...fresh, environment: services.environment, clock: services.clock };
};

describe.each(['3', '4'])('with helm %s', (major) => {
  it('fetches what many charts need once, and the index once, also when they ask at the same time', async () => {
    const helm = await helmOf(major);
    const server = await serve(await repository(helm, { redis: '1.2.3', queue: '2.0.0' }));
    const charts = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        chartWith(`app${index}`, [
          { name: 'redis', version: '1.2.3', repository: server.url },
          { name: 'queue', version: '^2.0.0', repository: server.url },
        ]),
      ),
    );
    const preparer = createChartPreparer(helm, services);
    const prepared = await Promise.all(charts.map((chart) => preparer.prepare(chart)));
    for (const folder of prepared) expect(await vendored(folder)).toEqual(['queue-2.0.0.tgz', 'redis-1.2.3.tgz']);
    expect([...server.requests].sort()).toEqual(['/index.yaml', '/queue-2.0.0.tgz', '/redis-1.2.3.tgz']);
  });

  it('needs no network for a version that is settled and was fetched before; a constraint is asked for again', async () => {
    const helm = await helmOf(major);
    const folder = await repository(helm, { redis: '1.2.3' });
    const server = await serve(folder);
    const exact = await chartWith('exact', [{ name: 'redis', version: '1.2.3', repository: server.url }]);
    const range = await chartWith('range', [{ name: 'redis', version: '1.x', repository: server.url }]);
    await createChartPreparer(helm, services).prepare(exact);
    const before = server.requests.length;
    const later = await anotherRun();
    await createChartPreparer(createHelm(await later.tools.helm(major), later), later).prepare(exact);
    expect(server.requests.length).toBe(before);
    // A newer version was published: a constraint finds it.
    await repository(helm, { redis: '1.3.0' });
    const prepared = await createChartPreparer(helm, services).prepare(range);
    expect(await vendored(prepared)).toEqual(['redis-1.3.0.tgz']);
    await server.close();
    expect(await vendored(await createChartPreparer(helm, services).prepare(exact))).toEqual(['redis-1.2.3.tgz']);
    await expect(createChartPreparer(helm, services).prepare(range)).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('uses the versions of Chart.lock, and the cache for them', async () => {
    const helm = await helmOf(major);
    const server = await serve(await repository(helm, { redis: '1.2.3' }));
    const chart = await chartWith('locked', [{ name: 'redis', version: '1.x', repository: server.url }]);
    await helm.run(['dependency', 'update', chart]);
    await rm(path.join(chart, 'charts'), { recursive: true });
    await repository(helm, { redis: '1.3.0' });
    const prepared = await createChartPreparer(helm, services).prepare(chart);
    expect(await vendored(prepared)).toEqual(['redis-1.2.3.tgz']);
    await server.close();
    expect(await vendored(await createChartPreparer(helm, services).prepare(chart))).toEqual(['redis-1.2.3.tgz']);
  });

  it('fetches nothing for dependencies that are in charts/', async () => {
    const helm = await helmOf(major);
    const server = await serve(await repository(helm, { redis: '1.2.3' }));
    const chart = await chartWith('offline', [{ name: 'redis', version: '1.x', repository: server.url }]);
    await helm.run(['dependency', 'update', chart]);
    const before = server.requests.length;
    await server.close();
    expect(await createChartPreparer(helm, services).prepare(chart)).toBe(chart);
    expect(server.requests.length).toBe(before);
  });

  it('fetches from a registry once, and then from the cache', async () => {
    const helm = plainHttp(await helmOf(major));
    const proxy: FaultProxy = await startFaultProxy(`http://${registry.host}`, () => undefined);
    opened.push(proxy);
    const { bytes } = await packedChart('redis', '1.2.3', major);
    const archive = path.join(work, 'redis-1.2.3.tgz');
    await writeFile(archive, bytes);
    await helm.run(['push', archive, `oci://${registry.host}/charts-${major}`]);
    const address = `oci://${new URL(proxy.url).host}/charts-${major}`;
    const charts = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        chartWith(`oci${index}`, [{ name: 'redis', version: '1.2.3', repository: address }]),
      ),
    );
    const preparer = createChartPreparer(helm, services);
    const prepared = await Promise.all(charts.map((chart) => preparer.prepare(chart)));
    for (const folder of prepared) {
      expect(await readFile(path.join(folder, 'charts/redis-1.2.3.tgz'))).toEqual(Buffer.from(bytes));
    }
    const layers = proxy.seen.filter(({ method, path: asked }) => method === 'GET' && asked.includes('/blobs/'));
    expect(new Set(layers.map(({ path: asked }) => asked)).size).toBe(layers.length);
    const before = proxy.seen.length;
    await createChartPreparer(helm, await anotherRun()).prepare(charts[0] ?? '');
    expect(proxy.seen.length).toBe(before);
  });

  it.each<[string, number, string, string]>([
    ['wants credentials', 401, 'unauthorized', 'it refuses the credentials, or wants some (HTTP 401)'],
    ['refuses', 403, 'unauthorized', 'it refuses the credentials, or wants some (HTTP 403)'],
    ['is not there', 404, 'not-found', 'there is no chart repository at this address (HTTP 404)'],
    ['is overloaded', 429, 'unreachable', 'it answers HTTP 429'],
    ['is broken', 503, 'unreachable', 'it answers HTTP 503'],
  ])('tells that a repository %s', async (_, status, code, reason) => {
    const helm = await helmOf(major);
    const server = await serve(work, () => status);
    const chart = await chartWith('app', [{ name: 'redis', version: '1.2.3', repository: server.url }]);
    await expect(createChartPreparer(helm, services).prepare(chart)).rejects.toMatchObject({
      code,
      message: `Dependency redis 1.2.3 of ${chart} could not be fetched from ${server.url}: ${reason}`,
      place: { file: path.join(chart, 'Chart.yaml'), line: 5 },
    });
    // What may pass is asked again, a few times; what will not is not.
    expect(server.requests.length).toBe(status === 429 || status === 503 ? 4 : 1);
  });

  it('tells that a repository has no such chart, or no such version', async () => {
    const helm = await helmOf(major);
    const server = await serve(await repository(helm, { redis: '1.2.3' }));
    for (const [name, version] of [
      ['redis', '2.0.0'],
      ['rabbit', '1.2.3'],
    ] as const) {
      const chart = await chartWith(name, [{ name, version, repository: server.url }]);
      await expect(createChartPreparer(helm, services).prepare(chart)).rejects.toMatchObject({
        code: 'not-found',
        message: expect.stringContaining('it has no such chart or version'),
      });
    }
    expect(server.requests.filter((asked) => asked.endsWith('.tgz'))).toEqual([]);
  });

  it('survives a repository that stumbles', async () => {
    const helm = await helmOf(major);
    let stumbles = 0;
    const server = await serve(await repository(helm, { redis: '1.2.3' }), (asked) =>
      stumbles++ % 2 === 0 ? (asked === '/index.yaml' ? 0 : 502) : undefined,
    );
    const chart = await chartWith('app', [{ name: 'redis', version: '1.2.3', repository: server.url }]);
    expect(await vendored(await createChartPreparer(helm, services).prepare(chart))).toEqual(['redis-1.2.3.tgz']);
    expect(server.requests).toEqual(['/index.yaml', '/index.yaml', '/redis-1.2.3.tgz', '/redis-1.2.3.tgz']);
  });

  it('gives a password in the address to nobody but the repository', async () => {
    const helm = await helmOf(major);
    const folder = await repository(helm, { redis: '1.2.3' });
    const login = `Basic ${Buffer.from('ci:hunter2-secret').toString('base64')}`;
    const server = await serve(folder, (_path, request) => (request.headers.authorization === login ? undefined : 401));
    const address = server.url.replace('//', '//ci:hunter2-secret@');
    const chart = await chartWith('app', [{ name: 'redis', version: '1.2.3', repository: address }]);
    expect(await vendored(await createChartPreparer(helm, services).prepare(chart))).toEqual(['redis-1.2.3.tgz']);
    const wrong = await chartWith('wrong', [
      { name: 'redis', version: '1.2.9', repository: address.replace('hunter2', 'hunter3') },
    ]);
    const failure = await createChartPreparer(helm, services)
      .prepare(wrong)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'unauthorized', message: expect.stringContaining(`from ${server.url}: it`) });
    expect(String(failure)).not.toContain('hunter');
    for (const name of await readdir(cache, { recursive: true })) expect(name).not.toContain('hunter');
    expect(services.masks.redact('hunter2-secret')).toBe('***');
  });
});

it('asks again for an archive that is damaged, and for one that came with a page instead', async () => {
  const helm = await helmOf('4');
  const folder = await repository(helm, { redis: '1.2.3' });
  const server = await serve(folder);
  const chart = await chartWith('app', [{ name: 'redis', version: '1.2.3', repository: server.url }]);
  const good = await readFile(path.join(folder, 'redis-1.2.3.tgz'));
  await writeFile(path.join(folder, 'redis-1.2.3.tgz'), '<html>Please log in to the proxy</html>');
  await expect(createChartPreparer(helm, services).prepare(chart)).rejects.toMatchObject({
    code: 'file',
    message: expect.stringContaining('is no packaged chart: it is not gzipped'),
  });
  await writeFile(path.join(folder, 'redis-1.2.3.tgz'), good);
  await createChartPreparer(helm, services).prepare(chart);
  const archives = path.join(cache, 'helm-cd/dependencies/archives');
  const [archive = ''] = await readdir(archives);
  for (const damage of [good.subarray(0, good.length - 20), Buffer.alloc(0)]) {
    await writeFile(path.join(archives, archive), damage);
    const before = server.requests.length;
    const prepared = await createChartPreparer(helm, services).prepare(chart);
    expect(await readFile(path.join(prepared, 'charts/redis-1.2.3.tgz'))).toEqual(good);
    expect(server.requests.length).toBe(before + 2);
    expect(await readFile(path.join(archives, archive))).toEqual(good);
  }
  expect(services.log.text()).toContain('is damaged (its content has changed): fetched again');
  const versions = path.join(cache, 'helm-cd/dependencies/versions');
  const [entry = ''] = await readdir(versions);
  await writeFile(path.join(versions, entry), '{"name": "redis", "ver');
  expect(await vendored(await createChartPreparer(helm, services).prepare(chart))).toEqual(['redis-1.2.3.tgz']);
  expect(JSON.parse(await readFile(path.join(versions, entry), 'utf8'))).toMatchObject({ version: '1.2.3' });
});

it('goes on without a cache that cannot be written to', async () => {
  const helm = await helmOf('4');
  const server = await serve(await repository(helm, { redis: '1.2.3' }));
  await writeFile(path.join(work, 'a-file'), '');
  const chart = await chartWith('app', [{ name: 'redis', version: '1.2.3', repository: server.url }]);
  const environment = { RUNNER_TOOL_CACHE: path.join(work, 'a-file') };
  const prepared = await createChartPreparer(helm, { ...services, environment }).prepare(chart);
  expect(await vendored(prepared)).toEqual(['redis-1.2.3.tgz']);
  expect(services.log.text()).toContain('redis 1.2.3 is not kept in');
});

describe('packed subcharts', () => {
  /** A chart that has another one as an archive in charts/. */
  async function withPacked(files: Record<string, string>): Promise<void> {
    const inner = await writeChart(path.join(work, 'inner'), 'redis', '1.2.3');
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(inner, name), text);
    const helm = await helmOf('4');
    const chart = await chartWith('app', [{ name: 'redis', version: '1.2.3', repository: 'http://127.0.0.1:9' }]);
    await helm.run(['package', inner, '--destination', path.join(chart, 'charts')]);
  }

  it('are rendered and checked without the network', async () => {
    await withPacked({});
    const result = await validate(work, { charts: ['charts/app'] });
    expect(result.lines).toEqual([]);
    expect(result.summary).toContain('2 objects');
  });

  it('have their faults told where they are named, with their own file and line', async () => {
    await withPacked({
      'templates/configmap.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: redis\ndate: {}\n',
    });
    const result = await validate(work, { charts: ['charts/app'] });
    expect(result.lines).toEqual([
      `charts/app/Chart.yaml error unknown-field in the dependency's app/charts/redis/templates/configmap.yaml: unknown field date, did you mean "data"?`,
    ]);
  });

  it('have their template errors and schemas told, too', async () => {
    await withPacked({ 'templates/configmap.yaml': '\n{{ .Values.a.b.c }}\n' });
    expect((await validate(work, { charts: ['charts/app'] })).lines).toEqual([
      "charts/app/Chart.yaml error template-error in the dependency's app/charts/redis/templates/configmap.yaml:2: nil pointer evaluating interface {}.b (at .Values.a.b.c)",
    ]);
    await withPacked({ 'values.schema.json': '{"required": ["size"]}' });
    await writeFile(path.join(work, 'charts/app/values.yaml'), 'redis: {text: a}\n');
    expect((await validate(work, { charts: ['charts/app'] })).lines).toEqual([
      "charts/app/values.yaml:1 error values-schema for the dependency redis: the values: missing property 'size'",
    ]);
  });
});

describe('the cache under several processes', () => {
  /** A process that puts the same two archives there again and again. */
  const writer = async (text: string) => {
    const file = path.join(work, `writer-${text}.mjs`);
    await writeFile(
      file,
      `import { openDependencyCache } from ${JSON.stringify(sources.path('charts/dependency-cache.js'))};
const log = { info: console.log };
const cache = openDependencyCache(${JSON.stringify(path.join(cache, 'shared'))}, log);
const bytes = Buffer.alloc(4 * 1024 * 1024, ${JSON.stringify(text)});
for (let round = 0; ; round++) {
  if (round === 3) console.log('started');
  await cache.put({ repository: 'https://charts.example.com', name: 'redis', version: '1.2.' + (round % 3) }, bytes);
}
`,
    );
    return spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  };

  it('gives whole archives only, while others write and are killed', async () => {
    const open = openDependencyCache(path.join(cache, 'shared'), services.log);
    const wholes = ['a', 'b'].map((text) => Buffer.alloc(4 * 1024 * 1024, text));
    let found = 0;
    for (let round = 0; round < 4; round++) {
      const writers = await Promise.all([writer('a'), writer('b')]);
      await Promise.all(writers.map((child) => new Promise((resolve) => child.stdout.once('data', resolve))));
      for (let reads = 0; reads < 20 + round * 7; reads++) {
        const bytes = await open.get({ repository: 'https://charts.example.com', name: 'redis', version: '1.2.1' });
        if (bytes === undefined) continue;
        found++;
        expect(wholes.some((whole) => whole.equals(bytes))).toBe(true);
      }
      const ended = writers.map((child) => new Promise((resolve) => child.once('close', resolve)));
      for (const child of writers) child.kill('SIGKILL');
      await Promise.all(ended);
    }
    expect(found).toBeGreaterThan(10);
    expect(services.log.text()).not.toContain('damaged');
  });

  it('lets two whole runs race for the same dependency', async () => {
    const helm = await helmOf('4');
    const server = await serve(await repository(helm, { redis: '1.2.3' }));
    await chartWith('app', [{ name: 'redis', version: '1.2.3', repository: server.url }]);
    const env = {
      PATH: `${toolchainBin}:${process.env['PATH'] ?? ''}`,
      RUNNER_TOOL_CACHE: cache,
      GITHUB_WORKSPACE: work,
    };
    const runs = await Promise.all(
      ['one', 'two'].map((name) =>
        runActionProcess(sources, 'validate-chart', { charts: 'charts/app' }, path.join(work, name), env),
      ),
    );
    for (const run of runs)
      expect({ code: run.code, result: run.outputs['result'], log: run.code === 0 ? '' : run.log }).toEqual({
        code: 0,
        result: 'valid',
        log: '',
      });
    await server.close();
    const third = await runActionProcess(
      sources,
      'validate-chart',
      { charts: 'charts/app' },
      path.join(work, 'three'),
      env,
    );
    expect(third.outputs['result']).toBe('valid');
  });
});

describe('Chart.lock', () => {
  const LOCK = (body: string) => `dependencies:\n${body}digest: sha256:0000\ngenerated: "2026-01-01T00:00:00Z"\n`;
  const item = (name: string, version: string, address: string) =>
    `- name: ${name}\n  repository: ${address}\n  version: ${version}\n`;

  it.each<[string, (address: string) => string, string]>([
    [
      'a dependency that it lacks',
      () => LOCK(''),
      'charts/app/Chart.yaml:5 error chart Chart.lock of charts/app is out of step with Chart.yaml: it does not hold redis.',
    ],
    [
      'a version that does not fit',
      (address) => LOCK(item('redis', '2.0.0', address)),
      'charts/app/Chart.yaml:6 error chart Chart.lock of charts/app is out of step with Chart.yaml: it holds redis 2.0.0, which 1.x is not.',
    ],
    [
      'another repository',
      () => LOCK(item('redis', '1.2.3', 'https://charts.example.com')),
      'charts/app/Chart.yaml:7 error chart Chart.lock of charts/app is out of step with Chart.yaml: it has another repository for redis.',
    ],
    [
      'a dependency that is gone',
      (address) => LOCK(item('redis', '1.2.3', address) + item('queue', '1.0.0', address)),
      'charts/app/Chart.lock:5 error chart Chart.lock of charts/app is out of step with Chart.yaml: it holds queue, which is not named.',
    ],
    [
      'a change of anything else',
      (address) => LOCK(item('redis', '1.2.3', address)),
      'charts/app/Chart.lock:5 error chart Chart.lock of charts/app is out of step with Chart.yaml: the dependencies were changed after it was written.',
    ],
  ])('out of step by %s is said on its line, and the chart is looked at all the same', async (_, lock, expected) => {
    const helm = await helmOf('4');
    const server = await serve(await repository(helm, { redis: '1.2.3' }));
    const chart = await writeChart(path.join(work, 'charts'), 'app', '0.1.0');
    await writeFile(
      path.join(chart, 'Chart.yaml'),
      `apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n- name: redis\n  version: 1.x\n  repository: ${server.url}\n`,
    );
    await distinct(chart);
    await writeFile(path.join(chart, 'Chart.lock'), lock(server.url));
    const result = await validate(work, { charts: ['charts/app'] });
    expect(result.lines).toEqual([expected]);
    expect(result.summary).toContain('2 objects');
  });

  it('of helm dependency update is in step', async () => {
    const helm = await helmOf('4');
    const server = await serve(await repository(helm, { redis: '1.2.3' }));
    const chart = await chartWith('app', [{ name: 'redis', version: '1.x', repository: server.url }]);
    await helm.run(['dependency', 'update', chart]);
    expect((await validate(work, { charts: ['charts/app'] })).lines).toEqual([]);
  });
});
