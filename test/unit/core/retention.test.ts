import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatAge, parseAge } from '../../../src/core/age.js';
import { compareVersions } from '../../../src/core/chart-index.js';
import { parseKeepRule } from '../../../src/core/keep-rule.js';
import { hasLimit, planRetention, type RetentionCandidate, type RetentionPolicy } from '../../../src/core/retention.js';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-23T12:00:00Z');
const daysAgo = (days: number) => new Date(NOW - days * DAY).toISOString();

/** `1.2.0 10`: published ten days ago; `1.2.0 ?`: nobody knows when; `(1.2.0) 10`: only the archive is there. */
function candidates(text: string): readonly RetentionCandidate[] {
  return text.split(', ').map((item) => {
    const [version = '', days = '?'] = item.split(' ');
    return {
      name: 'shop',
      version: version.replace(/[()]/g, ''),
      created: days === '?' ? undefined : daysAgo(Number(days)),
      listed: !version.startsWith('('),
    };
  });
}

interface Limits extends Omit<RetentionPolicy, 'keep' | 'ageMs'> {
  readonly days?: number;
  readonly keep?: readonly string[];
}

function policy({ days, keep = [], ...limits }: Limits): RetentionPolicy {
  const rules = keep.map((text) => parseKeepRule(text, 'keep'));
  return { ...limits, ...(days === undefined ? {} : { ageMs: days * DAY }), keep: rules };
}

const verdicts = (text: string, limits: Limits) =>
  planRetention(candidates(text), policy(limits), NOW).map(
    ({ candidate, keptBecause }) => `${candidate.version} ${keptBecause ?? 'goes'}`,
  );
const going = (text: string, limits: Limits) =>
  planRetention(candidates(text), policy(limits), NOW)
    .filter(({ keptBecause }) => keptBecause === undefined)
    .map(({ candidate }) => candidate.version);

describe('what goes', () => {
  const RELEASES = '2.0.0 1, 1.2.0 40, 1.1.0 80, 1.0.0 120';
  const BOTH = '2.1.0-rc.2 1, 2.1.0-rc.1 5, 2.0.0 10, 2.0.0-rc.1 20, 1.0.0 200, 1.0.0-rc.1 210';
  it.each<[string, string, Limits, readonly string[]]>([
    ['beyond the count', RELEASES, { count: 2 }, ['1.1.0', '1.0.0']],
    ['beyond the age', RELEASES, { days: 60 }, ['1.1.0', '1.0.0']],
    ['beyond both, when both are given', RELEASES, { count: 3, days: 30 }, ['1.0.0']],
    ['beyond both, the other way round', RELEASES, { count: 1, days: 100 }, ['1.0.0']],
    ['never the newest release', RELEASES, { count: 0 }, ['1.2.0', '1.1.0', '1.0.0']],
    ['never the newest release, however old', '1.0.0 900', { days: 1 }, []],
    ['of pre-releases nothing, when only releases have a limit', BOTH, { count: 1 }, ['1.0.0']],
    ['of releases nothing, when only pre-releases have one', BOTH, { prereleases: 2 }, ['2.0.0-rc.1', '1.0.0-rc.1']],
    ['all pre-releases but the newest', BOTH, { prereleases: 0 }, ['2.1.0-rc.1', '2.0.0-rc.1', '1.0.0-rc.1']],
    ['old ones of both kinds', BOTH, { days: 15 }, ['2.0.0-rc.1', '1.0.0', '1.0.0-rc.1']],
    ['pre-releases by age where only releases are counted', BOTH, { count: 2, days: 100 }, ['1.0.0-rc.1']],
    ['the newest by version, not by time', '1.0.1 1, 2.0.0 90, 1.0.0 100', { count: 1 }, ['1.0.1', '1.0.0']],
    ['none that keep names', RELEASES, { count: 1, keep: ['1.1.0'] }, ['1.2.0', '1.0.0']],
    ['none in a constraint of keep', RELEASES, { count: 1, keep: ['<1.2.0'] }, ['1.2.0']],
    ['keep for this chart', RELEASES, { count: 1, keep: ['shop@~1.2.0'] }, ['1.1.0', '1.0.0']],
    ['keep for another chart', RELEASES, { count: 1, keep: ['api@*'] }, ['1.2.0', '1.1.0', '1.0.0']],
    [
      'an exact version in keep is that one only',
      '2.0.0 1, 1.0.0+b 9, 1.0.0+a 9',
      { count: 1, keep: ['1.0.0+a'] },
      ['1.0.0+b'],
    ],
    ['twins count as one', '2.0.0+b 1, 2.0.0+a 2, 1.0.0 3, 0.9.0 4', { count: 2 }, ['0.9.0']],
    ['with an unknown age by count', '2.0.0 ?, 1.0.0 ?', { count: 1 }, ['1.0.0']],
    ['not with an unknown age, when age matters', '2.0.0 ?, 1.0.0 ?', { days: 1 }, []],
    ['not with an unknown age beyond the count either', '2.0.0 ?, 1.0.0 ?', { count: 1, days: 1 }, []],
    ['no words', 'latest 900, 2.0.0 1, 1.0.0 2', { count: 1 }, ['1.0.0']],
    ['what an interrupted run left', '2.0.0 1, (1.0.0) 90', { count: 1 }, ['1.0.0']],
    ['no archive that is newer than all that is listed', '(3.0.0) 2, 2.0.0 1, 1.0.0 90', { count: 1 }, ['1.0.0']],
    ['no archive that may be being published', '2.0.0 1, (1.0.0) 0.01', { count: 1 }, []],
    ['what is not listed takes nobody’s place', '(3.0.0) 2, 2.0.0 1, 1.0.0 90', { count: 2 }, []],
  ])('%s', (_, text, limits, expected) => {
    expect(going(text, limits)).toEqual(expected);
  });

  it('is said with the reason, and so is what stays', () => {
    expect(
      verdicts('2.0.0 1, 1.2.0 2, 1.1.0 3, 1.0.0 400, 2.0.0-rc.1 1, x 1, (1.5.0) 0', { count: 2, days: 10 }),
    ).toEqual([
      '2.0.0 newest-release',
      '1.2.0 count',
      '1.1.0 age',
      '1.0.0 goes',
      '2.0.0-rc.1 newest-prerelease',
      'x not-semver',
      '1.5.0 in-flight',
    ]);
    const plan = planRetention(candidates('2.0.0 1, 1.0.0 400, 0.9.0 ?'), policy({ count: 1, days: 10 }), NOW);
    expect(plan.map(({ reason }) => reason)).toEqual([
      'it is the newest release',
      '1 newer release, published 400 days ago',
      'nobody knows when it was published',
    ]);
  });

  it('is nothing without a limit, and keep alone is none', () => {
    expect(going('2.0.0 1, 1.0.0 900', { keep: ['1.0.0'] })).toEqual([]);
    expect(hasLimit(policy({ keep: ['1.0.0'] }))).toBe(false);
    expect([{ count: 0 }, { prereleases: 1 }, { days: 1 }].map((limits) => hasLimit(policy(limits)))).toEqual([
      true,
      true,
      true,
    ]);
  });
});

describe('any versions and any limits', () => {
  const version = fc
    .tuple(fc.nat(3), fc.nat(3), fc.nat(5), fc.constantFrom('', '', '-rc.1', '-develop.12', '+b', '-rc.1+c'))
    .map(([a, b, c, rest]) => `${a}.${b}.${c}${rest}`);
  const candidate = fc.record({
    name: fc.constant('shop'),
    version: fc.oneof({ weight: 9, arbitrary: version }, { weight: 1, arbitrary: fc.constantFrom('latest', '1', '') }),
    created: fc.oneof(fc.double({ min: 0, max: 400, noNaN: true }).map(daysAgo), fc.constantFrom(undefined, 'never')),
    listed: fc.boolean(),
  });
  const all = fc.uniqueArray(candidate, { maxLength: 20, selector: (one) => one.version });
  const limit = fc.option(fc.nat(6), { nil: undefined });
  const keep = fc.array(fc.oneof(version, fc.constantFrom('^1.0.0', 'shop@2.x', 'api@*', '>=1.0.0-0 <2.0.0')), {
    maxLength: 3,
  });
  const limits = fc.record({
    count: limit,
    prereleases: limit,
    days: fc.option(fc.nat(400), { nil: undefined }),
    keep,
  });
  const plan = (versions: readonly RetentionCandidate[], { count, prereleases, days, keep: rules }: Limits) =>
    planRetention(
      versions,
      policy({
        keep: rules ?? [],
        ...(count === undefined ? {} : { count }),
        ...(prereleases === undefined ? {} : { prereleases }),
        ...(days === undefined ? {} : { days }),
      }),
      NOW,
    );
  const gone = (versions: readonly RetentionCandidate[], rules: object) =>
    plan(versions, rules)
      .filter(({ keptBecause }) => keptBecause === undefined)
      .map(({ candidate: one }) => one);

  it('never lets the newest release, the newest pre-release, or what keep names go', () => {
    fc.assert(
      fc.property(all, limits, (versions, rules) => {
        const left = gone(versions, rules);
        for (const isPrerelease of [true, false]) {
          const kind = versions.filter(
            ({ version: text, listed }) => listed && /^\d+\.\d+\.\d+/.test(text) && text.includes('-') === isPrerelease,
          );
          const [newest] = kind.map(({ version: text }) => text).sort(compareVersions);
          if (newest !== undefined) expect(left.map(({ version: text }) => text)).not.toContain(newest);
        }
        const named = rules.keep.map((text) => parseKeepRule(text, 'keep'));
        for (const one of left) expect(named.some((rule) => rule.accepts('shop', one.version))).toBe(false);
      }),
    );
  });

  it('never lets more go when a limit that is given gets wider, or keep longer', () => {
    fc.assert(
      fc.property(all, limits, fc.nat(5), version, (versions, rules, more, kept) => {
        const before = new Set(gone(versions, rules));
        const wider = (value: number | undefined, by: number) => (value === undefined ? undefined : value + by);
        for (const wide of [
          { ...rules, count: wider(rules.count, more) },
          { ...rules, prereleases: wider(rules.prereleases, more) },
          { ...rules, days: wider(rules.days, more * 30) },
          { ...rules, keep: [...rules.keep, kept] },
        ]) {
          for (const one of gone(versions, wide)) expect(before).toContain(one);
        }
      }),
    );
  });

  it('is done after one run: what is left stays', () => {
    fc.assert(
      fc.property(all, limits, (versions, rules) => {
        const left = gone(versions, rules);
        const rest = versions.filter((one) => !left.includes(one));
        const again = gone(rest, rules).filter(({ listed }) => listed);
        // With fewer newer ones nothing moves up beyond a limit.
        expect(again).toEqual([]);
      }),
    );
  });
});

describe('an age', () => {
  it.each<[string, number, string]>([
    ['90d', 90 * DAY, '90 days'],
    ['1d', DAY, '1 day'],
    ['12w', 84 * DAY, '84 days'],
    ['1w1d12h', 8.5 * DAY, '8 days'],
    ['36h', 1.5 * DAY, '1 day'],
    ['5h', 5 * 3_600_000, '5 hours'],
    ['90s', 90_000, '1 minute'],
    ['0', 0, '0 seconds'],
  ])('%s', (text, milliseconds, shown) => {
    expect(parseAge(text, 'keep-age')).toBe(milliseconds);
    expect(formatAge(milliseconds)).toBe(shown);
  });

  it.each(['', '90', '90 d', 'd', '3m2w', '1y', '-1d'])('is refused as "%s"', (text) => {
    expect(() => parseAge(text, 'Input "keep-age"')).toThrow(`Input "keep-age" is no age: "${text}"`);
  });
});

describe('a line of keep', () => {
  it.each(['', 'shop@', '@1.0.0', 'newest', '1.0.0 and more', 'shop 1.0.0'])('is refused as "%s"', (text) => {
    expect(() => parseKeepRule(text, 'Input "keep"')).toThrow(
      `Input "keep" says neither a version nor a constraint: "${text}"`,
    );
  });

  it('takes a version with or without v for the same', () => {
    const rule = parseKeepRule('v1.0.0', 'keep');
    expect(['1.0.0', 'v1.0.0', '1.0.1'].map((version) => rule.accepts('a', version))).toEqual([true, true, false]);
  });
});
