import { formatPlace, type Place } from './errors.js';

export type FindingLevel = 'error' | 'warning';

/** One render of a chart: for which environment, on which Kubernetes version. */
export interface Cell {
  readonly environment: string;
  /** `1.36`, or `1.36.2` when asked for so. */
  readonly kubernetes: string;
}

/** Something that is wrong with a chart. It never holds a value, only names, paths and rules. */
export interface Finding {
  readonly level: FindingLevel;
  /** Short and stable, such as `unknown-field`: the rule's identity in reports. */
  readonly rule: string;
  /** One sentence. */
  readonly message: string;
  /** A file relative to the working directory; a line only when it is certain. */
  readonly place: Place;
  /** The chart's folder relative to the working directory. */
  readonly chart: string;
  /** `Deployment/shop-api`, when it is about one object. */
  readonly resource?: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** A finding, and all the renders that have it. Without cells it is about the chart's files themselves. */
export interface MergedFinding extends Finding {
  readonly cells: readonly Cell[];
}

function sameThing(finding: Finding): string {
  const { level, rule, message, place, chart, resource } = finding;
  return JSON.stringify([level, rule, message, place.file, place.line, place.column, chart, resource]);
}

const RANK: Record<FindingLevel, number> = { error: 0, warning: 1 };

function byPlace(a: Finding, b: Finding): number {
  if (a.place.file !== b.place.file) return a.place.file < b.place.file ? -1 : 1;
  const order = RANK[a.level] - RANK[b.level] || (a.place.line ?? 0) - (b.place.line ?? 0);
  // Renders end in any order; a report does not show it.
  return order !== 0 ? order : a.message < b.message ? -1 : a.message > b.message ? 1 : 0;
}

/**
 * Each thing once, with the cells that have it; ordered by file, then errors first, then line. `undefined` as a cell is
 * for what is not about a render.
 */
export function mergeFindings(
  found: Iterable<{ readonly cell: Cell | undefined; readonly finding: Finding }>,
): readonly MergedFinding[] {
  const merged = new Map<string, { finding: Finding; cells: Cell[] }>();
  for (const { cell, finding } of found) {
    const key = sameThing(finding);
    const entry = merged.get(key) ?? { finding, cells: [] };
    if (cell !== undefined && !entry.cells.includes(cell)) entry.cells.push(cell);
    merged.set(key, entry);
  }
  return [...merged.values()].map(({ finding, cells }) => ({ ...finding, cells })).sort(byPlace);
}

export function countLevel(findings: readonly Finding[], level: FindingLevel): number {
  return findings.filter((finding) => finding.level === level).length;
}

/** `develop (1.35, 1.36), production (1.36)`; `everywhere` when those are all there are. */
export function formatCells(cells: readonly Cell[], all: number): string {
  if (cells.length === 0) return '';
  if (cells.length === all && all > 1) return 'everywhere';
  return [...new Set(cells.map((cell) => cell.environment))]
    .map((environment) => {
      const versions = cells.filter((cell) => cell.environment === environment).map((cell) => cell.kubernetes);
      return `${environment} (${versions.join(', ')})`;
    })
    .join(', ');
}

/** One line for a log: place, level, rule, message, where. */
export function formatFinding(finding: MergedFinding, all: number): string {
  const where = formatCells(finding.cells, all);
  const resource = finding.resource === undefined ? '' : `${finding.resource}: `;
  return `${formatPlace(finding.place)}: ${finding.level}: ${resource}${finding.message} [${finding.rule}]${where === '' ? '' : ` (${where})`}`;
}
