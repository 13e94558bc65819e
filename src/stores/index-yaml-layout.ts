import { NOT_RESOLVED, boolCoreTag, floatCoreTag, intCoreTag, load, nullCoreTag } from 'js-yaml';
import type { IndexEntry } from '../core/chart-index.js';
import type { Span } from '../core/json-spans.js';
import { NOT_PLAIN, readPlainYaml, type Scalars } from '../core/plain-yaml.js';

/**
 * Where things are in an index in the layout that helm, its plugins and chart-releaser write: `entries:` on a line of its
 * own, below it each chart's name on a line of its own, below that one list item for each version. Each part is YAML by
 * itself, so that one can be read, put in or taken out without the rest.
 */
export interface YamlLayout {
  /** All below `entries:`. */
  readonly charts: Span;
  /** In the file's order; all of `charts` but what stands before the first. */
  readonly sections: readonly YamlSection[];
  /** The white space before the charts' names. */
  readonly indent: number;
  /** The file's line break. */
  readonly lineBreak: '\n' | '\r\n';
  /** Its place without the line break, if there is one. */
  readonly generated: Span | undefined;
  /** What the file says besides the charts. */
  readonly content: Readonly<Record<string, unknown>>;
}

/** The lines of one chart, the next chart's excluded. */
export interface YamlSection extends Span {
  readonly name: string;
  /** After the line with the name. */
  readonly body: number;
  /** From the dash to the next item; the last takes all that is left. */
  readonly items: readonly Span[];
  /** The white space before the dashes. */
  readonly indent: number;
}

const IMPLICIT_TAGS = [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag];

/** Dates and words like `yes` stay texts, as helm wrote them. */
const SCALARS: Scalars = {
  resolve(plain) {
    for (const tag of IMPLICIT_TAGS) {
      const value: unknown = tag.resolve(plain, false, tag.tagName);
      if (value !== NOT_RESOLVED) return value;
    }
    return plain;
  },
  flow(text) {
    try {
      return load(text);
    } catch {
      return NOT_PLAIN;
    }
  },
};

/** @throws YAMLException when it is none. Dates and words like `yes` stay texts, as helm wrote them. */
export function parseYaml(text: string): unknown {
  const plain = readPlainYaml(text, SCALARS);
  return plain === NOT_PLAIN ? load(text) : plain;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** What one item's lines say; nothing when they are not one item that is a version of a chart. */
export function readYamlItem(text: string): IndexEntry | undefined {
  let list: unknown;
  try {
    list = parseYaml(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(list) || list.length !== 1) return undefined;
  const entry: unknown = list[0];
  return isRecord(entry) && typeof entry['version'] === 'string' ? (entry as IndexEntry) : undefined;
}

const SPACE = 32;
const HASH = 35;
const DASH = 45;

/** The offset of a line's first character that is no space, and that of the next line. */
interface Line extends Span {
  readonly first: number;
}

/** The next line that is neither empty nor a comment. */
function nextLine(text: string, from: number, limit: number): Line | undefined {
  for (let start = from; start < limit;) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 || newline >= limit ? limit : newline + 1;
    let first = start;
    while (text.charCodeAt(first) === SPACE) first++;
    const code = text.charCodeAt(first);
    const isEmpty = first >= end || code === 10 || code === 13 || code === 9;
    if (!(isEmpty && text.slice(first, end).trim() === '') && code !== HASH) return { start, end, first };
    start = end;
  }
  return undefined;
}

const NAME = /^[A-Za-z][\w.-]*$/;
const ENDS_WITH_COLON = /:[ \t]*(?:#.*)?\r?\n?$/;
/** Words that some YAML parser takes for something else than a text. */
export const RESERVED = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf|infinity)$/i;

/** The chart that a line `name:` is about; `null` and `[]` may stand behind it. */
function nameOn(line: string): string | undefined {
  const trimmed = line.trim();
  const plain = trimmed.endsWith(':') ? trimmed.slice(0, -1) : '';
  if (NAME.test(plain) && !RESERVED.test(plain)) return plain;
  try {
    const map = load(trimmed);
    const [member, ...more] = isRecord(map) ? Object.entries(map) : [];
    if (member === undefined || more.length > 0) return undefined;
    const [name, value] = member;
    const isPlainText = parseYaml(`- ${trimmed.slice(0, trimmed.lastIndexOf(':'))}`);
    if (!Array.isArray(isPlainText) || isPlainText[0] !== name) return undefined;
    return value === null || (Array.isArray(value) && value.length === 0) ? name : undefined;
  } catch {
    return undefined;
  }
}

/** All lines below `entries:`, and where the top level goes on; nothing when it is not on a line of its own, once. */
function findCharts(text: string): Span | undefined {
  const heads = [...text.matchAll(/^entries:[ \t]*(?:#.*)?\r?\n/gm)];
  const [head] = heads;
  if (head === undefined || heads.length > 1) return undefined;
  const start = head.index + head[0].length;
  const next = /^[^\s#]/gm;
  next.lastIndex = start;
  return { start, end: next.exec(text)?.index ?? text.length };
}

function sectionsOf(text: string, charts: Span): { sections: YamlSection[]; indent: number } | undefined {
  const first = nextLine(text, charts.start, charts.end);
  if (first === undefined) return undefined;
  // The level of the charts' names.
  const indent = first.first - first.start;
  const sections: YamlSection[] = [];
  const names = new Set<string>();
  let line: Line | undefined = first;
  while (line !== undefined) {
    const name = nameOn(text.slice(line.start, line.end));
    if (line.first - line.start !== indent || name === undefined || names.has(name)) return undefined;
    names.add(name);
    const head: Line = line;
    const starts: number[] = [];
    let itemIndent = indent;
    line = nextLine(text, head.end, charts.end);
    while (line !== undefined) {
      const column = line.first - line.start;
      const isDash = text.charCodeAt(line.first) === DASH;
      if (starts.length === 0) {
        if (!isDash || column < indent) break;
        itemIndent = column;
      }
      if (column === itemIndent && isDash) starts.push(line.start);
      else if (column <= itemIndent) break;
      line = nextLine(text, line.end, charts.end);
    }
    const end: number = line?.start ?? charts.end;
    if (starts.length > 0 && !ENDS_WITH_COLON.test(text.slice(head.start, head.end))) return undefined;
    const items = starts.map((start, index) => ({ start, end: starts[index + 1] ?? end }));
    sections.push({ name, start: head.start, body: head.end, end, items, indent: itemIndent });
  }
  return { sections, indent };
}

/**
 * @param text an index.
 * @returns nothing when it is laid out in another way, or is no YAML at all.
 */
export function yamlLayout(text: string): YamlLayout | undefined {
  // A carriage return alone is a line break to YAML; marks and directives of documents have no place in an index.
  if (/\r(?!\n)|^(?:\.\.\.|%|\ufeff)/m.test(text) || !text.endsWith('\n')) return undefined;
  const charts = findCharts(text);
  if (charts === undefined) return undefined;
  const found = sectionsOf(text, charts);
  if (found === undefined) return undefined;
  const rest = text.slice(0, charts.start) + text.slice(charts.end);
  let content: unknown;
  try {
    content = load(rest);
  } catch {
    return undefined;
  }
  if (!isRecord(content) || content['entries'] !== null) return undefined;
  const stamps = [...rest.matchAll(/^generated:.*$/gm)];
  const [stamp] = stamps;
  let generated: Span | undefined;
  if (stamp !== undefined) {
    const line = stamp[0].replace(/\r$/, '');
    const at = stamp.index < charts.start ? stamp.index : stamp.index + charts.end - charts.start;
    // Text that goes on below would be left over.
    if (stamps.length > 1 || !isWhole(line)) return undefined;
    generated = { start: at, end: at + line.length };
    if (/^[ \t]+\S/.test(text.slice(at + stamp[0].length + 1).split('\n', 1)[0] ?? '')) return undefined;
  } else if (Object.hasOwn(content, 'generated')) return undefined;
  const lineBreak = text.charAt(text.indexOf('\n') - 1) === '\r' ? '\r\n' : '\n';
  return { charts, ...found, lineBreak, generated, content };
}

function isWhole(line: string): boolean {
  try {
    const value = load(line);
    return isRecord(value) && !/^generated:\s*[|>&*!]/.test(line);
  } catch {
    return false;
  }
}
