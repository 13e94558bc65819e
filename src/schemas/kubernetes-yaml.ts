/**
 * YAML as Kubernetes reads it: the YAML 1.1 of Go's yaml v2, in which `on`, `yes` and `y` are booleans, `0644` is octal,
 * a date is text and `1:30` is text.
 */
import {
  EVENT_ID,
  NOT_RESOLVED,
  Schema,
  YAMLException,
  binaryTag,
  boolYaml11Tag,
  defineScalarTag,
  getScalarValue,
  load,
  mapTag,
  mergeTag,
  nullYaml11Tag,
  parseEvents,
  seqTag,
  strTag,
} from 'js-yaml';
import type { FieldPath } from '../core/field-path.js';
import { NOT_PLAIN, readPlainYaml, type Scalars } from '../core/plain-yaml.js';

const DIGITS = '0123456789'.split('');
const INTEGER = /^[-+]?(?:0|[1-9][0-9]*|0[0-7]+|0o[0-7]+|0x[0-9a-f]+|0b[01]+)$/i;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:e[-+]?[0-9]+)?$/i;
/** Kubernetes' integers have 64 bits; what is longer is read as a float. */
const LONGEST_INTEGER = 2n ** 64n;

function toInteger(plain: string): number | undefined {
  if (!INTEGER.test(plain)) return undefined;
  const negative = plain.startsWith('-');
  const digits = plain.replace(/^[-+]/, '');
  const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits.toLowerCase());
  if (value >= LONGEST_INTEGER) return undefined;
  return negative ? -Number(value) : Number(value);
}

const integerTag = defineScalarTag<number>('tag:yaml.org,2002:int', {
  implicit: true,
  implicitFirstChars: ['-', '+', ...DIGITS],
  resolve: (source) => toInteger(source.replaceAll('_', '')) ?? NOT_RESOLVED,
  identify: () => false,
});

const NOT_FINITE: Readonly<Record<string, number>> = {
  '.nan': Number.NaN,
  '.inf': Number.POSITIVE_INFINITY,
  '+.inf': Number.POSITIVE_INFINITY,
  '-.inf': Number.NEGATIVE_INFINITY,
};

const floatTag = defineScalarTag<number>('tag:yaml.org,2002:float', {
  implicit: true,
  implicitFirstChars: ['-', '+', '.', ...DIGITS],
  resolve(source) {
    const plain = source.replaceAll('_', '');
    return FLOAT.test(plain) ? Number(plain) : (NOT_FINITE[source.toLowerCase()] ?? NOT_RESOLVED);
  },
  identify: () => false,
});

const KUBERNETES_SCHEMA = new Schema([
  strTag,
  seqTag,
  mapTag,
  nullYaml11Tag,
  boolYaml11Tag,
  integerTag,
  floatTag,
  mergeTag,
  binaryTag,
]);

const IMPLICIT_TAGS = [nullYaml11Tag, boolYaml11Tag, integerTag, floatTag];

/** What a plain scalar is by the schema. */
function resolvePlain(plain: string): unknown {
  const first = plain.charAt(0);
  for (const tag of IMPLICIT_TAGS) {
    if (tag.implicitFirstChars?.includes(first) === false) continue;
    const value: unknown = tag.resolve(plain, false, tag.tagName);
    if (value !== NOT_RESOLVED) return value;
  }
  return plain;
}

/** Deeper than any object the API server accepts. */
const MAX_DEPTH = 1000;
/** What aliases may multiply a document to; far below what a "billion laughs" document asks for. */
const MAX_EXPANDED_NODES = 1_000_000;

/** Why a document cannot be read, and on which of its lines (from 1) that was noticed. */
export class KubernetesYamlError extends Error {
  readonly line: number | undefined;
  /** Whether the fault is on that line; a wrong indentation or an open quote is noticed later. */
  readonly certain: boolean;

  constructor(reason: string, line?: number, certain = false) {
    super(reason);
    this.name = 'KubernetesYamlError';
    this.line = line;
    this.certain = certain;
  }
}

/** Whether what the parser stumbled over is itself the fault. */
function isCertain(reason: string, text: string, line: number, column: number): boolean {
  if (/^(?:tab characters|unknown escape|unidentified alias|unknown (?:scalar )?tag)/.test(reason)) return true;
  // `a: b: c` and `a: @b`: a value that cannot stand behind its key.
  const before = text.split('\n')[line]?.slice(0, column) ?? '';
  return /^\s*(?:- +)*[^\s:][^:]*: /.test(before);
}

/** The number of nodes of a tree in which aliases may make one object appear many times. */
function expandedSize(value: unknown, known = new Map<object, number>()): number {
  if (typeof value !== 'object' || value === null) return 1;
  const counted = known.get(value);
  if (counted !== undefined) return counted;
  known.set(value, 1);
  let size = 1;
  for (const child of Array.isArray(value) ? (value as unknown[]) : Object.values(value)) {
    size += expandedSize(child, known);
  }
  known.set(value, size);
  return size;
}

/** One document. */
export interface KubernetesDocument {
  readonly value: unknown;
  /** Whether a map has a key twice; of these the last counts, as in Kubernetes. `readPositions` finds them. */
  readonly hasDuplicateKeys: boolean;
}

function loadDocument(text: string, duplicateKeys: boolean): unknown {
  const options = { schema: KUBERNETES_SCHEMA, json: duplicateKeys, maxDepth: MAX_DEPTH, maxAliases: 10_000 };
  try {
    return load(text, options);
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { reason, mark } = error;
    if (mark === undefined) throw new KubernetesYamlError(reason);
    throw new KubernetesYamlError(reason, mark.line + 1, isCertain(reason, text, mark.line, mark.column));
  }
}

/** Scalars and brackets as Kubernetes reads them. */
export const SCALARS: Scalars = {
  resolve: resolvePlain,
  flow(text) {
    try {
      return loadDocument(text, false);
    } catch (error) {
      if (error instanceof KubernetesYamlError) return NOT_PLAIN;
      throw error;
    }
  },
};

/**
 * Reads one document.
 * @throws KubernetesYamlError for what is no YAML, has several documents, or is a bomb of aliases.
 */
export function readKubernetesYaml(text: string): KubernetesDocument {
  const plain = readPlainYaml(text, SCALARS);
  return plain === NOT_PLAIN ? readAnyYaml(text) : { value: plain, hasDuplicateKeys: false };
}

/**
 * Reads one document by the whole parser, whatever it looks like.
 * @throws KubernetesYamlError as `readKubernetesYaml` does.
 */
export function readAnyYaml(text: string): KubernetesDocument {
  let value: unknown;
  let hasDuplicateKeys = false;
  try {
    value = loadDocument(text, false);
  } catch (error) {
    if (!(error instanceof KubernetesYamlError) || !error.message.includes('duplicated mapping key')) throw error;
    hasDuplicateKeys = true;
    value = loadDocument(text, true);
  }
  if (/[&*]/.test(text) && expandedSize(value) > MAX_EXPANDED_NODES) {
    throw new KubernetesYamlError('its aliases expand to more than a million nodes');
  }
  return { value, hasDuplicateKeys };
}

/** The content of a document: `readKubernetesYaml` without more. */
export function parseKubernetesYaml(text: string): unknown {
  return readKubernetesYaml(text).value;
}

/** A node of a document with the offset of each key. */
interface PositionNode {
  readonly start: number;
  readonly keys?: Map<string, { readonly keyStart: number; readonly value: PositionNode }>;
  readonly items?: PositionNode[];
}

export interface DuplicateKey {
  /** The path of the key. */
  readonly path: FieldPath;
  /** The lines (from 1) of the second and the first of the two. */
  readonly line: number;
  readonly firstLine: number;
}

/** Where things are in one document. */
export interface Positions {
  /** The line (from 1) of a field's key or of a list's item, or of the nearest parent that is written. */
  lineOf(path: FieldPath): number;
  readonly duplicates: readonly DuplicateKey[];
}

/** Reads the positions of a document that `parseKubernetesYaml` can read. */
export function readPositions(text: string): Positions {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  const lineAt = (offset: number) => {
    let low = 0;
    let high = lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };

  const events = parseEvents(text, { maxDepth: MAX_DEPTH });
  const duplicates: DuplicateKey[] = [];
  let next = 0;
  let last = 0;

  const readNode = (path: FieldPath): PositionNode => {
    const event = events[next++];
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        // An empty scalar stands nowhere: it is where the last thing was.
        last = event.valueStart >= 0 && event.valueEnd > event.valueStart ? event.valueStart : last;
        return { start: last };
      case EVENT_ID.ALIAS:
        last = event.anchorStart;
        return { start: last };
      case EVENT_ID.SEQUENCE: {
        const items: PositionNode[] = [];
        while (events[next]?.type !== EVENT_ID.POP && next < events.length)
          items.push(readNode([...path, items.length]));
        next++;
        return { start: event.start, items };
      }
      case EVENT_ID.MAPPING: {
        const keys = new Map<string, { keyStart: number; value: PositionNode }>();
        const { start } = event;
        while (events[next]?.type !== EVENT_ID.POP && next < events.length) {
          const keyEvent = events[next];
          const key = keyEvent?.type === EVENT_ID.SCALAR ? getScalarValue(text, keyEvent) : '';
          const keyNode = readNode(path);
          const before = keys.get(key);
          const value = readNode([...path, key]);
          if (before !== undefined && key !== '<<') {
            duplicates.push({
              path: [...path, key],
              line: lineAt(keyNode.start),
              firstLine: lineAt(before.keyStart),
            });
          }
          keys.set(key, { keyStart: keyNode.start, value });
        }
        next++;
        return { start, keys };
      }
      default:
        return { start: last };
    }
  };

  while (next < events.length && events[next]?.type === EVENT_ID.DOCUMENT) next++;
  const root = readNode([]);
  return {
    duplicates,
    lineOf(path) {
      let node = root;
      let offset = root.start;
      for (const part of path) {
        const child = typeof part === 'string' ? node.keys?.get(part) : undefined;
        const item = typeof part === 'number' ? node.items?.[part] : undefined;
        if (child !== undefined) {
          offset = child.keyStart;
          node = child.value;
        } else if (item !== undefined) {
          offset = item.start;
          node = item;
        } else break;
      }
      return lineAt(offset);
    },
  };
}
