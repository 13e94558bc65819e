import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { HelmCdError, messageOf } from '../core/errors.js';
import { withoutBom, type ChartFile } from './chart-files.js';
import { CHART_LIMIT_BYTES, tooLarge } from './limits.js';

/** Uncompressed tar needs up to a header and padding more for each file. */
const TAR_LIMIT_BYTES = CHART_LIMIT_BYTES + 20 * 1024 * 1024;

/** Decompresses, and stops at the limit: a small archive can unfold to any size. */
function gunzip(bytes: Uint8Array, name: string): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: TAR_LIMIT_BYTES });
  } catch (cause) {
    throw (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(name, []) : cause;
  }
}

/** The path inside the chart, checked as helm checks it; nothing for the top folder itself. */
function pathInChart(name: string, archive: string): string | undefined {
  const illegal = (why: string) =>
    new HelmCdError('refused', `${archive} holds an entry that ${why}: "${name}"`, {
      hint: 'It was not made by helm package. Do not use it.',
    });
  const parts = name.replace(/\\/g, '/').split('/');
  if (parts[0] === 'Chart.yaml') throw illegal('is not in a folder named after the chart');
  const inside = parts.slice(1).filter((part) => part !== '' && part !== '.');
  if (name.startsWith('/') || inside.includes('..') || /^[a-zA-Z]:$/.test(inside[0] ?? '')) {
    throw illegal('leads out of the chart');
  }
  return inside.length === 0 ? undefined : inside.join('/');
}

/**
 * The files of a packaged chart (`.tgz`), paths relative to the chart's folder.
 * @param name how messages call the archive.
 * @throws HelmCdError `file` when it is no gzipped tar, `refused` when it holds unsafe paths or is larger than helm
 *   accepts.
 */
export async function unpackChart(bytes: Uint8Array, name: string): Promise<readonly ChartFile[]> {
  const files: ChartFile[] = [];
  const broken = (cause: unknown) =>
    cause instanceof HelmCdError
      ? cause
      : new HelmCdError('file', `${name} is no packaged chart: ${messageOf(cause)}`, {
          hint: 'A packaged chart is a gzipped tar, as helm package writes it.',
          cause,
        });
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) throw broken(new Error('it is not gzipped'));
  const reader = extract();
  try {
    reader.end(gunzip(bytes, name));
    for await (const entry of reader) {
      const { header } = entry;
      const chunks: Uint8Array[] = [];
      for await (const chunk of entry) chunks.push(chunk as Uint8Array);
      if (header.type === 'directory') continue;
      const path = pathInChart(header.name, name);
      if (header.type !== 'file' && header.type !== 'contiguous-file') {
        throw new HelmCdError('refused', `${name} holds an entry that is no file: "${header.name}" (${header.type})`);
      }
      if (path !== undefined) files.push({ path, data: withoutBom(Buffer.concat(chunks)) });
    }
  } catch (cause) {
    throw broken(cause);
  }
  if (files.length === 0) throw broken(new Error('it holds no files'));
  if (files.reduce((sum, file) => sum + file.data.length, 0) > CHART_LIMIT_BYTES) throw tooLarge(name, files);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
