/** What a deploy or a rollback has to say at its end. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Outcome } from '../core/action.js';
import { HelmCdError, messageOf } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import { testsToJunit } from '../core/release-tests-junit.js';
import { newReport, type ReleaseReport, type ReleaseResult } from './report.js';
import { writeSummary } from './summary.js';

/** An output must stay small; the result file has the rest. */
const LOG_LINES_IN_OUTPUT = 20;

const number = (value: number) => (value === 0 ? '' : String(value));

function testsOutput(report: ReleaseReport): string {
  const brief = report.tests.map((test) => ({
    ...test,
    log: test.log.split('\n').slice(-LOG_LINES_IN_OUTPUT).join('\n'),
  }));
  return JSON.stringify(brief);
}

function outputsOf(report: ReleaseReport): Record<string, string> {
  return {
    revision: number(report.revision),
    'previous-revision': number(report.previousRevision),
    'failed-phase': report.failedPhase,
    'diff-file': report.diffFile,
    'plan-digest': report.planDigest,
    'evidence-file': report.evidenceFile,
    'chart-version': report.chart?.version ?? '',
    'chart-digest': report.chart?.digest ?? '',
    tests: testsOutput(report),
    'junit-file': report.junitFile,
  };
}

function failureOf(report: ReleaseReport, what: string): string {
  const { name = '', version = '' } = report.chart ?? {};
  const chart = name === '' ? '' : ` of ${name} ${version}`;
  const whole = report.release === '' ? '' : `${chart} to ${report.release} in ${report.namespace}`;
  const hint = report.error?.hint === undefined ? '' : ` ${report.error.hint}`;
  const settled = report.settlement === '' ? '' : ` ${report.settlement}`;
  const cause = /[.!?:…]$/.test(report.failure) ? report.failure : `${report.failure}.`;
  return `The ${what}${whole} failed in phase ${report.failedPhase}: ${cause}${hint}${settled}`;
}

/** The release is as it is by now: a report that cannot be written is a warning. */
async function writeJunit(name: string, report: ReleaseReport, services: Services): Promise<void> {
  if (name === '' || report.tests.length === 0) return;
  const file = path.resolve(services.workingDirectory, name);
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, services.masks.redact(testsToJunit(report)));
    report.junitFile = file;
  } catch (error) {
    services.log.warning(`Input "junit-file" names a file that cannot be written: ${name}: ${messageOf(error)}`);
  }
}

/** What an action does to a release, in its messages, and the results that are what was wanted. */
export interface Undertaking {
  readonly what: 'deploy' | 'rollback';
  readonly good: readonly ReleaseResult[];
  /** Where the results of the tests go as JUnit XML, relative to the working directory; empty: nowhere. */
  readonly junitFile: string;
}

/**
 * Does the work and makes the action's outcome of the report that it fills in. What the work throws was found before
 * anything was changed.
 */
export async function conclude(
  { what, good, junitFile }: Undertaking,
  services: Services,
  work: (report: ReleaseReport) => Promise<void>,
): Promise<Outcome> {
  const report = newReport();
  try {
    await work(report);
  } catch (error) {
    if (!(error instanceof HelmCdError)) throw error;
    const { code, message, hint, place } = error;
    report.result = 'failed';
    report.failedPhase = code === 'cancelled' ? 'cancelled' : 'preflight';
    report.failure = place === undefined || message.includes(place.file) ? message : `${place.file}: ${message}`;
    report.error = { code, message, ...(hint === undefined ? {} : { hint }) };
    report.revision = report.previousRevision;
  }
  await writeJunit(junitFile, report, services);
  const ok = good.includes(report.result);
  const { diff: _diff, appliedAt: _appliedAt, steps, ...document } = report;
  return {
    result: report.result,
    ok,
    ...(ok ? {} : { failure: failureOf(report, what) }),
    outputs: outputsOf(report),
    summary: writeSummary(report, services.context),
    document: { ...document, milliseconds: Object.fromEntries(steps.map((step) => [step.name, step.milliseconds])) },
  };
}
