import { formatDuration } from '../core/duration.js';
import { HelmCdError } from '../core/errors.js';
import type { Services } from '../core/ports.js';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 3000;

/**
 * Waits until consumers get what was published.
 * @param problemsNow what they do not get yet, in sentences; nothing when all is well.
 * @param note when they get it, as a sentence; empty when that is not known.
 * @throws HelmCdError `timeout` with the problems that are left.
 */
export async function waitUntilVisible(
  url: string,
  problemsNow: () => Promise<readonly string[]>,
  timeoutMs: number,
  { clock, log }: Pick<Services, 'clock' | 'log'>,
  note = '',
): Promise<void> {
  const more = note === '' ? '' : ` ${note}`;
  const start = clock.now();
  for (let attempt = 0; ; attempt++) {
    const problems = await problemsNow();
    if (problems.length === 0) {
      log.info(`${url}: fetched back as consumers do, with the right digests`);
      return;
    }
    const waited = clock.now() - start;
    if (waited >= timeoutMs) {
      throw new HelmCdError(
        'timeout',
        `Published, but after ${formatDuration(waited)} consumers do not get it: ${problems.join(' ')}${more}`,
        { hint: 'Run the job again; raise verify-timeout if the repository is slow to show changes.' },
      );
    }
    log.info(`Waiting until consumers see it: ${problems.join(' ')}${more}`);
    await clock.sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt));
  }
}
