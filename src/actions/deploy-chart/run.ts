import type { Outcome } from '../../core/action.js';
import { HelmCdError } from '../../core/errors.js';
import type { Services } from '../../core/ports.js';
import { deploy } from './deploy.js';
import type { DeployInputs } from './inputs.js';
import { newReport, type DeployReport } from './report.js';
import { writeSummary } from './summary.js';
import { readTarget } from './target.js';

function number(value: number): string {
  return value === 0 ? '' : String(value);
}

/** An output must stay small; the result file has the rest. */
const LOG_LINES_IN_OUTPUT = 20;

function testsOutput(report: DeployReport): string {
  const brief = report.tests.map((test) => ({
    ...test,
    log: test.log.split('\n').slice(-LOG_LINES_IN_OUTPUT).join('\n'),
  }));
  return JSON.stringify(brief);
}

function outputsOf(report: DeployReport): Record<string, string> {
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
  };
}

function failureOf(report: DeployReport): string {
  const { name = '', version = '' } = report.chart ?? {};
  const where = `${report.release} in ${report.namespace}`;
  const what = report.release === '' ? '' : ` of ${name} ${version} to ${where}`;
  const hint = report.error?.hint === undefined ? '' : ` ${report.error.hint}`;
  const settled = report.settlement === '' ? '' : ` ${report.settlement}`;
  const cause = /[.!?:…]$/.test(report.failure) ? report.failure : `${report.failure}.`;
  return `The deploy${what} failed in phase ${report.failedPhase}: ${cause}${hint}${settled}`;
}

/** One deploy, from the inputs to the outcome. */
export async function run(inputs: DeployInputs, services: Services): Promise<Outcome> {
  const report = newReport();
  const target = await readTarget(inputs, services);
  try {
    await deploy(inputs, target, report, services);
  } catch (error) {
    if (!(error instanceof HelmCdError)) throw error;
    const { code, message, hint, place } = error;
    report.result = 'failed';
    report.failedPhase = code === 'cancelled' ? 'cancelled' : 'preflight';
    report.failure = place === undefined || message.includes(place.file) ? message : `${place.file}: ${message}`;
    report.error = { code, message, ...(hint === undefined ? {} : { hint }) };
    report.revision = report.previousRevision;
  }
  const ok = report.result === 'deployed' || report.result === 'unchanged' || report.result === 'planned';
  const { diff: _diff, appliedAt: _appliedAt, steps, ...document } = report;
  return {
    result: report.result,
    ok,
    ...(ok ? {} : { failure: failureOf(report) }),
    outputs: outputsOf(report),
    summary: writeSummary(report, services.context),
    document: { ...document, milliseconds: Object.fromEntries(steps.map((step) => [step.name, step.milliseconds])) },
  };
}
