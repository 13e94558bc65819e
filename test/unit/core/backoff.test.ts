import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decorrelatedJitter } from '../../../src/core/backoff.js';

describe('decorrelatedJitter', () => {
  it('grows up to the longest wait when luck is bad, and stays at the shortest when it is good', () => {
    const worst = decorrelatedJitter(100, 1000, () => 1);
    expect([worst(), worst(), worst(), worst()]).toEqual([300, 900, 1000, 1000]);
    const best = decorrelatedJitter(100, 1000, () => 0);
    expect([best(), best()]).toEqual([100, 100]);
  });

  it('never leaves its bounds', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), (numbers) => {
        let at = 0;
        const next = decorrelatedJitter(50, 5000, () => numbers[at++] ?? 0.5);
        for (const wait of numbers.map(() => next())) {
          expect(wait).toBeGreaterThanOrEqual(50);
          expect(wait).toBeLessThanOrEqual(5000);
        }
      }),
    );
  });
});
