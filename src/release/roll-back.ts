/** Ways back: to a revision that is known to work, or to nothing at all. All of it works after the job was cancelled. */
import { HelmCdError, messageOf } from '../core/errors.js';
import type { Graces } from '../core/pod-problems.js';
import type { Services } from '../core/ports.js';
import { contentHash, isPending, type Revision } from '../core/release.js';
import { latest } from '../core/release-good.js';
import { readManifest } from '../core/release-manifest.js';
import { LABELS, outcomeLabel } from '../core/release-outcome.js';
import { watchedObjects } from '../core/rollout.js';
import type { Helm } from '../helm/helm.js';
import { helmMessage, rollbackArgs, uninstallArgs, type ReleaseTarget } from '../helm/lifecycle.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { classifyFailure } from '../kubernetes/kubectl-errors.js';
import { annotateRevision, readHistory } from './history.js';
import { watchRollout } from './watch.js';

/** Everything that changes a release needs. */
export interface ReleaseContext {
  readonly helm: Helm;
  readonly cluster: Cluster;
  readonly services: Services;
  readonly target: ReleaseTarget;
  readonly historyMax: number;
  readonly graces: Graces;
  readonly forceConflicts: boolean;
  /** What helm calls itself as a field manager: the name of its program. */
  readonly fieldManager: string;
}

export interface RollbackRequest {
  readonly to: Revision;
  /** Why, in one sentence, for the history. */
  readonly reason: string;
  /** For hooks and for the rollout. */
  readonly timeoutMs: number;
  /** Wait until the old revision runs again. */
  readonly watch: boolean;
}

export interface RollbackResult {
  readonly ok: boolean;
  /** Whether helm did its part: what failed then is the rollout. */
  readonly applied: boolean;
  /** The new revision, a copy of the good one; 0 when there is none. */
  readonly revision: number;
  readonly message: string;
  readonly hooksSkipped: boolean;
}

/** Enough for helm to come to its own end when a hook uses up its time. */
const SPARE_MS = 30_000;

/** How long a way back is tried again when the cluster does not answer. */
const RETRY_MS = 60_000;
const RETRY_PAUSE_MS = 3000;

/** Whether the cluster did not answer helm: not so when a hook used up its time, which helm says in the same words. */
function isOutage(stderr: string): boolean {
  if (classifyFailure(stderr) !== 'unreachable') return false;
  return !/context deadline exceeded/.test(stderr) || /https?:\/\/|dial tcp|Client\.Timeout/.test(stderr);
}

/**
 * Runs a helm command that brings a release back. While the cluster does not answer it is repeated, for a while: there is
 * nothing better to do.
 * @returns what went wrong, or nothing.
 */
async function helmChange(
  { helm, cluster, services }: ReleaseContext,
  args: readonly string[],
  timeoutMs: number,
): Promise<string | undefined> {
  const options = {
    env: cluster.environment,
    timeoutMs: timeoutMs + SPARE_MS,
    accept: 'any',
    ignoreCancel: true,
  } as const;
  const until = services.clock.now() + RETRY_MS;
  for (;;) {
    try {
      const result = await helm.run(args, options);
      if (result.code === 0) return undefined;
      const message = helmMessage(result.stderr);
      const hopeless = services.cancelled.aborted || services.clock.now() > until;
      if (hopeless || !isOutage(result.stderr)) return message;
      services.log.info(`The cluster does not answer, trying again: ${message}`);
      await services.clock.sleep(RETRY_PAUSE_MS);
    } catch (error) {
      if (error instanceof HelmCdError) return error.message;
      throw error;
    }
  }
}

/** helm leaves the status of a revision that was interrupted as it is; for ever, once another revision follows. */
export async function settlePendingRecords(context: ReleaseContext, history: readonly Revision[]): Promise<void> {
  const newest = latest(history);
  for (const revision of history) {
    if (!isPending(revision) || revision.revision === newest?.revision) continue;
    const description = `Interrupted (it was ${revision.status})`;
    await annotateRevision(context.cluster, context.target, revision.revision, { status: 'failed', description });
  }
}

/**
 * Helm takes the newest record for what is in the cluster. After a rollback that ended half-way that is the copy of where it
 * went, not what it was to leave: a second try would leave objects behind, and with helm 3 fields, too. So that record goes.
 */
async function forgetHalfRollback(context: ReleaseContext, newest: Revision | undefined, to: Revision): Promise<void> {
  if (newest?.status !== 'pending-rollback' || contentHash(newest) !== contentHash(to)) return;
  const { cluster, target, services } = context;
  const record = `sh.helm.release.v1.${target.release}.v${newest.revision}`;
  const options = { namespace: target.namespace, ignoreCancel: true };
  const reply = await cluster.call(['delete', 'secret', record, '--ignore-not-found'], options);
  if (reply.failure !== undefined) services.log.warning(`The record ${record} cannot be removed: ${reply.message}`);
}

/**
 * Goes back to a revision. A failing rollback hook, which leaves helm stuck in `pending-rollback`, is answered by a second
 * try without hooks.
 */
export async function rollBackTo(context: ReleaseContext, request: RollbackRequest): Promise<RollbackResult> {
  const { cluster, services, target, helm, historyMax, forceConflicts } = context;
  const { to, reason, timeoutMs } = request;
  const description = `Rollback to ${to.revision}: ${reason}`;
  // helm refuses that for a revision that is merged on the client.
  const force = forceConflicts && to.applyMethod === 'ssa';
  const options = { ...target, revision: to.revision, timeoutMs, historyMax, description, forceConflicts: force };
  const read = () => readHistory(cluster, target, { ignoreCancel: true });

  let newest = latest(await read());
  await forgetHalfRollback(context, newest, to);
  let message = await helmChange(context, rollbackArgs(helm, { ...options, noHooks: false }), timeoutMs);
  newest = latest(await read());
  let hooksSkipped = false;
  if (message !== undefined && newest?.status === 'pending-rollback') {
    services.log.warning(`A hook of the rollback failed, trying again without hooks: ${message}`);
    hooksSkipped = true;
    await forgetHalfRollback(context, newest, to);
    message = await helmChange(context, rollbackArgs(helm, { ...options, noHooks: true }), timeoutMs);
    newest = latest(await read());
  }
  const revision = newest?.revision ?? 0;
  if (message !== undefined) return { ok: false, applied: false, revision, message, hooksSkipped };

  if (request.watch) {
    const refs = watchedObjects(readManifest(to.manifest, target.namespace));
    const { namespace } = target;
    const watchOptions = { namespace, timeoutMs, graces: context.graces, ignoreCancel: true };
    const watched = await watchRollout(cluster, refs, services, watchOptions);
    if (watched.failure !== undefined) {
      return { ok: false, applied: true, revision, message: watched.failure.message, hooksSkipped };
    }
    // helm 3 cannot say why; the record can.
    const labels = { [LABELS.outcome]: outcomeLabel(revision, 'restored') };
    await annotateRevision(cluster, target, revision, { labels, description });
  }
  await settlePendingRecords(context, await read());
  return { ok: true, applied: true, revision, message: '', hooksSkipped };
}

export interface UninstallResult {
  /** What went wrong, or nothing. */
  readonly problem: string | undefined;
  readonly hooksSkipped: boolean;
}

/** Removes a release that never worked. A failing hook is answered by a second try without hooks. */
export async function uninstallRelease(context: ReleaseContext, timeoutMs: number): Promise<UninstallResult> {
  const { target, services } = context;
  const message = await helmChange(context, uninstallArgs({ ...target, timeoutMs, noHooks: false }), timeoutMs);
  if (message === undefined) return { problem: undefined, hooksSkipped: false };
  services.log.warning(`The release could not be uninstalled, trying again without hooks: ${message}`);
  const problem = await helmChange(context, uninstallArgs({ ...target, timeoutMs, noHooks: true }), timeoutMs);
  return { problem, hooksSkipped: true };
}

/** Says in the history how a revision ended; a record that cannot be written is worth a warning, not a failure. */
export async function recordEnding(
  context: ReleaseContext,
  revision: number,
  change: Parameters<typeof annotateRevision>[3],
): Promise<void> {
  try {
    await annotateRevision(context.cluster, context.target, revision, change);
  } catch (error) {
    context.services.log.warning(`The outcome could not be recorded in the release's history: ${messageOf(error)}`);
  }
}
