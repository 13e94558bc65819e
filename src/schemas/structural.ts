/** What makes a CustomResourceDefinition's schema a structural one: the API server takes no other. */
import type { FieldPath } from '../core/field-path.js';
import { record } from '../core/release-manifest.js';
import { saysIntOrString } from './int-or-string.js';
import type { JsonSchema } from './json-schema.js';

export interface StructureProblem {
  readonly path: FieldPath;
  /** What must be, to follow the field's name: `must be …`. */
  readonly message: string;
}

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const LIST_TYPES = ['atomic', 'set', 'map'];
/** Keywords of JSON Schema that no structural schema has. */
const UNSUPPORTED = ['$ref', '$schema', 'id', 'definitions', 'dependencies', 'patternProperties', 'additionalItems'];
/** Keywords that belong to the structure, and not into the rules beside it. */
const STRUCTURE_ONLY = ['type', 'title', 'description', 'default', 'nullable', 'additionalProperties'];
const LISTS_OF_RULES = ['allOf', 'anyOf', 'oneOf'];

const isSet = (value: unknown) => value !== undefined && value !== null;
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The rules beside a structure: the parts of allOf, anyOf, oneOf and not. */
function rulesOf(schema: JsonSchema): readonly { readonly path: FieldPath; readonly rule: JsonSchema }[] {
  const parts = LISTS_OF_RULES.flatMap((name) =>
    list(schema[name]).map((part, index) => ({ path: [name, index], rule: record(part) })),
  );
  return isSet(schema['not']) ? [...parts, { path: ['not'], rule: record(schema['not']) }] : parts;
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && !Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

class StructureCheck {
  readonly problems: StructureProblem[] = [];

  private add(path: FieldPath, message: string): void {
    this.problems.push({ path, message });
  }

  /** A schema that declares a value. */
  structure(schema: JsonSchema, path: FieldPath, root = false): void {
    const intOrString = schema['x-kubernetes-int-or-string'] === true;
    const preserves = schema['x-kubernetes-preserve-unknown-fields'];
    const type = typeof schema['type'] === 'string' ? schema['type'] : '';
    if (type === '' && !intOrString && (preserves !== true || root)) this.add(path, 'must have a type');
    else if (type !== '' && !TYPES.includes(type)) this.add([...path, 'type'], `must be one of ${TYPES.join(', ')}`);
    else if (root && type !== 'object') this.add([...path, 'type'], 'must be object');
    if (preserves === false) this.add([...path, 'x-kubernetes-preserve-unknown-fields'], 'must be true or not be set');
    for (const name of UNSUPPORTED) if (isSet(schema[name])) this.add([...path, name], 'is not supported');
    if (schema['uniqueItems'] === true) this.add([...path, 'uniqueItems'], 'must not be true');
    if (schema['x-kubernetes-embedded-resource'] === true) this.embedded(schema, path);
    this.default(schema, type, path);
    this.items(schema, type, path);
    this.fields(schema, path);
    for (const { path: own, rule } of rulesOf(schema)) {
      if (intOrString && own[0] === 'anyOf' && saysIntOrString(schema['anyOf'])) continue;
      const first = intOrString && own[0] === 'allOf' && own[1] === 0 && saysIntOrString(rule['anyOf']);
      this.rule(first ? { ...rule, anyOf: undefined } : rule, [...path, ...own]);
    }
  }

  private default(schema: JsonSchema, type: string, path: FieldPath): void {
    const value = schema['default'];
    if (value === undefined || value === null) return;
    const own = [...path, 'default'];
    if (TYPES.includes(type) && !isOfType(value, type)) {
      this.add(own, `must be of the type ${type}`);
    } else if (Array.isArray(schema['enum']) && !schema['enum'].includes(value)) {
      this.add(own, 'must be one of the values of enum');
    }
  }

  private embedded(schema: JsonSchema, path: FieldPath): void {
    if (schema['type'] !== 'object') this.add(path, 'must have the type object, for it is an embedded resource');
    if (isSet(schema['properties']) || schema['x-kubernetes-preserve-unknown-fields'] === true) return;
    this.add(path, 'must have properties, or preserve unknown fields, for it is an embedded resource');
  }

  private items(schema: JsonSchema, type: string, path: FieldPath): void {
    const { items, 'x-kubernetes-list-type': listType } = schema;
    if (type === 'array' && !isSet(items)) this.add(path, 'must have items');
    if (Array.isArray(items)) return this.add([...path, 'items'], 'must be one schema');
    if (isSet(items)) this.structure(record(items), [...path, 'items']);
    if (isSet(listType) && !LIST_TYPES.some((known) => known === listType)) {
      this.add([...path, 'x-kubernetes-list-type'], `must be one of ${LIST_TYPES.join(', ')}`);
    }
    if (listType === 'map') this.keys(schema, path);
  }

  private keys(schema: JsonSchema, path: FieldPath): void {
    const keys = list(schema['x-kubernetes-list-map-keys']);
    if (keys.length === 0) this.add(path, 'must have x-kubernetes-list-map-keys');
    const { properties, required } = record(schema['items']);
    for (const [index, key] of keys.entries()) {
      const field = record(properties)[String(key)];
      const own = [...path, 'x-kubernetes-list-map-keys', index];
      if (field === undefined) this.add(own, 'is no property of the items');
      else if (!list(required).includes(key) && !isSet(record(field)['default'])) {
        this.add(own, 'names a property of the items that must be required or have a default');
      }
    }
  }

  private fields(schema: JsonSchema, path: FieldPath): void {
    const { properties, additionalProperties } = schema;
    if (isSet(properties) && isSet(additionalProperties)) {
      this.add([...path, 'additionalProperties'], 'must not be set with properties');
    }
    for (const [name, child] of Object.entries(record(properties))) {
      this.structure(record(child), [...path, 'properties', name]);
    }
    if (typeof additionalProperties === 'object' && additionalProperties !== null) {
      this.structure(record(additionalProperties), [...path, 'additionalProperties']);
    }
  }

  /** A rule beside a structure. */
  private rule(rule: JsonSchema, path: FieldPath): void {
    for (const name of STRUCTURE_ONLY) {
      if (isSet(rule[name])) this.add([...path, name], 'must not be set: it belongs to the schema around it');
    }
    for (const [name, child] of Object.entries(record(rule['properties']))) {
      this.rule(record(child), [...path, 'properties', name]);
    }
    if (isSet(rule['items'])) this.rule(record(rule['items']), [...path, 'items']);
    for (const { path: own, rule: part } of rulesOf(rule)) this.rule(part, [...path, ...own]);
  }
}

/**
 * What keeps a schema from being structural.
 * @param path of the schema in its CustomResourceDefinition.
 */
export function structureProblems(schema: unknown, path: FieldPath): readonly StructureProblem[] {
  const check = new StructureCheck();
  check.structure(record(schema), path, true);
  return check.problems;
}
