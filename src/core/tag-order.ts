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

/** Whether going from one tag to another goes back, as far as SemVer can tell; tags that are none have no order. */
export function isDowngrade(from: string, to: string): boolean {
  const before = tagVersion(from);
  const after = tagVersion(to);
  return before !== undefined && after !== undefined && semver.lt(after, before);
}
