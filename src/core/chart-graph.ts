import type { BumpSources, WithFiles } from './bump-sources.js';
import { inFolder } from './chart-folders.js';
import { HelmCdError } from './errors.js';
import type { Pointer } from './json-pointer.js';
import { localDependencies, mayListDependencies, type LocalDependency } from './subchart-layers.js';
import { higherLevel, type ChangeLevel } from './tag-order.js';
import { nodeAt, type YamlFile } from './yaml-nodes.js';

/** Charts of the repository and what of the repository each depends on. */
export type DependencyGraph = ReadonlyMap<string, readonly LocalDependency[]>;

/** A text of a map in a Chart.yaml; empty when there is none. */
function textAt(file: YamlFile, pointer: Pointer): string {
  const node = nodeAt(file.documents[0], pointer);
  return node?.kind === 'scalar' ? node.text : '';
}

/** A chart's Chart.yaml; nothing when it cannot be read. */
function readable(folder: string, sources: BumpSources): YamlFile | undefined {
  try {
    return sources.yaml(inFolder(folder, 'Chart.yaml'));
  } catch (error) {
    if (error instanceof HelmCdError) return undefined;
    throw error;
  }
}

/** A name that is in the file letter by letter, unless it is written in escapes or over several lines. */
const WRITTEN_OUT = /^[\w.-]+$/;

/** The charts of a name. Only those are parsed whose Chart.yaml has it somewhere: a repository may have many. */
function namedCharts(name: string, sources: BumpSources, folders: readonly string[]): readonly string[] {
  return folders.filter((folder) => {
    const text = sources.text(inFolder(folder, 'Chart.yaml'));
    if (WRITTEN_OUT.test(name) && !text.includes(name) && !text.includes('\\')) return false;
    const file = readable(folder, sources);
    return file !== undefined && textAt(file, ['name']) === name;
  });
}

/**
 * Dependencies that are charts of the repository too, but that helm takes from where they are published: those that ask
 * for exactly the version that the repository's chart of that name has.
 * @param folders of the repository's charts.
 */
function* siblings(file: YamlFile, sources: BumpSources, folders: readonly string[]): Generator<LocalDependency> {
  const list = nodeAt(file.documents[0], ['dependencies']);
  for (const index of list?.kind === 'list' ? list.items.keys() : []) {
    const text = (key: string) => textAt(file, ['dependencies', String(index), key]);
    const [name, repository] = [text('name'), text('repository')];
    if (repository === '' || repository.startsWith('file://')) continue;
    const [folder, ...more] = namedCharts(name, sources, folders);
    if (folder === undefined || more.length > 0) continue;
    const version = textAt(sources.yaml(inFolder(folder, 'Chart.yaml')), ['version']);
    const isExact = version !== '' && text('version').replace(/^=?\s*v?(?=\d)/, '') === version.replace(/^v(?=\d)/, '');
    if (isExact) yield { index, key: text('alias') || name, name, folder, repository };
  }
}

/**
 * Which charts of the repository depend on which: by `file://`, because they lie in `charts/`, or as siblings that are
 * published. A Chart.yaml that cannot be read is nobody's parent: it is validate-chart's business.
 */
export function* dependencyGraph(sources: BumpSources, folders: readonly string[]): WithFiles<DependencyGraph> {
  const regular = new Set(sources.regularPaths());
  const files = folders.map((folder) => inFolder(folder, 'Chart.yaml')).filter((file) => regular.has(file));
  yield* sources.load(files, 'dependencies');
  const charts = folders.filter((folder) => regular.has(inFolder(folder, 'Chart.yaml')));
  const graph = new Map<string, readonly LocalDependency[]>();
  for (const folder of charts) {
    const contains = folders.some((other) => other.startsWith(inFolder(folder, 'charts/')));
    // Most charts neither list nor contain any: their files are not even parsed.
    if (!contains && !mayListDependencies(folder, sources)) continue;
    const file = readable(folder, sources);
    if (file === undefined) continue;
    const local = localDependencies(folder, sources, folders);
    const known = new Set(local.map(({ index }) => index));
    const published = siblings(file, sources, charts);
    const others = [...published].filter(({ index, folder: of }) => !known.has(index) && of !== folder);
    graph.set(folder, [...local, ...others]);
  }
  return graph;
}

/** Adds all charts that contain a changed one, with the greatest level of what changes in them. */
export function withParents(
  levels: ReadonlyMap<string, ChangeLevel>,
  graph: DependencyGraph,
): ReadonlyMap<string, ChangeLevel> {
  const all = new Map(levels);
  // Each round goes one step further up; charts that contain each other end when nothing rises any more.
  for (let changed = true; changed;) {
    changed = false;
    for (const [parent, dependencies] of graph) {
      for (const { folder } of dependencies) {
        const level = all.get(folder);
        if (level === undefined) continue;
        const now = all.get(parent);
        const next = now === undefined ? level : higherLevel(now, level);
        if (next === now) continue;
        all.set(parent, next);
        changed = true;
      }
    }
  }
  return all;
}
