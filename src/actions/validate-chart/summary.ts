import { countLevel, formatCells, type Cell, type MergedFinding } from '../../core/findings.js';
import { code, details, escapeMarkdown, table } from '../../core/markdown.js';
import type { NotValidated } from '../../validation/check-documents.js';
import type { ChartReport } from '../../validation/check-chart.js';
import { parityTable } from './parity-table.js';

/** All that a run found out. */
export interface Report {
  readonly charts: readonly ChartReport[];
  readonly helm: string;
  /** What was asked for but could not be looked at, in sentences. */
  readonly notes: readonly string[];
}

/** More findings of one file than anybody reads in a summary; the result file has all. */
const SHOWN_PER_FILE = 30;

const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;

/** Objects that were not compared with a schema, each once. */
export function notValidatedOf(report: Report): readonly (NotValidated & { readonly chart: string })[] {
  const found = new Map<string, NotValidated & { chart: string }>();
  for (const chart of report.charts) {
    for (const cell of chart.cells) {
      for (const item of cell.notValidated) {
        found.set(JSON.stringify([chart.chart.path, item.kind, item.resource, item.reason]), {
          ...item,
          chart: chart.chart.path,
        });
      }
    }
  }
  return [...found.values()];
}

/** What could not be looked at, in sentences. */
export function notesOf(report: Report): readonly string[] {
  return [...report.notes, ...report.charts.flatMap((chart) => chart.notes)];
}

export function findingsOf(report: Report): readonly MergedFinding[] {
  return report.charts.flatMap((chart) => chart.findings);
}

function headline(report: Report): string {
  const findings = findingsOf(report);
  const errors = countLevel(findings, 'error');
  const warnings = countLevel(findings, 'warning');
  const cells = report.charts.reduce((sum, chart) => sum + chart.cells.length, 0);
  const what = `${plural(report.charts.length, 'chart')}, ${plural(cells, 'render')} checked`;
  if (errors === 0) {
    return `### ✅ Valid\n\n${what}${warnings === 0 ? '' : `, ${plural(warnings, 'warning')}`} (helm ${report.helm}).`;
  }
  return `### ❌ Invalid: ${plural(errors, 'error')}${warnings === 0 ? '' : `, ${plural(warnings, 'warning')}`}\n\n${what} (helm ${report.helm}).`;
}

function mark(errors: number, warnings: number): string {
  if (errors > 0) return `❌ ${errors}`;
  return warnings > 0 ? `✅ ⚠️ ${warnings}` : '✅';
}

const byVersion = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });

function matrix(chart: ChartReport): string {
  const title = `**${escapeMarkdown(chart.name)}** ${escapeMarkdown(chart.version)} (${code(chart.chart.path)})`;
  if (chart.library) {
    return `${title}: ${mark(countLevel(chart.findings, 'error'), countLevel(chart.findings, 'warning'))} a library chart, linted; its templates are checked in the charts that use it.`;
  }
  if (chart.cells.length === 0) return `${title}: ❌ not rendered.`;
  const versions = [...new Set(chart.cells.map((cell) => cell.kubernetes))].sort(byVersion);
  const environments = [...new Set(chart.cells.map((cell) => cell.environment))];
  const rows = environments.map((environment) => [
    escapeMarkdown(environment),
    ...versions.map((version) => {
      const cell = chart.cells.find((item) => item.environment === environment && item.kubernetes === version);
      return cell === undefined ? '–' : `${mark(cell.errors, cell.warnings)} · ${plural(cell.objects, 'object')}`;
    }),
  ]);
  return `${title}\n\n${table(['environment', ...versions.map((version) => `Kubernetes ${version}`)], rows)}`;
}

function findingLine(finding: MergedFinding, all: readonly Cell[]): string {
  const { line } = finding.place;
  const where = formatCells(finding.cells, all.length);
  const parts = [
    finding.level === 'error' ? '❌' : '⚠️',
    line === undefined ? '' : `line ${line}:`,
    finding.resource === undefined ? '' : `${code(finding.resource)}:`,
    escapeMarkdown(finding.message),
    `(${[where, finding.rule]
      .filter((part) => part !== '')
      .map(escapeMarkdown)
      .join('; ')})`,
  ];
  const hint = finding.hint === undefined ? '' : `<br>${escapeMarkdown(finding.hint)}`;
  return `- ${parts.filter((part) => part !== '').join(' ')}${hint}`;
}

function findingsByFile(report: Report): readonly string[] {
  const blocks: string[] = [];
  for (const chart of report.charts) {
    const files = [...new Set(chart.findings.map((finding) => finding.place.file))];
    for (const file of files) {
      const own = chart.findings.filter((finding) => finding.place.file === file);
      const more =
        own.length > SHOWN_PER_FILE ? [`- … and ${own.length - SHOWN_PER_FILE} more in the result file`] : [];
      const lines = [...own.slice(0, SHOWN_PER_FILE).map((finding) => findingLine(finding, chart.cells)), ...more];
      blocks.push(`**${code(file)}**\n\n${lines.join('\n')}`);
    }
  }
  return blocks;
}

function notLookedAt(report: Report): string {
  const lines = notesOf(report).map((note) => `- ${escapeMarkdown(note)}`);
  const skipped = notValidatedOf(report);
  const groups = [...new Set(skipped.map((item) => `${item.kind}\n${item.reason}`))];
  for (const group of groups) {
    const [kind = '', reason = ''] = group.split('\n');
    const own = skipped.filter((item) => item.kind === kind && item.reason === reason);
    const names = own.slice(0, 5).map((item) => code(item.resource));
    const more = own.length > names.length ? ` and ${own.length - names.length} more` : '';
    lines.push(
      `- ${plural(own.length, 'object')} of ${code(kind)} (${names.join(', ')}${more}): ${escapeMarkdown(reason)}`,
    );
  }
  for (const chart of report.charts) {
    for (const [environment, count] of chart.placeholders) {
      if (count === 0) continue;
      lines.push(
        `- ${escapeMarkdown(chart.name)}, ${escapeMarkdown(environment)}: ${plural(count, 'encrypted value')} (SOPS) not decrypted; rendered with stand-ins`,
      );
    }
    if (chart.rulesSkipped.length > 0) {
      lines.push(
        `- ${escapeMarkdown(chart.name)}: rules in CEL of ${chart.rulesSkipped.map(code).join(', ')} are not evaluated`,
      );
    }
  }
  return lines.length === 0 ? '' : `#### Not validated\n\n${lines.join('\n')}`;
}

/** The job summary: result, matrix, findings by file, and what was not looked at. */
export function summarize(report: Report): string {
  const files = findingsByFile(report);
  const findings =
    files.length === 0
      ? ''
      : files.length > 10
        ? details('Findings', files.join('\n\n'))
        : `#### Findings\n\n${files.join('\n\n')}`;
  return [
    headline(report),
    ...report.charts.map(matrix),
    findings,
    ...report.charts.map(parityTable),
    notLookedAt(report),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
