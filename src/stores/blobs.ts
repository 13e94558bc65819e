/**
 * A folder of files with conditional writes: all that a chart repository made of files needs. A file either does not
 * exist (then `read` says so), or is there as a whole; whatever else happens is an error.
 */
export interface Blobs {
  /** The address of the folder, without credentials and without a slash at the end. */
  readonly url: string;
  /** The chart repository's own URL, where that says more than the address of its files: which branch they are in. */
  readonly storeUrl?: string;
  /**
   * @param known what an earlier read gave: if it still is the same, that may be given back, without its bytes being sent again.
   * @returns nothing only when the file certainly does not exist.
   * @throws HelmCdError `unreachable` or `unauthorized`.
   */
  read(name: string, known?: Blob): Promise<Blob | undefined>;
  /** Writes a file that must not exist yet. Nobody ever sees a part of it. */
  create(name: string, bytes: Uint8Array, type: BlobType): Promise<'created' | 'exists'>;
  /**
   * Replaces a file that must still be the one that was read, in one step.
   * @param before what `read` gave; nothing when it was not there.
   * @param gone files that are deleted with it, in the same step; only where changes are commits (there is `flush`).
   */
  replace(
    name: string,
    bytes: Uint8Array,
    type: BlobType,
    before: Blob | undefined,
    gone?: readonly string[],
  ): Promise<'written' | 'changed'>;
  /**
   * Only where the conditions above cannot be taken for granted: runs what writes after making sure of them, or else
   * keeps all others out while it runs. A write outside of it is a piece of such work by itself.
   */
  guard?<Result>(work: () => Promise<Result>): Promise<Result>;
  /** What the user must know about the guarantees here, as far as it has turned out; sentences. */
  readonly warnings?: readonly string[];
  /** All files directly in the folder, but for helm-cd's own; what is in folders below it is somebody else's. */
  list(): Promise<readonly BlobInfo[]>;
  /**
   * Deletes files. Those that are not there are no error, so that it can be repeated. An index is never deleted.
   * @param names of any number; where changes are commits, all of them in one.
   */
  remove(names: readonly string[]): Promise<void>;
  /** Completes what a killed writer of this file has left half done, if this kind of folder knows such a thing. */
  settle(name: string): Promise<void>;
  /**
   * Only where changes are commits: there `create` keeps a file in mind, and `replace` puts it in place with what it
   * writes, all at once; this does it when there is nothing to replace. When either answers `changed`, what was kept
   * in mind is forgotten: all must be looked at and created again.
   */
  flush?(): Promise<'written' | 'changed'>;
  /** How consumers get the files, where that is another way than `read`. */
  consumer?(): Promise<Consumer>;
}

/** The consumers' way to the files of a folder. */
export interface Consumer {
  /** Where they get them, for people. */
  readonly url: string;
  /** When they see a change, as a sentence for those who wait for it; nothing when they see it at once. */
  readonly note?: string;
  /** As that of Blobs, and always asks anew. */
  read(name: string): Promise<Blob | undefined>;
}

export interface Blob {
  readonly bytes: Uint8Array;
  /** Changes with the content. */
  readonly version: string;
}

/** A file that is in the folder. */
export interface BlobInfo {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /**
   * When it was written, RFC 3339; nothing where files have no time of their own (git: there everything that is
   * published at once comes at once, so that a file is never ahead of the index).
   */
  readonly modified: string | undefined;
}

/** Files of helm-cd's own that may be in a repository begin with this: none of them is a chart's. */
export const OWN_PREFIX = '.helm-cd';

/** What servers that hand files on say about them. An index must not be cached, an archive never changes. */
export interface BlobType {
  readonly contentType: string;
  readonly cacheControl: string;
}

export const INDEX_TYPE: BlobType = { contentType: 'application/yaml', cacheControl: 'no-cache, max-age=0' };
export const PROVENANCE_TYPE: BlobType = {
  contentType: 'text/plain; charset=utf-8',
  cacheControl: 'public, max-age=31536000, immutable',
};
export const ARCHIVE_TYPE: BlobType = {
  contentType: 'application/gzip',
  cacheControl: 'public, max-age=31536000, immutable',
};
