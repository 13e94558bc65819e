/**
 * The transaction: resolve → lock → preflight → diff → upgrade → rollout → test → verify → finish, and from anywhere
 * after the first change → evidence → roll back | uninstall | keep → finish. docs/deploy.md draws it.
 */
import { HelmCdError } from '../../core/errors.js';
import type { Services } from '../../core/ports.js';
import type { Revision } from '../../core/release.js';
import { countOfChanges } from '../../core/release-diff.js';
import { latest } from '../../core/release-good.js';
import { whyNeeded } from '../../core/release-unchanged.js';
import type { UpgradeOptions } from '../../helm/lifecycle.js';
import { connectCluster, type Cluster } from '../../kubernetes/cluster.js';
import type { HeldLease } from '../../kubernetes/lease.js';
import { checkApproved } from '../../release/approved-plan.js';
import { currentHistory } from '../../release/current-history.js';
import { beginUnfinished } from '../../release/unfinished.js';
import { DeploymentTracker } from '../../release/deployment-tracker.js';
import { handleFailure } from '../../release/fail.js';
import { isHealthy } from '../../release/healthy.js';
import { createNamespace, lockRelease, namespaceExists } from '../../release/lock.js';
import { PhaseFailure } from '../../release/phase-failure.js';
import { appliesOnServer, preflight } from '../../release/preflight.js';
import { checkNames } from '../../release/release-inputs.js';
import type { ReleaseReport } from '../../release/report.js';
import { createReleaseContext } from '../../release/release-context.js';
import type { ReleaseContext } from '../../release/roll-back.js';
import { showDrift } from '../../release/show-drift.js';
import { applyPlan } from './apply.js';
import { commitRanges } from './commit-ranges.js';
import type { DeployInputs } from './inputs.js';
import { makePlan, type Plan } from './plan.js';
import { prepare, upgradeOptions, type Prepared } from './prepare.js';
import type { DeployTarget } from './target.js';

class Deploy {
  private readonly inputs: DeployInputs;
  private readonly report: ReleaseReport;
  private readonly prepared: Prepared;
  private readonly context: ReleaseContext;
  private lock: HeldLease | undefined;

  constructor(inputs: DeployInputs, report: ReleaseReport, prepared: Prepared, context: ReleaseContext) {
    this.inputs = inputs;
    this.report = report;
    this.prepared = prepared;
    this.context = context;
  }

  async run(): Promise<void> {
    const { cluster, target, services } = this.context;
    const exists = await namespaceExists(cluster, target.namespace);
    if (!exists && !this.inputs.createNamespace) {
      throw new HelmCdError('not-found', `There is no namespace ${target.namespace} in ${cluster.server}.`, {
        hint: 'Create it, or set create-namespace: true.',
      });
    }
    try {
      if (exists && !this.inputs.dryRun) await this.takeLock();
      let history = await this.currentHistory();
      let plan = await this.plan(history);
      if (this.inputs.dryRun) {
        // In a namespace that is not there, nothing can be tried.
        if (exists) await this.tryOut(plan, history);
        this.report.result = 'planned';
        this.report.revision = this.report.previousRevision;
        return;
      }
      checkApproved(this.inputs.planDigest, plan.digest);
      if (await this.isUnchanged(history, plan)) return;
      if (!exists) {
        await createNamespace(cluster, target.namespace, services);
        await this.takeLock();
        history = await this.currentHistory();
        if (history.length > 0) {
          plan = await this.plan(history);
          checkApproved(this.inputs.planDigest, plan.digest);
        }
      }
      await this.tryOut(plan, history);
      await this.apply(plan, history);
    } finally {
      await this.lock?.release();
    }
  }

  private async takeLock(): Promise<void> {
    const { cluster, target, services } = this.context;
    const { lockTimeoutMs: timeoutMs, token } = this.inputs;
    this.lock = await lockRelease(cluster, target, { timeoutMs, token }, services);
  }

  private currentHistory(): Promise<readonly Revision[]> {
    return currentHistory(this.context, this.inputs, this.lock, this.report);
  }

  private async plan(history: readonly Revision[]): Promise<Plan> {
    const { services } = this.context;
    const options = this.options(history);
    const plan = await makePlan(this.context, options, this.prepared.chart, this.prepared.values, history);
    this.report.planDigest = plan.digest;
    this.report.changes = plan.changes;
    if (this.inputs.diff) {
      this.report.diff = plan.diff;
      this.report.diffFile = plan.diffFile;
      services.log.group(`Diff: ${countOfChanges(plan.changes)}`, plan.diff);
    }
    return plan;
  }

  private async tryOut(plan: Plan, history: readonly Revision[]): Promise<void> {
    const options = { next: plan.next, base: plan.base, newest: latest(history), planOnly: this.inputs.dryRun };
    const commits = commitRanges(plan.changes, this.context.services);
    await showDrift(this.context, await preflight(this.context, options), plan.marks, this.report);
    this.report.commits = await commits;
    if (this.report.commits.length > 0) this.context.services.log.group('New commits', this.report.commits.join('\n'));
  }

  private options(history: readonly Revision[]): UpgradeOptions {
    const newest = latest(history);
    const options = upgradeOptions(this.inputs, this.prepared, this.context, this.report, (newest?.revision ?? 0) + 1);
    // A release that is merged on the client has no conflicts, and helm refuses to take over what nobody owns.
    const { helm } = this.context;
    return { ...options, forceConflicts: options.forceConflicts && appliesOnServer(helm.major, newest) };
  }

  private async isUnchanged(history: readonly Revision[], plan: Plan): Promise<boolean> {
    const { services } = this.context;
    const need = whyNeeded(history, plan.next, this.prepared.chart.digest);
    const current = latest(history);
    if (need === undefined && current !== undefined && (await isHealthy(this.context, current))) {
      services.log.info(`Nothing to change, and revision ${current.revision} is healthy.`);
      this.report.result = 'unchanged';
      this.report.revision = current.revision;
      return true;
    }
    services.log.info(`Deploying: ${need ?? 'what is deployed is not healthy'}`);
    return false;
  }

  private async apply(plan: Plan, history: readonly Revision[]): Promise<void> {
    const before = latest(history)?.revision ?? 0;
    const tracker = DeploymentTracker.of(this.inputs, this.context, this.report);
    await tracker?.begin(plan.next);
    await beginUnfinished(this.context, {
      ...this.inputs,
      before,
      what: 'deploy',
      holder: this.lock?.holder ?? '',
      timeoutMs: this.inputs.rollbackTimeoutMs,
      githubDeployment: this.report.githubDeployment,
      environment: this.report.environment,
      allowExec: this.inputs.kubeconfig.allowExec,
    });
    try {
      const revision = await applyPlan(this.context, this.inputs, this.options(history), before, this.report);
      this.report.result = 'deployed';
      this.report.revision = revision.revision;
      const { chart } = this.prepared;
      const { target, services } = this.context;
      services.log.info(`✓ ${target.release} is on ${chart.name} ${chart.version}, revision ${revision.revision}`);
      await tracker?.succeed();
    } catch (error) {
      if (!(error instanceof PhaseFailure)) throw error;
      const restored = await handleFailure(this.context, this.inputs, error, before, this.report);
      await tracker?.fail(restored);
    }
  }
}

function contextFor(
  inputs: DeployInputs,
  target: DeployTarget,
  prepared: Prepared,
  cluster: Cluster,
  report: ReleaseReport,
  services: Services,
): ReleaseContext {
  const release = inputs.release || target.chart?.release || prepared.chart.name;
  const namespace = inputs.namespace || target.environment?.cluster.namespace || cluster.defaultNamespace;
  checkNames(release, namespace);
  report.release = release;
  report.namespace = namespace;
  report.server = cluster.server;
  report.context = cluster.context;
  return createReleaseContext({ ...inputs, ...prepared, cluster, services, target: { release, namespace } });
}

/**
 * Deploys; the report says how it went.
 * @throws HelmCdError for what is found before anything was changed.
 */
export async function deploy(
  inputs: DeployInputs,
  target: DeployTarget,
  report: ReleaseReport,
  services: Services,
): Promise<void> {
  report.environment = target.environment?.name ?? '';
  const kubeContext = inputs.kubeconfig.context || target.environment?.cluster.context || '';
  // Side by side. What is wrong with the chart is said first, but never while the cluster is still being reached.
  const [prepared, connected] = await Promise.allSettled([
    prepare(inputs, target, report, services),
    connectCluster({ ...inputs.kubeconfig, context: kubeContext }, services),
  ]);
  if (prepared.status === 'rejected') throw prepared.reason;
  if (connected.status === 'rejected') throw connected.reason;
  const cluster = connected.value;
  services.log.info(`Cluster ${cluster.server}${cluster.context === '' ? '' : ` (context ${cluster.context})`}`);
  const context = contextFor(inputs, target, prepared.value, cluster, report, services);
  await new Deploy(inputs, report, prepared.value, context).run();
}
