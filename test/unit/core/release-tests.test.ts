import { describe, expect, it } from '@jest/globals';
import { testHooks, testResults } from '../../../src/core/release-tests.js';
import { hook } from '../../support/releases.js';

const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`;
const run = (phase: 'Succeeded' | 'Failed' | 'Running' | '' | 'Unknown', start: number, end: number) => ({
  phase,
  startedAt: at(start),
  completedAt: at(end),
});

describe('testHooks', () => {
  it('are those of the test events, in the order in which helm runs them', () => {
    const hooks = [
      hook({ name: 'b' }),
      hook({ name: 'migrate', events: ['pre-upgrade'] }),
      hook({ name: 'first', weight: -5, events: ['test-success'] }),
      hook({ name: 'a' }),
    ];
    expect(testHooks(hooks).map(({ name }) => name)).toEqual(['first', 'a', 'b']);
  });
});

describe('testResults', () => {
  const start = Date.parse(at(10));
  it.each([
    ['succeeded', run('Succeeded', 10, 12), 'Succeeded', 2],
    ['failed', run('Failed', 11, 12), 'Failed', 1],
    ['is still running', run('Running', 11, 0), 'Running', 0],
    ['did not run, and has the result of the revision that a rollback copied', run('Succeeded', 1, 3), 'Skipped', 0],
    ['never ran', { phase: '' as const, startedAt: '', completedAt: '' }, 'Skipped', 0],
    ['has no known phase', run('Unknown', 11, 12), 'Skipped', 1],
  ])('of a test that %s', (_, lastRun, phase, seconds) => {
    const [result] = testResults([hook({ lastRun })], start, new Map([['app-test', 'log']]));
    expect(result).toEqual({ name: 'app-test', kind: 'Pod', phase, seconds, log: 'log' });
  });
});
