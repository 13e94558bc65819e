import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { readChartFolder } from '../../src/charts/chart-files.js';
import { packChart } from '../../src/charts/pack.js';
import { readContext } from '../../src/runtime/context.js';
import { readOnce } from '../../src/stores/read-once.js';
import { openStore } from '../../src/stores/open-store.js';
import type { Blob } from '../../src/stores/blobs.js';
import { createPublishedVersions } from '../../src/validation/published-version.js';
import { startRegistry, stopRegistry } from '../../tools/registry.mjs';
import { startS3, stopS3 } from '../../tools/s3.mjs';
import { edit, webChart, writeFiles } from '../support/charts.js';
import { startChartMuseum, type ChartMuseum } from '../support/chartmuseum/index.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { createTestServices, temporaryFolder, toolchainBin } from '../support/services.js';
import { validate, type Validated } from '../support/validate.js';

jest.setTimeout(120_000);

const NAME = `version-${process.pid}`;
const BUCKET = 'charts';
let s3: Awaited<ReturnType<typeof startS3>>;
let registry: Awaited<ReturnType<typeof startRegistry>>;
let museum: ChartMuseum;
let folder: string;
let shelves: string;
let team = 0;

beforeAll(async () => {
  [s3, registry] = await Promise.all([startS3({ name: NAME, bucket: BUCKET }), startRegistry({ name: NAME })]);
  shelves = await temporaryFolder();
  museum = await startChartMuseum({ folder: shelves, depth: 1 });
});
afterAll(async () => {
  await Promise.all([stopS3({ name: NAME }), stopRegistry({ name: NAME }), museum.close()]);
  await rm(shelves, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = await temporaryFolder();
  team += 1;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const inChart = (file: string) => path.join(folder, 'charts/web', file);
const credentials = (): Record<string, string> => ({
  AWS_ACCESS_KEY_ID: s3.accessKeyId,
  AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
  AWS_ENDPOINT_URL_S3: s3.endpoint,
});
const PULL_REQUEST = { context: readContext({ GITHUB_EVENT_NAME: 'pull_request', GITHUB_BASE_REF: 'main' }) };

async function writeProject(develop: string, production = develop): Promise<void> {
  await writeFiles(folder, {
    'helm-cd.yaml': `charts:
  web: { path: charts/web }
environments:
  develop: { branch: develop, repository: '${develop}' }
  production: { promote-from: develop, repository: '${production}' }
`,
    'charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 1.0.0 # of the database\n',
    'charts/db/values.yaml': 'host: ""\n',
    'charts/db/templates/x.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: db }\n',
  });
  const web = webChart();
  await writeFiles(path.join(folder, 'charts/web'), {
    ...web,
    'Chart.yaml': `# the web\n${web['Chart.yaml'] ?? ''}dependencies:\n  - { name: db, version: 1.0.0, repository: file://../db }\n`,
    '.helmignore': 'docs/\n',
    'docs/guide.txt': 'not packaged',
    LICENSE: 'free',
  });
}

const masks = { add: () => undefined, redact: (text: string) => text };

/** Publishes the chart as publish-chart does. @returns the archive's digest. */
async function publish(url: string): Promise<string> {
  const target = path.join(await mkdtemp(path.join(folder, 'pack-')), 'web');
  await cp(inChart('.'), target, { recursive: true });
  await cp(path.join(folder, 'charts/db'), path.join(target, 'charts/db'), { recursive: true });
  const packed = await packChart(await readChartFolder(target), 'web');
  const services = await createTestServices({ environment: credentials(), masks });
  await (
    await openStore(url.replace(/^http:/, 'http+chartmuseum:'), {}, services)
  ).publish([packed], { verifyTimeoutMs: 5000 });
  await rm(path.dirname(services.temp), { recursive: true, force: true });
  return packed.digest;
}

function check(inputs: Parameters<typeof validate>[1] = {}, more: Record<string, string> = {}): Promise<Validated> {
  return validate(folder, inputs, { ...PULL_REQUEST, masks, environment: { ...credentials(), ...more } });
}

describe.each([
  ['s3://', () => `s3://${BUCKET}/team-${team}`],
  ['oci://', () => `oci://${registry.host}/team-${team}`],
  ['file://', () => pathToFileURL(path.join(folder, 'repository')).href],
  ['http+chartmuseum://', () => `${museum.url.replace('http:', 'http+chartmuseum:')}/team-${team}`],
  // Where somebody else publishes.
  ['http://', () => `${museum.url}/team-${team}`],
])('a version in %s', (_, urlOf) => {
  it('is free, or taken by the same content, or by other content', async () => {
    const url = urlOf();
    await writeProject(url);
    expect((await check()).lines).toEqual([]);

    const published = await publish(url);
    expect((await check()).lines).toEqual([]);

    await edit(inChart('values.yaml'), 'replicas: 1', 'replicas: 2');
    await rm(inChart('LICENSE'));
    await writeFile(inChart('NOTICE'), 'new');
    const { lines, findings, ok, summary } = await check();
    expect(lines).toEqual([
      expect.stringMatching(
        new RegExp(
          `^charts/web/Chart.yaml:5 error version-published version 0.1.0 is already published in develop, production with other content: values.yaml changed, NOTICE is new, LICENSE is gone \\(${published} there, sha256:[0-9a-f]{64} here\\)$`,
        ),
      ),
    ]);
    expect(ok).toBe(false);
    expect(findings[0]?.hint).toBe('A published version never changes. Raise version in Chart.yaml: 0.1.1 or more.');
    expect(summary).not.toContain('is published already');

    await edit(inChart('Chart.yaml'), 'version: 0.1.0', 'version: 0.1.1');
    expect((await check()).lines).toEqual([]);
    await publish(url);
    await edit(inChart('Chart.yaml'), 'version: 0.1.1', 'version: 0.1.0');
    const [warning] = (await check({ versionIncrement: 'warn' })).findings;
    expect(warning?.level).toBe('warning');
    expect(warning?.hint).toContain('Raise version in Chart.yaml: 0.1.2 or more.');
    expect((await check({ versionIncrement: 'off' })).lines).toEqual([]);
  });
});

describe.each(['helm', 'helm3'])('a chart that was packaged by %s', (program) => {
  const run = (...args: string[]) =>
    execFileSync(path.join(toolchainBin, program), args, { cwd: folder, stdio: 'pipe', env: { HOME: folder } });

  it('is the same chart, when its content is', async () => {
    const repository = path.join(folder, 'repository');
    await writeProject(pathToFileURL(repository).href, `oci://${registry.host}/team-${team}`);
    run('dependency', 'update', 'charts/web');
    run('package', 'charts/web', '--destination', 'repository');
    run('repo', 'index', 'repository');
    const [archive = ''] = (await readdir(repository)).filter((name) => name.endsWith('.tgz'));
    run('push', path.join('repository', archive), `oci://${registry.host}/team-${team}`, '--plain-http');
    expect((await check()).lines).toEqual([]);

    await edit(path.join(folder, 'charts/db/values.yaml'), 'host: ""', 'host: x');
    await edit(inChart('Chart.yaml'), '# the web', 'description: The web');
    await rm(inChart('charts'), { recursive: true });
    expect((await check()).lines).toEqual([
      expect.stringContaining('in develop with other content: Chart.yaml changed, charts/db/values.yaml changed ('),
      expect.stringContaining('in production with other content: Chart.yaml changed, charts/db/values.yaml changed ('),
    ]);
  });
});

describe('a version that goes down', () => {
  it('is told what is the newest there', async () => {
    const url = pathToFileURL(path.join(folder, 'repository')).href;
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
        cwd: folder,
        env: { PATH: process.env['PATH'], HOME: folder },
        stdio: 'pipe',
      });
    await writeProject(url);
    for (const version of ['0.3.0', '0.4.0-rc.1']) {
      await edit(inChart('Chart.yaml'), 'version: 0.1.0', `version: ${version}`);
      await publish(url);
      await edit(inChart('Chart.yaml'), `version: ${version}`, 'version: 0.1.0');
    }
    await edit(inChart('Chart.yaml'), 'version: 0.1.0', 'version: 0.2.0');
    git('init', '-q', '-b', 'main');
    git('add', '-A');
    git('commit', '-qm', 'first');
    await edit(inChart('Chart.yaml'), 'version: 0.2.0', 'version: 0.1.9');
    const { findings } = await check({ base: 'main' });
    expect(findings).toMatchObject([
      {
        message: 'the version goes down from 0.2.0 (main) to 0.1.9',
        place: { file: 'charts/web/Chart.yaml', line: 5 },
        hint: 'Raise version in Chart.yaml: 0.2.1 or more. The newest in develop, production is 0.3.0.',
      },
    ]);
  });
});

it('reads the index once for all charts and environments, writes nothing, and asks again after a hiccup', async () => {
  const url = `s3://${BUCKET}/team-${team}`;
  await writeProject(url);
  await publish(url);
  await edit(inChart('values.yaml'), 'replicas: 1', 'replicas: 2');
  for (const name of ['one', 'two']) await writeFiles(path.join(folder, 'charts', name), webChart(name));
  await edit(
    path.join(folder, 'helm-cd.yaml'),
    'charts:\n',
    'charts:\n  one: { path: charts/one }\n  two: { path: charts/two }\n',
  );
  let hiccup = true;
  const proxy = await startFaultProxy(s3.endpoint, (_, moment) => {
    const fault = moment === 'before' && hiccup ? { status: 503, code: 'SlowDown' } : undefined;
    hiccup = false;
    return fault;
  });
  const { lines } = await check({}, { AWS_ENDPOINT_URL_S3: proxy.url });
  await proxy.close();
  expect(lines).toEqual([expect.stringContaining('version 0.1.0 is already published in develop, production')]);
  const asked = proxy.seen.map(({ method, path: file }) => `${method} ${path.basename(file)}`).sort();
  expect(asked.filter((request) => request.endsWith('index.yaml'))).toEqual(['GET index.yaml', 'GET index.yaml']);
  expect(asked.filter((request) => !request.startsWith('GET '))).toEqual([]);
});

describe('a repository that cannot be asked', () => {
  it.each([
    ['a kind that is not known', () => 'ftp://charts.example.com', /is no chart repository that helm-cd knows/],
    [
      'a repository that is not there',
      () => 'git+file:///nowhere/charts.git',
      /The repository file:\/\/\/nowhere\/charts\.git cannot be read/,
    ],
    ['a bucket that is not there', () => 's3://no-such-bucket/x', /there is no bucket "no-such-bucket"/],
    ['a server that is not there', () => 'oci://127.0.0.1:9/charts', /127\.0\.0\.1:9/],
  ])('because of %s is a note, and no error', async (_, url, why) => {
    await writeProject(url());
    const { lines, ok, summary } = await check();
    expect([lines, ok]).toEqual([[], true]);
    expect(summary).toContain('whether web 0.1.0 is published already in develop, production');
    expect(summary).toMatch(why);
  });

  it('without credentials is a note, too', async () => {
    await writeProject(`s3://${BUCKET}/team-${team}`);
    const { lines, summary } = await check({}, { AWS_SECRET_ACCESS_KEY: 'wrong' });
    expect(lines).toEqual([]);
    expect(summary).toMatch(/is published already.*SignatureDoesNotMatch|is published already.*HTTP 403/);
  });

  it('is an error when an answer was asked for and there is no base either', async () => {
    await writeProject('git+file:///nowhere/charts.git');
    const { lines } = await check({ versionIncrement: 'error' });
    expect(lines).toEqual([
      expect.stringMatching(
        /^charts\/web\/Chart\.yaml:5 error version-increment nothing says whether version 0\.1\.0 is new: the working directory is in no git repository; whether web 0\.1\.0 is published already/,
      ),
    ]);
    // The repository's answer is enough.
    await edit(path.join(folder, 'helm-cd.yaml'), 'git+file:///nowhere/charts.git', pathToFileURL(folder).href);
    const answered = await check({ versionIncrement: 'error' });
    expect(answered.lines).toEqual([]);
    expect(answered.summary).toContain('whether changed charts have a new version: the working directory is in no git');
    await rm(path.join(folder, 'helm-cd.yaml'));
    await expect(check({ versionIncrement: 'error' })).rejects.toThrow(/needs a base to compare with/);
  });

  it('is given up in time, and not asked again', async () => {
    let requests = 0;
    const server = http.createServer(() => (requests += 1));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await writeProject('');
    const services = await createTestServices({
      workingDirectory: folder,
      masks,
      environment: {
        ...credentials(),
        AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      },
    });
    const published = createPublishedVersions(services, 300);
    const db = path.join(folder, 'charts/db');
    const question = {
      chart: { location: db, path: 'charts/db', kind: 'folder' as const },
      prepared: db,
      environments: [
        {
          name: 'develop',
          release: 'db',
          namespace: 'x',
          values: [],
          secrets: [],
          versions: [],
          repository: 's3://charts/x',
        },
      ],
      level: 'error' as const,
      newest: false,
    };
    const unseen = (why: string) => ({
      findings: [],
      unseen: [`whether db 1.0.0 is published already in develop (s3://charts/x): ${why}`],
      answered: 0,
    });
    expect(await published.check(question)).toEqual(unseen('it did not answer within 0.3 seconds'));
    expect(await published.check(question)).toEqual(unseen('it did not answer in time'));
    expect(requests).toBe(1);
    server.closeAllConnections();
    server.close();
    await rm(path.dirname(services.temp), { recursive: true, force: true });
  });
});

it('a folder that is only read gives each file once, failures too', async () => {
  let reads = 0;
  const read = (name: string): Promise<Blob | undefined> => {
    reads += 1;
    return name === 'bad' ? Promise.reject(new Error('no')) : Promise.resolve(undefined);
  };
  const blobs = readOnce({ url: 'x://y', read });
  await Promise.all([blobs.read('index.yaml'), blobs.read('index.yaml')]);
  await expect(blobs.read('bad')).rejects.toThrow('no');
  await expect(blobs.read('bad')).rejects.toThrow('no');
  expect(reads).toBe(2);
  await expect(blobs.settle('index.yaml')).rejects.toThrow('x://y was opened for reading');
});
