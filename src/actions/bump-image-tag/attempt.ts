import { decorrelatedJitter } from '../../core/backoff.js';
import type { BumpPlan } from '../../core/bump-request.js';
import type { ChosenStrategy } from '../../core/bump-strategy.js';
import { commitMessage, TRAILER, trailersOf, type BumpOrigin } from '../../core/commit-message.js';
import { formatDuration } from '../../core/duration.js';
import { HelmCdError } from '../../core/errors.js';
import type { Clock, Log } from '../../core/ports.js';
import type { BranchHead, CommitOutcome, RepositoryBranch } from '../../core/repository-branch.js';
import type { PlannedBump } from './plan.js';

/**
 * Between two attempts, milliseconds. GitHub wants a second between two changes, and counts them: with pauses from there,
 * twenty writers that begin at one moment need about three attempts each; with pauses from 50 ms they need six.
 */
const SHORTEST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;
/** How often an answer may be lost before that is an error. */
const MOST_LOST = 3;

export interface BumpAttempts {
  readonly branch: RepositoryBranch;
  /** Plans the bump; called for each commit that the branch turns out to be at. */
  readonly plan: (head: BranchHead) => Promise<PlannedBump>;
  /** Whether the plan is to be put onto the branch, or onto another one as a pull request. */
  readonly strategy: (planned: PlannedBump) => ChosenStrategy;
  /** Where the bump comes from, but for what the commit tells. */
  readonly origin: Omit<BumpOrigin, 'environment' | 'branch'>;
  readonly messageTemplate: string;
  readonly dryRun: boolean;
  readonly retryTimeoutMs: number;
  readonly log: Log;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Told of every plan before it is carried out. */
  readonly onPlan: (plan: BumpPlan, head: BranchHead) => void;
}

export interface BumpResult extends PlannedBump {
  /** `proposed`: nothing is done yet, for it is to be done by a pull request. */
  readonly result: 'bumped' | 'unchanged' | 'planned' | 'proposed';
  readonly environment: string;
  /** The commit that was made; empty when none was. */
  readonly commit: string;
  /** Whether the server vouches for the commit; nothing when it has no word for that. */
  readonly verified: boolean | undefined;
  readonly attempts: number;
}

/**
 * Bumps by compare-and-swap: read the newest commit, compute the edits and versions from it, put the new commit onto it
 * if the branch is still there. When it is not, everything is computed again from the new head, so that nobody's change
 * is lost and no version is given twice; what was computed before is never sent again.
 * @throws HelmCdError `conflict` when others were faster until the time was over.
 */
export async function bump(options: BumpAttempts): Promise<BumpResult> {
  const { branch, clock, log } = options;
  const pause = decorrelatedJitter(SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS, options.random);
  const started = clock.now();
  const lost: HelmCdError[] = [];
  let previous: BumpResult | undefined;
  for (let attempts = 1; ; attempts++) {
    const head = await branch.head();
    if (previous !== undefined) {
      // Also when the server said that the branch had moved: on a broken connection git's transport sends a push a second
      // time by itself, and what is in its way then is our own commit.
      const own = (await head.commits()).find(({ message }) =>
        trailersOf(message, TRAILER.id).includes(options.origin.id),
      );
      if (own !== undefined) {
        log.info(`The commit ${own.oid.slice(0, 12)} did arrive, only the answer was lost.`);
        return { ...previous, commit: own.oid, verified: own.verified };
      }
      const error = lost[MOST_LOST - 1];
      if (error !== undefined) throw error;
    }
    const planned = await options.plan(head);
    const { plan } = planned;
    const name = planned.resolved.environment?.name ?? '';
    const result = { ...planned, environment: name, commit: '', verified: undefined, attempts };
    if (plan.files.length === 0) return { ...result, result: 'unchanged' };
    const strategy = options.strategy(planned);
    if (strategy.by === 'pull-request') return { ...result, result: 'proposed' };
    options.onPlan(plan, head);
    if (options.dryRun) return { ...result, result: 'planned' };

    const origin = { ...options.origin, environment: name, branch: head.branch };
    let outcome: CommitOutcome;
    try {
      outcome = await branch.commit(head, plan.files, commitMessage(plan, origin, options.messageTemplate));
    } catch (error) {
      if (!(error instanceof HelmCdError) || error.code !== 'refused' || !strategy.fallBack) throw error;
      log.info(`${error.message} It is proposed by a pull request instead.`);
      return { ...result, result: 'proposed' };
    }
    if (outcome.status === 'committed') {
      return { ...result, result: 'bumped', commit: outcome.oid, verified: outcome.verified };
    }
    previous = { ...result, result: 'bumped' };
    const elapsed = clock.now() - started;
    let wait = pause();
    if (outcome.status === 'unknown') {
      lost.push(outcome.error);
      log.info(`Attempt ${attempts}: the answer was lost; looking whether the commit arrived.`);
    } else {
      if (elapsed >= options.retryTimeoutMs) {
        throw new HelmCdError(
          'conflict',
          `The branch ${head.branch} moved during each of ${attempts} attempts within ${formatDuration(elapsed)}.`,
          { hint: 'Run this again, or give it more time with the input retry-timeout.' },
        );
      }
      // The last attempt is made when the time is over: it is not given up because a pause would be longer.
      wait = Math.min(wait, options.retryTimeoutMs - elapsed);
      log.info(`Attempt ${attempts}: ${head.branch} moved on (${outcome.reason}); computing again from its new head.`);
    }
    await clock.sleep(wait);
  }
}
