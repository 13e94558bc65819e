/** Why a deploy failed: what is collected before anything is rolled back, the root cause first. */
import type { Condition, ContainerStatus, KubernetesObject } from './kubernetes-object.js';
import { nameOf } from './kubernetes-object.js';
import { describeProblem, podProblems } from './pod-problems.js';
import type { TestResult } from './release-tests.js';

export interface EvidenceEvent {
  readonly time: string;
  readonly type: string;
  readonly reason: string;
  /** `Pod/shop-api-7d9`. */
  readonly object: string;
  readonly message: string;
  readonly count: number;
}

export interface EvidenceContainer {
  readonly name: string;
  readonly image: string;
  /** `waiting: CrashLoopBackOff`, `running`, `terminated: Error, exit code 1`. */
  readonly state: string;
  readonly restarts: number;
  /** The last lines; empty when there is none. */
  readonly log: string;
  /** Of the container's run before the last restart. */
  readonly previousLog: string;
}

export interface EvidencePod {
  readonly name: string;
  readonly phase: string;
  readonly node: string;
  readonly problems: readonly string[];
  readonly containers: readonly EvidenceContainer[];
}

export interface EvidenceObject {
  /** `Deployment/shop-api`. */
  readonly name: string;
  readonly state: string;
  readonly message: string;
  readonly conditions: readonly string[];
  readonly pods: readonly EvidencePod[];
}

export interface Evidence {
  readonly release: string;
  readonly namespace: string;
  readonly revision: number;
  /** Where it failed: `upgrade`, `rollout`, … */
  readonly phase: string;
  /** One sentence. */
  readonly cause: string;
  readonly collectedAt: string;
  readonly objects: readonly EvidenceObject[];
  readonly events: readonly EvidenceEvent[];
  readonly tests: readonly TestResult[];
  /** What the program said that failed: helm, or the verify command. */
  readonly output: string;
  /** What could not be collected, and why. */
  readonly missing: readonly string[];
}

/** An event of either API (`v1` and `events.k8s.io/v1` name things differently). */
export interface EventObject extends KubernetesObject {
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
}

/** At most so many events are kept: the newest warnings first, then what else there is. */
const EVENTS_KEPT = 40;

function timeOf(event: EventObject): string {
  return event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp ?? event.metadata?.creationTimestamp ?? '';
}

/**
 * The events of the objects with these names (`Pod/shop-api-7d9`), in the order they happened.
 * @param since milliseconds: what is older belongs to an earlier object of that name.
 */
export function readEvents(
  events: readonly EventObject[],
  names: ReadonlySet<string>,
  since: number,
): readonly EvidenceEvent[] {
  const nameOfEvent = ({ involvedObject }: EventObject) =>
    `${involvedObject?.kind ?? ''}/${involvedObject?.name ?? ''}`;
  // The times are the cluster's and have whole seconds.
  const own = events.filter((event) => names.has(nameOfEvent(event)) && !(Date.parse(timeOf(event)) < since - 5000));
  const rank = (event: EventObject) => (event.type === 'Warning' ? 0 : 1);
  const kept = [...own]
    .sort((a, b) => rank(a) - rank(b) || (timeOf(a) < timeOf(b) ? 1 : -1))
    .slice(0, EVENTS_KEPT)
    .sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : timeOf(a) > timeOf(b) ? 1 : 0));
  return kept.map((event) => ({
    time: timeOf(event),
    type: event.type ?? '',
    reason: event.reason ?? '',
    object: nameOfEvent(event),
    message: event.message ?? '',
    count: event.count ?? 1,
  }));
}

/** A container's state in words. */
export function describeState(status: ContainerStatus): string {
  const { waiting, running, terminated } = status.state ?? {};
  if (waiting !== undefined) return `waiting: ${waiting.reason ?? 'unknown'}`;
  if (terminated !== undefined) {
    return `terminated: ${terminated.reason ?? 'unknown'}, exit code ${terminated.exitCode ?? '?'}`;
  }
  if (running !== undefined) return status.ready === true ? 'running' : 'running, not ready';
  return 'unknown';
}

export function describeCondition({ type = '', status = '', reason = '', message = '' }: Condition): string {
  const why = [reason, message].filter((part) => part !== '').join(': ');
  return `${type}=${status}${why === '' ? '' : ` (${why})`}`;
}

export interface ContainerLogs {
  readonly log: string;
  readonly previousLog: string;
}

/** @param logs by container. */
export function readPod(pod: KubernetesObject, logs: ReadonlyMap<string, ContainerLogs>): EvidencePod {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return {
    name: nameOf(pod),
    phase: pod.status?.phase ?? 'Unknown',
    node: pod.spec?.nodeName ?? '',
    problems: podProblems(pod).map(describeProblem),
    containers: statuses.map((status) => ({
      name: status.name ?? '',
      image: status.image ?? '',
      state: describeState(status),
      restarts: status.restartCount ?? 0,
      log: logs.get(status.name ?? '')?.log ?? '',
      previousLog: logs.get(status.name ?? '')?.previousLog ?? '',
    })),
  };
}

/** Failed first, then by name: what broke is read before what merely waits for it. */
export function orderObjects(objects: readonly EvidenceObject[]): readonly EvidenceObject[] {
  const rank = (object: EvidenceObject) =>
    object.state === 'failed' ? 0 : object.pods.some((pod) => pod.problems.length > 0) ? 1 : 2;
  return [...objects].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}
