/** The root's action on a pull request: nothing is changed but one comment. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { edit, webChart, writeFiles } from '../support/charts.js';
import { openCompositeWorld, type CompositeWorld } from '../support/composite-world.js';
import type { CompositeResult } from '../support/composite.js';
import { startGitHubServer, type GitHubServer } from '../support/github-server/index.js';
import { createGitHub } from '../../src/runtime/github.js';

jest.setTimeout(120_000);

const TOKENS = [
  { token: 'ghs_own', kind: 'workflow', permissions: { pull_requests: 'write', contents: 'read' } },
  { token: 'ghs_fork', kind: 'workflow', permissions: { pull_requests: 'read', contents: 'read' } },
  { token: 'ghs_app' },
] as const;
const CONFIG = `charts:
  web: { path: charts/web }
environments:
  develop: { branch: main, repository: 'file:///nowhere', values: [env/develop.yaml], secrets: [env/develop.sops.yaml] }
  production: { promote-from: develop, repository: 'file:///nowhere' }
`;
const SOPS = 'greeting: ENC[AES256_GCM,data:abc,iv:x,tag:x,type:str]\nsops: { mac: ENC[x], version: 3.9.0 }\n';

let world: CompositeWorld;
let server: GitHubServer;
let pull: number;

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    cwd: world.workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
    .toString()
    .trim();

beforeEach(async () => {
  world = await openCompositeWorld('');
  const chart = Object.entries(webChart()).map(([file, text]) => [`charts/web/${file}`, text] as const);
  await writeFiles(world.workspace, {
    ...Object.fromEntries(chart),
    'helm-cd.yaml': CONFIG,
    'charts/web/env/develop.yaml': 'replicas: 2\n',
    'charts/web/env/develop.sops.yaml': SOPS,
  });
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-qm', 'base');
  git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  git('switch', '-qc', 'bump');
  server = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files: { 'README.md': 'x\n' } }],
    tokens: TOKENS,
  });
  await server.repository('acme', 'charts').commit({ branch: 'bump', from: 'main', files: { 'README.md': 'y\n' } });
  const { apiUrl, graphqlUrl } = server;
  const client = createGitHub(new AbortController().signal)({ token: 'ghs_app', apiUrl, graphqlUrl });
  const asked = { owner: 'acme', repo: 'charts', head: 'bump', base: 'main', title: 'Bump' };
  pull = ((await client.request('POST /repos/{owner}/{repo}/pulls', asked)).data as { number: number }).number;
});
afterEach(async () => {
  await server.close();
  await world.close();
  expect(server.violations).toEqual([]);
});

async function change(version: string, edits: readonly (readonly [string, string])[]): Promise<void> {
  const file = (name: string) => path.join(world.workspace, 'charts/web', name);
  const [old = ''] = /version: .*/.exec(await readFile(file('Chart.yaml'), 'utf8')) ?? [];
  await edit(file('Chart.yaml'), old, `version: ${version}`);
  for (const [from, to] of edits) await edit(file('values.yaml'), from, to);
  git('commit', '-qam', version);
}

function check(run: number, inputs: Readonly<Record<string, string>> = {}): Promise<CompositeResult> {
  return world.run(
    { token: 'ghs_own', ...inputs },
    {
      environment: {
        GITHUB_EVENT_NAME: 'pull_request',
        GITHUB_REF_NAME: `${pull}/merge`,
        GITHUB_HEAD_REF: 'bump',
        GITHUB_BASE_REF: 'main',
        GITHUB_REPOSITORY: 'acme/charts',
        GITHUB_SHA: git('rev-parse', 'HEAD'),
        GITHUB_RUN_ID: `70${run}`,
        GITHUB_RUN_NUMBER: String(run),
        GITHUB_RUN_ATTEMPT: '1',
        GITHUB_SERVER_URL: server.serverUrl,
        GITHUB_API_URL: server.apiUrl,
        GITHUB_GRAPHQL_URL: server.graphqlUrl,
      },
    },
  );
}

const comments = () => server.repository('acme', 'charts').comments.map(({ body }) => body);

describe('a pull request', () => {
  it('gets one comment: with the rendered diff, brought up to date when it is pushed to', async () => {
    await change('0.1.1', [['tag: 1.0.0', 'tag: 1.1.0']]);
    const first = await check(1);
    expect(first.annotations.filter(({ level }) => level === 'error')).toEqual([]);
    expect(first.outputs).toMatchObject({ result: 'checked', mode: 'check', environment: 'develop', count: '1' });
    expect(first.outputs['comment-url']).toMatch(/#issuecomment-\d+$/);
    expect(comments()).toHaveLength(1);
    const [comment = ''] = comments();
    expect(comment).toMatch(/^<!-- helm-cd: helm-cd\.yaml run 1\.1 -->\n### ✅ Checked: web 0\.1\.1 → develop\n/);
    expect(comment).toMatch(/^\+ .*ghcr\.io\/acme\/web:1\.1\.0/m);
    expect(comment).toContain('there is no kubeconfig');
    expect(comment).toContain(`/acme/charts/actions/runs/701`);
    expect(comment).not.toContain('ENC[');
    expect(first.summary).toContain('### ✅ Checked: web 0.1.1 → develop');
    expect(await readFile(first.outputs['rendered-diff-file'] ?? '', 'utf8')).toContain('web:1.1.0');

    await change('0.1.2', [['port: 8080', 'port: 9090']]);
    await check(2);
    // An older run that comes late says nothing.
    const late = await check(1);
    expect(late.outputs['result']).toBe('checked');
    expect(comments()).toHaveLength(1);
    expect(comments()[0]).toMatch(/run 2\.1 -->\n### ✅ Checked: web 0\.1\.2 → develop\n/);
    expect(comments()[0]).toContain('9090');
  });

  it('that is invalid is told so, with what is wrong first; the step fails', async () => {
    await change('0.1.1', [['port: 8080', 'port: eighty']]);
    const result = await check(1);
    expect(result.outcome).toBe('failure');
    expect(result.outputs).toMatchObject({ result: 'invalid', 'failed-step': 'validate' });
    expect(comments()[0]).toMatch(/### ❌ Invalid: web 0\.1\.1 → develop in step validate\n/);
    expect(comments()[0]).toContain('<details open>\n<summary>❌ validate</summary>');
  });

  it('of a fork, whose token may only read, is checked all the same', async () => {
    await change('0.1.1', [['tag: 1.0.0', 'tag: 1.1.0']]);
    const result = await check(1, { token: 'ghs_fork' });
    expect(result.outputs).toMatchObject({ result: 'checked', 'comment-url': '' });
    expect(result.annotations).toEqual([
      expect.objectContaining({
        level: 'notice',
        message: expect.stringContaining('The pull request is not commented on'),
      }),
    ]);
    expect(comments()).toEqual([]);
  });

  it('with a change of thousands of lines has a comment that GitHub takes, and a whole diff in a file', async () => {
    const lines = Array.from(
      { length: 4000 },
      (_, index) => `  key-${index}: "😀 a value that is as long as values are ${index}"`,
    );
    await writeFiles(world.workspace, {
      'charts/web/templates/large.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: large\ndata:\n${lines.join('\n')}\n`,
    });
    git('add', '.');
    await change('0.1.1', [['tag: 1.0.0', 'tag: 1.1.0']]);
    const result = await check(1);
    expect(result.outputs['result']).toBe('checked');
    const [comment = ''] = comments();
    expect(comment.length).toBeLessThanOrEqual(65_536);
    expect(comment).toContain('The rest was cut');
    expect(comment).toMatch(/<sub>Checked of [0-9a-f]{7} by \[this run\]/);
    expect((comment.match(/<details/g) ?? []).length).toBe((comment.match(/<\/details>/g) ?? []).length);
    expect(await readFile(result.outputs['rendered-diff-file'] ?? '', 'utf8')).toContain('key-3999');
  });

  it('can do without a comment', async () => {
    await change('0.1.1', [['tag: 1.0.0', 'tag: 1.1.0']]);
    expect((await check(1, { comment: 'false' })).outputs['result']).toBe('checked');
    expect(comments()).toEqual([]);
    expect(server.count('issues/list-comments')).toBe(0);
  });
});

describe('a push', () => {
  it('tells others of what passed, and says when that is not possible', async () => {
    const shelf = `file://${path.join(world.folder, 'shelf')}`;
    await writeFiles(world.workspace, { 'helm-cd.yaml': CONFIG.replaceAll('file:///nowhere', shelf) });
    const pushed = (attempt: number, notify: string) =>
      world.run(
        { token: 'ghs_app', notify },
        {
          environment: {
            GITHUB_EVENT_NAME: 'push',
            GITHUB_REF_NAME: 'main',
            GITHUB_REPOSITORY: 'acme/charts',
            GITHUB_RUN_ATTEMPT: String(attempt),
            GITHUB_SHA: git('rev-parse', 'HEAD'),
            GITHUB_API_URL: server.apiUrl,
            GITHUB_GRAPHQL_URL: server.graphqlUrl,
          },
        },
      );
    const first = await pushed(1, 'acme/charts');
    expect(first.outputs).toMatchObject({ result: 'published', mode: 'delivery', environment: 'develop' });
    expect(server.dispatches).toHaveLength(1);
    expect(server.dispatches[0]).toMatchObject({
      eventType: 'chart-published',
      clientPayload: {
        chart: { name: 'web', version: '0.1.0', environment: 'develop', digest: first.outputs['digest'] },
      },
    });
    const second = await pushed(2, 'acme/nobody');
    expect(second.outputs['result']).toBe('already-published');
    expect(second.summary).toMatch(/\| notify \| ✅ web 0\.1\.0 is published, but acme\/nobody was not told/);
  });
});
