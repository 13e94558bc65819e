import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applySplices, differsOnlyIn, type Splice } from '../../../src/core/splice.js';

/** Whether UTF-8 can hold the text: a lone surrogate has no bytes there. */
const hasBytes = (text: string) => Buffer.from(text).toString() === text;

/** A text and ranges of it that do not overlap. */
const spliced = fc
  .tuple(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(fc.tuple(fc.nat(60), fc.string({ unit: 'grapheme', maxLength: 5 })), { maxLength: 6 }),
  )
  .map(([text, parts]) => {
    const points = [...new Set(parts.map(([at]) => Math.min(at, text.length)))].sort((a, b) => a - b);
    const splices: Splice[] = [];
    for (let index = 0; index + 1 < points.length; index += 2) {
      splices.push({ start: points[index]!, end: points[index + 1]!, text: parts[index]?.[1] ?? '' });
    }
    return { text, splices };
  });

describe('applySplices', () => {
  it('replaces, inserts and removes, in any order', () => {
    const splices = [
      { start: 6, end: 9, text: '' },
      { start: 0, end: 1, text: 'A' },
      { start: 3, end: 3, text: '+' },
    ];
    expect(applySplices('abcdefghi', splices)).toBe('Abc+def');
  });

  it('refuses ranges that overlap or leave the text', () => {
    const at = (start: number, end: number) => ({ start, end, text: '' });
    expect(() => applySplices('abc', [at(0, 2), at(1, 3)])).toThrow('splices overlap or leave the text: 1-3 of 3');
    expect(() => applySplices('abc', [at(2, 4)])).toThrow(RangeError);
    expect(() => applySplices('abc', [at(2, 1)])).toThrow(RangeError);
  });
});

describe('differsOnlyIn', () => {
  it('accepts what applySplices makes', () => {
    fc.assert(
      fc.property(spliced, ({ text, splices }) => {
        fc.pre(
          hasBytes(text) &&
            splices.every(({ start, end }) => hasBytes(text.slice(0, start)) && hasBytes(text.slice(0, end))),
        );
        expect(differsOnlyIn(text, applySplices(text, splices), splices)).toBe(true);
      }),
    );
  });

  it('notices any other byte', () => {
    fc.assert(
      fc.property(spliced, fc.nat(), ({ text, splices }, at) => {
        fc.pre(
          hasBytes(text) &&
            splices.every(({ start, end }) => hasBytes(text.slice(0, start)) && hasBytes(text.slice(0, end))),
        );
        const after = applySplices(text, splices);
        const position = after.length === 0 ? 0 : at % after.length;
        const changed = `${after.slice(0, position)}${after[position] === 'x' ? 'y' : 'x'}${after.slice(position + 1)}`;
        fc.pre(hasBytes(changed));
        expect(differsOnlyIn(text, changed, splices)).toBe(false);
        expect(differsOnlyIn(text, `${after}\n`, splices)).toBe(false);
      }),
    );
  });

  it('notices a change of which the length is the same', () => {
    expect(differsOnlyIn('a: 1\nb: 2\n', 'a: 3\nb: 4\n', [{ start: 3, end: 4, text: '3' }])).toBe(false);
    expect(differsOnlyIn('a: 1\r\n', 'a: 2\n', [{ start: 3, end: 4, text: '2' }])).toBe(false);
  });
});
