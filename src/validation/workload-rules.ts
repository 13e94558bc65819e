/** Rules of the API server that look at several fields of one object. */
import { formatFieldPath, type FieldPath } from '../core/field-path.js';
import { fieldsAt, itemsAt, type PodSpec } from '../core/pod-specs.js';
import { parseQuantity } from '../core/quantity.js';
import { record } from '../core/release-manifest.js';
import type { Report } from './field-checks.js';
import type { RenderedObject } from './rendered-object.js';

export type { Report } from './field-checks.js';

const LASTING = new Set([
  'apps/v1/Deployment',
  'apps/v1/StatefulSet',
  'apps/v1/DaemonSet',
  'apps/v1/ReplicaSet',
  'v1/ReplicationController',
]);
const ENDING = new Set(['batch/v1/Job', 'batch/v1/CronJob']);

function checkRestartPolicy({ kind }: RenderedObject, pod: PodSpec, report: Report): void {
  const policy = pod.content['restartPolicy'];
  const path = [...pod.path, 'restartPolicy'];
  const field = formatFieldPath(path);
  if (LASTING.has(kind) && (policy === 'Never' || policy === 'OnFailure')) {
    report({
      rule: 'not-allowed-value',
      path,
      message: `${field} must be Always: the pods of such a workload never end`,
    });
  }
  if (ENDING.has(kind) && (policy === 'Always' || policy === undefined || policy === '')) {
    report({ rule: 'not-allowed-value', path, message: `${field} must be OnFailure or Never: the pods of a Job end` });
  }
}

/** What is requested must be within the limit. */
function checkResources(pod: PodSpec, report: Report): void {
  for (const container of pod.containers) {
    const limits = fieldsAt(container.content, ['resources', 'limits']);
    for (const [name, requested] of Object.entries(fieldsAt(container.content, ['resources', 'requests']))) {
      const request = parseQuantity(requested);
      const limit = parseQuantity(limits[name]);
      if (request === undefined || limit === undefined || request <= limit) continue;
      const path = [...container.path, 'resources', 'requests', name];
      report({ rule: 'broken-rule', path, message: `${formatFieldPath(path)} is more than the limit` });
    }
  }
}

function checkService({ content }: RenderedObject, report: Report): void {
  const spec = fieldsAt(content, ['spec']);
  const ports = spec['ports'];
  const none = ports === undefined || ports === null || (Array.isArray(ports) && ports.length === 0);
  if (spec['type'] === 'ExternalName') {
    if (typeof spec['externalName'] === 'string' && spec['externalName'] !== '') return;
    report({ rule: 'missing-field', path: ['spec'], message: 'required field spec.externalName is missing' });
  } else if (none && spec['clusterIP'] !== 'None') {
    report({ rule: 'missing-field', path: ['spec'], message: 'required field spec.ports is missing' });
  }
  const list = itemsAt(spec, 'ports', ['spec']);
  if (list.length < 2) return;
  for (const port of list) {
    if (typeof port.content['name'] === 'string' && port.content['name'] !== '') continue;
    const field = formatFieldPath([...port.path, 'name']);
    report({
      rule: 'missing-field',
      path: port.path,
      message: `required field ${field} is missing: there are several ports`,
    });
  }
}

function checkIngress({ content }: RenderedObject, report: Report): void {
  const spec = fieldsAt(content, ['spec']);
  const rules = spec['rules'];
  if (spec['defaultBackend'] || (Array.isArray(rules) && rules.length > 0)) return;
  report({ rule: 'missing-field', path: ['spec'], message: 'spec needs rules or defaultBackend' });
}

function checkClaim(content: Readonly<Record<string, unknown>>, path: FieldPath, report: Report): void {
  const requests = fieldsAt(content, [...path, 'spec', 'resources', 'requests']);
  if (requests['storage'] !== undefined && requests['storage'] !== null) return;
  const spec = [...path, 'spec'];
  const field = formatFieldPath([...spec, 'resources', 'requests', 'storage']);
  report({ rule: 'missing-field', path: spec, message: `required field ${field} is missing` });
}

function checkRole({ content }: RenderedObject, report: Report): void {
  for (const rule of itemsAt(content, 'rules', [])) {
    const has = (name: string) => Array.isArray(rule.content[name]) && (rule.content[name] as unknown[]).length > 0;
    if (has('nonResourceURLs')) continue;
    for (const name of ['apiGroups', 'resources']) {
      if (has(name)) continue;
      const field = formatFieldPath([...rule.path, name]);
      report({ rule: 'missing-field', path: rule.path, message: `required field ${field} is missing` });
    }
  }
}

function checkBinding({ kind, content }: RenderedObject, report: Report): void {
  const role = fieldsAt(content, ['roleRef']);
  if (kind.endsWith('/ClusterRoleBinding') && role['kind'] === 'Role') {
    report({
      rule: 'not-allowed-value',
      path: ['roleRef', 'kind'],
      message: 'roleRef.kind must be ClusterRole in a ClusterRoleBinding',
    });
  }
  // A RoleBinding's subjects are of its own namespace unless they say otherwise.
  if (!kind.endsWith('/ClusterRoleBinding')) return;
  for (const subject of itemsAt(content, 'subjects', [])) {
    if (subject.content['kind'] !== 'ServiceAccount' || subject.content['namespace']) continue;
    const field = formatFieldPath([...subject.path, 'namespace']);
    report({
      rule: 'missing-field',
      path: subject.path,
      message: `required field ${field} is missing: a ServiceAccount lives in one`,
    });
  }
}

function checkKeys({ content }: RenderedObject, report: Report): void {
  for (const field of ['data', 'stringData', 'binaryData']) {
    for (const key of Object.keys(record(content[field]))) {
      if (key.length <= 253 && /^[-._a-zA-Z0-9]+$/.test(key) && key !== '.' && !key.startsWith('..')) continue;
      const path = [field, key];
      report({
        rule: 'bad-name',
        path,
        message: `${formatFieldPath(path)} is no key: it must be at most 253 letters, digits, -, _ and .`,
      });
    }
  }
}

/** Whether the selector of a workload selects everything, which the API server refuses. */
function checkEmptySelector({ kind, content }: RenderedObject, report: Report): void {
  if (!LASTING.has(kind) || kind.startsWith('v1/')) return;
  const { selector } = fieldsAt(content, ['spec']);
  if (typeof selector !== 'object' || selector === null) return;
  const { matchLabels, matchExpressions } = record(selector);
  const some =
    Object.keys(record(matchLabels)).length > 0 || (Array.isArray(matchExpressions) && matchExpressions.length > 0);
  if (!some) report({ rule: 'broken-rule', path: ['spec', 'selector'], message: 'spec.selector must not be empty' });
}

const BY_KIND: Readonly<Record<string, (object: RenderedObject, report: Report) => void>> = {
  'v1/Service': checkService,
  'v1/ConfigMap': checkKeys,
  'v1/Secret': checkKeys,
  'v1/PersistentVolumeClaim': (object, report) => checkClaim(object.content, [], report),
  'networking.k8s.io/v1/Ingress': checkIngress,
  'rbac.authorization.k8s.io/v1/Role': checkRole,
  'rbac.authorization.k8s.io/v1/ClusterRole': (object, report) => {
    if (object.content['aggregationRule'] === undefined) checkRole(object, report);
  },
  'rbac.authorization.k8s.io/v1/RoleBinding': checkBinding,
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': checkBinding,
  'apps/v1/StatefulSet': (object, report) => {
    const spec = fieldsAt(object.content, ['spec']);
    for (const claim of itemsAt(spec, 'volumeClaimTemplates', ['spec'])) checkClaim(object.content, claim.path, report);
  },
};

/** What is wrong with an object for what it is. */
export function checkByKind(object: RenderedObject, report: Report): void {
  const check = Object.hasOwn(BY_KIND, object.kind) ? BY_KIND[object.kind] : undefined;
  check?.(object, report);
  checkEmptySelector(object, report);
  if (object.pod === undefined) return;
  checkRestartPolicy(object, object.pod, report);
  checkResources(object.pod, report);
}
