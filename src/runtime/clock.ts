import { setTimeout as delay } from 'node:timers/promises';
import { HelmCdError } from '../core/errors.js';
import type { Clock } from '../core/ports.js';

export function createClock(cancelled: AbortSignal): Clock {
  return {
    now: () => Date.now(),
    async sleep(milliseconds) {
      try {
        await delay(milliseconds, undefined, { signal: cancelled });
      } catch {
        throw new HelmCdError('cancelled', 'The job was cancelled.');
      }
    },
  };
}
