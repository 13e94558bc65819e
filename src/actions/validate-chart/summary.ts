import { countLevel, type MergedFinding } from '../../core/findings.js';
import { code, details, escapeMarkdown } from '../../core/markdown.js';
import type { NotValidated } from '../../validation/check-documents.js';
import type { ChartReport } from '../../validation/check-chart.js';
import { counts, findingsList, type FileLink } from './findings-list.js';
import { matrix, plural } from './matrix.js';
import { parityTable } from './parity-table.js';

/** All that a run found out. */
export interface Report {
  readonly charts: readonly ChartReport[];
  readonly helm: string;
  /** What was asked for but could not be looked at, in sentences. */
  readonly notes: readonly string[];
}

/** More lines of what was not validated are folded. */
const SHOWN_OPENLY = 10;
const MOST_SHOWN = 100;

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
  const all = findingsOf(report);
  const bad = report.charts.filter((chart) => countLevel(chart.findings, 'error') > 0).length;
  const of = report.charts.length === 1 ? '' : ` in ${bad} of ${plural(report.charts.length, 'chart')}`;
  if (bad > 0) return `### ❌ ${counts(all)}${of}`;
  return `### ✅ Valid${all.length === 0 ? '' : `, with ${counts(all)}`}`;
}

/** `12 charts for 3 environments on Kubernetes 1.34, 1.35, 1.36: 108 renders checked with helm 4.3.1.` */
function extent({ charts, helm }: Report): string {
  const cells = charts.flatMap((chart) => chart.cells);
  const versions = [...new Set(cells.map((cell) => cell.kubernetes))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  const environments = new Set(cells.map((cell) => cell.environment)).size;
  if (cells.length <= 1) return `Checked with helm ${helm}.`;
  return `${plural(charts.length, 'chart')} for ${plural(environments, 'environment')} on Kubernetes ${versions.join(', ')}: ${plural(cells.length, 'combination')} checked with helm ${helm}.`;
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
  if (lines.length === 0) return '';
  const more = lines.length > MOST_SHOWN ? [`- … and ${lines.length - MOST_SHOWN} more in the result file`] : [];
  const list = [...lines.slice(0, MOST_SHOWN), ...more].join('\n');
  return lines.length > SHOWN_OPENLY
    ? details(`Not validated: ${lines.length}`, list)
    : `#### Not validated\n\n${list}`;
}

/** How the environments of each chart differ; of many charts folded once more. */
function parity(charts: readonly ChartReport[]): string {
  const tables = charts.map(parityTable).filter((text) => text !== '');
  const body = tables.join('\n\n');
  return tables.length > 3 ? details(`Values that not all environments set: ${tables.length} charts`, body) : body;
}

/**
 * The job summary: result, matrix, findings by file, how environments differ, and what was not looked at.
 * @param link where the findings' files can be looked at.
 */
export function summarize(report: Report, link: FileLink = () => undefined): string {
  return [
    headline(report),
    matrix(report.charts),
    findingsList(report.charts, link),
    parity(report.charts),
    notLookedAt(report),
    extent(report),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
