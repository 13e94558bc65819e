/** Where the dependencies of a chart are written: Chart.yaml, requirements.yaml and the lock files have the same list. */
import { LineCounter, isMap, isScalar, isSeq, parseDocument, type Node } from 'yaml';

/** The lines of one item of `dependencies:`, from 1. */
export interface DependencyLines {
  readonly line: number;
  /** By the key of the item: `version`, `repository`. */
  readonly fields: ReadonlyMap<string, number>;
}

export interface DependencyFileLines {
  readonly dependencies: readonly DependencyLines[];
  /** Of the keys at the start of the file: `digest`, `dependencies`. */
  readonly keys: ReadonlyMap<string, number>;
}

function linesOfKeys(node: unknown, lines: LineCounter): ReadonlyMap<string, number> {
  if (!isMap(node)) return new Map();
  return new Map(
    node.items.flatMap(({ key }): [string, number][] => {
      const start = (key as Node | null)?.range?.[0];
      return isScalar(key) && start !== undefined ? [[String(key.value), lines.linePos(start).line]] : [];
    }),
  );
}

/** @returns nothing but empty lists for a text that is no YAML map. */
export function dependencyLines(text: string): DependencyFileLines {
  const lines = new LineCounter();
  const { contents } = parseDocument(text, { lineCounter: lines, version: '1.1', uniqueKeys: false });
  const keys = linesOfKeys(contents, lines);
  const list = isMap(contents) ? contents.get('dependencies', true) : undefined;
  if (!isSeq(list)) return { dependencies: [], keys };
  return {
    keys,
    dependencies: list.items.map((item) => {
      const start = (item as Node | null)?.range?.[0] ?? 0;
      return { line: lines.linePos(start).line, fields: linesOfKeys(item, lines) };
    }),
  };
}
