/**
 * What the releases of a cluster are on. Of all records only the labels are read, a list for each namespace; the contents only of
 * those in service, and of failed ones that nothing else tells about.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createLimiter, type Limiter } from '../../core/concurrency.js';
import { HelmCdError } from '../../core/errors.js';
import type { KubernetesObject } from '../../core/kubernetes-object.js';
import { readLease, type LeaseState } from '../../core/lease-state.js';
import type { ReleaseFacts } from '../../core/pending-types.js';
import type { Services } from '../../core/ports.js';
import {
  readRecordHead,
  recordBefore,
  recordInService,
  releaseFacts,
  unexplained,
  type Detail,
  type RecordHead,
} from '../../core/release-facts.js';
import { MEMORY_ANNOTATION, readMemory } from '../../core/release-memory.js';
import { readRecord } from '../../helm/release-record.js';
import { connectCluster, type Cluster } from '../../kubernetes/cluster.js';
import type { KubeconfigInput } from '../../kubernetes/kubeconfig.js';
import { lockName } from '../../release/memory.js';
import { listItems, METADATA_ONLY } from '../../kubernetes/listing.js';
import type { ReleasePlace } from './targets.js';

/** Clusters at the same time: each has a kubectl of its own. */
const CLUSTERS = 4;
const NAMESPACES = 4;
const RECORDS = 8;
/** A selector that names more releases makes an address that servers find too long. */
const MOST_NAMED = 60;

/** What was found of a release, or why nothing was. */
export type ReleaseReading =
  | { readonly facts: ReleaseFacts; readonly namespace: string }
  | { readonly problem: string; readonly namespace: string };

/** The same text for the same release. */
export function placeKey({ context, namespace, release }: ReleasePlace): string {
  return JSON.stringify([context, namespace, release]);
}

/** By name. */
type Locks = ReadonlyMap<string, { readonly state: LeaseState; readonly memory: string | undefined }>;

class ClusterReleases {
  private readonly cluster: Cluster;
  private readonly services: Services;
  private readonly limitRecords: Limiter = createLimiter(RECORDS);

  constructor(cluster: Cluster, services: Services) {
    this.cluster = cluster;
    this.services = services;
  }

  private async items(path: string, what: string, selector: string, accept?: string): Promise<KubernetesObject[]> {
    const reader = { cluster: this.cluster, clock: this.services.clock };
    const found: KubernetesObject[] = [];
    const options = { what, selector, ...(accept === undefined ? {} : { accept }) };
    for await (const item of listItems(reader, path, options)) found.push(item as KubernetesObject);
    return found;
  }

  private async heads(namespace: string, releases: readonly string[]): Promise<readonly RecordHead[]> {
    const named = releases.length > MOST_NAMED ? '' : `,name in (${releases.join(',')})`;
    const items = await this.items(
      `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`,
      `The releases in namespace ${namespace} cannot be read`,
      `owner=helm${named}`,
      METADATA_ONLY,
    );
    return items.map(readRecordHead).filter((head) => head !== undefined);
  }

  /** The locks that deploy-chart has made: all at once, or one by one where that is all that is allowed. */
  private async locks(namespace: string, releases: readonly string[]): Promise<Locks> {
    const place = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
    const what = `The locks in namespace ${namespace} cannot be read`;
    const listed = await this.items(place, what, 'app.kubernetes.io/managed-by=helm-cd').catch((error: unknown) => {
      if (!(error instanceof HelmCdError) || error.code !== 'unauthorized') throw error;
      return undefined;
    });
    const items = listed ?? (await this.locksByName(namespace, releases));
    const leases = items.map((item) => {
      const memory = item.metadata?.annotations?.[MEMORY_ANNOTATION];
      return [item.metadata?.name ?? '', { state: readLease(JSON.stringify(item)), memory }] as const;
    });
    return new Map(leases);
  }

  private async locksByName(namespace: string, releases: readonly string[]): Promise<readonly KubernetesObject[]> {
    const replies = await Promise.all(
      releases.map((release) =>
        this.limitRecords(() =>
          this.cluster.call(['get', `leases.coordination.k8s.io/${lockName({ release })}`, '--output=json'], {
            namespace,
          }),
        ),
      ),
    );
    const refused = replies.find(({ failure }) => failure === 'forbidden');
    if (refused !== undefined) {
      this.services.log.warning(
        `The locks in namespace ${namespace} may not be read: ${refused.message}. A deploy that is under way, and what failed before helm's history begins, are not seen there.`,
      );
    }
    return replies.flatMap(({ failure, stdout }) =>
      failure === undefined ? [JSON.parse(stdout) as KubernetesObject] : [],
    );
  }

  private detail(head: RecordHead, namespace: string): Promise<readonly [number, Detail]> {
    return this.limitRecords(async () => {
      const what = `The release record ${head.name} in namespace ${namespace} cannot be read`;
      const [secret] = await this.cluster.list(what, ['get', 'secret', head.name], { namespace });
      const record = readRecord(secret ?? {});
      const { chartName: chart, chartVersion: version, description, rollbackRevision } = record;
      const isRollback = rollbackRevision > 0 || /^Rollback to /.test(description);
      const reason = /^Failed: (.*)$/s.exec(description)?.[1] ?? '';
      return [head.revision, { chart, version, reason, isRollback }] as const;
    });
  }

  private async facts(heads: readonly RecordHead[], namespace: string, locks: Locks, release: string) {
    const { state, memory: annotation } = locks.get(lockName({ release })) ?? {};
    const memory = readMemory(annotation);
    const inService = recordInService(heads);
    const wanted = [...(inService === undefined ? [] : [inService]), ...unexplained(heads, memory)];
    const details = new Map(await Promise.all(wanted.map((head) => this.detail(head, namespace))));
    if (inService !== undefined && details.get(inService.revision)?.isRollback === true) {
      const before = recordBefore(heads, inService.revision);
      if (before !== undefined && !details.has(before.revision)) details.set(...(await this.detail(before, namespace)));
    }
    return releaseFacts(heads, details, memory, state, this.services.clock.now());
  }

  private async read(namespace: string, place: ReleasePlace, heads: readonly RecordHead[], locks: Locks) {
    const own = heads.filter(({ release }) => release === place.release);
    try {
      return { facts: await this.facts(own, namespace, locks, place.release), namespace };
    } catch (error) {
      if (!(error instanceof HelmCdError) || error.code === 'cancelled') throw error;
      if (error.code !== 'not-found') return { problem: error.message, namespace };
      // Tidied away since the list was made: then something is being done to it.
      const busy = `Its history is changing right now: ${error.message}`;
      return {
        facts: { running: undefined, left: undefined, interrupted: '', tried: [], busy } satisfies ReleaseFacts,
        namespace,
      };
    }
  }

  async readNamespace(
    given: string,
    places: readonly ReleasePlace[],
  ): Promise<readonly (readonly [string, ReleaseReading])[]> {
    const namespace = given === '' ? this.cluster.defaultNamespace : given;
    try {
      const releases = places.map(({ release }) => release);
      const [heads, locks] = await Promise.all([this.heads(namespace, releases), this.locks(namespace, releases)]);
      return await Promise.all(
        places.map(async (place) => [placeKey(place), await this.read(namespace, place, heads, locks)] as const),
      );
    } catch (error) {
      if (!(error instanceof HelmCdError) || error.code === 'cancelled') throw error;
      return places.map((place) => [placeKey(place), { problem: error.message, namespace }] as const);
    }
  }
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? [];
    group.push(item);
    groups.set(keyOf(item), group);
  }
  return groups;
}

/**
 * Reads all releases, cluster by cluster and namespace by namespace. One that cannot be read has a problem; the others are read.
 * @returns by `placeKey`.
 */
export async function readReleases(
  places: readonly ReleasePlace[],
  kubeconfig: KubeconfigInput,
  services: Services,
): Promise<ReadonlyMap<string, ReleaseReading>> {
  const unique = [...new Map(places.map((place) => [placeKey(place), place])).values()];
  const limit = createLimiter(CLUSTERS);
  const contexts = [...grouped(unique, ({ context }) => context)];
  const readings = await Promise.all(
    contexts.map(([context, own], index) =>
      limit(async () => {
        // Each connection has files of its own there.
        const temp = path.join(services.temp, `c${index}`);
        await mkdir(temp, { recursive: true, mode: 0o700 });
        let cluster: Cluster;
        try {
          cluster = await connectCluster({ ...kubeconfig, context }, { ...services, temp });
        } catch (error) {
          if (!(error instanceof HelmCdError) || error.code === 'cancelled') throw error;
          return own.map((place) => [placeKey(place), { problem: error.message, namespace: place.namespace }] as const);
        }
        const releases = new ClusterReleases(cluster, { ...services, temp });
        const limitNamespaces = createLimiter(NAMESPACES);
        const namespaces = [...grouped(own, ({ namespace }) => namespace)];
        const read = namespaces.map(([namespace, some]) =>
          limitNamespaces(() => releases.readNamespace(namespace, some)),
        );
        return (await Promise.all(read)).flat();
      }),
    ),
  );
  return new Map(readings.flat());
}
