/**
 * A rollback by hand: lock → preflight → diff → rollback → rollout → test → verify → finish. What fails after the
 * change is kept, with its evidence: the person who went back has to say where to go from there.
 */
import path from 'node:path';
import { HelmCdError } from '../../core/errors.js';
import type { Services } from '../../core/ports.js';
import { contentHash, type Revision } from '../../core/release.js';
import { countOfChanges } from '../../core/release-diff.js';
import { deployedRevision, latest } from '../../core/release-good.js';
import { chartDigestLabel, LABELS, outcomeLabel } from '../../core/release-outcome.js';
import { chooseRevision } from '../../core/rollback-choice.js';
import { createHelm } from '../../helm/helm.js';
import { connectCluster } from '../../kubernetes/cluster.js';
import type { HeldLease } from '../../kubernetes/lease.js';
import { checkApproved } from '../../release/approved-plan.js';
import { currentHistory } from '../../release/current-history.js';
import { DeploymentTracker } from '../../release/deployment-tracker.js';
import { reportFailure } from '../../release/fail.js';
import { isHealthy } from '../../release/healthy.js';
import { readNewer, readRevision } from '../../release/history.js';
import { lockRelease } from '../../release/lock.js';
import { PhaseFailure } from '../../release/phase-failure.js';
import { preflight } from '../../release/preflight.js';
import { createReleaseContext } from '../../release/release-context.js';
import { checkNames } from '../../release/release-inputs.js';
import type { ReleaseReport } from '../../release/report.js';
import { recordEnding, rollBackTo, type ReleaseContext } from '../../release/roll-back.js';
import { showDrift } from '../../release/show-drift.js';
import { beginUnfinished } from '../../release/unfinished.js';
import { inPhases, seeTests } from '../../release/see-through.js';
import type { RollbackInputs } from './inputs.js';
import { planRollback } from './plan.js';
import type { RollbackTarget } from './target.js';

async function connect(
  inputs: RollbackInputs,
  target: RollbackTarget,
  report: ReleaseReport,
  services: Services,
): Promise<ReleaseContext> {
  const tool = await services.tools.helm(inputs.helmVersion);
  const helm = createHelm(tool, services);
  report.helm = tool.version;
  const cluster = await connectCluster({ ...inputs.kubeconfig, context: target.kubeContext }, services);
  services.log.info(`Cluster ${cluster.server}${cluster.context === '' ? '' : ` (context ${cluster.context})`}`);
  const namespace = target.namespace || cluster.defaultNamespace;
  checkNames(target.release, namespace);
  report.environment = target.environment;
  report.release = target.release;
  report.namespace = namespace;
  report.server = cluster.server;
  report.context = cluster.context;
  const program = path.basename(tool.path);
  const names = { release: target.release, namespace };
  return createReleaseContext({ ...inputs, helm, program, cluster, services, target: names });
}

/** The digest of a revision's chart: the label lacks its last digit, but the description of a deploy has it whole. */
function recordedDigest({ labels, description }: Revision): string {
  const digest = /sha256:[0-9a-f]{64}/.exec(description)?.[0] ?? '';
  return digest !== '' && chartDigestLabel(digest) === labels[LABELS.chartDigest] ? digest : '';
}

/** Goes back and looks at what runs then. */
async function apply(
  context: ReleaseContext,
  inputs: RollbackInputs,
  to: Revision,
  before: number,
  holder: string,
  report: ReleaseReport,
): Promise<void> {
  const { cluster, services, target } = context;
  const { actor, runUrl } = services.context;
  const reason = ['asked for', actor === '' ? '' : ` by ${actor}`, runUrl === '' ? '' : `, ${runUrl}`].join('');
  const tracker = DeploymentTracker.of(inputs, context, report);
  await tracker?.begin(to, to.labels[LABELS.commit] ?? '');
  await beginUnfinished(context, {
    ...inputs,
    before,
    what: 'rollback',
    holder,
    rollback: true,
    onFirstInstallFailure: 'keep',
    githubDeployment: report.githubDeployment,
    environment: report.environment,
    allowExec: inputs.kubeconfig.allowExec,
  });
  report.appliedAt = services.clock.now();
  try {
    await inPhases(services, report, async (step) => {
      const { timeoutMs } = inputs;
      const result = await step('upgrade', () => rollBackTo(context, { to, reason, timeoutMs, watch: true }));
      report.revision = result.revision;
      if (!result.ok) throw new PhaseFailure(result.applied ? 'rollout' : 'upgrade', result.message);
      const revision = await readRevision(cluster, target, result.revision);
      if (revision === undefined) throw new PhaseFailure('upgrade', `revision ${result.revision} is gone`);
      await seeTests(context, inputs, revision, report, step);
    });
    report.result = 'rolled-back';
    report.settlement = `On revision ${report.revision}, a copy of revision ${to.revision}.`;
    services.log.info(`✓ ${target.release} is back on ${to.chartName} ${to.chartVersion}, revision ${report.revision}`);
    await tracker?.succeed();
  } catch (error) {
    if (!(error instanceof PhaseFailure)) throw error;
    await reportFailure(context, error, before, report);
    const newest = await readNewer(cluster, target, before, { ignoreCancel: true });
    if (newest === undefined) {
      report.settlement = 'Nothing was changed: helm failed before it made a revision.';
      report.revision = before;
      await tracker?.fail(undefined);
      return;
    }
    const outcome = error.phase === 'cancelled' ? 'pending' : 'failed';
    const labels = { [LABELS.outcome]: outcomeLabel(newest.revision, outcome) };
    const description = `Rollback to ${to.revision}, failed: ${services.masks.redact(error.message).slice(0, 180)}`;
    await recordEnding(context, newest.revision, { labels, description });
    report.revision = newest.revision;
    report.settlement = `Revision ${newest.revision}, a copy of revision ${to.revision}, was kept: a rollback by hand is not undone.`;
    await tracker?.fail(undefined);
  }
}

async function underLock(
  context: ReleaseContext,
  inputs: RollbackInputs,
  target: RollbackTarget,
  lock: HeldLease | undefined,
  report: ReleaseReport,
): Promise<void> {
  const { services, cluster } = context;
  const history = await currentHistory(context, { ...inputs, rollbackTimeoutMs: inputs.timeoutMs }, lock, report);
  const newest = latest(history);
  if (newest === undefined) {
    throw new HelmCdError('not-found', `There is no release ${report.release} in ${report.namespace}.`, {
      hint: `Check the inputs "release" and "namespace", and that ${cluster.server} is the cluster that is meant.`,
    });
  }
  const { to, doubt } = chooseRevision(history, inputs.toRevision);
  report.chart = {
    name: to.chartName,
    version: to.chartVersion,
    appVersion: to.appVersion,
    digest: recordedDigest(to),
    source: `revision ${to.revision}`,
  };
  if (doubt !== undefined) {
    services.log.warning(`Revision ${to.revision} is not known to be good: ${doubt}. It was asked for by its number.`);
  }
  const plan = await planRollback(context, history, to, target.secretFiles);
  report.planDigest = plan.digest;
  report.changes = plan.changes;
  if (inputs.diff) {
    report.diff = plan.diff;
    report.diffFile = plan.diffFile;
    services.log.group(`Diff: ${countOfChanges(plan.changes)}`, plan.diff);
  }
  checkApproved(inputs.planDigest, plan.digest);
  const deployed = deployedRevision(history);
  const same = deployed?.revision === newest.revision && contentHash(deployed) === contentHash(to);
  if (!inputs.dryRun && same && (await isHealthy(context, deployed))) {
    services.log.info(`Nothing to change: revision ${deployed.revision} is the same, and it is healthy.`);
    report.result = 'unchanged';
    return;
  }
  // helm applies a revision that it goes back to in the way in which that one was applied.
  const options = { next: to, base: deployed ?? newest, newest: to, planOnly: inputs.dryRun };
  const drift = await preflight(context, options);
  if (plan.marks !== undefined) await showDrift(context, drift, plan.marks, report);
  if (inputs.dryRun) {
    report.result = 'planned';
    return;
  }
  await apply(context, inputs, to, newest.revision, lock?.holder ?? '', report);
}

/**
 * Rolls a release back; the report says how it went.
 * @throws HelmCdError for what is found before anything was changed.
 */
export async function rollBack(
  inputs: RollbackInputs,
  target: RollbackTarget,
  report: ReleaseReport,
  services: Services,
): Promise<void> {
  const context = await connect(inputs, target, report, services);
  const lock = inputs.dryRun
    ? undefined
    : await lockRelease(
        context.cluster,
        context.target,
        { timeoutMs: inputs.lockTimeoutMs, token: inputs.token },
        services,
      );
  try {
    await underLock(context, inputs, target, lock, report);
  } finally {
    await lock?.release();
  }
}
