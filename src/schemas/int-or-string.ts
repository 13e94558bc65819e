import { record } from '../core/release-manifest.js';
import type { JsonSchema } from './json-schema.js';

/** Whether a rule says in so many words what an int-or-string is: `anyOf: [{type: integer}, {type: string}]`. */
export function saysIntOrString(anyOf: unknown): boolean {
  return JSON.stringify(anyOf) === '[{"type":"integer"},{"type":"string"}]';
}

/** The schema of an int-or-string without the rules that say only that. */
export function withoutIntOrString(schema: JsonSchema): JsonSchema {
  const { anyOf, allOf, ...others } = schema;
  const [first, ...rest] = Array.isArray(allOf) ? (allOf as unknown[]) : [];
  const parts = saysIntOrString(record(first)['anyOf']) ? [{ ...record(first), anyOf: undefined }, ...rest] : allOf;
  return {
    ...others,
    ...(anyOf === undefined || saysIntOrString(anyOf) ? {} : { anyOf }),
    ...(allOf === undefined ? {} : { allOf: parts }),
  };
}
