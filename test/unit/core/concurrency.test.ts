import { describe, expect, it } from '@jest/globals';
import { createLimiter } from '../../../src/core/concurrency.js';

describe('createLimiter', () => {
  it('runs at most so many at a time, in order, and goes on after a failure', async () => {
    const limit = createLimiter(2);
    const started: number[] = [];
    const finish: (() => void)[] = [];
    let running = 0;
    let most = 0;
    const work = (index: number) => async () => {
      started.push(index);
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => (finish[index] = resolve));
      running--;
      if (index === 0) throw new Error('first');
      return index;
    };
    const all = [0, 1, 2, 3].map((index) => limit(work(index)));
    const settled = Promise.allSettled(all);
    for (const index of [0, 1, 2, 3]) {
      while (finish[index] === undefined) await new Promise((resolve) => setImmediate(resolve));
      finish[index]();
    }
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(started).toEqual([0, 1, 2, 3]);
    expect(most).toBe(2);
  });
});
