import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HelmCdError } from '../core/errors.js';
import { isHidden } from '../core/helmignore.js';
import type { Helm } from '../helm/helm.js';
import { readChartFolder, readIgnoreRules, type ChartFile } from './chart-files.js';
import {
  accepts,
  isFolder,
  isLocal,
  localFolder,
  lockProblem,
  lockedDependencies,
  outOfStep,
  placeOfDependency,
  readSource,
  vendored,
  type Source,
  type Wanted,
} from './dependencies.js';
import { describeChart } from './describe.js';
import { createDependencySource, type DependencySource, type FetchServices } from './fetch-dependency.js';
import { packChart } from './pack.js';

async function writeFiles(target: string, files: readonly ChartFile[]): Promise<void> {
  for (const file of files) {
    const destination = path.join(target, file.path);
    await mkdir(path.dirname(destination), { recursive: true });
    await writeFile(destination, file.data);
  }
}

/** Puts a `file://` dependency, itself prepared, into charts/: unpacked, so that findings can be placed in its files. */
async function copyLocal(source: Source, dependency: Wanted, charts: string, prepare: Prepare): Promise<void> {
  const origin = localFolder(source.folder, dependency.repository);
  const place = (field: string) => placeOfDependency(source, dependency.index, field);
  if (!(await isFolder(origin))) {
    throw new HelmCdError('not-found', `Dependency ${dependency.name} of ${source.folder} is not at ${origin}`, {
      hint: `"${dependency.repository}" is relative to the folder of Chart.yaml.`,
      place: place('repository'),
    });
  }
  const prepared = await prepare(origin);
  const files = await readChartFolder(prepared);
  const { metadata } = describeChart(files, origin);
  if (metadata.name !== dependency.name) {
    throw new HelmCdError('conflict', `${origin} holds the chart ${metadata.name}, not ${dependency.name}.`, {
      hint: `Correct the dependency in ${place('name').file}.`,
      place: place('name'),
    });
  }
  if (!accepts(dependency, metadata.version, source)) {
    const why = `it wants ${dependency.name} ${dependency.range}, but ${origin} is ${metadata.version}.`;
    if (dependency.range !== (dependency.version ?? '')) throw outOfStep(source, why, place('version'));
    throw new HelmCdError('conflict', `${place('').file} cannot have its dependency: ${why}`, {
      hint: 'Change the version that the dependency asks for.',
      place: place('version'),
    });
  }
  const taken: readonly string[] = await readdir(charts);
  const name = taken.includes(metadata.name) ? `${metadata.name}-${metadata.version}` : metadata.name;
  const rules = await readIgnoreRules(path.dirname(charts));
  const hidden = files.some((file) => isHidden(rules, `charts/${name}/${file.path}`));
  if (!hidden) return writeFiles(path.join(charts, name), files);
  // The parent's .helmignore is not meant for the dependency's files; inside an archive it does not reach them.
  const packed = await packChart(files, origin);
  return writeFile(path.join(charts, `${name}.tgz`), packed.bytes);
}

type Prepare = (folder: string) => Promise<string>;

export interface PrepareOptions {
  /**
   * What to do about a lock file that is out of step: with it, it is told and the versions of Chart.yaml count; without
   * it, it is thrown.
   */
  readonly onStaleLock?: (problem: HelmCdError) => void;
}

/** Makes charts complete; one for all charts of a run, so that what they share is fetched and made once. */
export interface ChartPreparer {
  /**
   * A chart folder that has all its dependencies in charts/, so that helm can render and package it. The workspace is
   * never written to.
   *
   * A dependency that is in charts/ in a fitting version is taken as it is. Otherwise `file://` dependencies are read
   * from their folder (relative to `folder`, and prepared in their turn), and the others come from their repositories in
   * the version that the lock file names, or, without one, in the newest that Chart.yaml allows.
   * @returns `folder` itself when nothing is missing, else a copy (without what .helmignore names) in `services.temp`,
   *   in which the added charts are `charts/NAME/` (from `file://`) or `charts/NAME-VERSION.tgz`.
   * @throws HelmCdError `conflict` when the lock file is out of step, `not-found` when a dependency is missing,
   *   `unauthorized`, `timeout` or `unreachable` when one cannot be fetched, `file` when a chart is broken.
   */
  prepare(folder: string, options?: PrepareOptions): Promise<string>;
}

/** For one chart alone; see `ChartPreparer`. */
export function prepareChart(folder: string, helm: Pick<Helm, 'run'>, services: FetchServices): Promise<string> {
  return createChartPreparer(helm, services).prepare(folder);
}

export function createChartPreparer(helm: Pick<Helm, 'run'>, services: FetchServices): ChartPreparer {
  const dependencySource: DependencySource = createDependencySource(helm, services);
  const done = new Map<string, string>();

  async function prepare(from: string, parents: readonly string[], options: PrepareOptions): Promise<string> {
    const chartFolder = path.resolve(from);
    if (parents.includes(chartFolder)) {
      throw new HelmCdError(
        'conflict',
        `Charts depend on each other in a circle: ${[...parents, chartFolder].join(' → ')}`,
      );
    }
    const known = done.get(chartFolder);
    if (known !== undefined) return known;
    const source = await readSource(chartFolder);
    const problem = lockProblem(source);
    if (problem !== undefined) {
      if (options.onStaleLock === undefined) throw problem;
      options.onStaleLock(problem);
    }
    const missing: Wanted[] = [];
    const kept = new Set<string>();
    for (const dependency of lockedDependencies(source)) {
      const present = await vendored(source, dependency);
      if (present !== undefined) kept.add(present.entry);
      else missing.push(dependency);
    }
    const result =
      missing.length === 0 ? chartFolder : await copyWith(source, missing, kept, [...parents, chartFolder], options);
    done.set(chartFolder, result);
    return result;
  }

  async function copyWith(
    source: Source,
    missing: readonly Wanted[],
    kept: ReadonlySet<string>,
    parents: readonly string[],
    options: PrepareOptions,
  ): Promise<string> {
    const parent = await mkdtemp(path.join(services.temp, 'chart-'));
    const target = path.join(parent, path.basename(source.folder));
    const replaced = new Set(missing.map((dependency) => dependency.name));
    const stale = source.subcharts.filter(({ name, entry }) => replaced.has(name) && !kept.has(entry));
    const dropped = (file: ChartFile) =>
      stale.some(({ entry }) => file.path === `charts/${entry}` || file.path.startsWith(`charts/${entry}/`));
    await writeFiles(
      target,
      source.files.filter((file) => !dropped(file)),
    );
    const charts = path.join(target, 'charts');
    await mkdir(charts, { recursive: true });
    const added = new Set<string>();
    for (const dependency of missing) {
      // The same chart twice, under two aliases, is there once.
      const key = `${dependency.repository}\n${dependency.name}\n${dependency.range}`;
      if (added.has(key)) continue;
      added.add(key);
      if (dependency.repository === '') {
        throw new HelmCdError(
          'not-found',
          `Dependency ${dependency.name} of ${source.folder} is not in its charts/ folder.`,
          {
            hint: 'Without a repository it must be committed there, in a version that Chart.yaml accepts.',
            place: placeOfDependency(source, dependency.index),
          },
        );
      }
      if (isLocal(dependency)) {
        await copyLocal(source, dependency, charts, (next) => prepare(next, parents, options));
      } else {
        const place = placeOfDependency(source, dependency.index, 'repository');
        const { file, bytes } = await dependencySource.fetch(dependency, source.folder, place);
        await writeFile(path.join(charts, file), bytes);
      }
      services.log.debug(
        `${source.folder}: added ${dependency.name} ${dependency.range} from ${dependency.repository}`,
      );
    }
    await checkVisible(source.folder, target);
    return target;
  }

  return { prepare: (folder, options = {}) => prepare(folder, [], options) };
}

/** A .helmignore that names what was put into charts/ would make helm not see it. */
async function checkVisible(folder: string, target: string): Promise<void> {
  const rules = await readIgnoreRules(target);
  const names = await readdir(path.join(target, 'charts'));
  const hidden = names.find(
    (name) => rules.ignores('charts', true) || rules.ignores(`charts/${name}`, !name.endsWith('.tgz')),
  );
  if (hidden === undefined) return;
  throw new HelmCdError('conflict', `${folder}/.helmignore hides the dependencies in charts/ from helm.`, {
    hint: 'Take the rule out: dependencies are part of the chart.',
    place: { file: path.join(folder, '.helmignore') },
  });
}
