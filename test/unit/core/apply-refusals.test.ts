import { describe, expect, it } from '@jest/globals';
import { describeRefusal, readRefusals } from '../../../src/core/apply-refusals.js';
import { withoutObjects } from '../../../src/core/quoted-objects.js';
import type { ObjectRef } from '../../../src/core/release-manifest.js';

const ref = (apiVersion: string, kind: string, name: string): ObjectRef => ({ apiVersion, kind, namespace: '', name });
const refs = [ref('v1', 'ConfigMap', 'app'), ref('v1', 'Service', 'app'), ref('apps/v1', 'Deployment', 'app')];

const ADVICE = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
`;

const read = (stdout: string, stderr: string) =>
  readRefusals(refs, 'shop', stdout, stderr).map((refusal) => `${refusal.kind} | ${describeRefusal(refusal)}`);

describe('readRefusals', () => {
  it.each<[string, string, string, readonly string[]]>([
    ['nothing', 'configmap/app\nservice/app\ndeployment.apps/app\n', '', []],
    [
      'a conflict, whose object kubectl does not name',
      'configmap/app\nservice/app\n',
      `error: Apply failed with 1 conflict: conflict with "hpa": .spec.replicas\n${ADVICE}`,
      ['conflict | Deployment/app: Apply failed with 1 conflict: conflict with "hpa": .spec.replicas'],
    ],
    [
      'several conflicts of one object',
      'configmap/app\nservice/app\n',
      `error: Apply failed with 2 conflicts: conflicts with "hpa":\n- .spec.replicas\n- .spec.paused\n${ADVICE}`,
      ['conflict | Deployment/app: Apply failed with 2 conflicts: conflicts with "hpa": .spec.replicas, .spec.paused'],
    ],
    [
      'a quota',
      'configmap/app\ndeployment.apps/app\n',
      'Error from server (Forbidden): services "app" is forbidden: exceeded quota: q, requested: services=1\n',
      ['refused | Service/app: services "app" is forbidden: exceeded quota: q, requested: services=1'],
    ],
    [
      'an immutable field',
      'configmap/app\nservice/app\n',
      'Warning: something\nThe Deployment "app" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable\n',
      [
        'refused | Deployment/app: The Deployment "app" is invalid: spec.selector: Invalid value: {…}: field is immutable',
      ],
    ],
    [
      'a missing permission',
      'configmap/app\nservice/app\n',
      'Error from server (Forbidden): deployments.apps "app" is forbidden: User "x" cannot patch resource "deployments" in API group "apps"\n',
      [
        'permission | Deployment/app: deployments.apps "app" is forbidden: User "x" cannot patch resource "deployments" in API group "apps"',
      ],
    ],
    [
      'a namespace that is not there',
      '',
      'Error from server (NotFound): namespaces "x" not found\n'.repeat(3),
      ['ConfigMap', 'Service', 'Deployment'].map((kind) => `unknown | ${kind}/app: namespaces "x" not found`),
    ],
    [
      'a kind that is not there yet, beside a refusal',
      'configmap/app\n',
      'resource mapping not found for name: "app" namespace: "" from "STDIN": no matches for kind "Service" in version "v9"\nensure CRDs are installed first\nError from server: admission webhook "w" denied the request: no\n',
      [
        'unknown | Service/app: resource mapping not found for name: "app" namespace: "" from "STDIN": no matches for kind "Service" in version "v9"',
        'refused | Deployment/app: admission webhook "w" denied the request: no',
      ],
    ],
    [
      'an error that belongs to no single object: it is not blamed on one',
      '',
      'Error from server: everything is broken\n',
      ['refused | everything is broken'],
    ],
    [
      'a webhook that knows no dry run',
      'configmap/app\nservice/app\n',
      'Error from server (BadRequest): admission webhook "w" does not support dry run\n',
      ['unknown | Deployment/app: admission webhook "w" does not support dry run'],
    ],
  ])('%s', (_, stdout, stderr, expected) => {
    expect(read(stdout, stderr)).toEqual(expected);
  });
});

describe('withoutObjects', () => {
  it.each([
    [
      'cannot patch: "" is invalid: patch: Invalid value: "{\\"data\\":{\\"password\\":\\"aHVudGVyMg==\\"}}": json: wrong',
      'cannot patch: "" is invalid: patch: Invalid value: "…": json: wrong',
    ],
    [
      'patch: Invalid value: "map[data:map[password:aHVudGVyMg==]]": unrecognized type',
      'patch: Invalid value: "…": unrecognized type',
    ],
    [
      'spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: field is immutable',
      'spec.selector: Invalid value: {…}: field is immutable',
    ],
    ['services "app" is forbidden: exceeded "quota"', 'services "app" is forbidden: exceeded "quota"'],
  ])('%s', (text, expected) => {
    expect(withoutObjects(text)).toBe(expected);
  });
});
