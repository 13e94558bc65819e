/** Makes text with secrets in it showable: each secret becomes a mark that is equal for equal secrets. */
import { createHmac, randomBytes } from 'node:crypto';

export interface SecretMarks {
  /** `‹secret 1a2b3c4d, 12 bytes›`: equal for equal values, within this run. */
  mark(value: string | Uint8Array): string;
  /** The text with every known value, in all forms that it may take, replaced by its mark. */
  hide(text: string): string;
}

/** Shorter values are too common to be replaced wherever they occur. */
const SHORTEST = 4;

/** The forms in which a value surfaces in YAML, JSON, URLs and Secrets. */
export function formsOf(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const forms = [
    value,
    json,
    // Go's JSON writes these three so.
    json.replace(/</g, '\\u003c').replace(/>/g, '\\u003e').replace(/&/g, '\\u0026'),
    value.replace(/'/g, "''"),
    encodeURIComponent(value),
    Buffer.from(value).toString('base64'),
    ...value.split(/\r?\n/).map((line) => line.trim()),
  ];
  return [...new Set(forms)].filter((form) => form.length >= SHORTEST);
}

/**
 * @param values all that is known to be secret.
 * @param key of the marks; by default a random one of this run, so that a mark cannot be tried against guesses.
 */
export function createSecretMarks(
  values: Iterable<string> = [],
  key: Uint8Array | string = randomBytes(32),
): SecretMarks {
  const mark = (value: string | Uint8Array) => {
    const hash = createHmac('sha256', key).update(value).digest('hex').slice(0, 8);
    return `‹secret ${hash}, ${Buffer.byteLength(value)} bytes›`;
  };
  const marks = new Map<string, string>();
  for (const value of values) for (const form of formsOf(value)) marks.set(form, mark(value));
  const longestFirst = [...marks].sort(([a], [b]) => b.length - a.length);
  return {
    mark,
    hide: (text) =>
      longestFirst.reduce((hidden, [form, replacement]) => hidden.replaceAll(form, () => replacement), text),
  };
}
