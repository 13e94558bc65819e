/** Charts that an earlier run should have published and did not: it was cancelled, or its commit came with others. */
import type { Services } from '../../core/ports.js';
import type { ChosenCharts, PipelineChart } from './charts.js';
import type { PipelineInputs } from './inputs.js';
import { publishedEntries } from './published.js';
import type { Situation } from './situation.js';

/**
 * Adds the unchanged charts whose version is not in the chart repository yet.
 * @returns all charts that the run is about, and those that it is not.
 */
export async function addUnpublished(
  { charts, unchanged }: ChosenCharts,
  inputs: PipelineInputs,
  { mode, environment }: Situation,
  services: Services,
): Promise<{ readonly charts: readonly PipelineChart[]; readonly left: readonly PipelineChart[] }> {
  const publishes = mode === 'delivery' || mode === 'deployment';
  if (!publishes || environment === undefined || unchanged.length === 0) return { charts, left: unchanged };
  services.log.info('━━ Are the charts that did not change published? ━━');
  const run = await services.actions.run('publish-chart', {
    ...inputs.common,
    ...inputs.repository,
    version: inputs.publish['version'] ?? '',
    environment: environment.name,
    charts: unchanged.map(({ named }) => named).join('\n'),
    'dry-run': 'true',
  });
  const missing = publishedEntries(run).flatMap(({ name, result }) => (result === 'published' ? [name] : []));
  const isMissing = ({ metadata }: PipelineChart) => metadata !== undefined && missing.includes(metadata.name);
  const added = unchanged.filter(isMissing);
  return { charts: [...charts, ...added], left: unchanged.filter((chart) => !isMissing(chart)) };
}
