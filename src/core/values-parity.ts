/** Which values some environments set and others do not. */
import { record } from './release-manifest.js';
import { isEncrypted } from './secret-values.js';

/** One environment's overlays, merged. */
export interface Overlay {
  readonly environment: string;
  readonly values: unknown;
}

/** Keys from the root to a value; an item of a list of named things is `[NAME]`. */
export type ValuePath = readonly string[];

/** A value, or a whole map of them, that some environments set and others lack, or take away. */
export interface ValueDifference {
  readonly path: ValuePath;
  /** The environments that set it. */
  readonly setBy: readonly string[];
  readonly lackedBy: readonly string[];
  /** The values below, or the value itself, with the environments that set each. */
  readonly leaves: readonly { readonly path: ValuePath; readonly setBy: readonly string[] }[];
}

export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Values of several files as helm merges them: maps key by key, everything else as a whole; null takes a key away. */
export function mergeValues(layers: readonly unknown[]): Readonly<Record<string, unknown>> {
  const merged: Record<string, unknown> = {};
  for (const layer of layers) {
    for (const [key, value] of Object.entries(record(layer))) {
      const before = merged[key];
      const after = isMap(before) && isMap(value) ? mergeValues([before, value]) : value;
      Object.defineProperty(merged, key, { value: after, enumerable: true, writable: true, configurable: true });
    }
  }
  return merged;
}

/** The items of a list by their names; nothing when not all have one of their own. */
function itemsByName(list: readonly unknown[]): ReadonlyMap<string, unknown> | undefined {
  const items = new Map<string, unknown>();
  for (const item of list) {
    const name = record(item)['name'];
    if (typeof name !== 'string' || items.has(name) || isEncrypted(name)) return undefined;
    items.set(name, item);
  }
  return items;
}

const ITEM = /^\[(.*)\]$/s;

/** The name in a key of a path that is an item of a list of named things. */
export function itemName(key: string): string | undefined {
  return ITEM.exec(key)?.[1];
}

/**
 * Values as they are compared: a list of things that have names (`env: [{name: A}]`) is a map of them, whose keys are
 * `[A]` and which goes no deeper than the item's `value`.
 */
export function comparable(values: unknown): unknown {
  if (Array.isArray(values)) {
    const items = itemsByName(values);
    if (items === undefined || items.size === 0) return values;
    return Object.fromEntries([...items].map(([name, item]) => [`[${name}]`, shallow(record(item)['value'])]));
  }
  if (!isMap(values)) return values;
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, comparable(value)]));
}

const shallow = (value: unknown) => (isMap(value) || Array.isArray(value) ? true : (value ?? true));

/** The paths of all values, maps with keys left out: `api.image.tag`. */
export function valuePaths(values: unknown, path: ValuePath = []): readonly ValuePath[] {
  if (!isMap(values) || Object.keys(values).length === 0) return path.length === 0 ? [] : [path];
  return Object.entries(values).flatMap(([key, value]) => valuePaths(value, [...path, key]));
}

/** What is at a path; nothing when there is nothing. */
export function valueAt(values: unknown, path: ValuePath): unknown {
  let node = values;
  for (const key of path) {
    if (!isMap(node) || !Object.hasOwn(node, key)) return undefined;
    node = node[key];
  }
  return node;
}

/** Whether the values have something at that path, if only null. */
export function hasValue(values: unknown, path: ValuePath): boolean {
  const parent = valueAt(values, path.slice(0, -1));
  return path.length === 0 || (isMap(parent) && Object.hasOwn(parent, path.at(-1) ?? ''));
}

function leavesBelow(overlays: readonly Overlay[], path: ValuePath): ValueDifference['leaves'] {
  const leaves = new Map<string, { path: ValuePath; setBy: string[] }>();
  for (const { environment, values } of overlays) {
    for (const below of valuePaths(values, path)) {
      const key = JSON.stringify(below);
      const leaf = leaves.get(key) ?? { path: below, setBy: [] };
      leaf.setBy.push(environment);
      leaves.set(key, leaf);
    }
  }
  return [...leaves.values()];
}

function differencesBelow(overlays: readonly Overlay[], path: ValuePath): readonly ValueDifference[] {
  const keys = [...new Set(overlays.flatMap(({ values }) => (isMap(values) ? Object.keys(values) : [])))];
  return keys.flatMap((key) => {
    const has = (values: unknown) => isMap(values) && Object.hasOwn(values, key);
    const setters = overlays
      .filter(({ values }) => has(values))
      .map(({ environment, values }) => ({ environment, values: record(values)[key] }));
    const lackedBy = overlays.filter(({ values }) => !has(values)).map(({ environment }) => environment);
    const here = [...path, key];
    const real = setters.filter(({ values }) => values !== null);
    const own: ValueDifference = {
      path: here,
      setBy: setters.map(({ environment }) => environment),
      lackedBy,
      leaves: leavesBelow(real.length === 0 ? setters : real, here),
    };
    // Below a map, compare those that have it; where it is a map for some and a value for others, it is set. An empty
    // list lacks what a list of named things has.
    const isNamed = setters.some(({ values }) => isMap(values) && Object.keys(values).some((item) => ITEM.test(item)));
    const lists = setters.map(({ values }) => values).filter(Array.isArray);
    const isMixed = isNamed && lists.some((list) => list.length > 0);
    const maps = setters
      .map((setter) => (isNamed && Array.isArray(setter.values) ? { ...setter, values: {} } : setter))
      .filter(({ values }) => isMap(values) && !isMixed);
    const deeper = maps.length < 2 ? [] : differencesBelow(maps, here);
    // What one takes away and another sets differs, though nobody lacks it.
    const differs = lackedBy.length > 0 || (real.length > 0 && real.length < setters.length);
    return [...(differs ? [own] : []), ...deeper];
  });
}

/**
 * What some of the environments set and others lack. Of a map that an environment lacks as a whole only the map is
 * named. Lists count as one value, but for those that `comparable` takes apart.
 */
export function findDifferences(overlays: readonly Overlay[]): readonly ValueDifference[] {
  return differencesBelow(overlays, []);
}

/** A path as people write it: `env.LOG_LEVEL`, `env[LOG_LEVEL]`, `annotations["a.b/c"]`. */
export function formatValuePath(path: ValuePath): string {
  return path.reduce((text, key) => {
    if (ITEM.test(key)) return `${text}${key}`;
    if (!/^[^.\s"'[\]]+$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

/** How a chart's default for a value serves an environment that sets none. */
export type DefaultState = 'usable' | 'absent' | 'null' | 'empty' | 'placeholder';

const PLACEHOLDER =
  /^(?:change[-_ ]?(?:me|this|it)|todo|tbd|fixme|xxx+|replace[-_ ]?(?:me|this)|placeholder|to[-_ ]be[-_ ].*|fill[-_ ]?(?:me|in)|your[-_ ].+|<[^<>]+>|\.\.\.)[!.]*$/i;

/** Whether a text only stands where something else should: CHANGEME, TODO, `<your token>`. */
export function isPlaceholder(value: unknown): boolean {
  return typeof value === 'string' && PLACEHOLDER.test(value.trim());
}

/** What a default is worth. Empty maps and lists are defaults. */
export function defaultState(defaults: unknown, path: ValuePath): DefaultState {
  if (!hasValue(defaults, path)) return 'absent';
  const value = valueAt(defaults, path);
  if (value === null) return 'null';
  if (typeof value === 'string' && value.trim() === '') return 'empty';
  return isPlaceholder(value) ? 'placeholder' : 'usable';
}
