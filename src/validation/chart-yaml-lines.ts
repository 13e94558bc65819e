/** The lines of Chart.yaml that messages of helm's are about. */
import { readFile } from 'node:fs/promises';
import { dependencyLines } from '../core/dependency-lines.js';
import { record } from '../core/release-manifest.js';
import { parseKubernetesYaml } from '../schemas/kubernetes-yaml.js';
import type { PlannedFile } from './plan.js';

/** The line of a key at the start of a line; nothing when there is none or more than one. */
export async function lineOfKey(file: PlannedFile, key: string): Promise<number | undefined> {
  const text = await readFile(file.absolute, 'utf8').catch(() => '');
  const lines = text.split('\n').flatMap((line, index) => (line.startsWith(`${key}:`) ? [index + 1] : []));
  return lines.length === 1 ? lines[0] : undefined;
}

/** The field of Chart.yaml that a message of helm's is about. */
const CHART_FIELDS: readonly (readonly [RegExp, string])[] = [
  [/^chart type is not valid|\bchart\.metadata\.type\b|^type /, 'type'],
  [/^version |\bchart\.metadata\.version\b/, 'version'],
  [/\bchart\.metadata\.name\b|^chart name |^name /, 'name'],
  [/^'?apiVersion|\bchart\.metadata\.apiVersion\b/, 'apiVersion'],
  [/^appVersion/, 'appVersion'],
  [/^icon|invalid icon URL/, 'icon'],
  [/maintainer|^invalid email/, 'maintainers'],
  [/source URL/, 'sources'],
  [/^kubeVersion/, 'kubeVersion'],
  [/dependenc|missing in charts/, 'dependencies'],
];

/** @param message as helm words it; nothing when it tells of no field, or of one that is not there. */
export async function lineInChartYaml(file: PlannedFile, message: string): Promise<number | undefined> {
  const twice = /more than one dependency with name or alias "([^"]*)"/.exec(message)?.[1];
  if (twice !== undefined) {
    const text = await readFile(file.absolute, 'utf8').catch(() => '');
    const named = readDependencyNames(text);
    const index = named.lastIndexOf(twice);
    return index === -1 ? undefined : dependencyLines(text).dependencies[index]?.line;
  }
  const field = CHART_FIELDS.find(([pattern]) => pattern.test(message))?.[1];
  return field === undefined ? undefined : lineOfKey(file, field);
}

/** The line of the only `import-values`. */
export async function lineOfImport(file: PlannedFile): Promise<number | undefined> {
  const text = await readFile(file.absolute, 'utf8').catch(() => '');
  const lines = dependencyLines(text).dependencies.flatMap(({ fields }) => fields.get('import-values') ?? []);
  return lines.length === 1 ? lines[0] : undefined;
}

function readDependencyNames(text: string): readonly string[] {
  try {
    const { dependencies } = record(parseKubernetesYaml(text));
    return Array.isArray(dependencies)
      ? dependencies.map((item) => String(record(item)['alias'] ?? record(item)['name']))
      : [];
  } catch {
    return [];
  }
}
