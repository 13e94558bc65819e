/** CustomResourceDefinitions that the API server refuses, and whether we do: the same definitions go to both. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { openSchemaPacks } from '../../src/schemas/packs.js';
import { createSchemaLibrary } from '../../src/schemas/validator.js';
import { createRenderChecker } from '../../src/validation/check-render.js';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { projectRoot, toolchainBin } from '../support/services.js';

const definition = (spec: object, change: (crd: Record<string, unknown>) => void = () => undefined): object => {
  const schema = { type: 'object', properties: { spec } };
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
  change(crd);
  return crd;
};
/** Changes the one version. */
const version = (change: (item: Record<string, unknown>, versions: unknown[]) => void) => {
  return definition({ type: 'object' }, ({ spec }) => {
    const { versions } = spec as { versions: Record<string, unknown>[] };
    change(versions[0] ?? {}, versions);
  });
};
const SPEC = 'spec.versions[0].schema.openAPIV3Schema.properties.spec';
const text = { type: 'string' };

/** The definition, and what we say; nothing: it is valid. */
const CASES: readonly (readonly [string, object, readonly string[]])[] = [
  ['a plain schema', definition({ type: 'object', properties: { a: text } }), []],
  ['an int-or-string', definition({ 'x-kubernetes-int-or-string': true }), []],
  [
    'an int-or-string with types in anyOf',
    definition({ 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] }),
    [],
  ],
  ['what is preserved', definition({ 'x-kubernetes-preserve-unknown-fields': true }), []],
  [
    'an embedded resource',
    definition({
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      'x-kubernetes-preserve-unknown-fields': true,
    }),
    [],
  ],
  ['a map', definition({ type: 'object', additionalProperties: text }), []],
  [
    'a list as a map',
    definition({
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['a'],
      items: { type: 'object', required: ['a'], properties: { a: text } },
    }),
    [],
  ],
  ['fields named like keywords', definition({ type: 'object', properties: { $ref: text, id: text, not: text } }), []],
  ['a type of an int-or-string', definition({ 'x-kubernetes-int-or-string': true, type: 'string' }), []],
  [
    'defaults',
    definition({
      type: 'object',
      default: {},
      properties: {
        a: { type: 'string', enum: ['a', 'b'], default: 'a' },
        b: { 'x-kubernetes-int-or-string': true, default: '10%' },
        c: { type: 'array', items: text, default: ['a'] },
        d: { type: 'number', default: 1 },
        e: { type: 'boolean', default: false },
        f: { type: 'integer', default: 0 },
      },
    }),
    [],
  ],
  ['no fields', definition({ type: 'object', additionalProperties: false }), []],
  ['a field in a rule only', definition({ type: 'object', allOf: [{ properties: { a: { minLength: 1 } } }] }), []],
  [
    'an int-or-string with types in allOf',
    definition({
      'x-kubernetes-int-or-string': true,
      allOf: [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, { pattern: 'a' }],
    }),
    [],
  ],
  [
    'rules beside fields',
    definition({
      type: 'object',
      properties: { a: text, b: { type: 'array', items: text } },
      oneOf: [{ required: ['a'] }, { properties: { a: { pattern: '^a' }, b: { items: { minLength: 1 } } } }],
      not: { required: ['a', 'b'] },
    }),
    [],
  ],

  [
    'one type of an int-or-string',
    definition({ 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }] }),
    [`${SPEC}.anyOf[0].type must not be set: it belongs to the schema around it`],
  ],
  [
    'an unknown type',
    definition({ type: 'foo' }),
    [`${SPEC}.type must be one of array, boolean, integer, number, object, string`],
  ],
  ['an id', definition({ type: 'object', id: 'a' }), [`${SPEC}.id is not supported`]],
  ['a dialect', definition({ type: 'object', $schema: 'a' }), [`${SPEC}.$schema is not supported`]],
  [
    'fields and no others',
    definition({ type: 'object', properties: { a: text }, additionalProperties: false }),
    [`${SPEC}.additionalProperties must not be set with properties`],
  ],
  [
    'an unknown type of list',
    definition({ type: 'array', items: text, 'x-kubernetes-list-type': 'bag' }),
    [`${SPEC}.x-kubernetes-list-type must be one of atomic, set, map`],
  ],
  [
    'a list as a map by what may be missing',
    definition({
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['a'],
      items: { type: 'object', properties: { a: text } },
    }),
    [`${SPEC}.x-kubernetes-list-map-keys[0] names a property of the items that must be required or have a default`],
  ],
  [
    'an embedded resource of nothing',
    definition({ type: 'object', 'x-kubernetes-embedded-resource': true }),
    [`${SPEC} must have properties, or preserve unknown fields, for it is an embedded resource`],
  ],
  [
    'a default of another type',
    definition({ type: 'integer', default: 'a' }),
    [`${SPEC}.default must be of the type integer`],
  ],
  [
    'a default that is a list',
    definition({ type: 'object', default: [] }),
    [`${SPEC}.default must be of the type object`],
  ],
  [
    'a default that is not allowed',
    definition({ type: 'string', enum: ['a', 'b'], default: 'c' }),
    [`${SPEC}.default must be one of the values of enum`],
  ],
  [
    'a default in a rule',
    definition({ type: 'object', properties: { a: text }, anyOf: [{ properties: { a: { default: 'a' } } }] }),
    [`${SPEC}.anyOf[0].properties.a.default must not be set: it belongs to the schema around it`],
  ],
  ['no type', definition({}), [`${SPEC} must have a type`]],
  [
    'no type further down',
    definition({ type: 'object', properties: { a: { minLength: 1 } } }),
    [`${SPEC}.properties.a must have a type`],
  ],
  [
    'preserving as false',
    definition({ type: 'object', 'x-kubernetes-preserve-unknown-fields': false }),
    [`${SPEC}.x-kubernetes-preserve-unknown-fields must be true or not be set`],
  ],
  ['a reference', definition({ $ref: '#/definitions/a', type: 'object' }), [`${SPEC}.$ref is not supported`]],
  ['definitions', definition({ type: 'object', definitions: { a: text } }), [`${SPEC}.definitions is not supported`]],
  [
    'keys by pattern',
    definition({ type: 'object', patternProperties: { a: text } }),
    [`${SPEC}.patternProperties is not supported`],
  ],
  [
    'dependencies',
    definition({ type: 'object', dependencies: { a: ['b'] } }),
    [`${SPEC}.dependencies is not supported`],
  ],
  [
    'unique items',
    definition({ type: 'array', items: text, uniqueItems: true }),
    [`${SPEC}.uniqueItems must not be true`],
  ],
  ['a list of what', definition({ type: 'array' }), [`${SPEC} must have items`]],
  ['a list of several', definition({ type: 'array', items: [text, text] }), [`${SPEC}.items must be one schema`]],
  [
    'a list as a map without keys',
    definition({ type: 'array', 'x-kubernetes-list-type': 'map', items: { type: 'object' } }),
    [`${SPEC} must have x-kubernetes-list-map-keys`],
  ],
  [
    'a list as a map by what it does not have',
    definition({
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['a'],
      items: { type: 'object' },
    }),
    [`${SPEC}.x-kubernetes-list-map-keys[0] is no property of the items`],
  ],
  [
    'fields and a map',
    definition({ type: 'object', properties: { a: text }, additionalProperties: text }),
    [`${SPEC}.additionalProperties must not be set with properties`],
  ],
  [
    'an embedded resource that is text',
    definition({ type: 'string', 'x-kubernetes-embedded-resource': true }),
    [
      `${SPEC} must have the type object, for it is an embedded resource`,
      `${SPEC} must have properties, or preserve unknown fields, for it is an embedded resource`,
    ],
  ],
  [
    'a type in a rule',
    definition({ type: 'object', anyOf: [{ type: 'object' }] }),
    [`${SPEC}.anyOf[0].type must not be set: it belongs to the schema around it`],
  ],
  [
    'a default in not',
    definition({ type: 'object', properties: { a: text }, not: { properties: { a: { default: 'a' } } } }),
    [`${SPEC}.not.properties.a.default must not be set: it belongs to the schema around it`],
  ],
  [
    'text at the root',
    version((item) => (item['schema'] = { openAPIV3Schema: text })),
    ['spec.versions[0].schema.openAPIV3Schema.type must be object'],
  ],
  [
    'no schema',
    version((item) => delete item['schema']),
    ['required field spec.versions[0].schema.openAPIV3Schema is missing'],
  ],
  [
    'an empty schema',
    version((item) => (item['schema'] = {})),
    ['required field spec.versions[0].schema.openAPIV3Schema is missing'],
  ],
  [
    'nothing stored',
    version((item) => (item['storage'] = false)),
    ['spec.versions must have exactly one version with storage: true'],
  ],
  [
    'two stored',
    version((item, versions) => versions.push({ ...item, name: 'v2' })),
    ['spec.versions must have exactly one version with storage: true'],
  ],
  [
    'a version twice',
    version((item, versions) => versions.push({ ...item, storage: false })),
    ['spec.versions[1].name is there twice'],
  ],
  [
    'another name',
    definition({ type: 'object' }, (crd) => (crd['metadata'] = { name: 'widget.example.com' })),
    ['metadata.name must be widgets.example.com: spec.names.plural and spec.group'],
  ],
  [
    'v1beta1',
    definition({ type: 'object' }, (crd) => (crd['apiVersion'] = 'apiextensions.k8s.io/v1beta1')),
    [
      'apiextensions.k8s.io/v1beta1 CustomResourceDefinition is not served since Kubernetes 1.22; use apiextensions.k8s.io/v1 CustomResourceDefinition',
    ],
  ],
];

describe('definitions', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster('validate-definitions');
  }, 120_000);
  afterAll(async () => {
    await cluster.down();
  });

  const library = createSchemaLibrary(openSchemaPacks(projectRoot), true);
  const options = { strict: true, missingSchemas: 'error', deprecations: 'off', skipKinds: [] } as const;

  /** Why the API server refuses it; empty when it does not. */
  const serverSays = (object: object) =>
    new Promise<string>((resolve) => {
      const args = [
        'create',
        '--dry-run=server',
        '--validate=strict',
        '--filename=-',
        `--kubeconfig=${cluster.kubeconfig}`,
      ];
      const child = execFile(path.join(toolchainBin, 'kubectl'), args, { timeout: 30_000 }, (error, _out, stderr) =>
        resolve(error === null ? '' : stderr.trim() || 'refused'),
      );
      child.stdin?.end(JSON.stringify(object));
    });

  it.each(CASES)('%s', async (_name, object, messages) => {
    const text = `---\n# Source: c/crds/a.yaml\n${JSON.stringify(object)}\n`;
    const { findings } = await createRenderChecker(library, [], options).check(text, 36, 'x');
    expect(findings.map(({ message }) => message)).toEqual(messages);
    const refused = await serverSays(object);
    // Its own words are shown when they were not expected.
    if (messages.length === 0) expect(refused).toBe('');
    else expect(refused).not.toBe('');
  });
});
