/** A render as the rules between its objects see it. */
import type { RenderedObject } from './rendered-object.js';

/** The objects of a render, and the release that they are of. */
export interface Render {
  readonly objects: readonly RenderedObject[];
  readonly release: string;
  /** Whether all documents could be read: what is missing may be in one that could not. */
  readonly complete: boolean;
}

/** Objects of a render by one thing that they have: a render may have ten thousand. */
export function indexBy<Item>(items: readonly Item[], keysOf: (item: Item) => readonly string[]): Map<string, Item[]> {
  const index = new Map<string, Item[]>();
  for (const item of items) {
    for (const key of keysOf(item)) {
      const known = index.get(key);
      if (known === undefined) index.set(key, [item]);
      else known.push(item);
    }
  }
  return index;
}
