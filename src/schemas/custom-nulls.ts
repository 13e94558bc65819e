import { record } from '../core/release-manifest.js';

/** Whether null is no value of the schema. What says so in another way than by its type is left to the schema. */
function isNotNullable({ type, nullable, ...schema }: Readonly<Record<string, unknown>>): boolean {
  if (nullable === true) return false;
  const untyped = ['x-kubernetes-int-or-string', 'x-kubernetes-preserve-unknown-fields'];
  return typeof type === 'string' || untyped.some((name) => schema[name] === true);
}

function pruneFields(value: Readonly<Record<string, unknown>>, schema: Readonly<Record<string, unknown>>): object {
  const properties = record(schema['properties']);
  const others = schema['additionalProperties'];
  const fields: [string, unknown][] = [];
  for (const [name, field] of Object.entries(value)) {
    const declared = Object.hasOwn(properties, name) ? properties[name] : others;
    if (typeof declared !== 'object' || declared === null) fields.push([name, field]);
    else if (field !== null || !isNotNullable(record(declared))) fields.push([name, withoutNulls(field, declared)]);
  }
  return Object.fromEntries(fields);
}

/**
 * A custom resource as the API server validates it: `null` in a field that is not nullable stands for a field that is
 * not there. In lists it stands for itself.
 * @param schema `openAPIV3Schema`, or plain JSON Schema.
 */
export function withoutNulls(value: unknown, schema: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = record(schema);
    return items === undefined ? value : value.map((item) => withoutNulls(item, items));
  }
  if (typeof value !== 'object' || value === null) return value;
  return pruneFields(record(value), record(schema));
}
