import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TagLanes } from '../../../src/relay/tag-lanes.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Work that ends when it is told to, and tells what it saw when it began. */
function controlled() {
  const ends: (() => void)[] = [];
  let world = 0;
  return {
    /** Something was pushed. */
    push: () => ++world,
    work: async () => {
      const seen = world;
      await new Promise<void>((end) => ends.push(end));
      return seen;
    },
    async end() {
      ends[ends.length - 1]?.();
      await turn();
    },
  };
}

describe('work by tag', () => {
  it('serves those who come before it begins; who comes later gets another look', async () => {
    const lanes = new TagLanes<number>();
    const { push, work, end } = controlled();
    push();
    const first = [lanes.run('a', work), lanes.run('a', work)];
    await turn();
    push();
    const second = [lanes.run('a', work), lanes.run('a', work), lanes.run('a', work)];
    await turn();
    await end();
    expect(await Promise.all(first)).toEqual([1, 1]);
    await end();
    expect(await Promise.all(second)).toEqual([2, 2, 2]);
    expect(lanes.size).toBe(0);
  });

  it('waits a while before it begins, when it is told to: a burst is one piece of work', async () => {
    let settled: () => void = () => undefined;
    const lanes = new TagLanes<number>(() => new Promise((resolve) => (settled = resolve)));
    let times = 0;
    const work = () => Promise.resolve(++times);
    const calls = Array.from({ length: 6 }, () => lanes.run('a', work));
    await turn();
    calls.push(lanes.run('a', work));
    settled();
    expect(await Promise.all(calls)).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  it('goes on after a failure, which only those learn whom it served', async () => {
    const lanes = new TagLanes<string>();
    const failing = lanes.run('a', () => Promise.reject(new Error('down')));
    const told = failing.catch((error: unknown) => (error as Error).message);
    await turn();
    expect(await lanes.run('a', () => Promise.resolve('up'))).toBe('up');
    expect(await told).toBe('down');
    expect(lanes.size).toBe(0);
  });

  it('never answers a call with what was seen before it, and never does two things at once for a tag', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 12 }),
        async (scheduler, keys) => {
          const pushed = new Map<string, number>();
          const running = new Map<string, number>();
          const lanes = new TagLanes<number>();
          const done: Promise<void>[] = [];
          const calls = keys.map((key) => ({
            label: key,
            builder: () => {
              const mine = (pushed.get(key) ?? 0) + 1;
              pushed.set(key, mine);
              const work = async () => {
                running.set(key, (running.get(key) ?? 0) + 1);
                expect(running.get(key)).toBe(1);
                const seen = pushed.get(key) ?? 0;
                await scheduler.schedule(Promise.resolve(), 'work');
                running.set(key, 0);
                return seen;
              };
              done.push(lanes.run(key, work).then((seen) => expect(seen).toBeGreaterThanOrEqual(mine)));
              return Promise.resolve();
            },
          }));
          scheduler.scheduleSequence(calls);
          await scheduler.waitIdle();
          await Promise.all(done);
          expect([done.length, lanes.size]).toEqual([keys.length, 0]);
        },
      ),
      { numRuns: 100 },
    );
  });
});
