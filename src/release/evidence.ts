/** Collects evidence of a failure while it is still there. */
import { messageOf } from '../core/errors.js';
import {
  describeCondition,
  orderObjects,
  readEvents,
  readPod,
  type ContainerLogs,
  type Evidence,
  type EvidenceObject,
  type EventObject,
} from '../core/evidence.js';
import { isOwnedBy, nameOf, type KubernetesObject } from '../core/kubernetes-object.js';
import { podProblems } from '../core/pod-problems.js';
import type { Services } from '../core/ports.js';
import type { Revision } from '../core/release.js';
import { formatRef, readManifest, type ObjectRef } from '../core/release-manifest.js';
import type { TestResult } from '../core/release-tests.js';
import { assessRollout, watchedObjects, type ObjectRollout } from '../core/rollout.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { fetchRollout } from './watch.js';

const LOG_LINES = 100;
const LOG_BYTES = 256 * 1024;
const MOST_PODS = 8;
const CALL_MS = 10_000;

export interface EvidenceRequest {
  readonly release: string;
  readonly namespace: string;
  readonly revision: Revision | undefined;
  readonly revisionNumber: number;
  readonly phase: string;
  readonly cause: string;
  readonly tests: readonly TestResult[];
  readonly output: string;
  /** When the change began, in milliseconds. */
  readonly since: number;
  /** There are only seconds: leave the logs out. */
  readonly hurried: boolean;
}

/** A failed hook's pods, and Jobs with theirs, as objects of their own; a test that hangs is as ready as any pod. */
function hookRollouts(
  revision: Revision,
  { namespace, tests }: EvidenceRequest,
  all: readonly KubernetesObject[],
): ObjectRollout[] {
  const refs = watchedObjects(revision.hooks.flatMap((hook) => readManifest(hook.manifest, namespace)));
  const hangs = (ref: ObjectRef) =>
    // One that was skipped has a pod of an earlier deploy at most.
    tests.some(({ kind, name, phase }) => kind === ref.kind && name === ref.name && /^(?:Failed|Running)$/.test(phase));
  return assessRollout(refs, namespace, all).flatMap((rollout) => {
    if (rollout.message === 'it does not exist') return [];
    if (rollout.state !== 'ready') return [rollout];
    return hangs(rollout.ref) ? [{ ...rollout, state: 'progressing' as const, message: 'it did not end' }] : [];
  });
}

class Collector {
  private readonly cluster: Cluster;
  private readonly services: Services;
  private readonly request: EvidenceRequest;
  readonly missing: string[] = [];

  constructor(cluster: Cluster, services: Services, request: EvidenceRequest) {
    this.cluster = cluster;
    this.services = services;
    this.request = request;
  }

  /** Evidence is never a reason to fail: what cannot be had is said. */
  private async attempt<Result>(what: string, fallback: Result, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      this.missing.push(`${what} (${messageOf(error)})`);
      return fallback;
    }
  }

  state(): Promise<{ rollouts: readonly ObjectRollout[]; all: readonly KubernetesObject[] }> {
    const { revision, namespace } = this.request;
    return this.attempt('the state of the objects', { rollouts: [], all: [] }, async () => {
      if (revision === undefined) return { rollouts: [], all: [] };
      const refs = watchedObjects(readManifest(revision.manifest, namespace));
      const hooks = watchedObjects(revision.hooks.flatMap((hook) => readManifest(hook.manifest, namespace)));
      if (refs.length + hooks.length === 0) return { rollouts: [], all: [] };
      const all = await fetchRollout(this.cluster, [...refs, ...hooks], namespace, true);
      const rollouts = assessRollout(refs, namespace, all).filter((rollout) => rollout.state !== 'ready');
      return { rollouts: [...hookRollouts(revision, this.request, all), ...rollouts], all };
    });
  }

  events(): Promise<readonly EventObject[]> {
    return this.attempt('events', [], () =>
      this.cluster.list('Events cannot be read', ['get', 'events'], {
        namespace: this.request.namespace,
        timeoutMs: CALL_MS,
        ignoreCancel: true,
      }),
    );
  }

  /** The last lines of each container, and of its run before the last restart. */
  async logs(pod: KubernetesObject): Promise<ReadonlyMap<string, ContainerLogs>> {
    const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    const read = async (container: string, previous: boolean) => {
      const limits = [`--tail=${LOG_LINES}`, `--limit-bytes=${LOG_BYTES}`];
      const reply = await this.cluster.call(
        ['logs', nameOf(pod), '--container', container, ...limits, ...(previous ? ['--previous'] : [])],
        { namespace: pod.metadata?.namespace ?? this.request.namespace, timeoutMs: CALL_MS, ignoreCancel: true },
      );
      return reply.failure === undefined ? reply.stdout : '';
    };
    const entries = await Promise.all(
      statuses.map(async (status): Promise<[string, ContainerLogs]> => {
        const container = status.name ?? '';
        const neverRan = status.state?.waiting !== undefined && status.lastState?.terminated === undefined;
        if (neverRan) return [container, { log: '', previousLog: '' }];
        const restarted = (status.restartCount ?? 0) > 0;
        const [log, previousLog] = await Promise.all([
          read(container, false),
          restarted ? read(container, true) : Promise.resolve(''),
        ]);
        // A container that waits for its restart has one log, under both names.
        return [container, { log, previousLog: previousLog === log ? '' : previousLog }];
      }),
    );
    return new Map(entries);
  }

  async object(rollout: ObjectRollout, all: readonly KubernetesObject[], room: number): Promise<EvidenceObject> {
    const { namespace } = this.request;
    const object = all.find(
      (candidate) => candidate.kind === rollout.ref.kind && nameOf(candidate) === rollout.ref.name,
    );
    const broken = all
      .filter((candidate) => candidate.kind === 'Pod' && rollout.pods.includes(nameOf(candidate)))
      .sort((a, b) => podProblems(b).length - podProblems(a).length)
      .slice(0, room);
    const pods = await Promise.all(
      broken.map(async (pod) => {
        const none = new Map<string, ContainerLogs>();
        // A test's log was kept as it ran.
        const known = this.request.tests.some((test) => test.name === rollout.ref.name && test.log !== '');
        const logs =
          this.request.hurried || known
            ? none
            : await this.attempt(`the log of ${nameOf(pod)}`, none, () => this.logs(pod));
        return readPod(pod, logs);
      }),
    );
    return {
      name: formatRef(rollout.ref, namespace),
      state: rollout.state,
      message: rollout.message,
      conditions: (object?.status?.conditions ?? []).map(describeCondition),
      pods,
    };
  }
}

/** The names of everything whose events belong to the failure. */
function eventNames(
  rollouts: readonly ObjectRollout[],
  all: readonly KubernetesObject[],
  tests: readonly TestResult[],
): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { ref, pods } of rollouts) {
    names.add(`${ref.kind}/${ref.name}`);
    for (const pod of pods) names.add(`Pod/${pod}`);
    const owner = all.find((candidate) => candidate.kind === ref.kind && nameOf(candidate) === ref.name);
    if (owner === undefined) continue;
    for (const set of all.filter((candidate) => candidate.kind === 'ReplicaSet' && isOwnedBy(candidate, owner))) {
      names.add(`ReplicaSet/${nameOf(set)}`);
    }
  }
  for (const test of tests) if (test.phase !== 'Succeeded') names.add(`${test.kind}/${test.name}`);
  return names;
}

/** All that tells why. Works after the job was cancelled, never throws, and ends within a minute. */
export async function collectEvidence(
  cluster: Cluster,
  services: Services,
  request: EvidenceRequest,
): Promise<Evidence> {
  const collector = new Collector(cluster, services, request);
  const [{ rollouts, all }, events] = await Promise.all([collector.state(), collector.events()]);
  const objects = await Promise.all(
    rollouts.map((rollout, index) => collector.object(rollout, all, Math.max(1, MOST_PODS - index))),
  );
  return {
    release: request.release,
    namespace: request.namespace,
    revision: request.revisionNumber,
    phase: request.phase,
    cause: request.cause,
    collectedAt: new Date(services.clock.now()).toISOString(),
    objects: orderObjects(objects),
    events: readEvents(events, eventNames(rollouts, all, request.tests), request.since),
    tests: request.tests,
    output: request.output,
    missing: collector.missing,
  };
}
