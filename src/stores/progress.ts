import type { Services } from '../core/ports.js';

const EVERY_MS = 5000;

/** Tells of long work in the log, every few seconds. */
export interface Progress {
  /** One more archive. @param bytes nothing when there was none to read. */
  add(bytes: number | undefined): void;
  total(): { readonly archives: number; readonly bytes: number };
}

/** @param expected how many archives there are. */
export function createProgress(clock: Services['clock'], log: Services['log'], expected: number): Progress {
  let [done, archives, bytes] = [0, 0, 0];
  let told = clock.now();
  return {
    add(size) {
      done++;
      if (size !== undefined) archives++;
      bytes += size ?? 0;
      if (clock.now() - told < EVERY_MS || done === expected) return;
      told = clock.now();
      log.info(`${done} of ${expected} archives looked at, ${(bytes / 1024 / 1024).toFixed(1)} MiB`);
    },
    total: () => ({ archives, bytes }),
  };
}
