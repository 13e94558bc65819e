import { formatDuration } from '../core/duration.js';
import { evidenceMarkdown } from '../core/evidence-markdown.js';
import { code, codeBlock, details, escapeMarkdown, table } from '../core/markdown.js';
import type { RunContext } from '../core/ports.js';
import { countOfChanges, describeChange } from '../core/release-diff.js';
import type { ReleaseReport, ReleaseResult } from './report.js';

/** A longer diff is in the diff file; the summary's megabyte is for more than that. */
const DIFF_LIMIT = 200_000;

/** More of them are in the diff file. */
const DRIFT_LINES = 100;

const TITLES: Record<ReleaseResult, string> = {
  deployed: '✅ Deployed',
  unchanged: '✅ Unchanged',
  planned: '📋 Planned',
  'rolled-back': '↩️ Rolled back',
  uninstalled: '🗑️ Uninstalled',
  failed: '❌ Failed',
};

const TEST_SIGNS = { Succeeded: '✅', Failed: '❌', Running: '⏱️', Skipped: '⏭️' };

function title(report: ReleaseReport): string {
  const chart = report.chart === undefined ? '' : `: ${report.chart.name} ${report.chart.version}`;
  const release = report.release === '' ? '' : ` → ${report.release}`;
  const environment = report.environment === '' ? '' : ` (${report.environment})`;
  return `### ${TITLES[report.result]}${escapeMarkdown(`${chart}${release}${environment}`)}`;
}

function revisions(report: ReleaseReport): string {
  const before = report.previousRevision === 0 ? 'not installed' : String(report.previousRevision);
  const after = report.revision === 0 ? 'not installed' : String(report.revision);
  return before === after ? after : `${before} → ${after}`;
}

function facts(report: ReleaseReport, context: RunContext): string {
  const images = report.changes.flatMap((change) => change.images);
  const imageTexts = images.map(({ container, from, to }) => `${code(container)} ${code(from)} → ${code(to)}`);
  const steps = report.steps.map((step) => `${step.name} ${formatDuration(step.milliseconds)}`);
  const rows: [string, string][] = [
    ['release', report.release === '' ? '' : `${code(report.release)} in namespace ${code(report.namespace)}`],
    ['cluster', [code(report.server), code(report.context)].filter((part) => part !== '').join(' ')],
    ['revision', report.release === '' ? '' : revisions(report)],
    ['chart', report.chart === undefined ? '' : `${code(report.chart.source)}<br>${code(report.chart.digest)}`],
    ['values', report.valuesFiles.map(code).join(', ')],
    ['images', [...new Set(imageTexts)].join('<br>')],
    ['new commits', report.commits.map(escapeMarkdown).join('<br>')],
    ['changes', report.planDigest === '' ? '' : countOfChanges(report.changes)],
    ['commit', code(context.sha)],
    ['helm', code(report.helm)],
    ['time', steps.join(', ')],
    ['plan digest', report.result === 'planned' ? code(report.planDigest) : ''],
  ];
  return table(
    ['', ''],
    rows.filter(([, value]) => value !== '').map(([name, value]) => [`**${name}**`, value]),
  );
}

function tests(report: ReleaseReport): string {
  const rows = report.tests.map(({ name, phase, seconds, log }) => {
    const last = log.trimEnd().split('\n').at(-1) ?? '';
    return [`${TEST_SIGNS[phase]} ${code(name)}`, phase, seconds === 0 ? '' : `${seconds} s`, code(last)];
  });
  return table(['test', 'phase', 'time', 'last line'], rows);
}

function diff(report: ReleaseReport): string {
  const list = report.changes.map((change) => describeChange(change, report.namespace)).join('\n');
  const cut = report.diff.length > DIFF_LIMIT;
  const shown = cut ? `${report.diff.slice(0, DIFF_LIMIT)}\n… the rest is in the diff file` : report.diff;
  const name = `Diff: ${countOfChanges(report.changes)}`;
  return `${codeBlock(list)}\n\n${details(name, codeBlock(shown, 'diff'), report.result === 'planned')}`;
}

/** The job summary of a deploy or a rollback. */
export function writeSummary(report: ReleaseReport, context: RunContext): string {
  const parts = [title(report)];
  if (report.failure !== '') {
    parts.push(`Failed in phase **${report.failedPhase}**: ${escapeMarkdown(report.failure)}`);
    if (report.error?.hint !== undefined) parts.push(escapeMarkdown(report.error.hint));
  }
  if (report.settlement !== '') parts.push(escapeMarkdown(report.settlement));
  if (report.recovered !== '') parts.push(`⚠️ ${escapeMarkdown(report.recovered)}`);
  parts.push(facts(report, context));
  if (report.evidence !== undefined) parts.push('#### Evidence', evidenceMarkdown(report.evidence, true));
  if (report.tests.length > 0) parts.push('#### Tests', tests(report));
  if (report.verifyOutput !== '') parts.push(details('Output of the verify command', codeBlock(report.verifyOutput)));
  if (report.drift.length > 0)
    parts.push(
      '#### Changed in the cluster since the last deploy',
      codeBlock(report.drift.slice(0, DRIFT_LINES).join('\n')),
    );
  if (report.diff !== '' && report.changes.length > 0) parts.push('#### Changes', diff(report));
  return parts.join('\n\n');
}
