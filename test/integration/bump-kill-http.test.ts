import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { chartWithImages } from '../support/bare-repository.js';
import { compileSources, runActionProcess, startAction, type CompiledSources } from '../support/compiled.js';
import {
  startGitHubServer,
  type Call,
  type GitHubServer,
  type RepositoryHandle,
} from '../support/github-server/index.js';
import { killAll } from '../support/kill-all.js';
import { temporaryFolder } from '../support/services.js';

jest.setTimeout(120_000);

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
  server = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files: chartWithImages('api', 'web') }],
    tokens: ['glpat_x'],
  });
  charts = server.repository('acme', 'charts');
  // As GitHub does.
  execFileSync('git', ['config', 'uploadpack.allowFilter', 'true'], { cwd: charts.path });
  execFileSync('git', ['config', 'uploadpack.allowAnySHA1InWant', 'true'], { cwd: charts.path });
});
afterEach(async () => {
  const { violations } = server;
  await server.close();
  await rm(folder, { recursive: true, force: true });
  expect(violations).toEqual([]);
});

const job = () =>
  [
    sources,
    'bump-image-tag',
    // Of another server than the run's own: by git.
    { images: 'ghcr.io/acme/api:1.1.0', repository: charts.gitUrl, token: 'glpat_x' },
    folder,
    { GITHUB_REPOSITORY: 'acme/api', GITHUB_RUN_ID: '7', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  ] as const;

const isPush = ({ operations, method }: Call): boolean => operations.includes('git-receive-pack') && method === 'POST';
const isRead = ({ operations, method }: Call): boolean => operations.includes('git-upload-pack') && method === 'POST';
const isHello =
  (service: string) =>
  ({ operations, path }: Call) =>
    operations.includes('git-refs') && path.endsWith(service);

describe('a writer by git over HTTP whose machine goes away', () => {
  it.each([
    ['before it has read anything', isHello('git-upload-pack'), 0, 'before', true, 1],
    ['when it has read the commits', isRead, 0, 'after', false, 1],
    ['before it has the files', isRead, 2, 'before', true, 1],
    ['when it asks where to push', isHello('git-receive-pack'), 0, 'before', true, 1],
    ['before its commit arrives', isPush, 0, 'before', true, 1],
    ['while its commit is made', isPush, 0, 'before', false, 2],
    ['when its commit is made', isPush, 0, 'after', false, 2],
  ] as const)(
    '%s: the repository is whole, and the next run completes the work',
    async (_, on, skip, when, cut, commits) => {
      const running = await startAction(...job());
      server.faults.add({
        on,
        skip,
        kind: 'hook',
        when,
        run: async () => {
          killAll(running.process.pid ?? 0);
          await running.result;
        },
      });
      if (cut) server.faults.add({ on, skip, kind: 'cut', when: 'before' });
      expect(await running.result).toMatchObject({ signal: 'SIGKILL' });
      for (let waited = 0; (await charts.log()).length < commits && waited < 10_000; waited += 50)
        await new Promise((resolve) => setTimeout(resolve, 50));

      expect(await charts.log()).toHaveLength(commits);
      execFileSync('git', ['fsck', '--strict', '--no-progress'], { cwd: charts.path, stdio: 'pipe' });

      const again = await runActionProcess(...job());
      expect(again).toMatchObject({ code: 0, outputs: { result: commits === 1 ? 'bumped' : 'unchanged' } });
      expect(await charts.log()).toHaveLength(2);
      expect(await charts.read('charts/shop/values.yaml')).toContain('tag: 1.1.0 # of api');
      expect(await charts.read('charts/shop/Chart.yaml')).toContain('version: 1.1.0 #');
      expect(server.faults.pending).toEqual([]);
    },
  );
});
