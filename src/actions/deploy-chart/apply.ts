/** The part of a deploy that changes things: upgrade → rollout → test → verify. Any failure ends in `PhaseFailure`. */
import type { Revision } from '../../core/release.js';
import { helmMessage, upgradeArgs, type UpgradeOptions } from '../../helm/lifecycle.js';
import { classifyFailure } from '../../kubernetes/kubectl-errors.js';
import { readNewer } from '../../release/history.js';
import { PhaseFailure } from '../../release/phase-failure.js';
import type { ReleaseReport } from '../../release/report.js';
import type { ReleaseContext } from '../../release/roll-back.js';
import { inPhases, seeRollout, seeTests } from '../../release/see-through.js';
import type { DeployInputs } from './inputs.js';

/** Enough for helm to come to its own end when a hook uses up its time. */
const SPARE_MS = 20_000;

/** How long an upgrade that never reached the cluster is tried again. */
const RETRY_MS = 60_000;
const RETRY_PAUSE_MS = 3000;

async function upgrade(context: ReleaseContext, options: UpgradeOptions, before: number): Promise<void> {
  const { cluster, services, target } = context;
  const until = services.clock.now() + RETRY_MS;
  for (;;) {
    try {
      return await upgradeOnce(context, options);
    } catch (error) {
      const unreachable = error instanceof PhaseFailure && classifyFailure(error.output) === 'unreachable';
      if (!unreachable || services.clock.now() > until) throw error;
      // Only what certainly changed nothing may be done again.
      if ((await readNewer(cluster, target, before)) !== undefined) throw error;
      services.log.info(`The cluster does not answer, and nothing was changed: trying again. ${error.message}`);
      await services.clock.sleep(RETRY_PAUSE_MS);
    }
  }
}

async function upgradeOnce(context: ReleaseContext, options: UpgradeOptions): Promise<void> {
  const { helm, cluster, services } = context;
  services.log.info(`Upgrading ${options.release} in ${options.namespace} with helm ${helm.version}`);
  const result = await helm.run(upgradeArgs(helm, options), {
    env: cluster.environment,
    timeoutMs: options.timeoutMs + SPARE_MS,
    accept: 'any',
  });
  const said = helmMessage(result.stderr);
  if (result.code !== 0) throw new PhaseFailure('upgrade', said.split('\n').at(-1) ?? 'helm failed', said);
  if (said !== '') services.log.group('What helm said', said);
}

/**
 * Applies the plan and sees it through.
 * @param before the newest revision before.
 * @throws PhaseFailure for whatever goes wrong from here on, cancellation included.
 */
export function applyPlan(
  context: ReleaseContext,
  inputs: DeployInputs,
  options: UpgradeOptions,
  before: number,
  report: ReleaseReport,
): Promise<Revision> {
  const { cluster, services, target } = context;
  report.appliedAt = services.clock.now();
  const deadline = report.appliedAt + inputs.timeoutMs;
  return inPhases(services, report, async (step) => {
    await step('upgrade', () => upgrade(context, options, before));
    const revision = await readNewer(cluster, target, before);
    if (revision === undefined) {
      throw new PhaseFailure('upgrade', 'helm reported success, but the release has no new revision');
    }
    await seeRollout(context, revision, deadline, step);
    await seeTests(context, inputs, revision, report, step);
    return revision;
  });
}
