/** The few findings that a pull request shows on its lines. */
import type { Annotation } from '../../core/action.js';
import {
  formatCells,
  formatResources,
  groupFindings,
  type Cell,
  type FindingLevel,
  type GroupedFinding,
} from '../../core/findings.js';
import type { ChartReport } from '../../validation/check-chart.js';

/** GitHub shows ten of each level for a step; the last error is the step's own. */
const SHOWN: Readonly<Record<FindingLevel, number>> = { error: 9, warning: 10 };
/** Longer texts are no help in the margin of a file. */
const LONGEST = 500;

function textOf(finding: GroupedFinding, all: readonly Cell[]): string {
  const charts = finding.charts.length > 1 ? `in ${finding.charts.join(', ')}` : '';
  const context = [formatResources(finding.resources), formatCells(finding.cells, all), charts].filter(
    (part) => part !== '',
  );
  const what = `${finding.message}${context.length === 0 ? '' : ` (${context.join('; ')})`}`;
  const text = finding.hint === undefined ? what : `${what}${/[.!?…]$/.test(what) ? '' : '.'} ${finding.hint}`;
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Lists in turn: the first of each, then the second of each. */
function inTurn<Item>(lists: readonly (readonly Item[])[]): readonly Item[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, index) => lists.flatMap((list) => list[index] ?? [])).flat();
}

function groupBy<Item>(items: readonly Item[], key: (item: Item) => string): readonly (readonly Item[])[] {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups.values()];
}

/** One of each chart in turn, and of its files, so that few show much. */
function spread(findings: readonly GroupedFinding[]): readonly GroupedFinding[] {
  const charts = groupBy(findings, (finding) => finding.chart);
  return inTurn(charts.map((own) => inTurn(groupBy(own, (finding) => finding.place.file))));
}

export interface Annotations {
  readonly shown: readonly Annotation[];
  /** How many of each level are only in the log. */
  readonly left: Readonly<Record<FindingLevel, number>>;
}

/** One annotation for a place and what is said of it, whatever objects, cells and charts have it; at most ten of a level. */
export function annotationsOf(charts: readonly ChartReport[]): Annotations {
  const groups = groupFindings(charts.flatMap((chart) => chart.findings));
  const all = [
    ...new Map(
      charts.flatMap(({ cells }) => cells).map((cell) => [`${cell.environment}\n${cell.kubernetes}`, cell]),
    ).values(),
  ];
  const chosen = (level: FindingLevel) => spread(groups.filter((finding) => finding.level === level));
  const errors = chosen('error');
  const warnings = chosen('warning');
  const cellsOf = (finding: GroupedFinding) =>
    charts.find((chart) => chart.chart.path === finding.charts[0])?.cells ?? all;
  const annotate = (finding: GroupedFinding): Annotation => ({
    level: finding.level,
    message: textOf(finding, finding.charts.length > 1 ? all : cellsOf(finding)),
    place: finding.place,
  });
  return {
    shown: [...errors.slice(0, SHOWN.error), ...warnings.slice(0, SHOWN.warning)].map(annotate),
    left: {
      error: Math.max(0, errors.length - SHOWN.error),
      warning: Math.max(0, warnings.length - SHOWN.warning),
    },
  };
}
