import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { choosingName, ticketName } from '../../../src/core/object-lock.js';
import { LOCK_TIMES, takeLock, type LockFolder } from '../../../src/stores/object-lock.js';
import { createMemoryLog } from '../../support/services.js';

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

interface MemoryFolder extends LockFolder {
  readonly objects: Map<string, { text: string; modified: number }>;
}

/** A folder whose answers take any number of ticks and whose lists are not taken at one moment. */
function memoryFolder(delays: () => number = () => 0): MemoryFolder {
  const objects: MemoryFolder['objects'] = new Map();
  const wait = async () => {
    for (let left = delays(); left > 0; left--) await tick();
  };
  return {
    url: 's3://charts/team/.helm-cd/lock',
    objects,
    async list() {
      await wait();
      const middle = 'ticket-';
      const part = (isFirst: boolean) =>
        [...objects].filter(([name]) => name < middle === isFirst).map(([name, { modified }]) => ({ name, modified }));
      const later = part(false);
      await wait();
      return [...part(true), ...later];
    },
    async read(name) {
      await wait();
      return objects.get(name)?.text;
    },
    async write(name, text) {
      await wait();
      objects.set(name, { text, modified: Date.now() });
      await wait();
    },
    async remove(name) {
      await wait();
      objects.delete(name);
      await wait();
    },
  };
}

const services = () => ({ log: createMemoryLog(), clock: { now: () => Date.now(), sleep: tick } });

describe('takeLock', () => {
  it('lets only one in at a time, whatever the order of answers', async () => {
    // Mostly fast, sometimes very slow: that is what brings the wrong order about.
    const delays = fc.infiniteStream(
      fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.integer({ min: 5, max: 60 }) }),
    );
    await fc.assert(
      fc.asyncProperty(delays, fc.integer({ min: 2, max: 6 }), async (stream, count) => {
        const folder = memoryFolder(() => stream.next().value as number);
        let inside = 0;
        let most = 0;
        const one = async (number: number) => {
          const lock = await takeLock(folder, `run ${number}`, services());
          inside += 1;
          most = Math.max(most, inside);
          for (let i = 0; i < 40; i++) await tick();
          inside -= 1;
          await lock.release();
        };
        await Promise.all(Array.from({ length: count }, (_, number) => one(number)));
        expect(most).toBe(1);
        expect([...folder.objects.keys()]).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('takes over from those who are dead, and says so', async () => {
    const folder = memoryFolder();
    const longAgo = { text: 'run 1\n', modified: Date.now() - LOCK_TIMES.staleMs - 5000 };
    folder.objects.set(ticketName(1, 'dead'), longAgo);
    folder.objects.set(choosingName('dead-too'), longAgo);
    const used = services();
    const lock = await takeLock(folder, 'run 2', used);
    expect([...folder.objects.keys()]).toEqual([expect.stringMatching(/^ticket-0000000002-/)]);
    expect(used.log.text()).toContain(`${ticketName(1, 'dead')}: its owner has not renewed it for 1 m 0 s, removed`);
    await lock.release();
  });

  it('gives up after a while, naming what it waits for, and leaves nothing of its own', async () => {
    const folder = memoryFolder();
    const other = ticketName(1, 'other');
    folder.objects.set(other, { text: 'https://github.com/acme/shop/actions/runs/7\n', modified: Date.now() });
    const used = services();
    await expect(takeLock(folder, 'run 2', used, { ...LOCK_TIMES, waitMs: 20 })).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(
        /^s3:\/\/charts\/team\/\.helm-cd\/lock was locked by others for .*: ticket-0000000001-other$/,
      ),
    });
    expect(used.log.text()).toContain('waiting for https://github.com/acme/shop/actions/runs/7; 1 before us');
    expect([...folder.objects.keys()]).toEqual([other]);
  });

  it('is renewed while it is held, and lets nobody write who could not renew it', async () => {
    const folder = memoryFolder();
    const times = { ...LOCK_TIMES, renewMs: 5, leaseMs: 100 };
    const lock = await takeLock(folder, 'run 1', services(), times);
    const [name = ''] = folder.objects.keys();
    const first = folder.objects.get(name);
    while (folder.objects.get(name) === first) await tick();
    expect(lock.signal().aborted).toBe(false);
    folder.write = () => Promise.reject(new Error('no network'));
    const ended = lock.signal();
    while (!ended.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(() => lock.signal()).toThrow(/^The lock .*\/ticket-0000000001-.* could not be renewed in time\.$/);
    await lock.release();
    expect([...folder.objects.keys()]).toEqual([]);
  });

  it('takes a new ticket when its own was taken for that of a dead one', async () => {
    const folder = memoryFolder();
    const other = ticketName(1, 'other');
    folder.objects.set(other, { text: 'run 1', modified: Date.now() });
    let sleeps = 0;
    const used = services();
    used.clock.sleep = async () => {
      sleeps += 1;
      for (const name of folder.objects.keys()) if (sleeps === 1 || name === other) folder.objects.delete(name);
      await tick();
    };
    const lock = await takeLock(folder, 'run 2', used);
    expect(sleeps).toBe(1);
    expect(folder.objects.size).toBe(1);
    await lock.release();
  });

  it('leaves nothing when the folder cannot be written', async () => {
    const folder = memoryFolder();
    const { write } = folder;
    folder.write = (name, text) =>
      name.startsWith('ticket-') ? Promise.reject(new Error('denied')) : write(name, text);
    await expect(takeLock(folder, 'run 1', services())).rejects.toThrow('denied');
    expect([...folder.objects.keys()]).toEqual([]);
  });
});
