import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import semver from 'semver';
import { nextChartVersion, type ChartVersionRequest } from '../../../src/core/chart-version.js';

const next = (current: string, rule: ChartVersionRequest['rule'], level: ChartVersionRequest['level'] = 'patch') =>
  nextChartVersion({ current, rule, level, identifier: 'develop' });

describe('nextChartVersion', () => {
  it.each([
    ['1.2.3', 'auto', 'patch', '1.2.4'],
    ['1.2.3', 'auto', 'minor', '1.3.0'],
    ['1.2.3', 'auto', 'major', '2.0.0'],
    ['1.2.3', 'patch', 'major', '1.2.4'],
    ['1.2.3', 'minor', 'patch', '1.3.0'],
    ['1.2.3', 'major', 'patch', '2.0.0'],
    ['1.2.3', 'none', 'major', '1.2.3'],
    ['v1.2.3', 'auto', 'minor', 'v1.3.0'],
    ['1.2.3+build.7', 'auto', 'patch', '1.2.4'],
    ['1.5.0-rc.2', 'auto', 'patch', '1.5.0'],
    ['1.2.3', 'prerelease', 'patch', '1.2.4-develop.1'],
    ['1.2.3', 'prerelease', 'minor', '1.3.0-develop.1'],
    ['1.2.3', 'prerelease', 'major', '2.0.0-develop.1'],
    ['1.5.0-develop.3', 'prerelease', 'patch', '1.5.0-develop.4'],
    ['1.5.0-develop.9', 'prerelease', 'minor', '1.5.0-develop.10'],
    ['1.5.0-develop.3', 'prerelease', 'major', '2.0.0-develop.1'],
    ['1.5.1-develop.3', 'prerelease', 'minor', '1.6.0-develop.1'],
    ['2.0.0-develop.1', 'prerelease', 'major', '2.0.0-develop.2'],
    ['1.5.0-staging.2', 'prerelease', 'patch', '1.5.1-develop.1'],
    ['1.5.0-develop', 'prerelease', 'patch', '1.5.0-develop.1'],
  ] as const)('%s with %s and a %s change is %s', (current, rule, level, expected) => {
    expect(next(current, rule, level)).toBe(expected);
  });

  it('is always greater than the current version', () => {
    const version = fc
      .tuple(
        fc.nat(30),
        fc.nat(30),
        fc.nat(30),
        fc.constantFrom('', '-0', '-rc.1', '-develop.4', '-z', '-develop', '-1.2'),
      )
      .map(([major, minor, patch, pre]) => `${major}.${minor}.${patch}${pre}`);
    const rule = fc.constantFrom('auto', 'major', 'minor', 'patch', 'prerelease');
    fc.assert(
      fc.property(version, rule, fc.constantFrom('major', 'minor', 'patch'), (current, chosen, level) => {
        const result = next(current, chosen, level);
        expect(semver.gt(result, current)).toBe(true);
        expect(semver.prerelease(result)?.[0]).toBe(chosen === 'prerelease' ? 'develop' : undefined);
      }),
    );
  });

  it('passes over what is taken', () => {
    const taken = new Set(['1.3.0', '1.3.1']);
    expect(nextChartVersion({ current: '1.2.3', rule: 'minor', level: 'patch', identifier: 'x', taken })).toBe('1.4.0');
    expect(nextChartVersion({ current: '1.2.3', rule: 'auto', level: 'minor', identifier: 'x', taken })).toBe('1.3.2');
  });

  it('says where a version stands that is none', () => {
    const request = {
      current: '1.2',
      rule: 'auto',
      level: 'patch',
      identifier: 'x',
      place: { file: 'Chart.yaml', line: 4 },
    } as const;
    expect(() => nextChartVersion(request)).toThrow(
      expect.objectContaining({
        message: 'The chart\'s version "1.2" is no SemVer version, so there is no next one.',
        place: { file: 'Chart.yaml', line: 4 },
      }),
    );
  });
});
