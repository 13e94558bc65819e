/**
 * Whether what was applied has arrived. Stricter than `helm --wait`, which counts replicas that may still be the old
 * ones: complete means that the controller has seen this generation, and that all replicas are new and available.
 */
import { conditionOf, isOwnedBy, nameOf, type KubernetesObject } from './kubernetes-object.js';
import { podProblems, type Problem } from './pod-problems.js';
import { groupOf, type ManifestObject, type ObjectRef } from './release-manifest.js';

export type RolloutState = 'ready' | 'progressing' | 'failed';

export interface ObjectRollout {
  readonly ref: ObjectRef;
  readonly state: RolloutState;
  /** `1 of 3 updated replicas are available`. */
  readonly message: string;
  /** As Kubernetes says it, for `failed`. */
  readonly reason: string;
  /** Of the pods of the new revision. They become a failure when they outlast their grace. */
  readonly problems: readonly Problem[];
  /** The names of the pods of the new revision. */
  readonly pods: readonly string[];
}

/** Group/kind of what is waited for, and the resource that kubectl calls it by. */
const WATCHED: Readonly<Record<string, string>> = {
  'apps/Deployment': 'deployments.apps',
  'apps/StatefulSet': 'statefulsets.apps',
  'apps/DaemonSet': 'daemonsets.apps',
  'batch/Job': 'jobs.batch',
  '/PersistentVolumeClaim': 'persistentvolumeclaims',
  '/Pod': 'pods',
};

function typeOf(ref: Pick<ObjectRef, 'apiVersion' | 'kind'>): string {
  return `${groupOf(ref.apiVersion)}/${ref.kind}`;
}

/**
 * Whether it is a custom resource: an API group with a dot that is not one of Kubernetes' own. Its conditions say how it is,
 * by the conventions of kstatus (sigs.k8s.io/cli-utils): Ready, Reconciling, Stalled.
 */
export function isCustom(ref: Pick<ObjectRef, 'apiVersion'>): boolean {
  const group = groupOf(ref.apiVersion);
  return group.includes('.') && !group.endsWith('.k8s.io');
}

/** How kubectl is asked for one custom resource: `Certificate.v1.cert-manager.io/web`. */
export function customArgument(ref: ObjectRef): string {
  const version = ref.apiVersion.split('/')[1] ?? '';
  return `${ref.kind}.${version}.${groupOf(ref.apiVersion)}/${ref.name}`;
}

/** The objects of a manifest that have a rollout to wait for. */
export function watchedObjects(objects: readonly ManifestObject[]): readonly ObjectRef[] {
  return objects.map((object) => object.ref).filter((ref) => typeOf(ref) in WATCHED || isCustom(ref));
}

/** All resources to fetch, to see these objects (but for custom ones), their ReplicaSets and their pods. */
export function watchedResources(refs: readonly ObjectRef[]): readonly string[] {
  const resources = new Set(refs.flatMap((ref) => WATCHED[typeOf(ref)] ?? []));
  if (resources.size === 0) return [];
  if (resources.has('deployments.apps')) resources.add('replicasets.apps');
  resources.add('pods');
  return [...resources];
}

type Verdict = Pick<ObjectRollout, 'state' | 'message'> & { readonly reason?: string };

const ready = (message: string): Verdict => ({ state: 'ready', message });
const progressing = (message: string): Verdict => ({ state: 'progressing', message });
const failed = (reason: string, message: string): Verdict => ({ state: 'failed', reason, message });

function isObserved(object: KubernetesObject): boolean {
  return (object.status?.observedGeneration ?? 0) >= (object.metadata?.generation ?? 0);
}

function deployment(object: KubernetesObject): Verdict {
  if (!isObserved(object)) return progressing('the controller has not seen the change yet');
  const { replicas: total = 0, updatedReplicas = 0, availableReplicas = 0 } = object.status ?? {};
  const wanted = object.spec?.replicas ?? 1;
  const condition = conditionOf(object, 'Progressing');
  if (condition?.reason === 'ProgressDeadlineExceeded') {
    return failed('ProgressDeadlineExceeded', condition.message ?? 'no progress within progressDeadlineSeconds');
  }
  if (object.spec?.paused === true) return ready('paused');
  if (updatedReplicas < wanted) return progressing(`${updatedReplicas} of ${wanted} replicas are updated`);
  if (total > updatedReplicas) return progressing(`${total - updatedReplicas} old replicas are still there`);
  if (availableReplicas < updatedReplicas) {
    return progressing(`${availableReplicas} of ${updatedReplicas} updated replicas are available`);
  }
  return ready(`${wanted} of ${wanted} replicas are available`);
}

function statefulSet(object: KubernetesObject): Verdict {
  if (!isObserved(object)) return progressing('the controller has not seen the change yet');
  const { updatedReplicas = 0, readyReplicas = 0, updateRevision = '', currentRevision = '' } = object.status ?? {};
  const wanted = object.spec?.replicas ?? 1;
  const strategy = object.spec?.updateStrategy;
  if (readyReplicas < wanted) return progressing(`${readyReplicas} of ${wanted} replicas are ready`);
  if (strategy?.type === 'OnDelete') return ready(`${wanted} of ${wanted} replicas are ready, updated when deleted`);
  const partition = strategy?.rollingUpdate?.partition ?? 0;
  if (updatedReplicas < wanted - partition && updateRevision !== currentRevision) {
    return progressing(`${updatedReplicas} of ${wanted - partition} replicas are updated`);
  }
  return ready(`${wanted} of ${wanted} replicas are ready`);
}

function daemonSet(object: KubernetesObject): Verdict {
  if (!isObserved(object)) return progressing('the controller has not seen the change yet');
  const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = object.status ?? {};
  const onDelete = object.spec?.updateStrategy?.type === 'OnDelete';
  if (!onDelete && updatedNumberScheduled < wanted) {
    return progressing(`${updatedNumberScheduled} of ${wanted} pods are updated`);
  }
  if (numberAvailable < wanted) return progressing(`${numberAvailable} of ${wanted} pods are available`);
  return ready(`${wanted} of ${wanted} pods are available`);
}

function job(object: KubernetesObject): Verdict {
  const failure = conditionOf(object, 'Failed');
  if (failure?.status === 'True') return failed(failure.reason ?? 'Failed', failure.message ?? 'the Job failed');
  if (conditionOf(object, 'Complete')?.status === 'True') return ready('complete');
  if (object.spec?.suspend === true) return ready('suspended');
  const { succeeded = 0 } = object.status ?? {};
  return progressing(`${succeeded} of ${object.spec?.completions ?? 1} completions`);
}

function claim(object: KubernetesObject, pods: readonly KubernetesObject[]): Verdict {
  const phase = object.status?.phase ?? 'Pending';
  if (phase === 'Bound') return ready('bound');
  if (phase === 'Lost') return failed('Lost', 'the volume of this claim is gone');
  const isMounted = pods.some((pod) =>
    (pod.spec?.volumes ?? []).some((volume) => volume.persistentVolumeClaim?.claimName === nameOf(object)),
  );
  // Many storage classes bind only when the first pod comes: without one there is nothing to wait for.
  return isMounted ? progressing('not bound yet') : ready('not mounted by any pod yet');
}

function barePod(object: KubernetesObject): Verdict {
  const phase = object.status?.phase ?? 'Pending';
  if (phase === 'Succeeded') return ready('succeeded');
  if (phase === 'Failed') return failed(object.status?.reason ?? 'Failed', object.status?.message ?? 'the pod failed');
  return conditionOf(object, 'Ready')?.status === 'True' ? ready('ready') : progressing(`not ready (${phase})`);
}

function custom(object: KubernetesObject): Verdict {
  const { generation = 0 } = object.metadata ?? {};
  if ((object.status?.observedGeneration ?? generation) < generation) {
    return progressing('its controller has not seen the change yet');
  }
  const is = (type: string, status: string) => {
    const condition = conditionOf(object, type);
    return condition?.status === status ? condition : undefined;
  };
  const stalled = is('Stalled', 'True');
  if (stalled !== undefined) return failed(stalled.reason ?? 'Stalled', stalled.message ?? 'stalled');
  const reconciling = is('Reconciling', 'True');
  if (reconciling !== undefined) return progressing(reconciling.message ?? 'reconciling');
  const condition = conditionOf(object, 'Ready') ?? conditionOf(object, 'Available');
  if (condition === undefined) return ready('has no condition to wait for');
  if (condition.status === 'True') return ready(condition.type === 'Ready' ? 'ready' : 'available');
  return progressing(condition.message || condition.reason || 'not ready');
}

function newestReplicaSet(owner: KubernetesObject, all: readonly KubernetesObject[]): KubernetesObject | undefined {
  const number = (set: KubernetesObject) =>
    Number(set.metadata?.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
  return all
    .filter((object) => object.kind === 'ReplicaSet' && isOwnedBy(object, owner))
    .sort((a, b) => number(b) - number(a))[0];
}

/** The pods of a workload's new revision: what the old one's pods suffer from is not this rollout's doing. */
function podsOf(object: KubernetesObject, all: readonly KubernetesObject[]): readonly KubernetesObject[] {
  const pods = all.filter((candidate) => candidate.kind === 'Pod');
  if (object.kind === 'Pod') return [object];
  if (object.kind === 'Deployment') {
    const set = isObserved(object) ? newestReplicaSet(object, all) : undefined;
    return set === undefined ? [] : pods.filter((pod) => isOwnedBy(pod, set));
  }
  const owned = pods.filter((pod) => isOwnedBy(pod, object));
  if (object.kind === 'StatefulSet') {
    const revision = object.status?.updateRevision;
    return owned.filter((pod) => pod.metadata?.labels?.['controller-revision-hash'] === revision);
  }
  if (object.kind === 'DaemonSet') {
    const generation = object.metadata?.annotations?.['deprecated.daemonset.template.generation'];
    return owned.filter((pod) => pod.metadata?.labels?.['pod-template-generation'] === generation);
  }
  return owned;
}

/** Pods that are refused at their creation: by a quota, by admission, by a missing service account. */
function creationProblem(object: KubernetesObject, all: readonly KubernetesObject[]): Problem[] {
  const owner = object.kind === 'Deployment' ? newestReplicaSet(object, all) : object;
  const condition = owner === undefined ? undefined : conditionOf(owner, 'ReplicaFailure');
  if (condition?.status !== 'True') return [];
  const { reason = 'FailedCreate', message = '' } = condition;
  return [{ category: 'create', reason, message, pod: nameOf(object), container: '' }];
}

function verdictOf(object: KubernetesObject, pods: readonly KubernetesObject[]): Verdict {
  switch (object.kind) {
    case 'Deployment':
      return deployment(object);
    case 'StatefulSet':
      return statefulSet(object);
    case 'DaemonSet':
      return daemonSet(object);
    case 'Job':
      return job(object);
    case 'PersistentVolumeClaim':
      return claim(object, pods);
    default:
      return barePod(object);
  }
}

/**
 * Where each of the objects stands.
 * @param namespace that of the release, for objects that name none.
 * @param all what the cluster holds of the watched resources.
 */
export function assessRollout(
  refs: readonly ObjectRef[],
  namespace: string,
  all: readonly KubernetesObject[],
): readonly ObjectRollout[] {
  return refs.map((ref): ObjectRollout => {
    const home = ref.namespace === '' ? namespace : ref.namespace;
    const here = all.filter((candidate) => candidate.metadata?.namespace === home);
    // A custom resource may belong to no namespace.
    const candidates = isCustom(ref) ? all.filter(({ metadata }) => (metadata?.namespace ?? home) === home) : here;
    const object = candidates.find(
      (candidate) =>
        candidate.kind === ref.kind &&
        nameOf(candidate) === ref.name &&
        groupOf(candidate.apiVersion ?? ref.apiVersion) === groupOf(ref.apiVersion),
    );
    if (object === undefined) {
      return { ref, state: 'progressing', message: 'it does not exist', reason: '', problems: [], pods: [] };
    }
    const pods = here.filter((candidate) => candidate.kind === 'Pod');
    const verdict = isCustom(ref) ? custom(object) : verdictOf(object, pods);
    const { state, message, reason = '' } = verdict;
    const own = podsOf(object, here);
    const problems =
      state === 'ready' ? [] : [...creationProblem(object, here), ...own.flatMap((pod) => podProblems(pod))];
    return { ref, state, message, reason, problems, pods: own.map(nameOf) };
  });
}
