// A lock between processes: a file that names its holder. The lock of a holder that died is taken over.
import fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ToolError } from './errors.mjs';
import { isAlive, recordOf } from './processes.mjs';

// Undefined when the lock has just been released; an unreadable lock has a holder that cannot be alive.
async function holderOf(file) {
  try {
    return JSON.parse(await fs.readFile(file, 'utf8'));
  } catch (error) {
    return error.code === 'ENOENT' ? undefined : {};
  }
}

// The holder's name is written before the lock appears (link, not open): nobody ever reads a half-written lock.
async function tryAcquire(file, ticket) {
  try {
    await fs.link(ticket, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

// What waiters that were killed have left.
async function removeAbandonedTickets(file) {
  for (const name of await fs.readdir(path.dirname(file))) {
    if (!name.startsWith(`${path.basename(file)}.`)) continue;
    const ticket = path.join(path.dirname(file), name);
    const owner = await holderOf(ticket);
    if (owner?.pid && !isAlive(owner)) await fs.rm(ticket, { force: true });
  }
}

/**
 * Runs `work` while holding the lock `file`.
 *
 * Two waiters may, with very bad luck, take over the same dead holder's lock at once. That costs duplicated work, never a broken
 * result: what is done under these locks goes to a temporary name and is renamed.
 *
 * @param {string} file
 * @param {{ timeoutMs: number, onWait?: (pid: number) => void }} options onWait is told who is being waited for, every 15 s
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 * @template T
 */
export async function withLock(file, { timeoutMs, onWait = () => {} }, work) {
  await fs.mkdir(path.dirname(file), { recursive: true });
  const ticket = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  const end = Date.now() + timeoutMs;
  let nextTold = 0;
  await fs.writeFile(ticket, JSON.stringify(recordOf(process.pid)));
  try {
    while (!(await tryAcquire(file, ticket))) {
      const holder = await holderOf(file);
      if (holder === undefined) continue;
      if (!isAlive(holder)) {
        await fs.rm(file, { force: true });
        continue;
      }
      if (Date.now() >= nextTold) {
        nextTold = Date.now() + 15_000;
        onWait(holder.pid);
      }
      if (Date.now() > end) {
        throw new ToolError(
          `gave up after ${Math.round(timeoutMs / 1000)} s waiting for process ${holder.pid}, which holds ${file}`,
        );
      }
      await sleep(100);
    }
  } finally {
    await fs.rm(ticket, { force: true });
  }
  try {
    await removeAbandonedTickets(file);
    return await work();
  } finally {
    if ((await holderOf(file))?.pid === process.pid) await fs.rm(file, { force: true });
  }
}
