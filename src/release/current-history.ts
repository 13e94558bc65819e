import { HelmCdError } from '../core/errors.js';
import type { Revision } from '../core/release.js';
import { deployedRevision, interrupted } from '../core/release-good.js';
import type { HeldLease } from '../kubernetes/lease.js';
import { readHistory } from './history.js';
import { recoverRelease } from './recover.js';
import type { ReleaseReport } from './report.js';
import type { ReleaseContext } from './roll-back.js';

export interface BeginOptions {
  /** Nothing may be changed. */
  readonly dryRun: boolean;
  readonly lockTimeoutMs: number;
  readonly rollbackTimeoutMs: number;
}

/**
 * The history, with whatever an earlier run left behind put in order; a dry run only says that it is there.
 * @param report gets what was put in order, and the revision that is deployed.
 * @throws HelmCdError `conflict` when a dry run finds a release that is pending.
 */
export async function currentHistory(
  context: ReleaseContext,
  options: BeginOptions,
  lock: HeldLease | undefined,
  report: ReleaseReport,
): Promise<readonly Revision[]> {
  const { cluster, target } = context;
  const first = await readHistory(cluster, target);
  const pending = interrupted(first);
  let history = first;
  if (options.dryRun && pending !== undefined) {
    throw new HelmCdError('conflict', `Revision ${pending.revision} of ${target.release} is ${pending.status}.`, {
      hint: 'A run is at work or was killed. A deploy puts that in order first; a dry run changes nothing.',
    });
  }
  if (!options.dryRun) {
    const recovery = await recoverRelease(context, first, {
      tookOver: lock?.tookOver === true,
      waitMs: options.lockTimeoutMs,
      rollbackTimeoutMs: options.rollbackTimeoutMs,
    });
    history = recovery.history;
    report.recovered = recovery.report ?? report.recovered;
  }
  report.previousRevision = deployedRevision(history)?.revision ?? 0;
  report.revision = report.previousRevision;
  return history;
}
