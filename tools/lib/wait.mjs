import { setTimeout as sleep } from 'node:timers/promises';
import { ToolError } from './errors.mjs';

/**
 * Asks until the answer is yes.
 *
 * @param {string} what is waited for, for the error message
 * @param {() => Promise<boolean>} check an exception counts as "not yet"
 * @param {{ timeoutMs: number, intervalMs?: number, stop?: () => string | undefined }} options
 *   stop: gives a reason to give up at once, e.g. that the process has ended
 */
export async function waitFor(what, check, { timeoutMs, intervalMs = 50, stop = () => undefined }) {
  const end = Date.now() + timeoutMs;
  let last;
  for (;;) {
    try {
      if (await check()) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
    const reason = stop();
    if (reason) throw new ToolError(`waiting for ${what}: ${reason}`, { cause: last });
    if (Date.now() > end) {
      const why = last ? ` (${last.message})` : '';
      throw new ToolError(`waited ${Math.round(timeoutMs / 1000)} s for ${what}${why}`, { cause: last });
    }
    await sleep(intervalMs);
  }
}
