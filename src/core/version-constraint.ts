import semver, { type SemVer } from 'semver';

/**
 * Version constraints as helm understands them (those of the Masterminds/semver library, not npm's): parts joined by
 * a space or comma must all hold, `||` separates alternatives, a constraint without a pre-release never accepts one,
 * and one with a pre-release accepts every pre-release in its range.
 */
export interface VersionConstraint {
  readonly text: string;
  accepts(version: string): boolean;
}

interface Part {
  readonly operator: string;
  readonly version: SemVer;
  /** `*`, `x` or nothing where the minor or the patch number would be. */
  readonly anyMajor: boolean;
  readonly anyMinor: boolean;
  readonly anyPatch: boolean;
}

const NUMBER = String.raw`(?:\d+|[xX*])`;
const PRERELEASE = String.raw`(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?`;
const BUILD = String.raw`(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?`;
const VERSION = String.raw`v?${NUMBER}(?:\.${NUMBER})?(?:\.${NUMBER})?${PRERELEASE}${BUILD}`;
const OPERATOR = String.raw`(?:=>|>=|=<|<=|!=|~>|~|\^|=|<|>)?`;
const HYPHEN_RANGE = new RegExp(String.raw`\s*(${VERSION})\s+-\s+(${VERSION})\s*`, 'g');
const GROUP = new RegExp(String.raw`^\s*${OPERATOR}\s*${VERSION}\s*(?:(?:\s+|,\s*)${OPERATOR}\s*${VERSION}\s*)*$`);
const PART = new RegExp(
  String.raw`(${OPERATOR})\s*v?(${NUMBER})(?:\.(${NUMBER}))?(?:\.(${NUMBER}))?(${PRERELEASE})${BUILD}(?=[\s,]|$)`,
  'g',
);
const LONGEST = 512;

const isAny = (text: string | undefined) => text === undefined || /^[xX*]$/.test(text);

function parsePart(match: RegExpMatchArray): Part | undefined {
  const [, operator = '', major, minor, patch, prerelease = ''] = match;
  const anyMajor = isAny(major);
  const anyMinor = anyMajor || isAny(minor);
  const anyPatch = anyMinor || isAny(patch);
  const numbers = [anyMajor ? '0' : major, anyMinor ? '0' : minor, anyPatch ? '0' : patch];
  const version = semver.parse(`${numbers.join('.')}${prerelease}`);
  return version === null ? undefined : { operator, version, anyMajor, anyMinor, anyPatch };
}

function acceptsCaret(part: Part, version: SemVer): boolean {
  const { version: base } = part;
  if (part.anyMajor) return true;
  if (version.major !== base.major) return false;
  if (base.major > 0 || part.anyMinor) return true;
  if (version.minor !== base.minor) return false;
  return base.minor > 0 || part.anyPatch || version.patch === base.patch;
}

function acceptsTilde(part: Part, version: SemVer): boolean {
  const { version: base } = part;
  if (part.anyMajor) return true;
  return version.major === base.major && (part.anyMinor || version.minor === base.minor);
}

/** Whether the version is within what `1`, `1.2` or `1.2.3` names. */
function isWithin(part: Part, version: SemVer): boolean {
  if (!part.anyPatch) return version.compare(part.version) === 0;
  return acceptsTilde(part, version);
}

function acceptsPart(part: Part, version: SemVer): boolean {
  const order = version.compare(part.version);
  switch (part.operator) {
    case '':
    case '=':
      return isWithin(part, version) && (!part.anyPatch || order >= 0);
    case '!=':
      return !isWithin(part, version);
    case '>':
      return order > 0 && (!part.anyPatch || !isWithin(part, version));
    case '<':
      return order < 0;
    case '>=':
    case '=>':
      return order >= 0;
    case '<=':
    case '=<':
      return order <= 0 || (part.anyPatch && isWithin(part, version));
    case '^':
      return order >= 0 && acceptsCaret(part, version);
    default:
      return order >= 0 && acceptsTilde(part, version);
  }
}

/** A version as helm reads it: `1`, `1.2` and `v1.2.3` count too. */
function parseLoosely(text: string): SemVer | null {
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?([-+].*)?$/.exec(text.trim());
  if (match === null) return null;
  return semver.parse(`${match[1]}.${match[2] ?? 0}.${match[3] ?? 0}${match[4] ?? ''}`);
}

/**
 * @param text a constraint such as `^1.2`, `~1.2.0`, `>=1.0.0 <2.0.0 || 3.x`, `1.2 - 1.4`, `*`; empty means `*`.
 * @returns nothing when helm could not read it either.
 */
export function parseConstraint(text: string): VersionConstraint | undefined {
  if (text.length > LONGEST) return undefined;
  const plain = (text.trim() === '' ? '*' : text).replace(HYPHEN_RANGE, '>= $1, <= $2 ');
  const groups: { parts: readonly Part[]; prereleases: boolean }[] = [];
  for (const group of plain.split('||')) {
    if (!GROUP.test(group)) return undefined;
    const parts = [...group.matchAll(PART)].map(parsePart);
    const known = parts.filter((part) => part !== undefined);
    if (known.length !== parts.length || known.length === 0) return undefined;
    groups.push({ parts: known, prereleases: known.some((part) => part.version.prerelease.length > 0) });
  }
  return {
    text,
    accepts(version) {
      const parsed = parseLoosely(version);
      if (parsed === null) return false;
      return groups.some(
        ({ parts, prereleases }) =>
          (prereleases || parsed.prerelease.length === 0) && parts.every((part) => acceptsPart(part, parsed)),
      );
    },
  };
}
