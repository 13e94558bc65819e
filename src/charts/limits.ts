import { HelmCdError } from '../core/errors.js';

/** What helm unpacks at most, all files together. */
export const CHART_LIMIT_BYTES = 100 * 1024 * 1024;
/** What helm accepts at most for one file. */
export const FILE_LIMIT_BYTES = 5 * 1024 * 1024;

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** The error for a chart that is larger than helm accepts, naming what weighs most. */
export function tooLarge(
  chart: string,
  files: readonly { readonly path: string; readonly data: Uint8Array }[],
): HelmCdError {
  const largest = [...files].sort((a, b) => b.data.length - a.data.length).slice(0, 3);
  const names = largest.map((file) => `${file.path} (${formatBytes(file.data.length)})`).join(', ');
  return new HelmCdError('refused', `${chart} is larger than ${formatBytes(CHART_LIMIT_BYTES)}, which helm refuses.`, {
    hint: `Name what does not belong in the chart in .helmignore.${names === '' ? '' : ` The largest files: ${names}.`}`,
  });
}

/** @throws HelmCdError `refused` when one file is larger than helm accepts. */
export function checkFileSize(chart: string, name: string, bytes: number): void {
  if (bytes <= FILE_LIMIT_BYTES) return;
  throw new HelmCdError(
    'refused',
    `${chart}: ${name} has ${formatBytes(bytes)}, helm accepts ${formatBytes(FILE_LIMIT_BYTES)} a file.`,
    { hint: 'If it does not belong in the chart, name it in .helmignore.' },
  );
}
