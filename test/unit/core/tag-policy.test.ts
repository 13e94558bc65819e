import { describe, expect, it } from '@jest/globals';
import { tagPolicy } from '../../../src/core/tag-policy.js';

describe('tagPolicy', () => {
  it.each([
    ['*', ['1.0.0', 'latest', ''], []],
    ['>=1.0.0 <2', ['1.0.0', 'v1.9.9'], ['2.0.0', '1.1.0-rc.1', 'latest', '1.2']],
    ['~1.4', ['1.4.9'], ['1.5.0']],
    ['1.x', ['1.4.9'], ['2.0.0']],
    ['main-*', ['main-1', 'main-'], ['dev-1', 'xmain-1']],
    ['v?.[0-4].*', ['v1.2.3'], ['v1.5.3', '1.2.3']],
    ['[!v]*', ['1.0.0'], ['v1.0.0']],
    ['a.b', ['a.b'], ['axb']],
    ['/^\\d+-[0-9a-f]{7}$/', ['12-0a1b2c3'], ['12-xyz', 'x']],
    ['/^RC/i', ['rc1'], ['xrc1']],
  ])('%s', (policy, accepted, refused) => {
    const accepts = tagPolicy(policy, 'bump.tags');
    expect(accepted.filter((tag) => !accepts(tag))).toEqual([]);
    expect(refused.filter((tag) => accepts(tag))).toEqual([]);
  });

  it('says when a regular expression is broken', () => {
    expect(() => tagPolicy('/(/', 'bump.tags of the environment develop')).toThrow(
      'bump.tags of the environment develop is a broken regular expression: /(/',
    );
  });
});
