import { constants, gunzipSync } from 'node:zlib';

const HEADER_BYTES = 512;
/** Enough compressed bytes for the first header. */
const PREFIX_BYTES = 4096;
/** 1980-01-01, which means in an archive that it was given no time. */
const NO_TIME_SECONDS = 315_532_800;

/**
 * The time that a packaged chart says it was made at: that of its first file, Chart.yaml. It is part of the bytes, so that
 * the same archive has the same time wherever it is.
 * @returns RFC 3339 in UTC; nothing when it has no time: helm-cd gives one only with SOURCE_DATE_EPOCH.
 */
export function archiveCreated(archive: Uint8Array): string | undefined {
  let header: Uint8Array;
  try {
    header = gunzipSync(archive.subarray(0, PREFIX_BYTES), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return undefined;
  }
  // POSIX ustar: mtime is 11 octal digits at offset 136, the type of the entry is at 156; a file's is "0" or NUL.
  const type = header[156];
  const digits = Buffer.from(header.subarray(136, 148))
    .toString('latin1')
    .replace(/[\0 ]+$/, '');
  if (header.length < HEADER_BYTES || (type !== 0x30 && type !== 0) || !/^[0-7]{1,11}$/.test(digits)) return undefined;
  const seconds = Number.parseInt(digits, 8);
  if (seconds <= NO_TIME_SECONDS) return undefined;
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
