import { readPackedChart } from '../../charts/pack.js';
import { HelmCdError } from '../../core/errors.js';
import { archiveName, type PackedChart } from '../../core/packed-chart.js';
import { provenanceDigest } from '../../core/provenance.js';
import type { ChartStore, StoredChart } from '../../stores/store.js';

/**
 * A chart as `from` has it: its digest is what the repository says, it is the chart it is said to be, and its provenance
 * file speaks of it.
 * @throws HelmCdError `conflict` when that is not so.
 */
export async function fetchChart(store: ChartStore, stored: StoredChart): Promise<PackedChart> {
  const bytes = await store.fetch(stored);
  const chart = await readPackedChart(bytes, stored.url);
  const { name, version } = chart.metadata;
  if (name !== stored.name || version !== stored.version) {
    throw new HelmCdError('conflict', `${stored.url} holds ${name} ${version}, not ${stored.name} ${stored.version}.`, {
      hint: 'The repository is broken: it was not made by helm package and helm-cd.',
    });
  }
  const provenance = await store.provenance(stored);
  if (provenance === undefined) return chart;
  const signed = provenanceDigest(provenance, archiveName(chart.metadata));
  if (signed === chart.digest) return { ...chart, provenance };
  throw new HelmCdError(
    'conflict',
    `The provenance file of ${stored.url} vouches for ${signed ?? 'no such archive'}, but the archive has the digest ${chart.digest}.`,
    { hint: 'One of the two was changed after they were published. Do not use them.' },
  );
}
