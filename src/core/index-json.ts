import { groupEntries, insertionIndex, type IndexEntries, type IndexEntry } from './chart-index.js';
import { itemsOf, membersOf, valueStart, type Member, type Span } from './json-spans.js';
import { applySplices, type Splice } from './splice.js';

const insertion = (at: number, text: string): Splice => ({ start: at, end: at, text });

/** An index with nothing in it, in the layout that keeps one version a line. */
export function emptyJsonIndex(generated: string): string {
  return `{\n  "apiVersion": "v1",\n  "entries": {},\n  "generated": ${JSON.stringify(generated)}\n}\n`;
}

/** The line break and white space before an offset. */
function indentationBefore(text: string, offset: number): string {
  return /(?:\r?\n)?[ \t]*$/.exec(text.slice(Math.max(0, offset - 200), offset))?.[0] ?? '';
}

function printList(entries: readonly IndexEntry[]): string {
  return `[${entries.map((entry) => `\n      ${JSON.stringify(entry)}`).join(',')}\n    ]`;
}

function printMember(name: string, entries: readonly IndexEntry[]): string {
  return `${JSON.stringify(name)}: ${printList(entries)}`;
}

/** New versions in the list of a chart, in the style of its first: on one line, or one line a field. */
function addToList(
  text: string,
  list: Span,
  present: readonly IndexEntry[],
  entries: readonly IndexEntry[],
): readonly Splice[] {
  const items = itemsOf(text, list.start);
  const [first] = items;
  const last = items.at(-1);
  if (first === undefined || last === undefined) return [{ ...list, text: printList(entries) }];
  const indentation = indentationBefore(text, first.start);
  const pretty = text.slice(first.start, first.end).includes('\n');
  const print = (entry: IndexEntry) =>
    pretty
      ? JSON.stringify(entry, null, 2).replaceAll('\n', `\n${indentation.replace(/^\r?\n/, '')}`)
      : JSON.stringify(entry);
  const versions = present.map((entry) => entry.version);
  return entries.map((entry) => {
    const next = items[insertionIndex(versions, entry.version)];
    return next === undefined
      ? insertion(last.end, `,${indentation}${print(entry)}`)
      : insertion(next.start, `${print(entry)},${indentation}`);
  });
}

/** A chart that is new, where its name belongs. */
function addChart(text: string, charts: readonly Member[], name: string, entries: readonly IndexEntry[]): Splice {
  const printed = printMember(name, entries);
  const next = charts.find((member) => member.key > name);
  if (next !== undefined) return insertion(next.start, `${printed},${indentationBefore(text, next.start)}`);
  return addMember(text, charts, printed);
}

/** @param members of one object, at least one. */
function addMember(text: string, members: readonly Member[], printed: string): Splice {
  const last = members.at(-1);
  if (last === undefined) throw new Error('an index without apiVersion is no index');
  return insertion(last.end, `,${indentationBefore(text, last.start)}${printed}`);
}

function addToEntries(
  text: string,
  root: readonly Member[],
  present: IndexEntries,
  added: ReadonlyMap<string, readonly IndexEntry[]>,
) {
  const entries = root.find((member) => member.key === 'entries');
  const charts = entries !== undefined && text[entries.value.start] === '{' ? membersOf(text, entries.value.start) : [];
  if (charts.length === 0) {
    const lists = [...added].map(([name, list]) => `\n    ${printMember(name, list)}`);
    const printed = `{${lists.join(',')}\n  }`;
    return [
      entries === undefined ? addMember(text, root, `"entries": ${printed}`) : { ...entries.value, text: printed },
    ];
  }
  return [...added].flatMap(([name, list]) => {
    const chart = charts.find((member) => member.key === name);
    if (chart === undefined) return [addChart(text, charts, name, list)];
    return text[chart.value.start] === '['
      ? addToList(text, chart.value, present.get(name) ?? [], list)
      : [{ ...chart.value, text: printList(list) }];
  });
}

/** A key of the index or a chart's name that is there twice: parsers do not agree on what that means. */
export function repeatedKey(text: string): string | undefined {
  const root = membersOf(text, valueStart(text));
  const entries = root.find((member) => member.key === 'entries');
  const charts = entries !== undefined && text[entries.value.start] === '{' ? membersOf(text, entries.value.start) : [];
  for (const members of [root, charts]) {
    const seen = new Set<string>();
    for (const { key } of members) {
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return undefined;
}

/**
 * A JSON index with entries added, each where its version belongs. Every other byte stays, but for `generated`.
 * @param text a valid JSON index.
 * @param present what it says.
 * @param entries versions that are not in it yet.
 */
export function addToJsonIndex(
  text: string,
  present: IndexEntries,
  entries: readonly IndexEntry[],
  generated: string,
): string {
  const root = membersOf(text, valueStart(text));
  const changes: Splice[] = [...addToEntries(text, root, present, groupEntries(entries))];
  const stamp = root.find((member) => member.key === 'generated');
  if (stamp === undefined) changes.push(addMember(text, root, `"generated": ${JSON.stringify(generated)}`));
  else changes.push({ ...stamp.value, text: JSON.stringify(generated) });
  return applySplices(text, changes);
}
