/** What the API server refuses of pods and their containers although the schema is content. */
import { dnsSubdomain, labelValue, qualifiedName } from '../core/kubernetes-names.js';
import { fieldsAt, itemsAt, type Container, type PodSpec } from '../core/pod-specs.js';
import {
  checkExpressions,
  checkOneOf,
  checkText,
  checkUnique,
  isAddress,
  isNegative,
  isSet,
  refuse,
  type Report,
} from './field-checks.js';
import type { RenderedObject } from './rendered-object.js';
import { checkMounts, checkVolumeSources } from './volume-rules.js';

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc'];
const HOOK_HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'sleep'];
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
/** Of an environment variable; labels and annotations are named by their key. */
const ENV_FIELDS =
  /^(?:metadata\.(?:name|namespace|uid|labels\['.+'\]|annotations\['.+'\])|spec\.(?:nodeName|serviceAccountName)|status\.(?:hostIP|hostIPs|podIP|podIPs))$/;
const HEADER = /^[-A-Za-z0-9]+$/;

function checkProbes({ content, path }: Container, report: Report): void {
  for (const name of PROBES) {
    if (!isSet(content[name])) continue;
    const probe = fieldsAt(content, [name]);
    const at = [...path, name];
    checkOneOf(probe, HANDLERS, at, report);
    if (name !== 'readinessProbe' && typeof probe['successThreshold'] === 'number' && probe['successThreshold'] > 1) {
      refuse(report, [...at, 'successThreshold'], `must be 1 for a ${name}`);
    }
    for (const header of itemsAt(fieldsAt(probe, ['httpGet']), 'httpHeaders', [...at, 'httpGet'])) {
      const { name: text } = header.content;
      if (typeof text === 'string' && !HEADER.test(text))
        refuse(report, [...header.path, 'name'], 'is no name of an HTTP header');
    }
  }
  for (const name of ['postStart', 'preStop']) {
    if (!isSet(fieldsAt(content, ['lifecycle'])[name])) continue;
    checkOneOf(fieldsAt(content, ['lifecycle', name]), HOOK_HANDLERS, [...path, 'lifecycle', name], report);
  }
}

function checkEnvironment({ content, path }: Container, report: Report): void {
  for (const variable of itemsAt(content, 'env', path)) {
    const { valueFrom, value } = variable.content;
    if (!isSet(valueFrom)) continue;
    const from = fieldsAt(variable.content, ['valueFrom']);
    const at = [...variable.path, 'valueFrom'];
    if (typeof value === 'string' && value !== '') refuse(report, at, 'cannot be there beside value');
    const sources = Object.keys(from).filter((name) => isSet(from[name]));
    if (sources.length > 1) refuse(report, [...at, sources[1] ?? ''], `cannot be there beside ${sources[0] ?? ''}`);
    const { fieldPath } = fieldsAt(from, ['fieldRef']);
    if (typeof fieldPath === 'string' && !ENV_FIELDS.test(fieldPath)) {
      refuse(report, [...at, 'fieldRef', 'fieldPath'], 'is no field that a variable can have');
    }
  }
  for (const source of itemsAt(content, 'envFrom', path)) {
    checkOneOf(source.content, ['configMapRef', 'secretRef'], source.path, report);
  }
}

function checkPorts(container: Container, pod: PodSpec, report: Report): void {
  const ports = itemsAt(container.content, 'ports', container.path);
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  checkUnique(ports, (port) => text(port['name']), 'name', report);
  checkUnique(
    ports,
    (port) =>
      typeof port['hostPort'] === 'number' && port['hostPort'] > 0
        ? JSON.stringify([port['protocol'] ?? 'TCP', port['hostIP'] ?? '', port['hostPort']])
        : undefined,
    'hostPort',
    report,
  );
  if (pod.content['hostNetwork'] !== true) return;
  for (const { content, path } of ports) {
    if (typeof content['hostPort'] !== 'number' || content['hostPort'] === content['containerPort']) continue;
    refuse(report, [...path, 'hostPort'], 'must be the containerPort, for the pod has the network of its host');
  }
}

function checkSecurity({ content, path }: Container, report: Report): void {
  const context = fieldsAt(content, ['securityContext']);
  const at = [...path, 'securityContext'];
  if (context['allowPrivilegeEscalation'] === false) {
    const { add } = fieldsAt(context, ['capabilities']);
    const isAdmin = Array.isArray(add) && add.some((item) => item === 'CAP_SYS_ADMIN');
    if (context['privileged'] === true || isAdmin) {
      const why = isAdmin ? 'CAP_SYS_ADMIN' : 'privileged';
      refuse(report, [...at, 'allowPrivilegeEscalation'], `cannot be false with ${why}`);
    }
  }
  checkSeccomp(context, at, report);
}

function checkSeccomp(context: Readonly<Record<string, unknown>>, at: Container['path'], report: Report): void {
  const profile = fieldsAt(context, ['seccompProfile']);
  const where = [...at, 'seccompProfile', 'localhostProfile'];
  const given = isSet(profile['localhostProfile']);
  if (profile['type'] === 'Localhost' && !given)
    refuse(report, where, 'is needed for the type Localhost', 'missing-field');
  if (isSet(profile['type']) && profile['type'] !== 'Localhost' && given)
    refuse(report, where, 'is for the type Localhost only');
}

/** Resources of Kubernetes' own have known names, those of others a domain. */
function checkResourceNames({ content, path }: Container, report: Report): void {
  for (const list of ['limits', 'requests']) {
    for (const [name, value] of Object.entries(fieldsAt(content, ['resources', list]))) {
      const at = [...path, 'resources', list, name];
      if (!/^(?:cpu|memory|ephemeral-storage|hugepages-.+)$/.test(name) && !name.includes('/')) {
        refuse(report, at, 'is no resource of a container');
      }
      if (isNegative(value)) refuse(report, at, 'must not be negative');
      if (list === 'requests' && name.includes('/') && !isSet(fieldsAt(content, ['resources', 'limits'])[name])) {
        refuse(report, at, 'needs a limit as well: such resources are not shared');
      }
    }
  }
}

function checkScheduling(pod: PodSpec, report: Report): void {
  const at = pod.path;
  for (const [key, value] of Object.entries(fieldsAt(pod.content, ['nodeSelector']))) {
    checkText(key, qualifiedName, [...at, 'nodeSelector', key], 'label', report);
    checkText(value, labelValue, [...at, 'nodeSelector', key], 'value of a label', report);
  }
  for (const { content, path } of itemsAt(pod.content, 'tolerations', at)) {
    const { key, operator, value, effect } = content;
    checkText(key, qualifiedName, [...path, 'key'], 'key of a taint', report);
    if (operator === 'Exists' && isSet(value) && value !== '')
      refuse(report, [...path, 'value'], 'cannot be there for Exists');
    if (!isSet(key) && operator !== 'Exists')
      refuse(report, [...path, 'key'], 'is needed, or the operator Exists', 'missing-field');
    if (isSet(content['tolerationSeconds']) && effect !== 'NoExecute') {
      refuse(report, [...path, 'tolerationSeconds'], 'is for the effect NoExecute only');
    }
  }
  const node = [...at, 'affinity', 'nodeAffinity'];
  const affinity = fieldsAt(pod.content, ['affinity', 'nodeAffinity']);
  const required = 'requiredDuringSchedulingIgnoredDuringExecution';
  for (const term of itemsAt(fieldsAt(affinity, [required]), 'nodeSelectorTerms', [...node, required])) {
    checkExpressions(term.content, term.path, report);
  }
  for (const term of itemsAt(affinity, 'preferredDuringSchedulingIgnoredDuringExecution', node)) {
    checkExpressions(fieldsAt(term.content, ['preference']), [...term.path, 'preference'], report);
  }
  const spreads = itemsAt(pod.content, 'topologySpreadConstraints', at);
  for (const { content, path } of spreads) {
    if (isSet(content['minDomains']) && content['whenUnsatisfiable'] !== 'DoNotSchedule') {
      refuse(report, [...path, 'minDomains'], 'is for DoNotSchedule only');
    }
  }
}

function checkNetwork(pod: PodSpec, report: Report): void {
  const { content, path } = pod;
  const dns = fieldsAt(content, ['dnsConfig']);
  const servers = Array.isArray(dns['nameservers']) ? (dns['nameservers'] as unknown[]) : [];
  if (content['dnsPolicy'] === 'None' && servers.length === 0) {
    refuse(report, [...path, 'dnsConfig'], 'needs nameservers for the policy None', 'missing-field');
  }
  for (const [index, server] of servers.entries()) {
    if (!isAddress(server))
      refuse(report, [...path, 'dnsConfig', 'nameservers', index], 'is no IP address', 'wrong-format');
  }
  for (const alias of itemsAt(content, 'hostAliases', path)) {
    const { ip, hostnames } = alias.content;
    if (isSet(ip) && !isAddress(ip)) refuse(report, [...alias.path, 'ip'], 'is no IP address', 'wrong-format');
    for (const [index, name] of (Array.isArray(hostnames) ? (hostnames as unknown[]) : []).entries()) {
      checkText(name, dnsSubdomain, [...alias.path, 'hostnames', index], 'name of a host', report);
    }
  }
}

function checkInitContainers(pod: PodSpec, report: Report): void {
  for (const { content, path } of itemsAt(pod.content, 'initContainers', pod.path)) {
    if (content['restartPolicy'] === 'Always') continue;
    for (const name of [...PROBES, 'lifecycle']) {
      if (isSet(content[name]))
        refuse(report, [...path, name], 'is not for containers that end: they have no restartPolicy Always');
    }
  }
}

/** All that is wrong with the pod that an object is or makes. */
export function checkPod(object: RenderedObject, pod: PodSpec, report: Report): void {
  const { content, path } = pod;
  for (const container of pod.containers) {
    checkProbes(container, report);
    checkEnvironment(container, report);
    checkPorts(container, pod, report);
    checkMounts(container, report);
    checkSecurity(container, report);
    checkResourceNames(container, report);
  }
  const name = (item: Readonly<Record<string, unknown>>) =>
    typeof item['name'] === 'string' ? item['name'] : undefined;
  // In one list the schema has seen it already.
  const [own, others] = [itemsAt(content, 'containers', path), itemsAt(content, 'initContainers', path)];
  const names = new Set(own.map((item) => name(item.content)));
  for (const item of others) {
    if (names.has(name(item.content)))
      refuse(report, [...item.path, 'name'], 'is the name of another container', 'duplicate-entry');
  }
  if (itemsAt(content, 'ephemeralContainers', path).length > 0) {
    refuse(report, [...path, 'ephemeralContainers'], 'can only be added to a pod that runs');
  }
  for (const field of ['serviceAccountName', 'priorityClassName', 'runtimeClassName', 'nodeName']) {
    checkText(content[field], dnsSubdomain, [...path, field], 'name', report);
  }
  for (const gate of itemsAt(content, 'readinessGates', path)) {
    checkText(
      gate.content['conditionType'],
      qualifiedName,
      [...gate.path, 'conditionType'],
      'type of a condition',
      report,
    );
  }
  if (content['shareProcessNamespace'] === true && content['hostPID'] === true) {
    refuse(report, [...path, 'shareProcessNamespace'], 'cannot be there with hostPID');
  }
  const isTemplate = object.kind.startsWith('apps/') || object.kind === 'v1/ReplicationController';
  if (isTemplate && isSet(content['activeDeadlineSeconds'])) {
    refuse(report, [...path, 'activeDeadlineSeconds'], 'is not for pods that are kept running');
  }
  checkSeccomp(fieldsAt(content, ['securityContext']), [...path, 'securityContext'], report);
  checkVolumeSources(pod, report);
  checkScheduling(pod, report);
  checkNetwork(pod, report);
  checkInitContainers(pod, report);
}
