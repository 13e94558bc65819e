import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { HelmCdError } from '../../src/core/errors.js';
import type { Clock, Services } from '../../src/core/ports.js';
import { readContext } from '../../src/runtime/context.js';
import { createGitHub } from '../../src/runtime/github.js';
import { chartWithImages } from '../support/bare-repository.js';
import { runBump, type BumpRun } from '../support/bump-run.js';
import {
  startGitHubServer,
  type Effect,
  type FileContent,
  type GitHubServer,
  type GitHubServerOptions,
  type RepositoryHandle,
} from '../support/github-server/index.js';

jest.setTimeout(180_000);

const VALUES = 'charts/shop/values.yaml';
const CHART = 'charts/shop/Chart.yaml';
const QUERY = 'graphql:repository';
const MUTATION = 'graphql:createCommitOnBranch';
const IMAGE = 'ghcr.io/acme/api:1.1.0';
const BEFORE = chartWithImages('api', 'web');
const AFTER = (BEFORE[VALUES] ?? '').replace('1.0.0 # of api', '1.1.0 # of api');

let server: GitHubServer;
let charts: RepositoryHandle;
/** What the action waited, milliseconds. */
let slept: number[];
const started: string[] = [];

async function start(more: Partial<GitHubServerOptions['repositories'][0]> = {}): Promise<void> {
  server = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files: BEFORE, ...more }],
    tokens: [
      'ghs_app',
      { token: 'ghs_reader', permissions: { contents: 'read' } },
      { token: 'ghs_elsewhere', repositories: ['acme/other'] },
    ],
  });
  charts = server.repository('acme', 'charts');
}

beforeEach(() => {
  slept = [];
});
afterEach(async () => {
  const { violations, faults } = server;
  await server.close();
  for (const folder of started.splice(0)) await rm(folder, { recursive: true, force: true });
  // A fault that did not hit has tested nothing.
  expect([violations, faults.pending]).toEqual([[], []]);
});

/** A clock that goes on at once when somebody wants to wait. */
function hurriedClock(): Clock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    sleep: (milliseconds) => {
      slept.push(milliseconds);
      ahead += milliseconds;
      return Promise.resolve();
    },
  };
}

async function bump(inputs: Record<string, string> = {}, overrides: Partial<Services> = {}): Promise<BumpRun> {
  const result = await runBump(
    {
      images: IMAGE,
      // Then two requests do: which Chart.yaml is asked for with the first one is known.
      chart: 'charts/shop',
      repository: 'acme/charts',
      token: 'ghs_app',
      'server-url': server.serverUrl,
      'api-url': server.apiUrl,
      'graphql-url': server.graphqlUrl,
      ...inputs,
    },
    {
      context: readContext({ GITHUB_REPOSITORY: 'acme/api', GITHUB_SHA: 'c0ffee', GITHUB_RUN_ID: '7' }),
      clock: hurriedClock(),
      ...overrides,
    },
  );
  started.push(result.services.workingDirectory);
  return result;
}

/** The bump is made: by one commit, onto everything that was there. */
async function expectBumped(result: BumpRun, commits = 2, verified = 'true'): Promise<void> {
  expect(result).toMatchObject({ result: 'bumped', ok: true });
  expect(result.outputs).toMatchObject({
    changed: 'true',
    'commit-sha': await charts.head(),
    'commit-verified': verified,
  });
  expect(await charts.log()).toHaveLength(commits);
  expect(await charts.read(VALUES)).toBe(AFTER);
}

const attempt = (inputs: Record<string, string> = {}, overrides: Partial<Services> = {}): Promise<HelmCdError> =>
  bump(inputs, overrides).then(
    ({ result }) => Promise.reject(new Error(`it went well: ${result}`)),
    (error: unknown) => (error instanceof HelmCdError ? error : Promise.reject(error as Error)),
  );

describe('somebody else changes the branch between read and write', () => {
  const somebody = (files: Record<string, FileContent>): Effect => ({
    kind: 'hook',
    when: 'before',
    run: async () => {
      await charts.commit({ files });
    },
  });

  it('version and content are computed again from the new head, and nobody’s bytes are lost', async () => {
    await start();
    server.faults.add({
      on: MUTATION,
      ...somebody({
        [CHART]: 'apiVersion: v2\nname: shop\nversion: 1.7.3 # raised by each bump\n',
        [VALUES]: `${BEFORE[VALUES] ?? ''}# théirs\r\n`,
      }),
    });
    const result = await bump();
    expect(result.outputs).toMatchObject({ attempts: '2', 'chart-versions': '{"shop":"1.8.0"}' });
    expect(await charts.read(VALUES)).toBe(`${AFTER}# théirs\r\n`);
    expect(await charts.read(CHART)).toBe('apiVersion: v2\nname: shop\nversion: 1.8.0 # raised by each bump\n');
    expect(await charts.log()).toHaveLength(3);
    expect(result.services.log.text()).toContain('Attempt 1: main moved on (Expected branch to point to "');
    // GitHub wants a second between two changes.
    expect(slept).toHaveLength(1);
    expect(slept[0]).toBeGreaterThanOrEqual(1000);
    // Two of each: the second query brings everything that is needed again.
    expect([server.count(QUERY), server.count(MUTATION), server.count()]).toEqual([2, 2, 4]);
  });

  it('who bumped the same image to the same tag has done our work', async () => {
    await start();
    server.faults.add({ on: MUTATION, ...somebody({ [VALUES]: AFTER }) });
    const result = await bump();
    expect(result).toMatchObject({ result: 'unchanged', ok: true, outputs: { changed: 'false', attempts: '2' } });
    expect(result.services.log.lines).toContain(`  ${VALUES}:5  /api/image/tag  is 1.1.0 already`);
    expect(await charts.log()).toHaveLength(2);
  });

  it('who bumped it to a newer tag is not undone', async () => {
    await start();
    server.faults.add({ on: MUTATION, ...somebody({ [VALUES]: AFTER.replace('1.1.0 # of api', '1.2.0 # of api') }) });
    const error = await attempt();
    expect(error).toMatchObject({ code: 'refused' });
    expect(error.message).toContain('ghcr.io/acme/api would go back from 1.2.0 to 1.1.0.');
    expect(await charts.read(VALUES)).toContain('tag: 1.2.0 # of api');
  });

  it('who removed the image is told with what is there now', async () => {
    await start();
    server.faults.add({ on: MUTATION, ...somebody({ [VALUES]: chartWithImages('web')[VALUES] ?? '' }) });
    const error = await attempt();
    expect(error).toMatchObject({ code: 'not-found' });
    expect(error.message).toContain('ghcr.io/acme/api');
    expect(`${error.message} ${error.hint ?? ''}`).toContain('ghcr.io/acme/web');
  });

  it('is tried until the time is over, then it is an error that says how often', async () => {
    await start();
    let count = 0;
    server.faults.add({
      on: MUTATION,
      kind: 'hook',
      when: 'before',
      times: 6,
      run: async () => {
        await charts.commit({ files: { [`other-${count++}`]: 'x' } });
      },
    });
    // Attempts: at 0 s, then after pauses of a second at least and 15 at most; the last one when 60 seconds are over.
    const error = await attempt({ 'retry-timeout': '4s' }, {});
    expect(error).toMatchObject({ code: 'conflict' });
    expect(error.message).toMatch(/^The branch main moved during each of [2-5] attempts within [4-9]\.\d s\.$/);
    expect(error.hint).toContain('retry-timeout');
    expect(await charts.read(VALUES)).toBe(BEFORE[VALUES]);
    server.faults.clear();
  });

  it.each([
    ['is at 1111111111111111111111111111111111111111 but expected 2222222222222222222222222222222222222222', ''],
    ['Head branch was modified. Review and try the merge again.', ''],
    ['Something about the branch', 'STALE_DATA'],
  ])('is recognised by GitHub’s other words: %s', async (message, type) => {
    await start();
    server.faults.add({ on: MUTATION, kind: 'graphql-error', when: 'before', message, type });
    const result = await bump();
    await expectBumped(result);
    expect(result.outputs['attempts']).toBe('2');
  });

  it('reads that lag behind the write are waited for', async () => {
    await start();
    await charts.commit({ files: { [CHART]: 'apiVersion: v2\nname: shop\nversion: 1.7.3 # raised by each bump\n' } });
    server.faults.add({ on: QUERY, kind: 'stale', times: 3 });
    const result = await bump();
    await expectBumped(result, 3);
    expect(result.outputs).toMatchObject({ attempts: '4', 'chart-versions': '{"shop":"1.8.0"}' });
  });

  it('the branch is deleted: an error that says so', async () => {
    await start();
    await charts.commit({ branch: 'develop', files: { x: '1' } });
    server.faults.add({
      on: MUTATION,
      kind: 'graphql-error',
      when: 'before',
      type: 'NOT_FOUND',
      message: "Could not resolve to a Ref with the name 'refs/heads/develop'.",
    });
    const error = await attempt({ branch: 'develop' });
    expect(error).toMatchObject({ code: 'not-found' });
    expect(error.message).toBe(
      "The commit cannot be put onto develop of acme/charts: Could not resolve to a Ref with the name 'refs/heads/develop'.",
    );
  });
});

describe('the answer to the commit is lost', () => {
  const LOST: [string, Effect][] = [
    ['502', { kind: 'answer', when: 'after', status: 502 }],
    ['504 with a page', { kind: 'answer', when: 'after', status: 504, body: '<html>Gateway Timeout</html>' }],
    ['the connection is cut', { kind: 'cut', when: 'after' }],
    ['the connection is cut in the midst of it', { kind: 'cut', when: 'middle' }],
    ['its end is missing', { kind: 'truncate' }],
    [
      'something went wrong',
      { kind: 'graphql-error', when: 'after', message: 'Something went wrong while executing your query.' },
    ],
  ];

  it.each(LOST)('%s: the commit is recognised by its trailer, and not made twice', async (_, fault) => {
    await start();
    server.faults.add({ on: MUTATION, ...fault });
    const result = await bump();
    await expectBumped(result);
    expect(result.outputs).toMatchObject({ attempts: '1', 'chart-versions': '{"shop":"1.1.0"}' });
    expect(result.services.log.text()).toMatch(
      /Attempt 1: the answer was lost; looking whether the commit arrived\.\nThe commit [0-9a-f]{12} did arrive, only the answer was lost\./,
    );
    expect([server.count(QUERY), server.count(MUTATION)]).toEqual([2, 1]);
  });

  it('and GitHub still shows the old head: the second commit cannot land, and the first one is found', async () => {
    await start();
    server.faults.add({ on: MUTATION, kind: 'cut', when: 'after' }, { on: QUERY, kind: 'stale', skip: 1, times: 2 });
    const result = await bump();
    await expectBumped(result);
    expect(result.outputs['chart-versions']).toBe('{"shop":"1.1.0"}');
  });

  it('and others commit on top of it: it is found below theirs', async () => {
    await start();
    server.faults.add({ on: MUTATION, kind: 'answer', when: 'after', status: 502 });
    server.faults.add({
      on: QUERY,
      skip: 1,
      kind: 'hook',
      when: 'before',
      run: async () => {
        for (const name of ['a', 'b', 'c']) await charts.commit({ files: { [name]: name } });
      },
    });
    const result = await bump();
    expect(result).toMatchObject({ result: 'bumped', ok: true });
    expect(result.outputs).toMatchObject({ 'commit-sha': (await charts.log())[3], 'commit-verified': 'true' });
    expect(await charts.log()).toHaveLength(5);
    expect(await charts.read(VALUES)).toBe(AFTER);
  });

  it.each([
    ['before it was made', { kind: 'cut', when: 'before' }],
    ['and it was never made', { kind: 'answer', when: 'before', status: 502 }],
  ] as const)('%s: it is made then', async (_, fault) => {
    await start();
    server.faults.add({ on: MUTATION, ...fault });
    const result = await bump();
    await expectBumped(result);
    expect(result.outputs['attempts']).toBe('2');
  });

  it('every time: an error that says what GitHub said', async () => {
    await start();
    server.faults.add({ on: MUTATION, kind: 'answer', when: 'before', status: 502, times: 3 });
    const error = await attempt();
    expect(error).toMatchObject({ code: 'unreachable' });
    expect(error.message).toBe('The commit cannot be put onto main of acme/charts: Server Error 502');
    expect(error.hint).toContain('githubstatus.com');
    expect(server.count(MUTATION)).toBe(3);
    expect(await charts.log()).toHaveLength(1);
  });

  it('of an unsigned commit: it is told as unverified', async () => {
    await start();
    server.faults.add({ on: MUTATION, kind: 'unsigned' }, { on: MUTATION, kind: 'cut', when: 'after' });
    const result = await bump();
    await expectBumped(result, 2, 'false');
    expect(result.annotations?.map(({ message }) => message).join()).toContain('is not verified by GitHub');
  });
});

describe('an event after the commit', () => {
  const DISPATCH = 'repos/create-dispatch-event';

  it('that is not sent, for the answer to the commit was lost and reads lag behind, is sent', async () => {
    await start();
    server.faults.add({ on: MUTATION, kind: 'cut', when: 'after' }, { on: QUERY, kind: 'stale', skip: 1, times: 1 });
    const result = await bump({ dispatch: 'chart-bumped' });
    await expectBumped(result);
    expect(server.dispatches).toMatchObject([{ clientPayload: { bump: { commit: await charts.head() } } }]);
  });

  it('that an earlier try of the job did not come to, is sent by the next one, though reads lag behind', async () => {
    await start();
    await bump();
    server.faults.add({ on: QUERY, kind: 'stale' });
    const again = await bump({ dispatch: 'chart-bumped' });
    expect(again).toMatchObject({ result: 'unchanged', ok: true, outputs: { 'commit-sha': await charts.head() } });
    expect(await charts.log()).toHaveLength(2);
    expect(server.dispatches).toMatchObject([
      {
        eventType: 'chart-bumped',
        clientPayload: { bump: { commit: await charts.head(), charts: { shop: '1.1.0' } } },
      },
    ]);
  });

  it('is sent again when it may have got lost, and waits for limits', async () => {
    await start();
    server.faults.add(
      { on: DISPATCH, kind: 'cut', when: 'before' },
      { on: DISPATCH, skip: 1, kind: 'secondary-limit', status: 429, retryAfter: 9 },
    );
    const result = await bump({ dispatch: 'chart-bumped' });
    await expectBumped(result);
    expect(server.dispatches).toHaveLength(1);
    expect(slept).toEqual([1000, 9000]);
  });

  it('that is refused leaves the commit, and says so', async () => {
    await start();
    server.faults.add({ on: DISPATCH, kind: 'expire-token' });
    const result = await bump({ dispatch: 'chart-bumped' });
    expect(result).toMatchObject({ result: 'bumped', ok: false });
    expect(result.failure).toMatch(
      /^The commit [0-9a-f]{12} is made\. The repository_dispatch "chart-bumped" was not accepted by acme\/charts: Bad credentials/,
    );
    expect(result.outputs['commit-sha']).toBe(await charts.head());
  });
});

describe('GitHub stumbles while it is read', () => {
  const STUMBLES: [string, Effect, RegExp][] = [
    ['502', { kind: 'answer', when: 'before', status: 502 }, /: Server Error 502$/],
    [
      'a page in place of an answer',
      { kind: 'answer', when: 'before', status: 200, body: '<html>' },
      /: its answer was cut off$/,
    ],
    ['a connection that is cut before', { kind: 'cut', when: 'before' }, /^GitHub's API at \S+ does not answer: /],
    ['a connection that is cut after', { kind: 'cut', when: 'after' }, /^GitHub's API at \S+ does not answer: /],
    [
      'a connection that is cut in the midst',
      { kind: 'cut', when: 'middle' },
      /does not answer: |: its answer was cut off$/,
    ],
    ['half an answer', { kind: 'truncate' }, /: its answer was cut off$/],
    [
      'something went wrong',
      {
        kind: 'graphql-error',
        when: 'before',
        message: 'Something went wrong while executing your query. Please include `F00D:1` when reporting this issue.',
      },
      /: Something went wrong while executing your query\. Please include `F00D:1`/,
    ],
  ];

  it.each(STUMBLES)('%s: it is asked again, and the answer it gave is not believed', async (_, fault) => {
    await start();
    server.faults.add({ on: QUERY, times: 5, ...fault });
    await expectBumped(await bump());
    // The first time, what is asked for may have been too much: less is asked for at once.
    expect(slept).toEqual([1000, 2000, 4000, 8000]);
  });

  it.each(STUMBLES)('%s each time: an error that says so', async (_, fault, words) => {
    await start();
    server.faults.add({ on: QUERY, times: 6, ...fault });
    const error = await attempt();
    expect(error).toMatchObject({ code: 'unreachable' });
    expect(error.message).toMatch(words);
    expect(server.count()).toBe(6);
  });

  it('what is too much for one answer is asked for in pieces', async () => {
    await start();
    const sizes: number[] = [];
    server.faults.add({
      on: QUERY,
      kind: 'graphql-error',
      when: 'before',
      message: 'Something went wrong while executing your query. This may be the result of a timeout.',
    });
    const result = await bump(
      {},
      { github: watched((query, variables) => sizes.push(variables['texts'] === true ? 1 : 0)) },
    );
    await expectBumped(result);
    expect(sizes.slice(0, 2)).toEqual([1, 0]);
  });

  it('an empty answer is no repository', async () => {
    await start();
    server.faults.add({ on: QUERY, kind: 'answer', when: 'before', status: 200, body: {} });
    const error = await attempt();
    expect(error).toMatchObject({ code: 'unreachable' });
    expect(error.message).toBe('The repository acme/charts cannot be read: the answer was empty.');
    expect(error.hint).toContain('graphql-url');
  });

  it('an answer that takes its time is waited for, and one that takes too long is given up', async () => {
    await start();
    server.faults.add({ on: QUERY, kind: 'delay', ms: 200 });
    await expectBumped(await bump());
    // A commit that takes effect after the client has gone.
    server.faults.add({ on: MUTATION, kind: 'delay', ms: 2400 });
    const github = createGitHub(new AbortController().signal, {}, 1600);
    const settled = async (): Promise<void> => {
      for (let waited = 0; (await charts.log()).length === 2 && waited < 10_000; waited += 50)
        await new Promise((resolve) => setTimeout(resolve, 50));
    };
    let waits = 0;
    const clock: Clock = {
      now: () => Date.now(),
      sleep: () => (waits++ === 0 ? settled() : Promise.resolve()),
    };
    const late = await bump({ images: 'ghcr.io/acme/api:1.2.0' }, { github, clock });
    expect(late).toMatchObject({ result: 'bumped', outputs: { 'commit-sha': await charts.head() } });
    expect(await charts.log()).toHaveLength(3);
    expect(late.services.log.text()).toContain('did arrive, only the answer was lost');
  });
});

/** GitHub's API with somebody who sees each query. */
function watched(see: (query: string, variables: Readonly<Record<string, unknown>>) => void): Services['github'] {
  const open = createGitHub(new AbortController().signal);
  return (access) => {
    const client = open(access);
    return {
      ...client,
      graphql: (query, variables = {}) => {
        see(query, variables);
        return client.graphql(query, variables);
      },
    };
  };
}

describe('limits', () => {
  it.each([
    [403, QUERY],
    [429, QUERY],
    [403, MUTATION],
    [429, MUTATION],
  ] as const)('secondary, %d on %s: waits as long as GitHub wants', async (status, on) => {
    await start();
    server.faults.add({ on, kind: 'secondary-limit', status, retryAfter: 17 });
    const result = await bump();
    await expectBumped(result);
    expect(slept).toEqual([17_000]);
    // What was not done for the limit's sake is no attempt.
    expect(result.outputs['attempts']).toBe('1');
  });

  it('secondary, without a word about how long: a minute, then two', async () => {
    await start();
    server.faults.add({ on: MUTATION, kind: 'secondary-limit', status: 403, times: 3 });
    await expectBumped(await bump());
    expect(slept).toEqual([60_000, 120_000, 120_000]);
  });

  it('secondary, in an answer of status 200', async () => {
    await start();
    server.faults.add({
      on: MUTATION,
      kind: 'graphql-error',
      when: 'before',
      type: 'FORBIDDEN',
      message: 'You have exceeded a secondary rate limit and have been temporarily blocked from content creation.',
    });
    await expectBumped(await bump());
    expect(slept).toEqual([60_000]);
  });

  it('while the commit waited, the branch moved: it is computed again', async () => {
    await start();
    server.faults.add(
      {
        on: MUTATION,
        kind: 'hook',
        when: 'before',
        run: async () => {
          await charts.commit({ files: { other: 'x' } });
        },
      },
      { on: MUTATION, kind: 'secondary-limit', status: 403, retryAfter: 30 },
    );
    const result = await bump();
    await expectBumped(result, 3);
    expect(result.outputs['attempts']).toBe('2');
  });

  it('primary, soon over: waits until then', async () => {
    await start();
    server.faults.add({ on: QUERY, kind: 'primary-limit', resetAfter: 40 });
    await expectBumped(await bump());
    expect(slept).toHaveLength(1);
    expect(slept[0]).toBeGreaterThan(35_000);
    expect(slept[0]).toBeLessThanOrEqual(41_000);
  });

  it.each([QUERY, MUTATION])('primary, far away, on %s: an error that says when, without waiting', async (on) => {
    await start();
    server.faults.add({ on, kind: 'primary-limit', resetAfter: 3000 });
    const error = await attempt();
    expect(error).toMatchObject({ code: 'unreachable' });
    expect(error.message).toContain('API rate limit exceeded for installation ID');
    const [, time = ''] = /after (\S+Z)/.exec(error.hint ?? '') ?? [];
    const seconds = (Date.parse(time) - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(2900);
    expect(seconds).toBeLessThan(3100);
    expect(slept).toEqual([]);
    expect(await charts.log()).toHaveLength(1);
    expect(server.count()).toBe(on === QUERY ? 1 : 2);
  });

  it('secondary, again and again: gives up after five', async () => {
    await start();
    server.faults.add({ on: MUTATION, kind: 'secondary-limit', status: 429, retryAfter: 90, times: 5 });
    const error = await attempt();
    expect(error).toMatchObject({ code: 'unreachable' });
    expect(error.message).toContain('secondary rate limit');
    expect(error.hint).toMatch(/^Run the job again after \S+Z/);
    expect(await charts.log()).toHaveLength(1);
  });
});

describe('tokens', () => {
  it.each([
    [QUERY, 'The repository acme/charts cannot be read: Bad credentials'],
    [MUTATION, 'The commit cannot be put onto main of acme/charts: Bad credentials'],
  ])('that expire at %s', async (on, message) => {
    await start();
    server.faults.add({ on, kind: 'expire-token' });
    const error = await attempt();
    expect(error).toMatchObject({ code: 'unauthorized', message });
    expect(error.hint).toContain('expired');
    expect(await charts.log()).toHaveLength(1);
  });

  it('that may read only', async () => {
    await start();
    const error = await attempt({ token: 'ghs_reader' });
    expect(error).toMatchObject({
      code: 'unauthorized',
      message: 'The commit cannot be put onto main of acme/charts: Resource not accessible by integration',
    });
    expect(error.hint).toContain('contents: write');
    expect(server.count(MUTATION)).toBe(1);
  });

  it('of an organisation that demands single sign-on', async () => {
    await start();
    server.faults.add({
      on: QUERY,
      kind: 'answer',
      when: 'before',
      status: 403,
      body: { message: 'Resource protected by organization SAML enforcement. You must grant your token access.' },
    });
    const error = await attempt();
    expect(error).toMatchObject({ code: 'unauthorized' });
    expect(error.message).toContain('SAML enforcement');
  });

  it.each([
    ['ghs_elsewhere', 'acme/charts'],
    ['ghs_app', 'acme/chart'],
  ])('%s does not see %s', async (token, repository) => {
    await start();
    const error = await attempt({ token, repository });
    expect(error).toMatchObject({ code: 'not-found' });
    expect(error.message).toBe(
      `The repository ${repository} cannot be read: Could not resolve to a Repository with the name '${repository}'.`,
    );
    expect(error.hint).toContain('the token may not see it');
  });
});

describe('branches', () => {
  it('that there are not: did you mean', async () => {
    await start();
    await charts.commit({ branch: 'develop', files: { x: '1' } });
    const error = await attempt({ branch: 'devlop' });
    expect(error).toMatchObject({
      code: 'not-found',
      message: 'The repository acme/charts has no branch "devlop", did you mean "develop"?',
      hint: 'Its branches: develop, main.',
    });
  });

  it('of an empty repository', async () => {
    server = await startGitHubServer({ repositories: [{ owner: 'acme', name: 'charts' }], tokens: ['ghs_app'] });
    charts = server.repository('acme', 'charts');
    expect(await attempt()).toMatchObject({
      code: 'not-found',
      message: 'The repository acme/charts has no default branch with a commit.',
      hint: 'Give the input branch, or push a first commit.',
    });
    expect(await attempt({ branch: 'main' })).toMatchObject({
      code: 'not-found',
      message: 'The repository acme/charts has no branch "main"',
      hint: 'It has no branch at all.',
    });
  });

  it.each(['classic', 'ruleset'] as const)('that are protected (%s) refuse in GitHub’s words', async (kind) => {
    await start();
    charts.protect('main', { kind, approvals: 1 });
    const error = await attempt({ strategy: 'direct' });
    expect(error).toMatchObject({ code: 'refused' });
    expect(error.message).toMatch(
      /^The branch main of acme\/charts does not accept the commit: (?:protected branch 'main' check failed:\n {2}At least 1 approving review is required|Repository rule violations found\n\nChanges must be made through a pull request)/,
    );
    expect(error.hint).toContain('pull-request');
    expect(await charts.log()).toHaveLength(1);
    expect(server.count(MUTATION)).toBe(1);
  });

  it.each([
    ['Required status check "timeout" is expected.', 'refused', 1, 'strategy'],
    ['1 pre-receive hook declined: no changes on Fridays', 'refused', 1, 'strategy'],
    ['Repository was archived so is read-only.', 'unauthorized', 1, 'unarchive it'],
    ["Field 'createCommitOnBranch' doesn't exist on type 'Mutation'", 'unsupported', 1, 'as a git URL'],
    // Who does not know the words looks again, for they may be new ones for a branch that has moved.
    ['The moon is in the wrong phase.', 'refused', 3, undefined],
  ] as const)('that refuse for other reasons: %s', async (message, code, times, hint) => {
    await start();
    server.faults.add({ on: MUTATION, kind: 'graphql-error', when: 'before', message, type: 'UNPROCESSABLE', times });
    const error = await attempt({ strategy: 'direct' });
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(
      /^The (?:branch main of acme\/charts does not accept the commit|commit cannot be put)/,
    );
    expect(error.message).toContain(message);
    expect(error.hint ?? 'strategy').toContain(hint ?? 'strategy');
    expect(server.count(MUTATION)).toBe(times);
    expect(await charts.log()).toHaveLength(1);
  });

  it('that cannot be listed are not said to be none', async () => {
    await start();
    server.faults.add({ on: QUERY, skip: 1, kind: 'primary-limit', resetAfter: 3000 });
    const error = await attempt({ branch: 'devlop' });
    expect(error).toMatchObject({ code: 'unreachable' });
    expect(error.message).toMatch(/^The branches of acme\/charts cannot be listed: API rate limit exceeded/);
  });

  it('that demand signatures get them', async () => {
    await start();
    charts.protect('main', { kind: 'ruleset', signatures: true });
    await expectBumped(await bump({ strategy: 'direct' }));
  });

  it('a commit that GitHub does not sign is told', async () => {
    await start();
    server.faults.add({ on: MUTATION, kind: 'unsigned' });
    const result = await bump();
    await expectBumped(result, 2, 'false');
    expect(result.annotations).toMatchObject([
      { level: 'warning', message: expect.stringMatching(/^The commit [0-9a-f]{12} is not verified by GitHub/) },
    ]);
    // Asked for once more, for signatures may be late.
    expect([slept, server.count('repos/get-commit')]).toEqual([[1000], 1]);
  });

  it('whose rules the token may not see are changed without', async () => {
    await start();
    const open = createGitHub(new AbortController().signal);
    const github: Services['github'] = (access) => {
      const client = open(access);
      return {
        ...client,
        graphql: async (query, variables) => {
          const response = await client.graphql(query, variables);
          const errors = [{ type: 'FORBIDDEN', message: 'Resource not accessible by integration' }];
          const isQuery = query.startsWith('query');
          return isQuery ? { ...response, data: { ...(response.data as object), errors } } : response;
        },
      };
    };
    await expectBumped(await bump({}, { github }));
    expect(server.count()).toBe(2);
  });

  it('old servers without rulesets are asked without them', async () => {
    await start();
    server.faults.add({
      on: QUERY,
      kind: 'graphql-error',
      when: 'before',
      message: "Field 'rules' doesn't exist on type 'Ref'",
    });
    const result = await bump();
    await expectBumped(result);
    expect([server.count(QUERY), server.count()]).toEqual([2, 3]);
  });
});

describe('files', () => {
  const own = (values: FileContent, more: Record<string, FileContent> = {}) =>
    start({ files: { [CHART]: BEFORE[CHART] ?? '', [VALUES]: values, ...more } });

  it('of a megabyte come whole, though GraphQL cuts them', async () => {
    const long = `${BEFORE[VALUES] ?? ''}${'# ünd so weiter\n'.repeat(70_000)}last: 1`;
    expect(Buffer.byteLength(long)).toBeGreaterThan(1_000_000);
    await own(long);
    expect(await bump()).toMatchObject({ result: 'bumped', ok: true });
    expect(await charts.read(VALUES)).toBe(long.replace('1.0.0 # of api', '1.1.0 # of api'));
    expect([server.count('git/get-blob'), server.count()]).toEqual([1, 3]);
  });

  it('keep line ends, byte order mark and a missing end', async () => {
    const text = `\ufeff# é\r\napi:\r\n  image:\r\n    repository: ghcr.io/acme/api\r\n    tag: 1.0.0\t# tab\r\nlast: "\u2028"`;
    await own(text);
    await bump();
    expect(await charts.read(VALUES)).toBe(text.replace('1.0.0', '1.1.0'));
  });

  it('that are no text stay what they are, and do not disturb', async () => {
    const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 255]);
    await own(BEFORE[VALUES] ?? '', {
      'charts/shop/files/logo.png': bytes,
      'docs/latin1.txt': Buffer.from('\xe4\xf6\xfc', 'latin1'),
      'charts/shop/README.md': Buffer.from('gr\xfc\xdfe', 'latin1'),
    });
    await expectBumped(await bump());
    expect(server.count()).toBe(2);
  });

  it('in an old encoding are refused by name', async () => {
    await own(Buffer.from(`# gr\xfc\xdfe\n${BEFORE[VALUES] ?? ''}`, 'latin1'));
    const error = await attempt();
    expect(error).toMatchObject({
      code: 'file',
      message: `${VALUES} is no UTF-8 text.`,
      hint: 'Save it as UTF-8.',
      place: { file: VALUES },
    });
    expect(await charts.log()).toHaveLength(1);
  });

  it('that are symbolic links are refused', async () => {
    await own({ content: '../../values.yaml', mode: '120000' }, { 'values.yaml': BEFORE[VALUES] ?? '' });
    const error = await attempt({ chart: '', targets: `${VALUES}#/api/image/tag` });
    expect(error).toMatchObject({ code: 'refused' });
    expect(error.message).toBe(`targets: ${VALUES} is a symbolic link, which is not followed.`);
    expect(await charts.log()).toHaveLength(1);
  });

  it('that are in LFS are refused', async () => {
    await own(`version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`);
    const error = await attempt({ chart: 'shop' });
    expect(error).toMatchObject({ code: 'refused' });
    expect(error.message).toBe(`${VALUES} is kept in Git LFS: the repository itself has only a pointer to it.`);
  });

  it('that are executable would lose that: refused', async () => {
    await own({ content: BEFORE[VALUES] ?? '', mode: '100755' });
    const error = await attempt();
    expect(error).toMatchObject({ code: 'unsupported', place: { file: VALUES } });
    expect(error.message).toBe(`${VALUES} is executable, which GitHub's API would change.`);
    expect(error.hint).toContain('git update-index --chmod=-x');
    expect(server.count(MUTATION)).toBe(0);
  });

  it('in folders deeper than one query lists', async () => {
    const deep = 'a/b/c/d/e/f/g/h/shop';
    await start({
      files: {
        [`${deep}/Chart.yaml`]: BEFORE[CHART] ?? '',
        [`${deep}/values.yaml`]: BEFORE[VALUES] ?? '',
      },
    });
    expect(await bump({ chart: '' })).toMatchObject({ result: 'bumped', ok: true });
    expect(await charts.read(`${deep}/values.yaml`)).toBe(AFTER);
    expect(server.count('git/get-tree')).toBe(1);
  });

  it('that are more than GitHub lists are an error that says what to do', async () => {
    await start({ files: { 'a/b/c/d/e/f/g/h/shop/Chart.yaml': BEFORE[CHART] ?? '' } });
    server.faults.add({
      on: 'git/get-tree',
      kind: 'answer',
      when: 'after',
      status: 200,
      body: { sha: '0'.repeat(40), truncated: true, tree: [] },
    });
    const error = await attempt();
    expect(error).toMatchObject({ code: 'unsupported', message: 'acme/charts has more files than GitHub lists.' });
    expect(error.hint).toContain('git URL');
  });

  it.each([
    ['half of them', { kind: 'truncate' }, 'bumped'],
    ['none of them', { kind: 'answer', when: 'after', status: 502 }, 'bumped'],
    [
      'another content',
      { kind: 'answer', when: 'after', status: 200, body: { content: 'eA==', encoding: 'base64' } },
      /^GitHub gave another content than that of the object [0-9a-f]{40} of acme\/charts\.$/,
    ],
  ] as const)('of which GitHub gives %s are never taken for the whole', async (_, fault, outcome) => {
    const long = `${BEFORE[VALUES] ?? ''}${'# and so on and on\n'.repeat(30_000)}`;
    await own(long);
    server.faults.add({ on: 'git/get-blob', ...fault });
    if (outcome === 'bumped') {
      expect(await bump()).toMatchObject({ result: 'bumped', ok: true });
      expect(await charts.read(VALUES)).toBe(long.replace('1.0.0 # of api', '1.1.0 # of api'));
    } else {
      const error = await attempt();
      expect(error).toMatchObject({ code: 'unreachable' });
      expect(error.message).toMatch(outcome);
      expect(await charts.log()).toHaveLength(1);
    }
  });

  it('of a hundred and fifty charts', async () => {
    const files: Record<string, string> = {};
    for (let index = 0; index < 150; index++) {
      files[`charts/c${index}/Chart.yaml`] = `apiVersion: v2\nname: c${index}\nversion: 1.0.${index}\n`;
      files[`charts/c${index}/values.yaml`] = `image:\n  repository: ghcr.io/acme/c${index}\n  tag: 1.0.0\n`;
      files[`charts/c${index}/templates/deployment.yaml`] = '{{ .Values.image.tag }}\n'.repeat(20);
    }
    await start({ files });
    const result = await bump({ images: 'ghcr.io/acme/c77:1.0.1', chart: '' });
    expect(result).toMatchObject({ result: 'bumped', outputs: { 'chart-versions': '{"c77":"1.0.78"}' } });
    expect(await charts.read('charts/c77/values.yaml')).toContain('tag: 1.0.1');
    // A third one brings what the version was before, when it is needed: which chart it is nobody knows beforehand.
    expect(server.count()).toBeLessThanOrEqual(3);
  });
});
