import { HelmCdError } from './errors.js';
import { formatPointer } from './json-pointer.js';
import { applySplices, differsOnlyIn, type Splice } from './splice.js';
import { renderScalar } from './yaml-quoting.js';
import { walkYaml, type YamlFile, type YamlNode, type YamlScalar } from './yaml-nodes.js';
import { parseYaml } from './yaml-scalars.js';

/** Words inside a scalar's text that are replaced, the rest of it staying as it is. */
export interface WordEdits {
  readonly words: ReadonlyMap<string, string>;
}

/** The new texts of some scalars of one file, or what is replaced in them. All become strings. */
export type ScalarEdits = ReadonlyMap<YamlScalar, string | WordEdits>;

/** An edited file, proven to differ from the old one in the given ranges only and to say what was intended. */
export interface EditedYaml {
  readonly text: string;
  readonly splices: readonly Splice[];
}

function refuse(file: YamlFile, scalar: YamlScalar, reason: string): never {
  throw new HelmCdError('refused', `${file.name}: this value cannot be changed safely: ${reason}.`, {
    place: file.placeOf(scalar.start),
    hint: 'Change it by hand to a plain or quoted value once.',
  });
}

/** White space around a block scalar's only line, such as the newline that `|` keeps, belongs to the style. */
function around(value: string): { before: string; after: string } {
  const trimmed = value.trim();
  const before = value.slice(0, value.indexOf(trimmed));
  return { before, after: value.slice(before.length + trimmed.length) };
}

/** The only line with content of a block scalar, header not counted. */
function blockLine(file: YamlFile, scalar: YamlScalar): { start: number; end: number } {
  const source = file.text.slice(scalar.start, scalar.end);
  const header = source.indexOf('\n') + 1;
  const [line, ...more] = [...source.slice(header).matchAll(/\S(?:.*\S)?/g)];
  if (header === 0 || line === undefined) refuse(file, scalar, 'it is an empty block scalar');
  if (more.length > 0) refuse(file, scalar, 'it is a block scalar of several lines');
  const start = scalar.start + header + line.index;
  return { start, end: start + line[0].length };
}

type Quote = 'single' | 'double';

/** The quotes that most quoted values of the file have; double ones when there are none. */
function preferredQuote(text: string): Quote {
  const single = text.match(/[:[{,-][ \t]+'/g)?.length ?? 0;
  const double = text.match(/[:[{,-][ \t]+"/g)?.length ?? 0;
  return single > double ? 'single' : 'double';
}

/**
 * Replaces whole words: no letter, digit or sign of an image reference stands next to them. `\n` and its like in double
 * quotes are what stands between words.
 */
function replaceWords(text: string, { words }: WordEdits): { text: string; splices: Splice[] } {
  const splices: Splice[] = [];
  for (const match of text.matchAll(/\\.|[^\s"'`,[\]{}#\\]+/g)) {
    const next = words.get(match[0]);
    if (next !== undefined) splices.push({ start: match.index, end: match.index + match[0].length, text: next });
  }
  return { text: applySplices(text, splices), splices };
}

function splicesFor(file: YamlFile, scalar: YamlScalar, edit: string | WordEdits, quote: Quote): readonly Splice[] {
  if (scalar.fixed !== undefined) refuse(file, scalar, scalar.fixed);
  if (typeof edit === 'string') return [spliceFor(file, scalar, edit, quote)];
  const { splices } = replaceWords(file.text.slice(scalar.start, scalar.end), edit);
  return splices.map(({ start, end, text }) => ({ start: scalar.start + start, end: scalar.start + end, text }));
}

function spliceFor(file: YamlFile, scalar: YamlScalar, text: string, quote: Quote): Splice {
  if (scalar.style === 'literal' || scalar.style === 'folded') {
    if (!/^\S(?:[^\r\n]*\S)?$/.test(text)) refuse(file, scalar, 'the new value does not fit into a block scalar');
    return { ...blockLine(file, scalar), text };
  }
  const rendered = renderScalar(text, scalar.style, { inFlow: scalar.inFlow, quote });
  return { start: scalar.start, end: scalar.end, text: `${scalar.lead}${rendered}` };
}

/** What a scalar must say after the edit. */
function intended(scalar: YamlScalar, edit: string | WordEdits): string {
  if (typeof edit !== 'string') return replaceWords(String(scalar.value), edit).text;
  if (scalar.style !== 'literal' && scalar.style !== 'folded') return edit;
  const { before, after } = around(String(scalar.value));
  return `${before}${edit}${after}`;
}

/** The keys to the first value that is not what it should be, the innermost first; nothing when all are. */
function firstDifference(
  before: YamlNode | undefined,
  after: YamlNode | undefined,
  edits: ScalarEdits,
): string[] | undefined {
  // Aliases make nodes shared: each pair is compared once.
  const compared = new Map<YamlNode, YamlNode>();
  const compareAt = (key: string, old: YamlNode, now: YamlNode | undefined): string[] | undefined => {
    const found = now === undefined ? [] : compare(old, now);
    if (now !== undefined) found?.push(key);
    return found;
  };
  const compare = (old: YamlNode, now: YamlNode): string[] | undefined => {
    if (old.kind === 'scalar') {
      const wanted = edits.get(old);
      const value = wanted === undefined ? old.value : intended(old, wanted);
      return now.kind === 'scalar' && Object.is(now.value, value) ? undefined : [];
    }
    if (compared.get(old) === now) return undefined;
    compared.set(old, now);
    if (old.kind === 'map') {
      if (now.kind !== 'map' || now.entries.size !== old.entries.size) return [];
      for (const [key, child] of old.entries) {
        const found = compareAt(key, child, now.entries.get(key));
        if (found !== undefined) return found;
      }
      return undefined;
    }
    if (now.kind !== 'list' || now.items.length !== old.items.length) return [];
    for (const [index, child] of old.items.entries()) {
      const found = compareAt(String(index), child, now.items[index]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  if (before === undefined || after === undefined) return before === after ? undefined : [];
  return compare(before, after);
}

/**
 * Nothing is written to what one parser takes for the value of a key and another one does not.
 * @throws HelmCdError `file`, with the place of the map.
 */
function refuseContested(file: YamlFile, edits: ScalarEdits): void {
  const known = new Set<YamlNode>();
  const isEdited = (node: YamlNode): boolean => {
    if (node.kind === 'scalar') return edits.has(node);
    if (known.has(node)) return false;
    known.add(node);
    return (node.kind === 'map' ? [...node.entries.values()] : node.items).some(isEdited);
  };
  for (const { key, nodes, start, by } of file.contested) {
    if (!nodes.some(isEdited)) continue;
    const place = file.placeOf(start);
    if (by === 'duplicate') {
      throw new HelmCdError('file', `${file.name} has the key "${key}" twice in the same map.`, {
        place,
        hint: 'Remove one of them.',
      });
    }
    throw new HelmCdError(
      'file',
      `${file.name} has the key "${key}" both in a map and in a merge key (<<) behind it, or in two merge keys: Helm takes another one than YAML says.`,
      { place, hint: 'Write one merge key, and it as the first key of its map.' },
    );
  }
}

/**
 * Replaces scalars by strings and nothing else: quotes, comments, layout, line ends and all other values stay. Before
 * the result is returned it is proven: every byte outside the replaced ranges is the old one, and the parsed file is the
 * old one with exactly the given values changed.
 * @throws HelmCdError `refused`, with the place, when a value is written in a form that cannot be replaced safely.
 */
export function editYaml(file: YamlFile, edits: ScalarEdits): EditedYaml {
  const quote = preferredQuote(file.text);
  const splices = [...edits].flatMap(([scalar, text]) => splicesFor(file, scalar, text, quote));
  const text = applySplices(file.text, splices);
  const [first] = edits.keys();
  if (first === undefined) return { text, splices };
  refuseContested(file, edits);
  if (!differsOnlyIn(file.text, text, splices)) refuse(file, first, 'bytes beside it would change');
  const after = parseAgain(file, first, text);
  if (after.documents.length !== file.documents.length) refuse(file, first, 'the number of documents would change');
  if (after.contested.length !== file.contested.length) refuse(file, first, 'a key would be there twice');
  for (const [index, document] of file.documents.entries()) {
    const difference = firstDifference(document, after.documents[index], edits);
    if (difference !== undefined)
      refuse(
        file,
        first,
        `the value at ${formatPointer(difference.reverse()) || 'the root'} would not be the intended one`,
      );
  }
  return { text, splices };
}

function parseAgain(file: YamlFile, scalar: YamlScalar, text: string): YamlFile {
  try {
    return parseYaml(file.name, text);
  } catch (cause) {
    if (cause instanceof HelmCdError) return refuse(file, scalar, 'the file would be no valid YAML afterwards');
    throw cause;
  }
}

/**
 * All pointers that lead to each of some scalars, of all documents: more than one when an anchor has aliases.
 * Without aliases in the file nothing is looked for, and there is none in the answer.
 */
export function pointersTo(
  file: YamlFile,
  scalars: ReadonlySet<YamlScalar>,
): ReadonlyMap<YamlScalar, readonly string[]> {
  const pointers = new Map<YamlScalar, string[]>();
  if (!file.hasAliases) return pointers;
  for (const root of file.documents) {
    for (const { pointer, node } of walkYaml(root)) {
      if (node.kind !== 'scalar' || !scalars.has(node)) continue;
      const known = pointers.get(node) ?? [];
      known.push(formatPointer(pointer));
      pointers.set(node, known);
    }
  }
  return pointers;
}
