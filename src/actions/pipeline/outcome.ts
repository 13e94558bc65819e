import type { Outcome } from '../../core/action.js';
import { escapeMarkdown } from '../../core/markdown.js';
import type { Services } from '../../core/ports.js';
import { pipelineSummary, type PipelineText } from '../../core/pipeline-summary.js';
import { record } from '../../core/release-manifest.js';
import { nextCommands, nextParagraphs } from './next.js';
import { chartEntries } from './published.js';
import type { Report } from './report.js';
import type { Step } from './steps.js';

/** A job summary of 1 MiB is dropped whole. */
const SUMMARY_BYTES = 1_000_000;

const isBad = ({ state }: Step) => state === 'failed' || state === 'cancelled';

/** The result: one word. */
export function resultOf({ inputs, situation, steps }: Report): string {
  const failed = steps.find(isBad);
  if (failed !== undefined) {
    if (failed.name === 'validate' && failed.result === 'invalid') return 'invalid';
    return failed.name === 'deploy' && failed.result !== '' ? failed.result : 'failed';
  }
  if (situation.mode === 'validate') return 'valid';
  if (situation.mode === 'check') return 'checked';
  if (inputs.dryRun) return 'planned';
  const deploys = steps.filter(({ name }) => name === 'deploy');
  if (deploys.some(({ result }) => result === 'deployed')) return 'deployed';
  const published = steps.find(({ name }) => name === 'publish')?.result ?? '';
  return deploys.length > 0 && steps.every(({ name }) => name !== 'plan') ? 'unchanged' : published;
}

const TITLES: Readonly<Record<string, string>> = {
  valid: '✅ Valid',
  checked: '✅ Checked',
  planned: '📋 Planned',
  deployed: '✅ Deployed',
  unchanged: '✅ Unchanged',
  published: '📦 Published',
  'already-published': '📦 Already published',
  invalid: '❌ Invalid',
  'rolled-back': '↩️ Rolled back',
  uninstalled: '🗑️ Uninstalled',
  failed: '❌ Failed',
};

function titleOf(report: Report, result: string): string {
  const names = chartEntries(report.steps).map(({ name, version }) => `${String(name)} ${String(version)}`);
  const what = names.length > 3 ? `${names.length} charts` : names.join(', ');
  const where = report.situation.environment === undefined ? '' : ` → ${report.situation.environment.name}`;
  const failed = report.steps.find(isBad);
  const step = failed === undefined ? '' : ` in step ${failed.name}`;
  return `### ${TITLES[result] ?? result}${escapeMarkdown(`${what === '' ? '' : `: ${what}`}${where}${step}`)}`;
}

/** The parts of the text that summary and comment share. */
export function textOf(report: Report, services: Services): PipelineText {
  const { situation, steps, left } = report;
  const unchanged = left.map(({ found }) => found.path).join(', ');
  return {
    title: titleOf(report, resultOf(report)),
    reason: `${situation.reason}${unchanged === '' ? '' : ` Not changed, and left alone: ${unchanged}.`}`,
    next: nextParagraphs(report, services),
    steps,
  };
}

/** Outputs that are about one chart: of the failed one, else of the only one. */
function singleOutputs({ steps }: Report, entries: readonly Readonly<Record<string, unknown>>[]) {
  const failed = steps.find((step) => isBad(step) && step.chart !== '');
  const only = entries.length === 1 ? entries[0] : undefined;
  const own = entries.find(({ name }) => name === failed?.chart) ?? only ?? {};
  const step =
    failed ?? steps.find(({ name, chart }) => (name === 'deploy' || name === 'plan') && chart === own['name']);
  const one = only === undefined && failed === undefined ? {} : (step?.outputs ?? {});
  const text = (name: string) => {
    const value = own[name];
    return typeof value === 'string' ? value : '';
  };
  return {
    name: text('name'),
    version: text('version'),
    digest: text('digest'),
    url: text('url'),
    package: text('package'),
    revision: one['revision'] ?? '',
    'previous-revision': one['previous-revision'] ?? '',
    'failed-phase': one['failed-phase'] ?? '',
    'diff-file': one['diff-file'] ?? '',
    'plan-digest': one['plan-digest'] ?? '',
    'evidence-file': one['evidence-file'] ?? '',
    'chart-version': one['chart-version'] || text('version'),
    'chart-digest': one['chart-digest'] || text('digest'),
    tests: one['tests'] ?? '',
  };
}

function outputsOf(report: Report): Readonly<Record<string, string>> {
  const { situation, steps } = report;
  const entries = chartEntries(steps);
  const validated = steps.find(({ name }) => name === 'validate')?.outputs ?? {};
  const failed = steps.find(isBad);
  const brief = steps.map(({ name, chart, state, result, milliseconds }) => {
    return { step: name, chart, state, result, seconds: Math.round(milliseconds / 100) / 10 };
  });
  return {
    mode: situation.mode,
    environment: situation.environment?.name ?? '',
    'failed-step': failed?.name ?? '',
    charts: JSON.stringify(entries),
    count: String(entries.length),
    steps: JSON.stringify(brief),
    errors: validated['errors'] ?? '',
    warnings: validated['warnings'] ?? '',
    'not-validated': validated['not-validated'] ?? '',
    'sarif-file': validated['sarif-file'] ?? '',
    'rendered-diff-file': steps.find(({ name }) => name === 'diff')?.outputs['diff-file'] ?? '',
    'comment-url': '',
    ...singleOutputs(report, entries),
  };
}

function failureOf(step: Step | undefined): string {
  if (step === undefined) return '';
  const what = `${step.name}${step.chart === '' ? '' : ` ${step.chart}`}`;
  return `Step ${what} ${step.state === 'cancelled' ? 'was cancelled' : 'failed'}: ${step.said}`;
}

/** Outputs, summary and result file of the whole. */
export function outcomeOf(report: Report, services: Services): Outcome {
  const { situation, steps } = report;
  const failed = steps.find(isBad);
  const result = resultOf(report);
  return {
    result,
    ok: failed === undefined,
    ...(failed === undefined ? {} : { failure: failureOf(failed) }),
    outputs: outputsOf(report),
    summary: pipelineSummary(textOf(report, services), SUMMARY_BYTES),
    document: {
      mode: situation.mode,
      environment: situation.environment?.name ?? '',
      reason: situation.reason,
      failedStep: failed?.name ?? '',
      charts: chartEntries(steps),
      unchanged: report.left.map(({ found }) => found.path),
      next: nextCommands(report, services),
      steps: steps.map(({ summary: _summary, document, ...step }) => ({
        ...step,
        document: { ...record(document) },
      })),
    },
  };
}
