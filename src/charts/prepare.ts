import { mkdir, mkdtemp, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ChartDependency } from '../core/chart-metadata.js';
import { isAlias, lockMatches } from '../core/dependency-lock.js';
import { HelmCdError } from '../core/errors.js';
import { isHidden } from '../core/helmignore.js';
import type { Services } from '../core/ports.js';
import { parseConstraint } from '../core/version-constraint.js';
import type { Helm } from '../helm/helm.js';
import { readChartFolder, readIgnoreRules, type ChartFile } from './chart-files.js';
import { describeChart, type ChartDescription } from './describe.js';
import { packChart } from './pack.js';
import { readSubcharts, type Subchart } from './subcharts.js';

const PULL_TIMEOUT_MS = 2 * 60_000;

/** A dependency with the version that Chart.lock or Chart.yaml settles on. */
interface Wanted extends ChartDependency {
  /** Exact when locked, else the constraint of Chart.yaml. */
  readonly range: string;
}

/** What a chart needs and has: the way from a folder to one that helm can render. */
interface Source {
  readonly folder: string;
  readonly files: readonly ChartFile[];
  readonly description: ChartDescription;
  readonly subcharts: readonly Subchart[];
}

async function readSource(folder: string): Promise<Source> {
  const files = await readChartFolder(folder);
  return {
    folder,
    files,
    description: describeChart(files, folder),
    subcharts: await readSubcharts(files, folder),
  };
}

function outOfStep(folder: string, lockFile: string, why: string): HelmCdError {
  return new HelmCdError('conflict', `${lockFile} of ${folder} is out of step with Chart.yaml: ${why}`, {
    hint: `Run "helm dependency update ${folder}" and commit ${lockFile}.`,
    place: { file: path.join(folder, lockFile) },
  });
}

/** The dependencies with the versions of the lock file, when there is one. */
function lockedDependencies({ folder, description }: Source): readonly Wanted[] {
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

function accepts(range: string, version: string, dependency: string, folder: string): boolean {
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
function localFolder(folder: string, repository: string): string {
  return path.resolve(folder, repository.slice('file://'.length));
}

async function isFolder(candidate: string): Promise<boolean> {
  return (await stat(candidate).catch(() => undefined))?.isDirectory() ?? false;
}

const isLocal = (dependency: ChartDependency) => dependency.repository.startsWith('file://');

/** The vendored chart that fulfils a dependency. A `file://` source that is there must have the same version. */
async function vendored(source: Source, dependency: Wanted): Promise<Subchart | undefined> {
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

async function writeFiles(target: string, files: readonly ChartFile[]): Promise<void> {
  for (const file of files) {
    const destination = path.join(target, file.path);
    await mkdir(path.dirname(destination), { recursive: true });
    await writeFile(destination, file.data);
  }
}

/** Fetches a dependency from its repository into `target`; helm names the archive. */
async function pull(helm: Pick<Helm, 'run'>, dependency: Wanted, target: string, folder: string): Promise<void> {
  const { name, repository, range } = dependency;
  if (isAlias(repository)) {
    throw new HelmCdError(
      'unsupported',
      `Dependency ${name} of ${folder} names its repository by alias: ${repository}`,
      {
        hint: "Write the repository's URL, or commit the Chart.lock, which holds it.",
        place: { file: path.join(folder, 'Chart.yaml') },
      },
    );
  }
  const reference = repository.startsWith('oci://')
    ? [`${repository.replace(/\/+$/, '')}/${name}`]
    : ['--repo', repository, name];
  const version = range === '' ? [] : ['--version', range];
  try {
    await helm.run(['pull', ...reference, ...version, '--destination', target], { timeoutMs: PULL_TIMEOUT_MS });
  } catch (cause) {
    if (!(cause instanceof HelmCdError) || cause.code === 'cancelled') throw cause;
    const what = range === '' ? name : `${name} ${range}`;
    throw new HelmCdError(
      'unreachable',
      `Dependency ${what} of ${folder} could not be fetched from ${repository}: ${cause.message}`,
      {
        hint: 'Check the repository and version in Chart.yaml, or commit the chart in charts/.',
        cause,
      },
    );
  }
}

/** Puts a `file://` dependency, itself prepared, into charts/: unpacked, so that findings can be placed in its files. */
async function copyLocal(source: Source, dependency: Wanted, charts: string, prepare: Prepare): Promise<void> {
  const origin = localFolder(source.folder, dependency.repository);
  if (!(await isFolder(origin))) {
    throw new HelmCdError('not-found', `Dependency ${dependency.name} of ${source.folder} is not at ${origin}`, {
      hint: `"${dependency.repository}" is relative to the folder of Chart.yaml.`,
      place: { file: path.join(source.folder, 'Chart.yaml') },
    });
  }
  const prepared = await prepare(origin);
  const files = await readChartFolder(prepared);
  const { metadata } = describeChart(files, origin);
  if (metadata.name !== dependency.name) {
    throw new HelmCdError('conflict', `${origin} holds the chart ${metadata.name}, not ${dependency.name}.`, {
      hint: `Correct the dependency in ${path.join(source.folder, 'Chart.yaml')}.`,
      place: { file: path.join(source.folder, 'Chart.yaml') },
    });
  }
  if (!accepts(dependency.range, metadata.version, dependency.name, source.folder)) {
    const why = `it has ${dependency.name} ${dependency.range}, but ${origin} is ${metadata.version}.`;
    throw outOfStep(source.folder, source.description.lock === undefined ? 'Chart.yaml' : 'Chart.lock', why);
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

/**
 * A chart folder that has all its dependencies in charts/, so that helm can render and package it. The workspace is
 * never written to.
 *
 * A dependency that is in charts/ in a fitting version is taken as it is. Otherwise `file://` dependencies are read
 * from their folder (relative to `folder`, and prepared in their turn), and the others are fetched by `helm pull` in
 * the version that the lock file names, or, without one, in the newest that Chart.yaml allows.
 * @returns `folder` itself when nothing is missing, else a copy (without what .helmignore names) in `services.temp`,
 *   in which the added charts are `charts/NAME/` (from `file://`) or `charts/NAME-VERSION.tgz`.
 * @throws HelmCdError `conflict` when the lock file is out of step, `not-found` when a local dependency is missing,
 *   `unreachable` when one cannot be fetched, `file` when a chart is broken.
 */
export async function prepareChart(
  folder: string,
  helm: Pick<Helm, 'run'>,
  services: Pick<Services, 'temp' | 'log'>,
): Promise<string> {
  const done = new Map<string, string>();

  async function prepare(from: string, parents: readonly string[]): Promise<string> {
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
    const missing: Wanted[] = [];
    const kept = new Set<string>();
    for (const dependency of lockedDependencies(source)) {
      const present = await vendored(source, dependency);
      if (present !== undefined) kept.add(present.entry);
      else missing.push(dependency);
    }
    const result =
      missing.length === 0 ? chartFolder : await copyWith(source, missing, kept, [...parents, chartFolder]);
    done.set(chartFolder, result);
    return result;
  }

  async function copyWith(
    source: Source,
    missing: readonly Wanted[],
    kept: ReadonlySet<string>,
    parents: readonly string[],
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
            place: { file: path.join(source.folder, 'Chart.yaml') },
          },
        );
      }
      if (isLocal(dependency)) await copyLocal(source, dependency, charts, (next) => prepare(next, parents));
      else await pull(helm, dependency, charts, source.folder);
      services.log.debug(
        `${source.folder}: added ${dependency.name} ${dependency.range} from ${dependency.repository}`,
      );
    }
    await checkVisible(source.folder, target);
    return target;
  }

  return prepare(folder, []);
}

/** A .helmignore that names what was put into charts/ would make helm not see it. */
async function checkVisible(folder: string, target: string): Promise<void> {
  const rules = await readIgnoreRules(target);
  const names = await readdir(path.join(target, 'charts'));
  const hidden = names.find(
    (name) => rules.ignores('charts', true) || rules.ignores(`charts/${name}`, !name.endsWith('.tgz')),
  );
  if (hidden === undefined) return;
  throw new HelmCdError('conflict', `${folder}/.helmignore hides the dependency charts/${hidden} from helm.`, {
    hint: 'Take the rule out: dependencies are part of the chart.',
    place: { file: path.join(folder, '.helmignore') },
  });
}

/** Whether a folder holds a chart. */
export async function isChartFolder(folder: string): Promise<boolean> {
  return readFile(path.join(folder, 'Chart.yaml')).then(
    () => true,
    () => false,
  );
}
