/** The part of a deploy that changes things: upgrade → rollout → test → verify. Any failure ends in `DeployFailure`. */
import { HelmCdError, messageOf } from '../../core/errors.js';
import { formatDuration } from '../../core/duration.js';
import { latest } from '../../core/release-good.js';
import { LABELS, outcomeLabel } from '../../core/release-outcome.js';
import { readManifest } from '../../core/release-manifest.js';
import type { Revision } from '../../core/release.js';
import type { TestResult } from '../../core/release-tests.js';
import { watchedObjects } from '../../core/rollout.js';
import { helmMessage, upgradeArgs, type UpgradeOptions } from '../../helm/lifecycle.js';
import { readHistory } from '../../release/history.js';
import { recordEnding, type ReleaseContext } from '../../release/roll-back.js';
import { runTests } from '../../release/test-run.js';
import { runVerify } from '../../release/verify.js';
import { watchRollout } from '../../release/watch.js';
import type { DeployInputs } from './inputs.js';
import type { DeployReport, Phase } from './report.js';

/** Something failed after the release was touched: it must be settled. */
export class DeployFailure extends Error {
  readonly phase: Phase;
  /** What the failed program said. */
  readonly output: string;

  constructor(phase: Phase, message: string, output = '', cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'DeployFailure';
    this.phase = phase;
    this.output = output;
  }
}

/** Enough for helm to come to its own end when a hook uses up its time. */
const SPARE_MS = 20_000;

async function upgrade(context: ReleaseContext, options: UpgradeOptions): Promise<void> {
  const { helm, cluster, services } = context;
  services.log.info(`Upgrading ${options.release} in ${options.namespace} with helm ${helm.version}`);
  const result = await helm.run(upgradeArgs(helm, options), {
    env: cluster.environment,
    timeoutMs: options.timeoutMs + SPARE_MS,
    accept: 'any',
  });
  const said = helmMessage(result.stderr);
  if (result.code !== 0) throw new DeployFailure('upgrade', said.split('\n').at(-1) ?? 'helm failed', said);
  if (said !== '') services.log.group('What helm said', said);
}

async function rollout(context: ReleaseContext, manifest: string, timeoutMs: number): Promise<void> {
  const { namespace } = context.target;
  const refs = watchedObjects(readManifest(manifest, namespace));
  const { cluster, services, graces } = context;
  const { failure } = await watchRollout(cluster, refs, services, { namespace, timeoutMs, graces });
  if (failure !== undefined) throw new DeployFailure('rollout', failure.message);
}

function failedTest(tests: readonly TestResult[], message: string): DeployFailure {
  const test = tests.find((candidate) => candidate.phase === 'Failed' || candidate.phase === 'Running');
  if (test === undefined) return new DeployFailure('test', `helm test failed: ${message}`, message);
  const last = test.log.trimEnd().split('\n').at(-1) ?? '';
  const why = test.phase === 'Running' ? 'did not end in time' : 'failed';
  return new DeployFailure('test', `test ${test.name} ${why}${last === '' ? '' : `: ${last}`}`, message);
}

/**
 * Applies the plan and sees it through.
 * @param before the newest revision before.
 * @throws DeployFailure for whatever goes wrong from here on, cancellation included.
 */
export async function applyPlan(
  context: ReleaseContext,
  inputs: DeployInputs,
  options: UpgradeOptions,
  before: number,
  report: DeployReport,
): Promise<Revision> {
  const { cluster, services, target, helm } = context;
  const { clock } = services;
  report.appliedAt = clock.now();
  const deadline = report.appliedAt + inputs.timeoutMs;
  let phase: Phase = 'upgrade';
  const step = async <Result>(name: Phase, work: () => Promise<Result>): Promise<Result> => {
    phase = name;
    const started = clock.now();
    try {
      return await work();
    } finally {
      const milliseconds = clock.now() - started;
      report.steps.push({ name, milliseconds });
      services.log.debug(`${name}: ${formatDuration(milliseconds)}`);
    }
  };

  try {
    await step('upgrade', () => upgrade(context, options));
    const revision = latest(await readHistory(cluster, target));
    if (revision === undefined || revision.revision <= before) {
      throw new DeployFailure('upgrade', 'helm reported success, but the release has no new revision');
    }
    await step('rollout', () => rollout(context, revision.manifest, Math.max(1000, deadline - clock.now())));
    if (inputs.test) {
      const run = await step('test', () => runTests(helm, cluster, target, revision, inputs.testTimeoutMs, services));
      report.tests = run.tests;
      if (!run.ok) throw failedTest(run.tests, run.message);
    }
    if (inputs.verify !== '') {
      const verified = await step('verify', () =>
        runVerify(inputs.verify, cluster, target, inputs.testTimeoutMs, services),
      );
      report.verifyOutput = verified.output;
      if (verified.failure !== undefined) throw new DeployFailure('verify', verified.failure, verified.output);
    }
    const labels = { [LABELS.outcome]: outcomeLabel(revision.revision, 'passed') };
    await recordEnding(context, revision.revision, { labels });
    return revision;
  } catch (error) {
    if (services.cancelled.aborted || (error instanceof HelmCdError && error.code === 'cancelled')) {
      throw new DeployFailure('cancelled', `the job was cancelled during the ${phase}`, '', error);
    }
    if (error instanceof DeployFailure) throw error;
    // Also a defect of ours must not leave the release half-way.
    throw new DeployFailure(phase, messageOf(error), '', error);
  }
}
