import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LABELS, labelValue, originLabels, outcomeOf } from '../../../src/core/release-outcome.js';

const VALID = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

describe('labelValue', () => {
  it.each([
    ['acme/shop', 'acme-shop'],
    ['  production! ', 'production'],
    ['ümläut', 'ml-ut'],
    ['---', ''],
    ['', ''],
  ])('makes a label of %j', (text, expected) => {
    expect(labelValue(text)).toBe(expected);
  });

  it('is always what Kubernetes takes', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => VALID.test(labelValue(text))));
  });
});

describe('originLabels', () => {
  it('says where a revision comes from, in label syntax', () => {
    const labels = originLabels(3, {
      commit: 'a'.repeat(40),
      runId: '123',
      runAttempt: '2',
      chartDigest: `sha256:${'b'.repeat(64)}`,
      environment: 'pre production',
    });
    expect(labels).toEqual({
      [LABELS.outcome]: '3.pending',
      [LABELS.commit]: 'a'.repeat(40),
      [LABELS.run]: '123-2',
      [LABELS.chartDigest]: 'b'.repeat(63),
      [LABELS.environment]: 'pre-production',
    });
    expect(Object.values(labels).every((value) => VALID.test(value))).toBe(true);
  });

  it("removes what it does not know, for helm copies the last revision's labels", () => {
    const labels = originLabels(1, { commit: '', runId: '', runAttempt: '1', chartDigest: '', environment: '' });
    expect(labels).toMatchObject({ [LABELS.commit]: 'null', [LABELS.run]: 'null', [LABELS.environment]: 'null' });
  });
});

describe('outcomeOf', () => {
  it.each([
    ['4.passed', 'passed'],
    ['4.pending', 'pending'],
    ['3.passed', undefined],
    ['4.wonderful', undefined],
    ['passed', undefined],
    ['', undefined],
  ])('of revision 4 with the label %j is %s', (label, expected) => {
    expect(outcomeOf({ revision: 4, labels: { [LABELS.outcome]: label } })).toBe(expected);
  });

  it('of a revision without labels is unknown', () => {
    expect(outcomeOf({ revision: 0, labels: {} })).toBeUndefined();
  });
});
