import { readChartFolder, textOf, type ChartFile } from '../charts/chart-files.js';
import { questionsIn, questionsOfChart, type ClusterQuestion } from '../core/cluster-questions.js';
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
 * What all files of a chart ask about the cluster: templates, what they read as templates, and `kubeVersion`.
 * @returns nothing when that is more than single questions, so that each Kubernetes version may render differently.
 */
export function questionsOf(contents: ChartContents): readonly ClusterQuestion[] | undefined {
  const questions: ClusterQuestion[] = [];
  for (const file of contents.files) {
    const isMetadata = /(?:^|\/)Chart\.yaml$/.test(file.path);
    if (!isMetadata && !Buffer.from(file.data.buffer, file.data.byteOffset, file.data.length).includes('Capabilities'))
      continue;
    const asked = isMetadata ? questionsOfChart(textOf(file)) : questionsIn(textOf(file));
    if (asked === undefined) return undefined;
    questions.push(...asked);
  }
  return questions;
}
