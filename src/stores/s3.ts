import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { HelmCdError, messageOf } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import type { Blob, BlobInfo, Blobs, BlobType } from './blobs.js';
import { deleteObjects, listObjects, type S3Access } from './s3-listing.js';
import type * as s3Sdk from './s3-sdk.js';
import type { StoreAccess } from './store.js';

type S3Sdk = typeof s3Sdk;

const DEFAULT_REGION = 'us-east-1';
const ATTEMPTS = 5;
const CONNECTION_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 60_000;

/** What the SDK's errors have in common. */
interface ServiceError {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const statusOf = (error: unknown) => (error as ServiceError).$metadata?.httpStatusCode;
const nameOf = (error: unknown) => (error as ServiceError).name ?? '';

export interface S3Location {
  readonly bucket: string;
  /** Without slashes around it; may be empty. */
  readonly prefix: string;
}

/** @throws HelmCdError `input` for what is no `s3://bucket/prefix`. */
export function parseS3Url(url: string): S3Location {
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([^?#]*))?$/.exec(url);
  if (match === null) {
    throw new HelmCdError('input', `"${url}" is no place in S3.`, {
      hint: 'Write s3://bucket/prefix; a bucket has 3 to 63 lower-case letters, digits, dots and dashes.',
    });
  }
  return { bucket: match[1] ?? '', prefix: (match[2] ?? '').replace(/^\/+|\/+$/g, '') };
}

/** The SDK's settings: from the inputs, the usual variables, and else its own chain of credentials. */
function clientConfig(access: StoreAccess, environment: Services['environment']): S3ClientConfig {
  const variable = (name: string) => environment[name] || undefined;
  const endpoint = access.endpointUrl || variable('AWS_ENDPOINT_URL_S3') || variable('AWS_ENDPOINT_URL');
  const accessKeyId = variable('AWS_ACCESS_KEY_ID');
  const secretAccessKey = variable('AWS_SECRET_ACCESS_KEY');
  const sessionToken = variable('AWS_SESSION_TOKEN');
  return {
    region: access.region || variable('AWS_REGION') || variable('AWS_DEFAULT_REGION') || DEFAULT_REGION,
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    // Servers other than Amazon's know neither bucket host names nor checksums behind the body.
    ...(endpoint === undefined
      ? { followRegionRedirects: true }
      : {
          endpoint,
          forcePathStyle: true,
          requestChecksumCalculation: 'WHEN_REQUIRED',
          responseChecksumValidation: 'WHEN_REQUIRED',
        }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } }),
  };
}

/**
 * A prefix of an S3 bucket. Amazon S3 and compatible servers make conditional writes atomic (`If-None-Match: *`,
 * `If-Match`): https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
 */
export class S3Blobs implements Blobs {
  readonly url: string;
  private readonly location: S3Location;
  private readonly sdk: S3Sdk;
  private readonly client: S3Client;
  private readonly signal: AbortSignal;
  private probed = false;

  private constructor(location: S3Location, sdk: S3Sdk, client: S3Client, signal: AbortSignal) {
    this.location = location;
    this.url = `s3://${[location.bucket, location.prefix].filter((part) => part !== '').join('/')}`;
    this.sdk = sdk;
    this.client = client;
    this.signal = signal;
  }

  static async open(
    url: string,
    access: StoreAccess,
    services: Pick<Services, 'environment' | 'masks' | 'cancelled'>,
  ): Promise<S3Blobs> {
    const location = parseS3Url(url);
    for (const name of ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) {
      const secret = services.environment[name] ?? '';
      if (secret !== '') services.masks.add(secret);
    }
    // Left alone by the bundler: in dist/ it is the file beside the actions' bundle.
    const sdk: S3Sdk = await import(/* webpackIgnore: true */ './s3-sdk.js');
    const client = new sdk.S3Client(clientConfig(access, services.environment));
    return new S3Blobs(location, sdk, client, services.cancelled);
  }

  /** A signal for each request: the SDK never takes its listeners off the one that lives as long as the job. */
  private options(): { abortSignal: AbortSignal } {
    return { abortSignal: AbortSignal.any([this.signal]) };
  }

  private target(name: string): { Bucket: string; Key: string } {
    const { bucket, prefix } = this.location;
    return { Bucket: bucket, Key: prefix === '' ? name : `${prefix}/${name}` };
  }

  async read(name: string): Promise<Blob | undefined> {
    try {
      const command = new this.sdk.GetObjectCommand(this.target(name));
      const response = await this.client.send(command, this.options());
      const bytes = await response.Body?.transformToByteArray();
      return { bytes: bytes ?? new Uint8Array(0), version: response.ETag ?? '' };
    } catch (error) {
      if (nameOf(error) === 'NoSuchKey') return undefined;
      throw this.explain(error, `${this.url}/${name} cannot be read`);
    }
  }

  async create(name: string, bytes: Uint8Array, type: BlobType): Promise<'created' | 'exists'> {
    return (await this.put(name, bytes, type, { IfNoneMatch: '*' })) ? 'created' : 'exists';
  }

  async replace(
    name: string,
    bytes: Uint8Array,
    type: BlobType,
    before: Blob | undefined,
  ): Promise<'written' | 'changed'> {
    const condition = before === undefined ? { IfNoneMatch: '*' } : { IfMatch: before.version };
    return (await this.put(name, bytes, type, condition)) ? 'written' : 'changed';
  }

  /** The object is sent twice more on conditions that do not hold: writing its own content again would harm nothing. */
  async probe(name: string, bytes: Uint8Array, type: BlobType): Promise<void> {
    if (this.probed) return;
    for (const condition of [{ IfNoneMatch: '*' }, { IfMatch: `"${'0'.repeat(32)}"` }]) {
      if (!(await this.put(name, bytes, type, condition))) continue;
      const [header] = Object.keys(condition);
      const named = header === 'IfMatch' ? 'If-Match' : 'If-None-Match';
      throw new HelmCdError(
        'unsupported',
        `The server of ${this.url} does not honour conditional writes: it ignores ${named}.`,
        {
          hint: 'Publishing there would not be safe: two at once could lose a version. Update the server, or use another one.',
        },
      );
    }
    this.probed = true;
  }

  async list(): Promise<readonly BlobInfo[]> {
    const { bucket, prefix } = this.location;
    try {
      return await listObjects(this.access(), bucket, prefix);
    } catch (error) {
      throw this.explain(error, `${this.url} cannot be listed`);
    }
  }

  async remove(names: readonly string[]): Promise<void> {
    const keys = names.map((name) => this.target(name).Key);
    try {
      await deleteObjects(this.access(), this.location.bucket, keys);
    } catch (error) {
      throw this.explain(error, `${this.url}: nothing can be deleted there`);
    }
  }

  private access(): S3Access {
    return { sdk: this.sdk, client: this.client, options: () => this.options() };
  }

  /** Nothing is ever half done: an object is there as a whole or not at all. */
  settle(): Promise<void> {
    return Promise.resolve();
  }

  /** @returns whether the condition held. */
  private async put(
    name: string,
    bytes: Uint8Array,
    type: BlobType,
    condition: { IfNoneMatch?: string; IfMatch?: string },
  ): Promise<boolean> {
    const body = { Body: bytes, ContentType: type.contentType, CacheControl: type.cacheControl };
    const command = new this.sdk.PutObjectCommand({ ...this.target(name), ...body, ...condition });
    for (let conflicts = 0; ; conflicts++) {
      try {
        await this.client.send(command, this.options());
        return true;
      } catch (error) {
        const status = statusOf(error);
        if (status === 412) return false;
        // Amazon's word for two conditional writes at the same moment; the object that If-Match names may be gone.
        if (status === 409 && condition.IfNoneMatch !== undefined && conflicts < ATTEMPTS) continue;
        if (status === 409 || (status === 404 && nameOf(error) === 'NoSuchKey')) return false;
        throw this.explain(error, `${this.url}/${name} cannot be written`);
      }
    }
  }

  private explain(error: unknown, what: string): HelmCdError {
    const { bucket } = this.location;
    const status = statusOf(error);
    const name = nameOf(error);
    const details = { cause: error };
    if (this.signal.aborted) return new HelmCdError('cancelled', 'The job was cancelled.', details);
    if (name === 'NoSuchBucket') {
      const hint = 'Create it first: helm-cd makes no buckets. Check the name, the region and endpoint-url.';
      return new HelmCdError('not-found', `${what}: there is no bucket "${bucket}".`, { ...details, hint });
    }
    if (name === 'CredentialsProviderError') {
      const hint =
        'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or take a role with aws-actions/configure-aws-credentials.';
      return new HelmCdError('unauthorized', `${what}: there are no AWS credentials.`, { ...details, hint });
    }
    if (status === 401 || status === 403) {
      const hint =
        name === 'AccessDenied'
          ? `The credentials need s3:GetObject and s3:PutObject there, and s3:ListBucket on the bucket: without it S3 says 403 for what does not exist. Pruning and repairing need s3:DeleteObject, too.`
          : 'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the region.';
      return new HelmCdError('unauthorized', `${what}: ${name} (HTTP ${status}).`, { ...details, hint });
    }
    if (status === 501 || name === 'NotImplemented') {
      const hint = 'This server knows no conditional writes (If-Match, If-None-Match), which make publishing safe.';
      return new HelmCdError('unsupported', `${what}: ${messageOf(error)}`, { ...details, hint });
    }
    const answer = status === undefined ? '' : ` (HTTP ${status})`;
    return new HelmCdError('unreachable', `${what}: ${messageOf(error) || name}${answer}`, {
      ...details,
      hint: 'Check endpoint-url, the region and the network.',
    });
  }
}
