import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ChartDependency, ChartLock } from '../core/chart-metadata.js';
import { dependencyLines, type DependencyFileLines } from '../core/dependency-lines.js';
import { isAlias, lockMatches } from '../core/dependency-lock.js';
import { HelmCdError, type Place } from '../core/errors.js';
import { parseConstraint } from '../core/version-constraint.js';
import { findFile, readChartFolder, textOf, type ChartFile } from './chart-files.js';
import { describeChart, type ChartDescription } from './describe.js';
import { readSubcharts, type Subchart } from './subcharts.js';

/** A dependency with the version that Chart.lock or Chart.yaml settles on. */
export interface Wanted extends ChartDependency {
  /** Exact when locked, else the constraint of Chart.yaml. */
  readonly range: string;
  /** Its place in the list, from 0. */
  readonly index: number;
}

/** What a chart needs and has: the way from a folder to one that helm can render. */
export interface Source {
  readonly folder: string;
  readonly files: readonly ChartFile[];
  readonly description: ChartDescription;
  readonly subcharts: readonly Subchart[];
}

/** @throws HelmCdError `file` when the chart, or one in its charts/, is broken. */
export async function readSource(folder: string): Promise<Source> {
  const files = await readChartFolder(folder);
  return {
    folder,
    files,
    description: describeChart(files, folder),
    subcharts: await readSubcharts(files, folder),
  };
}

/** The file that names a chart's dependencies, and the one that locks them. */
function filesOf({ files, description }: Source): { readonly named: string; readonly locked: string } {
  const requirements = findFile(files, 'requirements.yaml') !== undefined;
  return {
    named: requirements ? 'requirements.yaml' : 'Chart.yaml',
    locked: description.metadata.apiVersion === 'v1' ? 'requirements.lock' : 'Chart.lock',
  };
}

function linesIn({ files }: Source, name: string): DependencyFileLines {
  const file = findFile(files, name);
  return dependencyLines(file === undefined ? '' : textOf(file));
}

/** Where a chart names a dependency, or a field of it. */
export function placeOfDependency(source: Source, index: number, field = ''): Place {
  const { named } = filesOf(source);
  const item = linesIn(source, named).dependencies[index];
  const line = item?.fields.get(field) ?? item?.line;
  return { file: path.join(source.folder, named), ...(line === undefined ? {} : { line }) };
}

/** The error for a lock file that does not belong to its Chart.yaml, or not to what its dependencies are by now. */
export function outOfStep(source: Source, why: string, place?: Place): HelmCdError {
  const { folder } = source;
  const { named, locked } = filesOf(source);
  return new HelmCdError('conflict', `${locked} of ${folder} is out of step with ${named}: ${why}`, {
    hint: `Run "helm dependency update ${folder}" and commit ${locked}.`,
    place: place ?? { file: path.join(folder, locked) },
  });
}

/** The first difference between what is named and what is locked, at its line. */
function differenceOf(source: Source, lock: ChartLock): HelmCdError {
  const { dependencies } = source.description;
  const { locked: lockFile } = filesOf(source);
  const lines = linesIn(source, lockFile);
  const inLock = (line: number | undefined): Place => ({
    file: path.join(source.folder, lockFile),
    ...(line === undefined ? {} : { line }),
  });
  for (const [index, { name, version = '', repository }] of dependencies.entries()) {
    const item = lock.dependencies.find((other) => other.name === name);
    if (item === undefined) {
      return outOfStep(source, `it does not hold ${name}.`, placeOfDependency(source, index));
    }
    // The same chart may be there under several aliases, in as many versions.
    const several = dependencies.filter((other) => other.name === name).length > 1;
    if (several) continue;
    const constraint = parseConstraint(version);
    if (item.version !== undefined && constraint !== undefined && !constraint.accepts(item.version)) {
      const why = `it holds ${name} ${item.version}, which ${version} is not.`;
      return outOfStep(source, why, placeOfDependency(source, index, 'version'));
    }
    if (!isAlias(repository) && item.repository !== repository) {
      const why = `it has another repository for ${name}.`;
      return outOfStep(source, why, placeOfDependency(source, index, 'repository'));
    }
  }
  const extra = lock.dependencies.findIndex(({ name }) => !dependencies.some((other) => other.name === name));
  if (extra !== -1) {
    const why = `it holds ${lock.dependencies[extra]?.name ?? ''}, which is not named.`;
    return outOfStep(source, why, inLock(lines.dependencies[extra]?.line));
  }
  const why = 'the dependencies were changed after it was written.';
  return outOfStep(source, why, inLock(lines.keys.get('digest')));
}

/** What is wrong with a chart's lock file; nothing when it fits, or there is none. */
export function lockProblem(source: Source): HelmCdError | undefined {
  const { dependencies, lock, metadata } = source.description;
  if (lock === undefined || lockMatches(dependencies, lock, metadata.apiVersion === 'v1')) return undefined;
  return differenceOf(source, lock);
}

/**
 * The dependencies with the versions of the lock file, when there is one that fits; with those of Chart.yaml otherwise.
 */
export function lockedDependencies(source: Source): readonly Wanted[] {
  const { dependencies, lock } = source.description;
  const fits = lock !== undefined && lockProblem(source) === undefined;
  return dependencies.map((item, index) => {
    const locked = fits ? lock.dependencies[index] : undefined;
    if (locked === undefined) return { ...item, range: item.version ?? '', index };
    const repository = isAlias(item.repository) ? locked.repository : item.repository;
    return { ...item, repository, range: locked.version ?? '', index };
  });
}

/**
 * Whether a version is what Chart.lock or Chart.yaml asks for.
 * @throws HelmCdError `file` when helm could not read that either.
 */
export function accepts({ range, name, index }: Wanted, version: string, source: Source): boolean {
  if (range === version || range === '') return true;
  const constraint = parseConstraint(range);
  if (constraint !== undefined) return constraint.accepts(version);
  const place = placeOfDependency(source, index, 'version');
  throw new HelmCdError('file', `${place.file}: dependency ${name} has an unreadable version: "${range}"`, {
    hint: 'Write a version or a constraint such as ^1.2.0.',
    place,
  });
}

/** The folder of a `file://` dependency, relative to the chart that names it. */
export function localFolder(folder: string, repository: string): string {
  return path.resolve(folder, repository.slice('file://'.length));
}

/** Whether there is a folder. */
export async function isFolder(candidate: string): Promise<boolean> {
  return (await stat(candidate).catch(() => undefined))?.isDirectory() ?? false;
}

/** Whether a dependency is taken from a folder beside the chart. */
export function isLocal(dependency: ChartDependency): boolean {
  return dependency.repository.startsWith('file://');
}

/** The vendored chart that fulfils a dependency. A `file://` source that is there must have the same version. */
export async function vendored(source: Source, dependency: Wanted): Promise<Subchart | undefined> {
  const found = source.subcharts.find(
    (subchart) => subchart.name === dependency.name && accepts(dependency, subchart.version, source),
  );
  if (found === undefined || !isLocal(dependency)) return found;
  const origin = localFolder(source.folder, dependency.repository);
  if (!(await isFolder(origin))) return found;
  const { metadata } = describeChart(await readChartFolder(origin), origin);
  return metadata.version === found.version ? found : undefined;
}
