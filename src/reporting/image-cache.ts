/** Facts about images by their digest, for this run, and, with a folder, for later ones. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { ImageFacts } from '../core/report-model.js';

export interface CachedImage {
  readonly facts: ImageFacts;
  /** Attestations in the index itself. */
  readonly attestations: number;
}

/** Changes with what is kept: an older cache is not read. */
const VERSION = 1;

function isCached(value: unknown): value is CachedImage {
  const { facts, attestations } = Object(value) as Partial<CachedImage>;
  return typeof attestations === 'number' && Array.isArray(facts?.platforms) && typeof facts.created === 'string';
}

/** A cache that cannot be read or written is none: nothing depends on it. */
export class ImageCache {
  private readonly folder: string;
  private readonly known = new Map<string, CachedImage>();

  /** @param folder an absolute path; empty: only for this run. */
  constructor(folder: string) {
    this.folder = folder;
  }

  private file(digest: string): string | undefined {
    if (this.folder === '' || !/^sha256:[0-9a-f]{64}$/.test(digest)) return undefined;
    return path.join(this.folder, `v${VERSION}`, `${digest.slice('sha256:'.length)}.json`);
  }

  async get(digest: string): Promise<CachedImage | undefined> {
    const known = this.known.get(digest);
    const file = this.file(digest);
    if (known !== undefined || file === undefined) return known;
    try {
      const read: unknown = JSON.parse(await readFile(file, 'utf8'));
      if (!isCached(read)) return undefined;
      this.known.set(digest, read);
      return read;
    } catch {
      return undefined;
    }
  }

  async put(digest: string, image: CachedImage): Promise<void> {
    this.known.set(digest, image);
    const file = this.file(digest);
    if (file === undefined) return;
    const half = `${file}.${randomBytes(4).toString('hex')}`;
    try {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(half, JSON.stringify(image));
      await rename(half, file);
    } catch {
      // Next time it is asked for again.
    }
  }
}
