import type { S3Client } from '@aws-sdk/client-s3';
import { HelmCdError } from '../core/errors.js';
import type { Blob, BlobInfo, BlobType } from './blobs.js';
import { ContentTags } from './content-tags.js';
import type { S3Location, S3Sdk } from './s3-client.js';
import type { WriteCondition } from './s3-conditions.js';
import { explainS3, nameOf, statusOf } from './s3-errors.js';
import { deleteObjects, listObjects } from './s3-listing.js';

const ATTEMPTS = 3;

/** By ETag objects are compared. A proxy that compresses calls it a weak one, which no condition would accept. */
function strongTag(tag: string | undefined, url: string): string {
  const strong = tag?.replace(/^W\//, '') ?? '';
  if (strong !== '') return strong;
  // Sent as a condition, an empty one would be none.
  throw new HelmCdError('unsupported', `The server of ${url} gives objects no ETag.`, {
    hint: 'Without it helm-cd cannot notice that somebody else has changed an object. Use another server.',
  });
}

/** The objects below a prefix of a bucket, one request each. */
export class S3Objects {
  readonly url: string;
  private readonly location: S3Location;
  private readonly sdk: S3Sdk;
  private readonly client: S3Client;
  private readonly cancelled: AbortSignal;
  private readonly tags = new ContentTags();

  constructor(location: S3Location, sdk: S3Sdk, client: S3Client, cancelled: AbortSignal) {
    this.location = location;
    this.url = `s3://${[location.bucket, location.prefix].filter((part) => part !== '').join('/')}`;
    this.sdk = sdk;
    this.client = client;
    this.cancelled = cancelled;
  }

  /** A signal for each request: the SDK never takes its listeners off the one that lives as long as the job. */
  private options(more?: AbortSignal): { abortSignal: AbortSignal } {
    return { abortSignal: AbortSignal.any(more === undefined ? [this.cancelled] : [this.cancelled, more]) };
  }

  private target(name: string): { Bucket: string; Key: string } {
    const { bucket, prefix } = this.location;
    return { Bucket: bucket, Key: prefix === '' ? name : `${prefix}/${name}` };
  }

  /**
   * The whole object with the ETag that belongs to it.
   * @param known is given back when it still has that ETag.
   * @throws HelmCdError
   */
  async read(name: string, known?: Blob): Promise<Blob | undefined> {
    let torn: string | undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        const condition = known === undefined ? {} : { IfNoneMatch: known.version };
        const command = new this.sdk.GetObjectCommand({ ...this.target(name), ...condition });
        const response = await this.client.send(command, this.options());
        const version = strongTag(response.ETag, this.url);
        const body = await response.Body?.transformToByteArray().catch((cause: unknown) => ({ cause }));
        const length = body instanceof Uint8Array ? body.length : undefined;
        if (body instanceof Uint8Array && (response.ContentLength ?? length) === length) {
          const other = this.tags.otherThan(version, body);
          if (other !== undefined && other === torn) this.tags.areNoHashes();
          if (other === undefined || other === torn || attempt === ATTEMPTS) return { bytes: body, version };
          torn = other;
          continue;
        }
        // The answer was cut off: the SDK repeats only what fails before its body.
        const cause = body instanceof Uint8Array ? new Error('the connection was cut') : body?.cause;
        if (attempt === ATTEMPTS || this.cancelled.aborted) throw cause;
      } catch (error) {
        if (nameOf(error) === 'NoSuchKey') return undefined;
        if (known !== undefined && statusOf(error) === 304) return known;
        throw this.explain(error, `${this.url}/${name} cannot be read`);
      }
    }
  }

  /** The object's ETag; nothing when there is no such object. @throws HelmCdError */
  async tagOf(name: string): Promise<string | undefined> {
    try {
      const command = new this.sdk.HeadObjectCommand(this.target(name));
      return strongTag((await this.client.send(command, this.options())).ETag, this.url);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw this.explain(error, `${this.url}/${name} cannot be read`);
    }
  }

  /** @throws the SDK's error. */
  async put(
    name: string,
    bytes: Uint8Array,
    type: BlobType,
    condition: WriteCondition,
    signal?: AbortSignal,
  ): Promise<void> {
    const body = { Body: bytes, ContentType: type.contentType, CacheControl: type.cacheControl };
    const command = new this.sdk.PutObjectCommand({ ...this.target(name), ...body, ...condition });
    await this.client.send(command, this.options(signal));
  }

  /** The objects directly in a folder; those of helm-cd itself only when that folder is its own. @throws HelmCdError */
  async list(folder: string): Promise<readonly BlobInfo[]> {
    const { bucket, prefix } = this.location;
    const below = [prefix, folder].filter((part) => part !== '').join('/');
    const access = { sdk: this.sdk, client: this.client, options: () => this.options() };
    try {
      return await listObjects(access, bucket, below);
    } catch (error) {
      throw this.explain(error, `${this.url} cannot be listed`);
    }
  }

  /** @param options in place of the usual ones: to clean up also when the job was cancelled. @throws HelmCdError */
  async remove(names: readonly string[], options = () => this.options()): Promise<void> {
    const keys = names.map((name) => this.target(name).Key);
    try {
      await deleteObjects({ sdk: this.sdk, client: this.client, options }, this.location.bucket, keys);
    } catch (error) {
      throw this.explain(error, `${this.url}: nothing can be deleted there`);
    }
  }

  explain(error: unknown, what: string): HelmCdError {
    return explainS3(error, what, this.location.bucket, this.cancelled.aborted);
  }
}
