import { describe, expect, it } from '@jest/globals';
import { chartDigestLabel, LABELS } from '../../../src/core/release-outcome.js';
import { whyNeeded } from '../../../src/core/release-unchanged.js';
import { revision, type RevisionSketch } from '../../support/releases.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const next = revision({ revision: 0, content: 'x', config: { a: 1 } });
const same: RevisionSketch = { revision: 1, status: 'deployed', content: 'x', config: { a: 1 } };

describe('whyNeeded', () => {
  it.each<[string, readonly RevisionSketch[], string | undefined]>([
    ['what runs is what was asked for', [same], undefined],
    [
      'it passed',
      [{ ...same, outcome: 'passed', labels: { [LABELS.chartDigest]: chartDigestLabel(DIGEST) } }],
      undefined,
    ],
    ['a rollback restored it', [{ ...same, outcome: 'restored' }], undefined],
    ['there is nothing', [], 'it is not installed'],
    ['the last revision failed', [same, { ...same, revision: 2, status: 'failed' }], 'revision 2 is failed'],
    [
      'its run was killed before the tests',
      [{ ...same, outcome: 'pending' }],
      'revision 1 is not known to be good: the run that made it never finished',
    ],
    ['its test failed', [{ ...same, test: 'Failed' }], 'revision 1 is not known to be good: its test app-test failed'],
    ['another version is deployed', [{ ...same, chartVersion: '0.9.0' }], 'app 0.9.0 is deployed'],
    ['another object is rendered', [{ ...same, content: 'y' }], 'the rendered objects differ'],
    ['a value differs that renders nothing', [{ ...same, config: { a: 2 } }], 'the values differ'],
    [
      'another archive of the same version was deployed',
      [{ ...same, outcome: 'passed', labels: { [LABELS.chartDigest]: 'b'.repeat(63) } }],
      'the chart archive differs',
    ],
  ])('when %s', (_, history, expected) => {
    expect(whyNeeded(history.map(revision), next, DIGEST)).toBe(expected);
  });
});
