/** The end of a deploy that failed: back to what worked, or away, or kept, as asked for. */
import { isPending, type Revision } from '../core/release.js';
import { everInService, latest, wayBack } from '../core/release-good.js';
import { LABELS, outcomeLabel } from '../core/release-outcome.js';
import { readHistory } from './history.js';
import { rememberOutcome } from './memory.js';
import { recordEnding, rollBackTo, uninstallRelease, type ReleaseContext } from './roll-back.js';

export interface SettleRequest {
  /** The newest revision before the deploy, 0 for none. */
  readonly previous: number;
  /** Why it failed, in one sentence. */
  readonly reason: string;
  /** The job was cancelled: the content is not known to be bad, and there are only seconds. */
  readonly cancelled: boolean;
  readonly rollback: boolean;
  readonly onFirstInstallFailure: 'uninstall' | 'keep';
  readonly timeoutMs: number;
}

export interface Settlement {
  readonly result: 'rolled-back' | 'uninstalled' | 'failed';
  /** The revision that the release is on now; 0 when there is none. */
  readonly revision: number;
  /** What was done, in one sentence. */
  readonly message: string;
  /** What the release was rolled back to. */
  readonly restored?: Revision;
}

/** Labels' and descriptions' room is small; helm 4 takes 256 characters. */
function oneLine(text: string, limit = 200): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 1)}…`;
}

/** Said when the way back had to be gone a second time. */
const SKIPPED = ', without its hooks, for one of them failed';

function keep(context: ReleaseContext, bad: Revision, message: string): Settlement {
  context.services.log.info(message);
  return { result: 'failed', revision: bad.revision, message };
}

async function goBack(
  context: ReleaseContext,
  bad: Revision,
  good: Revision,
  request: SettleRequest,
): Promise<Settlement> {
  const { log } = context.services;
  log.info(
    `Rolling back to revision ${good.revision} (${good.chartName} ${good.chartVersion}), the last known good one`,
  );
  const reason = `revision ${bad.revision} failed: ${oneLine(request.reason, 180)}`;
  const { timeoutMs } = request;
  const result = await rollBackTo(context, { to: good, reason, timeoutMs, watch: true });
  if (!result.ok) {
    const message = `The rollback to revision ${good.revision} failed: ${result.message}`;
    log.error(message);
    return { result: 'failed', revision: result.revision, message };
  }
  const hooks = result.hooksSkipped ? SKIPPED : '';
  const message = `Rolled back to revision ${good.revision} (${good.chartName} ${good.chartVersion}) as revision ${result.revision}${hooks}.`;
  log.info(message);
  return { result: 'rolled-back', revision: result.revision, message, restored: good };
}

async function remove(context: ReleaseContext, bad: Revision, request: SettleRequest): Promise<Settlement> {
  const { log } = context.services;
  log.info('Uninstalling: this was the first install, and there is nothing to go back to');
  const { problem, hooksSkipped } = await uninstallRelease(context, request.timeoutMs);
  if (problem === undefined) {
    const hooks = hooksSkipped ? SKIPPED : '';
    const message = `Uninstalled${hooks}: it was the first install, and there was nothing to go back to.`;
    log.info(message);
    return { result: 'uninstalled', revision: 0, message };
  }
  const message = `The failed first install cannot be uninstalled: ${problem}`;
  log.error(message);
  return { result: 'failed', revision: bad.revision, message };
}

/**
 * Brings a release into a defined state after a failure. It never throws for what the cluster does, only when it cannot
 * be asked.
 */
export async function settleFailure(context: ReleaseContext, request: SettleRequest): Promise<Settlement> {
  const { cluster, target } = context;
  const history = await readHistory(cluster, target, { ignoreCancel: true });
  const bad = latest(history);
  if (bad === undefined || bad.revision <= request.previous) {
    const message = 'Nothing was changed: helm failed before it made a revision.';
    return { result: 'failed', revision: bad?.revision ?? 0, message };
  }
  const description = `Failed: ${oneLine(request.reason)}`;
  const good = request.rollback ? wayBack(history, bad) : undefined;
  // A half rollback that is tried again stays what it is until then: that is how it is known.
  const open = isPending(bad) && !(good !== undefined && bad.status === 'pending-rollback');
  const pending = open ? { status: 'failed' as const } : {};
  const outcome = request.cancelled ? 'pending' : 'failed';
  const labels = { [LABELS.outcome]: outcomeLabel(bad.revision, outcome) };
  // First of all: whoever comes after a killed runner must not take this revision for a good one.
  await recordEnding(context, bad.revision, { labels, description, ...pending });
  if (!request.cancelled) await rememberOutcome(context, bad, 'failed', request.reason);

  if (!request.rollback) return keep(context, bad, `Revision ${bad.revision} was kept: rollback is off.`);
  if (good !== undefined) return goBack(context, bad, good, request);
  if (everInService(history, bad.revision)) {
    const message = `Revision ${bad.revision} was kept: no earlier revision is known to be good.`;
    return keep(context, bad, message);
  }
  if (request.onFirstInstallFailure === 'keep') {
    return keep(context, bad, `Revision ${bad.revision} was kept, as on-first-install-failure says.`);
  }
  return remove(context, bad, request);
}
