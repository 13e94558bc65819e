import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Repository } from '../../src/github/repository.js';
import { COMMENT_CHARACTERS, stickyBody, writeStickyComment } from '../../src/github/sticky-comment.js';
import { createGitHub } from '../../src/runtime/github.js';
import { startGitHubServer, type GitHubServer } from '../support/github-server/index.js';

jest.setTimeout(180_000);

const PULLS = { pull_requests: 'write', contents: 'read' } as const;
let server: GitHubServer;
let pull: number;

beforeEach(async () => {
  server = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files: { 'Chart.yaml': 'name: app\n' } }],
    tokens: [
      { token: 'ghs_own', kind: 'workflow', permissions: PULLS },
      { token: 'ghs_fork', kind: 'workflow', permissions: { pull_requests: 'read', contents: 'read' } },
      { token: 'ghp_stranger', kind: 'classic', login: 'stranger' },
    ],
  });
  const repository = server.repository('acme', 'charts');
  await repository.commit({ branch: 'bump', from: 'main', files: { 'Chart.yaml': 'name: app\nversion: 2\n' } });
  const { client } = github('ghp_stranger');
  const opened = await client.request('POST /repos/{owner}/{repo}/pulls', {
    owner: 'acme',
    repo: 'charts',
    head: 'bump',
    base: 'main',
    title: 'Bump',
  });
  pull = (opened.data as { number: number }).number;
});
afterEach(async () => {
  await server.close();
  expect([server.violations, server.faults.pending]).toEqual([[], []]);
});

function github(token: string): Repository {
  const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };
  const client = createGitHub(new AbortController().signal)({
    token,
    apiUrl: server.apiUrl,
    graphqlUrl: server.graphqlUrl,
  });
  return { client, owner: 'acme', name: 'charts', clock };
}

const write = (body: string, run = 1, key = 'helm-cd.yaml', token = 'ghs_own') =>
  writeStickyComment(github(token), pull, { key, run: { number: run, attempt: 1 }, body });

const comments = () => server.repository('acme', 'charts').comments.map(({ body }) => body.split('\n').at(-1));

async function somebodySays(body: string, token = 'ghp_stranger'): Promise<void> {
  const parameters = { owner: 'acme', repo: 'charts', issue_number: pull, body };
  const { client } = github(token);
  await client.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', parameters);
}

describe('the one comment', () => {
  it('is made once and then brought up to date, also behind a hundred others', async () => {
    for (let index = 0; index < 100; index++) await somebodySays(`${index}`);
    const url = await write('first');
    expect(url).toMatch(/#issuecomment-\d+$/);
    expect(await write('second', 2)).toBe(url);
    expect(comments().slice(100)).toEqual(['second']);
    // Nothing new to say: nothing is sent.
    const before = server.count('issues/update-comment');
    await write('second', 2);
    expect(server.count('issues/update-comment')).toBe(before);
  });

  it('is one for each key', async () => {
    await write('one');
    await write('two', 1, 'other/helm-cd.yaml');
    await write('one again', 2);
    expect(comments()).toEqual(['one again', 'two']);
  });

  it('stays one when five runs write it at once: the last word is of the newest', async () => {
    server.latencyMs = 20;
    const urls = await Promise.all([3, 1, 5, 2, 4].map((run) => write(`run ${run}`, run)));
    server.latencyMs = 0;
    await write('run 5', 5);
    expect(comments()).toEqual(['run 5']);
    expect(urls).toHaveLength(5);
  });

  it('is not overwritten by an older run', async () => {
    await write('newer', 7);
    await write('older', 6);
    expect(comments()).toEqual(['newer']);
  });

  it('is not a comment that a stranger has given our marker', async () => {
    const forged = stickyBody({ key: 'helm-cd.yaml', run: { number: 999, attempt: 1 }, body: 'forged' });
    await somebodySays(forged);
    await write('ours');
    await write('ours again', 2);
    expect(comments()).toEqual(['forged', 'ours again']);
  });

  it('may be of the greatest length that GitHub takes', async () => {
    await write('long line 😀\n'.repeat(20_000));
    const [comment] = server.repository('acme', 'charts').comments;
    expect(comment?.body.length).toBeLessThanOrEqual(COMMENT_CHARACTERS);
    expect(comment?.body).toMatch(/^<!-- helm-cd: helm-cd\.yaml run 1\.1 -->\nlong line/);
    expect(comment?.body.endsWith('\n…')).toBe(true);
  });

  it('is refused when the token may only read', async () => {
    await expect(write('x', 1, 'helm-cd.yaml', 'ghs_fork')).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining(`The pull request #${pull} of acme/charts cannot be commented on`),
    });
    expect(comments()).toEqual([]);
  });

  it('is there after an answer that was lost', async () => {
    server.faults.add({ on: 'issues/list-comments', kind: 'answer', when: 'before', status: 502 });
    await write('first');
    server.faults.add({ on: 'issues/update-comment', kind: 'answer', when: 'after', status: 502 });
    await write('second', 2);
    expect(comments()).toEqual(['second']);
  });
});
