import { createHash } from 'node:crypto';

/**
 * Git's object id of a file's content.
 * @param like any object id of the repository: its length says which hash the repository uses.
 */
export function blobId(bytes: Uint8Array, like: string): string {
  return createHash(like.length === 64 ? 'sha256' : 'sha1')
    .update(`blob ${bytes.length}\0`)
    .update(bytes)
    .digest('hex');
}
