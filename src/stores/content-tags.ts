import { createHash } from 'node:crypto';

const MD5_TAG = /^"[0-9a-f]{32}"$/;

/** Nothing where this machine may not make it (FIPS). */
function md5Tag(bytes: Uint8Array): string | undefined {
  try {
    return `"${createHash('md5').update(bytes).digest('hex')}"`;
  } catch {
    return undefined;
  }
}

/**
 * Whether the ETags of a server belong to the bytes that come with them. A server that keeps both apart may give the old
 * content with the new tag while somebody writes; whoever then replaced "what was read" would undo that write. The ETag of
 * an object that was sent at once is the MD5 of its content, so that this can be seen, unless the server has other tags
 * (with KMS keys, for one): then the same content comes with the same tag again.
 */
export class ContentTags {
  private areHashes = true;

  /**
   * @returns tag and hash where they do not belong together: then both must be read again, and when the very same comes
   *   again, the server has other tags.
   */
  otherThan(tag: string, bytes: Uint8Array): string | undefined {
    if (!this.areHashes || !MD5_TAG.test(tag)) return undefined;
    const actual = md5Tag(bytes);
    return actual === undefined || actual === tag ? undefined : `${tag} ${actual}`;
  }

  /** From now on nothing is taken for torn. */
  areNoHashes(): void {
    this.areHashes = false;
  }
}
