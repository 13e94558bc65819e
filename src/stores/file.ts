import { randomUUID } from 'node:crypto';
import { link, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sha256Hex } from '../core/digest.js';
import { HelmCdError, messageOf } from '../core/errors.js';
import { mkdirIfMissing, readIfThere, unless, writeDurably } from './file-io.js';
import { OWN_PREFIX, type Blob, type BlobInfo, type Blobs } from './blobs.js';

/** Our own files in the repository's folder: half-written ones, and the generations of the index. */
const OWN_FOLDER = '.helm-cd';
/** After this nobody is still in the middle of a step that began with such a file. */
const STALE_AFTER_MS = 10 * 60_000;

interface Generation {
  readonly number: number;
  readonly file: string;
}

/** A file as it is: its newest content, and the number of the generation that a change of it must follow. */
interface State {
  readonly bytes: Uint8Array | undefined;
  readonly last: number;
  /** Whether what is in place is an older generation. */
  readonly lags: boolean;
}

/** What `read` gives as a version: the generation, and the content for changes made by others' tools. */
function versionOf(state: State): string {
  return `${state.last}:${state.bytes === undefined ? '' : sha256Hex(state.bytes)}`;
}

/**
 * A folder on a disk (`file:///folder`), safe for any number of processes at once, without a lock that a killed one
 * could leave behind.
 *
 * A file is created by writing it under another name and linking it to its own, which the file system refuses when
 * the name is taken. What replaces a file is first linked to the name of the next generation, which only one writer
 * can get; then it is renamed into place. A generation that is not in place yet (its writer may be dead) counts
 * as the newest content all the same, and the next writer puts it in place.
 */
export class FileBlobs implements Blobs {
  readonly url: string;
  private readonly folder: string;
  private readonly own: string;

  /** @throws HelmCdError `input` for a URL that names another machine. */
  constructor(url: string) {
    try {
      this.folder = fileURLToPath(url).replace(/(?<=.)\/+$/, '');
    } catch (cause) {
      throw new HelmCdError('input', `"${url}" is no folder of this machine: ${messageOf(cause)}`, {
        hint: 'Write file:///absolute/path, with three slashes.',
        cause,
      });
    }
    this.own = path.join(this.folder, OWN_FOLDER);
    this.url = pathToFileURL(this.folder).href;
  }

  private path(name: string): string {
    return path.join(this.folder, name);
  }

  async read(name: string): Promise<Blob | undefined> {
    const state = await this.state(name);
    return state.bytes === undefined ? undefined : { bytes: state.bytes, version: versionOf(state) };
  }

  async create(name: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    return (await this.linkNew(bytes, path.join(this.folder, name))) ? 'created' : 'exists';
  }

  async replace(name: string, bytes: Uint8Array, _: unknown, before: Blob | undefined): Promise<'written' | 'changed'> {
    const state = await this.state(name);
    const unchanged = before === undefined ? state.bytes === undefined : versionOf(state) === before.version;
    if (!unchanged) return 'changed';
    const next = path.join(this.own, `${name}.${String(state.last + 1).padStart(10, '0')}`);
    if (!(await this.linkNew(bytes, next))) return 'changed';
    const newest = await this.newest(name);
    if (newest === undefined || newest.number > state.last + 1) {
      // The name was free only because the generation that had it was tidied away long ago.
      await rm(next, { force: true });
      return 'changed';
    }
    await this.place(name, newest);
    await this.tidy(name);
    return 'written';
  }

  async list(): Promise<readonly BlobInfo[]> {
    const entries = (await unless(['ENOENT'], this.folder, readdir(this.folder, { withFileTypes: true }))) ?? [];
    const files = entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith(OWN_PREFIX));
    const infos = await Promise.all(
      files.map(async ({ name }): Promise<readonly BlobInfo[]> => {
        const info = await unless(['ENOENT'], name, stat(this.path(name)));
        if (info === undefined || !info.isFile()) return [];
        return [{ name, size: info.size, modified: info.mtime.toISOString() }];
      }),
    );
    return infos.flat();
  }

  async remove(names: readonly string[]): Promise<void> {
    for (const name of names) await unless(['ENOENT', 'ENOTDIR'], `${name} cannot be deleted`, rm(this.path(name)));
  }

  async settle(name: string): Promise<void> {
    const newest = await this.newest(name);
    if (newest !== undefined && (await this.state(name)).lags) await this.place(name, newest);
  }

  private async generations(name: string): Promise<readonly Generation[]> {
    const files = (await unless(['ENOENT', 'ENOTDIR'], this.own, readdir(this.own))) ?? [];
    return files
      .map((file) => ({ file: path.join(this.own, file), prefix: `${name}.`, base: file }))
      .filter(({ base, prefix }) => base.startsWith(prefix) && /^\d+$/.test(base.slice(prefix.length)))
      .map(({ file, base, prefix }): Generation => ({ file, number: Number(base.slice(prefix.length)) }))
      .sort((a, b) => a.number - b.number);
  }

  private async newest(name: string): Promise<Generation | undefined> {
    return (await this.generations(name)).at(-1);
  }

  /** What is in place is read first: if it is a generation of ours, it is among those listed after that. */
  private async state(name: string): Promise<State> {
    for (;;) {
      const inPlace = await readIfThere(path.join(this.folder, name));
      const generations = await this.generations(name);
      const newest = generations.at(-1);
      const last = newest?.number ?? 0;
      if (inPlace === undefined && newest === undefined) await this.checkPlace();
      // One that has vanished after its first generation was deleted by somebody.
      if (newest === undefined || (inPlace === undefined && last > 1)) return { bytes: inPlace, last, lags: false };
      const content = await readIfThere(newest.file);
      if (content === undefined) continue; // Tidied away just now: there is a newer one.
      if (inPlace === undefined) return { bytes: content, last, lags: true };
      if (inPlace.equals(content)) return { bytes: content, last, lags: false };
      for (const { file } of generations) {
        if ((await readIfThere(file))?.equals(inPlace) === true) return { bytes: content, last, lags: true };
      }
      return { bytes: inPlace, last, lags: false };
    }
  }

  /** Puts the newest generation in place. One who was slow might put an older one there: so it is looked at again. */
  private async place(name: string, generation: Generation): Promise<void> {
    const target = path.join(this.folder, name);
    for (let next: Generation | undefined = generation; next !== undefined;) {
      const current: Generation = next;
      const temporary = path.join(this.own, `tmp-${randomUUID()}`);
      const linked = await unless(
        ['ENOENT'],
        target,
        link(current.file, temporary).then(() => true),
      );
      if (linked === true) await unless([], target, rename(temporary, target));
      // Renaming onto another name of the same file does nothing and leaves both.
      await rm(temporary, { force: true });
      const newest: Generation | undefined = await this.newest(name);
      next = newest?.number === current.number ? undefined : newest;
    }
  }

  /**
   * Nothing is in the folder: then the folder itself or the one above it is there. Whoever mistypes a path or forgets to
   * mount a disk does not mean an empty repository.
   */
  private async checkPlace(): Promise<void> {
    const parent = path.dirname(this.folder);
    for (const place of [this.folder, parent]) {
      const info = await unless(['ENOENT', 'ENOTDIR'], place, stat(place));
      if (info?.isDirectory() === true) return;
      if (info === undefined) continue;
      throw new HelmCdError('input', `${this.url}: ${place} is no folder.`, { hint: 'Name a folder.' });
    }
    throw new HelmCdError('not-found', `${this.url}: there is no folder ${parent}.`, {
      hint: 'Check the path, or create that folder: helm-cd creates only the last one of the path.',
    });
  }

  /** The repository's folder, if need be, and ours in it. */
  private async makeFolders(): Promise<void> {
    if ((await unless(['ENOENT'], this.own, mkdirIfMissing(this.own))) === true) return;
    await this.checkPlace();
    for (const folder of [this.folder, this.own]) await unless([], folder, mkdirIfMissing(folder));
  }

  /** Writes a file as a whole under a name that must be free. */
  private async linkNew(bytes: Uint8Array, target: string): Promise<boolean> {
    await this.makeFolders();
    const temporary = path.join(this.own, `tmp-${randomUUID()}`);
    try {
      await unless([], target, writeDurably(temporary, bytes));
      const linked = unless(
        ['EEXIST'],
        target,
        link(temporary, target).then(() => true),
      );
      return (await linked) === true;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Removes what nobody can still need: older generations, and what killed writers left. */
  private async tidy(name: string): Promise<void> {
    const newest = await this.newest(name);
    for (const entry of await readdir(this.own)) {
      const file = path.join(this.own, entry);
      const isOld = entry.startsWith('tmp-') || (entry.startsWith(`${name}.`) && file !== newest?.file);
      const info = isOld ? await stat(file).catch(() => undefined) : undefined;
      if (info !== undefined && info.mtimeMs < Date.now() - STALE_AFTER_MS) await rm(file, { force: true });
    }
  }
}
