import { isDeepStrictEqual } from 'node:util';
import type { IndexEntries, IndexEntry } from '../core/chart-index.js';
import { editJsonIndex, type IndexEdits, type ListEdit } from '../core/index-edit.js';
import { applySplices, type Splice } from '../core/splice.js';
import { print } from './index-yaml.js';
import { parseYaml, readYamlItem, yamlLayout, type YamlLayout, type YamlSection } from './index-yaml-layout.js';

/** Some digests look like numbers. */
const printDigest = (digest: string) => (/[a-df]/.test(digest) ? digest : JSON.stringify(digest));

/** An entry's text with another digest. */
function withDigest(item: string, digest: string, lineBreak: string): string {
  const indent = /^[ ]*-[ ]+/.exec(item)?.[0].length ?? 0;
  const line = new RegExp(String.raw`^(?: {${indent}}|[ ]*-[ ]+)digest:`, 'm').exec(item);
  // The dash of an entry takes up as much room as the indentation of its keys.
  if (line?.[0].length === indent + 'digest:'.length) {
    const value = line.index + line[0].length;
    const rest = /[^\r\n]*/.exec(item.slice(value))?.[0] ?? '';
    return `${item.slice(0, value)} ${printDigest(digest)}${item.slice(value + rest.length)}`;
  }
  return `${item}${' '.repeat(indent)}digest: ${printDigest(digest)}${lineBreak}`;
}

/** The lines of one chart with its list as it is to be; nothing when an item is not what it seems to be. */
function editSection(
  text: string,
  { lineBreak }: YamlLayout,
  section: YamlSection,
  present: readonly IndexEntry[],
  { order, digests }: ListEdit,
): string | undefined {
  if (section.items.length !== present.length) return undefined;
  const parts = [text.slice(section.start, section.items[0]?.start ?? section.body)];
  for (const index of order) {
    const [span, entry] = [section.items[index], present[index]];
    if (span === undefined || entry === undefined) throw new RangeError(`the list has no item ${index}`);
    const own = text.slice(span.start, span.end);
    const item = own.endsWith('\n') ? own : `${own}${lineBreak}`;
    const digest = digests?.get(index);
    const edited = digest === undefined ? item : withDigest(item, digest, lineBreak);
    const meant = digest === undefined ? entry : { ...entry, digest };
    if (!isDeepStrictEqual(readYamlItem(edited), meant)) return undefined;
    parts.push(edited);
  }
  return parts.join('');
}

/** The index changed by text; nothing when its layout is not the usual one. */
function splice(text: string, present: IndexEntries, edits: IndexEdits, generated: string): string | undefined {
  const layout = yamlLayout(text);
  if (layout?.sections.length !== present.size) return undefined;
  const stamp = `generated: ${JSON.stringify(generated)}`;
  const changes: Splice[] = [];
  if (layout.generated !== undefined) changes.push({ ...layout.generated, text: stamp });
  for (const section of layout.sections) {
    const edit = edits.get(section.name);
    if (edit === undefined) continue;
    const list = present.get(section.name) ?? [];
    const edited = edit.order.length === 0 ? '' : editSection(text, layout, section, list, edit);
    if (edited === undefined) return undefined;
    changes.push({ start: section.start, end: section.end, text: edited });
  }
  // Without any chart the key would have no value.
  if (layout.sections.every(({ name }) => edits.get(name)?.order.length === 0)) return undefined;
  const result = applySplices(text, changes);
  if (layout.generated !== undefined) return result;
  return `${result}${result.endsWith('\n') ? '' : layout.lineBreak}${stamp}${layout.lineBreak}`;
}

/** The lists as they are to be, as data. */
export function editEntries(present: IndexEntries, edits: IndexEdits): IndexEntries {
  const result = new Map<string, readonly IndexEntry[]>();
  for (const [name, list] of present) {
    const edit = edits.get(name);
    if (edit?.order.length === 0) continue;
    const place = (index: number): readonly IndexEntry[] => {
      const [entry, digest] = [list[index], edit?.digests?.get(index)];
      if (entry === undefined) return [];
      return [digest === undefined ? entry : { ...entry, digest }];
    };
    result.set(name, edit === undefined ? list : edit.order.flatMap(place));
  }
  return result;
}

/**
 * An index with some lists changed. Every entry that stays keeps its bytes (but for a new digest), and so does everything
 * else but `generated`. A YAML index in another layout than that of helm and its plugins is written anew with the same
 * content.
 * @param text an index that can be read.
 * @param present what is in it.
 * @param edits of charts that are in it.
 * @param generated RFC 3339.
 */
export function editIndex(text: string, present: IndexEntries, edits: IndexEdits, generated: string): string {
  if (/^\ufeff?\s*\{/.test(text)) return editJsonIndex(text, edits, generated);
  const spliced = splice(text, present, edits, generated);
  if (spliced !== undefined) return spliced;
  const content = parseYaml(text) as Readonly<Record<string, unknown>>;
  return print({ ...content, entries: Object.fromEntries(editEntries(present, edits)), generated });
}
