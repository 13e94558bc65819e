import { isDeepStrictEqual } from 'node:util';
import { SCALAR_STYLE, YAML11_SCHEMA, dump, load, type ScalarStyleRule } from 'js-yaml';
import { insertionIndex, type IndexEntry } from '../core/chart-index.js';
import { groupEntries } from '../core/index-json.js';

/** Words that some YAML parser takes for something else than a text. */
const RESERVED = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf|infinity)$/i;
/** What every YAML parser reads as a text: words, paths, URLs and versions. */
const PLAIN = /^(?:[A-Za-z][A-Za-z0-9_./+-]*|[a-z]+:\/\/[A-Za-z0-9_./+%-]+|\d+\.\d+\.\d+(?:[-+][A-Za-z0-9.+-]*)?)$/;

/** Helm's parser speaks YAML 1.1 with Go's own ideas of numbers, so that 1e3 or 0o17 must be quoted, too. */
const quoteWhatIsNotPlain: ScalarStyleRule = (layout) => {
  const { value } = layout.node;
  if (layout.node.tag !== 'tag:yaml.org,2002:str') return;
  layout.style = PLAIN.test(value) && !RESERVED.test(value) ? SCALAR_STYLE.PLAIN : SCALAR_STYLE.DOUBLE_QUOTED;
};

function print(value: unknown): string {
  return dump(value, {
    schema: YAML11_SCHEMA,
    lineWidth: -1,
    noRefs: true,
    seqNoIndent: true,
    scalarStyleRules: [quoteWhatIsNotPlain],
  });
}

interface Line {
  readonly start: number;
  readonly text: string;
  readonly indent: number;
}

function linesOf(text: string, start: number, end: number): readonly Line[] {
  const lines: Line[] = [];
  for (let at = start; at < end;) {
    const newline = text.indexOf('\n', at);
    const next = newline === -1 || newline >= end ? end : newline + 1;
    const line = text.slice(at, next);
    lines.push({ start: at, text: line, indent: line.length - line.trimStart().length });
    at = next;
  }
  return lines.filter((line) => line.text.trim() !== '');
}

const indented = (text: string, spaces: number) => text.replace(/^(?=.)/gm, ' '.repeat(spaces));

/** The part of the text that holds the charts: after `entries:` and before the next key of the top level. */
function entriesSection(text: string): { start: number; end: number } | undefined {
  const head = /^entries:[ \t]*\r?\n/m.exec(text);
  if (head === null) return undefined;
  const start = head.index + head[0].length;
  const rest = /^[^\s#-]/m.exec(text.slice(start));
  return { start, end: rest === null ? text.length : start + rest.index };
}

interface Section {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly indent: number;
}

/** The charts, when each is a key on a line of its own with its list below; nothing for any other layout. */
function chartSections(text: string, range: { start: number; end: number }): readonly Section[] | undefined {
  const lines = linesOf(text, range.start, range.end);
  const indent = lines[0]?.indent ?? 2;
  const heads = lines.filter((line) => line.indent === indent && !line.text.trimStart().startsWith('-'));
  const sections: Section[] = [];
  for (const [index, head] of heads.entries()) {
    const key = /^\s*(?:"([^"\\]+)"|'([^']+)'|([\w.-]+)):[ \t]*\r?\n$/.exec(head.text);
    const name = key?.[1] ?? key?.[2] ?? key?.[3];
    if (name === undefined) return undefined;
    sections.push({ name, start: head.start, end: heads[index + 1]?.start ?? range.end, indent });
  }
  return sections;
}

/** One chart's list with entries added; nothing when the text is not laid out as expected. */
function spliceSection(
  text: string,
  section: Section,
  present: readonly IndexEntry[],
  added: readonly IndexEntry[],
): string | undefined {
  const [, ...lines] = linesOf(text, section.start, section.end);
  const first = lines[0];
  if (first === undefined) return undefined;
  const items = lines.filter((line) => line.indent === first.indent && line.text.trimStart().startsWith('-'));
  if (items.length !== present.length || items[0] !== first) return undefined;
  const versions = present.map((entry) => entry.version);
  const endOf = (index: number) => items[index + 1]?.start ?? section.end;
  // Parsing all of it again would take seconds; that the places next to the new text are what they seem to be is enough.
  const isItem = (index: number) => {
    const start = items[index]?.start;
    return start === undefined || isListOf(text.slice(start, endOf(index)), present[index]);
  };
  let result = '';
  let at = section.start;
  for (const entry of added) {
    const index = insertionIndex(versions, entry.version);
    const place = items[index]?.start ?? section.end;
    const before = text.slice(at, place);
    const printed = indented(print([entry]), first.indent);
    if (!isItem(index - 1) || !isItem(index) || !isListOf(printed, entry)) return undefined;
    result += before + (before === '' || before.endsWith('\n') ? '' : '\n') + printed;
    at = place;
  }
  return result + text.slice(at, section.end);
}

/** Whether a text is a YAML list of that one item. */
function isListOf(text: string, item: unknown): boolean {
  try {
    return isDeepStrictEqual(load(text), JSON.parse(JSON.stringify([item])));
  } catch {
    return false;
  }
}

/** The index with the entries in place, by text; nothing when its layout is not the usual one. */
function splice(
  text: string,
  present: ReadonlyMap<string, readonly IndexEntry[]>,
  added: ReadonlyMap<string, readonly IndexEntry[]>,
  generated: string,
): string | undefined {
  const range = entriesSection(text);
  if (range === undefined) return undefined;
  const sections = chartSections(text, range);
  if (sections === undefined || sections.length !== present.size) return undefined;
  const changes: { start: number; end: number; text: string }[] = [];
  for (const [name, entries] of added) {
    const section = sections.find((candidate) => candidate.name === name);
    if (section !== undefined) {
      const changed = spliceSection(text, section, present.get(name) ?? [], entries);
      if (changed === undefined) return undefined;
      changes.push({ start: section.start, end: section.end, text: changed });
    } else {
      const next = sections.find((candidate) => candidate.name > name);
      const start = next?.start ?? range.end;
      const newline = start === range.end && !text.slice(0, start).endsWith('\n') ? '\n' : '';
      const printed = indented(print({ [name]: entries }), sections[0]?.indent ?? 2);
      changes.push({ start, end: start, text: newline + printed });
    }
  }
  const stamp = /^generated:.*$/m.exec(text);
  const line = `generated: ${JSON.stringify(generated)}`;
  if (stamp !== null) changes.push({ start: stamp.index, end: stamp.index + stamp[0].length, text: line });
  else changes.push({ start: text.length, end: text.length, text: `${text.endsWith('\n') ? '' : '\n'}${line}\n` });
  const parts: string[] = [];
  let at = 0;
  for (const change of changes.sort((a, b) => a.start - b.start)) {
    parts.push(text.slice(at, change.start), change.text);
    at = change.end;
  }
  return [...parts, text.slice(at)].join('');
}

/**
 * A YAML index with entries added, each where its version belongs. In the layout that helm and its plugins write every
 * other byte stays, but for `generated`; any other layout is written anew with the same content.
 * @param content what the text says.
 * @param entries versions that are not in it yet.
 */
export function addToYamlIndex(
  text: string,
  content: Readonly<Record<string, unknown>>,
  present: ReadonlyMap<string, readonly IndexEntry[]>,
  entries: readonly IndexEntry[],
  generated: string,
): string {
  const added = groupEntries(entries);
  const spliced = splice(text, present, added, generated);
  if (spliced !== undefined) return spliced;
  const merged = new Map(present);
  for (const [name, list] of added) {
    const versions = [...(present.get(name) ?? [])];
    for (const entry of list)
      versions.splice(
        insertionIndex(
          versions.map((item) => item.version),
          entry.version,
        ),
        0,
        entry,
      );
    merged.set(name, versions);
  }
  const charts = Object.fromEntries([...merged].sort(([a], [b]) => (a < b ? -1 : 1)));
  return print({ ...content, entries: charts, generated });
}

/** @throws YAMLException when it is none. Dates and words like `yes` stay texts, as helm wrote them. */
export function parseYaml(text: string): unknown {
  return load(text);
}
