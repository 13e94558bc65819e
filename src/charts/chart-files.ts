import { lstat, readFile, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { HelmCdError, messageOf } from '../core/errors.js';
import { parseHelmIgnore, type IgnoreRules } from '../core/helmignore.js';
import { CHART_LIMIT_BYTES, tooLarge } from './limits.js';

/** One file of a chart; its path is relative to the chart's folder, with `/`. */
export interface ChartFile {
  readonly path: string;
  readonly data: Uint8Array;
}

/** Content as helm loads it: without a UTF-8 byte order mark. */
export function withoutBom(data: Uint8Array): Uint8Array {
  return data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf ? data.subarray(3) : data;
}

/** The rules of a chart folder's `.helmignore`, or helm's default when it has none. */
export async function readIgnoreRules(folder: string): Promise<IgnoreRules> {
  const file = path.join(folder, '.helmignore');
  let text = '';
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new HelmCdError('file', `${file} cannot be read: ${messageOf(cause)}`, { place: { file }, cause });
    }
  }
  return parseHelmIgnore(text, file);
}

/**
 * The files of a chart's folder that helm would load: those that `.helmignore` leaves, symbolic links followed.
 * @returns sorted by path (by code unit), byte order marks removed.
 * @throws HelmCdError `file` for what helm refuses as well: devices, sockets, links that lead nowhere or in a circle;
 *   `refused` when the whole is larger than helm accepts.
 */
export async function readChartFolder(folder: string): Promise<readonly ChartFile[]> {
  const rules = await readIgnoreRules(folder);
  const files: ChartFile[] = [];
  let size = 0;

  async function visit(relative: string, ancestors: readonly string[]): Promise<void> {
    const absolute = path.join(folder, relative);
    const info = await stat(absolute).catch(async (cause: unknown) => {
      const isLink = (await lstat(absolute).catch(() => undefined))?.isSymbolicLink() ?? false;
      const why = isLink ? 'it is a link that leads nowhere' : messageOf(cause);
      throw new HelmCdError('file', `${absolute} cannot be read: ${why}`, { place: { file: absolute }, cause });
    });
    if (rules.ignores(relative, info.isDirectory())) return;
    if (info.isDirectory()) {
      const real = await realpath(absolute);
      if (ancestors.includes(real)) {
        throw new HelmCdError('file', `${absolute} is a link to a folder that it is in.`, {
          place: { file: absolute },
        });
      }
      const names = (await readdir(absolute)).sort();
      for (const name of names) await visit(relative === '' ? name : `${relative}/${name}`, [...ancestors, real]);
      return;
    }
    if (!info.isFile()) {
      throw new HelmCdError('file', `${absolute} is neither a file nor a folder.`, {
        hint: 'Charts hold no devices, pipes or sockets; name it in .helmignore.',
        place: { file: absolute },
      });
    }
    size += info.size;
    if (size > CHART_LIMIT_BYTES) throw tooLarge(folder, files);
    files.push({ path: relative, data: withoutBom(await readFile(absolute)) });
  }

  await visit('', []);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The file of that path. */
export function findFile(files: readonly ChartFile[], name: string): ChartFile | undefined {
  return files.find((file) => file.path === name);
}

export function textOf(file: ChartFile): string {
  return Buffer.from(file.data.buffer, file.data.byteOffset, file.data.byteLength).toString('utf8');
}
