import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { chartWithImages } from '../support/bare-repository.js';
import { everythingOf, expectRefusal, openCompositeWorld, type CompositeWorld } from '../support/composite-world.js';
import { startGitHubServer, type GitHubServer, type RepositoryHandle } from '../support/github-server/index.js';

jest.setTimeout(180_000);

const ACTION = 'bump-image-tag';
const APP = 'ghs_appappappappappappappappappappapp0000';
const OWN = 'ghs_ownownownownownownownownownownown0000';
const READER = 'ghs_readreadreadreadreadreadreadread0000';
const VALUES = 'charts/shop/values.yaml';

let world: CompositeWorld;
let server: GitHubServer;
let charts: RepositoryHandle;

beforeEach(async () => {
  world = await openCompositeWorld(ACTION);
  server = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files: chartWithImages('api', 'web') }],
    tokens: [
      APP,
      { token: OWN, kind: 'workflow', permissions: { contents: 'write' } },
      { token: READER, permissions: { contents: 'read' } },
    ],
  });
  charts = server.repository('acme', 'charts');
});
afterEach(async () => {
  expect([server.violations, server.faults.pending]).toEqual([[], []]);
  await server.close();
  await world.close();
});

const inputs = (more: Readonly<Record<string, string>> = {}) => ({
  images: 'ghcr.io/acme/api:1.1.0',
  repository: 'acme/charts',
  chart: 'charts/shop',
  'server-url': server.serverUrl,
  token: APP,
  ...more,
});

describe('bump-image-tag by its action.yml, on GitHub', () => {
  it('makes one verified commit with two requests, and shows the token nowhere', async () => {
    const result = await world.run(inputs());
    expect(result.outcome).toBe('success');
    expect(result.outputs).toMatchObject({
      result: 'bumped',
      changed: 'true',
      'commit-sha': await charts.head(),
      'commit-verified': 'true',
      'pull-request-number': '',
      attempts: '1',
    });
    expect(server.count()).toBe(2);
    expect(await charts.read(VALUES)).toContain('tag: 1.1.0 # of api');
    expect(result.annotations).toEqual([]);
    const everything = await everythingOf(result);
    expect(everything).not.toContain(APP);
    expect(everything).toContain('(verified)');
  });

  it('opens a pull request where the branch demands one', async () => {
    charts.protect('main', { kind: 'ruleset', approvals: 1 });
    const before = await charts.head();
    const result = await world.run(inputs());
    expect(result.outcome).toBe('success');
    const [pull] = charts.pulls;
    expect(result.outputs).toMatchObject({
      result: 'pull-request',
      changed: 'true',
      branch: pull?.headRef ?? '',
      'pull-request-number': String(pull?.number),
      'pull-request-url': `${server.serverUrl}/acme/charts/pull/${pull?.number ?? 0}`,
      'commit-verified': 'true',
    });
    expect(await charts.head()).toBe(before);
    expect(await charts.read(VALUES, pull?.headRef)).toContain('tag: 1.1.0 # of api');
    const again = await world.run(inputs());
    expect(again.outputs).toMatchObject({ result: 'pull-request', changed: 'false' });
    expect(charts.pulls).toHaveLength(1);
  });

  it('warns that the workflow’s own token starts no workflow, unless an event is sent', async () => {
    const warned = await world.run(inputs({ token: OWN }));
    expect(warned.annotations).toMatchObject(
      [{ level: 'warning', message: /GITHUB_TOKEN.*starts no workflow/ }].map(({ level, message }) => ({
        level,
        message: expect.stringMatching(message),
      })),
    );
    const told = await world.run(inputs({ token: OWN, images: 'ghcr.io/acme/api:1.2.0', dispatch: 'chart-bumped' }));
    expect(told.annotations).toEqual([]);
    expect(server.dispatches).toMatchObject([{ eventType: 'chart-bumped' }]);
  });

  it.each([
    ['a token that may only read', { token: READER }, 'unauthorized', 'acme/charts'],
    ['a token that is none', { token: 'ghs_nonenonenonenonenonenonenonenone0000' }, 'unauthorized', 'Bad credentials'],
    ['no token', { token: '' }, 'input', 'Input "token" is empty'],
    ['a repository that is not there', { repository: 'acme/chart' }, 'not-found', 'acme/chart'],
    ['a branch that is not there', { branch: 'mian' }, 'not-found', 'did you mean "main"?'],
  ])('refuses %s, and changes nothing', async (_, more, code, message) => {
    const before = await charts.head();
    const result = await world.run(inputs(more));
    await expectRefusal(result, ACTION, { code, message });
    expect(await charts.head()).toBe(before);
    expect(await readdir(world.workspace)).toEqual([]);
  });
});
