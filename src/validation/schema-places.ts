/** Where a value that breaks a values.schema.json is in the user's files. */
import path from 'node:path';
import type { HelmProblem } from '../helm/problems.js';
import { inChart, type ChartPlaces, type FoundPlace } from './chart-places.js';
import type { PlannedFile } from './plan.js';
import { placeOfValue } from './values-places.js';

/** The folder of a chart's dependency among its contents, as `charts/a/charts/b`, and the way to its values. */
function findDependency(
  name: string,
  { contents, dependencies }: ChartPlaces,
): { folder: string; values: readonly string[] } {
  const direct = dependencies.find((item) => (item.alias ?? item.name) === name);
  if (direct !== undefined) return { folder: `charts/${direct.name}`, values: [name] };
  const folders = contents.files.flatMap(
    ({ path: file }) => /^((?:charts\/[^/]+\/)+)Chart\.yaml$/.exec(file)?.[1]?.slice(0, -1) ?? [],
  );
  const folder = folders.sort((a, b) => a.length - b.length).find((item) => path.posix.basename(item) === name);
  if (folder === undefined) return { folder: `charts/${name}`, values: [name] };
  return { folder, values: folder.split('/').filter((_, index) => index % 2 === 1) };
}

/** The last file that sets a value; of one that none sets, that of what it would be in. */
export async function placeOfSchemaProblem(
  problem: HelmProblem,
  chart: ChartPlaces,
  files: readonly PlannedFile[],
): Promise<FoundPlace> {
  const own = inChart(chart, 'values.yaml');
  const isOwn = problem.chart === undefined || problem.chart === chart.name;
  const inside = isOwn ? undefined : findDependency(problem.chart ?? '', chart);
  if (problem.file !== undefined) {
    if (inside === undefined) return { place: { file: inChart(chart, problem.file).path }, prefix: '' };
    const source = `${chart.name}/${inside.folder}/${problem.file}`;
    const found = await chart.sources.find(source);
    return { place: found.place, prefix: found.inside === undefined ? '' : `in the dependency's ${source}: ` };
  }
  const values = problem.values ?? [];
  const place = await placeOfValue([...(inside?.values ?? []), ...values], [own, ...files]);
  if (place !== undefined) return { place, prefix: prefixOf(problem, inside !== undefined) };
  if (inside !== undefined) {
    const source = `${chart.name}/${inside.folder}/values.yaml`;
    const found = await chart.sources.find(source);
    if (found.file !== undefined) {
      const default_ = await placeOfValue(values, [{ absolute: found.file, path: found.place.file }]);
      if (default_ !== undefined) return { place: default_, prefix: prefixOf(problem, true) };
    }
  }
  return { place: { file: (files.at(-1) ?? own).path }, prefix: prefixOf(problem, inside !== undefined) };
}

/** Of which chart the schema is, when it is not the one that was rendered. */
const prefixOf = ({ chart }: HelmProblem, isDependency: boolean) =>
  isDependency ? `for the dependency ${chart ?? ''}: ` : '';
