import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document, type Scalar } from 'yaml';
import { HelmCdError, type Place } from './errors.js';
import type { ContestedKey, YamlFile, YamlMap, YamlNode, YamlScalar } from './yaml-nodes.js';
import type { ScalarStyle } from './yaml-quoting.js';

const STYLES: Readonly<Record<string, ScalarStyle>> = {
  PLAIN: 'plain',
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_LITERAL: 'literal',
  BLOCK_FOLDED: 'folded',
};
const STRING_TAGS = ['tag:yaml.org,2002:str', '!'];

/** A key and its value, as the library has them. */
interface SourcePair {
  readonly key: unknown;
  readonly value: unknown;
}

/** Builds the nodes of one document. */
class Builder {
  private readonly file: string;
  private readonly text: string;
  private readonly place: (offset: number) => Place;
  private readonly anchors = new Map<string, YamlNode>();
  readonly contested: ContestedKey[] = [];
  hasAliases = false;

  constructor(file: string, text: string, place: (offset: number) => Place) {
    this.file = file;
    this.text = text;
    this.place = place;
  }

  private fail(message: string, offset: number): never {
    throw new HelmCdError('file', `${this.file}: ${message}`, { place: this.place(offset) });
  }

  node(source: unknown, inFlow: boolean): YamlNode {
    if (isAlias(source)) {
      const target = this.anchors.get(source.source);
      this.hasAliases = true;
      return target ?? this.fail(`the alias *${source.source} stands for nothing before it`, source.range?.[0] ?? 0);
    }
    const built = this.build(source, inFlow);
    const anchor = (source as { anchor?: string }).anchor;
    if (anchor !== undefined) this.anchors.set(anchor, built);
    return built;
  }

  private build(source: unknown, inFlow: boolean): YamlNode {
    if (isScalar(source)) return this.scalar(source, inFlow);
    if (isSeq(source)) {
      const flow = inFlow || source.flow === true;
      const items = source.items.map((item) =>
        isPairOfList(item) ? this.map([item], flow, 0) : this.node(item, flow),
      );
      return { kind: 'list', items, start: source.range?.[0] ?? 0 };
    }
    if (isMap(source)) return this.map(source.items, inFlow || source.flow === true, source.range?.[0] ?? 0);
    return this.fail('something that is no scalar, map or list', 0);
  }

  private map(pairs: readonly SourcePair[], inFlow: boolean, start: number): YamlMap {
    const own = new Map<string, YamlNode>();
    const merged = new Map<string, YamlNode>();
    const clashes = new Map<string, ContestedKey>();
    for (const pair of pairs) {
      const value = this.value(pair, inFlow);
      if (isMergeKey(pair.key)) {
        for (const [key, node] of entriesOf(value)) {
          const other = own.get(key) ?? merged.get(key);
          if (other === undefined) merged.set(key, node);
          else if (other !== node) clashes.set(key, { key, nodes: [other, node], start, by: 'merge' });
        }
        continue;
      }
      const key = this.key(pair.key);
      const other = own.get(key);
      if (other !== undefined) this.contested.push({ key, nodes: [other, value], start, by: 'duplicate' });
      // What a map says itself behind all merge keys is its value for every parser.
      clashes.delete(key);
      own.set(key, value);
    }
    for (const clash of clashes.values()) this.contested.push(clash);
    const entries = new Map(own);
    for (const [key, node] of merged) if (!entries.has(key)) entries.set(key, node);
    return { kind: 'map', entries, start };
  }

  private value(pair: SourcePair, inFlow: boolean): YamlNode {
    if (pair.value === null) return this.missing(pair, inFlow);
    const value = this.node(pair.value, inFlow);
    if (!inFlow || value.kind !== 'scalar' || value.style !== 'empty') return value;
    const isBare = isScalar(pair.key) && pair.key.type === 'PLAIN';
    const isGlued = this.text[value.start - 1] === ':' && /[,}\]]/.test(this.text[value.end] ?? '');
    return isBare && isGlued ? { ...value, fixed: 'Helm takes the colon before it for a part of the key' } : value;
  }

  private key(source: unknown): string {
    const node = source === null ? undefined : this.node(source, false);
    if (node === undefined) return '';
    return node.kind === 'scalar' ? node.text : `?${node.start}`;
  }

  private scalar(source: Scalar, inFlow: boolean): YamlScalar {
    const { value, tag, range } = source;
    const [start, end] = range ?? [0, 0];
    const style = start === end ? 'empty' : (STYLES[source.type ?? ''] ?? 'plain');
    const text = style === 'plain' && value !== null ? (source.source ?? '') : asText(value);
    if (tag === undefined && style !== 'empty') {
      return { kind: 'scalar', value, text, style, inFlow, start, end, lead: '' };
    }
    const fixed = tag === undefined || STRING_TAGS.includes(tag) ? {} : { fixed: `it has the explicit tag ${tag}` };
    const base = {
      kind: 'scalar',
      value,
      text,
      style,
      inFlow,
      ...(tag === undefined ? {} : { tag }),
      ...fixed,
    } as const;
    if (style !== 'empty') return { ...base, start, end, lead: '' };
    // The parser's position is after white space; the value belongs right behind the colon, dash, anchor or tag.
    let at = start;
    while (at > 0 && /[ \t]/.test(this.text[at - 1] ?? '')) at -= 1;
    const isKnown = /[:-]/.test(this.text[at - 1] ?? '') || tag !== undefined || source.anchor !== undefined;
    const unusual = isKnown ? {} : { fixed: 'it is an empty value in an unusual place' };
    return { ...base, start: at, end: at, lead: ' ', ...unusual };
  }

  /** The last character before an offset that is no white space. */
  private charBefore(offset: number): string {
    let at = offset;
    while (at > 0 && /\s/.test(this.text[at - 1] ?? '')) at -= 1;
    return this.text[at - 1] ?? '';
  }

  /** The value of a key that has not even a colon. */
  private missing(pair: SourcePair, inFlow: boolean): YamlScalar {
    const at = (isScalar(pair.key) ? pair.key.range?.[1] : undefined) ?? 0;
    const isExplicit = this.charBefore(isScalar(pair.key) ? (pair.key.range?.[0] ?? 0) : 0) === '?';
    const fixed = !inFlow || isExplicit ? { fixed: 'it is the missing value of an explicit key' } : {};
    return { kind: 'scalar', value: null, text: '', style: 'empty', start: at, end: at, inFlow, lead: ': ', ...fixed };
  }
}

/** A resolved scalar as text: an empty one for null; what only a tag can make (a date, bytes) is not looked into. */
function asText(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? value : '';
}

/** What a merge key brings: of several maps the first one that has a key counts. */
function entriesOf(value: YamlNode): ReadonlyMap<string, YamlNode> {
  const entries = new Map<string, YamlNode>();
  for (const source of value.kind === 'list' ? value.items : [value]) {
    if (source.kind !== 'map') continue;
    for (const [key, node] of source.entries) if (!entries.has(key)) entries.set(key, node);
  }
  return entries;
}

function isPairOfList(item: unknown): item is { key: unknown; value: unknown } {
  return item !== null && typeof item === 'object' && 'key' in item && 'value' in item && !('range' in item);
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.source === '<<';
}

function firstProblem(documents: readonly Document[]): { message: string; offset: number } | undefined {
  for (const { errors } of documents) {
    const [problem] = errors;
    if (problem === undefined) continue;
    return { message: problem.message, offset: problem.pos[0] };
  }
  return undefined;
}

/**
 * Characters that YAML 1.1, and so Helm's parser, takes for the end of a line, and YAML 1.2 does not (a lone carriage
 * return it does).
 */
const OTHER_LINE_ENDS = /\r(?!\n)|[\u0085\u2028\u2029]/g;

interface ParsedText {
  readonly documents: readonly Document[];
  readonly lines: LineCounter;
  readonly problem: { message: string; offset: number } | undefined;
}

function parseText(text: string): ParsedText {
  const lines = new LineCounter();
  // Duplicates are found here: the library compares every key with every other one.
  const parsed = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  const documents: readonly Document[] = Array.isArray(parsed) ? (parsed as Document[]) : [];
  return { documents, lines, problem: firstProblem(documents) };
}

/**
 * Parses YAML 1.2 (with merge keys, which Helm's parser has) of any number of documents.
 * @param name the file's name for messages.
 * @throws HelmCdError `file`, with line and column, when it is no YAML.
 */
export function parseYaml(name: string, text: string): YamlFile {
  // Inside quotes these characters end no line, so there it may make no sense.
  const asHelm = text.replace(OTHER_LINE_ENDS, '\n');
  const first = parseText(asHelm);
  const { documents, lines, problem } = first.problem === undefined || asHelm === text ? first : parseText(text);
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file: name, line, column: col };
  };
  if (problem !== undefined) {
    throw new HelmCdError('file', `${name} is no valid YAML: ${problem.message}`, { place: placeOf(problem.offset) });
  }
  const builders = documents.map(() => new Builder(name, text, placeOf));
  const roots = documents.map((document, index) =>
    document.contents === null ? undefined : builders[index]?.node(document.contents, false),
  );
  return {
    name,
    text,
    placeOf,
    documents: roots,
    contested: builders.flatMap(({ contested }) => contested),
    hasAliases: builders.some(({ hasAliases }) => hasAliases),
  };
}
