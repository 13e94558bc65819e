/** Images made and pushed by crane, as a build would leave them. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { pack } from 'tar-stream';
import { toolchainBin } from './services.js';

const execute = promisify(execFile);

export interface CraneImage {
  /** `127.0.0.1:5000/acme/api` */
  readonly name: string;
  readonly tag: string;
  readonly labels: Readonly<Record<string, string>>;
  /** One makes an image by itself, several an index. */
  readonly platforms: readonly string[];
  /** Bytes of its only layer that no compression makes less. */
  readonly bytes?: number;
}

async function layer(folder: string, content: string, bytes: number): Promise<string> {
  const archive = pack();
  archive.entry({ name: 'app/version' }, content);
  archive.entry({ name: 'app/binary' }, Buffer.from(Array.from({ length: bytes }, (_, i) => (i * i * 31 + i) % 251)));
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  const file = path.join(folder, 'layer.tar');
  await writeFile(file, Buffer.concat(chunks));
  return file;
}

/**
 * Pushes an image to a registry that speaks plain HTTP.
 * @returns the digest under its tag.
 */
export async function pushWithCrane({ name, tag, labels, platforms, bytes = 2000 }: CraneImage): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'helm-cd-crane-'));
  const crane = async (...args: string[]) => {
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder };
    return (await execute(path.join(toolchainBin, 'crane'), [...args, '--insecure'], { env })).stdout.trim();
  };
  try {
    const file = await layer(folder, `${name}:${tag}`, bytes);
    const texts = Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
    const parts: string[] = [];
    for (const platform of platforms) {
      const own = `${name}:${tag}${platforms.length === 1 ? '' : `-${platform.replaceAll('/', '-')}`}`;
      await crane('append', '--oci-empty-base', '--new_layer', file, '--new_tag', own);
      await crane('mutate', own, ...texts, '--set-platform', platform, '--tag', own);
      parts.push(own);
    }
    if (parts.length > 1) {
      const manifests = parts.flatMap((part) => ['--manifest', part]);
      await crane('index', 'append', ...manifests, '--tag', `${name}:${tag}`);
    }
    return await crane('digest', `${name}:${tag}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
