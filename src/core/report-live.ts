/** What of the cluster's objects a report needs: a tenth of them, so that those of a large cluster fit into memory. */
import type { ContainerStatus, KubernetesObject, ObjectMeta } from './kubernetes-object.js';

/** How objects of a kind are listed. Of ReplicaSets only who owns them matters, so only their metadata are asked for. */
export interface LiveResource {
  readonly kind: string;
  readonly plural: string;
  /** `/api/v1` or `/apis/GROUP/VERSION`. */
  readonly base: string;
  readonly metadataOnly?: true;
}

export const LIVE_RESOURCES: readonly LiveResource[] = [
  { kind: 'Pod', plural: 'pods', base: '/api/v1' },
  { kind: 'Deployment', plural: 'deployments', base: '/apis/apps/v1' },
  { kind: 'ReplicaSet', plural: 'replicasets', base: '/apis/apps/v1', metadataOnly: true },
  { kind: 'StatefulSet', plural: 'statefulsets', base: '/apis/apps/v1' },
  { kind: 'DaemonSet', plural: 'daemonsets', base: '/apis/apps/v1' },
  { kind: 'Job', plural: 'jobs', base: '/apis/batch/v1' },
  { kind: 'CronJob', plural: 'cronjobs', base: '/apis/batch/v1' },
];

/** Where a kind's list is, of one namespace or of all. */
export function listPath({ base, plural }: Pick<LiveResource, 'base' | 'plural'>, namespace: string): string {
  return namespace === '' ? `${base}/${plural}` : `${base}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

interface LiveContainer {
  readonly name?: string;
  readonly image?: string;
}

interface LivePodSpec {
  readonly containers?: readonly LiveContainer[];
  readonly initContainers?: readonly LiveContainer[];
}

interface WorkloadSpec extends LivePodSpec {
  readonly template?: { readonly spec?: LivePodSpec };
  readonly jobTemplate?: { readonly spec?: { readonly template?: { readonly spec?: LivePodSpec } } };
}

export interface LiveObject extends KubernetesObject {
  readonly kind: string;
  readonly metadata: ObjectMeta;
  /** What its pods are made of; of a pod, what it is made of. */
  readonly pod: LivePodSpec;
}

const images = (list: readonly LiveContainer[] | undefined): LiveContainer[] =>
  (list ?? []).map(({ name = '', image = '' }) => ({ name, image }));

const LABELS = ['controller-revision-hash', 'pod-template-generation', 'app.kubernetes.io/managed-by', 'helm.sh/chart'];
const ANNOTATIONS = [
  'deployment.kubernetes.io/revision',
  'deprecated.daemonset.template.generation',
  'meta.helm.sh/release-name',
  'meta.helm.sh/release-namespace',
];

function pick(from: Readonly<Record<string, string>> | undefined, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (from?.[name] === undefined ? [] : [[name, from[name]]])));
}

function status({ name, image, imageID, ready, restartCount, state, lastState }: ContainerStatus): ContainerStatus {
  return {
    ...(name === undefined ? {} : { name }),
    ...(image === undefined ? {} : { image }),
    ...(imageID === undefined ? {} : { imageID }),
    ...(ready === undefined ? {} : { ready }),
    ...(restartCount === undefined ? {} : { restartCount }),
    ...(state === undefined ? {} : { state }),
    ...(lastState === undefined ? {} : { lastState }),
  };
}

/** The parts of an object that a report looks at. */
export function compactObject(kind: string, object: KubernetesObject): LiveObject {
  const { metadata = {}, spec = {}, status: said } = object;
  const { template, jobTemplate, initContainers, containers } = spec as WorkloadSpec;
  const pod = template?.spec ?? jobTemplate?.spec?.template?.spec ?? { containers, initContainers };
  const { replicas, paused, completions, backoffLimit, suspend, updateStrategy } = spec;
  const { name, namespace, uid, generation, deletionTimestamp, ownerReferences } = metadata;
  const kept = { replicas, paused, completions, backoffLimit, suspend, updateStrategy };
  return {
    kind,
    metadata: {
      ...defined({ name, namespace, uid, generation, deletionTimestamp }),
      ownerReferences: (ownerReferences ?? []).map((owner) => defined({ kind: owner.kind, uid: owner.uid })),
      labels: pick(metadata.labels, LABELS),
      annotations: pick(metadata.annotations, ANNOTATIONS),
    },
    spec: defined(kept),
    pod: { containers: images(pod.containers), initContainers: images(pod.initContainers) },
    ...(said === undefined
      ? {}
      : {
          status: {
            ...said,
            ...(said.containerStatuses === undefined ? {} : { containerStatuses: said.containerStatuses.map(status) }),
            ...(said.initContainerStatuses === undefined
              ? {}
              : { initContainerStatuses: said.initContainerStatuses.map(status) }),
          },
        }),
  };
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

function defined<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/** The live objects of a cluster, by namespace. */
export class LiveObjects {
  private readonly namespaces = new Map<string, LiveObject[]>();
  /** Kinds that could not be listed, by namespace; empty for all of them. */
  private readonly missing = new Set<string>();

  add(object: LiveObject): void {
    const { namespace = '' } = object.metadata;
    const known = this.namespaces.get(namespace);
    if (known === undefined) this.namespaces.set(namespace, [object]);
    else known.push(object);
  }

  fail(kind: string, namespace: string): void {
    this.missing.add(`${namespace}/${kind}`);
  }

  /** Whether objects of a kind in a namespace are known: none there then means that there are none. */
  knows(kind: string, namespace: string): boolean {
    return !this.missing.has(`/${kind}`) && !this.missing.has(`${namespace}/${kind}`);
  }

  of(namespace: string): readonly LiveObject[] {
    return this.namespaces.get(namespace) ?? [];
  }

  all(): IterableIterator<readonly LiveObject[]> {
    return this.namespaces.values();
  }
}
