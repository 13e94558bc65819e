/** What an interrupted run left behind is put in order before anything new begins. */
import { HelmCdError } from '../core/errors.js';
import type { Revision } from '../core/release.js';
import { interrupted, wayBack } from '../core/release-good.js';
import { outcomeOf } from '../core/release-outcome.js';
import { annotateRevision, readHistory } from './history.js';
import { rollBackTo, settlePendingRecords, uninstallRelease, type ReleaseContext } from './roll-back.js';

/** An operation of somebody else's helm may still be going on for so long: helm's own default time limit. */
const FOREIGN_MS = 5 * 60_000;
const POLL_MS = 2000;

export interface Recovery {
  readonly history: readonly Revision[];
  /** One sentence when something was put in order. */
  readonly report: string | undefined;
}

export interface RecoverOptions {
  /** The lock was taken over from a run that is gone: whatever is pending is that run's. */
  readonly tookOver: boolean;
  /** How long a living operation of somebody else is waited for. */
  readonly waitMs: number;
  readonly rollbackTimeoutMs: number;
}

/** Waits for a pending operation that may be alive: one that helm-cd did not start. */
async function waitForOthers(
  context: ReleaseContext,
  first: readonly Revision[],
  options: RecoverOptions,
): Promise<readonly Revision[]> {
  const { services, cluster, target } = context;
  const until = services.clock.now() + options.waitMs;
  let told = false;
  for (let history = first; ; history = await readHistory(cluster, target)) {
    const pending = interrupted(history);
    if (pending === undefined || options.tookOver || outcomeOf(pending) !== undefined) return history;
    const age = services.clock.now() - Date.parse(pending.deployedAt);
    if (!(age < FOREIGN_MS)) return history;
    if (!told) services.log.info(`Revision ${pending.revision} is ${pending.status}: waiting, helm may be at work`);
    told = true;
    if (services.clock.now() >= until) {
      throw new HelmCdError('timeout', `Another helm operation on this release is in progress (${pending.status}).`, {
        hint: 'Let it finish, or raise lock-timeout.',
      });
    }
    await services.clock.sleep(POLL_MS);
  }
}

/**
 * Takes a release out of a `pending-…` state: back to the last good revision; a first install that never finished is
 * uninstalled. Where there is no good revision but there was one in service, only the record is closed, and the upgrade
 * that follows brings things in order.
 */
export async function recoverRelease(
  context: ReleaseContext,
  first: readonly Revision[],
  options: RecoverOptions,
): Promise<Recovery> {
  const { cluster, target, services } = context;
  const history = await waitForOthers(context, first, options);
  const pending = interrupted(history);
  if (pending === undefined) {
    await settlePendingRecords(context, history);
    return { history, report: undefined };
  }
  const what = `Revision ${pending.revision} was left ${pending.status} by a run that never finished`;
  const good = pending.status === 'uninstalling' ? undefined : wayBack(history, pending);
  let report: string;
  if (good !== undefined) {
    const reason = `revision ${pending.revision} was left ${pending.status}`;
    const request = { to: good, reason, timeoutMs: options.rollbackTimeoutMs, watch: false };
    const result = await rollBackTo(context, request);
    if (!result.ok)
      throw new HelmCdError('tool', `${what}, and the rollback to ${good.revision} failed: ${result.message}`);
    report = `${what}: rolled back to revision ${good.revision} first.`;
  } else if (pending.status === 'pending-install' || pending.status === 'uninstalling') {
    const { problem } = await uninstallRelease(context, options.rollbackTimeoutMs);
    if (problem !== undefined) throw new HelmCdError('tool', `${what}, and it cannot be uninstalled: ${problem}`);
    const why = pending.status === 'uninstalling' ? '' : ', for nothing was ever deployed';
    report = `${what}: uninstalled first${why}.`;
  } else {
    const description = `Interrupted (it was ${pending.status})`;
    await annotateRevision(cluster, target, pending.revision, { status: 'failed', description });
    report = `${what}: marked as failed, for no revision is known to be good.`;
  }
  services.log.warning(report);
  return { history: await readHistory(cluster, target), report };
}
