import { describe, expect, it } from '@jest/globals';
import {
  deployedRevision,
  everInService,
  interrupted,
  lastKnownGood,
  wayBack,
} from '../../../src/core/release-good.js';
import { revision, type RevisionSketch } from '../../support/releases.js';

/** The last sketch is the bad one. */
function chosen(...sketches: readonly RevisionSketch[]): number | undefined {
  const history = sketches.map(revision);
  return lastKnownGood(history, history.at(-1))?.revision;
}

describe('lastKnownGood', () => {
  const bad: RevisionSketch = { revision: 9, status: 'deployed', outcome: 'failed' };

  it.each<[string, readonly RevisionSketch[], number | undefined]>([
    ['the one before, if it worked', [{ revision: 8, test: 'Succeeded' }], 8],
    ['the newest of several', [{ revision: 3 }, { revision: 7 }, { revision: 5 }], 7],
    ['not one that failed, though it is the one before', [{ revision: 7 }, { revision: 8, status: 'failed' }], 7],
    [
      'not one whose test failed, though helm calls it superseded',
      [{ revision: 7 }, { revision: 8, test: 'Failed' }],
      7,
    ],
    ['one whose test never ran, if helm alone made it', [{ revision: 7 }, { revision: 8, test: '' }], 8],
    ['not one whose run was killed before the tests', [{ revision: 7 }, { revision: 8, outcome: 'pending' }], 7],
    ['not one that helm-cd saw fail', [{ revision: 7 }, { revision: 8, outcome: 'failed' }], 7],
    ['one that passed', [{ revision: 7 }, { revision: 8, outcome: 'passed', test: 'Succeeded' }], 8],
    ['one that a rollback restored', [{ revision: 7 }, { revision: 8, outcome: 'restored' }], 8],
    ['not one still pending', [{ revision: 7 }, { revision: 8, status: 'pending-upgrade' }], 7],
    ['not an uninstalled one', [{ revision: 7, status: 'uninstalled' }], undefined],
    ['none when there is none', [], undefined],
    ['not a copy of the bad content', [{ revision: 7 }, { revision: 8, content: 'content-9' }], 7],
    [
      'not a copy of what failed before, made by a rollback',
      [
        { revision: 6 },
        { revision: 7, content: 'x', outcome: 'failed' },
        { revision: 8, content: 'x', rollbackRevision: 7 },
      ],
      6,
    ],
    [
      'a content that failed once and passed later',
      [
        { revision: 7, content: 'x', outcome: 'failed' },
        { revision: 8, content: 'x', outcome: 'passed' },
      ],
      8,
    ],
    [
      'one whose label was copied from another revision is judged as if it had none',
      [
        { revision: 7, outcome: 'pending' },
        { revision: 8, labels: { 'helm-cd/outcome': '7.pending' } },
      ],
      8,
    ],
  ])('takes %s', (_, before, expected) => {
    expect(chosen(...before, bad)).toBe(expected);
  });

  it('needs no order in the history', () => {
    const history = [revision({ revision: 4 }), revision({ revision: 1 }), revision({ revision: 3 })];
    expect(lastKnownGood(history, history[0])?.revision).toBe(3);
    expect(lastKnownGood(history)?.revision).toBe(4);
  });
});

describe('everInService', () => {
  it.each<[string, readonly RevisionSketch[], boolean]>([
    ['nothing before', [], false],
    ['only failed installs', [{ revision: 1, status: 'failed' }], false],
    ['an install that was killed before its tests', [{ revision: 1, status: 'superseded', outcome: 'pending' }], false],
    [
      'an install that failed its tests and was kept',
      [{ revision: 1, status: 'superseded', outcome: 'failed' }],
      false,
    ],
    ['one that worked', [{ revision: 1, status: 'superseded' }], true],
    ["one of helm's own whose test failed: people may depend on it", [{ revision: 1, test: 'Failed' }], true],
  ])('%s', (_, sketches, expected) => {
    const history = [...sketches, { revision: 2, status: 'deployed' as const }].map(revision);
    expect(everInService(history, 2)).toBe(expected);
  });
});

describe('wayBack', () => {
  const half: RevisionSketch = { revision: 3, status: 'pending-rollback', content: 'good', rollbackRevision: 1 };

  it.each<[string, readonly RevisionSketch[], number | undefined]>([
    [
      'goes on with a rollback that ended half-way: where it went is no copy of what failed',
      [{ revision: 1, content: 'good' }, { revision: 2, status: 'deployed', outcome: 'failed' }, half],
      1,
    ],
    [
      'gives a rollback up that left a good revision',
      [{ revision: 1, content: 'good' }, { revision: 2, status: 'deployed', outcome: 'passed' }, half],
      2,
    ],
    ['is the last known good one otherwise', [{ revision: 1 }, { revision: 2, status: 'failed' }], 1],
    ['is none when none is good', [{ revision: 2, status: 'failed' }, half], undefined],
  ])('%s', (_, sketches, expected) => {
    const history = sketches.map(revision);
    expect(wayBack(history, history.at(-1)!)?.revision).toBe(expected);
  });
});

describe('where the release stands', () => {
  it('is on the newest deployed revision, whatever failed after it', () => {
    const history = [
      revision({ revision: 1 }),
      revision({ revision: 2, status: 'deployed' }),
      revision({ revision: 3, status: 'failed' }),
    ];
    expect(deployedRevision(history)?.revision).toBe(2);
    expect(interrupted(history)).toBeUndefined();
  });

  it.each(['pending-upgrade', 'uninstalling'] as const)('is interrupted when the newest revision is %s', (status) => {
    const pending = revision({ revision: 2, status });
    expect(interrupted([revision({ revision: 1 }), pending])).toBe(pending);
    expect(interrupted([pending, revision({ revision: 3, status: 'deployed' })])).toBeUndefined();
  });
});
