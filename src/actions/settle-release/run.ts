/** Finishes what a deploy or a rollback that was killed has left half-way: the last thing that a cancelled job does. */
import path from 'node:path';
import type { Outcome } from '../../core/action.js';
import { HelmCdError } from '../../core/errors.js';
import { escapeMarkdown } from '../../core/markdown.js';
import type { Services } from '../../core/ports.js';
import { outcomeOf } from '../../core/release-outcome.js';
import type { Revision } from '../../core/release.js';
import { isPending } from '../../core/release.js';
import { failDeployment } from '../../github/deployments.js';
import { runRepository } from '../../github/run-repository.js';
import { createHelm } from '../../helm/helm.js';
import { connectCluster } from '../../kubernetes/cluster.js';
import { readNewer } from '../../release/history.js';
import { lockRelease } from '../../release/lock.js';
import { endOrphans } from '../../release/orphans.js';
import { createReleaseContext } from '../../release/release-context.js';
import type { ReleaseContext } from '../../release/roll-back.js';
import { settleFailure, type Settlement } from '../../release/settle.js';
import { readUnfinished, type Unfinished } from '../../release/unfinished.js';

export interface SettleInputs {
  /** The temporary folder of the step that may have been killed. */
  readonly folder: string;
  /** For the GitHub Deployment, if one was begun. */
  readonly token: string;
}

/** A cancelled job has five minutes for such steps. */
const LONGEST_MS = 4 * 60_000;
/** Somebody else who has taken the lock over meanwhile puts the release in order himself. */
const LOCK_MS = 30_000;

async function contextOf(state: Unfinished, services: Services): Promise<ReleaseContext> {
  const tool = await services.tools.helm(state.helm);
  const cluster = await connectCluster({ text: '', ...state.kubeconfig }, services);
  return createReleaseContext({
    ...state,
    helm: createHelm(tool, services),
    program: path.basename(tool.path),
    cluster,
    services,
    target: { release: state.release, namespace: state.namespace },
  });
}

/** Why nothing needs to be done, as a sentence. */
function whyDone(newest: Revision | undefined, what: string): string | undefined {
  if (newest === undefined) return 'Nothing was changed: the release is as it was.';
  const outcome = outcomeOf(newest);
  if (outcome === 'passed') return `Revision ${newest.revision} had passed its tests already.`;
  if (outcome === 'restored') return `The release had been rolled back already, as revision ${newest.revision}.`;
  const isRollback = newest.rollbackRevision > 0 && !isPending(newest);
  if (isRollback)
    return `Revision ${newest.revision}, a copy of revision ${newest.rollbackRevision}, was put in place.`;
  return what === 'rollback' && outcome === 'failed' ? `Revision ${newest.revision} was kept.` : undefined;
}

async function settle(state: Unfinished, context: ReleaseContext): Promise<Settlement> {
  const newest = await readNewer(context.cluster, context.target, state.before);
  const done = whyDone(newest, state.what);
  if (done !== undefined) {
    context.services.log.info(done);
    return { result: 'failed', revision: newest?.revision ?? state.before, message: done };
  }
  return settleFailure(context, {
    previous: state.before,
    reason: `the job was ended during the ${state.what}`,
    cancelled: true,
    rollback: state.rollback,
    onFirstInstallFailure: state.onFirstInstallFailure,
    timeoutMs: Math.min(state.timeoutMs, LONGEST_MS),
  });
}

async function tellGitHub(state: Unfinished, token: string, message: string, services: Services): Promise<void> {
  if (state.githubDeployment === 0 || token === '') return;
  const repository = runRepository(token, services);
  if (repository === undefined) return;
  await failDeployment(state.githubDeployment, repository, message, services.context.runUrl, services.log);
}

/** Settles what the step before has not. */
export async function run({ folder, token }: SettleInputs, services: Services): Promise<Outcome> {
  const state = folder === '' ? undefined : await readUnfinished(folder);
  if (state === undefined) return { result: '', ok: true, outputs: {}, summary: '', document: {} };
  const { log } = services;
  log.info(`The ${state.what} of ${state.release} in ${state.namespace} was ended before it was finished.`);
  const ended = await endOrphans(folder, services.processes);
  if (ended > 0) log.info(`Ended ${ended} of its programs that were still at work.`);
  const context = await contextOf(state, services);
  let message: string;
  let result = 'failed';
  try {
    const lock = await lockRelease(
      context.cluster,
      context.target,
      { timeoutMs: LOCK_MS, holder: state.holder, token },
      services,
    );
    try {
      ({ result, message } = await settle(state, context));
    } finally {
      await lock.release();
    }
  } catch (error) {
    if (!(error instanceof HelmCdError) || error.code === 'cancelled') throw error;
    message = `${error.message} The next deploy puts the release in order.`;
    log.warning(message);
  }
  await tellGitHub(state, token, `The job was ended. ${message}`, services);
  return {
    result,
    ok: true,
    outputs: {},
    summary: `### ⏹️ The job was ended during the ${state.what} of ${escapeMarkdown(state.release)}\n\n${escapeMarkdown(message)}`,
    document: { release: state.release, namespace: state.namespace, message },
  };
}
