/** What follows a change of a release, whatever changed it: rollout → test → verify. Any failure is a `PhaseFailure`. */
import { HelmCdError, messageOf } from '../core/errors.js';
import { formatDuration } from '../core/duration.js';
import { LABELS, outcomeLabel } from '../core/release-outcome.js';
import { readManifest } from '../core/release-manifest.js';
import type { Revision } from '../core/release.js';
import type { TestResult } from '../core/release-tests.js';
import type { Services } from '../core/ports.js';
import { watchedObjects } from '../core/rollout.js';
import { rememberOutcome } from './memory.js';
import { PhaseFailure } from './phase-failure.js';
import type { Phase, ReleaseReport } from './report.js';
import { recordEnding, type ReleaseContext } from './roll-back.js';
import { runTests } from './test-run.js';
import { runVerify } from './verify.js';
import { watchRollout } from './watch.js';

/** How a revision is looked at before it counts as good. */
export interface Checks {
  readonly test: boolean;
  /** A command; empty: none. */
  readonly verify: string;
  /** For each test, and for the command. */
  readonly testTimeoutMs: number;
}

/** Runs one step, which the report then has the time of. */
export type Step = <Result>(name: Phase, work: () => Promise<Result>) => Promise<Result>;

async function rollout(context: ReleaseContext, manifest: string, timeoutMs: number): Promise<void> {
  const { namespace } = context.target;
  const refs = watchedObjects(readManifest(manifest, namespace));
  const { cluster, services, graces } = context;
  const { failure } = await watchRollout(cluster, refs, services, { namespace, timeoutMs, graces });
  if (failure !== undefined) throw new PhaseFailure('rollout', failure.message);
}

/** helm 4 and helm 3 about a test that hung; helm records it as failed. */
const OUT_OF_TIME = /context deadline exceeded|timed out waiting/;

function failedTest(tests: readonly TestResult[], message: string): PhaseFailure {
  const test = tests.find((candidate) => candidate.phase === 'Failed' || candidate.phase === 'Running');
  if (test === undefined) return new PhaseFailure('test', `helm test failed: ${message}`, message);
  const last = test.log.trimEnd().split('\n').at(-1) ?? '';
  const why = test.phase === 'Running' || OUT_OF_TIME.test(message) ? 'did not end in time' : 'failed';
  return new PhaseFailure('test', `test ${test.name} ${why}${last === '' ? '' : `: ${last}`}`, message);
}

/**
 * Makes a change step by step.
 * @param change the steps; each names its phase.
 * @throws PhaseFailure for whatever goes wrong, cancellation and defects of ours included: the release must be settled.
 */
export async function inPhases<Result>(
  services: Services,
  report: ReleaseReport,
  change: (step: Step) => Promise<Result>,
): Promise<Result> {
  const { clock } = services;
  let phase: Phase = 'upgrade';
  const step: Step = async (name, work) => {
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
    return await change(step);
  } catch (error) {
    if (services.cancelled.aborted || (error instanceof HelmCdError && error.code === 'cancelled')) {
      throw new PhaseFailure('cancelled', `the job was cancelled during the ${phase}`, '', error);
    }
    if (error instanceof PhaseFailure) throw error;
    // Also a defect of ours must not leave the release half-way.
    throw new PhaseFailure(phase, messageOf(error), '', error);
  }
}

/** Waits until a revision runs, as long as its time lasts. */
export function seeRollout(context: ReleaseContext, revision: Revision, deadline: number, step: Step): Promise<void> {
  const timeoutMs = Math.max(1000, deadline - context.services.clock.now());
  return step('rollout', () => rollout(context, revision.manifest, timeoutMs));
}

/** Tests a revision that runs, and records that it passed. */
export async function seeTests(
  context: ReleaseContext,
  checks: Checks,
  revision: Revision,
  report: ReleaseReport,
  step: Step,
): Promise<void> {
  const { cluster, services, target, helm } = context;
  const { testTimeoutMs } = checks;
  if (checks.test) {
    const run = await step('test', () => runTests(helm, cluster, target, revision, testTimeoutMs, services));
    report.tests = run.tests;
    if (!run.ok) throw failedTest(run.tests, run.message);
  }
  if (checks.verify !== '') {
    const verified = await step('verify', () => runVerify(checks.verify, cluster, target, testTimeoutMs, services));
    report.verifyOutput = verified.output;
    if (verified.failure !== undefined) throw new PhaseFailure('verify', verified.failure, verified.output);
  }
  const labels = { [LABELS.outcome]: outcomeLabel(revision.revision, 'passed') };
  await recordEnding(context, revision.revision, { labels });
  await rememberOutcome(context, revision, 'passed', '');
}
