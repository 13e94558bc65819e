import { chartDigestLabel, LABELS, outcomeOf } from '../core/release-outcome.js';
import type { ReleaseTarget } from '../helm/lifecycle.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { readHistory } from './history.js';
import { recallTried } from './memory.js';

/** A revision that vouches for a chart. */
export interface Voucher {
  readonly revision: number;
  /** RFC 3339. */
  readonly deployedAt: string;
}

/**
 * The newest revision that vouches for a chart: made of that very archive by helm-cd, rolled out, tested, and not found wanting.
 * That a later revision took its place, or that it was rolled back to something older later on, takes nothing from it; nor does
 * that helm's history has it no more, as long as the release's lock remembers it.
 * @param chartDigest `sha256:…` of the archive.
 * @returns nothing when there is none.
 * @throws HelmCdError as `readHistory` does.
 */
export async function vouchingRevision(
  cluster: Cluster,
  target: ReleaseTarget,
  chartDigest: string,
): Promise<Voucher | undefined> {
  const label = chartDigestLabel(chartDigest);
  const history = await readHistory(cluster, target);
  const found = [...history]
    .reverse()
    .find((revision) => revision.labels[LABELS.chartDigest] === label && outcomeOf(revision) === 'passed');
  if (found !== undefined) return found;
  const remembered = (await recallTried(cluster, target)) ?? [];
  const passed = remembered.find(({ digest, outcome }) => digest === label && outcome === 'passed');
  return passed === undefined ? undefined : { revision: passed.revision, deployedAt: passed.at };
}
