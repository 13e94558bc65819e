/** Whether a chart that changed has a new version: two packages with one version are what nobody can tell apart. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import semver from 'semver';
import { readChartFolder, readIgnoreRules } from '../charts/chart-files.js';
import { describeChart, type ChartDescription } from '../charts/describe.js';
import type { FoundChart } from '../charts/find-charts.js';
import { parseChartMetadata } from '../core/chart-metadata.js';
import { HelmCdError, type Place } from '../core/errors.js';
import type { Finding, FindingLevel } from '../core/findings.js';
import { readPositions } from '../schemas/kubernetes-yaml.js';

/** The state that a chart is compared with. */
export interface ComparedWith {
  /** As people know it. */
  readonly name: string;
  /** Absolute paths of all files that are not as they were. */
  readonly changed: readonly string[];
  /** A file's text as it was. */
  readonly textOf: (file: string) => Promise<string | undefined>;
}

const within = (folder: string, file: string) => file.startsWith(`${folder}${path.sep}`);

/** Whether helm packages the file: no rule of .helmignore names it or a folder that it is in. */
async function isPackaged(folder: string, file: string): Promise<boolean> {
  const rules = await readIgnoreRules(folder);
  const parts = path.relative(folder, file).split(path.sep);
  return !parts.some((_, index) => rules.ignores(parts.slice(0, index + 1).join('/'), index < parts.length - 1));
}

/** The folders of a chart and of the charts that it takes in by `file://`, which are packaged with it. */
async function packagedFolders(folder: string, seen: Set<string> = new Set()): Promise<ReadonlySet<string>> {
  if (seen.has(folder)) return seen;
  seen.add(folder);
  let description: ChartDescription;
  try {
    description = describeChart(await readChartFolder(folder), folder);
  } catch (error) {
    if (error instanceof HelmCdError) return seen;
    throw error;
  }
  for (const { repository } of description.dependencies) {
    if (!repository.startsWith('file://')) continue;
    const local = path.resolve(folder, repository.slice('file://'.length));
    if ((await stat(local).catch(() => undefined))?.isDirectory() === true) await packagedFolders(local, seen);
  }
  return seen;
}

/** The changed files that change what the chart's package holds. */
export async function changedFiles(chart: FoundChart, changed: readonly string[]): Promise<readonly string[]> {
  const folders = [...(await packagedFolders(chart.location))];
  const own: string[] = [];
  for (const file of changed) {
    const folder = folders.find((candidate) => within(candidate, file));
    if (folder !== undefined && (await isPackaged(folder, file))) own.push(file);
  }
  return own;
}

function versionIn(text: string): string | undefined {
  try {
    return parseChartMetadata(text, 'Chart.yaml').version;
  } catch {
    return undefined;
  }
}

/** Where a chart's version is written. */
export async function versionPlace(chart: FoundChart): Promise<Place> {
  const file = path.posix.join(chart.path, 'Chart.yaml');
  try {
    const text = await readFile(path.join(chart.location, 'Chart.yaml'), 'utf8');
    return { file, line: readPositions(text).lineOf(['version']) };
  } catch {
    return { file };
  }
}

/** A version that did not go up with the chart's content. */
export interface StaleVersion {
  readonly finding: Finding;
  /** It went down. */
  readonly lower: boolean;
}

/** @returns a finding when the chart changed and its version did not go up. */
export async function checkVersionIncrement(
  chart: FoundChart,
  version: string,
  compared: ComparedWith,
  level: FindingLevel,
  workingDirectory: string,
): Promise<StaleVersion | undefined> {
  const changed = await changedFiles(chart, compared.changed);
  const [first] = changed;
  if (first === undefined) return undefined;
  const file = path.join(chart.location, 'Chart.yaml');
  const before = versionIn((await compared.textOf(file)) ?? '');
  if (before === undefined) return undefined;
  const order =
    semver.valid(version) !== null && semver.valid(before) !== null ? semver.compare(version, before) : undefined;
  const same = version === before || order === 0;
  if (!same && (order === undefined || order > 0)) return undefined;
  const name = path.relative(workingDirectory, first).split(path.sep).join('/');
  const more = changed.length === 1 ? '' : ` and ${changed.length - 1} more`;
  const finding: Finding = {
    level,
    rule: 'version-increment',
    message: same
      ? `the chart changed since ${compared.name} (${name}${more}), but its version is still ${version}`
      : `the version goes down from ${before} (${compared.name}) to ${version}`,
    place: await versionPlace(chart),
    chart: chart.path,
    hint: `Raise version in Chart.yaml: ${semver.inc(before, 'patch') ?? 'a higher one'} or more.`,
  };
  return { finding, lower: !same };
}
