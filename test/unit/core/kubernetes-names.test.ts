import { describe, expect, it } from '@jest/globals';
import {
  dnsLabel,
  dnsLabel1035,
  dnsSubdomain,
  labelValue,
  nameRule,
  pathSegment,
  portName,
  qualifiedName,
  type NameRule,
} from '../../../src/core/kubernetes-names.js';
import { matchesSelector } from '../../../src/core/label-selector.js';

describe.each<[string, NameRule, string[], string[]]>([
  ['dnsLabel', dnsLabel, ['a', '1a', 'a-b', 'a'.repeat(63)], ['', 'A', '-a', 'a-', 'a.b', 'a_b', 'a'.repeat(64)]],
  ['dnsLabel1035', dnsLabel1035, ['a', 'a1'], ['1a', '', 'a.b']],
  [
    'dnsSubdomain',
    dnsSubdomain,
    ['a', '1.b', 'a-b.c', `${'a.'.repeat(126)}a`],
    ['a..b', '.a', 'a.', 'A', '-a.b', 'a'.repeat(254)],
  ],
  ['pathSegment', pathSegment, ['system:node', 'A_b', 'a.b'], ['.', '..', 'a/b', 'a%b']],
  ['portName', portName, ['http', 'h2', 'a-1'], ['80', 'a--b', '-a', 'a'.repeat(16), 'HTTP']],
  ['labelValue', labelValue, ['', 'a', 'A.b_c-1', '1.0'], ['-a', 'a-', 'a b', 'a/b', 'a+b', 'a'.repeat(64)]],
  [
    'qualifiedName',
    qualifiedName,
    ['app', 'a.b/c', 'app.kubernetes.io/name', 'A_b'],
    ['', '/a', 'a/', 'a/b/c', 'A.b/c', 'a b', 'a'.repeat(64)],
  ],
])('%s', (_name, rule, good, bad) => {
  it.each(good)('accepts %j', (text) => expect(rule(text)).toBeUndefined());
  it.each(bad)('refuses %j', (text) => expect(rule(text)).toEqual(expect.any(String)));
});

it('nameRule knows the kinds that differ', () => {
  expect(nameRule('v1/Service', 35)('1a')).toBeDefined();
  expect(nameRule('v1/Service', 36)('1a')).toBeUndefined();
  expect(nameRule('v1/ConfigMap', 36)('1a.b')).toBeUndefined();
  expect(nameRule('rbac.authorization.k8s.io/v1/ClusterRole', 36)('system:a')).toBeUndefined();
  expect(nameRule('batch/v1/CronJob', 36)('a'.repeat(53))).toBeDefined();
  expect(nameRule('example.com/v1/Foo', 36)('A')).toBeDefined();
});

describe('matchesSelector', () => {
  const labels = { app: 'a', tier: 'x' };
  it.each<[object, boolean]>([
    [{}, true],
    [{ matchLabels: { app: 'a' } }, true],
    [{ matchLabels: { app: 'b' } }, false],
    [{ matchLabels: { other: 'b' } }, false],
    [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'b'] }] }, true],
    [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['a'] }] }, false],
    [{ matchExpressions: [{ key: 'no', operator: 'NotIn', values: ['a'] }] }, true],
    [{ matchExpressions: [{ key: 'no', operator: 'In', values: ['a'] }] }, false],
    [{ matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, true],
    [{ matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, false],
    [{ matchLabels: { app: 'a' }, matchExpressions: [{ key: 'tier', operator: 'odd' }] }, true],
  ])('%j', (selector, matches) => {
    expect(matchesSelector(selector as Record<string, unknown>, labels)).toBe(matches);
  });
});
