import { readChartFolder, textOf, type ChartFile } from '../charts/chart-files.js';
import { readSubcharts } from '../charts/subcharts.js';

/** All that helm reads of a chart, its subcharts' files included, packed ones too. */
export interface ChartContents {
  /** Paths as helm has them: `templates/x.yaml`, `charts/common/templates/y.tpl`. */
  readonly files: readonly ChartFile[];
}

/** Deeper nesting than any chart has. */
const MAX_DEPTH = 20;

async function withSubcharts(
  files: readonly ChartFile[],
  prefix: string,
  where: string,
  depth: number,
): Promise<readonly ChartFile[]> {
  const own = files
    .filter((file) => !file.path.startsWith('charts/'))
    .map((file) => ({ path: `${prefix}${file.path}`, data: file.data }));
  if (depth === MAX_DEPTH) return own;
  const nested: ChartFile[] = [];
  for (const subchart of await readSubcharts(files, where)) {
    nested.push(...(await withSubcharts(subchart.files, `${prefix}charts/${subchart.name}/`, where, depth + 1)));
  }
  return [...own, ...nested];
}

/**
 * @param folder a chart that has its dependencies.
 * @throws HelmCdError `file` when something in it is broken.
 */
export async function readChartContents(folder: string): Promise<ChartContents> {
  return { files: await withSubcharts(await readChartFolder(folder), '', folder, 0) };
}

/**
 * Whether a chart could render differently for another Kubernetes version: something in it names `.Capabilities`, reads
 * values as templates, or constrains `kubeVersion`.
 * @param values the values files that it is rendered with.
 */
export function dependsOnKubernetes(contents: ChartContents, values: readonly string[]): boolean {
  const named = contents.files.some((file) => {
    if (/(?:^|\/)Chart\.yaml$/.test(file.path)) return /^\s*kubeVersion\s*:/m.test(textOf(file));
    return /Capabilities|kubeVersion/.test(textOf(file));
  });
  return named || values.some((text) => text.includes('Capabilities'));
}
