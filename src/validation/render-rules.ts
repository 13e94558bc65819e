/** What is wrong between the objects of one render: doubles, and references that lead nowhere. */
import { formatFieldPath, type FieldPath } from '../core/field-path.js';
import { matchesLabels, matchesSelector } from '../core/label-selector.js';
import { fieldsAt, itemsAt } from '../core/pod-specs.js';
import { groupOf } from '../core/release-manifest.js';
import { checkReferences } from './reference-rules.js';
import { indexBy, type Render } from './render.js';
import type { ObjectProblem, RenderedObject } from './rendered-object.js';

const groupAndName = (kind: string) =>
  `${groupOf(kind.slice(0, kind.lastIndexOf('/')))}/${kind.slice(kind.lastIndexOf('/') + 1)}`;

/**
 * The same object twice: helm would apply one over the other. Hooks come and go, so they may share a name; but not with
 * what stays, for helm deletes an object of a hook's name before it makes the hook.
 */
function findDoubles({ objects }: Render): readonly ObjectProblem[] {
  const keyOf = (object: RenderedObject) => [groupAndName(object.kind), object.namespace, object.name].join('|');
  const seen = new Map<string, RenderedObject>();
  const named = objects.filter(({ name }) => name !== '');
  const doubles = named.flatMap((object): ObjectProblem[] => {
    if (object.isHook) return [];
    const key = keyOf(object);
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
  const hooks = named.flatMap((object): ObjectProblem[] => {
    const lasting = object.isHook ? seen.get(keyOf(object)) : undefined;
    // One that is gone again before the release's own is made is no trouble.
    const policy = fieldsAt(object.content, ['metadata', 'annotations'])['helm.sh/hook-delete-policy'];
    if (lasting === undefined || (typeof policy === 'string' && policy.includes('hook-succeeded'))) return [];
    const message = `a hook has the name of an object of the release, which ${lasting.document.source} has: helm deletes that one before it runs the hook`;
    return [{ object, level: 'warning', rule: 'duplicate-object', path: ['metadata', 'name'], message }];
  });
  return [...doubles, ...hooks];
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

/** Whose selector is about pods or Services of the chart, most likely. */
function checkSelections({ objects }: Render): readonly ObjectProblem[] {
  const pods = objects.filter(
    (object) => object.pod !== undefined && !object.isHook && object.kind !== 'v1/PodTemplate',
  );
  const services = objects.filter(({ kind }) => kind === 'v1/Service');
  if (pods.some(({ pod }) => pod?.labelsValid === false)) return [];
  const labelsOf = (object: RenderedObject) => object.pod?.labels ?? fieldsAt(object.content, ['metadata', 'labels']);
  return objects.flatMap((object): ObjectProblem[] => {
    const among = SELECTING[object.kind] === 'pods' ? pods : SELECTING[object.kind] === 'services' ? services : [];
    const spec = fieldsAt(object.content, ['spec']);
    // Another namespace's are not ours to see.
    if (among.length === 0 || spec['namespaceSelector'] !== undefined) return [];
    const selector = fieldsAt(spec, ['selector']);
    if (Object.keys(selector).length === 0) return [];
    const own = among.filter(({ namespace }) => namespace === object.namespace);
    if (own.length === 0 || own.some((item) => matchesSelector(selector, labelsOf(item)))) return [];
    const what = among === pods ? 'pod' : 'Service';
    const message = `spec.selector matches the labels of no ${what} that the chart makes`;
    return [{ object, level: 'warning', rule: 'selects-nothing', path: ['spec', 'selector'], message }];
  });
}

const SELECTING: Readonly<Record<string, 'pods' | 'services'>> = {
  'policy/v1/PodDisruptionBudget': 'pods',
  'monitoring.coreos.com/v1/PodMonitor': 'pods',
  'monitoring.coreos.com/v1/ServiceMonitor': 'services',
};

/** All that is wrong between the objects of a render. */
export function checkTogether(render: Render): readonly ObjectProblem[] {
  if (!render.complete) return findDoubles(render);
  return [
    ...findDoubles(render),
    ...checkServices(render),
    ...checkIngresses(render),
    ...checkSelections(render),
    ...checkReferences(render),
  ];
}
