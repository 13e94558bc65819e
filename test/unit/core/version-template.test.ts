import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import semver from 'semver';
import { checkVersionTemplate, fillVersionTemplate } from '../../../src/core/version-template.js';

const variables = { version: '1.4.0', runNumber: '312', sha: '1f3e2abcdef' };

describe('the input version', () => {
  it.each([
    ['2.0.0', '2.0.0'],
    ['{version}-develop.{run-number}', '1.4.0-develop.312'],
    ['{version}-develop.{run-number}.g{short-sha}', '1.4.0-develop.312.g1f3e2ab'],
    ['1.0.{run-number}', '1.0.312'],
    ['1.0.0+{short-sha}', '1.0.0+1f3e2ab'],
  ])('%s is %s', (template, version) => {
    checkVersionTemplate(template);
    expect(fillVersionTemplate(template, variables)).toBe(version);
  });

  it('says which placeholder has no value', () => {
    expect(() => fillVersionTemplate('1.0.{run-number}', { ...variables, runNumber: '' })).toThrow(
      'Input "version" needs {run-number}, which only a workflow run has.',
    );
  });

  it('says when the version of the chart spoils it', () => {
    checkVersionTemplate('{version}+x');
    expect(() => fillVersionTemplate('{version}+x', { ...variables, version: '1.0.0+build' })).toThrow(
      'Input "version" gives no SemVer version: "{version}+x" is "1.0.0+build+x" here.',
    );
  });

  it('that passes the check is SemVer for every commit and run', () => {
    const sha = fc.stringMatching(/^[0-9a-f]{40}$/);
    const part = fc.constantFrom('{short-sha}', 'g{short-sha}', '.', '-', '+', '{run-number}', 'x', '0', '1.0.0');
    const template = fc.array(part, { maxLength: 5 }).map((parts) => `1.0.0${parts.join('')}`);
    fc.assert(
      fc.property(template, sha, fc.integer({ min: 1, max: 99_999 }), (text, commit, run) => {
        try {
          checkVersionTemplate(text);
        } catch {
          return;
        }
        const version = fillVersionTemplate(text, { version: '1.2.3', runNumber: String(run), sha: commit });
        expect(semver.valid(version)).not.toBeNull();
      }),
      { numRuns: 500 },
    );
  });
});
