import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { clientOf, type Client } from '../support/github-server/client.js';
import { startGitHubServer, type GitHubServer, type RepositoryHandle } from '../support/github-server/index.js';
import { temporaryFolder } from '../support/services.js';

const run = promisify(execFile);
const REPOSITORY = '/repos/acme/charts';

let server: GitHubServer;
let charts: RepositoryHandle;
let client: Client;
let folder: string;

beforeEach(async () => {
  server = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files: { 'values.yaml': 'tag: 1\n' } }],
    tokens: [
      'ghs_writer',
      { token: 'ghs_reader', permissions: { contents: 'read' } },
      { token: 'ghs_workflow', kind: 'workflow', repositories: ['acme/charts'] },
    ],
  });
  charts = server.repository('acme', 'charts');
  client = clientOf(server, 'acme/charts', 'ghs_writer');
  folder = await temporaryFolder();
});

afterEach(async () => {
  const { violations } = server;
  await server.close();
  await rm(folder, { recursive: true, force: true });
  expect(violations).toEqual([]);
});

describe('git over HTTP', () => {
  const basic = (token: string): string =>
    `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  const git = async (at: string, token: string, ...args: string[]): Promise<string> => {
    const env = { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C' };
    const identity = ['-c', 'user.name=mona', '-c', 'user.email=mona@example.test'];
    const all = ['-C', at, ...identity, '-c', `http.extraheader=${basic(token)}`, ...args];
    return run('git', all, { env }).then(({ stdout }) => stdout.trim());
  };

  it('and the API see the same repository, both ways; a race between them has one winner', async () => {
    await client.commit('main', String(await charts.head()), 'by-api', '1\n');
    await git(folder, 'ghs_writer', 'clone', '-q', '--depth=1', '--filter=blob:none', charts.gitUrl, 'clone');
    const clone = path.join(folder, 'clone');
    const seen = await git(clone, 'ghs_writer', 'rev-parse', 'HEAD');
    expect(seen).toBe(await charts.head());
    await writeFile(path.join(clone, 'by-git'), '2\n');
    await git(clone, 'ghs_writer', 'add', '.');
    await git(clone, 'ghs_writer', 'commit', '-q', '-m', 'by git');
    const moved = await client.commit('main', seen, 'by-api', '3\n');
    await expect(git(clone, 'ghs_writer', 'push', '-q', 'origin', 'HEAD:main')).rejects.toThrow(
      /rejected.*(fetch first|non-fast-forward)/s,
    );
    await git(clone, 'ghs_writer', 'push', '-q', '--force', 'origin', 'HEAD:main');
    const late = await client.commit('main', moved.text('data.createCommitOnBranch.commit.oid'), 'by-api', '4\n');
    expect(late.at('errors.0.type')).toBe('STALE_DATA');
    const commit = await client.rest('GET', `${REPOSITORY}/commits/main`);
    expect(commit.at('commit')).toMatchObject({ message: 'by git\n', verification: { reason: 'unsigned' } });
    expect(server.events.at(-1)).toMatchObject({
      ref: 'refs/heads/main',
      actor: 'helm-cd-test[bot]',
      startsWorkflows: true,
    });
  });

  it('has one winner of pushes and commits that start from the same head', async () => {
    const clones = await Promise.all(
      [1, 2, 3].map(async (number) => {
        await git(folder, 'ghs_writer', 'clone', '-q', charts.gitUrl, `clone-${number}`);
        const clone = path.join(folder, `clone-${number}`);
        await git(clone, 'ghs_writer', 'commit', '-q', '--allow-empty', '-m', `push ${number}`);
        return clone;
      }),
    );
    const head = String(await charts.head());
    const results = await Promise.allSettled([
      ...clones.map((clone) => git(clone, 'ghs_writer', 'push', '-q', 'origin', 'HEAD:main')),
      ...[1, 2, 3].map(async (number) => {
        const answer = await client.commit('main', head, `file-${number}`, 'x');
        if (answer.at('errors') !== undefined) throw new Error(answer.text('errors.0.type'));
      }),
    ]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await charts.log()).toHaveLength(2);
    expect(server.events).toHaveLength(1);
  });

  it('refuses who may not, and what protection forbids, in words', async () => {
    await git(folder, 'ghs_reader', 'clone', '-q', charts.gitUrl, 'clone');
    const clone = path.join(folder, 'clone');
    await git(clone, 'x', 'commit', '-q', '--allow-empty', '-m', 'x');
    await expect(git(clone, 'ghs_reader', 'push', 'origin', 'HEAD:main')).rejects.toThrow(/403/);
    await expect(git(clone, 'nonsense', 'fetch')).rejects.toThrow(/could not read Username|Authentication failed/);
    charts.protect('main', { kind: 'ruleset', approvals: 1 });
    await expect(git(clone, 'ghs_writer', 'push', 'origin', 'HEAD:main')).rejects.toThrow(
      /GH013: Repository rule violations.*- Changes must be made through a pull request/s,
    );
    await git(clone, 'ghs_workflow', 'push', '-q', 'origin', 'HEAD:other');
    expect(server.events).toEqual([expect.objectContaining({ ref: 'refs/heads/other', startsWorkflows: false })]);
  });
});
