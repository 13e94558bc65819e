/** What is wrong with a Chart.yaml that helm can load all the same: it leaves out what it does not know, silently in helm 3. */
import { LineCounter, isMap, isScalar, isSeq, parseDocument, type Node, type YAMLMap } from 'yaml';
import semver from 'semver';
import { didYouMean } from './suggest.js';
import { parseConstraint } from './version-constraint.js';

export interface ChartYamlProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

const KEYS =
  'name home sources version description keywords maintainers icon apiVersion condition tags appVersion deprecated annotations kubeVersion dependencies type'.split(
    ' ',
  );
const ITEM_KEYS: Readonly<Record<string, readonly string[]>> = {
  dependencies: ['name', 'version', 'repository', 'condition', 'tags', 'enabled', 'import-values', 'alias'],
  maintainers: ['name', 'email', 'url'],
};

/** @returns nothing for a text that is no YAML map: that is said elsewhere. */
export function chartYamlProblems(text: string): readonly ChartYamlProblem[] {
  const lines = new LineCounter();
  const { contents, errors } = parseDocument(text, { lineCounter: lines, version: '1.1', uniqueKeys: false });
  if (errors.length > 0 || !isMap(contents)) return [];
  const problems: ChartYamlProblem[] = [];
  const add = (node: unknown, message: string) =>
    problems.push({ line: lines.linePos((node as Node | null)?.range?.[0] ?? 0).line, message });

  const checkKeys = (map: YAMLMap, known: readonly string[] | undefined, prefix: string) => {
    const seen = new Set<string>();
    for (const { key } of map.items) {
      const name = isScalar(key) ? String(key.value) : '';
      if (seen.has(name)) add(key, `${prefix}${name} is there twice: only the last counts`);
      seen.add(name);
      if (known?.includes(name) === false) {
        add(key, `helm knows no field ${prefix}${name}${didYouMean(name, known)}`);
      }
    }
  };

  checkKeys(contents, KEYS, '');
  const annotations = contents.get('annotations', true);
  if (isMap(annotations)) checkKeys(annotations, undefined, 'annotations.');
  for (const [field, known] of Object.entries(ITEM_KEYS)) {
    const list = contents.get(field, true);
    if (!isSeq(list)) continue;
    for (const [index, item] of list.items.entries()) {
      if (isMap(item)) checkKeys(item, known, `${field}[${index}].`);
    }
  }
  const version = contents.get('version', true);
  if (isScalar(version) && typeof version.value === 'string' && version.value !== '') {
    const exact = semver.parse(version.value)?.raw === version.value && /^\d/.test(version.value);
    if (!exact) add(version, 'version is no SemVer 2 such as 1.2.3: helm 4 and OCI registries want all three numbers');
  }
  const kubeVersion = contents.get('kubeVersion', true);
  if (
    isScalar(kubeVersion) &&
    typeof kubeVersion.value === 'string' &&
    parseConstraint(kubeVersion.value) === undefined
  ) {
    add(
      kubeVersion,
      'kubeVersion is no constraint such as ">=1.25.0-0": helm takes it for one that no version fulfils',
    );
  }
  return problems;
}
