import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { rm } from 'node:fs/promises';
import type { ProcessOptions, Services } from '../../src/core/ports.js';
import { readContext } from '../../src/runtime/context.js';
import { chartWithImages } from '../support/bare-repository.js';
import { runBump, type GitHook } from '../support/bump-run.js';
import { startGitHubServer, type GitHubServer, type RepositoryHandle } from '../support/github-server/index.js';

jest.setTimeout(180_000);

const TOKEN = 'ghs_0123456789abcdefghijABCDEFGHIJ012345';
const READER = 'ghs_readreadreadreadreadreadreadread0000';
const VALUES = 'charts/shop/values.yaml';

let github: GitHubServer;
let charts: RepositoryHandle;
const started: string[] = [];

beforeEach(async () => {
  github = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files: chartWithImages('api', 'web') }],
    tokens: [TOKEN, { token: READER, permissions: { contents: 'read' } }],
  });
  charts = github.repository('acme', 'charts');
});
afterEach(async () => {
  expect(github.violations).toEqual([]);
  expect(github.faults.pending).toEqual([]);
  await github.close();
  for (const folder of started.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function bump(inputs: Record<string, string> = {}, overrides: Partial<Services> = {}, hook?: GitHook) {
  const given = {
    images: 'ghcr.io/acme/api:1.1.0',
    repository: charts.gitUrl,
    'server-url': github.serverUrl,
    'api-url': github.apiUrl,
    token: TOKEN,
  };
  const result = await runBump({ ...given, ...inputs }, overrides, hook);
  started.push(result.services.workingDirectory);
  return result;
}

describe('bump-image-tag on GitHub, by git over HTTP', () => {
  it('commits with the token, which is nowhere but in the header', async () => {
    const seen: { args: readonly string[]; env: ProcessOptions['env'] }[] = [];
    const result = await bump({}, {}, (args, git) => {
      seen.push({ args, env: {} });
      return git();
    });
    expect(result).toMatchObject({ result: 'bumped', outputs: { 'commit-sha': await charts.head(), branch: 'main' } });
    expect(await charts.read(VALUES)).toContain('tag: 1.1.0 # of api');
    expect(github.requests.filter(({ operations }) => operations.includes('git-receive-pack'))).toMatchObject([
      { actor: 'helm-cd-test[bot]' },
    ]);
    const said = JSON.stringify([
      seen.map(({ args }) => args),
      result.summary,
      result.outputs,
      result.document,
      result.services.log.lines,
    ]);
    expect(said).not.toContain(TOKEN);
    expect(said).not.toContain(Buffer.from(`x-access-token:${TOKEN}`).toString('base64'));
    expect(result.summary).toContain(`\`${result.outputs['commit-sha']?.slice(0, 12)}\``);
  });

  it('needs few requests, and asks for the files’ contents in one', async () => {
    await bump();
    const transfers = github.requests.filter(({ operations }) => operations.includes('git-upload-pack')).length;
    // Of git's protocol 2: what refs there are and the commit, then the same for the blobs.
    expect(transfers).toBeLessThanOrEqual(4);
    expect(github.count('git-receive-pack')).toBe(1);
  });

  it('takes the token of a URL’s password out of the URL', async () => {
    const url = new URL(charts.gitUrl);
    url.username = 'x';
    url.password = TOKEN;
    const result = await bump({ repository: url.href, token: '' }, {}, (args, git) => {
      expect(args.join(' ')).not.toContain(TOKEN);
      return git();
    });
    expect(result.result).toBe('bumped');
    expect(result.services.masks.redact(TOKEN)).toBe('***');
  });

  it.each([
    ['a token that may only read', { token: READER }, 'unauthorized', 'Permission to acme/charts.git denied'],
    ['no token', { token: '' }, 'unauthorized', ''],
    ['a wrong token', { token: 'ghs_wrongwrongwrongwrongwrongwrongwrong0' }, 'unauthorized', ''],
    ['a repository that is not there', { repository: 'acme/chart.git' }, 'not-found', 'acme/chart.git'],
  ])('%s is an error that says so', async (_, { repository, ...inputs }: Record<string, string>, code, message) => {
    const before = await charts.head();
    const other: Record<string, string> = repository === undefined ? {} : { repository: `${github.url}/${repository}` };
    await expect(bump({ ...inputs, ...other })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
    expect(await charts.head()).toBe(before);
  });

  it('does not send a token of GitHub to another server', async () => {
    const url = charts.gitUrl;
    await expect(bump({ repository: url, 'server-url': 'https://github.com' })).rejects.toMatchObject({
      code: 'unauthorized',
    });
    expect(github.requests.every(({ actor }) => actor === 'ghost')).toBe(true);
  });

  it('computes again when somebody was faster', async () => {
    const files = { 'charts/shop/Chart.yaml': 'name: shop\nversion: 2.0.0\n' };
    github.faults.add({
      kind: 'hook',
      when: 'before',
      on: 'git-receive-pack',
      run: async () => {
        await charts.commit({ files });
      },
    });
    const result = await bump();
    expect(result.outputs).toMatchObject({ attempts: '2', 'chart-versions': '{"shop":"2.1.0"}' });
    expect(await charts.log()).toHaveLength(3);
  });

  it.each([
    ['cut', { kind: 'cut', when: 'after' }],
    ['502', { kind: 'answer', when: 'after', status: 502 }],
  ] as const)('recognises a commit whose answer was lost: %s', async (_, fault) => {
    github.faults.add({
      ...fault,
      on: (call) => call.operations.includes('git-receive-pack') && call.method === 'POST',
    });
    const result = await bump();
    expect(result).toMatchObject({ result: 'bumped', outputs: { 'commit-sha': await charts.head() } });
    expect(await charts.log()).toHaveLength(2);
  });

  it('asks again when the server stumbles', async () => {
    github.faults.add({ kind: 'answer', when: 'before', status: 503, on: 'git-refs' });
    expect((await bump()).result).toBe('bumped');
  });

  it.each(['classic', 'ruleset'] as const)('says what a protected branch demands: %s', async (kind) => {
    const before = await charts.head();
    charts.protect('main', { kind, approvals: 1 });
    await expect(bump()).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/^The branch main does not accept the commit:\n[^]*(?:review|pull request)/),
    });
    expect(await charts.head()).toBe(before);
  });
});

describe('dispatch', () => {
  const byApi = { repository: 'acme/charts' };
  const run = (attempt: number) => ({
    context: readContext({
      GITHUB_REPOSITORY: 'acme/api',
      GITHUB_RUN_ID: '7',
      GITHUB_RUN_ATTEMPT: String(attempt),
      GITHUB_SERVER_URL: 'https://github.com',
    }),
  });

  it('sends an event after the commit, with what was bumped', async () => {
    const result = await bump({ ...byApi, dispatch: 'chart-bumped' }, run(1));
    expect(result).toMatchObject({ ok: true, result: 'bumped' });
    expect(github.dispatches).toMatchObject([
      {
        eventType: 'chart-bumped',
        clientPayload: {
          bump: {
            images: ['ghcr.io/acme/api:1.1.0'],
            charts: { shop: '1.1.0' },
            branch: 'main',
            commit: await charts.head(),
            environment: '',
            run: 'https://github.com/acme/api/actions/runs/7',
          },
        },
      },
    ]);
  });

  it('sends none when nothing changed, or nothing was done', async () => {
    await bump({ ...byApi, dispatch: 'chart-bumped', 'dry-run': 'true' }, run(1));
    await bump(byApi);
    await bump({ ...byApi, dispatch: 'chart-bumped' }, run(1));
    expect(github.dispatches).toEqual([]);
  });

  it('says that the commit is made when the event fails, and sends it when the job is run again', async () => {
    github.faults.add({
      kind: 'answer',
      when: 'before',
      status: 403,
      body: { message: 'Resource not accessible by integration' },
      on: 'repos/create-dispatch-event',
    });
    const failed = await bump({ ...byApi, dispatch: 'chart-bumped' }, run(1));
    const commit = await charts.head();
    expect(failed).toMatchObject({ ok: false, result: 'bumped', outputs: { 'commit-sha': commit } });
    expect(failed.failure).toMatch(
      /^The commit [0-9a-f]{12} is made\. The repository_dispatch "chart-bumped" was not accepted by acme\/charts: Resource not accessible by integration.*Run the job again/,
    );
    const again = await bump({ ...byApi, dispatch: 'chart-bumped' }, run(2));
    expect(again).toMatchObject({ ok: true, result: 'unchanged', outputs: { changed: 'false', 'commit-sha': commit } });
    expect(github.dispatches).toMatchObject([{ clientPayload: { bump: { commit, charts: { shop: '1.1.0' } } } }]);
  });
});
