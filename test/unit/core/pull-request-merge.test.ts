import { describe, expect, it } from '@jest/globals';
import { chooseMergeMethod, mergeStep, waitRefusal } from '../../../src/core/pull-request-merge.js';

const ALL = { merge: true, squash: true, rebase: true };

describe('how a pull request is merged', () => {
  it.each([
    ['', ALL, 'squash'],
    ['', { ...ALL, squash: false }, 'merge'],
    ['', { merge: false, squash: false, rebase: true }, 'rebase'],
    ['merge', ALL, 'merge'],
    ['rebase', ALL, 'rebase'],
  ] as const)('asked for %j with %j', (wanted, allowed, expected) => {
    expect(chooseMergeMethod(wanted, allowed, 'acme/charts')).toBe(expected);
  });

  it('is refused when the repository does not allow it', () => {
    expect(() => chooseMergeMethod('rebase', { ...ALL, rebase: false }, 'acme/charts')).toThrow(
      expect.objectContaining({
        code: 'input',
        message: 'Input "merge-method" is rebase, which acme/charts does not allow.',
        hint: expect.stringContaining('squash and merge'),
      }),
    );
    expect(() => chooseMergeMethod('', { merge: false, squash: false, rebase: false }, 'acme/charts')).toThrow(
      'acme/charts allows no way to merge a pull request.',
    );
  });
});

describe('the next step to a merge', () => {
  it.each([
    ['CLEAN', false, 'merge'],
    ['BLOCKED', false, 'wait'],
    ['UNSTABLE', false, 'wait'],
    ['BEHIND', false, 'wait'],
    ['HAS_HOOKS', false, 'wait'],
    ['UNKNOWN', false, 'ask-again'],
    ['DIRTY', false, 'conflict'],
    ['DRAFT', false, 'draft'],
    ['CLEAN', true, 'draft'],
    ['A_NEW_STATE', false, 'wait'],
  ])('%s, draft %s', (state, draft, expected) => {
    expect(mergeStep(state, draft)).toBe(expected);
  });

  it.each([
    ['Pull request Pull request is in clean status', 'merge'],
    ['Pull request is in has_hooks status', 'merge'],
    ['Pull request Auto merge is not allowed for this repository', 'not-allowed'],
    ['Pull request Pull request is in unstable status', 'unstable'],
    ['Pull request Protected branch rules not configured for this branch', 'no-rules'],
    ['Something else', 'other'],
  ])('after "%s"', (message, expected) => {
    expect(waitRefusal(message)).toBe(expected);
  });
});
