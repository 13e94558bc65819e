import { HelmCdError } from './errors.js';
import { missingFile } from './chart-folders.js';
import type { TreeEntry } from './repository-branch.js';
import type { YamlFile } from './yaml-nodes.js';
import { parseYaml } from './yaml-scalars.js';

/**
 * A computation that asks for files of one commit while it runs and does nothing else with the world: it yields paths and
 * is resumed with their texts.
 */
export type WithFiles<T> = Generator<readonly string[], T, ReadonlyMap<string, string>>;

/** Runs such a computation with whatever reads the files. */
export async function withFiles<T>(
  computation: WithFiles<T>,
  read: (paths: readonly string[]) => Promise<ReadonlyMap<string, string>>,
): Promise<T> {
  let step = computation.next();
  while (step.done !== true) step = computation.next(await read(step.value));
  return step.value;
}

const LFS_POINTER = 'version https://git-lfs.github.com/spec/';

/** The files of one commit, as far as they were asked for, each parsed at most once. */
export class BumpSources {
  readonly paths: readonly string[];
  private readonly modes: ReadonlyMap<string, string>;
  private readonly texts = new Map<string, string>();
  private readonly parsed = new Map<string, YamlFile>();

  constructor(entries: readonly TreeEntry[]) {
    this.modes = new Map(entries.map(({ path, mode }) => [path, mode]));
    this.paths = [...this.modes.keys()];
  }

  /** Ordinary files: what is no link and no submodule. */
  regularPaths(): readonly string[] {
    return [...this.modes].filter(([, mode]) => mode.startsWith('100')).map(([path]) => path);
  }

  has(path: string): boolean {
    return this.modes.has(path);
  }

  /**
   * Reads what was not read before.
   * @param what says in messages who names the files.
   * @throws HelmCdError `not-found`; `refused` for symbolic links, submodules and Git LFS pointers: what they stand for is
   *   in no blob of this commit.
   */
  *load(paths: readonly string[], what: string): WithFiles<void> {
    const wanted = [...new Set(paths)].filter((path) => !this.texts.has(path));
    for (const path of wanted) this.check(path, what);
    if (wanted.length === 0) return;
    const texts = yield wanted;
    for (const path of wanted) {
      const text = texts.get(path) ?? '';
      if (text.startsWith(LFS_POINTER)) {
        throw new HelmCdError(
          'refused',
          `${path} is kept in Git LFS: the repository itself has only a pointer to it.`,
          {
            hint: 'Keep charts and their values out of Git LFS.',
          },
        );
      }
      this.texts.set(path, text);
    }
  }

  private check(path: string, what: string): void {
    const mode = this.modes.get(path);
    const parents = path.split('/').map((_, index, parts) => parts.slice(0, index).join('/'));
    const odd = [...parents, path].find((part) => ['120000', '160000'].includes(this.modes.get(part) ?? ''));
    if (odd !== undefined) {
      const kind = this.modes.get(odd) === '120000' ? 'a symbolic link' : 'a submodule';
      throw new HelmCdError('refused', `${what}: ${odd} is ${kind}, which is not followed.`, {
        hint: 'Name the real file.',
        place: { file: odd },
      });
    }
    if (mode === undefined) throw missingFile(path, this.paths, what);
  }

  text(path: string): string {
    const text = this.texts.get(path);
    if (text === undefined) throw new Error(`${path} was not loaded`);
    return text;
  }

  /** @throws HelmCdError `file`, with the line, when it is no YAML. */
  yaml(path: string): YamlFile {
    const known = this.parsed.get(path);
    if (known !== undefined) return known;
    const file = parseYaml(path, this.text(path));
    this.parsed.set(path, file);
    return file;
  }
}
