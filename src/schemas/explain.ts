import type { ErrorObject } from 'ajv';
import { formatFieldPath, pointerToFieldPath, type FieldPath } from '../core/field-path.js';
import { closest } from '../core/suggest.js';
import { FORMAT_NAMES } from './formats.js';

/** What is wrong with one field of an object. It names fields, types and rules, never a value. */
export interface SchemaProblem {
  readonly rule:
    | 'unknown-field'
    | 'wrong-type'
    | 'missing-field'
    | 'not-allowed-value'
    | 'wrong-format'
    | 'duplicate-entry'
    | 'broken-rule';
  /** The field, or for a missing one its parent. */
  readonly path: FieldPath;
  readonly message: string;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: 'a map',
  array: 'a list',
  string: 'text',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  null: 'nothing',
};

function typeOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a number';
  return TYPE_NAMES[typeof value] ?? 'something else';
}

function joinOr(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

/** Quoting is what most wrong types are about. */
function typeHint(expected: readonly string[], value: unknown): string {
  if (expected.includes('string') && (typeof value === 'number' || typeof value === 'boolean')) return ': quote it';
  if (!expected.includes('string') && typeof value === 'string' && /^(?:-?\d+|true|false)$/.test(value)) {
    return ': take the quotes away';
  }
  return '';
}

function valueAt(root: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((node, part) => (node as Record<string | number, unknown> | null)?.[part], root);
}

/** Puts one of ajv's errors into words; nothing for errors that only sum up others. */
export function explainError(error: ErrorObject, root: unknown): SchemaProblem | undefined {
  const path = pointerToFieldPath(error.instancePath, root);
  const field = formatFieldPath(path) || 'the object';
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      const known = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {});
      const suggestion = closest(key, known);
      return {
        rule: 'unknown-field',
        path: [...path, key],
        message: `unknown field ${formatFieldPath([...path, key])}${suggestion === undefined ? '' : `, did you mean "${suggestion}"?`}`,
      };
    }
    case 'needs':
    case 'required': {
      const missing = formatFieldPath([...path, String(params['missingProperty'])]);
      return { rule: 'missing-field', path, message: `required field ${missing} is missing` };
    }
    case 'type': {
      const value = valueAt(root, path);
      const expected = [params['type']].flat().map(String);
      const names = expected.filter((name) => name !== 'null').map((name) => TYPE_NAMES[name] ?? name);
      const message = `${field} is ${typeOf(value)}, must be ${joinOr(names)}${typeHint(expected, value)}`;
      return { rule: 'wrong-type', path, message };
    }
    case 'noNulls':
      return {
        rule: 'wrong-type',
        path: [...path, Number(params['index'])],
        message: `${formatFieldPath([...path, Number(params['index'])])} is nothing: a list has no empty items`,
      };
    case 'const':
    case 'enum': {
      const allowed = [params['allowedValues'] ?? params['allowedValue']]
        .flat()
        .filter((value) => value !== null && value !== '')
        .map(String);
      const list = allowed.length > 12 ? [...allowed.slice(0, 12), '…'] : allowed;
      return { rule: 'not-allowed-value', path, message: `${field} is none of ${list.join(', ')}` };
    }
    case 'format': {
      const format = String(params['format']);
      return {
        rule: 'wrong-format',
        path,
        message: `${field} is not ${FORMAT_NAMES[format] ?? `in the format ${format}`}`,
      };
    }
    case 'uniqueItems': {
      const [first = 0, second = 0] = [Number(params['i']), Number(params['j'])].sort((a, b) => a - b);
      return {
        rule: 'duplicate-entry',
        path: [...path, second],
        message: `${formatFieldPath([...path, second])} is the same as ${formatFieldPath([...path, first])}`,
      };
    }
    case 'uniqueBy': {
      const index = Number(params['index']);
      const keys = (params['keys'] as readonly string[]).join(' and ');
      return {
        rule: 'duplicate-entry',
        path: [...path, index],
        message: `${formatFieldPath([...path, index])} has the same ${keys} as ${formatFieldPath([...path, Number(params['first'])])}`,
      };
    }
    case 'if':
      return undefined;
    case 'minLength':
      if (params['limit'] === 1) return { rule: 'broken-rule', path, message: `${field} must not be empty` };
      return {
        rule: 'broken-rule',
        path,
        message: `${field} must have at least ${String(params['limit'])} characters`,
      };
    case 'minItems':
      if (params['limit'] === 1) return { rule: 'broken-rule', path, message: `${field} must not be empty` };
      return { rule: 'broken-rule', path, message: `${field} must have at least ${String(params['limit'])} items` };
    case 'minProperties':
      if (params['limit'] === 1) return { rule: 'broken-rule', path, message: `${field} must not be empty` };
      return { rule: 'broken-rule', path, message: `${field} must have at least ${String(params['limit'])} fields` };
    case 'minimum':
    case 'maximum': {
      const side = error.keyword === 'minimum' ? 'at least' : 'at most';
      return { rule: 'broken-rule', path, message: `${field} must be ${side} ${String(params['limit'])}` };
    }
    case 'pattern':
      return { rule: 'broken-rule', path, message: `${field} does not match the pattern ${String(params['pattern'])}` };
    case 'oneOf':
    case 'anyOf':
      return { rule: 'broken-rule', path, message: `${field} fits none of the alternatives of its schema` };
    case 'not':
      return { rule: 'broken-rule', path, message: `${field} has a combination of fields that its schema forbids` };
    default:
      return { rule: 'broken-rule', path, message: `${field} ${error.message ?? 'breaks a rule of its schema'}` };
  }
}
