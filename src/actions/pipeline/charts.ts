/** Which charts a run is about. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { findCharts, type FoundChart } from '../../charts/find-charts.js';
import { environmentOf } from '../../config/load.js';
import type { Config } from '../../config/types.js';
import { parseChartMetadata, type ChartMetadata } from '../../core/chart-metadata.js';
import { inDependencyOrder } from '../../core/chart-order.js';
import { HelmCdError } from '../../core/errors.js';
import type { Services } from '../../core/ports.js';
import { findBase, type Base } from '../../git/compare-base.js';
import { changedFiles } from '../../validation/version-increment.js';
import type { PipelineInputs } from './inputs.js';

export interface PipelineChart {
  readonly found: FoundChart;
  /** Of Chart.yaml; nothing for an archive, and for a file that cannot be read: then validation says why. */
  readonly metadata: ChartMetadata | undefined;
  /** As inputs of the single actions name it. */
  readonly named: string;
}

export interface ChosenCharts {
  /** Each after those that it depends on. */
  readonly charts: readonly PipelineChart[];
  /** Charts that did not change. */
  readonly unchanged: readonly PipelineChart[];
  readonly base: Base | undefined;
}

async function withMetadata(found: FoundChart): Promise<PipelineChart> {
  const named = found.path.includes('/') || found.path.startsWith('.') ? found.path : `./${found.path}`;
  if (found.kind === 'archive') return { found, metadata: undefined, named };
  try {
    const text = await readFile(path.join(found.location, 'Chart.yaml'), 'utf8');
    return { found, metadata: parseChartMetadata(text, `${found.path}/Chart.yaml`), named };
  } catch (error) {
    if (error instanceof HelmCdError || (error as NodeJS.ErrnoException).code !== undefined) {
      return { found, metadata: undefined, named };
    }
    throw error;
  }
}

function ordered(charts: readonly PipelineChart[]): readonly PipelineChart[] {
  const orderable = charts.map((chart) => ({
    chart,
    metadata: chart.metadata ?? { name: chart.found.path, dependencies: [] },
  }));
  return inDependencyOrder(orderable).map(({ chart }) => chart);
}

/** Files beside the chart that its deploys read: its values of all environments. */
function valuesOf({ found }: PipelineChart, config: Config): readonly string[] {
  return config.environments.flatMap((environment) => {
    const { values, secrets } = environmentOf(config, environment, found.config?.name ?? '');
    return [...values, ...secrets].map((file) => path.resolve(found.location, file));
  });
}

async function isChanged(chart: PipelineChart, base: Base, config: Config | undefined): Promise<boolean> {
  if ((await changedFiles(chart.found, base.changed)).length > 0) return true;
  return config !== undefined && valuesOf(chart, config).some((file) => base.changed.includes(file));
}

/** Events that are about no change: everything is meant. */
const ABOUT_NO_CHANGE = /^(?:workflow_dispatch|schedule|repository_dispatch|workflow_call)?$/;

/**
 * The charts that are meant: those that the input names, else those that changed (or whose values did), else all.
 * @throws HelmCdError `not-found` as `findCharts` does.
 */
export async function chooseCharts(
  inputs: PipelineInputs,
  config: Config | undefined,
  services: Services,
): Promise<ChosenCharts> {
  const { workingDirectory, context } = services;
  const found = await findCharts(inputs.charts, { workingDirectory, config, archives: true });
  const all = ordered(await Promise.all(found.map(withMetadata)));
  const aboutNoChange = ABOUT_NO_CHANGE.test(context.eventName) && inputs.base === '';
  const result = aboutNoChange ? { missing: '' } : await findBase(inputs.base, services);
  const base = 'base' in result ? result.base : undefined;
  if (base === undefined || inputs.charts.length > 0 || all.length === 1) return { charts: all, unchanged: [], base };
  if (config !== undefined && base.changed.includes(path.resolve(workingDirectory, config.file))) {
    return { charts: all, unchanged: [], base };
  }
  const flags = await Promise.all(all.map((chart) => isChanged(chart, base, config)));
  const charts = all.filter((_, index) => flags[index]);
  if (charts.length === 0) return { charts: all, unchanged: [], base };
  return { charts, unchanged: all.filter((_, index) => flags[index] !== true), base };
}
