import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { closest, didYouMean, editDistance } from '../../../src/core/suggest.js';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['same', 'same', 0],
    ['chart', 'charts', 1],
    ['charts', 'chart', 1],
    ['brnach', 'branch', 1],
    ['ab', 'ba', 1],
    ['kitten', 'sitting', 3],
    ['abcdef', 'badcfe', 3],
    ['ca', 'abc', 3],
  ])('of %s and %s is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });

  it('is zero only for equal texts, and at most the longer length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
        const distance = editDistance(a, b);
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });
});

describe('closest', () => {
  const known = ['branch', 'repository', 'mode', 'values', 'bump'];

  it.each([
    ['branches', 'branch'],
    ['Mode', 'mode'],
    ['vlaues', 'values'],
    ['repositroy', 'repository'],
    ['repo', 'repository'],
    ['repositories', 'repository'],
    ['bumping', 'bump'],
    ['va', undefined],
    ['dump', 'bump'],
    ['mo', undefined],
    ['xyz', undefined],
    ['', undefined],
  ])('of %s is %s', (word, expected) => {
    expect(closest(word, known)).toBe(expected);
  });

  it('is the first of several that are as close', () => {
    expect(closest('test', ['rest', 'best'])).toBe('rest');
    expect(closest('test', [])).toBeUndefined();
  });
});

describe('didYouMean', () => {
  it('is made to be put behind a message', () => {
    expect(`unknown key "brnach"${didYouMean('brnach', ['branch'])}`).toBe(
      'unknown key "brnach", did you mean "branch"?',
    );
    expect(didYouMean('xyz', ['branch'])).toBe('');
  });
});
