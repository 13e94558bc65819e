import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSecretMarks, formsOf } from '../../../src/core/secret-text.js';

describe('createSecretMarks', () => {
  it('marks equal values alike and others differently', () => {
    const marks = createSecretMarks();
    expect(marks.mark('abcd')).toBe(marks.mark(Buffer.from('abcd')));
    expect(marks.mark('abcd')).not.toBe(marks.mark('abce'));
    expect(marks.mark('häh')).toContain('4 bytes');
  });

  it('marks the same value differently in another run', () => {
    expect(createSecretMarks().mark('1234')).not.toBe(createSecretMarks().mark('1234'));
  });

  it('hides the longest secret first', () => {
    const marks = createSecretMarks(['pass', 'password'], 'k');
    expect(marks.hide('password pass')).toBe(`${marks.mark('password')} ${marks.mark('pass')}`);
  });

  it('leaves values that are too short to be told from other text', () => {
    expect(createSecretMarks(['abc']).hide('abcdef')).toBe('abcdef');
  });

  it('hides every form of a secret', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6, maxLength: 40 }), (secret) => {
        const marks = createSecretMarks([secret], 'k');
        for (const form of formsOf(secret)) expect(marks.hide(`<${form}>`)).not.toContain(form);
      }),
    );
  });

  it.each([
    ['JSON', 'a"b\nc<d', JSON.stringify('a"b\nc<d').slice(1, -1)],
    ["Go's JSON", 'ab<cd>&', 'ab\\u003ccd\\u003e\\u0026'],
    ['single quotes of YAML', "it's secret", "it''s secret"],
    ['a URL', 'p@ss word', 'p%40ss%20word'],
    ['a line of several', 'first line\nsecond line', 'second line'],
  ])('knows it in %s', (_, secret, form) => {
    expect(createSecretMarks([secret]).hide(`x ${form} y`)).not.toContain(form);
  });
});
