import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../src/core/ports.js';
import { readContext } from '../../src/runtime/context.js';
import { chartWithImages } from '../support/bare-repository.js';
import { expectSoundHistory, fleetOf, TO } from '../support/bump-fleet.js';
import { runBump } from '../support/bump-run.js';
import { compileSources, runActionProcess, startAction, type CompiledSources } from '../support/compiled.js';
import { startGitHubServer, type Call, type Effect, type GitHubServer } from '../support/github-server/index.js';
import { startGitHubServerProcess } from '../support/github-server/process.mjs';
import { temporaryFolder } from '../support/services.js';

jest.setTimeout(120_000);

const VALUES = 'charts/shop/values.yaml';
const QUERY = 'graphql:repository';
const MUTATION = 'graphql:createCommitOnBranch';
const DISPATCH = 'repos/create-dispatch-event';

type Addresses = Pick<GitHubServer, 'serverUrl' | 'apiUrl' | 'graphqlUrl'>;

const inputsFor = (server: Addresses, image: string): Record<string, string> => ({
  images: image,
  repository: 'acme/charts',
  token: 'ghs_app',
  'server-url': server.serverUrl,
  'api-url': server.apiUrl,
  'graphql-url': server.graphqlUrl,
});

const gitIn =
  (repository: string) =>
  (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: repository, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

let sources: CompiledSources;
let folder: string;

beforeAll(async () => {
  sources = await compileSources();
});
afterAll(async () => {
  await sources.remove();
});
beforeEach(async () => {
  folder = await temporaryFolder('helm-cd-race-');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('writers that bump one repository by GitHub’s API at the same moment', () => {
  it('twenty, each its own image: every one lands, in one line, nobody’s byte is lost, no version is given twice', async () => {
    const { services, files } = fleetOf(20);
    const server = await startGitHubServerProcess({
      repositories: [{ owner: 'acme', name: 'charts', files }],
      tokens: ['ghs_app'],
    });
    try {
      const began = Date.now();
      const results = await Promise.all(
        services.map(async ({ name, chart, image }) => {
          const result = await runBump(
            { ...inputsFor(server, `${image}:${TO}`), chart: `charts/${chart}` },
            { context: readContext({ GITHUB_REPOSITORY: `acme/${name}`, GITHUB_RUN_ID: '7' }) },
          );
          await rm(result.services.workingDirectory, { recursive: true, force: true });
          return result;
        }),
      );
      const seconds = (Date.now() - began) / 1000;
      expect(results.map(({ result, ok }) => [result, ok])).toEqual(services.map(() => ['bumped', true]));
      const { requests, violations } = await server.state();
      expect(violations).toEqual([]);
      const git = gitIn(server.repositoryPaths['acme/charts'] ?? '');
      expectSoundHistory(git, services);
      // What each was told is what is there.
      const commits = git('rev-list', 'main').trim().split('\n');
      expect(new Set(results.map(({ outputs }) => outputs['commit-sha']))).toEqual(new Set(commits.slice(0, -1)));
      expect(results.every(({ outputs }) => outputs['commit-verified'] === 'true')).toBe(true);
      const count = (operation: string): number =>
        requests.filter(({ operations }) => operations.includes(operation)).length;
      const attempts = results.map(({ outputs }) => Number(outputs['attempts']));
      process.stdout.write(
        `20 writers: ${requests.length} requests (${count(QUERY)} queries, ${count(MUTATION)} commits tried), ` +
          `at most ${Math.max(...attempts)} attempts, ${seconds.toFixed(1)} s\n`,
      );
      // One and one for each attempt: a lost race costs nothing else.
      expect(count(MUTATION)).toBe(attempts.reduce((sum, each) => sum + each, 0));
      expect(count(QUERY)).toBe(count(MUTATION));
    } finally {
      await server.close();
    }
  });

  it('six processes, by the API and by git at once, while somebody else pushes: the same', async () => {
    const { services, files } = fleetOf(6);
    const server = await startGitHubServer({
      repositories: [{ owner: 'acme', name: 'charts', files }],
      tokens: ['ghs_app'],
    });
    try {
      const charts = server.repository('acme', 'charts');
      let pushes = 0;
      const somebody: Effect = {
        kind: 'hook',
        when: 'before',
        run: async () => {
          await charts.commit({ files: { [`notes/${++pushes}.md`]: 'x' } }).catch(() => undefined);
        },
      };
      const isPush = ({ operations, method }: Call) => operations.includes('git-receive-pack') && method === 'POST';
      server.faults.add({ on: MUTATION, skip: 1, times: 2, ...somebody }, { on: isPush, times: 2, ...somebody });
      const results = await Promise.all(
        services.map(({ name, image }, index) => {
          const inputs = inputsFor(server, `${image}:${TO}`);
          if (index % 2 === 1) inputs['repository'] = charts.gitUrl;
          const env = { GITHUB_REPOSITORY: `acme/${name}`, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
          return runActionProcess(sources, 'bump-image-tag', inputs, path.join(folder, name), env);
        }),
      );
      for (const { code, log, outputs } of results)
        expect({ code, log, result: outputs['result'] }).toMatchObject({ code: 0, result: 'bumped' });
      expectSoundHistory(gitIn(charts.path), services);
      expect([server.violations, server.faults.pending]).toEqual([[], []]);
    } finally {
      await server.close();
    }
  });

  it('eight, while GitHub loses answers, lags behind, stumbles and wants patience: the same', async () => {
    const { services, files } = fleetOf(8);
    const server = await startGitHubServer({
      repositories: [{ owner: 'acme', name: 'charts', files }],
      tokens: ['ghs_app'],
    });
    try {
      const charts = server.repository('acme', 'charts');
      // Whoever sees the branch as it was sees this one's parent.
      await charts.commit({ files: { 'README.md': 'x' } });
      server.faults.add(
        { on: MUTATION, skip: 1, kind: 'cut', when: 'after' },
        { on: MUTATION, skip: 4, kind: 'answer', when: 'after', status: 502 },
        { on: MUTATION, skip: 6, times: 2, kind: 'secondary-limit', status: 403, retryAfter: 3 },
        { on: QUERY, skip: 9, times: 5, kind: 'stale' },
        { on: QUERY, skip: 3, times: 2, kind: 'answer', when: 'before', status: 503 },
        { on: QUERY, skip: 15, kind: 'truncate' },
      );
      // A clock that runs ten times as fast.
      const started = Date.now();
      const clock: Clock = {
        now: () => started + (Date.now() - started) * 10,
        sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds / 10)),
      };
      const settled = await Promise.allSettled(
        services.map(async ({ name, image }) => {
          const context = readContext({ GITHUB_REPOSITORY: `acme/${name}`, GITHUB_RUN_ID: '7' });
          const inputs = { ...inputsFor(server, `${image}:${TO}`), chart: 'charts/shop', 'retry-timeout': '1h' };
          const result = await runBump(inputs, { context, clock });
          await rm(result.services.workingDirectory, { recursive: true, force: true });
          return result;
        }),
      );
      // All of them have ended before any failure is told: the server is not taken away below them.
      expect(settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))).toEqual([]);
      const results = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      expect(results.map(({ result, ok }) => [result, ok])).toEqual(services.map(() => ['bumped', true]));
      expectSoundHistory(gitIn(charts.path), services);
      const commits = await charts.log();
      expect(new Set(results.map(({ outputs }) => outputs['commit-sha']))).toEqual(new Set(commits.slice(0, -2)));
      expect([server.violations, server.faults.pending]).toEqual([[], []]);
    } finally {
      await server.close();
    }
  });
});

describe('a process that is killed while it talks to GitHub', () => {
  let server: GitHubServer;

  beforeEach(async () => {
    server = await startGitHubServer({
      repositories: [{ owner: 'acme', name: 'charts', files: chartWithImages('api', 'web') }],
      tokens: ['ghs_app'],
    });
  });
  afterEach(async () => {
    await server.close();
  });

  /** The same job, once more: all that GitHub gives to it besides the number of the attempt is the same. */
  const job = (attempt: number) =>
    [
      sources,
      'bump-image-tag',
      { ...inputsFor(server, 'ghcr.io/acme/api:1.1.0'), chart: 'shop', dispatch: 'chart-bumped' },
      folder,
      { GITHUB_REPOSITORY: 'acme/api', GITHUB_RUN_ID: '7', GITHUB_RUN_ATTEMPT: String(attempt), GITHUB_SHA: 'c0ffee' },
    ] as const;

  const CUT: readonly Effect[] = [{ kind: 'cut', when: 'before' }];

  it.each([
    ['before it has read anything', QUERY, 'before', CUT, 1, 0],
    ['when it has read', QUERY, 'after', [], 1, 0],
    ['before its commit arrives', MUTATION, 'before', CUT, 1, 0],
    ['while its commit is made', MUTATION, 'before', [], 2, 0],
    ['when its commit is made', MUTATION, 'after', [], 2, 0],
    ['before its event arrives', DISPATCH, 'before', CUT, 2, 0],
    ['when its event is sent', DISPATCH, 'after', [], 2, 1],
  ] as const)('%s: the next run completes the work, once', async (_, on, when, effects, commits, events) => {
    const charts = server.repository('acme', 'charts');
    const running = await startAction(...job(1));
    server.faults.add({
      on,
      kind: 'hook',
      when,
      run: async () => {
        running.process.kill('SIGKILL');
        await running.result;
      },
    });
    for (const effect of effects) server.faults.add({ ...effect, on });
    expect(await running.result).toMatchObject({ signal: 'SIGKILL' });
    for (let waited = 0; (await charts.log()).length < commits && waited < 10_000; waited += 50)
      await new Promise((resolve) => setTimeout(resolve, 50));

    expect(await charts.log()).toHaveLength(commits);
    expect(server.dispatches).toHaveLength(events);
    const git = gitIn(charts.path);
    git('fsck', '--strict', '--no-progress');

    const again = await runActionProcess(...job(2));
    expect(again).toMatchObject({ code: 0, outputs: { result: commits === 1 ? 'bumped' : 'unchanged' } });
    expect(again.outputs['commit-sha']).toBe(await charts.head());
    expect(await charts.log()).toHaveLength(2);
    expect(await charts.read(VALUES)).toContain('tag: 1.1.0 # of api');
    expect(await charts.read('charts/shop/Chart.yaml')).toContain('version: 1.1.0 #');
    // At least once: whether an event that was sent has arrived, the next run cannot know.
    const told = {
      eventType: 'chart-bumped',
      clientPayload: { bump: { commit: await charts.head(), charts: { shop: '1.1.0' } } },
    };
    expect(server.dispatches).toMatchObject(Array.from({ length: events + 1 }, () => told));
    expect(again.log).toContain('Sent the repository_dispatch "chart-bumped".');
    expect([server.violations, server.faults.pending]).toEqual([[], []]);
  });
});
