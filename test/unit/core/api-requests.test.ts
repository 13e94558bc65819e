import { describe, expect, it } from '@jest/globals';
import { apiCall, kubectlError, objectsOf } from '../../../src/core/api-requests.js';
import { classifyFailure, failureText } from '../../../src/kubernetes/kubectl-errors.js';

const paths = (args: readonly string[], namespace?: string) =>
  apiCall(args, namespace, undefined)?.requests.map(({ method, path }) => `${method} ${path}`);

describe('what kubectl would ask', () => {
  it.each([
    [['get', 'namespace', 'shop', '--output=name', '--ignore-not-found'], ['GET /api/v1/namespaces/shop']],
    [
      ['get', 'secrets', '--selector=owner=helm,name=app', '--output=json'],
      ['GET /api/v1/namespaces/prod/secrets?labelSelector=owner%3Dhelm%2Cname%3Dapp'],
    ],
    [
      ['get', 'deployments.apps,replicasets.apps,pods', '--ignore-not-found', '--output=json'],
      [
        'GET /apis/apps/v1/namespaces/prod/deployments',
        'GET /apis/apps/v1/namespaces/prod/replicasets',
        'GET /api/v1/namespaces/prod/pods',
      ],
    ],
    [
      ['get', 'pods', 'a', 'b', '--ignore-not-found', '--output=json'],
      ['GET /api/v1/namespaces/prod/pods/a', 'GET /api/v1/namespaces/prod/pods/b'],
    ],
    [
      ['get', 'leases.coordination.k8s.io/helm-cd-app', '--output=json'],
      ['GET /apis/coordination.k8s.io/v1/namespaces/prod/leases/helm-cd-app'],
    ],
  ])('%j', (args, expected) => {
    expect(paths(args, 'prod')).toEqual(expected);
  });

  it.each([
    ['another resource', ['get', 'certificates.cert-manager.io', '--output=json']],
    ['a custom resource named like one of ours', ['get', 'jobs.example.com', '--output=json']],
    ['objects of a file', ['get', '--filename=-', '--output=json']],
    ['another output', ['get', 'pods', '--output=yaml']],
    ['a flag that it does not know', ['get', 'pods', '--output=json', '--watch']],
    ['names of several resources', ['get', 'pods,secrets', 'a', '--output=json']],
    ['logs', ['logs', 'a', '--follow']],
    ['a namespace to be created', ['create', 'namespace', 'shop']],
  ])('leaves %s to kubectl', (_what, args) => {
    expect(apiCall(args, 'prod', undefined)).toBeUndefined();
  });

  it('leaves namespaced objects without a namespace to kubectl', () => {
    expect(apiCall(['get', 'pods', '--output=json'], undefined, undefined)).toBeUndefined();
  });

  it('escapes names', () => {
    expect(paths(['get', 'pods', '../secrets', '--output=json'], 'a/b')).toEqual([
      'GET /api/v1/namespaces/a%2Fb/pods/..%2Fsecrets',
    ]);
  });

  it('writes objects where they belong', () => {
    const secret = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'prod' } });
    expect(apiCall(['replace', '--filename=-'], 'prod', secret)?.requests).toEqual([
      {
        method: 'PUT',
        path: '/api/v1/namespaces/prod/secrets/s?fieldManager=kubectl-replace',
        body: secret,
        contentType: 'application/json',
      },
    ]);
    // kubectl refuses that, and says why.
    expect(apiCall(['replace', '--filename=-'], 'other', secret)).toBeUndefined();
    const custom = JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Job', metadata: { name: 'j' } });
    expect(apiCall(['create', '--filename=-'], 'prod', custom)).toBeUndefined();
  });

  it('patches', () => {
    const args = ['patch', 'leases.coordination.k8s.io/l', '--type=json', '--patch=[{"op":"test"}]'];
    expect(apiCall(args, 'prod', undefined)?.requests).toEqual([
      {
        method: 'PATCH',
        path: '/apis/coordination.k8s.io/v1/namespaces/prod/leases/l?fieldManager=kubectl-patch',
        body: '[{"op":"test"}]',
        contentType: 'application/json-patch+json',
      },
    ]);
    expect(apiCall(['patch', 'secret', 's', '--type=strategic', '--patch={}'], 'prod', undefined)).toBeUndefined();
  });
});

describe('what the server says', () => {
  it('says what the objects of a list are', () => {
    const list = { kind: 'SecretList', apiVersion: 'v1', items: [{ metadata: { name: 'a' } }] };
    expect(objectsOf(list)).toEqual([{ kind: 'Secret', apiVersion: 'v1', metadata: { name: 'a' } }]);
    expect(objectsOf({ kind: 'Secret', metadata: { name: 'a' } })).toEqual([
      { kind: 'Secret', metadata: { name: 'a' } },
    ]);
  });

  const status = (reason: string, message: string) => JSON.stringify({ kind: 'Status', reason, message });
  it.each([
    [403, status('Forbidden', 'secrets is forbidden: User "x" cannot list resource "secrets"'), 'forbidden'],
    [401, status('Unauthorized', 'Unauthorized'), 'unauthorized'],
    [404, status('NotFound', 'pods "a" not found'), 'not-found'],
    [409, status('AlreadyExists', 'leases "l" already exists'), 'already-exists'],
    [409, status('Conflict', 'Operation cannot be fulfilled'), 'conflict'],
    [422, status('Invalid', 'the server rejected our request due to an error in our request'), 'refused'],
    [503, status('ServiceUnavailable', 'the server is currently unable to handle the request'), 'unreachable'],
    [502, 'dial tcp 10.0.0.1:6443: connect: connection refused', 'unreachable'],
    [502, '', 'unreachable'],
    [500, 'etcdserver: leader changed', 'unreachable'],
  ])('%i %s is %s', (code, body, failure) => {
    expect(classifyFailure(kubectlError(code, body))).toBe(failure);
  });

  it('is put as kubectl puts it', () => {
    expect(failureText(kubectlError(404, status('NotFound', 'pods "a" not found')))).toBe('pods "a" not found');
  });
});
