import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ChartDependency } from '../core/chart-metadata.js';
import { isAlias, lockMatches } from '../core/dependency-lock.js';
import { HelmCdError } from '../core/errors.js';
import { parseConstraint } from '../core/version-constraint.js';
import { readChartFolder, type ChartFile } from './chart-files.js';
import { describeChart, type ChartDescription } from './describe.js';
import { readSubcharts, type Subchart } from './subcharts.js';

/** A dependency with the version that Chart.lock or Chart.yaml settles on. */
export interface Wanted extends ChartDependency {
  /** Exact when locked, else the constraint of Chart.yaml. */
  readonly range: string;
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

/** The error for a lock file that does not belong to its Chart.yaml, or not to what its dependencies are by now. */
export function outOfStep(folder: string, lockFile: string, why: string): HelmCdError {
  return new HelmCdError('conflict', `${lockFile} of ${folder} is out of step with Chart.yaml: ${why}`, {
    hint: `Run "helm dependency update ${folder}" and commit ${lockFile}.`,
    place: { file: path.join(folder, lockFile) },
  });
}

/** The dependencies with the versions of the lock file, when there is one. */
export function lockedDependencies({ folder, description }: Source): readonly Wanted[] {
  const { dependencies, lock, metadata } = description;
  if (lock === undefined) return dependencies.map((item) => ({ ...item, range: item.version ?? '' }));
  const lockFile = metadata.apiVersion === 'v1' ? 'requirements.lock' : 'Chart.lock';
  if (!lockMatches(dependencies, lock, metadata.apiVersion === 'v1')) {
    throw outOfStep(folder, lockFile, 'the dependencies were changed after it was written.');
  }
  return dependencies.map((item, index) => {
    const locked = lock.dependencies[index];
    if (locked === undefined) return { ...item, range: item.version ?? '' };
    const repository = isAlias(item.repository) ? locked.repository : item.repository;
    return { ...item, repository, range: locked.version ?? '' };
  });
}

/**
 * Whether a version is what Chart.lock or Chart.yaml asks for.
 * @throws HelmCdError `file` when helm could not read that either.
 */
export function accepts(range: string, version: string, dependency: string, folder: string): boolean {
  if (range === version || range === '') return true;
  const constraint = parseConstraint(range);
  if (constraint !== undefined) return constraint.accepts(version);
  throw new HelmCdError(
    'file',
    `${folder}/Chart.yaml: dependency ${dependency} has an unreadable version: "${range}"`,
    {
      hint: 'Write a version or a constraint such as ^1.2.0.',
      place: { file: path.join(folder, 'Chart.yaml') },
    },
  );
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
    (subchart) =>
      subchart.name === dependency.name && accepts(dependency.range, subchart.version, dependency.name, source.folder),
  );
  if (found === undefined || !isLocal(dependency)) return found;
  const origin = localFolder(source.folder, dependency.repository);
  if (!(await isFolder(origin))) return found;
  const { metadata } = describeChart(await readChartFolder(origin), origin);
  return metadata.version === found.version ? found : undefined;
}
