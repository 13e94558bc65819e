/** References between the objects of a render that lead nowhere. */
import { formatFieldPath, type FieldPath } from '../core/field-path.js';
import { fieldsAt, itemsAt, type PodSpec } from '../core/pod-specs.js';
import { indexBy, type Render } from './render.js';
import type { ObjectProblem, RenderedObject } from './rendered-object.js';

type Fields = Readonly<Record<string, unknown>>;

/** A reference to another object by its name. */
interface Reference {
  /** `v1/Secret`, `apps/v1/Deployment`. */
  readonly kind: string;
  readonly name: unknown;
  readonly path: FieldPath;
  /** The keys in it that are wanted, and where that is said. */
  readonly keys?: readonly { readonly key: string; readonly path: FieldPath }[];
}

/** What a volume or a source of a projected one is made of. */
function referencesOfVolume({ content, path }: { content: Fields; path: FieldPath }): readonly Reference[] {
  return (
    [
      ['v1/ConfigMap', 'configMap', 'name'],
      ['v1/Secret', 'secret', 'secretName'],
      ['v1/Secret', 'secret', 'name'],
      ['v1/PersistentVolumeClaim', 'persistentVolumeClaim', 'claimName'],
    ] as const
  ).flatMap(([kind, source, field]): Reference[] => {
    const fields = fieldsAt(content, [source]);
    if (fields['optional'] === true) return [];
    const at = [...path, source];
    const keys = itemsAt(fields, 'items', at).flatMap((item) =>
      typeof item.content['key'] === 'string' ? [{ key: item.content['key'], path: [...item.path, 'key'] }] : [],
    );
    return [{ kind, name: fields[field], path: [...at, field], keys }];
  });
}

function referencesOfPod(pod: PodSpec): readonly Reference[] {
  const references: Reference[] = [
    { kind: 'v1/ServiceAccount', name: pod.content['serviceAccountName'], path: [...pod.path, 'serviceAccountName'] },
  ];
  for (const secret of itemsAt(pod.content, 'imagePullSecrets', pod.path)) {
    references.push({ kind: 'v1/Secret', name: secret.content['name'], path: [...secret.path, 'name'] });
  }
  for (const volume of itemsAt(pod.content, 'volumes', pod.path)) {
    references.push(...referencesOfVolume(volume));
    const projected = itemsAt(fieldsAt(volume.content, ['projected']), 'sources', [...volume.path, 'projected']);
    references.push(...projected.flatMap(referencesOfVolume));
  }
  for (const { content, path } of pod.containers) {
    for (const source of itemsAt(content, 'envFrom', path)) {
      for (const [kind, field] of [
        ['v1/ConfigMap', 'configMapRef'],
        ['v1/Secret', 'secretRef'],
      ] as const) {
        const { name, optional } = fieldsAt(source.content, [field]);
        if (optional !== true) references.push({ kind, name, path: [...source.path, field, 'name'] });
      }
    }
    for (const variable of itemsAt(content, 'env', path)) {
      for (const [kind, field] of [
        ['v1/ConfigMap', 'configMapKeyRef'],
        ['v1/Secret', 'secretKeyRef'],
      ] as const) {
        const { name, key, optional } = fieldsAt(variable.content, ['valueFrom', field]);
        if (optional === true) continue;
        const at = [...variable.path, 'valueFrom', field];
        const keys = typeof key === 'string' ? [{ key, path: [...at, 'key'] }] : [];
        references.push({ kind, name, path: [...at, 'name'], keys });
      }
    }
  }
  return references;
}

const RBAC = 'rbac.authorization.k8s.io/v1';

function referencesOfKind({ kind, content }: RenderedObject): readonly Reference[] {
  const spec = fieldsAt(content, ['spec']);
  switch (kind) {
    case 'autoscaling/v2/HorizontalPodAutoscaler': {
      const { apiVersion, kind: target, name } = fieldsAt(spec, ['scaleTargetRef']);
      if (typeof apiVersion !== 'string' || typeof target !== 'string') return [];
      return [{ kind: `${apiVersion}/${target}`, name, path: ['spec', 'scaleTargetRef', 'name'] }];
    }
    case 'apps/v1/StatefulSet':
      return [{ kind: 'v1/Service', name: spec['serviceName'], path: ['spec', 'serviceName'] }];
    case 'networking.k8s.io/v1/Ingress': {
      const backends = [
        { content: fieldsAt(spec, ['defaultBackend']), path: ['spec', 'defaultBackend'] as FieldPath },
        ...itemsAt(spec, 'rules', ['spec'])
          .flatMap((rule) => itemsAt(fieldsAt(rule.content, ['http']), 'paths', [...rule.path, 'http']))
          .map((way) => ({ content: fieldsAt(way.content, ['backend']), path: [...way.path, 'backend'] })),
      ];
      return backends.map((backend) => ({
        kind: 'v1/Service',
        name: fieldsAt(backend.content, ['service'])['name'],
        path: [...backend.path, 'service', 'name'],
      }));
    }
    case `${RBAC}/RoleBinding`:
    case `${RBAC}/ClusterRoleBinding`: {
      const role = fieldsAt(content, ['roleRef']);
      const wanted = role['kind'] === 'ClusterRole' ? 'ClusterRole' : 'Role';
      return [{ kind: `${RBAC}/${wanted}`, name: role['name'], path: ['roleRef', 'name'] }];
    }
    default:
      return [];
  }
}

function hasKey(object: RenderedObject, key: string): boolean {
  return ['data', 'stringData', 'binaryData'].some((field) => Object.hasOwn(fieldsAt(object.content, [field]), key));
}

/** All texts in a tree. */
function collectTexts(tree: unknown, texts: Set<string>): void {
  if (typeof tree === 'string') texts.add(tree);
  else if (typeof tree === 'object' && tree !== null)
    for (const child of Object.values(tree)) collectTexts(child, texts);
}

/** A custom resource that names something may well make it: an ExternalSecret its Secret, a Certificate its Secret. */
function namedByCustomResources({ objects }: Render): ReadonlySet<string> {
  const texts = new Set<string>();
  for (const { custom, content } of objects) if (custom) collectTexts(content, texts);
  return texts;
}

/**
 * References to objects of the chart: one that is there must have the wanted key; one that is not there should be, when
 * its name begins with the release's, for such names are the chart's own.
 */
export function checkReferences(render: Render): readonly ObjectProblem[] {
  const { objects, release } = render;
  const identity = (kind: string, namespace: string, name: string) => [kind, namespace, name].join('|');
  const known = indexBy(objects, ({ kind, namespace, name }) => [identity(kind, namespace, name)]);
  let mayBeMade: ReadonlySet<string> | undefined;
  return objects.flatMap((object) => {
    const references = [...(object.pod === undefined ? [] : referencesOfPod(object.pod)), ...referencesOfKind(object)];
    return references.flatMap(({ kind, name, path, keys = [] }): ObjectProblem[] => {
      if (typeof name !== 'string' || name === '') return [];
      const isCluster = kind === `${RBAC}/ClusterRole`;
      const target = known.get(identity(kind, isCluster ? '' : object.namespace, name))?.[0];
      if (target === undefined) {
        if (name !== release && !name.startsWith(`${release}-`)) return [];
        mayBeMade ??= namedByCustomResources(render);
        if (mayBeMade.has(name)) return [];
        const what = kind.slice(kind.lastIndexOf('/') + 1);
        const message = `${formatFieldPath(path)} names a ${what} of this release that the chart does not render`;
        return [{ object, level: 'warning', rule: 'missing-reference', path, message }];
      }
      return keys
        .filter(({ key }) => !hasKey(target, key))
        .map((missing) => {
          const message = `${formatFieldPath(missing.path)} names a key that ${target.resource} does not have`;
          return { object, level: 'error', rule: 'missing-reference', path: missing.path, message };
        });
    });
  });
}
