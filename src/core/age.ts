import { parseDuration } from './duration.js';
import { HelmCdError } from './errors.js';

const DAY_MS = 86_400_000;

/**
 * Milliseconds of an age: a Go-style duration that also knows weeks and days, `90d`, `12w`, `1w3d`, `36h`.
 * @throws HelmCdError `input`, naming `what`, when the text is something else.
 */
export function parseAge(text: string, what: string): number {
  const match = /^(?:(\d+(?:\.\d+)?)w)?(?:(\d+(?:\.\d+)?)d)?(.*)$/.exec(text);
  const [, weeks = '', days = '', rest = ''] = match ?? [];
  const whole = Number(weeks) * 7 * DAY_MS + Number(days) * DAY_MS;
  if (rest === '' && weeks + days !== '') return Math.round(whole);
  try {
    return Math.round(whole) + parseDuration(rest, what);
  } catch {
    throw new HelmCdError('input', `${what} is no age: "${text}"`, { hint: 'Write it as 90d, 12w or 36h.' });
  }
}

/** An age as a person reads it: `90 days`, `5 hours`, `3 minutes`. */
export function formatAge(milliseconds: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['day', DAY_MS],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ];
  const [name, size] = units.find(([, length]) => milliseconds >= length) ?? ['second', 1000];
  const count = Math.floor(milliseconds / size);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
