/** Helm's own problems as findings in the user's files. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Place } from '../core/errors.js';
import type { Finding, FindingLevel } from '../core/findings.js';
import type { HelmProblem } from '../helm/problems.js';
import type { LintMessage } from '../helm/lint.js';
import { textOf } from '../charts/chart-files.js';
import type { ChartContents } from './chart-contents.js';
import type { SourceFinder } from './chart-source.js';
import type { PlannedFile } from './plan.js';
import { placeOfValue } from './values-places.js';

/** The chart that helm worked on. */
export interface ChartPlaces {
  /** The chart's name, as helm puts it before paths. */
  readonly name: string;
  /** The folder, absolute and relative to the working directory. */
  readonly folder: string;
  readonly path: string;
  /** What helm was given: the same folder, or a copy with its dependencies. */
  readonly prepared: string;
  /** Whether helm-cd deploys it: helm-cd.yaml names it. */
  readonly deployed: boolean;
  readonly sources: SourceFinder;
  readonly contents: ChartContents;
}

/** The files behind the `--values` of a call: the user's file for each file that helm was given. */
export interface ValuesOrigin {
  readonly given: string;
  readonly file: PlannedFile;
  /** Whether helm was given a stand-in, whose lines are not the file's. */
  readonly standIn: boolean;
}

const inChart = (chart: ChartPlaces, file: string): PlannedFile => ({
  absolute: path.join(chart.folder, file),
  path: path.posix.join(chart.path, file),
});

/** The line of a key at the start of a line; nothing when there is none or more than one. */
async function lineOfKey(file: PlannedFile, key: string): Promise<number | undefined> {
  const text = await readFile(file.absolute, 'utf8').catch(() => '');
  const lines = text.split('\n').flatMap((line, index) => (line.startsWith(`${key}:`) ? [index + 1] : []));
  return lines.length === 1 ? lines[0] : undefined;
}

/**
 * The one place in the templates where a text is quoted, as in `fail "…"`: nothing when there is none or more than one.
 */
function quotedAt(message: string, { name, contents }: ChartPlaces): Pick<HelmProblem, 'source' | 'line'> | undefined {
  const found = contents.files.flatMap((file) => {
    if (!/(?:^|\/)templates\//.test(file.path)) return [];
    const text = textOf(file);
    return [JSON.stringify(message), `\`${message}\``].flatMap((quoted) => {
      const lines: number[] = [];
      for (let at = text.indexOf(quoted); at !== -1; at = text.indexOf(quoted, at + 1)) {
        lines.push(text.slice(0, at).split('\n').length);
      }
      return lines.map((line) => ({ source: `${name}/${file.path}`, line }));
    });
  });
  return found.length === 1 ? found[0] : undefined;
}

async function placeOf(
  given: HelmProblem,
  chart: ChartPlaces,
  values: readonly ValuesOrigin[],
): Promise<{ place: Place; prefix: string }> {
  const metadata = inChart(chart, 'Chart.yaml');
  const quoted = given.stopped === true ? quotedAt(given.message, chart) : undefined;
  // The column is one of the place that helm named.
  const { column, ...problem } = quoted === undefined ? given : { ...given, ...quoted, column: undefined };
  const position = {
    ...(problem.line === undefined ? {} : { line: problem.line }),
    ...(column === undefined ? {} : { column }),
  };
  if (problem.source !== undefined) {
    const { place, inside } = await chart.sources.find(problem.source);
    if (inside === undefined) return { place: { ...place, ...position }, prefix: '' };
    const where = problem.line === undefined ? inside : `${inside}:${problem.line}`;
    return { place, prefix: `in the dependency's ${where}: ` };
  }
  switch (problem.rule) {
    case 'values-schema': {
      const files = [inChart(chart, 'values.yaml'), ...values.map((origin) => origin.file)];
      const place = await placeOfValue(problem.values ?? [], files);
      return { place: place ?? { file: files.at(-1)?.path ?? metadata.path }, prefix: '' };
    }
    case 'values-file': {
      const origin = values.find((item) => item.given === problem.file);
      if (origin === undefined)
        return { place: { file: metadata.path }, prefix: `${path.basename(problem.file ?? '')}: ` };
      return { place: { file: origin.file.path, ...(origin.standIn ? {} : position) }, prefix: '' };
    }
    case 'kube-version': {
      const line = await lineOfKey(metadata, 'kubeVersion');
      return { place: { file: metadata.path, ...(line === undefined ? {} : { line }) }, prefix: '' };
    }
    case 'chart':
      return { place: { file: inChart(chart, problem.file ?? 'Chart.yaml').path, ...position }, prefix: '' };
    default:
      return { place: { file: metadata.path }, prefix: '' };
  }
}

/** A problem of a render or lint, at its place. */
export async function helmFinding(
  problem: HelmProblem,
  chart: ChartPlaces,
  values: readonly ValuesOrigin[],
  level: FindingLevel = 'error',
): Promise<Finding> {
  const { place, prefix } = await placeOf(problem, chart, values);
  // Some messages name the chart's folder: ours, not the copy's.
  const message = `${prefix}${problem.message}`
    .replaceAll(chart.prepared, chart.path)
    .replaceAll(chart.folder, chart.path);
  return { level, rule: problem.rule, message, place, chart: chart.path };
}

/** What the schema packs know better, for the Kubernetes version that was asked for. */
const DEPRECATION = /is deprecated in v1\.\d+|unavailable in v1\.\d+/;

/**
 * Lint's messages as findings, without what the render has said already.
 * @param said the problems of the renders with the same values.
 */
export async function lintFindings(
  messages: readonly LintMessage[],
  said: readonly Finding[],
  chart: ChartPlaces,
  values: readonly ValuesOrigin[],
  strict: boolean,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  // Lint goes on where a render stops, with nothing in place of what was required: what it finds then is of its making.
  const stopped = said.some((finding) => finding.rule === 'template-error' || finding.rule === 'template-syntax');
  for (const { level, path: where, problem } of messages) {
    if (stopped && problem.rule === 'invalid-yaml') continue;
    if (level === 'info' || DEPRECATION.test(problem.message)) continue;
    const known = problem.rule === 'helm' ? 'lint' : problem.rule;
    const located =
      problem.source === undefined && /^(?:templates|crds)\/./.test(where)
        ? { ...problem, source: `${chart.name}/${where}` }
        : problem.source === undefined && problem.rule === 'helm' && /^[\w.-]+\.(?:ya?ml|json|lock)$/.test(where)
          ? { ...problem, rule: 'chart' as const, file: where }
          : problem;
    const severity = level === 'error' || strict ? 'error' : 'warning';
    const made = await helmFinding(located, chart, values, severity);
    // A message about a folder does not name it.
    const message = /\/$/.test(where) && problem.rule === 'helm' ? `${where}: ${made.message}` : made.message;
    const finding = { ...made, message, rule: known };
    // Render errors stop helm at the first one; lint meets the same one again, in its own words.
    if (
      problem.rule !== 'helm' &&
      said.some((other) => other.rule === known && other.place.file === finding.place.file)
    )
      continue;
    if (said.some((other) => other.message === finding.message)) continue;
    findings.push(finding);
  }
  return findings;
}
