import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { clientOf, type Client, type ClientAnswer } from '../support/github-server/client.js';
import { startGitHubServer, type GitHubServer, type RepositoryHandle } from '../support/github-server/index.js';

const REPOSITORY = '/repos/acme/charts';
const AUTO_MERGE = `mutation ($id: ID!) { enablePullRequestAutoMerge(input: { pullRequestId: $id, mergeMethod: SQUASH }) {
  pullRequest { number autoMergeRequest { mergeMethod } mergeStateStatus } } }`;

let server: GitHubServer;
let charts: RepositoryHandle;
let client: Client;

beforeEach(async () => {
  server = await startGitHubServer({
    repositories: [
      { owner: 'acme', name: 'charts', files: { 'values.yaml': 'tag: 1\n', other: '1\n' } },
      {
        owner: 'acme',
        name: 'strict',
        files: { a: '1' },
        actionsMayCreatePullRequests: false,
        unknownMergeabilityReads: 2,
      },
    ],
    tokens: ['ghs_writer', { token: 'ghs_workflow', kind: 'workflow' }],
  });
  charts = server.repository('acme', 'charts');
  client = clientOf(server, 'acme/charts', 'ghs_writer');
});

afterEach(async () => {
  const { violations } = server;
  await promisify(execFile)('git', ['-C', charts.path, 'fsck', '--strict']);
  await server.close();
  expect(violations).toEqual([]);
});

async function open(content = 'tag: 2\n'): Promise<ClientAnswer> {
  await charts.commit({ branch: 'bump/api', files: { 'values.yaml': content } });
  return client.rest('POST', `${REPOSITORY}/pulls`, { title: 'Bump api', head: 'bump/api', base: 'main', body: 'b' });
}
const pull = (): Promise<ClientAnswer> => client.rest('GET', `${REPOSITORY}/pulls/1`);
const merge = (body: unknown = {}): Promise<ClientAnswer> => client.rest('PUT', `${REPOSITORY}/pulls/1/merge`, body);

describe('a pull request', () => {
  it('is opened once, found by its head, changed, labelled, commented', async () => {
    const nothing = await client.rest('POST', `${REPOSITORY}/pulls`, { title: 't', head: 'none', base: 'main' });
    expect([nothing.status, nothing.at('errors')]).toEqual([
      422,
      [{ resource: 'PullRequest', field: 'head', code: 'invalid' }],
    ]);
    expect((await open()).status).toBe(201);
    const again = await client.rest('POST', `${REPOSITORY}/pulls`, { title: 't', head: 'bump/api', base: 'main' });
    expect(again.at('errors.0.message')).toBe('A pull request already exists for acme:bump/api.');
    const found = await client.rest('GET', `${REPOSITORY}/pulls?head=acme:bump/api&state=open&base=main`);
    expect(found.body).toEqual([expect.objectContaining({ number: 1, title: 'Bump api', state: 'open' })]);
    expect((await client.rest('GET', `${REPOSITORY}/pulls?head=acme:other`)).body).toEqual([]);
    await client.rest('PATCH', `${REPOSITORY}/pulls/1`, { title: 'Bump api to 2' });
    await client.rest('POST', `${REPOSITORY}/issues/1/labels`, { labels: ['helm-cd', 'develop'] });
    const comment = await client.rest('POST', `${REPOSITORY}/issues/1/comments`, { body: 'one' });
    await client.rest('PATCH', `${REPOSITORY}/issues/comments/${String(comment.at('id'))}`, { body: 'two' });
    const answer =
      await client.graphql(`{ repository(owner: "acme", name: "charts") { pullRequests(first: 5, headRefName: "bump/api", states: [OPEN]) {
      totalCount nodes { number title state mergeable headRefOid labels(first: 5) { nodes { name } } comments(first: 5) { nodes { body } } commits(first: 5) { nodes { commit { messageHeadline } } } } } } }`);
    expect(answer.at('data.repository.pullRequests')).toEqual({
      totalCount: 1,
      nodes: [
        {
          number: 1,
          title: 'Bump api to 2',
          state: 'OPEN',
          mergeable: 'MERGEABLE',
          headRefOid: await charts.head('bump/api'),
          labels: { nodes: [{ name: 'helm-cd' }, { name: 'develop' }] },
          comments: { nodes: [{ body: 'two' }] },
          commits: { nodes: [{ commit: { messageHeadline: 'Somebody changes something' } }] },
        },
      ],
    });
  });

  it('is merged only at the head that was looked at', async () => {
    await open();
    const looked = (await pull()).text('head.sha');
    await charts.commit({ branch: 'bump/api', files: { more: '1' } });
    const refused = await merge({ sha: looked });
    expect([refused.status, refused.at('message')]).toEqual([
      409,
      'Head branch was modified. Review and try the merge again.',
    ]);
    const merged = await merge({ sha: await charts.head('bump/api'), merge_method: 'squash' });
    expect(merged.body).toMatchObject({ merged: true, sha: await charts.head() });
    expect((await pull()).body).toMatchObject({ state: 'closed', merged: true, merge_commit_sha: merged.at('sha') });
    expect(await charts.log()).toHaveLength(2);
    expect(await charts.read('more')).toBe('1');
  });

  it('is dirty when it conflicts, and cannot be merged then', async () => {
    await open();
    expect((await pull()).body).toMatchObject({ mergeable: true, mergeable_state: 'clean' });
    await charts.commit({ files: { 'values.yaml': 'tag: 3\n' } });
    expect((await pull()).body).toMatchObject({ mergeable: false, mergeable_state: 'dirty' });
    expect((await merge()).status).toBe(405);
  });

  it('is closed when its branch goes or has nothing left, and merged when the base has it', async () => {
    await open();
    await client.rest('DELETE', `${REPOSITORY}/git/refs/heads/bump/api`);
    expect((await pull()).body).toMatchObject({ state: 'closed', merged: false });
    await open();
    const reset = { sha: await charts.head(), force: true };
    await client.rest('PATCH', `${REPOSITORY}/git/refs/heads/bump/api`, reset);
    expect((await client.rest('GET', `${REPOSITORY}/pulls/2`)).body).toMatchObject({ state: 'closed', merged: false });
    const reopened = await client.rest('PATCH', `${REPOSITORY}/pulls/2`, { state: 'open' });
    expect(reopened.at('errors.0.message')).toContain('force-pushed or recreated');
    await open('tag: 4\n');
    await client.rest('PATCH', `${REPOSITORY}/git/refs/heads/main`, { sha: await charts.head('bump/api') });
    expect((await client.rest('GET', `${REPOSITORY}/pulls/3`)).body).toMatchObject({ state: 'closed', merged: true });
  });

  it('may be forbidden to workflows, and its mergeability is not known at once', async () => {
    const strict = server.repository('acme', 'strict');
    await strict.commit({ branch: 'x', files: { a: '2' } });
    const body = { title: 't', head: 'x', base: 'main' };
    const refused = await clientOf(server, 'acme/strict', 'ghs_workflow').rest(
      'POST',
      '/repos/acme/strict/pulls',
      body,
    );
    expect([refused.status, refused.at('message')]).toEqual([
      403,
      'GitHub Actions is not permitted to create or approve pull requests.',
    ]);
    await client.rest('POST', '/repos/acme/strict/pulls', body);
    const seen = async (): Promise<string> =>
      (await client.rest('GET', '/repos/acme/strict/pulls/1')).text('mergeable_state');
    expect([await seen(), await seen(), await seen()]).toEqual(['unknown', 'unknown', 'clean']);
  });
});

describe('auto-merge', () => {
  it('waits for checks and reviews, then merges by itself', async () => {
    charts.protect('main', { kind: 'ruleset', approvals: 1, checks: ['ci'] });
    const answer = await open();
    expect((await merge()).at('message')).toMatch(/approving review.*Required status check "ci"/);
    const enabled = await client.graphql(AUTO_MERGE, { id: answer.at('node_id') });
    expect(enabled.at('data.enablePullRequestAutoMerge.pullRequest')).toEqual({
      number: 1,
      autoMergeRequest: { mergeMethod: 'SQUASH' },
      mergeStateStatus: 'BLOCKED',
    });
    await charts.report(1, 'ci', 'success');
    expect((await pull()).body).toMatchObject({ state: 'open', auto_merge: { merge_method: 'squash' } });
    await charts.approve(1);
    expect((await pull()).body).toMatchObject({ merged: true, mergeable_state: 'unknown' });
    expect(await charts.read('values.yaml')).toBe('tag: 2\n');
  });

  it('is refused when there is nothing to wait for', async () => {
    const answer = await open();
    const refused = await client.graphql(AUTO_MERGE, { id: answer.at('node_id') });
    expect(refused.at('errors.0')).toMatchObject({
      type: 'UNPROCESSABLE',
      message: 'Pull request Pull request is in clean status',
    });
  });
});

describe('dispatches, deployments, runs', () => {
  it('are recorded', async () => {
    const dispatch = { event_type: 'chart-published', client_payload: { helm_cd: { version: '1.0.1' } } };
    expect((await client.rest('POST', `${REPOSITORY}/dispatches`, dispatch)).status).toBe(204);
    expect(server.dispatches).toEqual([
      {
        repository: 'acme/charts',
        eventType: 'chart-published',
        clientPayload: { helm_cd: { version: '1.0.1' } },
        actor: 'helm-cd-test[bot]',
      },
    ]);
    const ids: number[] = [];
    for (const _ of [1, 2]) {
      const deployment = await client.rest('POST', `${REPOSITORY}/deployments`, {
        ref: 'main',
        environment: 'develop',
        auto_merge: false,
        required_contexts: [],
      });
      const id = deployment.at('id') as number;
      ids.push(id);
      const state = { state: 'success', environment_url: 'https://develop.example.test', log_url: server.url };
      await client.rest('POST', `${REPOSITORY}/deployments/${id}/statuses`, state);
    }
    const listed = await client.rest('GET', `${REPOSITORY}/deployments?environment=develop`);
    expect((listed.body as { id: number }[]).map(({ id }) => id)).toEqual(ids.toReversed());
    const statuses = await client.rest('GET', `${REPOSITORY}/deployments/${String(ids[0])}/statuses`);
    expect((statuses.body as { state: string }[]).map(({ state }) => state)).toEqual(['inactive', 'success']);
    expect(server.deployments).toHaveLength(2);
    expect((await client.rest('GET', `${REPOSITORY}/actions/runs/7`)).status).toBe(404);
  });
});
