/** Plain JSON Schemas of custom resources, as catalogs have them: made strict where they leave it open. */
import { record } from '../core/release-manifest.js';
import { limitsOf, OBJECT_FIELDS, type CustomKind } from './crds.js';
import { withoutIntOrString } from './int-or-string.js';
import type { JsonSchema } from './json-schema.js';
import { partsOfKind } from './schema-names.js';

/** Keywords whose value is a schema, a list of schemas, or a map of schemas. */
const ONE = [
  'not',
  'if',
  'then',
  'else',
  'contains',
  'propertyNames',
  'additionalItems',
  'additionalProperties',
  'items',
];
const LIST = ['allOf', 'anyOf', 'oneOf'];
const MAP = ['properties', 'patternProperties', 'definitions', '$defs'];
/** Those that add to what the schema around them says of the same value. */
const BESIDE = [...LIST, 'if', 'then', 'else', 'not'];
const KEPT = ['type', 'enum', 'const', 'required', 'dependencies'];

/** The parts of a schema that speak of the same value. */
function partsBeside(schema: JsonSchema): readonly JsonSchema[] {
  return BESIDE.flatMap((name) => [schema[name]].flat())
    .filter((part) => typeof part === 'object' && part !== null)
    .map(record);
}

/** The definitions (`#/definitions/x`) that are one of several schemas of a value: none of these knows all of its fields. */
function refsBeside(node: unknown, found = new Set<unknown>()): ReadonlySet<unknown> {
  if (typeof node !== 'object' || node === null) return found;
  for (const part of partsBeside(record(node))) if (part['$ref'] !== undefined) found.add(part['$ref']);
  for (const child of Object.values(node)) refsBeside(child, found);
  return found;
}

/** Whether a schema names all fields of its value; those that stand beside it may name more. */
function namesAll(schema: JsonSchema): boolean {
  const own = record(schema['properties']);
  const others = (part: JsonSchema): boolean =>
    part['$ref'] === undefined &&
    Object.keys(record(part['properties'])).every((name) => Object.hasOwn(own, name)) &&
    partsBeside(part).every(others);
  return schema['properties'] !== undefined && schema['$ref'] === undefined && partsBeside(schema).every(others);
}

class Converter {
  private readonly strict: boolean;
  private readonly open: ReadonlySet<unknown>;

  constructor(root: JsonSchema, strict: boolean) {
    this.strict = strict;
    this.open = refsBeside(root);
  }

  /** @param whole whether the schema is the only one of its value. */
  convert(node: unknown, whole: boolean): unknown {
    if (typeof node !== 'object' || node === null) return node;
    const given = record(node);
    const schema = given['x-kubernetes-int-or-string'] === true ? withoutIntOrString(given) : given;
    const converted: Record<string, unknown> = limitsOf(schema);
    for (const name of KEPT) if (schema[name] !== undefined) converted[name] = schema[name];
    if (typeof schema['$ref'] === 'string') converted['$ref'] = schema['$ref'];
    for (const name of ONE) {
      const child = schema[name];
      if (child === undefined) continue;
      const alone = whole && !BESIDE.includes(name);
      converted[name] = Array.isArray(child)
        ? child.map((item) => this.convert(item, alone))
        : this.convert(child, alone);
    }
    for (const name of LIST) {
      const children = schema[name];
      if (Array.isArray(children)) converted[name] = children.map((child) => this.convert(child, false));
    }
    for (const name of MAP) {
      if (schema[name] === undefined) continue;
      const entries = Object.entries(record(schema[name])).map(([key, child]) => {
        const alone = whole && !this.open.has(`#/${name}/${key}`);
        return [key, this.convert(child, alone)];
      });
      converted[name] = Object.fromEntries(entries) as unknown;
    }
    if (schema['nullable'] === true) allowNull(converted);
    if (schema['x-kubernetes-int-or-string'] === true && schema['type'] === undefined) {
      converted['type'] = ['integer', 'string', 'null'];
    }
    const closed = this.strict && whole && schema['x-kubernetes-preserve-unknown-fields'] !== true;
    if (closed && schema['additionalProperties'] === undefined && namesAll(schema)) {
      converted['additionalProperties'] = false;
    }
    return converted;
  }
}

function allowNull(schema: Record<string, unknown>): void {
  if (schema['type'] !== undefined) schema['type'] = [...new Set([schema['type'], 'null'].flat())];
  if (Array.isArray(schema['enum'])) schema['enum'] = [...(schema['enum'] as unknown[]), null];
}

/**
 * The JSON Schema for objects of a custom resource, from one that a catalog has.
 * @param strict whether a schema that lists properties, and does not say that there are others, takes no others.
 */
export function plainSchema(schema: unknown, strict: boolean): JsonSchema {
  const root = record(schema);
  const converted = record(new Converter(root, strict).convert(root, true));
  const properties: Record<string, unknown> = { ...record(converted['properties']), ...OBJECT_FIELDS };
  if ('status' in properties) properties['status'] = {};
  const required = Array.isArray(converted['required']) ? (converted['required'] as unknown[]) : [];
  return { ...converted, properties, required: required.filter((name) => name !== 'status') };
}

/** Where a schema refers to what is not in it: `common.json#/x`. Such a schema cannot be used. */
export function unknownReference(schema: unknown): string | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined;
  const { $ref } = record(schema);
  if (typeof $ref === 'string' && !$ref.startsWith('#')) return $ref;
  for (const child of Object.values(schema)) {
    const found = unknownReference(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A custom kind of which only a JSON Schema is known. */
export function plainKind(kind: string, schema: unknown): CustomKind {
  return {
    kind,
    group: partsOfKind(kind).group,
    dialect: 'plain',
    served: true,
    namespaced: undefined,
    schema,
    deprecation: undefined,
    rules: 0,
  };
}
