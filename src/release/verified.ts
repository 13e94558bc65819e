import type { Revision } from '../core/release.js';
import { chartDigestLabel, LABELS, outcomeOf } from '../core/release-outcome.js';
import type { ReleaseTarget } from '../helm/lifecycle.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { readHistory } from './history.js';

/**
 * The newest revision that vouches for a chart: made of that very archive by helm-cd, rolled out, tested, and not found wanting.
 * That a later revision took its place, or that it was rolled back to something older later on, takes nothing from it.
 * @param chartDigest `sha256:…` of the archive.
 * @returns nothing when there is none.
 * @throws HelmCdError as `readHistory` does.
 */
export async function vouchingRevision(
  cluster: Cluster,
  target: ReleaseTarget,
  chartDigest: string,
): Promise<Revision | undefined> {
  const label = chartDigestLabel(chartDigest);
  const history = await readHistory(cluster, target);
  return [...history]
    .reverse()
    .find((revision) => revision.labels[LABELS.chartDigest] === label && outcomeOf(revision) === 'passed');
}
