/** Where workloads keep their pods. */
import type { FieldPath } from './field-path.js';
import { record } from './release-manifest.js';

/** Kinds that make pods, and the way to the pod's template; of a Pod that is the object itself. */
const TEMPLATES: Readonly<Record<string, FieldPath>> = {
  'v1/Pod': [],
  'v1/PodTemplate': ['template'],
  'v1/ReplicationController': ['spec', 'template'],
  'apps/v1/Deployment': ['spec', 'template'],
  'apps/v1/StatefulSet': ['spec', 'template'],
  'apps/v1/DaemonSet': ['spec', 'template'],
  'apps/v1/ReplicaSet': ['spec', 'template'],
  'batch/v1/Job': ['spec', 'template'],
  'batch/v1/CronJob': ['spec', 'jobTemplate', 'spec', 'template'],
};

type Fields = Readonly<Record<string, unknown>>;

export interface Container {
  /** The way from the object to it. */
  readonly path: FieldPath;
  readonly content: Fields;
}

export interface PodSpec {
  /** The ways from the object to the pod's template (metadata and spec) and to its spec. */
  readonly templatePath: FieldPath;
  readonly path: FieldPath;
  readonly labels: Fields;
  /** Whether all labels are text: of others the schema has said what is wrong. */
  readonly labelsValid: boolean;
  readonly content: Fields;
  readonly containers: readonly Container[];
}

/** The item at a path, as a record; empty when there is none. */
export function fieldsAt(object: unknown, path: FieldPath): Fields {
  let node: unknown = object;
  for (const part of path) node = (node as Record<string | number, unknown> | null | undefined)?.[part];
  return record(node);
}

/** The items of a list that are maps, with the way to each. */
export function itemsAt(fields: Fields, name: string, path: FieldPath): readonly Container[] {
  const list = fields[name];
  if (!Array.isArray(list)) return [];
  return list.map((item: unknown, index) => ({ path: [...path, name, index], content: record(item) }));
}

/** The pod that an object is or makes. */
export function podSpecOf(object: unknown, kind: string): PodSpec | undefined {
  const templatePath = Object.hasOwn(TEMPLATES, kind) ? TEMPLATES[kind] : undefined;
  if (templatePath === undefined) return undefined;
  const path = [...templatePath, 'spec'];
  const content = fieldsAt(object, path);
  const containers = ['initContainers', 'containers', 'ephemeralContainers'].flatMap((name) =>
    itemsAt(content, name, path),
  );
  const labels = fieldsAt(object, [...templatePath, 'metadata', 'labels']);
  const labelsValid = Object.values(labels).every((value) => typeof value === 'string');
  return { templatePath, path, content, containers, labels, labelsValid };
}
