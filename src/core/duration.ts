import { HelmCdError } from './errors.js';

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h)/g;

/**
 * Milliseconds of a Go-style duration: `90s`, `5m`, `1h30m`, `500ms`, `0`.
 * @throws HelmCdError `input`, naming `what`, when the text is something else.
 */
export function parseDuration(text: string, what: string): number {
  if (text === '0') return 0;
  let total = 0;
  let consumed = 0;
  for (const match of text.matchAll(PART)) {
    total += Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0);
    consumed += match[0].length;
  }
  // Whatever is between the parts is not consumed.
  if (consumed === 0 || consumed !== text.length) {
    throw new HelmCdError('input', `${what} is not a duration: "${text}"`, {
      hint: 'Write it as 90s, 5m or 1h30m.',
    });
  }
  return Math.round(total);
}

/** A duration as a person reads it: `850 ms`, `4.2 s`, `3 m 20 s`. */
export function formatDuration(milliseconds: number): string {
  const whole = Math.round(milliseconds);
  if (whole < 1000) return `${whole} ms`;
  const tenths = Math.round(whole / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(whole / 1000);
  return `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
}
