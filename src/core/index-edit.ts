import { itemsOf, membersOf, valueStart, type Member, type Span } from './json-spans.js';
import { applySplices, type Splice } from './splice.js';

/** What becomes of one chart's list of versions in an index. */
export interface ListEdit {
  /** The entries that stay, by their place in the list as it was, in their new order; none: the chart goes. */
  readonly order: readonly number[];
  /** New digests (64 hex digits), by the place in the list as it was. */
  readonly digests?: ReadonlyMap<number, string>;
}

/** By the name under which the index has the chart. */
export type IndexEdits = ReadonlyMap<string, ListEdit>;

/**
 * Parts of a list or map of which some stay, maybe in another order: each keeps its text and what was before it, the
 * first what was before the first.
 * @param opening where the list's content starts, behind its bracket.
 */
function rearrange(text: string, opening: number, parts: readonly Span[], order: readonly number[]): Splice {
  const end = parts.at(-1)?.end ?? opening;
  const lead = text.slice(opening, parts[0]?.start ?? opening);
  const before = (index: number) =>
    index === 0 ? `,${lead}` : text.slice(parts[index - 1]?.end ?? opening, parts[index]?.start ?? opening);
  const texts = order.map((index, place) => {
    const part = parts[index];
    if (part === undefined) throw new RangeError(`the list has no item ${index}`);
    return (place === 0 ? lead : before(index)) + text.slice(part.start, part.end);
  });
  return { start: opening, end, text: texts.join('') };
}

/** A JSON entry with another digest. */
function withDigest(text: string, entry: Span, digest: string): Splice {
  const members = membersOf(text, entry.start);
  const present = members.find((member) => member.key === 'digest');
  if (present !== undefined) return { ...present.value, text: JSON.stringify(digest) };
  const last = members.at(-1);
  const first = members[0];
  if (first === undefined || last === undefined) throw new RangeError('an entry has a version at least');
  const gap = /\s*$/.exec(text.slice(entry.start + 1, first.start))?.[0] ?? '';
  return { start: last.end, end: last.end, text: `,${gap}"digest": ${JSON.stringify(digest)}` };
}

/** Where the charts start, and the charts. */
interface Charts {
  readonly at: number;
  readonly charts: readonly Member[];
}

function chartsOf(text: string): Charts | undefined {
  const entries = membersOf(text, valueStart(text)).findLast((member) => member.key === 'entries');
  if (entries === undefined || text[entries.value.start] !== '{') return undefined;
  return { at: entries.value.start + 1, charts: membersOf(text, entries.value.start) };
}

/** The list of each chart to be changed; of a key that is there twice the last counts, as for every parser. */
function listsOf(text: string, edits: IndexEdits): readonly (readonly [ListEdit, Span])[] {
  const lists = new Map((chartsOf(text)?.charts ?? []).map(({ key, value }) => [key, value]));
  return [...edits].flatMap(([key, edit]) => {
    const list = lists.get(key);
    return list === undefined || text[list.start] !== '[' ? [] : [[edit, list] as const];
  });
}

function editDigests(text: string, edits: IndexEdits): string {
  const changes = listsOf(text, edits).flatMap(([{ digests }, list]) => {
    if (digests === undefined) return [];
    const items = itemsOf(text, list.start);
    return [...digests].flatMap(([index, digest]) => {
      const item = items[index];
      return item === undefined ? [] : [withDigest(text, item, digest)];
    });
  });
  return applySplices(text, changes);
}

function editLists(text: string, edits: IndexEdits): string {
  const changes = listsOf(text, edits).flatMap(([{ order }, list]) => {
    const items = itemsOf(text, list.start);
    const isSame = order.length === items.length && order.every((value, index) => value === index);
    return isSame || order.length === 0 ? [] : [rearrange(text, list.start + 1, items, order)];
  });
  return applySplices(text, changes);
}

function removeCharts(text: string, edits: IndexEdits): string {
  const found = chartsOf(text);
  if (found === undefined) return text;
  const { at, charts } = found;
  const staying = charts.flatMap(({ key }, index) => (edits.get(key)?.order.length === 0 ? [] : [index]));
  return staying.length === charts.length ? text : applySplices(text, [rearrange(text, at, charts, staying)]);
}

function stamp(text: string, generated: string): string {
  const root = membersOf(text, valueStart(text));
  const present = root.findLast((member) => member.key === 'generated');
  if (present !== undefined) return applySplices(text, [{ ...present.value, text: JSON.stringify(generated) }]);
  const end = root.at(-1)?.end ?? 0;
  return applySplices(text, [{ start: end, end, text: `, "generated": ${JSON.stringify(generated)}` }]);
}

/**
 * A JSON index with some lists changed. Every entry that stays keeps its bytes (but for a new digest), and so does
 * everything else but `generated`.
 * @param text a valid JSON index.
 * @param edits of charts that are in it.
 * @param generated RFC 3339.
 */
export function editJsonIndex(text: string, edits: IndexEdits, generated: string): string {
  return stamp(removeCharts(editLists(editDigests(text, edits), edits), edits), generated);
}
