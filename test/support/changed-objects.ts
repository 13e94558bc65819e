/** Faults put into Kubernetes objects at random, the same ones in every run. */
export type Path = readonly (string | number)[];

type Node = Record<string | number, unknown>;

/** Numbers from 0 to 1 that are the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
}

/** The paths of all fields and items below a node. */
export function pathsOf(node: unknown, at: Path = []): readonly Path[] {
  if (typeof node !== 'object' || node === null) return [];
  const keys = Array.isArray(node) ? node.map((_, index) => index) : Object.keys(node);
  return keys.flatMap((key) => [[...at, key], ...pathsOf((node as Node)[key], [...at, key])]);
}

const OTHER_VALUES: readonly unknown[] = ['abc', 7, true, { a: 'b' }, ['a'], null, 1.5, 3e9, -1, ''];

/**
 * A copy of the object in which one field or item has another value or another name, is gone,
 * or is there twice.
 */
export function changeAt(object: unknown, place: Path, random: () => number): unknown {
  const copy = structuredClone(object);
  const parent = place.slice(0, -1).reduce<Node | unknown[]>((node, key) => (node as Node)[key] as Node, copy as Node);
  const key = place.at(-1) ?? '';
  const choice = Math.floor(random() * (OTHER_VALUES.length + 4));
  if (choice < OTHER_VALUES.length) (parent as Node)[key] = OTHER_VALUES[choice];
  else if (Array.isArray(parent)) {
    if (choice % 2 === 0) parent.splice(Number(key), 1);
    else parent.push(structuredClone(parent[Number(key)]));
  } else {
    const value = parent[key];
    Reflect.deleteProperty(parent, key);
    if (choice % 2 === 0) parent[`${key}x`] = value;
  }
  return copy;
}
