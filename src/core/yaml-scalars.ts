import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document, type Scalar } from 'yaml';
import { HelmCdError, type Place } from './errors.js';
import type { Pointer } from './json-pointer.js';
import type { ScalarStyle } from './yaml-quoting.js';

/** A scalar and where its bytes are. One object for one place in the text, however many aliases lead to it. */
export interface YamlScalar {
  readonly kind: 'scalar';
  /** As YAML 1.2 resolves it: a string, number, boolean or null. */
  readonly value: unknown;
  /** As a person reads it: `1.20` for a plain 1.20, an empty text for nothing and for null. */
  readonly text: string;
  readonly style: ScalarStyle;
  /** Characters of the file, the end not included. For an empty value both are where it could be written. */
  readonly start: number;
  readonly end: number;
  readonly inFlow: boolean;
  /** An explicit tag such as `!!str`, as a full tag URI. */
  readonly tag?: string;
  /** Why this scalar cannot be replaced. */
  readonly fixed?: string;
  /** What must stand between the place and a value that is written there: ` ` after a colon, `: ` after a lone key. */
  readonly lead: string;
}

export interface YamlMap {
  readonly kind: 'map';
  /** With what merge keys bring in, in order. */
  readonly entries: ReadonlyMap<string, YamlNode>;
  /** Keys that are there more than once; the last one counts. */
  readonly duplicates: ReadonlySet<string>;
  readonly start: number;
}

export interface YamlList {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
  readonly start: number;
}

/** An alias is the very object that it stands for. */
export type YamlNode = YamlScalar | YamlMap | YamlList;

/** A parsed file: its text and what stands where. */
export interface YamlFile {
  readonly name: string;
  readonly text: string;
  /** The root of each document, or nothing for one without content. */
  readonly documents: readonly (YamlNode | undefined)[];
  placeOf(offset: number): Place;
}

const STYLES: Readonly<Record<string, ScalarStyle>> = {
  PLAIN: 'plain',
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_LITERAL: 'literal',
  BLOCK_FOLDED: 'folded',
};
const STRING_TAGS = ['tag:yaml.org,2002:str', '!'];

/** The shape of a pair's source token that is looked at here. */
interface PairToken {
  readonly start?: readonly { readonly type: string }[];
}

/** Builds the nodes of one document. */
class Builder {
  private readonly file: string;
  private readonly text: string;
  private readonly place: (offset: number) => Place;
  private readonly anchors = new Map<string, YamlNode>();

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

  private map(
    pairs: readonly { key: unknown; value: unknown; srcToken?: unknown }[],
    inFlow: boolean,
    start: number,
  ): YamlMap {
    const own = new Map<string, YamlNode>();
    const merged: YamlNode[] = [];
    const duplicates = new Set<string>();
    for (const pair of pairs) {
      const key = this.key(pair.key);
      const value = pair.value === null ? this.missing(pair, inFlow) : this.node(pair.value, inFlow);
      if (isMergeKey(pair.key)) {
        merged.push(...(value.kind === 'list' ? value.items : [value]));
        continue;
      }
      if (own.has(key)) duplicates.add(key);
      own.set(key, value);
    }
    const entries = new Map(own);
    for (const source of merged) {
      if (source.kind !== 'map') continue;
      for (const [key, value] of source.entries) if (!entries.has(key)) entries.set(key, value);
    }
    return { kind: 'map', entries, duplicates, start };
  }

  private key(source: unknown): string {
    const node = source === null ? undefined : this.node(source, false);
    if (node === undefined) return '';
    return node.kind === 'scalar' ? node.text : `?${node.start}`;
  }

  private scalar(source: Scalar, inFlow: boolean): YamlScalar {
    const [start, end] = source.range ?? [0, 0];
    const tag = source.tag;
    const style = start === end ? 'empty' : (STYLES[source.type ?? ''] ?? 'plain');
    const text = style === 'plain' && source.value !== null ? (source.source ?? '') : asText(source.value);
    const base = {
      kind: 'scalar',
      value: source.value,
      text,
      style,
      inFlow,
      ...(tag === undefined ? {} : { tag }),
    } as const;
    const fixed = tag === undefined || STRING_TAGS.includes(tag) ? {} : { fixed: `it has the explicit tag ${tag}` };
    if (style !== 'empty') return { ...base, start, end, lead: '', ...fixed };
    // The parser's position is after white space; the value belongs right behind the colon, dash, anchor or tag.
    let at = start;
    while (at > 0 && /[ \t]/.test(this.text[at - 1] ?? '')) at -= 1;
    const known = /[:-]/.test(this.text[at - 1] ?? '') || tag !== undefined || source.anchor !== undefined;
    return {
      ...base,
      start: at,
      end: at,
      lead: ' ',
      ...fixed,
      ...(known ? {} : { fixed: 'it is an empty value in an unusual place' }),
    };
  }

  /** The value of a key that has not even a colon. */
  private missing(pair: { key: unknown; srcToken?: unknown }, inFlow: boolean): YamlScalar {
    const at = (isScalar(pair.key) ? pair.key.range?.[1] : undefined) ?? 0;
    const explicit = (pair.srcToken as PairToken | undefined)?.start?.some(
      (token) => token.type === 'explicit-key-ind',
    );
    const fixed = !inFlow || explicit === true ? { fixed: 'it is the missing value of an explicit key' } : {};
    return { kind: 'scalar', value: null, text: '', style: 'empty', start: at, end: at, inFlow, lead: ': ', ...fixed };
  }
}

/** A resolved scalar as text: an empty one for null; what only a tag can make (a date, bytes) is not looked into. */
function asText(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? value : '';
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
    const message = problem.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '';
    return { message, offset: problem.pos[0] };
  }
  return undefined;
}

/**
 * Parses YAML 1.2 (with merge keys, which Helm's parser has) of any number of documents.
 * @param name the file's name for messages.
 * @throws HelmCdError `file`, with line and column, when it is no YAML.
 */
export function parseYaml(name: string, text: string): YamlFile {
  const lines = new LineCounter();
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file: name, line, column: col };
  };
  // Duplicates are found here: the library compares every key with every other one.
  const parsed = parseAllDocuments(text, { lineCounter: lines, keepSourceTokens: true, uniqueKeys: false });
  const documents: readonly Document[] = Array.isArray(parsed) ? (parsed as Document[]) : [];
  const problem = firstProblem(documents);
  if (problem !== undefined) {
    throw new HelmCdError('file', `${name} is no valid YAML: ${problem.message}`, { place: placeOf(problem.offset) });
  }
  return {
    name,
    text,
    placeOf,
    documents: documents.map((document) =>
      document.contents === null ? undefined : new Builder(name, text, placeOf).node(document.contents, false),
    ),
  };
}

/** The child of a node: a map's value or a list's item. */
export function childOf(node: YamlNode | undefined, key: string): YamlNode | undefined {
  if (node?.kind === 'map') return node.entries.get(key);
  if (node?.kind === 'list' && /^(?:0|[1-9]\d*)$/.test(key)) return node.items[Number(key)];
  return undefined;
}

/** The node at a pointer of one document. */
export function nodeAt(root: YamlNode | undefined, pointer: Pointer): YamlNode | undefined {
  return pointer.reduce<YamlNode | undefined>(childOf, root);
}

/** More nodes than this, aliases followed, is no values file but an attack. */
const MOST_NODES = 300_000;

/** Every node below and including the root, with its pointer, aliases followed. */
export function* walkYaml(root: YamlNode | undefined): Generator<{ pointer: Pointer; node: YamlNode }> {
  let count = 0;
  function* visit(pointer: Pointer, node: YamlNode): Generator<{ pointer: Pointer; node: YamlNode }> {
    if (++count > MOST_NODES) {
      throw new HelmCdError('refused', `A YAML file has more than ${MOST_NODES} values, aliases followed.`);
    }
    yield { pointer, node };
    if (node.kind === 'map') for (const [key, value] of node.entries) yield* visit([...pointer, key], value);
    if (node.kind === 'list')
      for (const [index, item] of node.items.entries()) yield* visit([...pointer, String(index)], item);
  }
  if (root !== undefined) yield* visit([], root);
}
