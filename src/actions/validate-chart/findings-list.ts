/** Findings by file, as a summary lists them. */
import {
  countLevel,
  formatCells,
  groupFindings,
  type Cell,
  type GroupedFinding,
  type MergedFinding,
} from '../../core/findings.js';
import { code, details, escapeMarkdown } from '../../core/markdown.js';
import type { ChartReport } from '../../validation/check-chart.js';
import { plural } from './matrix.js';

/** Where a file can be looked at. */
export type FileLink = (file: string, line: number | undefined) => string | undefined;

/** More findings of one file than anybody reads in a summary; the result file has all. */
const SHOWN_PER_FILE = 20;
/** More than this are folded, a chart each. */
const SHOWN_OPENLY = 40;
/** GitHub drops a summary above 1 MiB; the parts around the findings need some of it. */
const LIMIT_BYTES = 600 * 1024;

function linked(text: string, target: string | undefined): string {
  return target === undefined ? text : `[${text}](${target})`;
}

function line(finding: GroupedFinding, cells: readonly Cell[], link: FileLink): string {
  const { place, resources, message, level, rule, hint } = finding;
  const shown = resources.slice(0, 3).map(code);
  const more = resources.length > shown.length ? [`${resources.length - shown.length} more`] : [];
  const about = [...shown, ...more].join(', ');
  const where = formatCells(finding.cells, cells);
  const context = [about, escapeMarkdown(where)].filter((part) => part !== '').join('; ');
  const at = place.line === undefined ? '' : `${linked(`line ${place.line}`, link(place.file, place.line))}: `;
  const advice = hint === undefined ? '' : `<br>${escapeMarkdown(hint)}`;
  return `- ${level === 'error' ? '❌' : '⚠️'} ${at}${escapeMarkdown(message)}${context === '' ? '' : ` (${context})`} ${code(rule)}${advice}`;
}

/** `2 errors, 1 warning`. */
export function counts(findings: readonly MergedFinding[]): string {
  const errors = countLevel(findings, 'error');
  const warnings = countLevel(findings, 'warning');
  const parts = [
    ...(errors > 0 ? [plural(errors, 'error')] : []),
    ...(warnings > 0 ? [plural(warnings, 'warning')] : []),
  ];
  return parts.join(', ');
}

/** Files with errors before those with warnings only. */
function filesOf(findings: readonly MergedFinding[]): readonly string[] {
  const files = [...new Set(findings.map((finding) => finding.place.file))];
  const bad = new Set(findings.filter(({ level }) => level === 'error').map((finding) => finding.place.file));
  return [...files.filter((file) => bad.has(file)), ...files.filter((file) => !bad.has(file))];
}

/** What comes up again and again, when it does. */
function often(findings: readonly MergedFinding[]): string {
  const rules = new Map<string, number>();
  for (const { rule } of findings) rules.set(rule, (rules.get(rule) ?? 0) + 1);
  const most = [...rules].sort(([, a], [, b]) => b - a).slice(0, 5);
  return `Most often: ${most.map(([rule, count]) => `${code(rule)} ${count}`).join(', ')}.`;
}

/** Lists what fits. */
class List {
  private left = LIMIT_BYTES;
  hidden = 0;

  /** The findings of a chart by file, as much as there is room for. */
  chart(chart: ChartReport, link: FileLink): string {
    const blocks: string[] = [];
    for (const file of filesOf(chart.findings)) {
      const own = groupFindings(chart.findings.filter((finding) => finding.place.file === file));
      const lines = own.slice(0, SHOWN_PER_FILE).map((finding) => line(finding, chart.cells, link));
      if (own.length > SHOWN_PER_FILE) lines.push(`- … and ${own.length - SHOWN_PER_FILE} more in the result file`);
      const block = `${linked(`**${code(file)}**`, link(file, undefined))}\n\n${lines.join('\n')}`;
      this.left -= Buffer.byteLength(block);
      if (this.left < 0) this.hidden += own.length;
      else blocks.push(block);
    }
    return blocks.join('\n\n');
  }
}

/** All findings by file; many are folded, a chart each, and those that do not fit are counted. */
export function findingsList(charts: readonly ChartReport[], link: FileLink): string {
  const all = charts.flatMap((chart) => chart.findings);
  if (all.length === 0) return '';
  const list = new List();
  const bad = charts.filter((chart) => chart.findings.length > 0);
  const openly = all.length <= SHOWN_OPENLY;
  const parts = bad.map((chart) => {
    const body = list.chart(chart, link);
    if (body === '') return '';
    const files = plural(filesOf(chart.findings).length, 'file');
    return openly ? body : details(`${chart.name}: ${counts(chart.findings)} in ${files}`, body, bad.length === 1);
  });
  const more = list.hidden > 0 ? [`… and ${list.hidden} more in the result file.`] : [];
  return ['#### Findings', ...(openly ? [] : [often(all)]), ...parts, ...more]
    .filter((part) => part !== '')
    .join('\n\n');
}
