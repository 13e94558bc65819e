/** All releases of one cluster, with what their workloads run. Only a few whole records are in memory at a time. */
import { createLimiter } from '../core/concurrency.js';
import { HelmCdError, messageOf } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import type { Revision } from '../core/release.js';
import { readManifest } from '../core/release-manifest.js';
import { LABELS } from '../core/release-outcome.js';
import type { LiveObjects } from '../core/report-live.js';
import type { DriftEntry, ReleaseEntry } from '../core/report-model.js';
import {
  factsWithoutBody,
  releaseFacts,
  type ReleaseFacts,
  type RepositoryPlace,
  type WantedRecords,
} from '../core/report-release.js';
import { liveReleases } from '../core/report-unrecorded.js';
import { plural } from '../core/report-words.js';
import { workloadEntries, workloadRefs } from '../core/report-workloads.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { DriftReader } from './drift.js';
import type { ClusterReader } from '../kubernetes/listing.js';
import { readLiveObjects } from './live-objects.js';
import { findReleases, readRevision } from './release-records.js';

/** Records may have a megabyte each. */
const CONCURRENCY = 12;

export interface ReadOptions {
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** Empty: all. */
  readonly releases: readonly string[];
  readonly drift: boolean;
  readonly place: RepositoryPlace;
}

/** A release as its cluster tells, before it is known what it means. */
export type FoundRelease = Omit<ReleaseEntry, 'concerns' | 'cluster' | 'environment'> & {
  /** As the label says. */
  readonly labelledEnvironment: string;
};

export interface ClusterContents {
  readonly releases: readonly FoundRelease[];
  readonly notes: readonly string[];
}

const NO_DRIFT: DriftEntry = { state: 'unknown', lines: [], note: 'not looked at' };

class ReleaseReader {
  private readonly reader: ClusterReader;
  private readonly live: LiveObjects;
  private readonly drift: DriftReader | undefined;
  private readonly place: RepositoryPlace;
  /** By what they say: how often. */
  readonly problems = new Map<string, number>();

  constructor(reader: ClusterReader, live: LiveObjects, drift: DriftReader | undefined, place: RepositoryPlace) {
    this.reader = reader;
    this.live = live;
    this.drift = drift;
    this.place = place;
  }

  private async revision(wanted: WantedRecords, entry: WantedRecords['newest'] | undefined) {
    if (entry === undefined) return undefined;
    try {
      return await readRevision(this.reader, entry);
    } catch (error) {
      const known = error instanceof HelmCdError && ['unauthorized', 'file', 'not-found'].includes(error.code);
      if (!known) throw error;
      const message =
        error.code === 'unauthorized'
          ? `The credentials may list the release records in ${wanted.namespace}, but not read them.`
          : error.message;
      this.problems.set(message, (this.problems.get(message) ?? 0) + 1);
      return undefined;
    }
  }

  private async driftOf(revision: Revision, namespace: string): Promise<DriftEntry> {
    if (this.drift === undefined) return NO_DRIFT;
    try {
      return await this.drift.look(readManifest(revision.manifest, namespace), namespace);
    } catch (error) {
      if (!(error instanceof HelmCdError) || error.code === 'cancelled') throw error;
      return { ...NO_DRIFT, note: messageOf(error) };
    }
  }

  async release(wanted: WantedRecords): Promise<FoundRelease> {
    const { namespace } = wanted;
    const newest = await this.revision(wanted, wanted.newest);
    const nothing = { workloads: [], drift: NO_DRIFT };
    if (newest === undefined) return { ...factsWithoutBody(wanted), ...nothing, labelledEnvironment: '' };
    const deployed = await this.revision(wanted, wanted.deployed);
    const facts: ReleaseFacts = releaseFacts(wanted, newest, deployed, this.place);
    const labelledEnvironment = facts.madeBy === 'helm-cd' ? (newest.labels[LABELS.environment] ?? '') : '';
    if (facts.status === 'uninstalled') return { ...facts, ...nothing, labelledEnvironment };
    const refs = workloadRefs(readManifest(newest.manifest, namespace).map(({ ref }) => ref));
    const workloads = workloadEntries(refs, namespace, this.live);
    // While an operation has not ended nobody knows what is meant to be there.
    const drift = facts.status === 'deployed' ? await this.driftOf(newest, namespace) : NO_DRIFT;
    return { ...facts, workloads, drift, labelledEnvironment };
  }
}

function deniedNotes(denied: readonly string[], found: number): readonly string[] {
  return denied.map((namespace) => {
    const place = namespace === '' ? 'in all namespaces' : `in namespace ${namespace}`;
    const hint =
      namespace === '' ? ' Name the namespaces that they may read, or give them the role of examples/rbac.' : '';
    return `The credentials may not list helm's records (Secrets) ${place}: ${plural(found, 'release')} known by workloads alone.${hint}`;
  });
}

/**
 * Reads a cluster.
 * @throws HelmCdError `unreachable` when it goes away meanwhile, `cancelled`.
 */
export async function readCluster(
  cluster: Cluster,
  services: Pick<Services, 'clock' | 'log'>,
  options: ReadOptions,
): Promise<ClusterContents> {
  const reader: ClusterReader = { cluster, clock: services.clock };
  const { releases, denied } = await findReleases(reader, options.namespaces);
  const isWanted = (name: string) => options.releases.length === 0 || options.releases.includes(name);
  const wanted = releases.filter(({ release }) => isWanted(release));
  // Where records may not be read, all workloads of these namespaces are looked through for what helm wrote on them.
  const namespaces = [
    ...new Set([...wanted.map(({ namespace }) => namespace), ...denied.filter((namespace) => namespace !== '')]),
  ];
  const all = denied.includes('');
  const { live, notes } = await readLiveObjects(reader, all ? [] : namespaces, all ? cluster.defaultNamespace : '');
  services.log.info(`${plural(wanted.length, 'release')} in ${plural(namespaces.length, 'namespace')}`);

  const drift = options.drift ? new DriftReader(cluster) : undefined;
  const releaseReader = new ReleaseReader(reader, live, drift, options.place);
  const limit = createLimiter(CONCURRENCY);
  const found = await Promise.all(wanted.map((one) => limit(() => releaseReader.release(one))));
  const known = new Set(wanted.map(({ namespace, release }) => `${namespace}/${release}`));
  const others = denied.length === 0 ? [] : liveReleases(live).filter(({ name }) => isWanted(name));
  const unrecorded = others.filter(({ namespace, name }) => !known.has(`${namespace}/${name}`));
  const undrifted = drift?.deniedNamespaces ?? [];
  return {
    releases: [...found, ...unrecorded.map((one) => ({ ...one, drift: NO_DRIFT, labelledEnvironment: '' }))],
    notes: [
      ...deniedNotes(denied, unrecorded.length),
      ...notes,
      ...[...releaseReader.problems].map(([message, count]) =>
        count === 1 ? message : `${message} (${count} records)`,
      ),
      ...(undrifted.length === 0
        ? []
        : [
            `Drift was not looked at in ${undrifted.slice(0, 5).join(', ')}${undrifted.length > 5 ? ` and ${undrifted.length - 5} more namespaces` : ''}: the dry run on the server needs the permission to patch what is released.`,
          ]),
    ],
  };
}
