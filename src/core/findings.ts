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
  /** The value that fed the field, when that is certain. Merged findings have it in their message. */
  readonly source?: ValueSource;
}

/** A value by its path, never by what it holds. */
export interface ValueSource {
  /** `service.port` */
  readonly value: string;
  /** Place of the file that sets it: `env/production.yaml:4`. */
  readonly setIn: string;
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
  const merged = new Map<string, { finding: Finding; cells: Cell[]; sources: Map<string, Set<string>> }>();
  for (const { cell, finding } of found) {
    const key = sameThing(finding);
    const entry = merged.get(key) ?? { finding, cells: [], sources: new Map<string, Set<string>>() };
    const { source } = finding;
    if (source !== undefined) {
      entry.sources.set(source.value, (entry.sources.get(source.value) ?? new Set()).add(source.setIn));
    }
    if (cell !== undefined && !entry.cells.includes(cell)) entry.cells.push(cell);
    merged.set(key, entry);
  }
  return [...merged.values()]
    .map(({ finding: { source, ...finding }, cells, sources }) => {
      const from = [...sources].map(([value, places]) => `${value}, set in ${[...places].sort().join(', ')}`);
      const message = source === undefined ? finding.message : `${finding.message} (from ${from.join('; ')})`;
      return { ...finding, message, cells };
    })
    .sort(byPlace);
}

export function countLevel(findings: readonly Finding[], level: FindingLevel): number {
  return findings.filter((finding) => finding.level === level).length;
}

/**
 * Where a finding is, as shortly as it can be said: `develop`, `develop (1.35), production (1.36)`, `Kubernetes 1.36`; `everywhere`
 * when those are all there are.
 * @param all the cells that there are.
 */
export function formatCells(cells: readonly Cell[], all: readonly Cell[]): string {
  if (cells.length === 0) return '';
  const environments = [...new Set(cells.map((cell) => cell.environment))];
  const versionsOf = (list: readonly Cell[], environment: string) =>
    list.filter((cell) => cell.environment === environment).map((cell) => cell.kubernetes);
  if (all.length <= 1) return '';
  if (cells.length === all.length) return 'everywhere';
  const everyEnvironment =
    environments.length > 1 && environments.length === new Set(all.map((cell) => cell.environment)).size;
  const versions = [...new Set(environments.map((environment) => versionsOf(cells, environment).join(', ')))];
  if (everyEnvironment && versions.length === 1) return `Kubernetes ${versions[0] ?? ''}`;
  return environments
    .map((environment) => {
      const own = versionsOf(cells, environment);
      return own.length === versionsOf(all, environment).length ? environment : `${environment} (${own.join(', ')})`;
    })
    .join(', ');
}

/** Findings that say the same of the same place: of several objects of a template, or of charts that share a file. */
export interface GroupedFinding extends Finding {
  readonly resources: readonly string[];
  readonly charts: readonly string[];
  readonly cells: readonly Cell[];
}

/** Each thing once that a person has to mend once; in the order given. */
export function groupFindings(findings: readonly MergedFinding[]): readonly GroupedFinding[] {
  const groups = new Map<
    string,
    { first: MergedFinding; resources: Set<string>; charts: Set<string>; cells: Map<string, Cell> }
  >();
  for (const finding of findings) {
    const { level, rule, message, place, resource, hint, chart } = finding;
    // Without a line two objects of a file are two places.
    const own = place.line === undefined ? resource : undefined;
    const key = JSON.stringify([level, rule, message, place.file, place.line, place.column, hint, own]);
    const group = groups.get(key) ?? { first: finding, resources: new Set(), charts: new Set(), cells: new Map() };
    groups.set(key, group);
    if (resource !== undefined) group.resources.add(resource);
    group.charts.add(chart);
    for (const cell of finding.cells) group.cells.set(JSON.stringify(cell), cell);
  }
  return [...groups.values()].map(({ first, resources, charts, cells }) => ({
    ...first,
    resources: [...resources],
    charts: [...charts],
    cells: [...cells.values()],
  }));
}

/** `Deployment/a, Deployment/b and 3 more`. */
export function formatResources(resources: readonly string[]): string {
  const shown = resources.slice(0, 3);
  const more = resources.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/**
 * One line for a log: place, level, message, what and where.
 * @param all the cells that the chart has.
 */
export function formatFinding(finding: GroupedFinding, all: readonly Cell[]): string {
  const where = [formatResources(finding.resources), formatCells(finding.cells, all)].filter((part) => part !== '');
  return `${formatPlace(finding.place)}: ${finding.level}: ${finding.message}${where.length === 0 ? '' : ` (${where.join('; ')})`} [${finding.rule}]`;
}
