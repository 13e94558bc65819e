/** What the environments set, and in which of their files. */
import { readFile } from 'node:fs/promises';
import type { Place } from '../../core/errors.js';
import type { FieldPath } from '../../core/field-path.js';
import { record } from '../../core/release-manifest.js';
import { isEncrypted, leavesOf } from '../../core/secret-values.js';
import {
  comparable,
  hasValue,
  isPlaceholder,
  itemName,
  mergeValues,
  valueAt,
  valuePaths,
  type ValuePath,
} from '../../core/values-parity.js';
import { readPositions, type Positions } from '../../schemas/kubernetes-yaml.js';
import type { EnvironmentPlan, PlannedCell, PlannedFile } from '../plan.js';
import { valuesIn } from './known-values.js';

interface ReadFile {
  readonly file: PlannedFile;
  readonly secret: boolean;
  readonly text: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** `values` as they are compared. */
  readonly comparable: unknown;
}

/** The index path of a value: items of lists by their place, not their name. */
function fieldPath(values: unknown, path: ValuePath): FieldPath {
  const found: (string | number)[] = [];
  let node = values;
  for (const key of path) {
    const name = itemName(key);
    if (Array.isArray(node) && name !== undefined) {
      const index = node.findIndex((item) => record(item)['name'] === name);
      found.push(index);
      node = (node as unknown[])[index];
    } else {
      found.push(key);
      node = record(node)[key];
    }
  }
  return found;
}

/** Positions of files that were asked for: there may be as many questions as keys. */
const positions = new WeakMap<ReadFile, Positions>();

function placeIn(file: ReadFile | undefined, path: ValuePath): Place | undefined {
  if (file === undefined) return undefined;
  const known = positions.get(file) ?? readPositions(file.text);
  positions.set(file, known);
  return { file: file.file.path, line: known.lineOf(fieldPath(file.values, path)) };
}

/** One environment's values, as helm merges them; encrypted ones are still encrypted. */
export class EnvironmentValues {
  readonly name: string;
  readonly plan: EnvironmentPlan;
  readonly values: Readonly<Record<string, unknown>>;
  /** Secrets files whose keys are encrypted too. */
  readonly unreadable: readonly PlannedFile[];
  private readonly files: readonly ReadFile[];

  constructor(plan: EnvironmentPlan, files: readonly ReadFile[], unreadable: readonly PlannedFile[]) {
    this.name = plan.name;
    this.plan = plan;
    this.files = files;
    this.unreadable = unreadable;
    this.values = record(comparable(mergeValues(files.map(({ values }) => values))));
  }

  /** It has no files at all. */
  get isEmpty(): boolean {
    return this.files.length + this.unreadable.length === 0;
  }

  /** The texts of the values files. */
  get texts(): readonly string[] {
    return this.files.filter(({ secret }) => !secret).map(({ text }) => text);
  }

  sets(path: ValuePath): boolean {
    return hasValue(this.values, path);
  }

  /** The file that sets a value last, with the line of its key. */
  placeOf(path: ValuePath): Place | undefined {
    return placeIn(
      this.files.findLast((file) => hasValue(file.comparable, path)),
      path,
    );
  }

  /** The line of a value's key in one of the files. @param file absolute. */
  placeIn(file: string, path: ValuePath): Place | undefined {
    return placeIn(
      this.files.find((candidate) => candidate.file.absolute === file),
      path,
    );
  }

  /** Values that are encrypted, and others that are there in plain. */
  *secrecy(): Generator<{ readonly path: ValuePath; readonly state: 'encrypted' | 'plain' }> {
    for (const path of valuePaths(this.values)) {
      const value = valueAt(this.values, path);
      if (isEncrypted(value)) yield { path, state: 'encrypted' };
      else if (isPlainText(value)) yield { path, state: 'plain' };
    }
  }

  /** Whether the value, or something in it, is encrypted. */
  isEncrypted(path: ValuePath): boolean {
    return leavesOf(valueAt(this.values, path)).some(({ value }) => isEncrypted(value));
  }

  /** All values files and secrets files that no other environment has, in order. */
  ownFiles(others: readonly EnvironmentValues[], kind: 'values' | 'secrets'): readonly PlannedFile[] {
    const shared = new Set(
      others
        .filter((other) => other !== this)
        .flatMap(({ plan }) => [...plan.values, ...plan.secrets].map(({ absolute }) => absolute)),
    );
    return this.plan[kind].filter(({ absolute }) => !shared.has(absolute));
  }

  /** Keys that a file sets itself, whatever the others do. */
  keysOf(): readonly { readonly file: PlannedFile; readonly path: ValuePath }[] {
    return this.files.flatMap((file) => valuePaths(file.comparable).map((path) => ({ file: file.file, path })));
  }
}

function isPlainText(value: unknown): boolean {
  if (typeof value === 'number') return true;
  return typeof value === 'string' && value.trim() !== '' && !isPlaceholder(value);
}

/** SOPS has a format for files that are no YAML, JSON, dotenv or INI: all of it is one value. */
function isOneValue(file: PlannedFile, values: Readonly<Record<string, unknown>>): boolean {
  const keys = Object.keys(values);
  return !/\.(?:ya?ml|json)$/i.test(file.path) && keys.length === 1 && isEncrypted(values['data']);
}

async function readOne(plan: EnvironmentPlan): Promise<EnvironmentValues> {
  const files: ReadFile[] = [];
  const unreadable: PlannedFile[] = [];
  for (const file of [...plan.values, ...plan.secrets]) {
    const secret = plan.secrets.includes(file);
    const text = await readFile(file.absolute, 'utf8').catch(() => '');
    const { sops, ...rest } = valuesIn(text);
    const values = secret || sops === undefined ? rest : { ...rest, sops };
    if (secret && isOneValue(file, rest)) unreadable.push(file);
    else files.push({ file, secret, text, values, comparable: comparable(values) });
  }
  return new EnvironmentValues(plan, files, unreadable);
}

/** The values of all environments that are rendered, each once. */
export async function readEnvironments(cells: readonly PlannedCell[]): Promise<readonly EnvironmentValues[]> {
  const plans = new Map(cells.map(({ plan }) => [plan.name, plan]));
  return Promise.all([...plans.values()].map(readOne));
}
