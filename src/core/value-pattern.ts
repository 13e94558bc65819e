import { formatValuePath, type ValuePath } from './values-parity.js';

const PART = /\["(?:[^"\\]|\\.)*"\]|\[[^\]]*\]|[^.[\]]+/g;

function keyOf(part: string): string {
  if (!part.startsWith('["')) return part;
  try {
    return String((JSON.parse(part) as unknown[])[0]);
  } catch {
    return part;
  }
}

const escapeRegExp = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/**
 * A pattern for values: a dotted path in which `*` stands for any part of one key: `config.*`, `*.replicas`,
 * `env[DEBUG_*]`. It covers what is below, too.
 * @returns a test for paths.
 */
export function valuePattern(pattern: string): (path: ValuePath) => boolean {
  const keys = (pattern.match(PART) ?? []).map((part) => {
    const source = keyOf(part).split('*').map(escapeRegExp).join('.*');
    return new RegExp(`^${source}$`, 's');
  });
  return (path) =>
    keys.length > 0 && keys.length <= path.length && keys.every((key, index) => key.test(path[index] ?? ''));
}

/** Whether a text is a pattern that `valuePattern` reads as it was meant. */
export function isValuePattern(text: string): boolean {
  return text !== '' && formatValuePath((text.match(PART) ?? []).map(keyOf)) === text;
}
