import { decorrelatedJitter } from '../../core/backoff.js';
import { formatDuration } from '../../core/duration.js';
import { HelmCdError } from '../../core/errors.js';
import type { PlannedBump } from './plan.js';
import { PullRequestAttempts } from './pull-request-attempt.js';
import type { ProposedBump, PullRequestOptions } from './pull-request-types.js';

/** Between two attempts, milliseconds: GitHub wants a second at least between two changes. */
const SHORTEST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;
/** How often an answer may be lost before that is an error. */
const MOST_LOST = 3;

/**
 * Bumps by pull request: one for each group of charts and environment, whose branch always is one commit on top of the base's
 * newest one, with everything that is not merged yet. All is computed from the base; when the base or the branch moved
 * meanwhile, it is computed again, so that two at once end up in the one pull request. Whatever an interrupted try has left,
 * the next one takes up.
 * @param first what was planned already.
 * @throws HelmCdError `refused` when the branch has somebody's own commits or this bump is older than what is proposed;
 *   `conflict` when others were faster until the time was over.
 */
export async function bumpByPullRequest(options: PullRequestOptions, first: PlannedBump): Promise<ProposedBump> {
  const bump = new PullRequestAttempts(options);
  try {
    return await settle(bump, options, first);
  } catch (error) {
    if (error instanceof HelmCdError && !['unreachable', 'unauthorized', 'cancelled'].includes(error.code)) {
      await bump.abandon();
    }
    throw error;
  }
}

/** Attempts until one comes to an end. */
async function settle(
  bump: PullRequestAttempts,
  options: PullRequestOptions,
  first: PlannedBump,
): Promise<ProposedBump> {
  const { clock, log } = options;
  const pause = decorrelatedJitter(SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS, options.random);
  const started = clock.now();
  let lost = 0;
  let planned = first;
  for (let attempts = 1; ; attempts++) {
    const result = await bump.attempt(planned, attempts);
    if (!('again' in result)) return result;
    const elapsed = clock.now() - started;
    const wait = pause();
    if (result.error !== undefined && ++lost > MOST_LOST) throw result.error;
    if (elapsed + wait > options.retryTimeoutMs) {
      throw new HelmCdError(
        'conflict',
        `The pull request could not be settled in ${attempts} attempts within ${formatDuration(elapsed)}: ${result.again}.`,
        { hint: 'Run this again, or give it more time with the input retry-timeout.' },
      );
    }
    log.info(`Attempt ${attempts}: ${result.again}; computing again.`);
    await clock.sleep(wait);
    planned = await options.plan(await options.base.head());
  }
}
