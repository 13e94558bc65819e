/** Objects made from a schema pack: every field set, with a value of its type. */
import type { PackSchema, SchemaPack } from '../../src/schemas/packs.js';

/** Recursive definitions end here. */
const MAX_DEPTH = 14;
/** What the server demands of a field although the OpenAPI does not say so. */
const KNOWN_TEXTS: Readonly<Record<string, string>> = { operator: 'In', schedule: '@daily', path: '/' };
/** Of the API server's own: nobody's chart has them. */
const INTERNAL = /^internal\.apiserver|\/(?:Eviction|Binding|TokenRequest|\w+Review)$/;

const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';

function textOf({ format, enum: values }: PackSchema, name: string): string {
  if (values !== undefined) return values[0] ?? '';
  switch (format) {
    case 'byte':
      return 'aGVsbG8=';
    case 'date-time':
      return '2026-01-31T12:00:00Z';
    default:
      return KNOWN_TEXTS[name] ?? (name === '' ? 'a' : name.toLowerCase().slice(0, 10));
  }
}

function valueOf(schema: PackSchema, pack: SchemaPack, name: string, parents: readonly string[]): unknown {
  if (schema.$ref !== undefined) {
    if (schema.$ref === INT_OR_STRING) return 8080;
    if (schema.$ref === QUANTITY) return '1';
    const definition = pack.definitions[schema.$ref];
    if (definition === undefined || parents.includes(schema.$ref) || parents.length > MAX_DEPTH) return undefined;
    return valueOf(definition, pack, name, [...parents, schema.$ref]);
  }
  switch (schema.type) {
    case 'string':
      return textOf(schema, name);
    case 'integer':
      return 1;
    case 'number':
      return 1.5;
    case 'boolean':
      return true;
    case 'array': {
      const item = schema.items === undefined ? undefined : valueOf(schema.items, pack, name, parents);
      return item === undefined ? [] : [item];
    }
    case 'object': {
      if (schema.properties === undefined) {
        const value =
          schema.additionalProperties === undefined
            ? undefined
            : valueOf(schema.additionalProperties, pack, '', parents);
        return value === undefined ? {} : { key: value };
      }
      const fields = Object.entries(schema.properties).map(([field, child]): [string, unknown] => [
        field,
        valueOf(child, pack, field, parents),
      ]);
      return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
    }
    default:
      return schema.properties === undefined ? { any: 1 } : {};
  }
}

/** An object of each kind that can be created, without its status. */
export function objectsOfPack(pack: SchemaPack): readonly Readonly<Record<string, unknown>>[] {
  return Object.entries(pack.kinds).flatMap(([kind, { schema, namespaced }]) => {
    if (namespaced === undefined || INTERNAL.test(kind)) return [];
    const slash = kind.lastIndexOf('/');
    const made = valueOf({ $ref: schema }, pack, '', []) as Record<string, unknown>;
    const { status: _status, ...fields } = made;
    return [
      {
        ...fields,
        apiVersion: kind.slice(0, slash),
        kind: kind.slice(slash + 1),
        metadata: { name: 'a', labels: { a: 'b' } },
      },
    ];
  });
}
