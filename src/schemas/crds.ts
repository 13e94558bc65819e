/** Schemas that CustomResourceDefinitions bring with them. */
import { record } from '../core/release-manifest.js';
import { withoutIntOrString } from './int-or-string.js';
import type { JsonSchema } from './json-schema.js';

/** One version of a custom resource. */
export interface CustomKind {
  /** `monitoring.coreos.com/v1/ServiceMonitor`. */
  readonly kind: string;
  readonly group: string;
  /** What its schema is written in: that of a CustomResourceDefinition, or plain JSON Schema, which tells of no other version. */
  readonly dialect: 'structural' | 'plain';
  readonly served: boolean;
  /** Nothing when that is not known. */
  readonly namespaced: boolean | undefined;
  /** Nothing when the version has none. */
  readonly schema: unknown;
  /** Since which it warns, in its own words; nothing when it is not deprecated. */
  readonly deprecation: string | undefined;
  /** How many rules in CEL it has, which are not evaluated here. */
  readonly rules: number;
}

/** Keywords that mean the same in a structural schema and in JSON Schema. */
const SAME = [
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'multipleOf',
  'minimum',
  'maximum',
];
const ENFORCED_FORMATS = new Set(['int32', 'int64', 'double', 'byte', 'date-time']);
const METADATA = { definition: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };
/** The fields of every object. */
export const OBJECT_FIELDS = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: METADATA };

const NAMED = { type: 'string', minLength: 1 };
const EMBEDDED_FIELDS = { ...OBJECT_FIELDS, apiVersion: NAMED, kind: NAMED };

/** A pattern is in Go's syntax: what JavaScript cannot read is not checked. */
function isPattern(pattern: unknown): pattern is string {
  if (typeof pattern !== 'string') return false;
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}

/** The limits of a schema that mean the same here. Patterns and formats that are not known are left out. */
export function limitsOf(schema: JsonSchema): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const name of SAME) if (schema[name] !== undefined) kept[name] = schema[name];
  // Draft 4's booleans.
  if (schema['exclusiveMinimum'] === true) {
    kept['exclusiveMinimum'] = kept['minimum'];
    delete kept['minimum'];
  }
  if (schema['exclusiveMaximum'] === true) {
    kept['exclusiveMaximum'] = kept['maximum'];
    delete kept['maximum'];
  }
  if (isPattern(schema['pattern'])) kept['pattern'] = schema['pattern'];
  const format = schema['format'];
  if (typeof format === 'string' && ENFORCED_FORMATS.has(format)) kept['format'] = format;
  return kept;
}

/** The parts under allOf, anyOf, oneOf and not: they add rules to fields that the structure around them declares. */
function convertRule(node: unknown): JsonSchema {
  const schema = record(node);
  const converted: Record<string, unknown> = limitsOf(schema);
  for (const name of ['type', 'enum', 'required'] as const) {
    if (schema[name] !== undefined) converted[name] = schema[name];
  }
  if (schema['properties'] !== undefined) {
    converted['properties'] = Object.fromEntries(
      Object.entries(record(schema['properties'])).map(([name, child]) => [name, convertRule(child)]),
    );
  }
  if (schema['items'] !== undefined) converted['items'] = convertRule(schema['items']);
  return { ...converted, ...logic(schema) };
}

function logic(schema: JsonSchema): Record<string, unknown> {
  const converted: Record<string, unknown> = {};
  for (const name of ['allOf', 'anyOf', 'oneOf'] as const) {
    const parts = schema[name];
    if (Array.isArray(parts)) converted[name] = parts.map(convertRule);
  }
  if (schema['not'] !== undefined) converted['not'] = convertRule(schema['not']);
  return converted;
}

/** A default is filled in before the API server validates: such a field may be missing. */
const hasDefault = (schema: unknown) => record(schema)['default'] !== undefined;

function convert(node: unknown, strict: boolean): JsonSchema {
  const schema = record(node);
  const nullable = schema['nullable'] === true;
  if (schema['x-kubernetes-int-or-string'] === true) {
    const rules = nullable ? {} : logic(withoutIntOrString(schema));
    return { type: ['integer', 'string', ...(nullable ? ['null'] : [])], ...limitsOf(schema), ...rules };
  }
  const converted: Record<string, unknown> = { ...limitsOf(schema), ...logic(schema) };
  if (typeof schema['type'] === 'string') {
    converted['type'] = nullable ? [schema['type'], 'null'] : schema['type'];
  }
  if (Array.isArray(schema['enum']))
    converted['enum'] = nullable ? [...(schema['enum'] as unknown[]), null] : schema['enum'];
  if (schema['items'] !== undefined) converted['items'] = convert(schema['items'], strict);
  const listType = schema['x-kubernetes-list-type'];
  if (listType === 'set') converted['uniqueItems'] = true;
  if (listType === 'map' && Array.isArray(schema['x-kubernetes-list-map-keys'])) {
    converted['uniqueBy'] = schema['x-kubernetes-list-map-keys'];
  }
  if (schema['type'] === 'object') Object.assign(converted, convertFields(schema, strict));
  return converted;
}

function convertFields(schema: JsonSchema, strict: boolean): Record<string, unknown> {
  const properties = record(schema['properties']);
  const required = Array.isArray(schema['required']) ? (schema['required'] as string[]) : [];
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const fields: Record<string, unknown> = {
    properties: {
      ...Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, convert(child, strict)])),
      ...(embedded ? EMBEDDED_FIELDS : {}),
    },
    required: [
      ...(embedded ? ['apiVersion', 'kind'] : []),
      ...required.filter((name) => !hasDefault(properties[name])),
    ],
  };
  const additional = schema['additionalProperties'];
  if (typeof additional === 'object' && additional !== null) {
    fields['additionalProperties'] = convert(additional, strict);
  } else if (strict && additional !== true && schema['x-kubernetes-preserve-unknown-fields'] !== true) {
    // The API server drops what the schema does not name.
    fields['additionalProperties'] = false;
  }
  return fields;
}

/**
 * The JSON Schema for objects of a custom resource that `withoutNulls` has made ready.
 * @param schema `openAPIV3Schema` of the version.
 */
export function customSchema(schema: unknown, strict: boolean): JsonSchema {
  const root = record(schema);
  const converted = convert({ type: 'object', ...root }, strict);
  const properties = { ...record(converted['properties']), ...OBJECT_FIELDS };
  if ('status' in properties) properties['status'] = {};
  return { ...converted, properties };
}

function countRules(schema: unknown): number {
  if (typeof schema !== 'object' || schema === null) return 0;
  const { 'x-kubernetes-validations': rules, ...others } = schema as Record<string, unknown>;
  const own = Array.isArray(rules) ? rules.length : 0;
  return Object.values(others).reduce<number>((sum, child) => sum + countRules(child), own);
}

/** The versions as the list that they are, also where v1beta1 has one version, or one schema for all. */
function versionsOf(spec: JsonSchema): readonly JsonSchema[] {
  const { versions, version, validation } = spec;
  const list = Array.isArray(versions) ? versions.map(record) : typeof version === 'string' ? [{ name: version }] : [];
  return list.map((item) =>
    item['schema'] === undefined && validation !== undefined ? { ...item, schema: validation } : item,
  );
}

/** The versions that a CustomResourceDefinition declares; none for other objects. */
export function readCustomKinds(object: unknown): readonly CustomKind[] {
  const definition = record(object);
  if (definition['kind'] !== 'CustomResourceDefinition') return [];
  if (!String(definition['apiVersion']).startsWith('apiextensions.k8s.io/')) return [];
  const spec = record(definition['spec']);
  const group = String(spec['group']);
  const kind = String(record(spec['names'])['kind']);
  return versionsOf(spec).map((version) => {
    const schema = record(version['schema'])['openAPIV3Schema'];
    const name = `${group}/${String(version['name'])}/${kind}`;
    const warning = version['deprecationWarning'];
    return {
      kind: name,
      group,
      dialect: 'structural',
      served: version['served'] !== false,
      namespaced: spec['scope'] !== 'Cluster',
      schema,
      deprecation:
        version['deprecated'] === true ? (typeof warning === 'string' ? warning : `${name} is deprecated`) : undefined,
      rules: countRules(schema),
    };
  });
}
