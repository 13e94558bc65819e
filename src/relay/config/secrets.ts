import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ConfigFile, Pointer } from '../../config/config-file.js';
import { messageOf } from '../../core/errors.js';

const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

/** Where a value is kept that is not to be in the file: names of variables, paths of files. */
export interface Reference {
  readonly env?: string | readonly string[];
  readonly file?: string | readonly string[];
}

/** Finds what the configuration only names, and keeps account of all of it. */
export class Secrets {
  readonly #file: ConfigFile;
  readonly #folder: string;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #found = new Set<string>();

  /** @param folder where relative paths start. */
  constructor(file: ConfigFile, folder: string, environment: Readonly<Record<string, string | undefined>>) {
    this.#file = file;
    this.#folder = folder;
    this.#environment = environment;
  }

  /** All that was found, for masking. */
  get found(): readonly string[] {
    return [...this.#found];
  }

  /**
   * The values of variables and files, without the white space around them.
   * @param key what the configuration calls it: `secret` of `secret-env` and `secret-file`.
   * @throws HelmCdError `config` when it names none, or one that is missing or empty.
   */
  all(pointer: Pointer, key: string, { env, file }: Reference): readonly [string, ...string[]] {
    const values = [
      ...listOf(env).map((name) => this.#variable([...pointer, `${key}-env`], name)),
      ...listOf(file).map((name) => this.#contents([...pointer, `${key}-file`], name)),
    ];
    for (const value of values) this.#found.add(value);
    const [first, ...others] = values;
    if (first !== undefined) return [first, ...others];
    return this.#file.fail(
      pointer,
      `${pointer.join('.')} needs "${key}-env" or "${key}-file"`,
      'Secrets are not written into this file: name the environment variable or the file that has it.',
    );
  }

  /** The only value; see `all`. */
  one(pointer: Pointer, key: string, reference: Reference): string {
    const [first, ...others] = this.all(pointer, key, reference);
    if (others.length === 0) return first;
    return this.#file.fail(pointer, `${pointer.join('.')} has both "${key}-env" and "${key}-file"`, 'Keep one.');
  }

  #variable(pointer: Pointer, name: string): string {
    const value = this.#environment[name]?.trim() ?? '';
    if (value !== '') return value;
    return this.#file.fail(pointer, `${pointer.join('.')}: the environment variable ${name} is not set, or empty`);
  }

  #contents(pointer: Pointer, name: string): string {
    let value: string;
    try {
      value = readFileSync(path.resolve(this.#folder, name), 'utf8').trim();
    } catch (error) {
      return this.#file.fail(pointer, `${pointer.join('.')}: the file cannot be read: ${messageOf(error)}`);
    }
    return value === '' ? this.#file.fail(pointer, `${pointer.join('.')}: the file ${name} is empty`) : value;
  }
}
