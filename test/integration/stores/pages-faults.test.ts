import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { rm } from 'node:fs/promises';
import type { HelmCdError } from '../../../src/core/errors.js';
import { readContext } from '../../../src/runtime/context.js';
import { openStore } from '../../../src/stores/open-store.js';
import {
  startGitHubServer,
  type Fault,
  type GitHubServer,
  type RepositoryHandle,
} from '../../support/github-server/index.js';
import { packedChart } from '../../support/packed-charts.js';
import { createTestServices, type TestServices } from '../../support/services.js';

jest.setTimeout(180_000);

const OPTIONS = { verifyTimeoutMs: 20_000 };
const TOKEN = 'ghs_charts';
const BRANCH = 'gh-pages';

let services: TestServices;
let server: GitHubServer;
let charts: RepositoryHandle;
/** What was waited for, milliseconds. */
let pauses: number[];

beforeEach(async () => {
  server = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files: { 'README.md': 'x' }, pages: { buildMs: 10 } }],
    tokens: [TOKEN],
  });
  charts = server.repository('acme', 'charts');
  const { apiUrl, graphqlUrl, serverUrl } = server;
  services = await createTestServices({ context: { ...readContext({}), apiUrl, graphqlUrl, serverUrl } });
  const { clock } = services;
  pauses = [];
  const sleep = (milliseconds: number) => {
    pauses.push(milliseconds);
    return clock.sleep(Math.min(milliseconds, 20));
  };
  services = { ...services, clock: { now: () => clock.now(), sleep } };
  await publish('1.0.0');
  server.requests.length = 0;
  pauses.length = 0;
});
afterEach(async () => {
  const { violations, faults } = server;
  await server.close();
  await rm(services.workingDirectory, { recursive: true, force: true });
  expect([violations, faults.pending]).toEqual([[], []]);
});

async function publish(version: string, content = '') {
  const store = await openStore('pages://acme/charts', { token: TOKEN }, services);
  return store.publish([await packedChart('shop', version, content)], OPTIONS);
}
const failure = (promise: Promise<unknown>): Promise<HelmCdError> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error as HelmCdError,
  );
const versions = async () =>
  (
    JSON.parse((await charts.read('index.yaml', BRANCH)) ?? '{}') as { entries: Record<string, { version: string }[]> }
  ).entries['shop']?.map(({ version }) => version);

const WRITES = ['git/create-blob', 'git/create-tree', 'git/create-commit', 'git/update-ref'];
const READS = ['git/get-ref', 'git/get-commit', 'git/get-tree', 'git/get-blob', 'repos/get-pages'];
/** Everything that can become of one request's answer. */
const FAULTS: readonly (readonly [string, Record<string, unknown>])[] = [
  ['is cut before it has an effect', { kind: 'cut', when: 'before' }],
  ['is cut after it had its effect', { kind: 'cut', when: 'after' }],
  ['is cut in the middle', { kind: 'cut', when: 'middle' }],
  ['is 502 before it has an effect', { kind: 'answer', when: 'before', status: 502 }],
  ['is 500 after it had its effect', { kind: 'answer', when: 'after', status: 500 }],
  ['is a secondary limit (429)', { kind: 'secondary-limit', status: 429, retryAfter: 7 }],
  ['is a secondary limit (403)', { kind: 'secondary-limit', status: 403 }],
];

describe('one chart is published, once, and in one commit, when the answer of', () => {
  const cases = [
    ...WRITES.flatMap((on) => FAULTS.map(([what, fault]) => [on, what, fault] as const)),
    // Of what only reads, when it was cut makes no difference.
    ...READS.flatMap((on) => FAULTS.slice(2, 6).map(([what, fault]) => [on, what, fault] as const)),
  ];
  it.each(cases)('%s %s', async (on, what, fault) => {
    server.faults.add({ on, ...fault } as unknown as Fault);
    expect(await publish('1.1.0')).toMatchObject([{ state: 'published' }]);
    expect(await versions()).toEqual(['1.1.0', '1.0.0']);
    expect(await charts.log(BRANCH)).toHaveLength(2);
    if (what.includes('429')) expect(pauses).toContain(7000);
    if (what.includes('403')) expect(pauses).toContain(60_000);
  });
});

describe('the branch', () => {
  it.each([
    [
      '422 of words that nobody knows',
      { kind: 'answer', when: 'before', status: 422, body: { message: 'Reference cannot be updated' } },
    ],
    ['409', { kind: 'answer', when: 'before', status: 409, body: { message: 'Conflict' } }],
  ] as const)('that has moved is told from its place, when the answer is %s', async (_, fault) => {
    server.faults.add(
      {
        on: 'git/update-ref',
        kind: 'hook',
        when: 'before',
        run: () => charts.commit({ branch: BRANCH, files: { a: 'x' } }).then(() => undefined),
      },
      { on: 'git/update-ref', ...fault },
    );
    expect(await publish('1.1.0')).toMatchObject([{ state: 'published' }]);
    expect(await charts.read('a', BRANCH)).toBe('x');
    expect(await charts.log(BRANCH)).toHaveLength(3);
  });

  it('that stands still is an error, when GitHub does not want the commit', async () => {
    const head = await charts.head(BRANCH);
    const body = { message: 'Reference cannot be updated' };
    server.faults.add({ on: 'git/update-ref', kind: 'answer', when: 'before', status: 422, body });
    expect(await failure(publish('1.1.0'))).toMatchObject({
      code: 'refused',
      message: expect.stringContaining(
        'The commit cannot be put onto gh-pages of acme/charts: Reference cannot be updated',
      ),
    });
    expect(await charts.head(BRANCH)).toBe(head);
  });

  it('is not written on and on, when all answers are lost and nothing happens', async () => {
    const head = await charts.head(BRANCH);
    server.faults.add({ on: 'git/update-ref', kind: 'answer', when: 'before', status: 502, times: 4 });
    expect(await failure(publish('1.1.0'))).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('502'),
    });
    expect(await charts.head(BRANCH)).toBe(head);
  });

  it('is waited for, when GitHub does not know the new commit everywhere yet', async () => {
    const body = { message: 'Object does not exist' };
    server.faults.add({ on: 'git/update-ref', kind: 'answer', when: 'before', status: 422, body, times: 2 });
    await publish('1.1.0');
    expect(await charts.log(BRANCH)).toHaveLength(2);
  });

  it('that is seen late is not overwritten', async () => {
    await publish('1.1.0');
    server.faults.add({ on: 'git/get-ref', kind: 'stale', times: 2 });
    await publish('1.2.0');
    expect(await versions()).toEqual(['1.2.0', '1.1.0', '1.0.0']);
  });

  it('is never taken for missing because of a 404, nor its index', async () => {
    const head = await charts.head(BRANCH);
    for (const on of ['git/get-ref', 'git/get-commit', 'git/get-tree', 'git/get-blob']) {
      server.faults.add({ on, kind: 'answer', when: 'before', status: 404, body: { message: 'Not Found' } });
      const error = await publish('1.1.0', on).then(
        () => undefined,
        (reason: unknown) => reason as HelmCdError,
      );
      // That there is no branch is only believed of one that is not among all; then the right one is found there.
      if (on === 'git/get-ref') expect(error).toBeUndefined();
      else expect(error).toMatchObject({ code: 'not-found' });
      expect(await versions()).toContain('1.0.0');
    }
    expect((await charts.log(BRANCH)).at(-1)).toBe(head);
  });

  it.each([
    [401, { message: 'Bad credentials' }, 'unauthorized'],
    [403, { message: 'Resource not accessible by integration' }, 'unauthorized'],
    [404, { message: 'Not Found' }, 'not-found'],
    [451, { message: 'Repository access blocked' }, 'refused'],
  ])('that may not be read (%s) is an error, and nothing is written', async (status, body, code) => {
    const head = await charts.head(BRANCH);
    const fault = { kind: 'answer', when: 'before', status, body } as const;
    server.faults.add(
      { on: 'git/get-ref', ...fault },
      ...(status === 404 ? [{ on: 'git/list-matching-refs', ...fault }] : []),
    );
    expect(await failure(publish('1.1.0'))).toMatchObject({ code });
    expect(await charts.head(BRANCH)).toBe(head);
  });
});

describe('the site', () => {
  it.each([
    ['an error', { kind: 'answer', when: 'before', status: 503 }],
    ['a cut connection', { kind: 'cut', when: 'before' }],
    ['half an answer', { kind: 'cut', when: 'middle' }],
    ['a missing page', { kind: 'answer', when: 'before', status: 404 }],
  ] as const)('is asked again after %s', async (_, fault) => {
    server.faults.add({ on: 'pages', ...fault, times: 3 });
    expect(await publish('1.1.0')).toMatchObject([{ state: 'published' }]);
    expect(services.log.text()).toContain('fetched back as consumers do');
  });
});
