import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { sha256Hex } from '../../../src/core/digest.js';
import { compileSources, runActionProcess, startAction, type CompiledSources } from '../../support/compiled.js';
import {
  startGitHubServer,
  type Call,
  type GitHubServer,
  type RepositoryHandle,
} from '../../support/github-server/index.js';
import { killAll } from '../../support/kill-all.js';
import { writeChart } from '../../support/packed-charts.js';
import { temporaryFolder } from '../../support/services.js';

jest.setTimeout(120_000);

const BRANCH = 'gh-pages';
const TOKEN = 'glpat_charts';

let sources: CompiledSources;
let folder: string;
let server: GitHubServer;
let charts: RepositoryHandle;

beforeAll(async () => {
  sources = await compileSources();
});
afterAll(async () => {
  await sources.remove();
});
beforeEach(async () => {
  folder = await temporaryFolder('helm-cd-kill-');
  await writeChart(folder, 'shop', '1.0.0');
  await writeChart(folder, 'web', '1.0.0');
  server = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files: { 'README.md': 'x' }, pages: { buildMs: 50 } }],
    tokens: [TOKEN],
  });
  charts = server.repository('acme', 'charts');
});
afterEach(async () => {
  const { violations } = server;
  await server.close();
  await rm(folder, { recursive: true, force: true });
  expect(violations).toEqual([]);
});

type Kind = 'git' | 'API';

function job(kind: Kind): Parameters<typeof startAction> {
  const where =
    kind === 'API'
      ? { 'chart-repository': 'pages://acme/charts', token: TOKEN }
      : { 'chart-repository': `git+${charts.gitUrl}`, username: 'x', password: TOKEN };
  const env = {
    GITHUB_SERVER_URL: server.serverUrl,
    GITHUB_API_URL: server.apiUrl,
    GITHUB_GRAPHQL_URL: server.graphqlUrl,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  return [sources, 'publish-chart', { charts: 'shop\nweb', ...where }, folder, env];
}

/** What the branch names, of which all must be there with its digest; nothing when there is no branch. */
function named(): readonly string[] | undefined {
  const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: charts.path, stdio: 'pipe' });
  git('fsck', '--strict', '--no-progress');
  if (git('for-each-ref', `refs/heads/${BRANCH}`).length === 0) return undefined;
  const { entries } = JSON.parse(git('show', `${BRANCH}:index.yaml`).toString()) as {
    entries: Record<string, { name: string; version: string; digest: string }[]>;
  };
  const all = Object.values(entries).flat();
  for (const { name, version, digest } of all)
    expect(sha256Hex(git('show', `${BRANCH}:${name}-${version}.tgz`))).toBe(digest);
  const archives =
    git('ls-tree', '--name-only', BRANCH)
      .toString()
      .match(/\.tgz$/gm) ?? [];
  expect(archives).toHaveLength(all.length);
  return all.map(({ name, version }) => `${name} ${version}`).sort();
}

const posted =
  (operation: string) =>
  ({ operations, method }: Call): boolean =>
    operations.includes(operation) && method === 'POST';
const asks = ({ operations, path }: Call): boolean =>
  operations.includes('git-refs') && path.endsWith('git-receive-pack');

/** Reads when the commit is made already. */
const readsBack = (call: Call): boolean => posted('git-upload-pack')(call) && server.events.length > 0;

const STEPS: readonly (readonly [string, Kind, string | ((call: Call) => boolean), 'before' | 'after', boolean])[] = [
  ['when the branch was looked at', 'API', 'git/list-matching-refs', 'after', false],
  ['when the first archive is there', 'API', 'git/create-blob', 'after', false],
  ['before the tree is made', 'API', 'git/create-tree', 'before', false],
  ['when the tree is made', 'API', 'git/create-tree', 'after', false],
  ['when the commit is made', 'API', 'git/create-commit', 'after', false],
  ['before the branch is put to the commit', 'API', 'git/create-ref', 'before', false],
  ['when the branch is put to the commit', 'API', 'git/create-ref', 'after', true],
  ['before it has fetched back', 'API', 'pages', 'before', true],
  ['when it asks where to push', 'git', asks, 'before', false],
  ['before its commit arrives', 'git', posted('git-receive-pack'), 'before', false],
  ['when its commit is there', 'git', posted('git-receive-pack'), 'after', true],
  ['before it has fetched back', 'git', readsBack, 'before', true],
];

describe('a publisher whose machine goes away', () => {
  it.each(STEPS)('%s (%s): all is there or nothing, and the next run completes it', async (_, kind, on, when, done) => {
    const running = await startAction(...job(kind));
    server.faults.add(
      {
        on,
        kind: 'hook',
        when,
        run: async () => {
          killAll(running.process.pid ?? 0);
          await running.result;
        },
      },
      // What a dead client has sent may still take effect; here it does not.
      ...(when === 'before' ? [{ on, kind: 'cut', when: 'before' } as const] : []),
    );
    expect(await running.result).toMatchObject({ signal: 'SIGKILL' });
    for (let waited = 0; server.faults.pending.length > 0 && waited < 5000; waited += 50)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.faults.pending).toEqual([]);

    expect(named()).toEqual(done ? ['shop 1.0.0', 'web 1.0.0'] : undefined);

    const again = await runActionProcess(...job(kind));
    expect({ ...again, log: again.code === 0 ? '' : again.log }).toMatchObject({
      code: 0,
      log: '',
      outputs: { result: done ? 'already-published' : 'published' },
    });
    expect(named()).toEqual(['shop 1.0.0', 'web 1.0.0']);
    expect(await charts.log(BRANCH)).toHaveLength(1);
  });
});
