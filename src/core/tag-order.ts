import semver, { type SemVer } from 'semver';

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
  /** The pattern's first group (or all that it matches) is a number, or text that sorts as its date does: 2026-11-23, 20261123. */
  | { readonly by: 'numeric' | 'date'; readonly pattern: RegExp };

export const SEMVER_ORDER: TagOrder = { by: 'semver' };

/** The part of a tag by which it is ordered; nothing when the pattern does not match. */
function orderedPart(tag: string, pattern: RegExp): string | undefined {
  const match = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).exec(tag);
  return match === null ? undefined : (match[1] ?? match[0]);
}

/** Whole numbers of any length compare as numbers. */
function compareNumbers(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.replace(/\D/g, '').replace(/^0+(?=.)/, ''));
  if (left === undefined || right === undefined) return 0;
  return left.length - right.length || (left < right ? -1 : Number(left > right));
}

/** Whether going from one tag to another goes back, as far as the order can tell; tags outside of it have none. */
export function isDowngrade(from: string, to: string, order: TagOrder = SEMVER_ORDER): boolean {
  if (order.by === 'semver') {
    const before = tagVersion(from);
    const after = tagVersion(to);
    return before !== undefined && after !== undefined && semver.lt(after, before);
  }
  const before = orderedPart(from, order.pattern);
  const after = orderedPart(to, order.pattern);
  return before !== undefined && after !== undefined && compareNumbers(after, before) < 0;
}
