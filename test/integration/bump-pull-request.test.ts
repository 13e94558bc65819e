import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { chartWithImages } from '../support/bare-repository.js';
import { clientOf } from '../support/github-server/client.js';
import {
  startGitHubServer,
  type GitHubServer,
  type Pull,
  type RepositoryHandle,
} from '../support/github-server/index.js';
import { bumpByPullRequest, type PullRequestBump } from '../support/pull-request-bump.js';
import type { BumpRun } from '../support/bump-run.js';

jest.setTimeout(180_000);

const VALUES = 'charts/shop/values.yaml';
const CHART = 'charts/shop/Chart.yaml';
const BRANCH = 'helm-cd/main/shop';

let server: GitHubServer;
let charts: RepositoryHandle;

beforeEach(async () => {
  server = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files: chartWithImages('api', 'web') }],
    tokens: [
      'ghs_app',
      { token: 'ghs_own', kind: 'workflow' },
      { token: 'ghs_contents', permissions: { contents: 'write' } },
      { token: 'ghs_reader', permissions: { contents: 'write', pull_requests: 'read' } },
    ],
  });
  charts = server.repository('acme', 'charts');
});
afterEach(async () => {
  const { violations } = server;
  const pending = server.faults.pending;
  await server.close();
  expect([violations, pending]).toEqual([[], []]);
});

const bump = (images: string, more: Partial<PullRequestBump> = {}): Promise<BumpRun> =>
  bumpByPullRequest(server, { images, ...more });
const open = (): readonly Pull[] => charts.pulls.filter(({ state }) => state === 'open');
const only = (): Pull => {
  const [pull, ...more] = open();
  if (pull === undefined || more.length > 0) throw new Error(`${open().length} pull requests are open`);
  return pull;
};
/** Commits that the branch has and main has not. */
async function ahead(branch = BRANCH): Promise<string[]> {
  const base = new Set(await charts.log('main'));
  return (await charts.log(branch)).filter((oid) => !base.has(oid));
}

async function branches(): Promise<string[]> {
  const answer = await client('GET', '/git/matching-refs/heads/');
  return (answer as { ref: string }[]).map(({ ref }) => ref.slice('refs/heads/'.length));
}
async function client(method: string, path: string, body?: unknown): Promise<unknown> {
  return (await clientOf(server, 'acme/charts', 'ghs_app').rest(method, `/repos/acme/charts${path}`, body)).body;
}

describe('a bump by pull request', () => {
  it('opens one from a branch of its own, with one verified commit, and leaves the base alone', async () => {
    const before = await charts.head();
    const done = await bump('ghcr.io/acme/api:1.1.0');
    const pull = only();
    expect(done).toMatchObject({ result: 'pull-request', ok: true });
    expect(done.outputs).toMatchObject({
      changed: 'true',
      branch: BRANCH,
      'commit-sha': await charts.head(BRANCH),
      'commit-verified': 'true',
      'pull-request-number': '1',
      'pull-request-url': `${server.serverUrl}/acme/charts/pull/1`,
      attempts: '1',
    });
    expect(await charts.head()).toBe(before);
    expect(await ahead()).toHaveLength(1);
    expect(await charts.read(CHART, BRANCH)).toContain('version: 1.1.0');
    expect(pull).toMatchObject({
      headRef: BRANCH,
      baseRef: 'main',
      title: 'chore(shop): bump api 1.0.0 → 1.1.0, chart 1.1.0',
    });
    expect(pull.body).toContain('| `ghcr.io/acme/api` | `1.0.0` | `1.1.0` |');
    expect(pull.body).toContain(`[changes](${server.serverUrl}/acme/api/compare/1.0.0...1.1.0)`);
    expect(done.summary).toContain('### 🔀 Pull request');
    expect(done.services.log.text()).toContain('Opened the pull request #1');
    expect(server.requests.map(({ operations }) => operations.join(' '))).toEqual([
      'graphql:viewer graphql:repository',
      'graphql:repository', // what Chart.yaml was before
      'graphql:repository',
      'git/create-ref',
      'graphql:createCommitOnBranch',
      'pulls/create',
    ]);
  });

  it('takes a second image into the same one, in one commit with one version', async () => {
    await bump('ghcr.io/acme/api:1.1.0');
    server.requests.length = 0;
    const done = await bump('ghcr.io/acme/web:2.0.0', { run: '8', source: 'acme/web' });
    expect(done.outputs).toMatchObject({
      changed: 'true',
      'pull-request-number': '1',
      'chart-versions': '{"shop":"2.0.0"}',
    });
    const pull = only();
    expect(pull.title).toBe('chore(shop): bump 2 images, chart 2.0.0');
    expect(pull.body).toContain(`[changes](${server.serverUrl}/acme/api/compare/1.0.0...1.1.0)`);
    expect(pull.body).toContain(`[changes](${server.serverUrl}/acme/web/compare/1.0.0...2.0.0)`);
    expect(await ahead()).toHaveLength(1);
    const values = (await charts.read(VALUES, BRANCH)) ?? '';
    expect([values.includes('1.1.0'), values.includes('2.0.0')]).toEqual([true, true]);
    expect(await branches()).toEqual([BRANCH, 'main']);
    expect(server.count('graphql:updateRefs')).toBe(1);
    expect(done.services.log.text()).toContain('Updated the pull request #1');
  });

  it('replaces what is pending by a newer one in place, and refuses an older one', async () => {
    await bump('ghcr.io/acme/api:1.1.0');
    await bump('ghcr.io/acme/api:1.2.0', { run: '8' });
    expect(charts.pulls).toHaveLength(1);
    expect(only().title).toBe('chore(shop): bump api 1.0.0 → 1.2.0, chart 1.1.0');
    const head = await charts.head(BRANCH);
    await expect(bump('ghcr.io/acme/api:1.1.5', { run: '9' })).rejects.toMatchObject({
      code: 'refused',
      message: 'ghcr.io/acme/api would go back from 1.2.0 to 1.1.5 in the pull request #1.',
    });
    expect(await charts.head(BRANCH)).toBe(head);
    await bump('ghcr.io/acme/api:1.1.5', { run: '9', inputs: { 'allow-downgrade': 'true' } });
    expect(only().title).toBe('chore(shop): bump api 1.0.0 → 1.1.5, chart 1.1.0');
  });

  it('holds a build back that is older than the pending one where tags are in no order', async () => {
    await bump('ghcr.io/acme/api:main-b', { run: '9' });
    const head = await charts.head(BRANCH);
    const done = await bump('ghcr.io/acme/api:main-a', { run: '8' });
    expect(done).toMatchObject({ result: 'unchanged' });
    expect(done.summary).toContain('older than');
    expect(await charts.head(BRANCH)).toBe(head);
  });

  it('does nothing when all is as it should be', async () => {
    const first = await bump('ghcr.io/acme/api:1.1.0');
    server.requests.length = 0;
    const done = await bump('ghcr.io/acme/api:1.1.0', { run: '8' });
    expect(done).toMatchObject({ result: 'pull-request', ok: true });
    expect(done.outputs).toMatchObject({
      changed: 'false',
      'commit-sha': first.outputs['commit-sha'],
      'pull-request-number': '1',
    });
    expect(
      server.requests.every(({ operations }) => operations.every((name) => /repository|viewer|compare/.test(name))),
    ).toBe(true);
  });

  it('starts again from a base that moved on', async () => {
    await bump('ghcr.io/acme/api:1.1.0');
    await charts.commit({ files: { [CHART]: 'apiVersion: v2\nname: shop\nversion: 3.0.0\n', other: 'x' } });
    await bump('ghcr.io/acme/web:1.0.1', { run: '8' });
    expect(await ahead()).toHaveLength(1);
    expect(await charts.read('other', BRANCH)).toBe('x');
    expect(await charts.read(CHART, BRANCH)).toContain('version: 3.1.0');
    expect(only().title).toBe('chore(shop): bump 2 images, chart 3.1.0');
    // The same once more, only for the base's sake.
    await charts.commit({ files: { other: 'y' } });
    const done = await bump('ghcr.io/acme/web:1.0.1', { run: '8' });
    expect([done.outputs['changed'], await charts.read('other', BRANCH)]).toEqual(['true', 'y']);
  });

  it('is closed, and its branch deleted, when the base has everything', async () => {
    await bump('ghcr.io/acme/api:1.1.0');
    await bump('ghcr.io/acme/api:1.1.0', { run: '8', inputs: { strategy: 'direct' } });
    const base = await charts.head();
    const done = await bump('ghcr.io/acme/api:1.1.0', { run: '9' });
    expect(done).toMatchObject({ result: 'unchanged', ok: true });
    expect(done.outputs).toMatchObject({ changed: 'false', 'commit-sha': '', 'pull-request-number': '1' });
    expect(charts.pulls).toMatchObject([{ state: 'closed', merged: null }]);
    expect(await branches()).toEqual(['main']);
    expect(((await client('GET', '/issues/1/comments')) as { body: string }[]).map(({ body }) => body)).toEqual([
      `helm-cd closes this: main has these images at ${base} already.`,
    ]);
    expect(done.services.log.text()).toContain('Closed #1 and deleted helm-cd/main/shop');
  });

  it('stays open for other images when the base has this one', async () => {
    await bump('ghcr.io/acme/api:1.1.0');
    await bump('ghcr.io/acme/web:1.1.0', { run: '8', inputs: { strategy: 'direct' } });
    const head = await charts.head(BRANCH);
    const done = await bump('ghcr.io/acme/web:1.1.0', { run: '9' });
    expect([done.result, await charts.head(BRANCH), open().length]).toEqual(['unchanged', head, 1]);
  });

  it('drops what has no place on the base any more, or was overtaken there', async () => {
    await bump('ghcr.io/acme/api:1.1.0');
    await charts.commit({ files: { [VALUES]: 'web:\n  image:\n    repository: ghcr.io/acme/web\n    tag: 1.0.0\n' } });
    const done = await bump('ghcr.io/acme/web:1.1.0', { run: '8' });
    expect(await charts.read(VALUES, BRANCH)).toContain('tag: 1.1.0');
    expect(done.summary).toMatch(/ghcr.io\/acme\/api:1.1.0 is no longer part of the pull request \\#1: No place for/);
    await bump('ghcr.io/acme/web:1.2.0', { run: '9', inputs: { strategy: 'direct' } });
    const files = {
      [VALUES]: `${(await charts.read(VALUES)) ?? ''}api:\n  image:\n    repository: ghcr.io/acme/api\n    tag: 1.0.0\n`,
    };
    await charts.commit({ files });
    const next = await bump('ghcr.io/acme/api:1.1.0', { run: '10' });
    expect(next.summary).toMatch(
      /web:1.1.0 is no longer part of the pull request \\#1: .*would go back from 1.2.0 to 1.1.0/,
    );
    expect(await charts.read(VALUES, BRANCH)).toContain('tag: 1.2.0');
    expect(only().title).toBe('chore(shop): bump api 1.0.0 → 1.1.0, chart 1.2.0');
  });

  it('is not touched when somebody else has committed to its branch', async () => {
    await bump('ghcr.io/acme/api:1.1.0');
    const theirs = await charts.commit({ branch: BRANCH, files: { other: 'x' }, message: 'Try something' });
    server.requests.length = 0;
    await expect(bump('ghcr.io/acme/web:1.1.0', { run: '8' })).rejects.toMatchObject({
      code: 'refused',
      message: `The branch ${BRANCH} has commits that helm-cd did not make, so it is left alone:\n  ${theirs.slice(0, 12)}  Try something (mona)`,
      hint: expect.stringContaining('delete the branch'),
    });
    expect(await charts.head(BRANCH)).toBe(theirs);
    expect(server.requests.filter(({ method, path }) => method !== 'GET' && !path.endsWith('graphql'))).toEqual([]);
  });

  it('begins a new one after the last was merged, by squashing too, or closed by somebody', async () => {
    await bump('ghcr.io/acme/api:1.1.0');
    await client('PUT', '/pulls/1/merge', { merge_method: 'squash' });
    expect(await branches()).toEqual([BRANCH, 'main']);
    await bump('ghcr.io/acme/web:1.1.0', { run: '8' });
    expect(only().title).toBe('chore(shop): bump web 1.0.0 → 1.1.0, chart 1.2.0');
    await client('PATCH', `/pulls/${only().number}`, { state: 'closed' });
    await bump('ghcr.io/acme/api:1.2.0', { run: '9' });
    expect(only().title).toBe('chore(shop): bump api 1.1.0 → 1.2.0, chart 1.2.0');
    expect(await charts.read(VALUES, BRANCH)).not.toContain('web:1.1.0');
    expect(await ahead()).toHaveLength(1);
  });

  it('uses the branch of another that was merged with a merge commit', async () => {
    await bump('ghcr.io/acme/api:1.1.0');
    await client('PUT', '/pulls/1/merge', { merge_method: 'merge' });
    const done = await bump('ghcr.io/acme/web:1.1.0', { run: '8' });
    expect(done.outputs).toMatchObject({ changed: 'true', branch: BRANCH });
    expect([await ahead(), await branches()]).toEqual([[done.outputs['commit-sha']], [BRANCH, 'main']]);
  });

  it('takes the base that GitHub’s own button has merged into its branch for nobody’s work', async () => {
    await bump('ghcr.io/acme/api:1.1.0');
    const base = await charts.commit({ files: { other: 'x' } });
    const head = await charts.head(BRANCH);
    const github = { name: 'GitHub', email: 'noreply@github.com', date: '2026-11-23T00:00:00Z' };
    const tree = (await client('POST', '/git/trees', {
      base_tree: head,
      tree: [{ path: 'other', mode: '100644', type: 'blob', content: 'x' }],
    })) as { sha: string };
    const merge = (await client('POST', '/git/commits', {
      message: `Merge branch 'main' into ${BRANCH}`,
      tree: tree.sha,
      parents: [head, base],
      author: { ...github, name: 'Mona', email: 'mona@example.com' },
      committer: github,
    })) as { sha: string };
    await client('PATCH', `/git/refs/heads/${BRANCH}`, { sha: merge.sha });
    const same = await bump('ghcr.io/acme/api:1.1.0', { run: '8' });
    expect(same.outputs).toMatchObject({ changed: 'false', 'commit-sha': merge.sha });
    await bump('ghcr.io/acme/web:1.1.0', { run: '9' });
    expect([(await ahead()).length, only().title]).toEqual([1, 'chore(shop): bump 2 images, chart 1.1.0']);
  });

  it('keeps the step that somebody asked for when others join', async () => {
    await bump('ghcr.io/acme/api:1.0.1', { inputs: { 'chart-version': 'major' } });
    const minor = await bump('ghcr.io/acme/web:1.1.0', { run: '8', inputs: { 'chart-version': 'minor' } });
    expect(minor.outputs['chart-versions']).toBe('{"shop":"2.0.0"}');
    const auto = await bump('ghcr.io/acme/web:1.1.1', { run: '9' });
    expect(auto.outputs['chart-versions']).toBe('{"shop":"2.0.0"}');
  });

  it('keeps to its charts, and rollbacks stay rollbacks', async () => {
    const other = chartWithImages('api', 'mail');
    await charts.commit({
      files: { 'charts/other/Chart.yaml': other[CHART] ?? '', 'charts/other/values.yaml': other[VALUES] ?? '' },
    });
    await bump('ghcr.io/acme/api:0.9.0', { inputs: { chart: 'charts/shop', 'allow-downgrade': 'true' } });
    const done = await bump('ghcr.io/acme/web:1.1.0', { run: '8' });
    expect(done.outputs).toMatchObject({ branch: BRANCH, 'pull-request-number': '1' });
    expect(await charts.read(VALUES, BRANCH)).toContain('tag: 0.9.0 # of api');
    expect(await charts.read('charts/other/values.yaml', BRANCH)).toBe(other[VALUES]);
    await bump('ghcr.io/acme/mail:1.1.0', { run: '9' });
    expect(open().map(({ headRef }) => headRef)).toEqual([BRANCH, 'helm-cd/main/other']);
  });

  it('gives no version that another open pull request gives', async () => {
    await bump('ghcr.io/acme/api:1.0.1');
    const targets = `${VALUES}#/web/image/tag`;
    const done = await bump('ghcr.io/acme/web:1.0.1', { run: '8', inputs: { targets } });
    expect(open()).toHaveLength(2);
    expect(done.outputs['chart-versions']).toBe('{"shop":"1.0.2"}');
    expect(done.outputs['branch']).toMatch(/^helm-cd\/main\/shop_targets-/);
    expect(done.summary).toContain('shop 1.0.1 is in another open pull request, so it is not given again.');
  });

  it('gives a parent chart, too, no version that another open pull request gives', async () => {
    const part = (name: string): Record<string, string> => ({
      [`charts/${name}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`,
      [`charts/${name}/values.yaml`]: `image:\n  repository: ghcr.io/acme/${name}\n  tag: 1.0.0\n`,
    });
    const needs = ['one', 'two'].map(
      (name) => `  - { name: ${name}, version: 1.0.0, repository: "file://../${name}" }\n`,
    );
    await charts.commit({
      files: {
        ...part('one'),
        ...part('two'),
        'charts/all/Chart.yaml': `apiVersion: v2\nname: all\nversion: 1.0.0\ndependencies:\n${needs.join('')}`,
      },
    });
    const one = await bump('ghcr.io/acme/one:1.0.1');
    const two = await bump('ghcr.io/acme/two:1.0.1', { run: '8' });
    expect([one, two].map(({ outputs }) => [outputs['branch'], outputs['chart-versions']])).toEqual([
      ['helm-cd/main/one', '{"all":"1.0.1","one":"1.0.1"}'],
      ['helm-cd/main/two', '{"all":"1.0.2","two":"1.0.1"}'],
    ]);
    const both = await bump('ghcr.io/acme/one:1.0.2\nghcr.io/acme/two:1.0.2', { run: '9' });
    expect(both.outputs).toMatchObject({
      branch: 'helm-cd/main/one_two',
      'chart-versions': '{"all":"1.0.3","one":"1.0.2","two":"1.0.2"}',
    });
  });

  it('only shows what it would do in a dry run', async () => {
    const dry = { inputs: { 'dry-run': 'true' } };
    const first = await bump('ghcr.io/acme/api:1.1.0', dry);
    expect(first).toMatchObject({ result: 'planned', ok: true });
    expect(first.outputs).toMatchObject({ changed: 'false', branch: BRANCH, 'pull-request-number': '' });
    expect(first.services.log.text()).toContain(`Pull request: would be opened from ${BRANCH}.`);
    expect([charts.pulls, await branches()]).toEqual([[], ['main']]);
    await bump('ghcr.io/acme/api:1.1.0');
    const head = await charts.head(BRANCH);
    const second = await bump('ghcr.io/acme/web:1.1.0', dry);
    expect(second.outputs).toMatchObject({ 'pull-request-number': '1', 'chart-versions': '{"shop":"1.1.0"}' });
    expect(second.summary).toContain('would update #1');
    expect(await charts.head(BRANCH)).toBe(head);
  });

  it('adds labels and takes none away', async () => {
    await bump('ghcr.io/acme/api:1.1.0', { inputs: { labels: 'helm-cd\nautomated' } });
    only().labels.push('by hand');
    await bump('ghcr.io/acme/api:1.2.0', { run: '8', inputs: { labels: 'Helm-CD\nmore' } });
    expect(only().labels).toEqual(['helm-cd', 'automated', 'by hand', 'more']);
  });

  it('says that a workflow’s own token starts nothing', async () => {
    const done = await bump('ghcr.io/acme/api:1.1.0', { inputs: { token: 'ghs_own' } });
    expect(done.annotations).toEqual([
      expect.objectContaining({
        level: 'warning',
        message: expect.stringContaining("#1 is made with the workflow's own GITHUB_TOKEN"),
      }),
    ]);
  });

  it.each([
    ['ghs_contents', 'The pull requests of acme/charts cannot be read', ['main']],
    // What is there already is taken up by the next bump with a better token.
    ['ghs_reader', `The pull request from ${BRANCH} cannot be opened in acme/charts`, [BRANCH, 'main']],
  ])('says what a token lacks that may not propose: %s', async (token, message, left) => {
    await expect(bump('ghcr.io/acme/api:1.1.0', { inputs: { token } })).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining(message),
      hint: expect.stringContaining('pull-requests: write'),
    });
    expect(await branches()).toEqual(left);
    await bump('ghcr.io/acme/web:1.1.0', { run: '8' });
    expect(only().title).toBe(
      token === 'ghs_reader'
        ? 'chore(shop): bump 2 images, chart 1.1.0'
        : 'chore(shop): bump web 1.0.0 → 1.1.0, chart 1.1.0',
    );
  });

  it('cannot be made where there is only git', async () => {
    const inputs = { repository: charts.gitUrl };
    await expect(bump('ghcr.io/acme/api:1.1.0', { inputs })).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining('is a git URL: only on GitHub can a pull request be made.'),
    });
  });
});
