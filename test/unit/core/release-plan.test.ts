import { describe, expect, it } from '@jest/globals';
import { isPlanDigest, planDifference, planDigest, type PlanInput } from '../../../src/core/release-plan.js';
import { revision } from '../../support/releases.js';

const plan: PlanInput = {
  namespace: 'shop',
  release: 'app',
  chartDigest: `sha256:${'a'.repeat(64)}`,
  next: revision({ revision: 0, config: { a: { b: 1 }, c: 2 } }),
  base: revision({ revision: 3 }),
};
const digest = planDigest(plan);

describe('planDigest', () => {
  it('is the same for the same plan, however the values are ordered', () => {
    const reordered = revision({ revision: 0, config: { c: 2, a: { b: 1 } } });
    expect(planDigest({ ...plan, next: reordered })).toBe(digest);
    expect(isPlanDigest(digest)).toBe(true);
  });

  it.each<[string, Partial<PlanInput>, string]>([
    ['the chart', { chartDigest: `sha256:${'b'.repeat(64)}` }, 'the chart'],
    ['a value', { next: revision({ revision: 0, config: { a: { b: 2 }, c: 2 } }) }, 'the values'],
    [
      'an object',
      { next: revision({ revision: 0, content: 'x', config: { a: { b: 1 }, c: 2 } }) },
      'the rendered objects',
    ],
    ['a hook', { next: revision({ revision: 0, test: '', config: { a: { b: 1 }, c: 2 } }) }, 'the rendered objects'],
    ['the base', { base: revision({ revision: 4, content: 'content-3' }) }, 'the deployed revision (3 → 4)'],
    ['the release being new', { base: undefined }, 'the deployed revision (3 → 0)'],
    ['the base with the same number', { base: revision({ revision: 3, content: 'x' }) }, 'the release'],
    ['the namespace', { namespace: 'other' }, 'the values and the rendered objects'],
  ])('differs with %s', (_, change, words) => {
    const other = planDigest({ ...plan, ...change });
    expect(other).not.toBe(digest);
    expect(planDifference(digest, other)).toBe(words);
  });

  it('has no difference to itself', () => {
    expect(planDifference(digest, digest)).toBeUndefined();
  });

  it('names all that differs', () => {
    const other = planDigest({ ...plan, chartDigest: '', base: undefined });
    expect(planDifference(digest, other)).toBe('the chart and the deployed revision (3 → 0)');
  });
});

describe('isPlanDigest', () => {
  it.each(['', 'sha256:abc', `sha256:${'a'.repeat(64)}/other-12345678`, `md5:${'a'.repeat(64)}`])(
    'refuses %j',
    (text) => {
      expect(isPlanDigest(text)).toBe(false);
    },
  );

  it('takes the bare hash too', () => {
    expect(isPlanDigest(`sha256:${'a'.repeat(64)}`)).toBe(true);
  });
});
