import { S3Client, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { startS3, stopS3 } from '../../tools/s3.mjs';

// Its notice about versions of Node.js is for those who choose one.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const BUCKET = 'charts';

/** A server of the toolchain, and repositories in it. */
export async function startRepositories() {
  const name = `bench-${process.pid}`;
  const server = await startS3({ name, bucket: BUCKET });
  const { endpoint, region, accessKeyId, secretAccessKey } = server;
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  let count = 0;
  return {
    env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    inputs: { 'endpoint-url': endpoint, region },
    /** A repository with that index. */
    async repository(text) {
      const prefix = `team-${++count}`;
      const Key = `${prefix}/index.yaml`;
      await client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: text }));
      return {
        url: `s3://${BUCKET}/${prefix}`,
        index: async () => {
          const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
          return Body.transformToString();
        },
      };
    },
    async stop() {
      client.destroy();
      await stopS3({ name });
    },
  };
}
