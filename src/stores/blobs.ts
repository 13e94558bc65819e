/**
 * A folder of files with conditional writes: all that a chart repository made of files needs. A file either does not
 * exist (then `read` says so), or is there as a whole; whatever else happens is an error.
 */
export interface Blobs {
  /** The address of the folder, without credentials and without a slash at the end. */
  readonly url: string;
  /**
   * @returns nothing only when the file certainly does not exist.
   * @throws HelmCdError `unreachable` or `unauthorized`.
   */
  read(name: string): Promise<Blob | undefined>;
  /** Writes a file that must not exist yet. Nobody ever sees a part of it. */
  create(name: string, bytes: Uint8Array, type: BlobType): Promise<'created' | 'exists'>;
  /**
   * Replaces a file that must still be the one that was read, in one step.
   * @param before what `read` gave; nothing when it was not there.
   */
  replace(name: string, bytes: Uint8Array, type: BlobType, before: Blob | undefined): Promise<'written' | 'changed'>;
  /**
   * Makes sure that the conditions above are kept, with a file that is there: some servers ignore them without a word.
   * @param bytes the file's content; the file stays as it is.
   * @throws HelmCdError `unsupported` when they are not.
   */
  probe(name: string, bytes: Uint8Array, type: BlobType): Promise<void>;
  /** Completes what a killed writer of this file has left half done, if this kind of folder knows such a thing. */
  settle(name: string): Promise<void>;
}

export interface Blob {
  readonly bytes: Uint8Array;
  /** Changes with the content. */
  readonly version: string;
}

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
