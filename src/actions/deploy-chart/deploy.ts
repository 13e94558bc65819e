/**
 * The transaction: resolve → lock → preflight → diff → upgrade → rollout → test → verify → finish, and from anywhere
 * after the first change → evidence → roll back | uninstall | keep → finish. docs/deploy.md draws it.
 */
import { HelmCdError } from '../../core/errors.js';
import { DEFAULT_GRACES } from '../../core/pod-problems.js';
import type { Services } from '../../core/ports.js';
import type { Revision } from '../../core/release.js';
import { countOfChanges } from '../../core/release-diff.js';
import { deployedRevision, interrupted, latest } from '../../core/release-good.js';
import { readManifest } from '../../core/release-manifest.js';
import { planDifference } from '../../core/release-plan.js';
import { whyNeeded } from '../../core/release-unchanged.js';
import { assessRollout, watchedObjects } from '../../core/rollout.js';
import type { UpgradeOptions } from '../../helm/lifecycle.js';
import { connectCluster, type Cluster } from '../../kubernetes/cluster.js';
import type { HeldLease } from '../../kubernetes/lease.js';
import { readHistory } from '../../release/history.js';
import { preflight } from '../../release/preflight.js';
import { recoverRelease } from '../../release/recover.js';
import type { ReleaseContext } from '../../release/roll-back.js';
import { fetchRollout } from '../../release/watch.js';
import { applyPlan, DeployFailure } from './apply.js';
import { handleFailure } from './fail.js';
import { checkNames, type DeployInputs } from './inputs.js';
import { createNamespace, lockRelease, namespaceExists } from './lock.js';
import { makePlan, type Plan } from './plan.js';
import { prepare, upgradeOptions, type Prepared } from './prepare.js';
import type { DeployReport } from './report.js';
import type { DeployTarget } from './target.js';

/** client-go's 5 calls a second make a large chart crawl. */
const HELM_LIMITS = { HELM_QPS: '50', HELM_BURST_LIMIT: '300' };

/** Whether what is deployed is in order right now. */
async function isHealthy(context: ReleaseContext, current: Revision): Promise<boolean> {
  const { namespace } = context.target;
  const refs = watchedObjects(readManifest(current.manifest, namespace));
  if (refs.length === 0) return true;
  const rollouts = assessRollout(refs, namespace, await fetchRollout(context.cluster, refs, namespace, false));
  return rollouts.every((rollout) => rollout.state === 'ready');
}

function checkPlan(inputs: DeployInputs, plan: Plan): void {
  if (inputs.planDigest === '') return;
  const difference = planDifference(inputs.planDigest, plan.digest);
  if (difference === undefined) return;
  throw new HelmCdError('conflict', `This is not the plan that was approved: ${difference} changed since.`, {
    hint:
      difference === 'the rendered objects'
        ? 'Nothing was deployed. A chart that renders differently each time (random passwords, the time of day) cannot be bound to a plan.'
        : 'Nothing was deployed. Look at the new diff, and approve a new dry run.',
  });
}

class Deploy {
  private readonly inputs: DeployInputs;
  private readonly report: DeployReport;
  private readonly prepared: Prepared;
  private readonly context: ReleaseContext;
  private lock: HeldLease | undefined;

  constructor(inputs: DeployInputs, report: DeployReport, prepared: Prepared, context: ReleaseContext) {
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
      checkPlan(this.inputs, plan);
      if (await this.isUnchanged(history, plan)) return;
      if (!exists) {
        await createNamespace(cluster, target.namespace, services);
        await this.takeLock();
        history = await this.currentHistory();
        if (history.length > 0) {
          plan = await this.plan(history);
          checkPlan(this.inputs, plan);
        }
      }
      await this.tryOut(plan, history);
      await this.apply(history);
    } finally {
      await this.lock?.release();
    }
  }

  private async takeLock(): Promise<void> {
    const { cluster, target, services } = this.context;
    this.lock = await lockRelease(cluster, target, this.inputs.lockTimeoutMs, services);
  }

  /** The history, with whatever an earlier run left behind put in order; a dry run only says that it is there. */
  private async currentHistory(): Promise<readonly Revision[]> {
    const { cluster, target } = this.context;
    const first = await readHistory(cluster, target);
    const pending = interrupted(first);
    let history = first;
    if (this.inputs.dryRun && pending !== undefined) {
      throw new HelmCdError('conflict', `Revision ${pending.revision} of ${target.release} is ${pending.status}.`, {
        hint: 'A run is at work or was killed. A deploy puts that in order first; a dry run changes nothing.',
      });
    }
    if (!this.inputs.dryRun) {
      const recovery = await recoverRelease(this.context, first, {
        tookOver: this.lock?.tookOver === true,
        waitMs: this.inputs.lockTimeoutMs,
        rollbackTimeoutMs: this.inputs.rollbackTimeoutMs,
      });
      history = recovery.history;
      this.report.recovered = recovery.report ?? this.report.recovered;
    }
    this.report.previousRevision = deployedRevision(history)?.revision ?? 0;
    this.report.revision = this.report.previousRevision;
    return history;
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

  private tryOut(plan: Plan, history: readonly Revision[]): Promise<void> {
    const options = { next: plan.next, newest: latest(history), planOnly: this.inputs.dryRun };
    return preflight(this.context, options);
  }

  private options(history: readonly Revision[]): UpgradeOptions {
    const next = (latest(history)?.revision ?? 0) + 1;
    return upgradeOptions(this.inputs, this.prepared, this.context, this.report, next);
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

  private async apply(history: readonly Revision[]): Promise<void> {
    const before = latest(history)?.revision ?? 0;
    try {
      const revision = await applyPlan(this.context, this.inputs, this.options(history), before, this.report);
      this.report.result = 'deployed';
      this.report.revision = revision.revision;
      const { chart } = this.prepared;
      const { target, services } = this.context;
      services.log.info(`✓ ${target.release} is on ${chart.name} ${chart.version}, revision ${revision.revision}`);
    } catch (error) {
      if (!(error instanceof DeployFailure)) throw error;
      await handleFailure(this.context, this.inputs, error, before, this.report);
    }
  }
}

function contextFor(
  inputs: DeployInputs,
  target: DeployTarget,
  prepared: Prepared,
  cluster: Cluster,
  report: DeployReport,
  services: Services,
): ReleaseContext {
  const release = inputs.release || target.chart?.release || prepared.chart.name;
  const namespace = inputs.namespace || target.environment?.cluster.namespace || cluster.defaultNamespace;
  checkNames(release, namespace);
  report.release = release;
  report.namespace = namespace;
  report.server = cluster.server;
  report.context = cluster.context;
  return {
    helm: prepared.helm,
    cluster: { ...cluster, environment: { ...cluster.environment, ...HELM_LIMITS } },
    services,
    target: { release, namespace },
    historyMax: inputs.historyMax,
    graces: { ...DEFAULT_GRACES, unschedulable: inputs.unschedulableMs },
    forceConflicts: inputs.forceConflicts,
    fieldManager: prepared.program,
  };
}

/**
 * Deploys; the report says how it went.
 * @throws HelmCdError for what is found before anything was changed.
 */
export async function deploy(
  inputs: DeployInputs,
  target: DeployTarget,
  report: DeployReport,
  services: Services,
): Promise<void> {
  report.environment = target.environment?.name ?? '';
  const kubeContext = inputs.kubeconfig.context || target.environment?.cluster.context || '';
  const prepared = await prepare(inputs, target, report, services);
  const cluster = await connectCluster({ ...inputs.kubeconfig, context: kubeContext }, services);
  services.log.info(`Cluster ${cluster.server}${cluster.context === '' ? '' : ` (context ${cluster.context})`}`);
  const context = contextFor(inputs, target, prepared, cluster, report, services);
  await new Deploy(inputs, report, prepared, context).run();
}
