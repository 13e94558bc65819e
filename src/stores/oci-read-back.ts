import { HelmCdError } from '../core/errors.js';
import type { PackedChart } from '../core/packed-chart.js';
import type { OciRepository } from './oci-repository.js';

/** What a consumer must get. */
export interface Expected {
  readonly repository: OciRepository;
  readonly chart: Pick<PackedChart, 'metadata' | 'digest'>;
  /** The tag's manifest; nothing when any will do that has the archive. */
  readonly manifest?: string;
  /** Whether a provenance file belongs to it. */
  readonly signed: boolean;
}

/**
 * What consumers do not get of a chart: by its exact version, and in the list that versions are chosen from.
 * @throws HelmCdError `conflict` when a version that differs in build metadata only was published meanwhile,
 *   `unauthorized` and `cancelled`, which no waiting mends.
 */
export async function problemsOf({ repository, chart, manifest, signed }: Expected): Promise<readonly string[]> {
  const { name, version } = chart.metadata;
  const url = repository.addressOf(version);
  try {
    const tagged = await repository.tagged(version);
    if (tagged === undefined) return [`${url} is not there.`];
    if (tagged.chart !== chart.digest) return [`${url} has the digest ${tagged.chart}, not ${chart.digest}.`];
    if (manifest !== undefined && tagged.manifest.digest !== manifest) {
      return [`${url} has the manifest ${tagged.manifest.digest}, not ${manifest}.`];
    }
    await repository.client.blob(tagged.chart);
    if (signed && tagged.provenance === undefined) return [`The provenance of ${name} ${version} is not there.`];
    if (tagged.provenance !== undefined) await repository.client.blob(tagged.provenance);
  } catch (error) {
    const passes = error instanceof HelmCdError && (error.code === 'not-found' || error.code === 'unreachable');
    if (!passes) throw error;
    return [error.message];
  }
  const listed = await repository.listed();
  const twin = repository.twinIn(listed ?? [], version);
  if (twin !== undefined) {
    throw new HelmCdError(
      'conflict',
      `${name} ${version} is published, but so is ${name} ${twin} now, which differs only in build metadata: helm takes one for the other.`,
      { hint: 'Both were published in the same moment. Remove one of the two tags.' },
    );
  }
  if (listed === undefined || listed.includes(version)) return [];
  return [`${url} can be pulled by its exact version, but the list of tags does not show it.`];
}
