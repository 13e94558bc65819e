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
  readonly start: number;
}

export interface YamlList {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
  readonly start: number;
}

/** An alias is the very object that it stands for. */
export type YamlNode = YamlScalar | YamlMap | YamlList;

/** A key for which parsers take different values. */
export interface ContestedKey {
  readonly key: string;
  /** All that may be its value, in order. */
  readonly nodes: readonly YamlNode[];
  /** Where its map starts. */
  readonly start: number;
  /**
   * `duplicate`: it is there twice. `merge`: a merge key brings it too, behind the map's own one or behind another merge
   * key; there Helm's parser takes the last one, and YAML's rules say the first.
   */
  readonly by: 'duplicate' | 'merge';
}

/** A parsed file: its text and what stands where. */
export interface YamlFile {
  readonly name: string;
  readonly text: string;
  /** The root of each document, or nothing for one without content. */
  readonly documents: readonly (YamlNode | undefined)[];
  readonly contested: readonly ContestedKey[];
  /** Whether any value is shown in several places, through an alias or a merge key. */
  readonly hasAliases: boolean;
  placeOf(offset: number): Place;
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

/** More values than this that were there before, reached again through aliases, are an attack. */
const MOST_REPEATS = 300_000;

/** Counts how often values are come across again, so that aliases of aliases do not take for ever. */
export class RepeatLimit {
  private readonly seen = new Set<YamlNode>();
  private repeats = 0;

  /** @throws HelmCdError `refused` when it is too often. */
  visit(node: YamlNode, file = 'A YAML file'): void {
    const before = this.seen.size;
    if (this.seen.add(node).size > before || ++this.repeats <= MOST_REPEATS) return;
    throw new HelmCdError('refused', `${file} shows more than ${MOST_REPEATS} values again through aliases.`);
  }
}

/** Every node below and including the root, with its pointer, aliases followed. */
export function* walkYaml(root: YamlNode | undefined): Generator<{ pointer: Pointer; node: YamlNode }> {
  const limit = new RepeatLimit();
  function* visit(pointer: Pointer, node: YamlNode): Generator<{ pointer: Pointer; node: YamlNode }> {
    limit.visit(node);
    yield { pointer, node };
    if (node.kind === 'map') for (const [key, value] of node.entries) yield* visit([...pointer, key], value);
    if (node.kind === 'list')
      for (const [index, item] of node.items.entries()) yield* visit([...pointer, String(index)], item);
  }
  if (root !== undefined) yield* visit([], root);
}
