// An S3 server (versitygw) on a loopback port, with its objects as files in a folder of its own.
//
//   node tools/s3.mjs up --name N [--port P] [--bucket B]
//       prints {"name", "endpoint", "region", "accessKeyId", "secretAccessKey", "bucket", "directory", "pid"} and leaves it running
//   node tools/s3.mjs down --name N
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { ToolError } from './lib/errors.mjs';
import { exeName } from './lib/paths.mjs';
import { serviceCommand } from './lib/service-command.mjs';
import { startService, stopService } from './lib/service.mjs';
import { ensureToolchain } from './toolchain.mjs';

const region = 'us-east-1';

/**
 * @param {{ name: string, port?: number, bucket?: string, log?: (line: string) => void }} options bucket: exists from the start
 * @returns {Promise<{ name: string, endpoint: string, region: string, accessKeyId: string, secretAccessKey: string, bucket?: string,
 *   directory: string, pid: number }>} directory: a bucket is a folder in it, an object a file. Ask by path style.
 */
export async function startS3({ name, port, bucket, log = () => {} }) {
  if (bucket !== undefined && !/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new ToolError(
      `a bucket is named by 3 to 63 lower-case letters, digits and dashes, not ${JSON.stringify(bucket)}`,
    );
  }
  const { bin } = await ensureToolchain({ tools: ['versitygw'], log });
  return startService('s3', name, {
    port,
    async prepare({ folder, port: ownPort }) {
      const directory = path.join(folder, 'data');
      // To this server a folder is a bucket.
      await fs.mkdir(path.join(directory, bucket ?? ''), { recursive: true });
      const accessKeyId = `helmcd${randomBytes(7).toString('hex').toUpperCase()}`;
      const secretAccessKey = randomBytes(20).toString('hex');
      const endpoint = `http://127.0.0.1:${ownPort}`;
      return {
        program: path.join(bin, exeName('versitygw')),
        args: [
          '--port',
          `127.0.0.1:${ownPort}`,
          '--region',
          region,
          '--health',
          '/-/health',
          '--quiet',
          'posix',
          directory,
        ],
        env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
        isReady: async () => (await fetch(`${endpoint}/-/health`, { signal: AbortSignal.timeout(2000) })).ok,
        info: { endpoint, region, accessKeyId, secretAccessKey, ...(bucket && { bucket }), directory },
      };
    },
  });
}

/** @param {{ name: string }} options @returns {Promise<boolean>} whether there was one */
export function stopS3({ name }) {
  return stopService('s3', name);
}

await serviceCommand(import.meta.url, 's3', {
  start: startS3,
  stop: stopS3,
  options: { bucket: { type: 'string', usage: 'B' } },
});
