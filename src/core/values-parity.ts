/** Which values some environments set and others do not. */
import { record } from './release-manifest.js';

/** One environment's overlays, merged. */
export interface Overlay {
  readonly environment: string;
  readonly values: unknown;
}

/** A value, or a whole map of them, that an environment lacks. */
export interface MissingValue {
  readonly path: readonly string[];
  readonly environment: string;
  /** The environments that set it. */
  readonly setBy: readonly string[];
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Values of several files as helm merges them: maps key by key, everything else as a whole; null takes a key away. */
export function mergeValues(layers: readonly unknown[]): Readonly<Record<string, unknown>> {
  const merged: Record<string, unknown> = {};
  for (const layer of layers) {
    for (const [key, value] of Object.entries(record(layer))) {
      const before = merged[key];
      merged[key] = isMap(before) && isMap(value) ? mergeValues([before, value]) : value;
    }
  }
  return merged;
}

function missingBelow(overlays: readonly Overlay[], path: readonly string[]): readonly MissingValue[] {
  const keys = [...new Set(overlays.flatMap(({ values }) => (isMap(values) ? Object.keys(values) : [])))];
  return keys.flatMap((key) => {
    const own = overlays.map(({ environment, values }) => ({
      environment,
      present: isMap(values) && Object.hasOwn(values, key),
      value: isMap(values) ? values[key] : undefined,
    }));
    const setBy = own.filter(({ present }) => present).map(({ environment }) => environment);
    const lacking = own.filter(({ present }) => !present);
    const here = lacking.map(({ environment }) => ({ path: [...path, key], environment, setBy }));
    // Below a map, compare those that have it; where it is a map for some and a value for others, it is set.
    const maps = own.filter(({ present, value }) => present && isMap(value));
    const deeper =
      maps.length < 2
        ? []
        : missingBelow(
            maps.map(({ environment, value }) => ({ environment, values: value })),
            [...path, key],
          );
    return [...here, ...deeper];
  });
}

/**
 * What some of the environments set and others lack. Of a map that an environment lacks as a whole only the map is
 * named. Lists count as one value.
 */
export function findMissingValues(overlays: readonly Overlay[]): readonly MissingValue[] {
  return missingBelow(overlays, []);
}

/** Whether the values have something at that path. */
export function hasValue(values: unknown, path: readonly string[]): boolean {
  let node = values;
  for (const key of path) {
    if (!isMap(node) || !Object.hasOwn(node, key)) return false;
    node = node[key];
  }
  return true;
}

/** The paths of all values, maps with keys left out: `api.image.tag`. */
export function valuePaths(values: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (!isMap(values) || Object.keys(values).length === 0) return path.length === 0 ? [] : [path];
  return Object.entries(values).flatMap(([key, value]) => valuePaths(value, [...path, key]));
}
