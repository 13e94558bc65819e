import { readFile } from 'node:fs/promises';
import type { Place } from '../core/errors.js';
import { record } from '../core/release-manifest.js';
import { KubernetesYamlError, parseKubernetesYaml, readPositions } from '../schemas/kubernetes-yaml.js';
import type { PlannedFile } from './plan.js';

function has(values: unknown, path: readonly string[]): boolean {
  let node = values;
  for (const key of path) {
    if (Array.isArray(node)) {
      node = (node as unknown[])[Number(key)];
      if (node === undefined) return false;
    } else {
      if (!Object.hasOwn(record(node), key)) return false;
      node = record(node)[key];
    }
  }
  return true;
}

interface ParsedValues {
  readonly text: string;
  readonly value: unknown;
  positions?: ReturnType<typeof readPositions>;
}

/** The files that were asked for last: each is asked for again and again, and may be large. */
let recent: readonly ParsedValues[] = [];
const MOST_RECENT = 4;

function parse(text: string): ParsedValues {
  const known = recent.find((file) => file.text === text) ?? { text, value: parseKubernetesYaml(text) };
  recent = [known, ...recent.filter((file) => file !== known)].slice(0, MOST_RECENT);
  return known;
}

/**
 * Where a value comes from: the last of the files that sets it, with the line of its key.
 * @param files in the order in which helm merges them, the chart's own values.yaml first.
 * @returns nothing when no file sets it.
 */
export async function placeOfValue(path: readonly string[], files: readonly PlannedFile[]): Promise<Place | undefined> {
  for (const file of files.toReversed()) {
    const text = await readFile(file.absolute, 'utf8').catch(() => '');
    try {
      if (path.length === 0) continue;
      const known = parse(text);
      if (!has(known.value, path)) continue;
      // A list's items are numbers in a path of positions; a key that is a number is rare enough to be told by line alone.
      const line = (known.positions ??= readPositions(text)).lineOf(
        path.map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
      );
      return { file: file.path, line };
    } catch (error) {
      if (!(error instanceof KubernetesYamlError)) throw error;
    }
  }
  return undefined;
}
