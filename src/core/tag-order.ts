import semver, { type SemVer } from 'semver';
import { HelmCdError } from './errors.js';

/** How much changes from one version to the next, in SemVer's words. */
export type ChangeLevel = 'major' | 'minor' | 'patch';

const LEVELS: readonly ChangeLevel[] = ['patch', 'minor', 'major'];

/** An image tag as a SemVer version: `1.4.0` or `v1.4.0`; nothing for `1.4`, `latest`, `main-123`. */
export function tagVersion(tag: string): SemVer | undefined {
  return semver.parse(tag) ?? undefined;
}

/**
 * The level of an image's change from one tag to another; `patch` when either is no SemVer version or only the
 * pre-release differs.
 */
export function changeLevel(from: string, to: string): ChangeLevel {
  const before = tagVersion(from);
  const after = tagVersion(to);
  if (before === undefined || after === undefined) return 'patch';
  if (before.major !== after.major) return 'major';
  return before.minor === after.minor ? 'patch' : 'minor';
}

/** The higher of two levels. */
export function higherLevel(a: ChangeLevel, b: ChangeLevel): ChangeLevel {
  return LEVELS.indexOf(a) >= LEVELS.indexOf(b) ? a : b;
}

/**
 * How tags are ordered. `semver` is what they say by themselves; for others somebody has to say which part of a tag is the
 * number or the date that grows.
 */
export type TagOrder =
  | { readonly by: 'semver' }
  /** The pattern's first group (or all that it matches) has a number that grows, or a date: 2026-11-23, 20261123. */
  | { readonly by: 'numeric' | 'date'; readonly pattern: RegExp };

export const SEMVER_ORDER: TagOrder = { by: 'semver' };

/**
 * Reads an order that somebody wrote down.
 * @param pattern a regular expression; empty for none.
 * @param what names the pattern in messages.
 * @throws HelmCdError `config` when the pattern is missing, broken, or has no group that says which part it is.
 */
export function parseTagOrder(by: TagOrder['by'], pattern: string, what: string): TagOrder {
  if (by === 'semver') return SEMVER_ORDER;
  const hint = "Put the part of the tag that grows in parentheses: '^main-(\\d+)'.";
  if (pattern === '') throw new HelmCdError('config', `${what} is missing: tags are ordered by ${by}.`, { hint });
  let parsed: RegExp;
  try {
    parsed = new RegExp(pattern);
  } catch (cause) {
    throw new HelmCdError('config', `${what} is a broken regular expression: ${pattern}`, { hint, cause });
  }
  // With an empty alternative it matches anything, and says how many groups there are.
  if ((new RegExp(`${pattern}|`).exec('')?.length ?? 0) > 1) return { by, pattern: parsed };
  throw new HelmCdError('config', `${what} has no group: ${pattern}`, { hint });
}

/** The part of a tag by which it is ordered; nothing when the pattern does not match. */
function orderedPart(tag: string, pattern: RegExp): string | undefined {
  const match = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).exec(tag);
  return match === null ? undefined : (match[1] ?? match[0]);
}

/** The whole numbers in a text, of any length, without zeros in front. */
function numbersIn(text: string): readonly string[] {
  return (text.match(/\d+/g) ?? []).map((digits) => digits.replace(/^0+(?=.)/, ''));
}

/** With the numbers together, as in 20261123, or apart, as in 2026-11-23 and 2026.1.9. */
const DATES = [/^\D*(\d{4})(\d{2})(\d{2})(.*)$/s, /^\D*(\d{4})\D(\d{1,2})\D(\d{1,2})(?!\d)(.*)$/s];

/**
 * Year, month, day, and whatever numbers come after them (`2026.11.23-1210`); nothing for a text that does not start with
 * a date.
 */
function dateNumbers(text: string): readonly string[] | undefined {
  const match = DATES.map((pattern) => pattern.exec(text)).find((found) => found !== null);
  if (match === undefined) return undefined;
  const [, year = '', month = '', day = '', rest = ''] = match;
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > 31) return undefined;
  return [...numbersIn(`${year} ${month} ${day}`), ...numbersIn(rest)];
}

/** Number by number; of two that begin alike, the longer one is the later one. */
function compareNumbers(a: readonly string[], b: readonly string[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return 1;
    const order = left.length - right.length || (left < right ? -1 : Number(left > right));
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/**
 * Compares two tags.
 * @returns negative when `a` is the older one, 0 when they are equal in this order, nothing when it cannot tell.
 */
export function compareTags(a: string, b: string, order: TagOrder = SEMVER_ORDER): number | undefined {
  if (order.by === 'semver') {
    const [left, right] = [tagVersion(a), tagVersion(b)];
    return left === undefined || right === undefined ? undefined : semver.compare(left, right);
  }
  const numbers = [a, b].map((tag) => {
    const part = orderedPart(tag, order.pattern);
    if (part === undefined) return undefined;
    const found = order.by === 'date' ? dateNumbers(part) : numbersIn(part);
    return found?.length === 0 ? undefined : found;
  });
  const [left, right] = numbers;
  return left === undefined || right === undefined ? undefined : compareNumbers(left, right);
}

/** Whether going from one tag to another goes back, as far as the order can tell; tags outside of it have none. */
export function isDowngrade(from: string, to: string, order: TagOrder = SEMVER_ORDER): boolean {
  return (compareTags(to, from, order) ?? 0) < 0;
}
