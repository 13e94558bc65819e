import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHiddenTexts } from '../../../src/core/hidden-texts.js';

function hide(values: readonly string[], text: string, words = true): string {
  const hidden = createHiddenTexts();
  hidden.add(values);
  return hidden.hide(text, words);
}

describe('createHiddenTexts', () => {
  it.each<[string, readonly string[], string, string]>([
    ['a value', ['s3cr3t-value'], 'bad s3cr3t-value!', 'bad ***!'],
    ['in any case', ['s3cr3tvalue'], 'Deployment/S3CR3TVALUE', 'Deployment/***'],
    ['as JSON writes it', ['a"b\\c\nd-and-more'], 'x a\\"b\\\\c\\nd-and-more y', 'x *** y'],
    ['as base64', ['s3cr3t-value'], `x ${Buffer.from('s3cr3t-value').toString('base64')}`, 'x ***'],
    ['line by line', ['first line\nsecond line'], 'second line, first line', '***, ***'],
    ['in one line', ['first\n  second'], 'first second', '***'],
    ['without what YAML takes for a sign', ['*anchor0000'], "unknown anchor 'anchor0000'", "unknown anchor '***'"],
    ['the beginning', ['abcdefghijklmno'], 'cannot unmarshal `abcdefg...` into', 'cannot unmarshal `***` into'],
    ['a word only where it stands alone', ['postgres'], 'postgres: postgresql', '***: postgresql'],
    ['nothing short', ['abc'], 'abc', 'abc'],
    ['no signs', ['-----'], 'a ----- b', 'a ----- b'],
    ['what is special in a pattern', ['(a+b)*[c]{1}|$'], 'x (a+b)*[c]{1}|$ y', 'x *** y'],
  ])('%s', (_, values, text, shown) => {
    expect(hide(values, text)).toBe(shown);
  });

  it('leaves words in names, where they are by chance', () => {
    expect(hide(['postgres', 's3cr3t-value'], 'StatefulSet/postgres s3cr3t-value', false)).toBe(
      'StatefulSet/postgres ***',
    );
  });

  it('hides what is far too long', () => {
    const value = Array.from({ length: 5000 }, (_, index) => index.toString(36)).join('.');
    expect(hide([value], `x ${value} y`)).toMatch(/^x (?:\*\*\*)+ y$/);
  });

  it('any text with letters, wherever it stands', () => {
    const secret = fc
      .string({ unit: 'binary', minLength: 8, maxLength: 40 })
      .filter((text) => /\p{L}{3}\P{L}|\d{3}/u.test(text));
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
        const shown = hide([value], `${before} ${value} ${after}`);
        expect(shown.slice(before.length + 1, shown.length - after.length - 1)).not.toContain(value);
      }),
    );
  });
});
