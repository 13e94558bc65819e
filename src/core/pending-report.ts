/** What was found of all releases, as outputs and documents. */
import type { PendingDecision, PendingState } from './pending-types.js';

/** One release, compared. */
export interface PendingItem extends Omit<PendingDecision, 'state'> {
  readonly state: PendingState;
  /** Empty when inputs alone say what to look at. */
  readonly environment: string;
  readonly chart: string;
  readonly release: string;
  /** Empty when it is not known, for the cluster could not be asked. */
  readonly namespace: string;
  readonly context: string;
  readonly repository: string;
  readonly mode: 'deployment' | 'delivery';
  /** The version that runs; empty for none. */
  readonly from: string;
  /** Of what runs; 0 for none. */
  readonly revision: number;
}

/** A job of the matrix. */
export interface PendingDeploy {
  readonly environment: string;
  readonly chart: string;
  readonly version: string;
  readonly digest: string;
  readonly from: string;
  readonly release: string;
  readonly namespace: string;
  readonly repository: string;
  readonly reason: string;
}

function deployOf(item: PendingItem): PendingDeploy {
  const { environment, chart, version, digest, from, release, namespace, repository, reason } = item;
  return { environment, chart, version, digest, from, release, namespace, repository, reason };
}

/** Whose an alarm, a quarantine or a failure to read is. */
type ReleasePlace = Pick<PendingDeploy, 'environment' | 'chart' | 'release' | 'namespace'>;

interface Alarm extends ReleasePlace {
  readonly version: string;
  readonly digest: string;
  readonly 'deployed-digest': string;
  readonly message: string;
}

interface Quarantine extends ReleasePlace {
  readonly version: string;
  readonly digest: string;
  readonly revision: number;
  readonly reason: string;
}

interface Unreadable extends ReleasePlace {
  readonly message: string;
}

export interface PendingReport {
  readonly result: 'alarm' | 'pending' | 'unreadable' | 'up-to-date';
  /** At most the limit. */
  readonly pending: readonly PendingDeploy[];
  /** How many are due beyond the limit. */
  readonly more: number;
  readonly delivery: readonly PendingDeploy[];
  readonly alarms: readonly Alarm[];
  readonly quarantined: readonly Quarantine[];
  readonly unreadable: readonly Unreadable[];
}

/**
 * Sorts what was found into lists, each in the order of the items.
 * @param limit of deploys in the matrix.
 */
export function pendingReport(items: readonly PendingItem[], limit: number): PendingReport {
  const inState = (wanted: PendingState) => items.filter(({ state }) => state === wanted);
  const due = inState('pending').map(deployOf);
  const where = ({ environment, chart, release, namespace }: PendingItem): ReleasePlace => ({
    environment,
    chart,
    release,
    namespace,
  });
  const alarms = items.flatMap((item) => {
    if (item.alarm === undefined) return [];
    const { version, digest, deployedDigest, message } = item.alarm;
    return [{ ...where(item), version, digest, 'deployed-digest': deployedDigest, message }];
  });
  const unreadable = inState('unreadable').map((item) => ({ ...where(item), message: item.reason }));
  const result =
    alarms.length > 0 ? 'alarm' : due.length > 0 ? 'pending' : unreadable.length > 0 ? 'unreadable' : 'up-to-date';
  return {
    result,
    pending: due.slice(0, limit),
    more: Math.max(0, due.length - limit),
    delivery: inState('delivery').map(deployOf),
    alarms,
    quarantined: inState('quarantined').map((item) => ({
      ...where(item),
      version: item.version,
      digest: item.digest,
      revision: item.quarantinedRevision,
      reason: item.reason,
    })),
    unreadable,
  };
}
