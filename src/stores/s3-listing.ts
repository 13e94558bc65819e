import type { S3Client } from '@aws-sdk/client-s3';
import { createLimiter } from '../core/concurrency.js';
import { OWN_PREFIX, type BlobInfo } from './blobs.js';
import type * as s3Sdk from './s3-sdk.js';

/** How to reach the objects: the SDK, a client, and options for each request. */
export interface S3Access {
  readonly sdk: typeof s3Sdk;
  readonly client: S3Client;
  readonly options: () => { abortSignal: AbortSignal };
}

const DELETIONS_AT_ONCE = 8;

/**
 * The objects directly below a prefix, by ListObjectsV2, page by page; what is below deeper prefixes is left out.
 * @param prefix without slashes around it; may be empty.
 */
export async function listObjects(access: S3Access, bucket: string, prefix: string): Promise<readonly BlobInfo[]> {
  const folder = prefix === '' ? '' : `${prefix}/`;
  const found: BlobInfo[] = [];
  let next: string | undefined;
  do {
    const command = new access.sdk.ListObjectsV2Command({
      Bucket: bucket,
      Prefix: folder,
      Delimiter: '/',
      ...(next === undefined ? {} : { ContinuationToken: next }),
    });
    const page = await access.client.send(command, access.options());
    for (const { Key: key = '', Size: size = 0, LastModified: time } of page.Contents ?? []) {
      const name = key.slice(folder.length);
      // An object called like the folder itself is how some tools make folders.
      if (!key.startsWith(folder) || name === '' || name.includes('/') || name.startsWith(OWN_PREFIX)) continue;
      found.push({ name, size, modified: time?.toISOString() });
    }
    next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (next !== undefined);
  return found;
}

/** Deletes objects one by one: not every server has DeleteObjects. One that is not there is no error in S3. */
export async function deleteObjects(access: S3Access, bucket: string, keys: readonly string[]): Promise<void> {
  const limited = createLimiter(DELETIONS_AT_ONCE);
  await Promise.all(
    keys.map((key) =>
      limited(async () => {
        const command = new access.sdk.DeleteObjectCommand({ Bucket: bucket, Key: key });
        await access.client.send(command, access.options());
      }),
    ),
  );
}
