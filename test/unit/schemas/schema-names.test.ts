import { describe, expect, it } from '@jest/globals';
import { isJsonSchema, isNameOf, kindsOfSchema, nameOfFile, partsOfKind } from '../../../src/schemas/schema-names.js';

describe('names of files', () => {
  it.each<[string, string, boolean]>([
    ['monitoring.coreos.com/servicemonitor_v1.json', 'monitoring.coreos.com/v1/ServiceMonitor', true],
    ['catalog/monitoring.coreos.com/ServiceMonitor_v1.json', 'monitoring.coreos.com/v1/ServiceMonitor', true],
    ['monitoring.coreos.com/servicemonitor_v1.json', 'monitoring.coreos.com/v2/ServiceMonitor', false],
    ['monitoring.coreos.com/servicemonitor_v1.json', 'monitoring.example.com/v1/ServiceMonitor', false],
    ['schemas/servicemonitor_v1.json', 'monitoring.coreos.com/v1/ServiceMonitor', true],
    ['servicemonitor-monitoring-v1.json', 'monitoring.coreos.com/v1/ServiceMonitor', true],
    ['servicemonitor-monitoring-v1.json', 'monitor.coreos.com/v1/ServiceMonitor', false],
    ['master-standalone-strict/servicemonitor-monitoring-v1.json', 'monitoring.coreos.com/v1/ServiceMonitor', true],
    ['certificate-cert-manager-v1alpha2.json', 'cert-manager.io/v1alpha2/Certificate', true],
    ['certificate-cert-manager.io-v1.json', 'cert-manager.io/v1/Certificate', true],
    ['certificate-cert-manager.io-v1.json', 'cert-manager.example/v1/Certificate', false],
  ])('%s and %s: %s', (file, kind, expected) => {
    const name = nameOfFile(file);
    expect(name !== undefined && isNameOf(name, kind)).toBe(expected);
  });

  it.each(['package.json', 'crd-prometheuses.yaml', 'a.b/widget_v1.yaml', 'widget-v1.json', 'widget_1.json', ''])(
    'tells nothing: %s',
    (file) => {
      expect(nameOfFile(file)).toBeUndefined();
    },
  );

  it('takes kinds apart', () => {
    expect(partsOfKind('example.com/v1/Widget')).toEqual({ group: 'example.com', version: 'v1', kind: 'Widget' });
    expect(partsOfKind('v1/Pod')).toEqual({ group: '', version: 'v1', kind: 'Pod' });
  });
});

describe('what a schema says itself', () => {
  it.each<[object, string[]]>([
    [
      { 'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Widget' }] },
      ['example.com/v1/Widget'],
    ],
    [{ 'x-kubernetes-group-version-kind': { group: '', version: 'v1', kind: 'Pod' } }, ['v1/Pod']],
    [
      { properties: { apiVersion: { enum: ['example.com/v1'] }, kind: { const: 'Widget' } } },
      ['example.com/v1/Widget'],
    ],
    [{ properties: { apiVersion: { type: 'string' }, kind: { enum: ['A', 'B'] } } }, []],
    [{}, []],
  ])('%j', (schema, kinds) => {
    expect(kindsOfSchema(schema)).toEqual(kinds);
  });

  it('is told from other things', () => {
    expect(isJsonSchema({ properties: {} })).toBe(true);
    expect(isJsonSchema({ $ref: '#/definitions/a', definitions: {} })).toBe(true);
    expect(isJsonSchema({ name: 'package', version: '1' })).toBe(false);
    expect(isJsonSchema({ apiVersion: 'v1', kind: 'ConfigMap', properties: {} })).toBe(false);
    expect(isJsonSchema('properties')).toBe(false);
  });
});
