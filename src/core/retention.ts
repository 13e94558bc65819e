import semver, { type SemVer } from 'semver';
import { formatAge } from './age.js';
import type { KeepRule } from './keep-rule.js';

/** An archive that consumers do not see yet may be being published just now until it is as old as this. */
export const IN_FLIGHT_MS = 3_600_000;

/** Which versions of a chart stay. A limit that is not given says nothing about what it would be about. */
export interface RetentionPolicy {
  /** So many of the newest releases. */
  readonly count?: number;
  /** So many of the newest pre-releases. */
  readonly prereleases?: number;
  /** Whatever is younger than this, in milliseconds. */
  readonly ageMs?: number;
  readonly keep: readonly KeepRule[];
}

/** What retention needs to know about a version. */
export interface RetentionCandidate {
  readonly name: string;
  readonly version: string;
  /** RFC 3339; nothing when nobody knows. */
  readonly created: string | undefined;
  /** Whether consumers see it. */
  readonly listed: boolean;
}

export type KeptBecause =
  | 'newest-release'
  | 'newest-prerelease'
  | 'named'
  | 'count'
  | 'prereleases'
  | 'age'
  | 'unknown-age'
  | 'no-limit'
  | 'not-semver'
  | 'in-flight';

export interface RetentionVerdict<Candidate> {
  readonly candidate: Candidate;
  /** Why it stays; nothing: it goes. */
  readonly keptBecause: KeptBecause | undefined;
  /** In words, also why it goes. */
  readonly reason: string;
}

/** A version with its place among those of its kind: how many different ones are newer. */
interface Ranked {
  readonly parsed: SemVer;
  readonly isPrerelease: boolean;
  readonly rank: number;
}

/** Versions that helm takes for the same one (they differ in build metadata only) have the same place. */
function rankVersions(versions: readonly string[]): ReadonlyMap<string, Ranked> {
  const parsed = [...new Set(versions)].flatMap((version) => {
    const value = semver.parse(version, { loose: true });
    return value === null ? [] : [{ version, value }];
  });
  const ranked = new Map<string, Ranked>();
  for (const isPrerelease of [false, true]) {
    const kind = parsed.filter(({ value }) => value.prerelease.length > 0 === isPrerelease);
    kind.sort((a, b) => b.value.compare(a.value));
    let rank = -1;
    for (const [index, { version, value }] of kind.entries()) {
      if (index === 0 || kind[index - 1]?.value.compare(value) !== 0) rank++;
      ranked.set(version, { parsed: value, isPrerelease, rank });
    }
  }
  return ranked;
}

interface Judgement {
  readonly keptBecause: KeptBecause | undefined;
  readonly reason: string;
}

const kept = (keptBecause: KeptBecause, reason: string): Judgement => ({ keptBecause, reason });

function judge(
  candidate: RetentionCandidate,
  ranks: ReadonlyMap<string, Ranked>,
  policy: RetentionPolicy,
  now: number,
): Judgement {
  const { name, version, created, listed } = candidate;
  const time = Date.parse(created ?? '');
  const age = now - time;
  if (!listed && age < IN_FLIGHT_MS) return kept('in-flight', 'it may be being published just now');
  const named = policy.keep.find((rule) => rule.accepts(name, version));
  if (named !== undefined) return kept('named', `keep names it: ${named.text}`);
  const ranked = ranks.get(version);
  if (ranked === undefined) return kept('not-semver', 'it is no SemVer version, so nobody can say how new it is');
  const { isPrerelease, rank } = ranked;
  const kind = isPrerelease ? 'pre-release' : 'release';
  if (rank === 0) return kept(isPrerelease ? 'newest-prerelease' : 'newest-release', `it is the newest ${kind}`);
  const most = isPrerelease ? policy.prereleases : policy.count;
  if (most !== undefined && rank < most) {
    return kept(isPrerelease ? 'prereleases' : 'count', `one of the ${most} newest ${kind}s`);
  }
  const { ageMs } = policy;
  if (ageMs !== undefined) {
    if (Number.isNaN(age)) return kept('unknown-age', 'nobody knows when it was published');
    if (age < ageMs) return kept('age', `younger than ${formatAge(ageMs)}`);
  }
  if (most === undefined && ageMs === undefined) return kept('no-limit', `there is no limit for ${kind}s`);
  const beyond = [
    ...(most === undefined
      ? []
      : [most === 0 ? `no old ${kind}s are kept` : `${rank} newer ${kind}${rank === 1 ? '' : 's'}`]),
    ...(ageMs === undefined ? [] : [`published ${formatAge(age)} ago`]),
  ];
  return { keptBecause: undefined, reason: beyond.join(', ') };
}

/**
 * Which versions of one chart stay and which go. A version goes only when it is beyond every limit that is about it; the
 * newest release and the newest pre-release stay whatever the limits are. What consumers do not see takes no place of
 * what they see.
 * @param candidates all versions of one chart.
 * @param now milliseconds since 1970.
 */
export function planRetention<Candidate extends RetentionCandidate>(
  candidates: readonly Candidate[],
  policy: RetentionPolicy,
  now: number,
): readonly RetentionVerdict<Candidate>[] {
  const versionsOf = (some: readonly Candidate[]) => rankVersions(some.map(({ version }) => version));
  const amongListed = versionsOf(candidates.filter(({ listed }) => listed));
  const amongAll = versionsOf(candidates);
  return candidates.map((candidate) => {
    const judgement = judge(candidate, candidate.listed ? amongListed : amongAll, policy, now);
    return { candidate, ...judgement };
  });
}

/** Whether the policy limits anything: without a limit nothing could ever go. */
export function hasLimit({ count, prereleases, ageMs }: RetentionPolicy): boolean {
  return count !== undefined || prereleases !== undefined || ageMs !== undefined;
}
