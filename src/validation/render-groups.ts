/** Which cells of a chart cannot render differently, so that one render is enough for them. */
import { readFile } from 'node:fs/promises';
import { answersOf, type ClusterQuestion } from '../core/cluster-questions.js';
import type { KubernetesVersion } from '../schemas/packs.js';
import { questionsOf, type ChartContents } from './chart-contents.js';
import type { EnvironmentPlan, PlannedCell } from './plan.js';

/** Cells that share a render. */
export interface RenderGroup {
  readonly plan: EnvironmentPlan;
  readonly version: KubernetesVersion;
  readonly valuesFiles: readonly string[];
  /** What the cluster serves; empty when the chart does not ask. */
  readonly apiVersions: readonly string[];
  readonly cells: readonly PlannedCell[];
  /** The same for groups that `helm lint` cannot tell apart: it sees the values, and hardly anything of the cluster. */
  readonly lint: string;
}

/**
 * Groups the cells by what a render can depend on: values, release, namespace, and what the chart can learn about the
 * Kubernetes version.
 * @param apiVersionsOf what a cluster of a minor serves.
 */
export async function groupCells(
  cells: readonly PlannedCell[],
  contents: ChartContents,
  apiVersionsOf: (minor: number) => Promise<readonly string[]>,
): Promise<readonly RenderGroup[]> {
  const inChart = questionsOf(contents);
  const groups = new Map<string, RenderGroup & { readonly cells: PlannedCell[] }>();
  for (const cell of cells) {
    const { plan, version, valuesFiles } = cell;
    const texts = await Promise.all(valuesFiles.map((file) => readFile(file, 'utf8')));
    const inValues = questionsOf({ files: texts.map((text) => ({ path: '', data: Buffer.from(text) })) });
    const questions = inChart === undefined || inValues === undefined ? undefined : [...inChart, ...inValues];
    const asks = questions === undefined || questions.length > 0;
    const apiVersions = asks ? await apiVersionsOf(version.minor) : [];
    const lint = JSON.stringify([plan.namespace, plan.values.length, ...texts]);
    const key = JSON.stringify([lint, plan.release, seenOf(version, questions, apiVersions)]);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { plan, version, valuesFiles, apiVersions, cells: [cell], lint });
    else known.cells.push(cell);
  }
  return [...groups.values()];
}

/** What a chart learns about a Kubernetes version. */
function seenOf(
  version: KubernetesVersion,
  questions: readonly ClusterQuestion[] | undefined,
  apiVersions: readonly string[],
): string {
  if (questions === undefined) return version.full;
  return answersOf(questions, { version: version.full, apiVersions: new Set(apiVersions) });
}
