import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { clientOf, type Client, type ClientAnswer } from '../support/github-server/client.js';
import { startGitHubServerProcess } from '../support/github-server/process.mjs';
import { startGitHubServer, type GitHubServer, type RepositoryHandle } from '../support/github-server/index.js';

const REPOSITORY = '/repos/acme/charts';
const HEAD =
  '{ repository(owner: "acme", name: "charts") { ref(qualifiedName: "refs/heads/main") { target { oid } } } }';

let server: GitHubServer;
let charts: RepositoryHandle;
let client: Client;
let first: string;

beforeEach(async () => {
  server = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files: { 'values.yaml': 'tag: 1\n' } }],
    tokens: ['ghs_writer'],
  });
  charts = server.repository('acme', 'charts');
  client = clientOf(server, 'acme/charts', 'ghs_writer');
  first = String(await charts.head());
});

afterEach(async () => {
  const { pending } = server.faults;
  await server.close();
  expect(pending).toEqual([]);
});

const commit = (expected = first): Promise<ClientAnswer> => client.commit('main', expected, 'values.yaml', 'tag: 2\n');
const headSeen = async (): Promise<string> => (await client.graphql(HEAD)).text('data.repository.ref.target.oid');
const status = async (): Promise<number> => (await client.rest('GET', REPOSITORY)).status;

describe('faults', () => {
  it('somebody moves the head between a read and the write', async () => {
    server.faults.add({
      on: 'graphql:createCommitOnBranch',
      kind: 'hook',
      when: 'before',
      run: async () => {
        await charts.commit({ files: { other: '1' } });
      },
    });
    const answer = await commit(await headSeen());
    expect(answer.at('errors.0')).toMatchObject({ type: 'STALE_DATA' });
    expect((await charts.log()).length).toBe(2);
  });

  it('502 although the commit took effect, and 502 before it did', async () => {
    server.faults.add({ on: 'graphql:createCommitOnBranch', kind: 'answer', when: 'after', status: 502 });
    expect((await commit()).status).toBe(502);
    expect(await charts.read('values.yaml')).toBe('tag: 2\n');
    server.faults.add({ on: 'repos/create-dispatch-event', kind: 'answer', when: 'before', status: 502 });
    expect((await client.rest('POST', `${REPOSITORY}/dispatches`, { event_type: 'x' })).status).toBe(502);
    expect(server.dispatches).toEqual([]);
  });

  it('the connection is cut before, after, and in the midst of the answer', async () => {
    for (const when of ['before', 'after', 'middle'] as const) {
      server.faults.add({ on: 'graphql:createCommitOnBranch', kind: 'cut', when });
      const before = String(await charts.head());
      await expect(commit(before)).rejects.toThrow(/fetch failed|terminated/);
      expect((await charts.head()) !== before).toBe(when !== 'before');
    }
    expect(server.requests.map((request) => request.status)).toEqual([0, 0, 200]);
  });

  it('an old head is read for some time after the write', async () => {
    const second = (await commit()).text('data.createCommitOnBranch.commit.oid');
    server.faults.add({ on: /repository|get-ref/, kind: 'stale', times: 3 });
    const ref = async (): Promise<string> =>
      (await client.rest('GET', `${REPOSITORY}/git/ref/heads/main`)).text('object.sha');
    expect([await headSeen(), await ref(), await headSeen(), await headSeen(), await ref()]).toEqual([
      first,
      first,
      first,
      second,
      second,
    ]);
    expect((await commit(first)).at('errors.0.type')).toBe('STALE_DATA');
  });

  it('secondary and primary rate limits, in REST and GraphQL', async () => {
    server.faults.add(
      { on: 'repos/get', kind: 'secondary-limit', status: 403, retryAfter: 7 },
      { on: 'repos/get', kind: 'secondary-limit', status: 429, skip: 1 },
      { on: 'repos/get', kind: 'primary-limit', resetAfter: 60, skip: 2 },
      { on: /^graphql:/, kind: 'primary-limit', resetAfter: 60 },
    );
    const answers = [
      await client.rest('GET', REPOSITORY),
      await client.rest('GET', REPOSITORY),
      await client.rest('GET', REPOSITORY),
    ];
    expect(answers.map(({ status: code, headers }) => [code, headers.get('retry-after')])).toEqual([
      [403, '7'],
      [429, null],
      [403, null],
    ]);
    expect(answers[0]?.at('message')).toContain('secondary rate limit');
    expect(answers[2]?.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(Number(answers[2]?.headers.get('x-ratelimit-reset'))).toBeGreaterThan(Date.now() / 1000);
    const limited = await client.graphql(HEAD);
    expect([limited.status, limited.at('errors.0.type')]).toEqual([200, 'RATE_LIMITED']);
    const normal = await client.rest('GET', REPOSITORY);
    expect(Number(normal.headers.get('x-ratelimit-remaining'))).toBeGreaterThan(0);
  });

  it('truncated JSON, errors of GraphQL, delays', async () => {
    server.faults.add(
      { on: 'graphql:repository', kind: 'truncate' },
      {
        on: 'graphql:repository',
        kind: 'graphql-error',
        when: 'before',
        type: 'STALE_DATA',
        message: 'is at a but expected b',
        skip: 1,
      },
      { on: 'repos/get', kind: 'delay', ms: 120 },
    );
    await expect(client.graphql(HEAD)).rejects.toThrow(/JSON/);
    expect((await client.graphql(HEAD)).at('errors')).toEqual([
      { type: 'STALE_DATA', message: 'is at a but expected b' },
    ]);
    expect(await status()).toBe(200);
    expect(server.requests.at(-1)?.ms).toBeGreaterThanOrEqual(119);
  });

  it('a token that expires midway', async () => {
    server.faults.add({ on: '*', kind: 'expire-token', skip: 1 });
    expect([await status(), await status(), await status()]).toEqual([200, 401, 401]);
    expect((await commit()).body).toMatchObject({ message: 'Bad credentials' });
  });

  it('a commit that GitHub forgot to sign', async () => {
    server.faults.add({ on: 'graphql:createCommitOnBranch', kind: 'unsigned' });
    expect((await commit()).at('data.createCommitOnBranch.commit.signature')).toBeNull();
    const answer = await client.rest('GET', `${REPOSITORY}/commits/main`);
    expect(answer.at('commit.verification')).toMatchObject({ verified: false, reason: 'unsigned' });
  });
});

describe('the network', () => {
  it('costs every request its latency, and every request is counted', async () => {
    server.latencyMs = 60;
    await headSeen();
    await commit();
    expect(server.requests.map(({ operations, ms }) => [operations.join(), ms >= 59])).toEqual([
      ['graphql:repository', true],
      ['graphql:createCommitOnBranch', true],
    ]);
    expect([server.count(), server.count('graphql:createCommitOnBranch')]).toEqual([2, 1]);
    expect(server.violations).toEqual([]);
  });
});

describe('a process of its own', () => {
  it('serves the same, and ends when it is closed', async () => {
    const own = await startGitHubServerProcess({
      repositories: [{ owner: 'acme', name: 'charts', files: { 'values.yaml': Buffer.from('tag: 1\n') } }],
      tokens: ['ghs_writer'],
    });
    try {
      const answer = await clientOf(own, 'acme/charts', 'ghs_writer').graphql(HEAD);
      expect(answer.text('data.repository.ref.target.oid')).toMatch(/^[0-9a-f]{40}$/);
      const { requests, violations } = await own.state();
      expect([requests.map(({ operations }) => operations), violations]).toEqual([[['graphql:repository']], []]);
    } finally {
      await own.close();
    }
    await expect(fetch(own.url)).rejects.toThrow('fetch failed');
  });
});

describe('protected branches', () => {
  it('refuse a commit in the words of GraphQL and REST; only rulesets are told before', async () => {
    charts.protect('main', { kind: 'classic', approvals: 1, checks: ['ci'] });
    const refused = await commit();
    expect(refused.at('errors.0.message')).toContain(
      "protected branch 'main' check failed:\n  At least 1 approving review is required by reviewers with write access.",
    );
    const rules = await client.rest('GET', `${REPOSITORY}/rules/branches/main`);
    const branch = await client.rest('GET', `${REPOSITORY}/branches/main`);
    const rule = await client.graphql(
      '{ repository(owner: "acme", name: "charts") { ref(qualifiedName: "main") { refUpdateRule { requiredApprovingReviewCount viewerCanPush } } } }',
    );
    expect([rules.body, branch.at('protected')]).toEqual([[], true]);
    expect(rule.at('data.repository.ref.refUpdateRule')).toEqual({
      requiredApprovingReviewCount: 1,
      viewerCanPush: false,
    });

    charts.protect('main', { kind: 'ruleset', approvals: 0, signatures: true });
    expect((await commit()).at('errors.0.message')).toContain('Changes must be made through a pull request.');
    const types = (await client.rest('GET', `${REPOSITORY}/rules/branches/main`)).body as { type: string }[];
    expect(types.map(({ type }) => type)).toEqual(['pull_request', 'required_signatures']);
    await charts.commit({ branch: 'bump', files: { a: '1' } });
    const sha = await charts.head('bump');
    const update = await client.rest('PATCH', `${REPOSITORY}/git/refs/heads/main`, { sha });
    expect(update.status).toBe(422);
    expect(update.at('message')).toContain('Repository rule violations found');
    expect(await charts.head()).toBe(first);

    charts.protect('main', { kind: 'classic', approvals: 1, bypass: ['helm-cd-test[bot]'] });
    expect((await commit()).at('errors')).toBeUndefined();
    expect(server.violations).toEqual([]);
  });
});
