/** Which chart is good where: environments × Kubernetes versions. */
import { countLevel } from '../../core/findings.js';
import { code, escapeMarkdown, table } from '../../core/markdown.js';
import type { CellReport, ChartReport } from '../../validation/check-chart.js';

/** `1 chart`, `2 charts`. */
export const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** `❌ 2`, `⚠️ 1`, `✅`. */
function mark(errors: number, warnings: number): string {
  if (errors > 0) return `❌ ${errors}`;
  return warnings > 0 ? `⚠️ ${warnings}` : '✅';
}

const markOf = (cell: CellReport) => mark(cell.errors, cell.warnings);
const byVersion = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });
const distinct = <Item>(items: readonly Item[]) => [...new Set(items)];
const environmentsOf = (cells: readonly CellReport[]) => distinct(cells.map((cell) => cell.environment));

/** `12 objects`, or `12 to 14` where versions differ. */
function objects(cells: readonly CellReport[]): string {
  const counts = cells.map((cell) => cell.objects);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? plural(most, 'object') : `${least} to ${most} objects`;
}

const titleOf = (chart: ChartReport) =>
  `**${escapeMarkdown(chart.name)}** ${escapeMarkdown(chart.version)} (${code(chart.chart.path)})`;

/** What there is to say of a chart that has no cells. */
function without(chart: ChartReport): string {
  const errors = countLevel(chart.findings, 'error');
  if (chart.library) return `${mark(errors, countLevel(chart.findings, 'warning'))} a library chart, linted`;
  return '❌ not rendered';
}

function single(chart: ChartReport): string {
  const { cells } = chart;
  const [first] = cells;
  if (first === undefined) return `${titleOf(chart)}: ${without(chart)}.`;
  if (cells.length === 1) {
    const where = `${escapeMarkdown(first.environment)} on Kubernetes ${first.kubernetes}`;
    return `${titleOf(chart)}: ${markOf(first)} ${where}, ${objects(cells)}.`;
  }
  const versions = distinct(cells.map((cell) => cell.kubernetes)).sort(byVersion);
  const rows = environmentsOf(cells).map((environment) => {
    const own = cells.filter((cell) => cell.environment === environment);
    const marks = versions.map((version) => {
      const cell = own.find((item) => item.kubernetes === version);
      return cell === undefined ? '–' : markOf(cell);
    });
    return [escapeMarkdown(environment), ...marks, objects(own)];
  });
  const header = ['environment', ...versions.map((version) => `Kubernetes ${version}`), 'rendered'];
  return `${titleOf(chart)}\n\n${table(header, rows)}`;
}

/** One environment of a chart: one mark when its versions agree, else each with its own. */
function summed(cells: readonly CellReport[]): string {
  if (cells.length === 0) return '–';
  const marks = distinct(cells.map(markOf));
  if (marks.length === 1) return marks[0] ?? '';
  return marks
    .map((text) => {
      const versions = cells.filter((cell) => markOf(cell) === text).map((cell) => cell.kubernetes);
      return `${text} (${versions.sort(byVersion).join(', ')})`;
    })
    .join('<br>');
}

/** Charts with nothing to tell are named in one line. */
const MOST_NAMED = 50;

function several(charts: readonly ChartReport[]): string {
  const bad = charts.filter((chart) => chart.findings.length > 0 || (chart.cells.length === 0 && !chart.library));
  const good = charts.filter((chart) => !bad.includes(chart));
  const environments = distinct(charts.flatMap(({ cells }) => environmentsOf(cells)));
  const rows = bad.map((chart) => {
    const name = titleOf(chart);
    if (chart.cells.length === 0) return [name, without(chart), ...environments.slice(1).map(() => '')];
    return [
      name,
      ...environments.map((environment) => summed(chart.cells.filter((cell) => cell.environment === environment))),
    ];
  });
  const names = good.slice(0, MOST_NAMED).map((chart) => escapeMarkdown(chart.name));
  const more = good.length > names.length ? ` and ${good.length - names.length} more` : '';
  const fine =
    good.length === 0 ? [] : [`✅ nothing to say of ${plural(good.length, 'chart')}: ${names.join(', ')}${more}.`];
  const header = ['chart', ...(environments.length === 0 ? [''] : environments.map(escapeMarkdown))];
  return [...(rows.length === 0 ? [] : [table(header, rows)]), ...fine].join('\n\n');
}

/** Of one chart each cell; of many a row each, and those without a finding in one line. */
export function matrix(charts: readonly ChartReport[]): string {
  const [only, ...others] = charts;
  if (only !== undefined && others.length === 0) return single(only);
  return several(charts);
}
