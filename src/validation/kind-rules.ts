/** What the API server refuses of objects of one kind although the schema is content. */
import { cronProblem } from '../core/cron-schedule.js';
import { dnsLabel, dnsSubdomain } from '../core/kubernetes-names.js';
import { fieldsAt, itemsAt } from '../core/pod-specs.js';
import { parseQuantity } from '../core/quantity.js';
import { record } from '../core/release-manifest.js';
import { checkData } from './data-rules.js';
import { checkOneOf, checkText, isSet, refuse, type Report } from './field-checks.js';
import { checkIngress, checkNetworkPolicy, checkService } from './network-rules.js';
import type { RenderedObject } from './rendered-object.js';

const SPEC = ['spec'];
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

function checkDeployment({ content }: RenderedObject, report: Report): void {
  const spec = fieldsAt(content, SPEC);
  const rolling = fieldsAt(spec, ['strategy', 'rollingUpdate']);
  const at = ['spec', 'strategy', 'rollingUpdate'];
  if (fieldsAt(spec, ['strategy'])['type'] === 'Recreate' && isSet(fieldsAt(spec, ['strategy'])['rollingUpdate'])) {
    refuse(report, at, 'is not for the type Recreate');
  }
  const none = (value: unknown) => value === 0 || value === '0%';
  if (none(rolling['maxSurge']) && none(rolling['maxUnavailable'])) {
    refuse(report, [...at, 'maxUnavailable'], 'cannot be 0 when maxSurge is 0');
  }
  const { progressDeadlineSeconds: deadline = 600, minReadySeconds: ready = 0 } = spec;
  if (typeof deadline === 'number' && typeof ready === 'number' && deadline <= ready) {
    refuse(report, ['spec', 'progressDeadlineSeconds'], 'must be more than minReadySeconds');
  }
}

function checkStatefulSet({ content }: RenderedObject, report: Report): void {
  const spec = fieldsAt(content, SPEC);
  checkText(spec['serviceName'], dnsLabel, ['spec', 'serviceName'], 'name of a Service', report);
  const update = fieldsAt(spec, ['updateStrategy']);
  if (update['type'] === 'OnDelete' && isSet(update['rollingUpdate'])) {
    refuse(report, ['spec', 'updateStrategy', 'rollingUpdate'], 'is for the type RollingUpdate only');
  }
  for (const claim of itemsAt(spec, 'volumeClaimTemplates', SPEC)) {
    const { name } = fieldsAt(claim.content, ['metadata']);
    if (!isSet(name) || name === '') refuse(report, [...claim.path, 'metadata', 'name'], 'is needed', 'missing-field');
    checkText(name, dnsLabel, [...claim.path, 'metadata', 'name'], 'name of a claim', report);
    checkClaim(claim.content, claim.path, report);
  }
}

function checkDaemonSet({ content }: RenderedObject, report: Report): void {
  const rolling = fieldsAt(content, ['spec', 'updateStrategy', 'rollingUpdate']);
  const at = ['spec', 'updateStrategy', 'rollingUpdate'];
  const none = (value: unknown) => !isSet(value) || value === 0 || value === '0%';
  const { maxSurge, maxUnavailable } = rolling;
  if (isSet(maxUnavailable) && none(maxUnavailable) && none(maxSurge)) {
    refuse(report, [...at, 'maxUnavailable'], 'cannot be 0 when maxSurge is 0');
  }
  if (!none(maxSurge) && isSet(maxUnavailable) && !none(maxUnavailable)) {
    refuse(report, [...at, 'maxSurge'], 'cannot be there when maxUnavailable is not 0');
  }
}

function checkJob(spec: Readonly<Record<string, unknown>>, path: readonly (string | number)[], report: Report): void {
  if (isSet(spec['selector']) && spec['manualSelector'] !== true)
    refuse(report, [...path, 'selector'], 'is made by Kubernetes: leave it out');
  if (isSet(spec['backoffLimitPerIndex']) && spec['completionMode'] !== 'Indexed') {
    refuse(report, [...path, 'backoffLimitPerIndex'], 'is for the completionMode Indexed only');
  }
}

function checkCronJob({ content }: RenderedObject, report: Report): void {
  const { schedule, timeZone } = fieldsAt(content, SPEC);
  const problem = typeof schedule === 'string' && schedule !== '' ? cronProblem(schedule) : undefined;
  if (problem !== undefined) refuse(report, ['spec', 'schedule'], problem, 'wrong-format');
  if (typeof timeZone === 'string' && !isTimeZone(timeZone)) {
    refuse(report, ['spec', 'timeZone'], 'is no time zone such as Europe/Berlin', 'wrong-format');
  }
  checkJob(fieldsAt(content, ['spec', 'jobTemplate', 'spec']), ['spec', 'jobTemplate', 'spec'], report);
}

function isTimeZone(name: string): boolean {
  if (name === '' || /^local$/i.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function checkBudget({ content }: RenderedObject, report: Report): void {
  checkOneOf(fieldsAt(content, SPEC), ['minAvailable', 'maxUnavailable'], SPEC, report, 'at most one');
}

const METRICS: Readonly<Record<string, string>> = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
};

function checkAutoscaler({ content }: RenderedObject, report: Report): void {
  const spec = fieldsAt(content, SPEC);
  const { minReplicas, maxReplicas } = spec;
  if (typeof minReplicas === 'number' && typeof maxReplicas === 'number' && minReplicas > maxReplicas) {
    refuse(report, ['spec', 'maxReplicas'], 'must not be less than minReplicas');
  }
  const metrics = itemsAt(spec, 'metrics', SPEC);
  const external = metrics.some(({ content: { type } }) => type === 'Object' || type === 'External');
  if (minReplicas === 0 && !external)
    refuse(report, ['spec', 'minReplicas'], 'can be 0 only with a metric of type Object or External');
  for (const metric of metrics) {
    const field = METRICS[String(metric.content['type'])];
    if (field === undefined) continue;
    if (!isSet(metric.content[field]))
      refuse(report, [...metric.path, field], 'is needed for this type of metric', 'missing-field');
    if (!field.toLowerCase().endsWith('resource')) continue;
    const target = fieldsAt(metric.content, [field, 'target']);
    if (isSet(metric.content[field]))
      checkOneOf(target, ['averageUtilization', 'averageValue'], [...metric.path, field, 'target'], report);
  }
}

/** A claim, or the template of one, at `path`. */
export function checkClaim(
  content: Readonly<Record<string, unknown>>,
  path: readonly (string | number)[],
  report: Report,
): void {
  const spec = fieldsAt(content, SPEC);
  const at = [...path, 'spec'];
  const storage = parseQuantity(fieldsAt(spec, ['resources', 'requests'])['storage']);
  if (storage !== undefined && storage <= 0)
    refuse(report, [...at, 'resources', 'requests', 'storage'], 'must be more than 0');
  checkText(spec['storageClassName'], dnsSubdomain, [...at, 'storageClassName'], 'name of a StorageClass', report);
  const modes = list(spec['accessModes']);
  if (modes.includes('ReadWriteOncePod') && modes.length > 1)
    refuse(report, [...at, 'accessModes'], 'cannot have ReadWriteOncePod beside others');
}

function checkBinding({ content }: RenderedObject, report: Report): void {
  const { name } = fieldsAt(content, ['roleRef']);
  if (typeof name === 'string' && /[/%]/.test(name))
    refuse(report, ['roleRef', 'name'], 'cannot hold / or %', 'bad-name');
  for (const { content: subject, path } of itemsAt(content, 'subjects', [])) {
    const { kind, apiGroup } = subject;
    const wanted = kind === 'ServiceAccount' ? '' : 'rbac.authorization.k8s.io';
    if (kind === 'ServiceAccount')
      checkText(subject['name'], dnsSubdomain, [...path, 'name'], 'name of a ServiceAccount', report);
    if (isSet(apiGroup) && apiGroup !== wanted && !(kind !== 'ServiceAccount' && apiGroup === '')) {
      refuse(
        report,
        [...path, 'apiGroup'],
        wanted === '' ? 'must be left out for a ServiceAccount' : `must be ${wanted}`,
        'not-allowed-value',
      );
    }
  }
}

function checkUrls({ kind, content }: RenderedObject, report: Report): void {
  for (const { content: rule, path } of itemsAt(content, 'rules', [])) {
    if (list(rule['nonResourceURLs']).length === 0) continue;
    const at = [...path, 'nonResourceURLs'];
    if (kind.endsWith('/Role')) refuse(report, at, 'is for ClusterRoles only');
    else if (list(rule['resources']).length > 0 || list(rule['apiGroups']).length > 0)
      refuse(report, at, 'cannot be there beside resources');
  }
}

function checkWebhooks({ content }: RenderedObject, report: Report): void {
  for (const { content: hook, path } of itemsAt(content, 'webhooks', [])) {
    const config = fieldsAt(hook, ['clientConfig']);
    checkOneOf(config, ['url', 'service'], [...path, 'clientConfig'], report);
    const { url } = config;
    if (typeof url === 'string' && !url.startsWith('https://'))
      refuse(report, [...path, 'clientConfig', 'url'], 'must start with https://');
  }
}

function checkApiService({ content, name }: RenderedObject, report: Report): void {
  const { group, version } = fieldsAt(content, SPEC);
  if (typeof version !== 'string' || name === '') return;
  const wanted = `${version}.${typeof group === 'string' ? group : ''}`;
  if (name !== wanted) refuse(report, ['metadata', 'name'], 'must be spec.version, a dot and spec.group', 'bad-name');
}

const BY_KIND: Readonly<Record<string, (object: RenderedObject, report: Report) => void>> = {
  'v1/Service': checkService,
  'v1/ConfigMap': checkData,
  'v1/Secret': checkData,
  'v1/PersistentVolumeClaim': (object, report) => checkClaim(object.content, [], report),
  'networking.k8s.io/v1/Ingress': checkIngress,
  'networking.k8s.io/v1/NetworkPolicy': checkNetworkPolicy,
  'apps/v1/Deployment': checkDeployment,
  'apps/v1/StatefulSet': checkStatefulSet,
  'apps/v1/DaemonSet': checkDaemonSet,
  'batch/v1/Job': (object, report) => checkJob(fieldsAt(object.content, SPEC), SPEC, report),
  'batch/v1/CronJob': checkCronJob,
  'policy/v1/PodDisruptionBudget': checkBudget,
  'autoscaling/v2/HorizontalPodAutoscaler': checkAutoscaler,
  'rbac.authorization.k8s.io/v1/Role': checkUrls,
  'rbac.authorization.k8s.io/v1/ClusterRole': checkUrls,
  'rbac.authorization.k8s.io/v1/RoleBinding': checkBinding,
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': checkBinding,
  'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration': checkWebhooks,
  'admissionregistration.k8s.io/v1/MutatingWebhookConfiguration': checkWebhooks,
  'apiregistration.k8s.io/v1/APIService': checkApiService,
  'scheduling.k8s.io/v1/PriorityClass': ({ content, name }, report) => {
    const { value } = record(content);
    if (typeof value === 'number' && value > 1e9 && !name.startsWith('system-'))
      refuse(report, ['value'], 'must be at most 1000000000');
  },
};

/** What is wrong with an object for what it is. */
export function checkKind(object: RenderedObject, report: Report): void {
  if (Object.hasOwn(BY_KIND, object.kind)) BY_KIND[object.kind]?.(object, report);
}
