import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  isPullRequestBranch,
  pullRequestBranch,
  temporaryBranch,
  type PullRequestGroup,
} from '../../../src/core/pull-request-branch.js';

const GROUP: PullRequestGroup = {
  environment: '',
  environmentBranch: '',
  base: 'main',
  charts: ['charts/shop'],
  targets: [],
};
const name = (group: Partial<PullRequestGroup>): string => pullRequestBranch({ ...GROUP, ...group });

describe('the branch of a pull request', () => {
  it.each([
    [{}, 'helm-cd/main/shop'],
    [{ environment: 'develop', environmentBranch: 'main' }, 'helm-cd/develop/shop'],
    [{ environment: 'production' }, 'helm-cd/production/shop'],
    [{ environment: 'develop', environmentBranch: 'develop' }, /^helm-cd\/develop-main-[0-9a-f]{8}\/shop$/],
    [{ base: 'release/1.x' }, /^helm-cd\/release-1-x-[0-9a-f]{8}\/shop$/],
    [{ base: 'tmp' }, /^helm-cd\/tmp-[0-9a-f]{8}\/shop$/],
    [{ charts: [''] }, 'helm-cd/main/chart'],
    [{ charts: [] }, 'helm-cd/main/files'],
    [{ charts: ['deploy/helm/shop'] }, /^helm-cd\/main\/deploy-helm-shop-[0-9a-f]{8}$/],
    [{ charts: ['charts/web', 'charts/api', 'charts/web'] }, 'helm-cd/main/api_web'],
    [{ targets: ['charts/shop/values.yaml#/a'] }, /^helm-cd\/main\/shop_targets-[0-9a-f]{8}$/],
  ] as const)('of %j', (group, expected) => {
    if (typeof expected === 'string') expect(name(group)).toBe(expected);
    else expect(name(group)).toMatch(expected);
  });

  it('is the same whatever order charts and targets are given in', () => {
    const [a, b] = ['charts/a', 'charts/b'];
    expect(name({ charts: [a, b], targets: [a, b] })).toBe(name({ charts: [b, a], targets: [b, a] }));
    expect(name({ targets: [a] })).not.toBe(name({ targets: [b] }));
  });

  it('stays short with many charts, and tells them apart', () => {
    const charts = Array.from({ length: 60 }, (_, index) => `charts/service-number-${index}`);
    expect(name({ charts }).length).toBeLessThan(200);
    expect(name({ charts })).not.toBe(name({ charts: charts.slice(0, 59) }));
  });

  it('is one that git takes, and no other group’s', () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 120 });
    const group = fc.record({
      environment: word,
      environmentBranch: word,
      base: fc.string({ minLength: 1, maxLength: 250 }),
      charts: fc.array(word, { maxLength: 5 }),
      targets: fc.array(word, { maxLength: 2 }),
    });
    const names: string[] = [];
    fc.assert(
      fc.property(group, group, (one, other) => {
        const [a, b] = [pullRequestBranch(one), pullRequestBranch(other)];
        names.push(a);
        const key = (of: PullRequestGroup): string =>
          JSON.stringify([
            of.environment !== '' && (of.environmentBranch === '' || of.environmentBranch === of.base)
              ? of.environment
              : [of.environment, of.base],
            [...new Set(of.charts)].sort(),
            [...new Set(of.targets)].sort(),
          ]);
        return a.length < 200 && isPullRequestBranch(a) && (a === b) === (key(one) === key(other));
      }),
      { numRuns: 300 },
    );
    names.push(temporaryBranch('key'));
    for (const one of names.slice(-40)) execFileSync('git', ['check-ref-format', '--branch', one]);
  });

  it('is not the temporary one', () => {
    expect(temporaryBranch('a')).toMatch(/^helm-cd\/tmp\/[0-9a-f]{16}$/);
    expect(temporaryBranch('a')).not.toBe(temporaryBranch('b'));
    expect([isPullRequestBranch(temporaryBranch('a')), isPullRequestBranch('main')]).toEqual([false, false]);
  });
});
