import { describe, expect, it } from '@jest/globals';
import {
  describePermissions,
  isAllowed,
  neededPermissions,
  readRules,
  resourceOf,
} from '../../../src/core/permissions.js';
import { readManifest } from '../../../src/core/release-manifest.js';

const rulesOf = (...resourceRules: object[]) =>
  readRules(JSON.stringify({ status: { resourceRules, incomplete: false } }));
const get = (resource: string, group = '') => ({ verb: 'get', group, resource, namespace: 'shop' });

describe('the resource of a kind', () => {
  it.each([
    ['Deployment', 'deployments'],
    ['Ingress', 'ingresses'],
    ['NetworkPolicy', 'networkpolicies'],
    ['Gateway', 'gateways'],
    ['Endpoints', 'endpoints'],
    ['EndpointSlice', 'endpointslices'],
    ['StorageClass', 'storageclasses'],
    ['HorizontalPodAutoscaler', 'horizontalpodautoscalers'],
  ])('%s → %s', (kind, resource) => expect(resourceOf(kind)).toBe(resource));
});

describe('rules', () => {
  it.each([
    ['all of all', { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, get('pods'), true],
    ['that very one', { verbs: ['get'], apiGroups: [''], resources: ['pods'] }, get('pods'), true],
    ['another group', { verbs: ['get'], apiGroups: ['apps'], resources: ['pods'] }, get('pods'), false],
    ['another verb', { verbs: ['list'], apiGroups: [''], resources: ['pods'] }, get('pods'), false],
    ['no subresource', { verbs: ['get'], apiGroups: [''], resources: ['pods'] }, get('pods/log'), false],
    ['that subresource of all', { verbs: ['get'], apiGroups: [''], resources: ['*/log'] }, get('pods/log'), true],
    [
      'only some names',
      { verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a'] },
      get('secrets'),
      false,
    ],
  ])('that allow %s', (_, rule, permission, allowed) => expect(isAllowed(rulesOf(rule), permission)).toBe(allowed));

  it('of an answer without any allow nothing', () => {
    expect(isAllowed(readRules('{}'), get('pods'))).toBe(false);
  });
});

describe('what a deploy needs', () => {
  const object = (apiVersion: string, kind: string, namespace = '') =>
    `---\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: a\n${namespace === '' ? '' : `  namespace: ${namespace}\n`}`;
  const next = readManifest(
    object('apps/v1', 'Deployment') + object('v1', 'ConfigMap', 'other') + object('acme.example.com/v1', 'Shop'),
    'shop',
  );
  const removed = readManifest(object('v1', 'Service'), 'shop');

  it('is each once, in its namespace; custom resources are left to the dry run', () => {
    const needed = neededPermissions({ next: [...next, ...next], removed, namespace: 'shop' });
    expect(describePermissions(needed)).toEqual([
      'get, list, create, update, delete secrets in shop',
      'get, create, patch deployments.apps in shop',
      'get, create, patch configmaps in other',
      'delete services in shop',
    ]);
  });
});
