/** Which values are read by templates: a tree of keys, in which `*` stands for any key. */
import type { Pointer } from './json-pointer.js';

/** Any key of a map, any item of a list. */
export const ANY_KEY = '*';

interface Use {
  readonly children: Map<string, Use>;
  /** All that is below is used, whatever its keys are: `toYaml`, `range`, `tpl`, … */
  whole: boolean;
  /** A template has another value for it when it is empty. */
  defaulted: boolean;
  /** The keys of the manifests below which it is used as a whole: `env`, `data`, `annotations`. */
  readonly fields: Set<string>;
}

const newUse = (): Use => ({ children: new Map(), whole: false, defaulted: false, fields: new Set() });

/** What the templates of a chart and of its subcharts read of its values. */
export class ValueUses {
  private readonly root = newUse();
  /** Keys that are read of something whose place is not known. */
  readonly loose = new Set<string>();

  private at(path: Pointer): Use {
    let use = this.root;
    for (const key of path) {
      const child = use.children.get(key) ?? newUse();
      use.children.set(key, child);
      use = child;
    }
    return use;
  }

  /** A template names this value. */
  named(path: Pointer): void {
    this.at(path);
  }

  /** A template uses all that is there. @param field the key of the manifest below which it stands, if that is known. */
  whole(path: Pointer, field?: string): void {
    const use = this.at(path);
    use.whole = true;
    if (field !== undefined) use.fields.add(field);
  }

  /** A template has a default for it. */
  defaulted(path: Pointer): void {
    this.at(path).defaulted = true;
  }

  private find(path: Pointer): readonly Use[] {
    return path.reduce<readonly Use[]>(
      (uses, key) => uses.flatMap((use) => [use.children.get(key) ?? [], use.children.get(ANY_KEY) ?? []].flat()),
      [this.root],
    );
  }

  /** Whether templates read this value, or something below it, or all of a map that it is in. */
  knows(path: Pointer): boolean {
    return this.find(path).length > 0 || this.isWithinWhole(path);
  }

  /** Whether a template names this very value, not only any in its place. */
  isNamed(path: Pointer): boolean {
    return path.reduce<Use | undefined>((use, key) => use?.children.get(key), this.root) !== undefined;
  }

  /** Whether a map or list above this value is used as a whole: then its keys are free. */
  isWithinWhole(path: Pointer): boolean {
    return path.some((_, index) => this.isWhole(path.slice(0, index)));
  }

  isWhole(path: Pointer): boolean {
    return this.find(path).some((use) => use.whole);
  }

  hasDefault(path: Pointer): boolean {
    return this.find(path).some((use) => use.defaulted);
  }

  /** The keys of manifests below which a value is used as a whole. */
  fieldsOf(path: Pointer): ReadonlySet<string> {
    return new Set(this.find(path).flatMap((use) => [...use.fields]));
  }

  /** The keys that are read below a path. */
  keysBelow(path: Pointer): readonly string[] {
    return this.find(path).flatMap((use) => [...use.children.keys()].filter((key) => key !== ANY_KEY));
  }

  /** The paths of all that is read, to a depth. */
  *paths(): Generator<Pointer> {
    function* below(use: Use, path: Pointer): Generator<Pointer> {
      for (const [key, child] of use.children) {
        if (key === ANY_KEY) continue;
        yield [...path, key];
        yield* below(child, [...path, key]);
      }
    }
    yield* below(this.root, []);
  }
}
