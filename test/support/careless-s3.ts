import { PutObjectCommand, S3Client } from '../../src/stores/s3-sdk.js';
import type { startS3 } from '../../tools/s3.mjs';
import { startFaultProxy, type FaultProxy, type Hook } from './fault-proxy.js';

/** The proxy, and a client of the server behind it. */
export interface CarelessS3 extends FaultProxy {
  readonly client: S3Client;
}

type Server = Awaited<ReturnType<typeof startS3>>;

/**
 * Stands before a real S3 server and treats conditional writes as some others do.
 * @param how `ignores`: writes whether the condition holds or not, without a word · `refuses`: says that it does not
 *   know them.
 * @param hook sees all requests first.
 */
export async function startCarelessS3(
  server: Server,
  how: 'ignores' | 'refuses',
  hook: Hook = () => undefined,
): Promise<CarelessS3> {
  const { endpoint, region, accessKeyId, secretAccessKey } = server;
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  const proxy = await startFaultProxy(endpoint, async (request, moment) => {
    const fault = await hook(request, moment);
    const { method, headers } = request;
    const isConditional = headers['if-none-match'] !== undefined || headers['if-match'] !== undefined;
    if (fault !== undefined || moment === 'after' || method !== 'PUT' || !isConditional) return fault;
    if (how === 'refuses') return { status: 501, code: 'NotImplemented' };
    // The condition is part of what the client has signed, so that it cannot be taken out on the way.
    const [, bucket = '', ...key] = decodeURIComponent(request.path).split('/');
    const stored = await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key.join('/'),
        Body: request.body,
        ContentType: headers['content-type'],
        CacheControl: headers['cache-control'],
      }),
    );
    return { answer: { status: 200, headers: { etag: stored.ETag ?? '' }, body: Buffer.alloc(0) } };
  });
  return { ...proxy, client };
}
