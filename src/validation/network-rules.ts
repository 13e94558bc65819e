/** What the API server refuses of Services, Ingresses and NetworkPolicies although the schema is content. */
import { dnsLabel, dnsSubdomain, portName, qualifiedName } from '../core/kubernetes-names.js';
import { fieldsAt, itemsAt } from '../core/pod-specs.js';
import {
  checkLabels,
  checkOneOf,
  checkText,
  checkUnique,
  isAddress,
  isCidr,
  isSet,
  refuse,
  type Report,
} from './field-checks.js';
import type { RenderedObject } from './rendered-object.js';

const SPEC = ['spec'];
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

/** Fields that are for some types of Service only, addresses, and ports that must differ. */
export function checkService({ content }: RenderedObject, report: Report): void {
  const spec = fieldsAt(content, SPEC);
  const { type = 'ClusterIP', clusterIP } = spec;
  const at = (...path: (string | number)[]) => ['spec', ...path];
  const only = (field: string, wanted: string, kinds: readonly unknown[]) => {
    if (isSet(spec[field]) && !kinds.includes(type)) refuse(report, at(field), `is for the type ${wanted} only`);
  };
  only('loadBalancerSourceRanges', 'LoadBalancer', ['LoadBalancer']);
  only('loadBalancerClass', 'LoadBalancer', ['LoadBalancer']);
  only('allocateLoadBalancerNodePorts', 'LoadBalancer', ['LoadBalancer']);
  only('healthCheckNodePort', 'LoadBalancer', ['LoadBalancer']);
  if (list(spec['externalIPs']).length === 0 && spec['externalTrafficPolicy'] !== '') {
    only('externalTrafficPolicy', 'LoadBalancer or NodePort', ['LoadBalancer', 'NodePort']);
  }
  if (clusterIP === 'None' && (type === 'LoadBalancer' || type === 'NodePort')) {
    refuse(report, at('clusterIP'), `cannot be None for the type ${type}`);
  } else if (isSet(clusterIP) && clusterIP !== '' && clusterIP !== 'None' && !isAddress(clusterIP)) {
    refuse(report, at('clusterIP'), 'is no IP address', 'wrong-format');
  }
  if (type === 'ExternalName') {
    if (isSet(clusterIP) && clusterIP !== '') refuse(report, at('clusterIP'), 'is not for the type ExternalName');
    const { externalName } = spec;
    if (typeof externalName === 'string') {
      checkText(externalName.replace(/\.$/, ''), dnsSubdomain, at('externalName'), 'name of a host', report);
    }
  }
  for (const [index, range] of list(spec['loadBalancerSourceRanges']).entries()) {
    if (!isCidr(String(range).trim()))
      refuse(report, at('loadBalancerSourceRanges', index), 'is no range such as 10.0.0.0/8', 'wrong-format');
  }
  for (const [index, address] of list(spec['externalIPs']).entries()) {
    if (!isAddress(address)) refuse(report, at('externalIPs', index), 'is no IP address', 'wrong-format');
  }
  checkLabels(fieldsAt(spec, ['selector']), at('selector'), report);
  const ports = itemsAt(spec, 'ports', SPEC);
  checkUnique(ports, (port) => (typeof port['name'] === 'string' ? port['name'] : undefined), 'name', report);
  checkUnique(ports, (port) => JSON.stringify([port['protocol'] ?? 'TCP', port['port']]), 'port', report);
  for (const { content: port, path } of ports) {
    checkText(port['name'], dnsLabel, [...path, 'name'], 'name of a port', report);
    checkText(port['targetPort'], portName, [...path, 'targetPort'], 'name of a port', report);
    checkText(port['appProtocol'], qualifiedName, [...path, 'appProtocol'], 'protocol', report);
    if (isSet(port['nodePort']) && port['nodePort'] !== 0 && type !== 'NodePort' && type !== 'LoadBalancer') {
      refuse(report, [...path, 'nodePort'], 'is for the types NodePort and LoadBalancer only');
    }
  }
  checkUnique(
    ports,
    (port) => (port['nodePort'] ? JSON.stringify([port['protocol'] ?? 'TCP', port['nodePort']]) : undefined),
    'nodePort',
    report,
  );
}

function checkHost(host: unknown, path: readonly (string | number)[], report: Report): void {
  if (typeof host !== 'string' || host === '') return;
  if (isAddress(host)) refuse(report, path, 'must be a name, not an IP address');
  else checkText(host.startsWith('*.') ? host.slice(2) : host, dnsSubdomain, path, 'name of a host', report);
}

/** What a path with a fixed meaning cannot hold. */
const ODD_PATH = /\/\/|\/\.\/|\/\.\.\/|%2f|%2F|\/\.\.?$/;

function checkBackend(
  backend: Readonly<Record<string, unknown>>,
  path: readonly (string | number)[],
  report: Report,
): void {
  checkOneOf(backend, ['service', 'resource'], path, report);
  if (!isSet(backend['service'])) return;
  const { name } = fieldsAt(backend, ['service']);
  checkText(name, dnsLabel, [...path, 'service', 'name'], 'name of a Service', report);
  const port = fieldsAt(backend, ['service', 'port']);
  const at = [...path, 'service', 'port'];
  if (port['number'] === 0) refuse(report, [...at, 'number'], 'must be a port');
  checkOneOf(
    port,
    ['number', 'name'].filter((field) => port[field] !== ''),
    at,
    report,
    'at most one',
  );
  checkText(port['name'], portName, [...at, 'name'], 'name of a port', report);
}

/** Hosts, paths and backends. */
export function checkIngress({ content }: RenderedObject, report: Report): void {
  const spec = fieldsAt(content, SPEC);
  if (spec['ingressClassName'] === '') refuse(report, ['spec', 'ingressClassName'], 'must not be empty: leave it out');
  checkText(spec['ingressClassName'], dnsSubdomain, ['spec', 'ingressClassName'], 'name of an IngressClass', report);
  if (isSet(spec['defaultBackend']))
    checkBackend(fieldsAt(spec, ['defaultBackend']), ['spec', 'defaultBackend'], report);
  for (const rule of itemsAt(spec, 'rules', SPEC)) {
    checkHost(rule.content['host'], [...rule.path, 'host'], report);
    for (const way of itemsAt(fieldsAt(rule.content, ['http']), 'paths', [...rule.path, 'http'])) {
      const { path, pathType, backend } = way.content;
      const fixed = pathType === 'Prefix' || pathType === 'Exact';
      if (fixed && (!isSet(path) || path === ''))
        refuse(report, [...way.path, 'path'], `must start with / for ${pathType}`);
      if (fixed && typeof path === 'string' && ODD_PATH.test(path)) {
        refuse(report, [...way.path, 'path'], `holds what is not allowed for ${pathType}: //, /./, /../ or %2f`);
      }
      if (isSet(backend)) checkBackend(fieldsAt(way.content, ['backend']), [...way.path, 'backend'], report);
    }
  }
  for (const tls of itemsAt(spec, 'tls', SPEC)) {
    checkText(tls.content['secretName'], dnsSubdomain, [...tls.path, 'secretName'], 'name of a Secret', report);
    for (const [index, host] of list(tls.content['hosts']).entries())
      checkHost(host, [...tls.path, 'hosts', index], report);
  }
}

/** Peers and ports. */
export function checkNetworkPolicy({ content }: RenderedObject, report: Report): void {
  const spec = fieldsAt(content, SPEC);
  if (list(spec['policyTypes']).length > 2) refuse(report, ['spec', 'policyTypes'], 'has more than two types');
  for (const [direction, side] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const) {
    for (const rule of itemsAt(spec, direction, SPEC)) {
      for (const { content: peer, path } of itemsAt(rule.content, side, rule.path)) {
        const names = ['ipBlock', 'podSelector', 'namespaceSelector'].filter((name) => isSet(peer[name]));
        if (names.length === 0)
          refuse(report, path, 'needs ipBlock, podSelector or namespaceSelector', 'missing-field');
        if (names.includes('ipBlock') && names.length > 1)
          refuse(report, [...path, 'ipBlock'], `cannot be there beside ${names[1] ?? ''}`);
        const { cidr } = fieldsAt(peer, ['ipBlock']);
        if (isSet(cidr) && !isCidr(cidr))
          refuse(report, [...path, 'ipBlock', 'cidr'], 'is no range such as 10.0.0.0/8', 'wrong-format');
      }
      for (const { content: port, path } of itemsAt(rule.content, 'ports', rule.path)) {
        checkText(port['port'], portName, [...path, 'port'], 'name of a port', report);
        const { endPort } = port;
        if (!isSet(endPort)) continue;
        if (typeof port['port'] !== 'number') refuse(report, [...path, 'endPort'], 'needs a port that is a number');
        else if (typeof endPort === 'number' && endPort < port['port'])
          refuse(report, [...path, 'endPort'], 'must not be less than port');
      }
    }
  }
}
