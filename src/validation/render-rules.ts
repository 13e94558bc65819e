/** What is wrong between the objects of one render: doubles, and references that lead nowhere. */
import { formatFieldPath, type FieldPath } from '../core/field-path.js';
import { matchesLabels } from '../core/label-selector.js';
import { fieldsAt, itemsAt } from '../core/pod-specs.js';
import { groupOf } from '../core/release-manifest.js';
import type { ObjectProblem, RenderedObject } from './rendered-object.js';

/** The objects of a render, and the release that they are of. */
export interface Render {
  readonly objects: readonly RenderedObject[];
  readonly release: string;
  /** Whether all documents could be read: what is missing may be in one that could not. */
  readonly complete: boolean;
}

/** Objects of a render by one thing that they have: a render may have ten thousand. */
function indexBy<Item>(items: readonly Item[], keysOf: (item: Item) => readonly string[]): Map<string, Item[]> {
  const index = new Map<string, Item[]>();
  for (const item of items) {
    for (const key of keysOf(item)) {
      const known = index.get(key);
      if (known === undefined) index.set(key, [item]);
      else known.push(item);
    }
  }
  return index;
}

const groupAndName = (kind: string) =>
  `${groupOf(kind.slice(0, kind.lastIndexOf('/')))}/${kind.slice(kind.lastIndexOf('/') + 1)}`;

/** The same object twice: helm would apply one over the other. Hooks come and go, so they may share a name. */
function findDoubles({ objects }: Render): readonly ObjectProblem[] {
  const seen = new Map<string, RenderedObject>();
  return objects.flatMap((object): ObjectProblem[] => {
    if (object.isHook || object.name === '') return [];
    const key = [groupAndName(object.kind), object.namespace, object.name].join('|');
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, object);
      return [];
    }
    const other = first.document.source === object.document.source ? 'the same template' : first.document.source;
    return [
      {
        object,
        level: 'error',
        rule: 'duplicate-object',
        path: ['metadata', 'name'],
        message: `the object is rendered twice: ${other} has it too`,
      },
    ];
  });
}

/** What a Service selects is mostly pods of the chart; none at all, or none with its port, is a Service that goes nowhere. */
function checkServices({ objects }: Render): readonly ObjectProblem[] {
  const makers = objects.filter((object) => object.pod !== undefined && object.kind !== 'v1/PodTemplate');
  const workloads = makers.filter((object) => !object.isHook);
  if (workloads.length === 0) return [];
  const labelsOf = (maker: RenderedObject) => maker.pod?.labels ?? {};
  const label = (namespace: string, [key, value]: [string, unknown]) => JSON.stringify([namespace, key, value]);
  const labelled = indexBy(makers, (maker) =>
    Object.entries(labelsOf(maker)).map((entry) => label(maker.namespace, entry)),
  );
  // Of the labels that are wanted the rarest one leaves the fewest to look at.
  const selectedBy = (selector: Readonly<Record<string, unknown>>, namespace: string) =>
    Object.entries(selector)
      .map((entry) => labelled.get(label(namespace, entry)) ?? [])
      .reduce((fewest, own) => (own.length < fewest.length ? own : fewest))
      .filter((maker) => matchesLabels(selector, labelsOf(maker)));
  const labelsAreUnsure = makers.some((maker) => maker.pod?.labelsValid === false);
  return objects.flatMap((object): ObjectProblem[] => {
    if (object.kind !== 'v1/Service') return [];
    const spec = fieldsAt(object.content, ['spec']);
    const selector = fieldsAt(spec, ['selector']);
    if (Object.keys(selector).length === 0 || spec['type'] === 'ExternalName') return [];
    const selected = selectedBy(selector, object.namespace);
    if (selected.length === 0) {
      if (labelsAreUnsure) return [];
      return [
        {
          object,
          level: 'warning',
          rule: 'selects-nothing',
          path: ['spec', 'selector'],
          message: 'spec.selector matches the labels of no pod that the chart makes',
        },
      ];
    }
    const names = new Set(
      selected
        .flatMap((maker) => maker.pod?.containers ?? [])
        .flatMap((container) => itemsAt(container.content, 'ports', []))
        .map((port) => port.content['name']),
    );
    return itemsAt(spec, 'ports', ['spec']).flatMap((port): ObjectProblem[] => {
      const target = port.content['targetPort'];
      if (typeof target !== 'string' || /^\d+$/.test(target) || names.has(target)) return [];
      const path = [...port.path, 'targetPort'];
      return [
        {
          object,
          level: 'error',
          rule: 'unknown-port',
          path,
          message: `${formatFieldPath(path)} names a port that no container of the selected pods has`,
        },
      ];
    });
  });
}

/** An Ingress that sends to a Service of the chart must name a port that it has. */
function checkIngresses({ objects }: Render): readonly ObjectProblem[] {
  const services = new Map(
    objects
      .filter(({ kind }) => kind === 'v1/Service')
      .map((service) => [`${service.namespace}|${service.name}`, service]),
  );
  return objects.flatMap((object): ObjectProblem[] => {
    if (object.kind !== 'networking.k8s.io/v1/Ingress') return [];
    const spec = fieldsAt(object.content, ['spec']);
    const backends: { path: FieldPath; service: Readonly<Record<string, unknown>> }[] = [
      { path: ['spec', 'defaultBackend', 'service'], service: fieldsAt(spec, ['defaultBackend', 'service']) },
    ];
    for (const rule of itemsAt(spec, 'rules', ['spec'])) {
      for (const way of itemsAt(fieldsAt(rule.content, ['http']), 'paths', [...rule.path, 'http'])) {
        backends.push({
          path: [...way.path, 'backend', 'service'],
          service: fieldsAt(way.content, ['backend', 'service']),
        });
      }
    }
    return backends.flatMap(({ path, service }): ObjectProblem[] => {
      const target = services.get(`${object.namespace}|${String(service['name'])}`);
      if (target === undefined || !Array.isArray(fieldsAt(target.content, ['spec'])['ports'])) return [];
      const { name, number } = fieldsAt(service, ['port']);
      const ports = itemsAt(fieldsAt(target.content, ['spec']), 'ports', []);
      if (ports.some(({ content }) => (name === undefined ? content['port'] === number : content['name'] === name)))
        return [];
      const field = [...path, 'port'];
      const message = `${formatFieldPath(field)} names a port that the Service does not have`;
      return [{ object, level: 'error', rule: 'unknown-port', path: field, message }];
    });
  });
}

/** A reference to another object by its name. */
interface Reference {
  readonly kind: 'v1/ConfigMap' | 'v1/Secret' | 'v1/ServiceAccount' | 'v1/PersistentVolumeClaim';
  readonly name: unknown;
  /** The key in it that is wanted. */
  readonly key?: unknown;
  readonly optional?: unknown;
  readonly path: FieldPath;
}

function referencesOf(object: RenderedObject): readonly Reference[] {
  const { pod } = object;
  if (pod === undefined) return [];
  const references: Reference[] = [
    { kind: 'v1/ServiceAccount', name: pod.content['serviceAccountName'], path: [...pod.path, 'serviceAccountName'] },
  ];
  const add = (
    kind: Reference['kind'],
    fields: Readonly<Record<string, unknown>>,
    nameField: string,
    path: FieldPath,
  ) =>
    references.push({
      kind,
      name: fields[nameField],
      key: fields['key'],
      optional: fields['optional'],
      path: [...path, nameField],
    });
  for (const volume of itemsAt(pod.content, 'volumes', pod.path)) {
    add('v1/ConfigMap', fieldsAt(volume.content, ['configMap']), 'name', [...volume.path, 'configMap']);
    add('v1/Secret', fieldsAt(volume.content, ['secret']), 'secretName', [...volume.path, 'secret']);
    add('v1/PersistentVolumeClaim', fieldsAt(volume.content, ['persistentVolumeClaim']), 'claimName', [
      ...volume.path,
      'persistentVolumeClaim',
    ]);
  }
  for (const container of pod.containers) {
    for (const source of itemsAt(container.content, 'envFrom', container.path)) {
      add('v1/ConfigMap', fieldsAt(source.content, ['configMapRef']), 'name', [...source.path, 'configMapRef']);
      add('v1/Secret', fieldsAt(source.content, ['secretRef']), 'name', [...source.path, 'secretRef']);
    }
    for (const variable of itemsAt(container.content, 'env', container.path)) {
      const from = [...variable.path, 'valueFrom'];
      add('v1/ConfigMap', fieldsAt(variable.content, ['valueFrom', 'configMapKeyRef']), 'name', [
        ...from,
        'configMapKeyRef',
      ]);
      add('v1/Secret', fieldsAt(variable.content, ['valueFrom', 'secretKeyRef']), 'name', [...from, 'secretKeyRef']);
    }
  }
  return references.filter(({ name, optional }) => typeof name === 'string' && name !== '' && optional !== true);
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
function checkReferences(render: Render): readonly ObjectProblem[] {
  const { objects, release } = render;
  const identity = (kind: string, namespace: string, name: string) => [kind, namespace, name].join('|');
  const known = indexBy(objects, ({ kind, namespace, name }) => [identity(kind, namespace, name)]);
  let mayBeMade: ReadonlySet<string> | undefined;
  return objects.flatMap((object) =>
    referencesOf(object).flatMap((reference): ObjectProblem[] => {
      const { kind, key, path } = reference;
      const name = String(reference.name);
      const target = known.get(identity(kind, object.namespace, name))?.[0];
      const what = kind.slice('v1/'.length);
      const field = formatFieldPath(path);
      if (target === undefined) {
        if (name !== release && !name.startsWith(`${release}-`)) return [];
        mayBeMade ??= namedByCustomResources(render);
        if (mayBeMade.has(name)) return [];
        const message = `${field} names a ${what} of this release that the chart does not render`;
        return [{ object, level: 'warning', rule: 'missing-reference', path, message }];
      }
      if (typeof key !== 'string' || hasKey(target, key)) return [];
      const where = [...path.slice(0, -1), 'key'];
      const message = `${formatFieldPath(where)} names a key that ${target.resource} does not have`;
      return [{ object, level: 'error', rule: 'missing-reference', path: where, message }];
    }),
  );
}

/** All that is wrong between the objects of a render. */
export function checkTogether(render: Render): readonly ObjectProblem[] {
  if (!render.complete) return findDoubles(render);
  return [...findDoubles(render), ...checkServices(render), ...checkIngresses(render), ...checkReferences(render)];
}
