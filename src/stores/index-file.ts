import { compareVersions, type IndexEntries, type IndexEntry } from '../core/chart-index.js';
import { HelmCdError, messageOf } from '../core/errors.js';
import { addToJsonIndex, emptyJsonIndex } from '../core/index-json.js';
import { addToYamlIndex, parseYaml } from './index-yaml.js';

/** A repository's `index.yaml`: YAML, or JSON, which every helm since 3.13 reads several times faster. */
export interface IndexFile {
  readonly entries: IndexEntries;
  /** The file's text with versions added, in its own style; nothing else but `generated` changes. */
  add(entries: readonly IndexEntry[], generated: string): string;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function readEntries(content: Record<string, unknown>, broken: (why: string) => HelmCdError): IndexEntries {
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

/**
 * Reads an index.
 * @param text nothing when the repository has none yet: then it is a new one, as JSON.
 * @param where the index's address, for messages.
 * @throws HelmCdError `file` when it is no index. It is then left alone: an index is never replaced by an empty one.
 */
export function readIndexFile(text: string | undefined, where: string): IndexFile {
  if (text === undefined) {
    return {
      entries: new Map(),
      add: (entries, generated) => addToJsonIndex(emptyJsonIndex(generated), entries, generated),
    };
  }
  const broken = (why: string, cause?: unknown) =>
    new HelmCdError('file', `${where} is no index of a chart repository: ${why}`, {
      hint: 'Mend it, or delete it if the repository is to start anew. Nothing was changed.',
      cause,
    });
  const isJson = /^\ufeff?\s*\{/.test(text);
  let content: unknown;
  try {
    content = isJson ? JSON.parse(text.replace(/^\ufeff/, '')) : parseYaml(text);
  } catch (cause) {
    throw broken(messageOf(cause).split('\n')[0] ?? '', cause);
  }
  if (!isRecord(content)) throw broken('it holds no map');
  if (typeof content['apiVersion'] !== 'string') throw broken('it has no apiVersion');
  const record = content;
  const entries = readEntries(record, broken);
  return {
    entries,
    add: (added, generated) =>
      isJson ? addToJsonIndex(text, added, generated) : addToYamlIndex(text, record, entries, added, generated),
  };
}

/** A chart's versions in an index, newest first, whatever order the file has. */
export function versionsOf(entries: IndexEntries, name: string): readonly IndexEntry[] {
  return [...(entries.get(name) ?? [])].sort((a, b) => compareVersions(a.version, b.version));
}
