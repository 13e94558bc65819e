/** What a release's workloads should run, and what their pods really run. */
import { isOwnedBy, nameOf, type ContainerStatus } from './kubernetes-object.js';
import { describeProblem } from './pod-problems.js';
import type { ObjectRef } from './release-manifest.js';
import type { LiveObject, LiveObjects } from './report-live.js';
import type { ContainerEntry, RunningImage, WorkloadEntry, WorkloadState } from './report-model.js';
import { shortReference } from './report-words.js';
import { assessRollout } from './rollout.js';

const KINDS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'Pod']);
const GROUPS = new Set(['v1', 'apps/v1', 'batch/v1']);

/** The objects of a manifest that make pods. */
export function workloadRefs(refs: readonly ObjectRef[]): readonly ObjectRef[] {
  return refs.filter(({ kind, apiVersion }) => KINDS.has(kind) && GROUPS.has(apiVersion));
}

/**
 * What a node says that it runs.
 * @param id `docker.io/library/nginx@sha256:…`, with docker `docker-pullable://…`; only `sha256:…` for what was never in a
 *   registry: that is the digest of its configuration, under which nobody finds it.
 */
export function parseImageId(id: string): { readonly name: string; readonly digest: string } | undefined {
  const match = /^(?:[a-z-]+:\/\/)?([^@\s]+)@(sha256:[0-9a-f]{64})$/.exec(id);
  return match === null ? undefined : { name: match[1] ?? '', digest: match[2] ?? '' };
}

/** A reference without tag and digest. */
function nameIn(reference: string): string {
  return reference.replace(/@.*$/, '').replace(/:[^/]*$/, '');
}

/** The pods of a workload, those of its older revisions too; of a CronJob those that run right now. */
function podsOf(workload: LiveObject, here: readonly LiveObject[]): readonly LiveObject[] {
  if (workload.kind === 'Pod') return [workload];
  const between = { Deployment: 'ReplicaSet', CronJob: 'Job' }[workload.kind];
  const pods = here.filter(({ kind }) => kind === 'Pod');
  if (between === undefined) return pods.filter((pod) => isOwnedBy(pod, workload));
  const owners = here.filter((object) => object.kind === between && isOwnedBy(object, workload));
  const uids = new Set(owners.map(({ metadata }) => metadata.uid));
  return pods.filter(({ metadata }) => (metadata.ownerReferences ?? []).some(({ uid }) => uids.has(uid)));
}

/** Whether a pod counts: one that has ended runs nothing. */
function isAlive({ metadata, status }: LiveObject): boolean {
  return metadata.deletionTimestamp === undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

function runningImages(container: string, init: boolean, pods: readonly LiveObject[]): readonly RunningImage[] {
  const groups = new Map<string, RunningImage>();
  for (const pod of pods) {
    const specs = (init ? pod.pod.initContainers : pod.pod.containers) ?? [];
    const reference = specs.find(({ name }) => name === container)?.image;
    if (reference === undefined) continue;
    const statuses = (init ? pod.status?.initContainerStatuses : pod.status?.containerStatuses) ?? [];
    const status: ContainerStatus | undefined = statuses.find(({ name }) => name === container);
    const running = parseImageId(status?.imageID ?? '');
    const key = `${reference} ${running?.digest ?? ''}`;
    const known = groups.get(key);
    const ready = status?.ready === true ? 1 : 0;
    groups.set(key, {
      reference,
      name: running?.name ?? nameIn(reference),
      digest: running?.digest ?? '',
      pods: (known?.pods ?? 0) + 1,
      ready: (known?.ready ?? 0) + ready,
    });
  }
  return [...groups.values()].sort((a, b) => b.pods - a.pods);
}

const pods = (count: number, verb: string) => `${count} ${count === 1 ? `pod ${verb}s` : `pods ${verb}`}`;

/** What is not as the spec says. */
function staleLines({ name, image, running }: ContainerEntry): readonly string[] {
  const others = running.filter(({ reference }) => reference !== image);
  const lines = others.map(
    (other) =>
      `${name}: the spec says ${shortReference(image)}, ${other.pods} ${other.pods === 1 ? 'pod still runs' : 'pods still run'} ${shortReference(other.reference)}`,
  );
  // A tag that was pushed again: whoever started later runs something else.
  const digests = running.filter(({ reference, digest }) => reference === image && digest !== '');
  if (digests.length > 1) {
    const parts = digests.map(({ digest, pods: count }) => `${pods(count, 'run')} ${digest.slice(0, 19)}…`);
    lines.push(`${name}: ${shortReference(image)} is more than one image: ${parts.join(', ')}`);
  }
  return lines;
}

function containersOf(workload: LiveObject, alive: readonly LiveObject[]): readonly ContainerEntry[] {
  return [false, true].flatMap((init) =>
    ((init ? workload.pod.initContainers : workload.pod.containers) ?? []).map(({ name = '', image = '' }) => ({
      name,
      init,
      image,
      running: runningImages(name, init, alive),
    })),
  );
}

function desiredOf({ kind, spec, status }: LiveObject): number | null {
  if (kind === 'Deployment' || kind === 'StatefulSet') return spec?.replicas ?? 1;
  if (kind === 'DaemonSet') return status?.desiredNumberScheduled ?? 0;
  return kind === 'Pod' ? 1 : null;
}

const isReady = ({ status }: LiveObject) =>
  (status?.conditions ?? []).some((condition) => condition.type === 'Ready' && condition.status === 'True');

/** One workload of a release: what its object says, and its pods. */
function workloadEntry(ref: ObjectRef, namespace: string, live: LiveObjects): WorkloadEntry {
  const home = ref.namespace === '' ? namespace : ref.namespace;
  const { kind, name } = ref;
  const empty = { kind, namespace: home, name, desired: null, ready: 0, containers: [], stale: [], problems: [] };
  const here = live.of(home);
  const object = here.find((candidate) => candidate.kind === kind && nameOf(candidate) === name);
  if (object === undefined) {
    if (live.knows(kind, home))
      return { ...empty, state: 'missing', message: 'it is in the manifest, but not in the cluster' };
    return { ...empty, state: 'unknown', message: 'it may not be read' };
  }
  const [rollout] = kind === 'CronJob' ? [] : assessRollout([ref], namespace, here);
  const all = podsOf(object, here);
  const alive = all.filter(isAlive);
  const knowsPods = live.knows('Pod', home) && (kind !== 'Deployment' || live.knows('ReplicaSet', home));
  const containers = containersOf(object, alive);
  const state: WorkloadState = rollout?.state ?? 'ready';
  const message = rollout?.message ?? (object.spec?.suspend === true ? 'suspended' : 'scheduled');
  return {
    kind,
    namespace: home,
    name,
    state,
    message: knowsPods ? message : `${message} (its pods may not be read)`,
    desired: desiredOf(object),
    ready: knowsPods
      ? alive.filter(isReady).length
      : (object.status?.readyReplicas ?? object.status?.numberAvailable ?? 0),
    containers,
    // Where pods go through images one after the other, what the last run had is no news.
    stale: kind === 'Job' || kind === 'CronJob' ? [] : containers.flatMap(staleLines),
    problems: [...new Set((rollout?.problems ?? []).map(describeProblem))],
  };
}

/** The workloads of a release, as its manifest names them and as they are. */
export function workloadEntries(
  refs: readonly ObjectRef[],
  namespace: string,
  live: LiveObjects,
): readonly WorkloadEntry[] {
  return refs.map((ref) => workloadEntry(ref, namespace, live));
}
