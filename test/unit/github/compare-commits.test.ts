import { describe, expect, it } from '@jest/globals';
import { HelmCdError } from '../../../src/core/errors.js';
import type { GitHubClient, GitHubResponse } from '../../../src/core/ports.js';
import { commitComparer } from '../../../src/github/compare-commits.js';

/** A GitHub that gives these answers, one after the other. */
function github(...answers: readonly (Partial<GitHubResponse> | Error)[]) {
  const asked: unknown[] = [];
  const pauses: number[] = [];
  const client: GitHubClient = {
    request: (route, parameters) => {
      const answer = answers[asked.length];
      asked.push([route, parameters]);
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve({ status: 200, headers: {}, data: {}, ...answer });
    },
    graphql: () => Promise.reject(new Error('not asked for')),
  };
  const clock = { now: () => 0, sleep: (pause: number) => Promise.resolve(void pauses.push(pause)) };
  return { compare: commitComparer(client, clock), asked, pauses };
}

const unreachable = () => new HelmCdError('unreachable', 'GitHub does not answer');

describe('commitComparer', () => {
  it('asks how our commit stands to the other one, and for no more of it than it must', async () => {
    const { compare, asked } = github({ data: { status: 'behind' } });
    expect(await compare('acme/api', 'def', 'abc')).toBe('behind');
    expect(asked).toEqual([
      [
        'GET /repos/{owner}/{repo}/compare/{basehead}',
        { owner: 'acme', repo: 'api', basehead: 'def...abc', per_page: 1 },
      ],
    ]);
  });

  it('asks once for the same two commits', async () => {
    const { compare, asked } = github({ data: { status: 'ahead' } }, { data: { status: 'diverged' } });
    const both = await Promise.all([compare('acme/api', 'a', 'b'), compare('acme/api', 'a', 'b')]);
    expect([...both, await compare('acme/api', 'a', 'b'), await compare('acme/api', 'b', 'a')]).toEqual([
      'ahead',
      'ahead',
      'ahead',
      'diverged',
    ]);
    expect(asked).toHaveLength(2);
  });

  it.each<[string, Partial<GitHubResponse>]>([
    ['a repository that may not be seen', { status: 404, data: { message: 'Not Found' } }],
    ['a repository that may not be read', { status: 403, data: { message: 'Resource not accessible by integration' } }],
    ['a token that is none', { status: 401, data: { message: 'Bad credentials' } }],
    ['a word that is not known', { data: { status: 'sideways' } }],
    ['no word at all', { data: null }],
  ])('cannot tell of %s', async (_, answer) => {
    expect(await github(answer).compare('acme/api', 'a', 'b')).toBeUndefined();
  });

  it('asks again where there was no answer, and does without one in the end', async () => {
    const shaky = github({ status: 502 }, unreachable(), { data: { status: 'identical' } });
    expect(await shaky.compare('acme/api', 'a', 'b')).toBe('identical');
    expect(shaky.pauses).toHaveLength(2);
    const dead = github(...Array.from({ length: 9 }, unreachable));
    expect(await dead.compare('acme/api', 'a', 'b')).toBeUndefined();
    const sick = github(...Array.from({ length: 9 }, () => ({ status: 500 })));
    expect(await sick.compare('acme/api', 'a', 'b')).toBeUndefined();
  });

  it('ends with the job', async () => {
    const { compare } = github(new HelmCdError('cancelled', 'The job was cancelled.'));
    await expect(compare('acme/api', 'a', 'b')).rejects.toThrow('The job was cancelled.');
  });
});
