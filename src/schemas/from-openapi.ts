/** Kubernetes' OpenAPI definitions as JSON Schemas that refuse what the API server refuses. */
import type { Fields } from './compiler.js';
import type { JsonSchema } from './json-schema.js';
import type { PackSchema, SchemaPack } from './packs.js';
import { withServerRules } from './server-rules.js';

const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';

/** The definitions that say in prose what JSON they stand for. */
const SPECIAL: Readonly<Record<string, JsonSchema>> = {
  [INT_OR_STRING]: { type: ['integer', 'string', 'null'] },
  [QUANTITY]: { type: ['number', 'string', 'null'], format: 'quantity' },
};

/**
 * `null` stands for "not given" wherever Kubernetes decodes an object. So every schema here takes null; the keyword
 * `needs` refuses it for fields that must be there, and `noNulls` in lists.
 */
function convert(schema: PackSchema, strict: boolean, optional: boolean): JsonSchema {
  if (schema.$ref !== undefined) return { definition: schema.$ref };
  if (schema.type === 'array') {
    const keys = schema['x-kubernetes-list-type'] === 'map' ? schema['x-kubernetes-list-map-keys'] : undefined;
    return {
      type: ['array', 'null'],
      noNulls: true,
      ...(schema.items === undefined ? {} : { items: convert(schema.items, strict, false) }),
      ...(keys === undefined || !strict ? {} : { uniqueBy: keys }),
    };
  }
  if (schema.type === 'object') {
    const properties = Object.entries(schema.properties ?? {});
    const required = schema.required ?? [];
    return {
      type: ['object', 'null'],
      ...(required.length === 0 ? {} : { needs: required }),
      ...(properties.length === 0
        ? {}
        : {
            properties: Object.fromEntries(
              properties.map(([name, child]) => [name, convert(child, strict, !required.includes(name))]),
            ),
            ...(strict ? { additionalProperties: false } : {}),
          }),
      ...(schema.additionalProperties === undefined
        ? {}
        : { additionalProperties: convert(schema.additionalProperties, strict, true) }),
    };
  }
  // Without a type: any JSON, such as the parts of a CustomResourceDefinition's own schema.
  if (schema.type === undefined) return {};
  return {
    type: [schema.type, 'null'],
    ...(schema.format === undefined ? {} : { format: schema.format }),
    // The empty text is how an optional field says that it was not given.
    ...(schema.enum === undefined ? {} : { enum: [...schema.enum, ...(optional ? [''] : []), null] }),
  };
}

/** An object's status is the cluster's: what a manifest says there is ignored. */
function withoutStatus(schema: JsonSchema): JsonSchema {
  const properties = schema['properties'] as Record<string, unknown> | undefined;
  if (properties?.['status'] === undefined || properties['metadata'] === undefined) return schema;
  const { needs, ...others } = schema as { needs?: readonly string[] };
  const needed = (needs ?? []).filter((name) => name !== 'status');
  return { ...others, ...(needed.length === 0 ? {} : { needs: needed }), properties: { ...properties, status: {} } };
}

/** With `fields` in place of what JSON Schema has for them. */
function withFields(schema: JsonSchema): JsonSchema {
  const { properties, additionalProperties = true, ...others } = schema;
  if (properties === undefined || typeof additionalProperties !== 'boolean') return schema;
  const fields: Fields = { known: properties as Fields['known'], closed: !additionalProperties };
  return { ...others, fields };
}

/**
 * The JSON Schema of a pack's definition; in it the keyword `definition` names others.
 * @param strict unknown fields and doubled list entries are errors.
 */
export function definitionSchema(pack: SchemaPack, name: string, strict: boolean): JsonSchema {
  const special = Object.hasOwn(SPECIAL, name) ? SPECIAL[name] : undefined;
  const definition = Object.hasOwn(pack.definitions, name) ? pack.definitions[name] : undefined;
  if (special !== undefined) return special;
  if (definition === undefined) throw new Error(`The schemas of Kubernetes ${pack.version} have no ${name}`);
  return withFields(withServerRules(name, withoutStatus(convert(definition, strict, true))));
}
