import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  changeLevel,
  compareTags,
  higherLevel,
  isDowngrade,
  parseTagOrder,
  type TagOrder,
} from '../../../src/core/tag-order.js';

describe('changeLevel', () => {
  it.each([
    ['1.0.0', '2.0.0', 'major'],
    ['1.9.9', '1.10.0', 'minor'],
    ['1.0.0', '1.0.1', 'patch'],
    ['v1.0.0', 'v1.1.0', 'minor'],
    ['1.0.0', 'v1.1.0', 'minor'],
    ['1.0.0-rc.1', '1.0.0', 'patch'],
    ['1.4.0-alpine', '1.5.0-alpine', 'minor'],
    ['2.0.0', '1.0.0', 'major'],
    ['latest', '1.0.0', 'patch'],
    ['', '1.0.0', 'patch'],
    ['1.4', '2.0', 'patch'],
    ['main-12', 'main-13', 'patch'],
  ])('%s → %s is %s', (from, to, level) => {
    expect(changeLevel(from, to)).toBe(level);
  });

  it('takes the higher of two', () => {
    expect(higherLevel('patch', 'major')).toBe('major');
    expect(higherLevel('minor', 'patch')).toBe('minor');
  });
});

describe('isDowngrade', () => {
  it.each([
    ['1.1.0', '1.0.9', true],
    ['1.0.0', '1.0.0-rc.1', true],
    ['v2.0.0', '1.0.0', true],
    ['1.0.0', '1.0.0', false],
    ['1.0.0', '1.0.1', false],
    ['main-13', 'main-12', false],
    ['1.2', '1.1', false],
    ['', '1.0.0', false],
  ])('%s → %s: %s', (from, to, expected) => {
    expect(isDowngrade(from, to)).toBe(expected);
  });

  it.each([
    ['numeric', /^main-(\d+)/, 'main-13-abc', 'main-9-def', true],
    ['numeric', /^main-(\d+)/, 'main-9', 'main-13', false],
    ['numeric', /^main-(\d+)/, 'main-9', 'main-09', false],
    ['numeric', /^main-(\d+)/, 'main-13', 'release-9', false],
    ['numeric', /\d+$/g, '20261123123456789012345', '20261123123456789012344', true],
    ['date', /^(\d{4}-\d{2}-\d{2})/, '2026-11-23-abc', '2026-11-22-def', true],
    ['date', /^(\d{4}-\d{2}-\d{2})/, '2026-11-23', '2026-12-01', false],
  ] as const)('by %s, %s: %s → %s: %s', (by, pattern, from, to, expected) => {
    expect(isDowngrade(from, to, { by, pattern })).toBe(expected);
  });
});

describe('compareTags', () => {
  const numeric: TagOrder = { by: 'numeric', pattern: /^main-([\d.]+)/ };
  const date: TagOrder = { by: 'date', pattern: /^(?:main-)?(\d{4}.*)$/ };

  it.each<[string, string, TagOrder, number | undefined]>([
    ['1.9.0', '1.10.0', { by: 'semver' }, -1],
    ['1.9.0', 'v1.9.0', { by: 'semver' }, 0],
    ['1.9.0', 'main-7', { by: 'semver' }, undefined],
    ['main-9', 'main-10-abc', numeric, -1],
    ['main-007', 'main-7', numeric, 0],
    ['main-1.9', 'main-1.10', numeric, -1],
    ['main-1.9', 'main-1.9.1', numeric, -1],
    ['main-2', 'main-1.9.1', numeric, 1],
    ['main-9', 'develop-10', numeric, undefined],
    ['main-...', 'main-1', numeric, undefined],
    ['2026-11-23', '20261123', date, 0],
    ['2026-11-23', '2026.11.23-1210', date, -1],
    ['2026.11.23-1210', '2026.12.01', date, -1],
    ['202611231210', '20261201', date, -1],
    ['20261123T121000Z', '20261123T121001Z', date, -1],
    ['2026-1-9', '2026-1-10', date, -1],
    ['main-2026-11-23', '2026-11-22', date, 1],
    ['2026-13-01', '2026-11-23', date, undefined],
    ['2026-11-45', '2026-11-23', date, undefined],
    ['2026-11', '2026-11-23', date, undefined],
  ])('%s and %s by %o: %s', (a, b, order, expected) => {
    const [forth, back] = [compareTags(a, b, order), compareTags(b, a, order)];
    expect(forth === undefined ? undefined : Math.sign(forth)).toBe(expected);
    expect(back === undefined ? undefined : Math.sign(back) + 0).toBe(
      expected === undefined ? undefined : 0 - expected,
    );
  });

  it('orders dates as they follow each other, however they are written', () => {
    const day = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
    const written = (of: Date, separator: string) => of.toISOString().slice(0, 10).replaceAll('-', separator);
    const separators = fc.constantFrom('', '-', '.', '_');
    fc.assert(
      fc.property(day, day, separators, separators, (a, b, first, second) => {
        const expected = written(a, '') < written(b, '') ? -1 : Number(written(a, '') > written(b, ''));
        expect(Math.sign(compareTags(written(a, first), written(b, second), date) ?? Number.NaN)).toBe(expected);
      }),
    );
  });
});

describe('parseTagOrder', () => {
  it('takes the pattern for anything but SemVer', () => {
    expect(parseTagOrder('semver', '', 'order-pattern')).toEqual({ by: 'semver' });
    expect(parseTagOrder('numeric', '^main-(\\d+)', 'order-pattern')).toEqual({
      by: 'numeric',
      pattern: /^main-(\d+)/,
    });
    expect(parseTagOrder('date', '^(?<day>.*)$', 'order-pattern')).toEqual({ by: 'date', pattern: /^(?<day>.*)$/ });
  });

  it.each([
    ['', 'order-pattern is missing: tags are ordered by numeric.'],
    ['main-(\\d+', 'order-pattern is a broken regular expression: main-(\\d+'],
    ['main-\\d+', 'order-pattern has no group: main-\\d+'],
    ['(?:main)-\\d+', 'order-pattern has no group: (?:main)-\\d+'],
  ])('refuses "%s"', (pattern, message) => {
    let error: unknown;
    try {
      parseTagOrder('numeric', pattern, 'order-pattern');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({
      code: 'config',
      message,
      hint: "Put the part of the tag that grows in parentheses: '^main-(\\d+)'.",
    });
  });
});
