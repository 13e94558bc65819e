import type { BumpRequest, ChartBump, PlannedChange } from './bump-request.js';
import type { BumpSources, WithFiles } from './bump-sources.js';
import { inFolder } from './chart-folders.js';
import { nextChartVersion } from './chart-version.js';
import { HelmCdError } from './errors.js';
import type { YamlPlace } from './image-use.js';
import { changeLevel, higherLevel, type ChangeLevel } from './tag-order.js';
import { nodeAt } from './yaml-scalars.js';

/** A scalar at the top of a Chart.yaml, or nothing. */
export function chartField(sources: BumpSources, folder: string, key: string): YamlPlace | undefined {
  const file = sources.yaml(inFolder(folder, 'Chart.yaml'));
  const scalar = nodeAt(file.documents[0], [key]);
  return scalar?.kind === 'scalar' ? { file, pointer: [key], scalar } : undefined;
}

/** The level of a chart's version: that of the greatest change of its images. */
function levelOf(changes: readonly PlannedChange[]): ChangeLevel {
  return changes
    .filter(({ part }) => part !== 'digest')
    .map(({ fromTag, toTag }) => changeLevel(fromTag, toTag))
    .reduce(higherLevel, 'patch');
}

/** The next version of every chart that has a change. */
export function* bumpChartVersions(
  request: BumpRequest,
  changes: readonly PlannedChange[],
  sources: BumpSources,
): WithFiles<readonly ChartBump[]> {
  const folders = [...new Set(changes.flatMap(({ chart }) => (chart === undefined ? [] : [chart])))].sort();
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
    const level = levelOf(changes.filter(({ chart }) => chart === folder));
    const from = place.scalar.text;
    const to = nextChartVersion({
      current: from,
      rule: rules.versionRule,
      level,
      identifier: rules.identifier,
      place: place.file.placeOf(place.scalar.start),
    });
    const name = chartField(sources, folder, 'name')?.scalar.text ?? folder;
    return { name, folder, from, to, level, versionPlace: place };
  });
}
