/** Whether helm's record of a release fits into a Secret, which holds at most 1 MiB. */
import { HelmCdError } from './errors.js';

/** The API server's limit for all values of a Secret (MaxSecretSize). */
export const RECORD_LIMIT_BYTES = 1024 * 1024;
const WARN_FROM = 0.8;
const FILES_NAMED = 5;

export interface SizedFile {
  readonly path: string;
  readonly size: number;
}

function kibibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`;
}

function largest(files: readonly SizedFile[]): string {
  return [...files]
    .sort((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1))
    .slice(0, FILES_NAMED)
    .map(({ path, size }) => `${path} (${kibibytes(size)})`)
    .join(', ');
}

/**
 * The record holds the whole chart, the values and what was rendered, compressed.
 * @param bytes base64 of the compressed record.
 * @param files of the chart, uncompressed.
 * @returns a warning when there is little room left.
 * @throws HelmCdError `refused` when it does not fit: helm would apply everything, and then fail to write that down.
 */
export function checkRecordSize(bytes: number, files: readonly SizedFile[]): string | undefined {
  const percent = Math.round((100 * bytes) / RECORD_LIMIT_BYTES);
  if (bytes > RECORD_LIMIT_BYTES) {
    throw new HelmCdError(
      'refused',
      `helm's record of this release would have ${kibibytes(bytes)}, more than the ${kibibytes(RECORD_LIMIT_BYTES)} that a Secret holds. The largest files of the chart: ${largest(files)}.`,
      { hint: 'Nothing was deployed. Keep files that no template reads out of the chart by .helmignore.' },
    );
  }
  if (bytes < WARN_FROM * RECORD_LIMIT_BYTES) return undefined;
  return `helm's record of this release takes ${percent} % of what a Secret holds. The largest files of the chart: ${largest(files)}.`;
}
