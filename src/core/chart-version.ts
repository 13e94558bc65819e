import semver from 'semver';
import { HelmCdError, type Place } from './errors.js';
import type { ChangeLevel } from './tag-order.js';

/** How a chart's version follows its images: `auto` takes the level of the images' change. */
export type ChartVersionRule = 'auto' | 'major' | 'minor' | 'patch' | 'prerelease' | 'none';

export interface ChartVersionRequest {
  /** The version in Chart.yaml. */
  readonly current: string;
  readonly rule: ChartVersionRule;
  /** The highest level among the changes of the chart's images. */
  readonly level: ChangeLevel;
  /** What a pre-release is called: `develop` gives 1.5.0-develop.1. */
  readonly identifier: string;
  /** Versions that must not be used again. */
  readonly taken?: ReadonlySet<string>;
  /** Where the current version stands, for messages. */
  readonly place?: Place;
}

/** The level that a pre-release of this version stands for: 2.0.0-x is on its way to a new major version. */
function trainLevel(version: semver.SemVer): ChangeLevel {
  if (version.patch !== 0) return 'patch';
  return version.minor === 0 ? 'major' : 'minor';
}

const RANK: Readonly<Record<ChangeLevel, number>> = { patch: 0, minor: 1, major: 2 };

function step(
  version: semver.SemVer,
  rule: Exclude<ChartVersionRule, 'none'>,
  level: ChangeLevel,
  identifier: string,
): string | null {
  if (rule !== 'prerelease') return semver.inc(version, rule === 'auto' ? level : rule);
  const [first] = version.prerelease;
  const inTrain = first === identifier && RANK[trainLevel(version)] >= RANK[level];
  if (inTrain) return semver.inc(version, 'prerelease', identifier, '1');
  const next = semver.inc(version, `pre${level}`, identifier, '1');
  return next;
}

/**
 * The chart's next version: greater than the current one by SemVer precedence, and none that is taken.
 *
 * - `auto`: the level of the images' change; on a chart at a pre-release, `patch` releases it (1.5.0-rc.2 → 1.5.0).
 * - `prerelease`: the next number of the running train (1.5.0-develop.3 → 1.5.0-develop.4), or the first of a new one when
 *   the current version is none of it or the change is greater than the train announces.
 * - `none`: the current one.
 *
 * Build metadata is dropped, a leading `v` stays.
 * @throws HelmCdError `file` when the current version is no SemVer version.
 */
export function nextChartVersion(request: ChartVersionRequest): string {
  const { current, rule, level, identifier, taken, place } = request;
  if (rule === 'none') return current;
  const prefix = /^v(?=\d)/.exec(current)?.[0] ?? '';
  let version = semver.parse(current);
  if (version === null) {
    throw new HelmCdError('file', `The chart's version "${current}" is no SemVer version, so there is no next one.`, {
      hint: 'Write it as 1.2.3, or set chart-version to none.',
      ...(place === undefined ? {} : { place }),
    });
  }
  for (let round = 0; ; round++) {
    const next: semver.SemVer | null = semver.parse(step(version, rule, round === 0 ? level : 'patch', identifier));
    if (next === null) throw new RangeError(`no version follows ${current}`);
    if (taken?.has(next.version) !== true) return `${prefix}${next.version}`;
    version = next;
  }
}
