import { parseChartLock, parseChartMetadata, parseRequirements } from '../core/chart-metadata.js';
import type { ChartDependency, ChartLock, ChartMetadata } from '../core/chart-metadata.js';
import { HelmCdError } from '../core/errors.js';
import { findFile, textOf, type ChartFile } from './chart-files.js';

/** What a chart's files say about it. */
export interface ChartDescription {
  readonly metadata: ChartMetadata;
  /** Of Chart.yaml, and for apiVersion v1 of requirements.yaml. */
  readonly dependencies: readonly ChartDependency[];
  readonly lock?: ChartLock;
}

/**
 * Reads Chart.yaml, requirements.yaml and the lock file.
 * @param where the chart's folder or archive, for messages.
 * @throws HelmCdError `file` when there is no Chart.yaml or one of them is broken.
 */
export function describeChart(files: readonly ChartFile[], where: string): ChartDescription {
  const chartFile = findFile(files, 'Chart.yaml');
  if (chartFile === undefined) {
    throw new HelmCdError('file', `${where} is no chart: it has no Chart.yaml.`, {
      hint: 'Give the folder that Chart.yaml is in, and see that .helmignore does not name Chart.yaml.',
    });
  }
  const metadata = parseChartMetadata(textOf(chartFile), `${where}/Chart.yaml`);
  const requirements = findFile(files, 'requirements.yaml');
  const dependencies =
    requirements === undefined
      ? (metadata.dependencies ?? [])
      : parseRequirements(textOf(requirements), `${where}/requirements.yaml`);
  const lock = findFile(files, 'Chart.lock') ?? findFile(files, 'requirements.lock');
  return {
    metadata,
    dependencies,
    ...(lock === undefined ? {} : { lock: parseChartLock(textOf(lock), `${where}/${lock.path}`) }),
  };
}
