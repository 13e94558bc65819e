import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { chartWithImages } from '../support/bare-repository.js';
import type { BumpRun } from '../support/bump-run.js';
import { clientOf } from '../support/github-server/client.js';
import {
  startGitHubServer,
  type GitHubServer,
  type RepositoryHandle,
  type RepositorySeed,
} from '../support/github-server/index.js';
import { bumpByPullRequest, type PullRequestBump } from '../support/pull-request-bump.js';

jest.setTimeout(180_000);

const BRANCH = 'helm-cd/main/shop';

let server: GitHubServer;
let charts: RepositoryHandle;

async function start(more: Partial<RepositorySeed> = {}): Promise<void> {
  server = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files: chartWithImages('api', 'web'), ...more }],
    tokens: ['ghs_app'],
  });
  charts = server.repository('acme', 'charts');
}
afterEach(async () => {
  const { violations } = server;
  const pending = server.faults.pending;
  await server.close();
  expect([violations, pending]).toEqual([[], []]);
});

const bump = (more: Partial<PullRequestBump> = {}): Promise<BumpRun> =>
  bumpByPullRequest(server, {
    images: 'ghcr.io/acme/api:1.1.0',
    ...more,
    inputs: { 'auto-merge': 'true', ...more.inputs },
  });
async function message(revision = 'main'): Promise<string> {
  const answer = await clientOf(server, 'acme/charts', 'ghs_app').rest('GET', `/repos/acme/charts/commits/${revision}`);
  return answer.text('commit.message');
}

describe('auto-merge', () => {
  it('merges at once when nothing is in the way, and deletes the branch', async () => {
    await start();
    const done = await bump();
    expect(done).toMatchObject({ result: 'pull-request', ok: true, annotations: [] });
    expect(charts.pulls).toMatchObject([{ state: 'closed', merged: { sha: await charts.head() } }]);
    expect(await charts.head(BRANCH)).toBeUndefined();
    expect(await message()).toMatch(
      /^chore\(shop\): bump api 1.0.0 → 1.1.0, chart 1.1.0 \(#1\)\n\n[^]*\nHelm-CD-Bump: [0-9a-f.]+$/,
    );
    expect(done.document['pullRequest']).toMatchObject({ done: 'merged', mergeCommit: await charts.head() });
    expect(done.summary).toContain('#1 merged');
  });

  it.each(['merge', 'squash', 'rebase'])('merges by %s when that is asked for', async (method) => {
    await start();
    await bump({ inputs: { 'merge-method': method } });
    expect(await charts.log()).toHaveLength(method === 'merge' ? 3 : 2);
  });

  it('leaves the branch to GitHub where GitHub deletes it', async () => {
    await start({ deleteBranchOnMerge: true, allowSquashMerge: false });
    await bump();
    expect([await charts.head(BRANCH), (await charts.log()).length, server.count('graphql:updateRefs')]).toEqual([
      undefined,
      3,
      0,
    ]);
  });

  it('waits for checks and reviews, and what is merged then has the newest text', async () => {
    await start({ protections: { main: { kind: 'ruleset', approvals: 1, checks: ['ci'] } } });
    const first = await bump();
    expect(first).toMatchObject({ result: 'pull-request', ok: true, annotations: [] });
    expect(first.summary).toContain('#1 opened, GitHub merges it when its checks pass');
    await bump({ images: 'ghcr.io/acme/web:1.1.0', run: '8' });
    const again = await bump({ images: 'ghcr.io/acme/web:1.1.0', run: '8' });
    expect(again.summary).toContain('#1');
    expect(server.count('graphql:enablePullRequestAutoMerge')).toBe(2);
    expect(charts.pulls).toMatchObject([{ state: 'open', autoMerge: { method: 'squash' } }]);
    await charts.report(1, 'ci', 'success');
    await charts.approve(1);
    expect(charts.pulls).toMatchObject([{ state: 'closed', merged: { sha: await charts.head() } }]);
    expect(await message()).toMatch(
      /^chore\(shop\): bump 2 images, chart 1.1.0 \(#1\)[^]*\nImage: ghcr.io\/acme\/api:1.1.0\n/,
    );
    expect((await bump({ run: '9' })).result).toBe('unchanged');
  });

  it('makes it anew where the branch is behind', async () => {
    await start({ protections: { main: { kind: 'ruleset', checks: ['ci'], strict: true } } });
    server.faults.add({
      on: 'pulls/create',
      kind: 'hook',
      when: 'after',
      run: async () => {
        await charts.report(1, 'ci', 'success');
        await charts.commit({ files: { other: 'x' } });
      },
    });
    const done = await bump();
    expect([done.annotations, charts.pulls]).toMatchObject([[], [{ state: 'open', autoMerge: { method: 'squash' } }]]);
    expect([done.outputs['attempts'], await charts.read('other', BRANCH)]).toEqual(['2', 'x']);
    await charts.report(1, 'ci', 'success');
    expect(charts.pulls).toMatchObject([{ state: 'closed', merged: { sha: await charts.head() } }]);
  });

  it('asks again while GitHub does not know', async () => {
    await start({ unknownMergeabilityReads: 4 });
    await bump();
    expect(charts.pulls).toMatchObject([{ state: 'closed', merged: { sha: await charts.head() } }]);
  });

  it('gives up asking, and says so', async () => {
    await start({ unknownMergeabilityReads: 1000 });
    const done = await bump();
    expect(done).toMatchObject({ result: 'pull-request', ok: true });
    expect(done.annotations).toEqual([
      { level: 'warning', message: 'The pull request stays open: GitHub says of #1 that it is unknown.' },
    ]);
  });

  it('says why GitHub does not merge what looks ready', async () => {
    await start();
    const body = { message: 'Merge method squash is not allowed by the rules of this branch' };
    server.faults.add({ on: 'pulls/merge', kind: 'answer', when: 'before', status: 405, body, times: 12 });
    expect((await bump()).annotations).toEqual([
      { level: 'warning', message: `The pull request stays open: GitHub does not merge #1: ${body.message}.` },
    ]);
  });

  it('is done once when the answer of the merge gets lost', async () => {
    await start();
    server.faults.add({ on: 'pulls/merge', kind: 'cut', when: 'after' });
    const done = await bump();
    expect(done.document['pullRequest']).toMatchObject({ done: 'merged', mergeCommit: await charts.head() });
    expect([server.count('pulls/merge'), await charts.head(BRANCH)]).toEqual([1, undefined]);
  });

  it('asks a server by REST that has no mergeStateStatus', async () => {
    await start();
    const message = "Field 'mergeStateStatus' doesn't exist on type 'PullRequest'";
    // After the three queries that come before there is a pull request.
    server.faults.add({ on: 'graphql:repository', kind: 'graphql-error', when: 'before', message, skip: 3 });
    await bump();
    expect([server.count('pulls/get'), charts.pulls]).toMatchObject([1, [{ merged: { sha: await charts.head() } }]]);
  });

  it('merges behind pre-receive hooks', async () => {
    await start({ preReceiveHooks: true, protections: { main: { kind: 'ruleset', checks: [] } } });
    await bump();
    expect(charts.pulls).toMatchObject([{ state: 'closed', merged: { sha: await charts.head() } }]);
  });

  it('does not merge what has a failed check that nobody requires', async () => {
    await start({ protections: { main: { kind: 'ruleset', checks: [] } } });
    server.faults.add({
      on: 'pulls/create',
      kind: 'hook',
      when: 'after',
      run: () => charts.report(1, 'lint', 'failure'),
    });
    const done = await bump();
    expect([done.ok, charts.pulls]).toMatchObject([true, [{ state: 'open', autoMerge: null }]]);
    expect(done.annotations).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(/stays open: a check of #1 has not passed, .*Require it/),
      }),
    ]);
  });

  it('says which setting is missing', async () => {
    await start({ allowAutoMerge: false, protections: { main: { kind: 'ruleset', approvals: 1 } } });
    const done = await bump();
    expect(done).toMatchObject({ result: 'pull-request', ok: true });
    expect(done.annotations).toEqual([
      {
        level: 'warning',
        message:
          'The pull request stays open: auto-merge is turned off in acme/charts. Turn on "Allow auto-merge" in its settings under General, Pull Requests.',
      },
    ]);
  });

  it('refuses a way to merge that the repository does not allow, before anything is written', async () => {
    await start({ allowRebaseMerge: false });
    await expect(bump({ inputs: { 'merge-method': 'rebase' } })).rejects.toMatchObject({
      code: 'input',
      message: 'Input "merge-method" is rebase, which acme/charts does not allow.',
    });
    expect([await charts.head(BRANCH), charts.pulls]).toEqual([undefined, []]);
  });

  it('never merges a commit that it has not seen', async () => {
    await start();
    server.faults.add({
      on: 'pulls/merge',
      kind: 'hook',
      when: 'before',
      run: async () => {
        await charts.commit({ branch: BRANCH, files: { other: 'x' } });
      },
    });
    await expect(bump()).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('helm-cd did not make'),
    });
    expect(charts.pulls).toMatchObject([{ state: 'open' }]);
  });

  it('computes again when the base gets a conflicting change meanwhile', async () => {
    await start();
    server.faults.add({
      on: 'pulls/create',
      kind: 'hook',
      when: 'after',
      run: async () => {
        const chart = 'apiVersion: v2\nname: shop\nversion: 4.0.0\n';
        await charts.commit({ files: { 'charts/shop/Chart.yaml': chart } });
      },
    });
    const done = await bump();
    expect(done.outputs).toMatchObject({ 'chart-versions': '{"shop":"4.1.0"}', attempts: '2' });
    expect(charts.pulls).toMatchObject([{ state: 'closed', merged: { sha: await charts.head() } }]);
    expect(await charts.read('charts/shop/Chart.yaml')).toContain('version: 4.1.0');
  });

  it('sends the event when it is merged, and not before', async () => {
    await start();
    const done = await bump({ inputs: { dispatch: 'chart-bumped' } });
    expect(server.dispatches).toMatchObject([
      { eventType: 'chart-bumped', clientPayload: { bump: { commit: await charts.head() } } },
    ]);
    expect(done.ok).toBe(true);
    const open = await bump({
      images: 'ghcr.io/acme/web:1.1.0',
      run: '8',
      inputs: { 'auto-merge': 'false', dispatch: 'chart-bumped' },
    });
    expect([server.dispatches.length, open.services.log.text()]).toEqual([
      1,
      expect.stringContaining('The event "chart-bumped" is not sent: the pull request is not merged yet.'),
    ]);
  });

  it('contradicts the strategy direct', async () => {
    await start();
    await expect(bump({ inputs: { strategy: 'direct' } })).rejects.toMatchObject({
      code: 'input',
      message: 'Inputs "strategy" and "auto-merge" contradict each other.',
    });
  });
});
