import { newestFirst, withEntries, type IndexEntries, type IndexEntry } from '../core/chart-index.js';
import { HelmCdError, messageOf } from '../core/errors.js';
import { addToJsonIndex, emptyJsonIndex, repeatedKey } from '../core/index-json.js';
import { addToLaidOutIndex, rewriteYamlIndex } from './index-yaml.js';
import { parseYaml, readYamlItem, yamlLayout } from './index-yaml-layout.js';

/** A repository's `index.yaml`: YAML, or JSON, which every helm since 3.13 reads several times faster. */
export interface IndexFile {
  readonly entries: IndexEntries;
  /** The file's text with versions added, in its own style; nothing else but `generated` changes. */
  add(entries: readonly IndexEntry[], generated: string): string;
}

/** Aliases may multiply a text to any size; no index has so many values. */
const MAX_VALUES = 20_000_000;

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

type Broken = (why: string, cause?: unknown) => HelmCdError;

function readEntries(content: Record<string, unknown>, broken: Broken): IndexEntries {
  const charts = content['entries'] ?? {};
  if (!isRecord(charts)) throw broken('"entries" is no map');
  const entries = new Map<string, readonly IndexEntry[]>();
  for (const [name, list] of Object.entries(charts)) {
    if (list === null) entries.set(name, []);
    else if (Array.isArray(list) && list.every((item) => isRecord(item) && typeof item['version'] === 'string')) {
      entries.set(name, list as IndexEntry[]);
    } else throw broken(`"entries" has no list of versions for ${name}`);
  }
  return entries;
}

function checkContent(content: unknown, broken: Broken): Record<string, unknown> {
  if (!isRecord(content)) throw broken('it holds no map');
  if (typeof content['apiVersion'] !== 'string') throw broken('it has no apiVersion');
  return content;
}

/** How many values there are, those behind aliases counted as often as they appear; stops when they are too many. */
function countValues(value: unknown, known = new Map<object, number>()): number {
  if (typeof value !== 'object' || value === null) return 1;
  const counted = known.get(value);
  if (counted !== undefined) return counted;
  // An alias to what it is in has no end.
  known.set(value, MAX_VALUES + 1);
  let count = 1;
  for (const item of Object.values(value)) count += countValues(item, known);
  known.set(value, count);
  return count;
}

function readJson(text: string, broken: Broken): IndexFile {
  const bare = text.replace(/^\ufeff/, '');
  const content = checkContent(JSON.parse(bare), broken);
  const entries = readEntries(content, broken);
  const repeated = repeatedKey(bare);
  if (repeated !== undefined) throw broken(`it has "${repeated}" more than once`);
  return fileOf(entries, (added, generated) => addToJsonIndex(text, entries, added, generated));
}

function readYaml(text: string, broken: Broken): IndexFile {
  return readLaidOutYaml(text, broken) ?? readAnyYaml(text, broken);
}

/** An index in the layout that helm writes: version by version, so that little memory is needed. */
function readLaidOutYaml(text: string, broken: Broken): IndexFile | undefined {
  const layout = yamlLayout(text);
  if (layout === undefined) return undefined;
  checkContent(layout.content, broken);
  const entries = new Map<string, readonly IndexEntry[]>();
  for (const { name, items } of layout.sections) {
    const list: IndexEntry[] = [];
    for (const { start, end } of items) {
      const entry = readYamlItem(text.slice(start, end));
      if (entry === undefined) return undefined;
      list.push(entry);
    }
    entries.set(name, list);
  }
  return fileOf(entries, (added, generated) => addToLaidOutIndex(text, layout, entries, added, generated));
}

function readAnyYaml(text: string, broken: Broken): IndexFile {
  const content = checkContent(parseYaml(text), broken);
  if (countValues(content) > MAX_VALUES) throw broken('its aliases have no end');
  const entries = readEntries(content, broken);
  return fileOf(entries, (added, generated) => rewriteYamlIndex(content, entries, added, generated));
}

/**
 * The last texts that were read or made, and what they say. An index is read, changed, and read back within a moment;
 * what comes back as it was written need not be taken apart again.
 */
const remembered: { readonly text: string; readonly file: IndexFile }[] = [];
const REMEMBERED = 2;

function remember(text: string, file: IndexFile): IndexFile {
  remembered.unshift({ text, file });
  remembered.length = Math.min(remembered.length, REMEMBERED);
  return file;
}

function fileOf(entries: IndexEntries, add: IndexFile['add']): IndexFile {
  return {
    entries,
    add(added, generated) {
      const text = add(added, generated);
      const own = JSON.parse(JSON.stringify(added)) as readonly IndexEntry[];
      const result = withEntries(entries, own);
      remember(text, { entries: result, add: (more, time) => parseIndexFile(text, 'index.yaml').add(more, time) });
      return text;
    },
  };
}

/** Reads an index as `readIndexFile` does, whether or not it was read before. */
export function parseIndexFile(text: string | undefined, where: string): IndexFile {
  if (text === undefined) {
    const none: IndexEntries = new Map();
    return fileOf(none, (added, generated) => addToJsonIndex(emptyJsonIndex(generated), none, added, generated));
  }
  const broken: Broken = (why, cause) =>
    new HelmCdError('file', `${where} is no index of a chart repository: ${why}`, {
      hint: 'Mend it, or delete it if the repository is to start anew. Nothing was changed.',
      cause,
    });
  const read = /^\ufeff?\s*\{/.test(text) ? readJson : readYaml;
  try {
    return read(text, broken);
  } catch (cause) {
    throw cause instanceof HelmCdError ? cause : broken(messageOf(cause).split('\n')[0] ?? '', cause);
  }
}

/**
 * Reads an index.
 * @param text nothing when the repository has none yet: then it is a new one, as JSON.
 * @param where the index's address, for messages.
 * @throws HelmCdError `file` when it is no index. It is then left alone: an index is never replaced by an empty one.
 */
export function readIndexFile(text: string | undefined, where: string): IndexFile {
  const known = remembered.find((candidate) => candidate.text === text);
  if (known !== undefined) return known.file;
  const file = parseIndexFile(text, where);
  return text === undefined ? file : remember(text, file);
}

const PIECE = 64 * 1024;

/** Whether a text's UTF-8 is these bytes; piece by piece, for another copy of 20 MB would not be forgotten soon. */
function isTextOf(bytes: Buffer, text: string): boolean {
  if (bytes.length !== Buffer.byteLength(text)) return false;
  let at = 0;
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + PIECE, text.length);
    const last = text.charCodeAt(end - 1);
    // Not between the two halves of a character.
    if (last >= 0xd800 && last < 0xdc00 && end < text.length) end++;
    const piece = Buffer.from(text.slice(start, end));
    if (piece.compare(bytes, at, at + piece.length) !== 0) return false;
    at += piece.length;
    start = end;
  }
  return true;
}

/** Reads an index as `readIndexFile` does, from the bytes of the file. */
export function readIndexBytes(bytes: Uint8Array | undefined, where: string): IndexFile {
  if (bytes === undefined) return readIndexFile(undefined, where);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const known = remembered.find((candidate) => isTextOf(buffer, candidate.text));
  return known?.file ?? readIndexFile(buffer.toString('utf8'), where);
}

/** A chart's versions in an index, newest first, whatever order the file has. */
export function versionsOf(entries: IndexEntries, name: string): readonly IndexEntry[] {
  return newestFirst(entries.get(name) ?? []);
}
