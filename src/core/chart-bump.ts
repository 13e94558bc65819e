import type { BumpRequest, ChartBump, PlannedChange } from './bump-request.js';
import type { BumpSources, WithFiles } from './bump-sources.js';
import { inFolder } from './chart-folders.js';
import { nextChartVersion } from './chart-version.js';
import { HelmCdError } from './errors.js';
import type { YamlPlace } from './image-use.js';
import { changeLevel, higherLevel, type ChangeLevel } from './tag-order.js';
import { nodeAt } from './yaml-nodes.js';

/** A scalar at the top of a Chart.yaml, or nothing. */
export function chartField(sources: BumpSources, folder: string, key: string): YamlPlace | undefined {
  const file = sources.yaml(inFolder(folder, 'Chart.yaml'));
  const scalar = nodeAt(file.documents[0], [key]);
  return scalar?.kind === 'scalar' ? { file, pointer: [key], scalar } : undefined;
}

/** The level of each chart's version: that of the greatest change of its images. */
export function levelsOf(changes: readonly PlannedChange[]): ReadonlyMap<string, ChangeLevel> {
  const levels = new Map<string, ChangeLevel>();
  for (const { chart, part, fromTag, toTag } of changes) {
    if (chart === undefined) continue;
    const level = part === 'digest' ? 'patch' : changeLevel(fromTag, toTag);
    levels.set(chart, higherLevel(levels.get(chart) ?? 'patch', level));
  }
  return levels;
}

/**
 * The next version of each chart.
 * @param levels by folder.
 * @throws HelmCdError `file`, with the place, when a chart has no version or none that has a next one.
 */
export function* bumpChartVersions(
  request: BumpRequest,
  levels: ReadonlyMap<string, ChangeLevel>,
  sources: BumpSources,
): WithFiles<readonly ChartBump[]> {
  const folders = [...levels.keys()].sort();
  yield* sources.load(
    folders.map((folder) => inFolder(folder, 'Chart.yaml')),
    'chart',
  );
  return folders.map((folder): ChartBump => {
    const rules = request.scopes.find((scope) => scope.folder === folder) ?? request.rules;
    const path = inFolder(folder, 'Chart.yaml');
    const place = chartField(sources, folder, 'version');
    if (place === undefined)
      throw new HelmCdError('file', `${path} has no version.`, { place: { file: path, line: 1 } });
    const level = levels.get(folder) ?? 'patch';
    const from = place.scalar.text;
    const taken = request.taken?.get(folder);
    const to = nextChartVersion({
      current: from,
      rule: rules.versionRule,
      level,
      identifier: rules.identifier,
      place: place.file.placeOf(place.scalar.start),
      ...(taken === undefined ? {} : { taken }),
    });
    const name = chartField(sources, folder, 'name')?.scalar.text ?? folder;
    return { name, folder, from, to, level, versionPlace: place };
  });
}
