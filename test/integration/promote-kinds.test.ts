/** The same bytes through chart repositories of all kinds, and helm as the consumer of each. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { generateKey, type PrivateKey } from 'openpgp';
import { createSigner } from '../../src/charts/sign.js';
import { sha256Digest } from '../../src/core/digest.js';
import { readContext } from '../../src/runtime/context.js';
import { openStore } from '../../src/stores/open-store.js';
import { startRegistry, stopRegistry } from '../../tools/registry.mjs';
import { startS3, stopS3 } from '../../tools/s3.mjs';
import { createBareRepository } from '../support/bare-repository.js';
import { startChartMuseum } from '../support/chartmuseum/index.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { startGitHubServer } from '../support/github-server/index.js';
import { packedChart } from '../support/packed-charts.js';
import { promote } from '../support/promote.js';
import { createTestServices, toolchainBin, type TestServices } from '../support/services.js';
import { serveFolder } from '../support/static-server.js';

jest.setTimeout(120_000);

const NAME = `kinds-${process.pid}`;
const TOKEN = 'ghs_0123456789abcdefghijABCDEFGHIJ012345';

let s3: Awaited<ReturnType<typeof startS3>>;
let host: string;
let services: TestServices;
let key: PrivateKey;
let root: string;
const open: (() => Promise<void>)[] = [];

beforeAll(async () => {
  [s3, { host }] = await Promise.all([startS3({ name: NAME, bucket: 'charts' }), startRegistry({ name: NAME })]);
  const userIDs = [{ name: 'Charts', email: 'charts@example.com' }];
  key = (await generateKey({ type: 'rsa', rsaBits: 2048, userIDs, format: 'object' })).privateKey;
});
afterAll(async () => {
  await stopS3({ name: NAME });
  await stopRegistry({ name: NAME });
});
beforeEach(async () => {
  services = await createTestServices({
    masks: { add: () => undefined, redact: (text) => text },
    environment: {
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
    },
  });
  root = services.workingDirectory;
});
afterEach(async () => {
  for (const close of open.splice(0)) await close();
  await rm(root, { recursive: true, force: true });
});

/** The address of a web server that shows a folder. */
async function web(folder: string): Promise<string> {
  const server = await serveFolder(folder);
  open.push(() => server.close());
  return server.url;
}

/** Pulls and verifies the chart as a consumer does. @returns the archive's digest. */
async function pulled(program: string, from: string, ring: string): Promise<string> {
  const home = await mkdtemp(path.join(root, 'home-'));
  const source = from.startsWith('oci://') ? [`${from}/shop`, '--plain-http'] : ['shop', '--repo', from];
  const args = ['pull', ...source, '--version', '1.4.0', '--verify', '--keyring', ring];
  const env = { HOME: home };
  const { stdout, stderr } = await services.processes.run(path.join(toolchainBin, program), args, { cwd: home, env });
  expect(stdout + stderr).toContain('Signed by: Charts <charts@example.com>');
  return sha256Digest(await readFile(path.join(home, 'shop-1.4.0.tgz')));
}

it('S3 → OCI → folder → git → ChartMuseum → GitHub Pages → OCI: one digest, one signature, verified by both helms', async () => {
  const museum = await startChartMuseum({ folder: path.join(root, 'museum'), indexDelayMs: 50 });
  open.push(() => museum.close());
  const github = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files: { 'README.md': 'Charts\n' }, pages: { buildMs: 50 } }],
    tokens: [TOKEN],
  });
  open.push(() => github.close());
  const remote = createBareRepository(root, { 'README.md': 'The sources.\n' });
  const context = readContext({ GITHUB_API_URL: github.apiUrl, GITHUB_GRAPHQL_URL: github.graphqlUrl });

  const ring = path.join(root, 'ring.gpg');
  await writeFile(ring, key.toPublic().write());
  const sign = await createSigner(key.armor(), '');
  const chart = await sign(await packedChart('shop', '1.4.0'));
  const folder = path.join(root, 'production');
  const urls = [
    's3://charts/develop',
    `oci://${host}/staging`,
    pathToFileURL(folder).href,
    `git+${remote.url}`,
    museum.url.replace('http:', 'http+chartmuseum:'),
    'pages://acme/charts',
    `oci://${host}/end`,
  ];
  const consumers: readonly (() => Promise<string>)[] = [
    () => web(path.join(s3.directory, 'charts/develop')),
    () => Promise.resolve(urls[1] ?? ''),
    () => web(folder),
    async () => {
      const clone = path.join(root, 'clone');
      execFileSync('git', ['clone', '--quiet', '--branch', 'gh-pages', remote.url, clone]);
      return web(clone);
    },
    () => Promise.resolve(museum.url),
    () => Promise.resolve(`${github.url}/pages/acme/charts`),
    () => Promise.resolve(urls[6] ?? ''),
  ];

  await (await openStore(urls[0] ?? '', {}, services)).publish([chart], { verifyTimeoutMs: 5000 });
  for (const [index, to] of urls.entries()) {
    if (index > 0) {
      const from = urls[index - 1] ?? '';
      const outcome = await promote({ ...services, context }, { chart: 'shop', from, to, token: TOKEN });
      expect(outcome).toMatchObject({ result: 'promoted', outputs: { digest: chart.digest, version: '1.4.0' } });
      const chain = outcome.document['chain'] as { digest: string; problem?: string }[];
      expect(chain.map(({ digest, problem }) => problem ?? digest)).toEqual([chart.digest, chart.digest]);
      expect(outcome.document['to']).toMatchObject({ signed: true });
    }
    const address = (await consumers[index]?.()) ?? '';
    for (const program of ['helm', 'helm3']) expect(await pulled(program, address, ring)).toBe(chart.digest);
  }
  expect(github.violations).toEqual([]);
});

it('promotions at once lose nothing, and the same one several times is done once', async () => {
  const versions = Array.from({ length: 6 }, (_, patch) => `1.4.${patch}`);
  const from = 's3://charts/many-from';
  const charts = await Promise.all(versions.map((version) => packedChart('shop', version)));
  const store = await openStore(from, {}, services);
  for (const chart of charts) await store.publish([chart], { verifyTimeoutMs: 5000 });
  for (const to of ['s3://charts/many-to', `oci://${host}/many`]) {
    const outcomes = await Promise.all(
      [...versions, '1.4.0', '1.4.0'].map((version) => promote(services, { chart: 'shop', from, to, version })),
    );
    for (const { result } of outcomes) expect(['promoted', 'already-published']).toContain(result);
    const there = await (await openStore(to, {}, services)).versions('shop');
    expect(there.map(({ version }) => version)).toEqual([...versions].reverse());
  }
});

it('from one S3 server to another, each by its own endpoint', async () => {
  const [near, far] = await Promise.all([
    startFaultProxy(s3.endpoint, () => undefined),
    startFaultProxy(s3.endpoint, () => undefined),
  ]);
  open.push(
    () => near.close(),
    () => far.close(),
  );
  const chart = await packedChart('shop', '1.4.0');
  await (await openStore('s3://charts/here', {}, services)).publish([chart], { verifyTimeoutMs: 5000 });
  const inputs = { chart: 'shop', from: 's3://charts/here', to: 's3://charts/there' };
  const outcome = await promote(services, { ...inputs, 'from-endpoint-url': near.url, 'endpoint-url': far.url });
  expect(outcome).toMatchObject({ result: 'promoted', outputs: { digest: chart.digest } });
  expect(near.seen.filter(({ path: asked }) => !asked.includes('/here/'))).toEqual([]);
  expect(far.seen.filter(({ path: asked }) => asked.includes('/here/'))).toEqual([]);
  expect(near.seen.filter(({ method }) => method === 'PUT')).toEqual([]);
});
