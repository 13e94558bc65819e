import { joinPath, inFolder } from './chart-folders.js';
import type { BumpSources, WithFiles } from './bump-sources.js';
import type { Pointer } from './json-pointer.js';
import { nodeAt, type YamlFile, type YamlNode } from './yaml-nodes.js';

/** Subcharts of subcharts, to this depth; deeper is no chart that anybody has. */
const DEEPEST = 5;

/** A chart of the same repository that another one depends on, and the key of its values there. */
export interface LocalDependency {
  /** The index in `dependencies:`; nothing for a folder in charts/ that is not listed. */
  readonly index?: number;
  readonly key: string;
  readonly name: string;
  readonly folder: string;
  /** From where helm takes it, when that is not the folder. */
  readonly repository?: string;
}

/** Without this word (or a backslash, by which a key may be written in other letters) a Chart.yaml lists no dependencies. */
const MAY_LIST = /dependencies|\\/;

/** Whether a chart may list dependencies. Most list nothing, and a repository may have many: those are not parsed for it. */
export function mayListDependencies(chart: string, sources: BumpSources): boolean {
  return MAY_LIST.test(sources.text(inFolder(chart, 'Chart.yaml')));
}

/** What a chart lists. */
function listedDependencies(chart: string, sources: BumpSources): readonly YamlNode[] {
  const file = inFolder(chart, 'Chart.yaml');
  if (!mayListDependencies(chart, sources)) return [];
  const list = nodeAt(sources.yaml(file).documents[0], ['dependencies']);
  return list?.kind === 'list' ? list.items : [];
}

/**
 * The dependencies of a chart that are folders of the repository: those with a `file://` repository and those that lie in
 * its charts/ folder. The chart's Chart.yaml must be loaded.
 */
export function localDependencies(
  chart: string,
  sources: BumpSources,
  folders: readonly string[],
): readonly LocalDependency[] {
  const listed = listedDependencies(chart, sources).flatMap((item, index): LocalDependency[] => {
    const text = (key: string) => {
      const node = nodeAt(item, [key]);
      return node?.kind === 'scalar' ? node.text : '';
    };
    const name = text('name');
    const repository = text('repository');
    const folder = repository.startsWith('file://')
      ? joinPath(chart, repository.slice('file://'.length))
      : inFolder(chart, `charts/${name}`);
    if (name === '' || folder === undefined || !folders.includes(folder)) return [];
    return [{ index, key: text('alias') || name, name, folder }];
  });
  const inside = inFolder(chart, 'charts/');
  const others = folders
    .filter((folder) => folder.startsWith(inside) && !folder.slice(inside.length).includes('/'))
    .filter((folder) => !listed.some((dependency) => dependency.folder === folder))
    .map((folder) => ({ key: folder.slice(inside.length), name: folder.slice(inside.length), folder }));
  return [...listed, ...others];
}

/** A chart inside another one, and the keys under which that one has its values. */
export interface MountedChart {
  readonly folder: string;
  /** Empty for the outermost chart itself. */
  readonly mount: Pointer;
}

/** A chart and all its local subcharts, those of subcharts too, deepest first and the chart itself last. */
export function* mountedCharts(
  chart: string,
  sources: BumpSources,
  folders: readonly string[],
  mount: Pointer = [],
): WithFiles<readonly MountedChart[]> {
  if (mount.length >= DEEPEST) return [];
  yield* sources.load([inFolder(chart, 'Chart.yaml')], `chart ${chart || '.'}`);
  const charts: MountedChart[] = [];
  for (const { key, folder } of localDependencies(chart, sources, folders)) {
    charts.push(...(yield* mountedCharts(folder, sources, folders, [...mount, key])));
  }
  return [...charts, { folder: chart, mount }];
}

/** A chart's own values, or nothing. Helm reads them under this name only. */
export function* ownValues(chart: string, sources: BumpSources): WithFiles<YamlFile | undefined> {
  const path = inFolder(chart, 'values.yaml');
  if (!sources.has(path)) return undefined;
  yield* sources.load([path], `values of chart ${chart || '.'}`);
  return sources.yaml(path);
}
