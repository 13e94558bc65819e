import { record } from '../../core/release-manifest.js';
import type { ValueUses } from '../../core/value-uses.js';

const DEEPEST = 20;
const COMBINING = ['allOf', 'anyOf', 'oneOf'] as const;
const CONDITIONAL = ['if', 'then', 'else'] as const;

/**
 * Notes the values that a values.schema.json names.
 * @param mount the keys below which the chart's values are.
 */
export function readValuesSchema(text: string, mount: readonly string[], uses: ValueUses): void {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    // Helm says what is wrong with it.
    return;
  }

  const referred = (reference: unknown): unknown => {
    if (typeof reference !== 'string' || !reference.startsWith('#/')) return undefined;
    return reference
      .slice(2)
      .split('/')
      .reduce<unknown>((node, key) => record(node)[key.replaceAll('~1', '/').replaceAll('~0', '~')], root);
  };

  const read = (schema: unknown, path: readonly string[], depth: number): void => {
    if (depth > DEEPEST) return;
    const { $ref, properties, additionalProperties, patternProperties, ...rest } = record(schema);
    if ($ref !== undefined) read(referred($ref), path, depth + 1);
    for (const [key, property] of Object.entries(record(properties))) {
      uses.named([...path, key]);
      read(property, [...path, key], depth + 1);
    }
    // A map whose keys are free, and said to be so.
    const isOpen = typeof additionalProperties === 'object' || additionalProperties === true;
    if (path.length > mount.length && (isOpen || patternProperties !== undefined)) uses.whole(path);
    for (const key of COMBINING) {
      const list = rest[key];
      if (Array.isArray(list)) for (const part of list) read(part, path, depth + 1);
    }
    for (const key of CONDITIONAL) if (rest[key] !== undefined) read(rest[key], path, depth + 1);
  };
  read(root, mount, 0);
}
