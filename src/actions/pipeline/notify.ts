import type { Services } from '../../core/ports.js';
import type { Publication } from '../../core/publication.js';
import { notifyNews } from '../../github/chart-published.js';
import type { PipelineInputs } from './inputs.js';
import type { PublishedEntry } from './published.js';
import type { Steps } from './steps.js';

/** What passed is told to others: charts that are new, that were deployed just now, or whose run is repeated. */
export async function notify(
  { notify: targets, token }: PipelineInputs,
  entries: readonly PublishedEntry[],
  steps: Steps,
  services: Services,
): Promise<void> {
  if (targets.length === 0) return;
  const started = services.clock.now();
  const deployed = new Set(steps.done.flatMap(({ chart, result }) => (result === 'deployed' ? [chart] : [])));
  const publications = entries.map((entry): Publication => ({
    ...entry,
    state: deployed.has(entry.name) ? 'published' : entry.result,
    packageFile: entry.package,
    signed: false,
    sizeBytes: 0,
    files: [],
  }));
  const warnings = await notifyNews({ targets, token }, publications, services);
  for (const { message } of warnings) services.log.warning(message);
  const milliseconds = services.clock.now() - started;
  const said = warnings.length === 0 ? targets.join(', ') : warnings.map(({ message }) => message).join(' ');
  // The charts are where they belong: who was not told is a warning.
  steps.add({ name: 'notify', state: 'ok', result: warnings.length === 0 ? 'sent' : 'not sent', said, milliseconds });
}
