/**
 * An index as it was read last, kept in a folder between runs: asked whether it has changed since, a server need not send it again.
 * What is kept is only ever used when the server itself says that it still has the very same.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { sha256Hex } from '../core/digest.js';
import { messageOf } from '../core/errors.js';
import type { Log } from '../core/ports.js';
import type { Blob, Blobs } from './blobs.js';
import { INDEX } from './index-folder.js';
import type { Readable } from './read-once.js';
import type { StoreAccess } from './store.js';

/** An index and how the server knows it. */
export interface KnownIndex {
  readonly bytes: Uint8Array;
  /** ETag of HTTP or S3, or the git object. */
  readonly tag: string | undefined;
  /** Last-Modified of HTTP. */
  readonly modified: string | undefined;
}

/** What is known of one repository's index from an earlier run. Nothing of it ever fails: without it, all is read. */
export interface IndexCache {
  load(): Promise<KnownIndex | undefined>;
  save(index: KnownIndex): Promise<void>;
}

interface Header {
  readonly format: 1;
  readonly url: string;
  readonly tag?: string;
  readonly modified?: string;
  /** SHA-256 of the index. */
  readonly digest: string;
}

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);

/** @param folder made when something is kept. */
export function indexCache(folder: string, url: string, access: StoreAccess, log: Log): IndexCache {
  // Others may be shown another index.
  const key = sha256Hex(JSON.stringify([url, access.username ?? '', access.endpointUrl ?? ''])).slice(0, 32);
  const headerFile = path.join(folder, `${key}.json`);
  const indexFile = path.join(folder, `${key}.index`);
  const replace = async (file: string, content: string | Uint8Array) => {
    const temporary = `${file}.${randomUUID()}`;
    try {
      await writeFile(temporary, content, { mode: 0o600 });
      await rename(temporary, file);
    } finally {
      await rm(temporary, { force: true });
    }
  };
  return {
    async load() {
      try {
        const header = JSON.parse(await readFile(headerFile, 'utf8')) as Partial<Header>;
        const bytes = await readFile(indexFile);
        if (header.format !== 1 || header.url !== url || header.digest !== sha256Hex(bytes)) return undefined;
        return { bytes, tag: text(header.tag), modified: text(header.modified) };
      } catch (error) {
        log.debug(`No index of ${url} is kept: ${messageOf(error)}`);
        return undefined;
      }
    },
    async save({ bytes, tag, modified }) {
      if (tag === undefined && modified === undefined) return;
      const header: Header = {
        format: 1,
        url,
        ...(tag === undefined ? {} : { tag }),
        ...(modified === undefined ? {} : { modified }),
        digest: sha256Hex(bytes),
      };
      try {
        await mkdir(folder, { recursive: true });
        await replace(indexFile, bytes);
        await replace(headerFile, JSON.stringify(header));
      } catch (error) {
        log.warning(`The index of ${url} cannot be kept for the next run: ${messageOf(error)}`);
      }
    },
  };
}

/** A folder to read from, whose index is asked for by what is known of it. */
export function withIndexCache(blobs: Blobs, cache: IndexCache): Readable {
  return {
    url: blobs.url,
    ...(blobs.storeUrl === undefined ? {} : { storeUrl: blobs.storeUrl }),
    list: () => blobs.list(),
    async read(name) {
      if (name !== INDEX) return blobs.read(name);
      const kept = await cache.load();
      const known: Blob | undefined = kept?.tag === undefined ? undefined : { bytes: kept.bytes, version: kept.tag };
      const blob = await blobs.read(name, known);
      if (blob !== undefined && blob.bytes !== known?.bytes) {
        await cache.save({ bytes: blob.bytes, tag: blob.version, modified: undefined });
      }
      return blob;
    },
  };
}
