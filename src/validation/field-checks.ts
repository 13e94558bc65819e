/** What rules of the API server have in common. */
import { isIP } from 'node:net';
import { formatFieldPath, type FieldPath } from '../core/field-path.js';
import { labelValue, qualifiedName, type NameRule } from '../core/kubernetes-names.js';
import { fieldsAt, itemsAt } from '../core/pod-specs.js';
import { record } from '../core/release-manifest.js';
import type { ObjectProblem } from './rendered-object.js';

export type Report = (
  problem: Omit<ObjectProblem, 'object' | 'level'> & { readonly level?: ObjectProblem['level'] },
) => void;

export type Fields = Readonly<Record<string, unknown>>;

/** A field that is there: Kubernetes takes null for nothing. */
export const isSet = (value: unknown): boolean => value !== undefined && value !== null;

/** Complains about one field: `spec.x must not …`. */
export function refuse(report: Report, path: FieldPath, text: string, rule = 'broken-rule'): void {
  report({ rule, path, message: `${formatFieldPath(path)} ${text}` });
}

/** A text that must have the syntax of some name. */
export function checkText(value: unknown, rule: NameRule, path: FieldPath, what: string, report: Report): void {
  if (typeof value !== 'string' || value === '') return;
  const expected = rule(value);
  if (expected === undefined) return;
  report({ rule: 'bad-name', path, message: `${formatFieldPath(path)} is no ${what}: it must be ${expected}` });
}

/** Of several fields just one must be there, or at most one. */
export function checkOneOf(
  fields: Fields,
  names: readonly string[],
  path: FieldPath,
  report: Report,
  needed: 'one' | 'at most one' = 'one',
): void {
  const given = names.filter((name) => isSet(fields[name]));
  if (given.length === 0 && needed === 'one') {
    const shown = names.length > 5 ? `${names.slice(0, 4).join(', ')}, …` : names.join(', ');
    refuse(report, path, `needs one of ${shown}`, 'missing-field');
  }
  const [first, second] = given;
  if (second !== undefined) refuse(report, [...path, second], `cannot be there beside ${first ?? ''}`);
}

/** Entries of a list of which no two may be the same in something. */
export function checkUnique(
  items: readonly { readonly path: FieldPath; readonly content: Fields }[],
  keyOf: (content: Fields) => string | undefined,
  field: string,
  report: Report,
): void {
  const seen = new Map<string, FieldPath>();
  for (const { path, content } of items) {
    const key = keyOf(content);
    if (key === undefined) continue;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, path);
    else refuse(report, [...path, field], `is the same as that of ${formatFieldPath(first)}`, 'duplicate-entry');
  }
}

export function checkLabels(labels: Fields, path: FieldPath, report: Report): void {
  for (const [key, value] of Object.entries(labels)) {
    checkText(key, qualifiedName, [...path, key], 'label', report);
    checkText(value, labelValue, [...path, key], 'value of a label', report);
  }
}

/** The `matchExpressions` of label and node selectors. */
export function checkExpressions(selector: Fields, path: FieldPath, report: Report): void {
  for (const { content, path: at } of itemsAt(selector, 'matchExpressions', path)) {
    const { operator, values, key } = content;
    const count = Array.isArray(values) ? values.length : 0;
    const where = [...at, 'values'];
    checkText(key, qualifiedName, [...at, 'key'], 'label', report);
    if ((operator === 'In' || operator === 'NotIn') && count === 0) refuse(report, where, `is needed for ${operator}`);
    if ((operator === 'Exists' || operator === 'DoesNotExist') && count > 0) {
      refuse(report, where, `cannot be there for ${operator}`);
    }
    if ((operator === 'Gt' || operator === 'Lt') && count !== 1)
      refuse(report, where, `must be one number for ${operator}`);
  }
}

const SELECTORS = new Set(['selector', 'labelSelector', 'podSelector', 'namespaceSelector', 'objectSelector']);

/** All label selectors of an object of Kubernetes' own. */
export function checkSelectors(node: unknown, path: FieldPath, report: Report): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    // Most of an object is no selector: no path is made for what cannot hold one.
    if (typeof value !== 'object' || value === null) continue;
    const at = [...path, Array.isArray(node) ? Number(key) : key];
    if (SELECTORS.has(key)) {
      const selector = record(value);
      checkLabels(fieldsAt(selector, ['matchLabels']), [...at, 'matchLabels'], report);
      checkExpressions(selector, at, report);
    }
    if (key !== 'matchLabels' && key !== 'data' && key !== 'stringData' && key !== 'annotations')
      checkSelectors(value, at, report);
  }
}

/** Of a quantity as it is written. */
export const isNegative = (value: unknown): boolean =>
  (typeof value === 'string' && value.startsWith('-')) || (typeof value === 'number' && value < 0);

export const isAddress = (value: unknown): boolean => typeof value === 'string' && isIP(value) !== 0;

/** An address and the length of its prefix: `10.0.0.0/8`. */
export function isCidr(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const [address = '', length = '', ...rest] = value.split('/');
  const version = isIP(address);
  return version !== 0 && rest.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128);
}
