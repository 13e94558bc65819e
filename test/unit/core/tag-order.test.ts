import { describe, expect, it } from '@jest/globals';
import { changeLevel, higherLevel, isDowngrade } from '../../../src/core/tag-order.js';

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
