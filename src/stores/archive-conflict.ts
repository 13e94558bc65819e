import { HelmCdError } from '../core/errors.js';
import type { PackedChart } from '../core/packed-chart.js';

/**
 * The error when an archive is there with other bytes than the chart's.
 * @param other the digest of what is there.
 * @param listedIn the repository whose index names the archive, with the chart's own digest; nothing when no index does.
 */
export function archiveConflict(
  { digest, metadata }: PackedChart,
  address: string,
  other: string,
  listedIn: string | undefined,
): HelmCdError {
  if (listedIn !== undefined) {
    const chart = `${metadata.name} ${metadata.version}`;
    return new HelmCdError(
      'conflict',
      `${address} has the digest ${other}, but the index of ${listedIn} gives ${chart} the digest ${digest}, which this one has.`,
      {
        hint: `Somebody has overwritten the archive. Delete ${address} and run the job again: then this one is put in place.`,
      },
    );
  }
  return new HelmCdError('conflict', `${address} is already there with the digest ${other}; this one has ${digest}.`, {
    hint: `No index names it: somebody is publishing it at this moment, or was interrupted. Raise the version in Chart.yaml; or delete ${address} if nobody needs it, and run the job again.`,
  });
}
