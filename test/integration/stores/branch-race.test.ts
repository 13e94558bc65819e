import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { createLimiter } from '../../../src/core/concurrency.js';
import { sha256Hex } from '../../../src/core/digest.js';
import { createBareRepository } from '../../support/bare-repository.js';
import { compileSources, runActionProcess, type ActionResult, type CompiledSources } from '../../support/compiled.js';
import { startGitHubServer, type GitHubServer } from '../../support/github-server/index.js';
import { writeChart } from '../../support/packed-charts.js';
import { createTestServices, toolchainBin, type TestServices } from '../../support/services.js';
import { serveFolder } from '../../support/static-server.js';

jest.setTimeout(180_000);

const BRANCH = 'gh-pages';
const TOKEN = 'ghs_charts';

let sources: CompiledSources;
let services: TestServices;
let folder: string;
let server: GitHubServer;

beforeAll(async () => {
  sources = await compileSources();
});
afterAll(async () => {
  await sources.remove();
});
beforeEach(async () => {
  services = await createTestServices();
  folder = services.workingDirectory;
  server = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files: { 'README.md': 'x' }, pages: { buildMs: 200 } }],
    tokens: [TOKEN],
  });
});
afterEach(async () => {
  const { violations } = server;
  await server.close();
  await rm(folder, { recursive: true, force: true });
  expect(violations).toEqual([]);
});

interface Place {
  readonly url: string;
  /** Of the bare repository. */
  readonly path: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/** Each with the number of its writers. */
const PLACES: readonly (readonly [string, number, () => Place])[] = [
  [
    'git',
    20,
    () => {
      const remote = createBareRepository(folder, { 'README.md': 'x' });
      return { url: `git+${remote.url}`, path: remote.path, inputs: {} };
    },
  ],
  [
    'git over HTTP',
    8,
    () => ({
      url: `git+${server.url}/acme/charts.git`,
      path: server.repositoryPath('acme', 'charts'),
      inputs: { username: 'x', password: TOKEN },
    }),
  ],
  [
    'the API of GitHub',
    20,
    () => ({
      url: 'pages://acme/charts',
      path: server.repositoryPath('acme', 'charts'),
      inputs: { token: TOKEN },
    }),
  ],
];

function publish(place: Place, chart: string, version: string, own: string): Promise<ActionResult> {
  const inputs = { charts: chart, version, 'chart-repository': place.url, 'verify-timeout': '1m', ...place.inputs };
  return runActionProcess(sources, 'publish-chart', inputs, path.join(folder, own), {
    GITHUB_WORKSPACE: folder,
    GITHUB_SERVER_URL: server.serverUrl,
    GITHUB_API_URL: server.apiUrl,
    GITHUB_GRAPHQL_URL: server.graphqlUrl,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  });
}

const git = (place: Place, ...args: readonly string[]) => execFileSync('git', args, { cwd: place.path, stdio: 'pipe' });

interface Entry {
  readonly version: string;
  readonly digest: string;
}

function entriesOf(place: Place): readonly Entry[] {
  const index = JSON.parse(git(place, 'show', `${BRANCH}:index.yaml`).toString()) as { entries: { shop: Entry[] } };
  return index.entries.shop;
}

/** What must be true whatever raced: at every commit each version that the index names is there, with its digest. */
function expectSound(place: Place): void {
  git(place, 'fsck', '--strict', '--no-progress');
  expect(git(place, 'rev-list', '--merges', BRANCH).toString()).toBe('');
  const entries = entriesOf(place);
  for (const { version, digest } of entries) {
    expect([version, sha256Hex(git(place, 'show', `${BRANCH}:shop-${version}.tgz`))]).toEqual([version, digest]);
  }
  const archives =
    git(place, 'ls-tree', '--name-only', BRANCH)
      .toString()
      .match(/^shop-.*\.tgz$/gm) ?? [];
  expect(archives).toHaveLength(entries.length);
}

/** Pulls every version with both helms from what a web server shows of the branch. */
async function expectPullable(place: Place, versions: readonly string[]): Promise<void> {
  const site = path.join(folder, 'site');
  await mkdir(site);
  execFileSync('bash', ['-c', `git archive ${BRANCH} | tar -x -C "$1"`, 'bash', site], { cwd: place.path });
  const web = await serveFolder(site);
  const limit = createLimiter(3);
  try {
    const pulls = ['helm', 'helm3'].flatMap((program) =>
      versions.map((version) =>
        limit(async () => {
          const target = await mkdtemp(path.join(folder, 'pulled-'));
          const env = { HELM_CACHE_HOME: target, HELM_CONFIG_HOME: target, HELM_DATA_HOME: target };
          const args = ['pull', '--repo', web.url, 'shop', '--version', version, '--destination', target];
          await services.processes.run(path.join(toolchainBin, program), args, { env });
          return sha256Hex(await readFile(path.join(target, `shop-${version}.tgz`)));
        }),
      ),
    );
    const digests = await Promise.all(pulls);
    const wanted = versions.map((version) => entriesOf(place).find((entry) => entry.version === version)?.digest);
    expect(digests).toEqual([...wanted, ...wanted]);
  } finally {
    await web.close();
  }
}

describe.each(PLACES)('processes that publish to one branch by %s', (name, writers, make) => {
  it(`${writers} at the same moment all land: every version is in the index, and can be pulled`, async () => {
    const place = make();
    const versions = Array.from({ length: writers }, (_, patch) => `1.0.${patch}`);
    await writeChart(folder, 'shop', '0.0.1');
    const started = Date.now();
    const results = await Promise.all(versions.map((version) => publish(place, 'shop', version, version)));
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    for (const { code, log, outputs } of results) {
      expect({ code, log, result: outputs['result'] }).toMatchObject({ code: 0, result: 'published' });
    }
    expect(entriesOf(place).map(({ version }) => version)).toEqual([...versions].reverse());
    expectSound(place);
    expect(git(place, 'rev-list', BRANCH).toString().trim().split('\n')).toHaveLength(writers);
    await expectPullable(place, versions);
    process.stdout.write(`${writers} writers by ${name}: ${seconds} s\n`);
  });

  it('of eight that publish one version with eight contents one wins, and seven name both digests', async () => {
    const place = make();
    const contents = Array.from({ length: 8 }, (_, number) => `content ${number}`);
    await Promise.all(
      contents.map((text, number) => writeChart(path.join(folder, `c${number}`), 'shop', '1.0.0', text)),
    );
    const results = await Promise.all(
      contents.map((_, number) => publish(place, `c${number}/shop`, '', `run-${number}`)),
    );
    const won = results.filter(({ code }) => code === 0);
    expect(won.map(({ outputs }) => outputs['result'])).toEqual(['published']);
    const digest = won[0]?.outputs['digest'] ?? '';
    for (const { code, log } of results.filter((result) => result !== won[0])) {
      expect(code).toBe(1);
      const error = log.split('\n').find((line) => line.startsWith('::error')) ?? log;
      expect(error).toContain(digest);
      expect(error.match(/sha256:[0-9a-f]{64}/g)).toHaveLength(2);
    }
    expect(entriesOf(place)).toMatchObject([{ version: '1.0.0', digest: digest.slice('sha256:'.length) }]);
    expectSound(place);
    expect(git(place, 'rev-list', BRANCH).toString().trim().split('\n')).toHaveLength(1);
  });
});
