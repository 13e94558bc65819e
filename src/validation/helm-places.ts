/** Where what helm complains about is in the user's files. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { textOf } from '../charts/chart-files.js';
import { lexTemplate } from '../core/template-lexer.js';
import type { HelmProblem } from '../helm/problems.js';
import { KubernetesYamlError, parseKubernetesYaml } from '../schemas/kubernetes-yaml.js';
import { inChart, type ChartPlaces, type FoundPlace, type ValuesOrigin } from './chart-places.js';
import { lineInChartYaml, lineOfImport, lineOfKey } from './chart-yaml-lines.js';
import type { PlannedFile } from './plan.js';
import { placeOfSchemaProblem } from './schema-places.js';
import { placeOfValue } from './values-places.js';

/**
 * The one place in the templates where a text is quoted, as in `fail "…"`: nothing when there is none or more than one.
 */
function quotedAt(message: string, { name, contents }: ChartPlaces): Pick<HelmProblem, 'source' | 'line'> | undefined {
  const found = contents.files.flatMap((file) => {
    if (!/(?:^|\/)templates\//.test(file.path)) return [];
    const text = textOf(file);
    return [JSON.stringify(message), `\`${message}\``].flatMap((quoted) => {
      const lines: number[] = [];
      for (let at = text.indexOf(quoted); at !== -1; at = text.indexOf(quoted, at + 1)) {
        lines.push(text.slice(0, at).split('\n').length);
      }
      return lines.map((line) => ({ source: `${name}/${file.path}`, line }));
    });
  });
  return found.length === 1 ? found[0] : undefined;
}

/** The line of the block of a template that is not closed. */
function lineOfOpenBlock(source: string, { contents }: ChartPlaces): number | undefined {
  const file = contents.files.find((item) => item.path === source.slice(source.indexOf('/') + 1));
  const text = file === undefined ? '' : textOf(file);
  const open: number[] = [];
  for (const token of lexTemplate(text) ?? []) {
    if (token.kind !== 'action') continue;
    if (token.role === 'open' || token.role === 'define') open.push(token.start);
    if (token.role === 'close') open.pop();
  }
  const start = open.at(-1);
  return start === undefined ? undefined : text.slice(0, start).split('\n').length;
}

/** The line of a fault in a YAML file; what helm says of it counts only when our own parser agrees. */
async function lineOfYamlFault(file: PlannedFile, said: number | undefined): Promise<number | undefined> {
  if (said === undefined) return undefined;
  try {
    parseKubernetesYaml(await readFile(file.absolute, 'utf8'));
  } catch (error) {
    if (!(error instanceof KubernetesYamlError)) return undefined;
    return error.certain || error.line === said ? error.line : undefined;
  }
  return undefined;
}

/** Where a problem of helm's is in the user's files. */
export async function placeOfProblem(
  given: HelmProblem,
  chart: ChartPlaces,
  values: readonly ValuesOrigin[],
): Promise<FoundPlace> {
  const metadata = inChart(chart, 'Chart.yaml');
  const quoted = given.stopped === true ? quotedAt(given.message, chart) : undefined;
  // The column is one of the place that helm named.
  const { column, ...named } = quoted === undefined ? given : { ...given, ...quoted, column: undefined };
  const block =
    named.rule === 'template-syntax' && named.line === undefined
      ? lineOfOpenBlock(named.source ?? '', chart)
      : undefined;
  const problem = block === undefined ? named : { ...named, line: block };
  const position = {
    ...(problem.line === undefined ? {} : { line: problem.line }),
    ...(column === undefined ? {} : { column }),
  };
  if (problem.source !== undefined) {
    const { place, inside } = await chart.sources.find(problem.source);
    if (inside === undefined) return { place: { ...place, ...position }, prefix: '' };
    const where = problem.line === undefined ? inside : `${inside}:${problem.line}`;
    return { place, prefix: `in the dependency's ${where}: ` };
  }
  switch (problem.rule) {
    case 'values-schema':
      return placeOfSchemaProblem(
        problem,
        chart,
        values.map((origin) => origin.file),
      );
    case 'values-type': {
      if (problem.file !== undefined) {
        const line = await lineOfImport(metadata);
        return { place: { file: metadata.path, ...(line === undefined ? {} : { line }) }, prefix: '' };
      }
      const files = [inChart(chart, 'values.yaml'), ...values.map((origin) => origin.file)];
      const [first, ...rest] = problem.values ?? [];
      // Some messages put the chart's name before the value.
      const place =
        (first === chart.name ? await placeOfValue(rest, files) : undefined) ??
        (await placeOfValue(problem.values ?? [], files));
      return { place: place ?? { file: metadata.path }, prefix: '' };
    }
    case 'values-file': {
      const origin = values.find((item) => item.given === problem.file);
      if (origin === undefined)
        return { place: { file: metadata.path }, prefix: `${path.basename(problem.file ?? '')}: ` };
      const line = origin.standIn ? undefined : await lineOfYamlFault(origin.file, problem.line);
      return { place: { file: origin.file.path, ...(line === undefined ? {} : { line }) }, prefix: '' };
    }
    case 'kube-version': {
      const line = await lineOfKey(metadata, 'kubeVersion');
      return { place: { file: metadata.path, ...(line === undefined ? {} : { line }) }, prefix: '' };
    }
    case 'chart': {
      const file = inChart(chart, problem.file ?? 'Chart.yaml');
      const key = problem.file === 'Chart.yaml' ? await lineInChartYaml(file, problem.message) : undefined;
      const line = key ?? (await lineOfYamlFault(file, problem.line));
      return { place: { file: file.path, ...(line === undefined ? {} : { line }) }, prefix: '' };
    }
    default:
      return { place: { file: metadata.path }, prefix: '' };
  }
}
