/** What the API server refuses about one object although its schema is content. */
import { formatFieldPath, type FieldPath } from '../core/field-path.js';
import { dnsLabel, labelValue, nameRule, portName, qualifiedName } from '../core/kubernetes-names.js';
import { matchesSelector } from '../core/label-selector.js';
import { fieldsAt, itemsAt, type PodSpec } from '../core/pod-specs.js';
import { parseImageReference } from '../core/image-reference.js';
import { record } from '../core/release-manifest.js';
import { checkDefinition } from './definition-rules.js';
import { checkSelectors, checkText, refuse, type Report } from './field-checks.js';
import { checkKind } from './kind-rules.js';
import { checkPod } from './pod-rules.js';
import type { ObjectProblem, RenderedObject } from './rendered-object.js';
import { checkByKind } from './workload-rules.js';

/** What annotations may have together, in bytes. */
const MOST_ANNOTATIONS = 256 * 1024;
const FINALIZERS = ['foregroundDeletion', 'orphan', 'kubernetes'];

function checkMetadata(object: RenderedObject, minor: number, report: Report): void {
  const { kind, content } = object;
  checkText(
    object.name,
    nameRule(kind, minor),
    ['metadata', 'name'],
    `name for ${kind.slice(kind.lastIndexOf('/') + 1)}`,
    report,
  );
  checkText(
    fieldsAt(content, ['metadata'])['namespace'],
    dnsLabel,
    ['metadata', 'namespace'],
    'name of a namespace',
    report,
  );
  const { generateName, finalizers, annotations } = fieldsAt(content, ['metadata']);
  if (object.name === '' && typeof generateName === 'string') {
    // What it ends with is made up.
    checkText(
      generateName.replace(/-$/, ''),
      nameRule(kind, minor),
      ['metadata', 'generateName'],
      `name for ${kind.slice(kind.lastIndexOf('/') + 1)}`,
      report,
    );
  }
  for (const [index, finalizer] of (Array.isArray(finalizers) ? (finalizers as unknown[]) : []).entries()) {
    if (typeof finalizer !== 'string' || finalizer.includes('/') || FINALIZERS.includes(finalizer)) continue;
    refuse(report, ['metadata', 'finalizers', index], 'is no finalizer: it needs a domain, as in example.com/name');
  }
  const size = Object.entries(record(annotations)).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + (typeof value === 'string' ? Buffer.byteLength(value) : 0),
    0,
  );
  if (size > MOST_ANNOTATIONS) {
    refuse(report, ['metadata', 'annotations'], 'are larger than 256 KiB together, which Kubernetes takes at most');
  }
  const places: FieldPath[] = [['metadata']];
  if (object.pod !== undefined && object.pod.templatePath.length > 0)
    places.push([...object.pod.templatePath, 'metadata']);
  for (const place of places) {
    for (const [key, value] of Object.entries(fieldsAt(content, [...place, 'labels']))) {
      const path = [...place, 'labels', key];
      checkText(key, qualifiedName, path, 'label', report);
      checkText(value, labelValue, path, 'value of a label', report);
    }
    for (const key of Object.keys(fieldsAt(content, [...place, 'annotations']))) {
      checkText(key.toLowerCase(), qualifiedName, [...place, 'annotations', key], 'annotation', report);
    }
  }
}

const SELECTING = new Set(['apps/v1/Deployment', 'apps/v1/StatefulSet', 'apps/v1/DaemonSet', 'apps/v1/ReplicaSet']);

function checkSelector(object: RenderedObject, pod: PodSpec, report: Report): void {
  if (!SELECTING.has(object.kind) || !pod.labelsValid) return;
  const selector = fieldsAt(object.content, ['spec', 'selector']);
  if (Object.keys(selector).length === 0 || matchesSelector(selector, pod.labels)) return;
  const differing = Object.keys(fieldsAt(selector, ['matchLabels'])).find(
    (key) => pod.labels[key] !== fieldsAt(selector, ['matchLabels'])[key],
  );
  const path = ['spec', 'selector', ...(differing === undefined ? [] : ['matchLabels', differing])];
  report({
    rule: 'selector-mismatch',
    path,
    message: `${formatFieldPath(path)} does not match the labels of the pods that ${formatFieldPath(pod.templatePath)} makes`,
  });
}

function checkVolumes(object: RenderedObject, pod: PodSpec, report: Report): void {
  const volumes = itemsAt(pod.content, 'volumes', pod.path);
  const claims =
    object.kind === 'apps/v1/StatefulSet'
      ? itemsAt(fieldsAt(object.content, ['spec']), 'volumeClaimTemplates', ['spec'])
      : [];
  const known = new Set([
    ...volumes.map(({ content }) => content['name']),
    ...claims.map(({ content }) => fieldsAt(content, ['metadata'])['name']),
  ]);
  for (const volume of volumes) {
    checkText(volume.content['name'], dnsLabel, [...volume.path, 'name'], 'name of a volume', report);
  }
  for (const container of pod.containers) {
    for (const list of ['volumeMounts', 'volumeDevices']) {
      for (const mount of itemsAt(container.content, list, container.path)) {
        const name = mount.content['name'];
        if (typeof name !== 'string' || known.has(name)) continue;
        const path = [...mount.path, 'name'];
        report({
          rule: 'unknown-volume',
          path,
          message: `${formatFieldPath(path)} names a volume that the pod does not have`,
        });
      }
    }
  }
}

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'];

function checkContainers(pod: PodSpec, report: Report): void {
  for (const container of pod.containers) {
    const { content, path } = container;
    checkText(content['name'], dnsLabel, [...path, 'name'], 'name of a container', report);
    const ports = itemsAt(content, 'ports', path);
    for (const port of ports)
      checkText(port.content['name'], portName, [...port.path, 'name'], 'name of a port', report);
    for (const probe of PROBES) {
      for (const handler of ['httpGet', 'tcpSocket']) {
        const { port } = fieldsAt(content, [probe, handler]);
        if (typeof port !== 'string' || ports.some((item) => item.content['name'] === port)) continue;
        const where = [...path, probe, handler, 'port'];
        report({
          rule: 'unknown-port',
          path: where,
          message: `${formatFieldPath(where)} names a port that the container does not have`,
        });
      }
    }
    checkImage(content['image'], [...path, 'image'], report);
  }
}

function checkImage(image: unknown, path: FieldPath, report: Report): void {
  if (typeof image !== 'string' || image === '') return;
  const field = formatFieldPath(path);
  const reference = parseImageReference(image);
  if (reference === undefined) {
    report({ rule: 'bad-image', path, message: `${field} is no reference of an image` });
    return;
  }
  if (reference.digest !== undefined) return;
  if (reference.tag !== undefined && reference.tag !== 'latest') return;
  const why = reference.tag === undefined ? 'has no tag' : 'has the tag latest';
  report({
    level: 'warning',
    rule: 'image-tag',
    path,
    message: `${field} ${why}: what runs changes without a new chart, and a rollback does not bring it back`,
  });
}

/**
 * All that is wrong with one object.
 * @param minor of the Kubernetes version.
 */
export function checkObject(object: RenderedObject, minor: number): readonly ObjectProblem[] {
  const problems: ObjectProblem[] = [];
  const report: Report = (problem) => problems.push({ level: 'error', ...problem, object });
  checkMetadata(object, minor, report);
  checkByKind(object, report);
  checkKind(object, report);
  if (!object.custom && object.kind !== 'apiextensions.k8s.io/v1/CustomResourceDefinition') {
    checkSelectors(object.content, [], report);
  }
  if (object.kind === 'apiextensions.k8s.io/v1/CustomResourceDefinition') checkDefinition(object, report);
  if (object.pod !== undefined) {
    checkSelector(object, object.pod, report);
    checkVolumes(object, object.pod, report);
    checkContainers(object.pod, report);
    checkPod(object, object.pod, report);
  }
  return problems;
}
