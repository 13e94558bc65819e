import { describe, expect, it } from '@jest/globals';
import type { GitHubClient, GitHubResponse } from '../../../src/core/ports.js';
import { checkEventType, sendRepositoryDispatch } from '../../../src/github/repository-dispatch.js';

/** A GitHub that gives these answers one after the other, and a clock that only counts. */
function world(answers: readonly Partial<GitHubResponse>[]) {
  const requests: { route: string; parameters: unknown }[] = [];
  const sleeps: number[] = [];
  const github: GitHubClient = {
    async request(route, parameters) {
      const answer = answers[requests.length];
      requests.push({ route, parameters });
      return { status: 500, headers: {}, data: null, ...answer };
    },
    graphql: () => Promise.reject(new Error('a repository_dispatch needs no GraphQL')),
  };
  const clock = { now: () => 1_000_000, sleep: async (milliseconds: number) => void sleeps.push(milliseconds) };
  const send = (payload: Record<string, unknown> = { bump: {} }) =>
    sendRepositoryDispatch(github, clock, { owner: 'acme', name: 'charts', eventType: 'chart-bumped', payload });
  return { requests, sleeps, send };
}

describe('sendRepositoryDispatch', () => {
  it('sends the event', async () => {
    const { requests, send } = world([{ status: 204 }]);
    await send();
    expect(requests).toEqual([
      {
        route: 'POST /repos/{owner}/{repo}/dispatches',
        parameters: { owner: 'acme', repo: 'charts', event_type: 'chart-bumped', client_payload: { bump: {} } },
      },
    ]);
  });

  it('tries again after errors of the server, and waits as long as GitHub asks', async () => {
    const limit = {
      status: 403,
      data: { message: 'You have exceeded a secondary rate limit' },
      headers: { 'retry-after': '7' },
    };
    const reset = { status: 429, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1003' } };
    const { sleeps, send } = world([{ status: 502 }, limit, reset, { status: 204 }]);
    await send();
    expect(sleeps).toEqual([1000, 7000, 3000]);
  });

  it('waits a minute when a limit has no end, and does not wait for one that ends much later', async () => {
    const { sleeps, send } = world([{ status: 429 }, { status: 429, headers: { 'retry-after': '999' } }]);
    await expect(send()).rejects.toMatchObject({
      code: 'unreachable',
      hint: expect.stringContaining('Run the job again after 1970-01-01T00:33:19Z'),
    });
    expect(sleeps).toEqual([60_000]);
  });

  it.each([
    [401, 'unauthorized', 'Bad credentials'],
    [403, 'unauthorized', 'Resource not accessible by integration'],
    [404, 'not-found', 'Not Found'],
    [422, 'refused', 'No more than 10 properties are allowed; 14 were supplied.'],
  ])('gives up at once on %d', async (status, code, message) => {
    const { requests, send } = world([{ status, data: { message } }]);
    await expect(send()).rejects.toMatchObject({
      code,
      message: `The repository_dispatch "chart-bumped" was not accepted by acme/charts: ${message}`,
    });
    expect(requests).toHaveLength(1);
  });

  it('gives up on a server that stays broken', async () => {
    const { requests, send } = world([]);
    await expect(send()).rejects.toMatchObject({ code: 'unreachable', message: expect.stringContaining('status 500') });
    expect(requests).toHaveLength(5);
  });

  it('sends nothing that GitHub refuses', async () => {
    const { requests, send } = world([]);
    await expect(send({ big: 'x'.repeat(70_000) })).rejects.toThrow('more than 10 keys or 64 KiB');
    await expect(send(Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`k${index}`, 1])))).rejects.toThrow(
      '10 keys',
    );
    expect(requests).toEqual([]);
    expect(() => checkEventType('chart-bumped', 'x')).not.toThrow();
    expect(() => checkEventType('a b', 'Input "dispatch"')).toThrow('Input "dispatch" is no event type: "a b"');
    expect(() => checkEventType('x'.repeat(101), 'x')).toThrow('is no event type');
  });
});
