import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { HelmCdError } from '../../../src/core/errors.js';
import { readContext } from '../../../src/runtime/context.js';
import { openStore } from '../../../src/stores/open-store.js';
import type { StoreAccess } from '../../../src/stores/store.js';
import {
  startGitHubServer,
  type Call,
  type Fault,
  type GitHubServer,
  type RepositoryHandle,
} from '../../support/github-server/index.js';
import { packedChart } from '../../support/packed-charts.js';
import { createTestServices, type TestServices } from '../../support/services.js';
import { captureStdout } from '../../support/stdout.js';

jest.setTimeout(180_000);

const OPTIONS = { verifyTimeoutMs: 10_000 };
const TOKEN = 'glpat_charts';
const BRANCH = 'gh-pages';
const LOGIN = { username: 'robot', password: TOKEN };

// Masks are told to the runner.
captureStdout();

let services: TestServices;
let server: GitHubServer;
let charts: RepositoryHandle;
let commands: string[];

beforeEach(async () => {
  server = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files: { 'README.md': 'x' } }],
    tokens: [TOKEN, { token: 'glpat_reader', permissions: { contents: 'read' } }],
  });
  charts = server.repository('acme', 'charts');
  services = await createTestServices({ environment: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' } });
  const { processes, clock } = services;
  commands = [];
  services = {
    ...services,
    clock: { now: () => clock.now(), sleep: (milliseconds) => clock.sleep(Math.min(milliseconds, 50)) },
    processes: {
      ...processes,
      run: (program, args, options) => {
        commands.push([program, ...args].join(' '));
        return processes.run(program, args, options);
      },
    },
  };
});
afterEach(async () => {
  const { violations, faults } = server;
  await server.close();
  await rm(services.workingDirectory, { recursive: true, force: true });
  expect([violations, faults.pending]).toEqual([[], []]);
});

async function publish(version: string, access: StoreAccess = LOGIN, mine = services, url = `git+${charts.gitUrl}`) {
  return (await openStore(url, access, mine)).publish([await packedChart('shop', version)], OPTIONS);
}
const failure = (promise: Promise<unknown>): Promise<HelmCdError> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error as HelmCdError,
  );
const versions = async () =>
  (
    JSON.parse((await charts.read('index.yaml', BRANCH)) ?? '{}') as { entries?: Record<string, { version: string }[]> }
  ).entries?.['shop']?.map(({ version }) => version);

async function textsBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
}

const isPush = ({ operations, method }: Call): boolean => operations.includes('git-receive-pack') && method === 'POST';

describe('a branch of a git server over HTTP', () => {
  it('is read and written with a user and a password, which are in no argument, no file and no line of the log', async () => {
    await publish('1.0.0');
    await publish('1.1.0');
    expect(await versions()).toEqual(['1.1.0', '1.0.0']);
    const basic = Buffer.from(`robot:${TOKEN}`).toString('base64');
    const told = [...commands, services.log.text(), await textsBelow(services.temp)].join('\n');
    expect(commands.some((command) => command.startsWith('git push'))).toBe(true);
    for (const secret of [TOKEN, basic]) expect(told).not.toContain(secret);
    expect(services.masks.redact(`x ${TOKEN} ${basic}`)).toBe('x *** ***');
  });

  it('of this run’s own GitHub is reached with the token, and no other server ever gets it', async () => {
    const own = { ...services, context: { ...readContext({}), serverUrl: server.serverUrl } };
    await publish('1.0.0', { token: TOKEN }, own);
    expect(await versions()).toEqual(['1.0.0']);
    // For a run on another server this one is somebody else's.
    expect(await failure(publish('1.1.0', { token: TOKEN }))).toMatchObject({ code: 'unauthorized' });
    expect(new Set(server.requests.filter(({ status }) => status === 401).map(({ actor }) => actor))).toEqual(
      new Set(['ghost']),
    );
  });

  it('has only the files fetched that are needed', async () => {
    const large = Buffer.alloc(300_000, Math.random().toString(36));
    await charts.commit({ branch: BRANCH, from: 'main', files: { 'large.bin': large } });
    await publish('1.0.0');
    const clones = (await readdir(services.temp)).filter((name) => name.startsWith('branch-'));
    expect(clones.length).toBeGreaterThan(1);
    expect(await textsBelow(services.temp)).not.toContain(large.subarray(0, 500).toString('latin1'));
    expect((await charts.read('large.bin', BRANCH))?.length).toBe(300_000);
  });

  it.each([
    ['without a password', {}, 'unauthorized', /cannot be read/],
    ['with a wrong one', { username: 'x', password: 'wrong' }, 'unauthorized', /cannot be read/],
    ['with one that may only read', { username: 'x', password: 'glpat_reader' }, 'unauthorized', /could not be pushed/],
  ])('is not written %s', async (_, access, code, message) => {
    expect(await failure(publish('1.0.0', access))).toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringContaining('Give "username" and "password"'),
    });
    expect(server.events).toEqual([]);
  });

  it('whose repository is not there is told apart from a missing branch, and so is a server that is away', async () => {
    const url = `git+${server.url}/acme/none.git`;
    expect(await failure(publish('1.0.0', LOGIN, services, url))).toMatchObject({ code: 'not-found' });
    expect(await failure(publish('1.0.0', LOGIN, services, 'git+http://127.0.0.1:9/acme/charts.git'))).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('The repository http://127.0.0.1:9/acme/charts.git cannot be read'),
    });
  });

  it('that cannot be read for a while is never taken for an empty one', async () => {
    await publish('1.0.0');
    const head = await charts.head(BRANCH);
    server.faults.add({ on: 'git-refs', kind: 'answer', when: 'before', status: 503, times: 3 });
    expect(await failure(publish('1.1.0'))).toMatchObject({ code: 'unreachable' });
    expect(await charts.head(BRANCH)).toBe(head);
    await publish('1.1.0');
    expect(await versions()).toEqual(['1.1.0', '1.0.0']);
  });

  it.each([
    ['an error before it takes effect', { kind: 'answer', when: 'before', status: 500 }],
    ['an error after it took effect', { kind: 'answer', when: 'after', status: 500 }],
    ['a connection cut before it takes effect', { kind: 'cut', when: 'before' }],
    ['a connection cut after it took effect', { kind: 'cut', when: 'after' }],
    ['half an answer', { kind: 'cut', when: 'middle' }],
  ])('gets each version once, in one commit, when a push has %s', async (_, fault) => {
    await publish('1.0.0');
    server.faults.add({ on: isPush, ...fault } as Fault);
    expect(await publish('1.1.0')).toMatchObject([{ state: 'published' }]);
    expect(await versions()).toEqual(['1.1.0', '1.0.0']);
    expect(await charts.log(BRANCH)).toHaveLength(2);
  });

  it('keeps what somebody else pushes at the same moment', async () => {
    await publish('1.0.0');
    server.faults.add({
      on: isPush,
      kind: 'hook',
      when: 'before',
      run: () => charts.commit({ branch: BRANCH, files: { 'news.md': 'x' } }).then(() => undefined),
    });
    await publish('1.1.0');
    expect(await versions()).toEqual(['1.1.0', '1.0.0']);
    expect(await charts.read('news.md', BRANCH)).toBe('x');
  });

  it.each(['classic', 'ruleset'] as const)(
    'that a %s rule protects is an error with the server’s words',
    async (kind) => {
      await publish('1.0.0');
      charts.protect(BRANCH, { kind, approvals: 1 });
      expect(await failure(publish('1.1.0'))).toMatchObject({
        code: 'refused',
        message: expect.stringMatching(/The branch gh-pages does not accept the commit:[^]*GH0(?:06|13)/),
        hint: expect.stringContaining('leave this branch out of the rule'),
      });
      expect(await versions()).toEqual(['1.0.0']);
    },
  );
});
