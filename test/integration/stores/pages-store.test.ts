import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readFile, rm, mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import type { HelmCdError } from '../../../src/core/errors.js';
import { readContext } from '../../../src/runtime/context.js';
import { openStore } from '../../../src/stores/open-store.js';
import {
  startGitHubServer,
  type GitHubServer,
  type PagesSettings,
  type RepositoryHandle,
} from '../../support/github-server/index.js';
import { packedChart } from '../../support/packed-charts.js';
import { createTestServices, toolchainBin, type TestServices } from '../../support/services.js';

jest.setTimeout(180_000);

const OPTIONS = { verifyTimeoutMs: 10_000 };
const TOKEN = 'ghs_charts';
const BRANCH = 'gh-pages';
const URL = 'pages://acme/charts';

let services: TestServices;
let server: GitHubServer;
let charts: RepositoryHandle;

const readOnly = { token: 'ghs_reader', permissions: { contents: 'read', pages: 'read' } } as const;

async function start(pages: PagesSettings | null = { buildMs: 150 }): Promise<void> {
  server = await startGitHubServer({
    repositories: [
      { owner: 'acme', name: 'charts', files: { 'README.md': 'The sources.\n' }, pages },
      { owner: 'acme', name: 'empty', pages: null },
      { owner: 'acme', name: 'many', files: { 'README.md': 'x' }, pages: { buildMs: 50 }, listedEntries: 3 },
      { owner: 'acme', name: 'old', files: { 'README.md': 'x' }, archived: true, pages: {} },
    ],
    tokens: [
      { token: TOKEN, kind: 'workflow', repositories: ['acme/charts', 'acme/empty', 'acme/many', 'acme/old'] },
      { ...readOnly, kind: 'workflow' },
      { token: 'ghs_other', kind: 'workflow', repositories: ['acme/other'] },
      { token: 'ghs_blind', kind: 'workflow', permissions: { contents: 'write' } },
      { token: 'ghs_pages', kind: 'workflow', permissions: { contents: 'write', pages: 'read' } },
    ],
  });
  charts = server.repository('acme', 'charts');
  const { apiUrl, graphqlUrl, serverUrl } = server;
  const context = {
    ...readContext({}),
    apiUrl,
    graphqlUrl,
    serverUrl,
    repository: 'acme/shop',
    sha: 'abc123',
    runUrl: `${serverUrl}/acme/shop/actions/runs/7`,
  };
  services = await createTestServices({ context });
}

const open = (url = URL, token = TOKEN) => openStore(url, { token }, services);
const failure = (promise: Promise<unknown>): Promise<HelmCdError> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error as HelmCdError,
  );
const versionsIn = async (file = 'index.yaml', branch = BRANCH) =>
  (
    (
      JSON.parse((await charts.read(file, branch)) ?? 'null') as {
        entries: Record<string, { version: string }[]>;
      } | null
    )?.entries['shop'] ?? []
  ).map(({ version }) => version);

afterEach(async () => {
  const { violations, faults } = server;
  await server.close();
  await rm(services.workingDirectory, { recursive: true, force: true });
  expect([violations, faults.pending]).toEqual([[], []]);
});

describe('a branch that GitHub Pages serves', () => {
  beforeEach(() => start());

  it('is begun as an orphan, with everything in one commit, and is waited for until the site shows it', async () => {
    const store = await open();
    expect(await store.versions('shop')).toEqual([]);
    const signed = { ...(await packedChart('shop', '1.0.0')), provenance: Buffer.from('signed') };
    const other = await packedChart('web', '2.0.0');
    expect(await store.publish([signed, other], OPTIONS)).toMatchObject([
      { name: 'shop', version: '1.0.0', digest: signed.digest, url: `${URL}/shop-1.0.0.tgz`, state: 'published' },
      { name: 'web', state: 'published' },
    ]);
    const log = await charts.log(BRANCH);
    expect(log).toHaveLength(1);
    expect(await charts.read('.nojekyll', BRANCH)).toMatch(/^GitHub Pages serves/);
    expect(await charts.read('README.md', BRANCH)).toBeUndefined();
    expect(await charts.log()).toHaveLength(1);
    const told = services.log.text();
    expect(told).toContain('pages://acme/charts: there is no branch gh-pages yet; it is made');
    expect(told).toContain(`${server.url}/pages/acme/charts: fetched back as consumers do, with the right digests`);

    const [stored] = await store.versions('shop');
    if (stored === undefined) throw new Error('not there');
    expect(Buffer.from(await store.fetch(stored)).equals(Buffer.from(signed.bytes))).toBe(true);
    expect(Buffer.from((await store.provenance(stored)) ?? []).toString()).toBe('signed');

    server.requests.length = 0;
    expect(await (await open()).publish([signed, other], OPTIONS)).toMatchObject([
      { state: 'already-published' },
      { state: 'already-published' },
    ]);
    expect(
      server.requests.filter(({ method, operations }) => method !== 'GET' && !operations.includes('pages')),
    ).toEqual([]);
  });

  it.each(['helm', 'helm3'])('is a repository that %s can pull from', async (program) => {
    const chart = await packedChart('shop', '1.0.0');
    await (await open()).publish([chart], OPTIONS);
    const target = await mkdtemp(path.join(services.workingDirectory, 'pulled-'));
    const env = { HELM_CACHE_HOME: target, HELM_CONFIG_HOME: target, HELM_DATA_HOME: target };
    const args = ['pull', '--repo', `${server.url}/pages/acme/charts`, 'shop', '--version', '1.0.0', '-d', target];
    await services.processes.run(path.join(toolchainBin, program), args, { env });
    expect((await readFile(path.join(target, 'shop-1.0.0.tgz'))).equals(Buffer.from(chart.bytes))).toBe(true);
  });

  it('is committed to by the token’s own account, so that GitHub signs it, and says where it comes from', async () => {
    await (await open()).publish([await packedChart('shop', '1.0.0')], OPTIONS);
    const commit = services.github({ token: TOKEN, apiUrl: server.apiUrl, graphqlUrl: server.graphqlUrl });
    const { data } = await commit.request('GET /repos/{owner}/{repo}/commits/{ref}', {
      owner: 'acme',
      repo: 'charts',
      ref: BRANCH,
    });
    expect(data).toMatchObject({
      commit: {
        message: `Publish shop-1.0.0\n\nSource-Repository: acme/shop\nSource-Commit: abc123\nSource-Run: ${server.url}/acme/shop/actions/runs/7\n`,
        author: { name: 'github-actions[bot]' },
        verification: { verified: true },
      },
      parents: [],
    });
  });

  it('keeps whatever else is in it, other charts in YAML among it', async () => {
    const entry = `  - apiVersion: v2\n    created: "2020-01-01T00:00:00.123456789Z"\n    digest: ${'0'.repeat(64)}\n    name: old\n    urls:\n    - https://github.com/acme/charts/releases/download/old-1.0.0/old-1.0.0.tgz\n    version: 1.0.0\n`;
    const yaml = `apiVersion: v1\nentries:\n  old:\n${entry}generated: "2020-01-01T00:00:00.123456789Z"\n`;
    const files = {
      'index.yaml': yaml,
      'index.html': '<p>Charts\n',
      CNAME: 'charts.example.com\n',
      'docs/a.md': 'a\n',
    };
    const before = await charts.commit({ branch: BRANCH, from: 'main', files });
    await (await open()).publish([await packedChart('shop', '1.0.0')], OPTIONS);
    expect((await charts.log(BRANCH))[1]).toBe(before);
    for (const [name, text] of Object.entries(files).slice(1)) expect(await charts.read(name, BRANCH)).toBe(text);
    expect(await charts.read('README.md', BRANCH)).toBe('The sources.\n');
    const text = (await charts.read('index.yaml', BRANCH)) ?? '';
    expect(text).toContain(`  old:\n${entry}  shop:\n`);
    const [old] = await (await open()).versions('old');
    expect(old?.url).toMatch(/^https:\/\/github\.com\//);
  });

  it('takes on what somebody else has committed meanwhile', async () => {
    await (await open()).publish([await packedChart('shop', '1.0.0')], OPTIONS);
    server.faults.add({
      on: 'git/update-ref',
      kind: 'hook',
      when: 'before',
      run: () => charts.commit({ branch: BRANCH, files: { 'news.md': 'x\n' } }).then(() => undefined),
    });
    expect(await (await open()).publish([await packedChart('shop', '1.1.0')], OPTIONS)).toMatchObject([
      { state: 'published' },
    ]);
    expect(await versionsIn()).toEqual(['1.1.0', '1.0.0']);
    expect(await charts.read('news.md', BRANCH)).toBe('x\n');
    expect(await charts.log(BRANCH)).toHaveLength(3);
    // What was sent for the commit that came too late is not sent again.
    expect(server.count('git/create-commit')).toBe(1 + 2);
    expect(server.count('git/create-blob')).toBe(1 + 1);
  });

  it('lets the first of two win that begin it at the same moment, and the other one follow', async () => {
    const one = (await open()).publish([await packedChart('shop', '1.0.0')], OPTIONS);
    const two = (await open()).publish([await packedChart('shop', '1.1.0')], OPTIONS);
    await Promise.all([one, two]);
    expect(await versionsIn()).toEqual(['1.1.0', '1.0.0']);
    expect(await charts.log(BRANCH)).toHaveLength(2);
  });

  it('refuses other bytes of a version, with both digests, even those that came a moment ago', async () => {
    const [mine, theirs] = [await packedChart('shop', '1.0.0', 'mine'), await packedChart('shop', '1.0.0', 'theirs')];
    await (await open()).publish([await packedChart('shop', '0.9.0')], OPTIONS);
    server.faults.add({
      on: 'git/update-ref',
      kind: 'hook',
      when: 'before',
      run: async () => {
        await (await open()).publish([theirs], OPTIONS);
      },
    });
    const error = await failure((await open()).publish([mine, await packedChart('web', '1.0.0')], OPTIONS));
    expect(error).toMatchObject({ code: 'conflict' });
    expect(error.message).toContain(mine.digest);
    expect(error.message).toContain(theirs.digest);
    expect(await charts.log(BRANCH)).toHaveLength(2);
    expect(await charts.read('web-1.0.0.tgz', BRANCH)).toBeUndefined();
  });

  it('may be a folder of the branch', async () => {
    const there = `${URL}/stable`;
    await (await open(there)).publish([await packedChart('shop', '1.0.0')], OPTIONS);
    expect(await versionsIn('stable/index.yaml')).toEqual(['1.0.0']);
    expect(services.log.text()).toContain(`${server.url}/pages/acme/charts/stable: fetched back`);
    const [stored] = await (await open(there)).versions('shop');
    if (stored !== undefined) await (await open(there)).fetch(stored);
  });

  it('is read without a token where it is public, and never written', async () => {
    const error = await failure((await open(URL, '')).publish([await packedChart('shop', '1.0.0')], OPTIONS));
    // A private repository is not there for those who do not say who they are.
    expect(error).toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('The branch gh-pages of acme/charts cannot be read without a token: Not Found'),
    });
  });

  it('may have an index of 17 MB', async () => {
    const versions = Array.from({ length: 15_300 }, (_, patch) => `0.0.${15_299 - patch}`);
    const entries = versions.map((version) => ({
      name: 'old',
      version,
      description: 'x'.repeat(1000),
      urls: [`old-${version}.tgz`],
      digest: '0'.repeat(64),
    }));
    const index = JSON.stringify({ apiVersion: 'v1', entries: { old: entries }, generated: '2020-01-01T00:00:00Z' });
    expect(index.length).toBeGreaterThan(17_000_000);
    await charts.commit({ branch: BRANCH, from: 'main', files: { 'index.yaml': index } });
    await (await open()).publish([await packedChart('shop', '1.0.0')], OPTIONS);
    const text = (await charts.read('index.yaml', BRANCH)) ?? '';
    expect(text).toContain(index.slice(index.indexOf('{"name":"old"'), index.lastIndexOf(']')));
    expect(await versionsIn()).toEqual(['1.0.0']);
  });

  it('lists and removes its files', async () => {
    await (await open()).publish([await packedChart('shop', '1.0.0'), await packedChart('web', '1.0.0')], OPTIONS);
    const { openPages } = await import('../../../src/stores/open-branch.js');
    const blobs = openPages(URL, { token: TOKEN }, services);
    expect((await blobs.list()).map(({ name }) => name)).toEqual(['index.yaml', 'shop-1.0.0.tgz', 'web-1.0.0.tgz']);
    await blobs.remove(['shop-1.0.0.tgz', 'shop-1.0.0.tgz.prov']);
    expect(await charts.read('shop-1.0.0.tgz', BRANCH)).toBeUndefined();
    expect(await charts.log(BRANCH)).toHaveLength(2);
  });
});

describe('a branch with more files than GitHub lists', () => {
  beforeEach(() => start());

  it('is read and written file by file', async () => {
    const url = 'pages://acme/many';
    const versions = ['1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0'];
    for (const version of versions) {
      expect(await (await open(url)).publish([await packedChart('shop', version)], OPTIONS)).toMatchObject([
        { state: 'published' },
      ]);
    }
    const stored = await (await open(url)).versions('shop');
    expect(stored.map(({ version }) => version)).toEqual([...versions].reverse());
    for (const chart of stored) await (await open(url)).fetch(chart);
    const { openPages } = await import('../../../src/stores/open-branch.js');
    expect(await failure(openPages(url, { token: TOKEN }, services).list())).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('it has more files than GitHub lists'),
      hint: expect.stringContaining('git+https://'),
    });
  });
});

describe('who may not', () => {
  beforeEach(() => start());

  it.each([
    [
      'see the repository',
      URL,
      'ghs_other',
      'not-found',
      /GitHub Pages|cannot be read: Not Found/,
      /does not exist, or the token may not see it/,
    ],
    ['write', URL, 'ghs_reader', 'unauthorized', /Resource not accessible by integration/, /contents: write/],
    ['use this token', URL, 'nonsense', 'unauthorized', /Bad credentials/, /no valid token/],
    ['write to an archived repository', 'pages://acme/old', TOKEN, 'unauthorized', /archived/, /unarchive/],
    ['begin an empty repository', 'pages://acme/empty', TOKEN, 'refused', /is empty/, /Push a first commit/],
    [
      'find a repository that is not there',
      'pages://acme/none',
      TOKEN,
      'not-found',
      /cannot be read: Not Found/,
      /does not exist/,
    ],
  ])('%s is told so, and nothing is written', async (_, url, token, code, message, hint) => {
    const error = await failure((await open(url, token)).publish([await packedChart('shop', '1.0.0')], OPTIONS));
    expect(error).toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    expect(server.events).toEqual([]);
  });

  it.each(['classic', 'ruleset'] as const)('change the branch by a %s rule is told so', async (kind) => {
    await charts.commit({ branch: BRANCH, files: { 'index.html': 'x' } });
    charts.protect(BRANCH, { kind, approvals: 1 });
    expect(await failure((await open()).publish([await packedChart('shop', '1.0.0')], OPTIONS))).toMatchObject({
      code: 'refused',
      message: expect.stringContaining('The commit cannot be put onto gh-pages of acme/charts'),
      hint: expect.stringContaining('A rule of the branch forbids it'),
    });
    expect(await charts.log(BRANCH)).toHaveLength(2);
  });
});

describe('the site', () => {
  it('that is not there is an error after the commit, with what to do', async () => {
    await start(null);
    const store = await open();
    expect(await failure(store.publish([await packedChart('shop', '1.0.0')], OPTIONS))).toMatchObject({
      code: 'not-found',
      message: expect.stringContaining(
        'pages://acme/charts is published in the branch gh-pages, but no site serves it: GitHub Pages is not enabled for acme/charts.',
      ),
      hint: expect.stringContaining('/acme/charts/settings/pages'),
    });
    expect(await versionsIn()).toEqual(['1.0.0']);
  });

  it('that is made of another branch is an error after the commit', async () => {
    await start({ branch: 'main', path: '/docs' });
    expect(await failure((await open()).publish([await packedChart('shop', '1.0.0')], OPTIONS))).toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('GitHub Pages is made of the branch main, not of gh-pages'),
    });
    await (await open(`${URL}/docs/charts#main`)).publish([await packedChart('shop', '1.0.0')], OPTIONS);
    expect(services.log.text()).toContain(`${server.url}/pages/acme/charts/charts: fetched back`);
    expect(
      await failure((await open(`${URL}#main`)).publish([await packedChart('shop', '1.0.0')], OPTIONS)),
    ).toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('GitHub Pages is made of its folder /docs'),
    });
  });

  it('that wants a login is a warning: then the branch is looked at', async () => {
    await start({ public: false });
    const store = await open();
    await store.publish([await packedChart('shop', '1.0.0')], OPTIONS);
    expect(store.warnings).toEqual([
      expect.stringMatching(/^pages:\/\/acme\/charts: what is published was looked at in the branch only/),
    ]);
  });

  it('whose settings may not be read is taken to be where GitHub has it', async () => {
    await start({ buildMs: 100 });
    const asked: string[] = [];
    const { web } = services;
    // github.com's own addresses lead to this server.
    const mapped: TestServices['web'] = {
      ...web,
      get: (address, options) => {
        asked.push(address);
        return web.get(address.replace('https://acme.github.io/', `${server.url}/pages/acme/`), options);
      },
    };
    const context = { ...services.context, serverUrl: 'https://github.com' };
    const store = await openStore(URL, { token: 'ghs_blind' }, { ...services, web: mapped, context });
    await store.publish([await packedChart('shop', '1.0.0')], OPTIONS);
    expect(asked).toContain('https://acme.github.io/charts/shop-1.0.0.tgz');
    expect(services.log.text()).toContain(
      'taken to be served at https://acme.github.io/charts, for the token may not read the settings of GitHub Pages (status 403; it needs pages: read)',
    );
    const elsewhere = await openStore(URL, { token: 'ghs_blind' }, services);
    await elsewhere.publish([await packedChart('shop', '1.1.0')], OPTIONS);
    expect(elsewhere.warnings?.join()).toMatch(/in the branch only, not on the site: its address is not known/);
  });

  it('that is not built by itself after a workflow’s commit is asked for, where the token may', async () => {
    await start({ buildMs: 100, buildsForWorkflows: false });
    const { clock } = services;
    const sleep = (milliseconds: number) => clock.sleep(Math.min(milliseconds, 100));
    services = { ...services, clock: { now: () => clock.now(), sleep } };
    await (await open()).publish([await packedChart('shop', '1.0.0')], OPTIONS);
    expect(services.log.text()).toContain('is not built by itself: GitHub was asked to build it');
    const late = { verifyTimeoutMs: 1500 };
    const error = await failure((await open(URL, 'ghs_pages')).publish([await packedChart('shop', '1.1.0')], late));
    expect(error).toMatchObject({ code: 'timeout' });
    expect(services.log.text()).toContain('give the token pages: write');
    expect(await versionsIn()).toEqual(['1.1.0', '1.0.0']);
  });

  it('is waited for until it shows what is published', async () => {
    await start({ buildMs: 2000 });
    await (await open()).publish([await packedChart('shop', '1.0.0')], OPTIONS);
    expect(services.log.text()).toMatch(
      /Waiting until consumers see it: The index does not show shop 1\.0\.0\..* GitHub Pages shows it after its next build/,
    );
    expect(services.log.text()).toMatch(/pages\/acme\/charts: fetched back as consumers do, with the right digests$/m);
    expect(services.log.text()).not.toContain('overwritten');
  });

  it('that does not show it in time is an error that says that it is published', async () => {
    await start({ buildMs: 60_000 });
    const error = await failure((await open()).publish([await packedChart('shop', '1.0.0')], { verifyTimeoutMs: 300 }));
    expect(error).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('GitHub Pages shows it after its next build'),
    });
    expect(await versionsIn()).toEqual(['1.0.0']);
  });
});

describe('URLs of GitHub Pages', () => {
  beforeEach(() => start());
  it.each([
    'pages://acme',
    'pages://acme/',
    'pages:///charts',
    'pages://acme/a b',
    'pages://acme/charts?x=1',
    'pages://-/x',
  ])('%s is refused', async (url) => {
    expect(await failure(open(url))).toMatchObject({
      code: 'input',
      message: `"${url}" is no repository on GitHub.`,
      hint: expect.stringContaining('pages://owner/name'),
    });
  });
  it('may not have what belongs to others', async () => {
    expect(await failure(openStore(URL, { username: 'a', password: 'b' }, services))).toMatchObject({
      code: 'input',
      message: 'The inputs "username" and "password" have no meaning for pages://acme/charts',
      hint: expect.stringContaining('token'),
    });
  });
});
