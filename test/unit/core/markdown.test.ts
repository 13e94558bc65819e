import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { code, codeBlock, cutToBytes, details, escapeMarkdown, table } from '../../../src/core/markdown.js';

describe('escapeMarkdown', () => {
  it.each([
    ['plain text, 1.2.3', 'plain text, 1.2.3'],
    ['*bold* _it_ `code`', '\\*bold\\* \\_it\\_ \\`code\\`'],
    ['[a](b) ![c](d)', '\\[a\\](b) !\\[c\\](d)'],
    ['# title + ~gone~ {x} a|b (c)', '\\# title + \\~gone\\~ {x} a\\|b (c)'],
    ['<img src=x> a > b &lt;', '&lt;img src=x&gt; a &gt; b &amp;lt;'],
    ['back\\slash', 'back\\\\slash'],
    ['@someone', '@\u200bsomeone'],
  ])('shows %s as it is', (text, expected) => {
    expect(escapeMarkdown(text)).toBe(expected);
  });

  it('leaves no character of markup unescaped', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const escaped = escapeMarkdown(text);
        expect(escaped.replace(/\\[\\`*_[\]#|~]/g, '')).not.toMatch(/[\\`*_[\]#|~<>]/);
        expect(escaped).not.toMatch(/@(?!\u200b)/);
      }),
    );
  });
});

describe('code', () => {
  it.each([
    ['a.b', '`a.b`'],
    ['a`b', '`` a`b ``'],
    ['``', '``` `` ```'],
    ['a|b', '`a\\|b`'],
    ['two\n lines', '`two lines`'],
    ['', ''],
    ['  ', ''],
  ])('writes %j as %s', (text, expected) => {
    expect(code(text)).toBe(expected);
  });
});

describe('codeBlock', () => {
  it.each([
    ['a: 1\n', 'yaml', '```yaml\na: 1\n```'],
    ['a', '', '```\na\n```'],
    ['```\nx\n```', 'diff', '````diff\n```\nx\n```\n````'],
    ['a ````` b', '', '``````\na ````` b\n``````'],
    ['', '', '```\n\n```'],
  ])('fences %j', (text, language, expected) => {
    expect(codeBlock(text, language)).toBe(expected);
  });

  it('is never closed by what it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('`', '\n', 'a', ' ') }), (text) => {
        const lines = codeBlock(text).split('\n');
        const fence = lines[0] ?? '';
        expect(fence).toMatch(/^`{3,}$/);
        expect(lines.at(-1)).toBe(fence);
        expect(lines.slice(1, -1).some((line) => line.includes(fence))).toBe(false);
      }),
    );
  });
});

describe('table', () => {
  it('has a header, a line below it, and the rows', () => {
    expect(
      table(
        ['Name', 'Version'],
        [
          ['shop', '1.2.3'],
          ['two\nlines', '`a\\|b`'],
        ],
      ),
    ).toBe('| Name | Version |\n| --- | --- |\n| shop | 1.2.3 |\n| two<br>lines | `a\\|b` |');
  });

  it('may have no rows', () => {
    expect(table(['Name'], [])).toBe('| Name |\n| --- |');
  });
});

describe('details', () => {
  it('folds, or is open', () => {
    expect(details('The *diff* <b>', 'body')).toBe(
      '<details>\n<summary>The *diff* &lt;b&gt;</summary>\n\nbody\n\n</details>',
    );
    expect(details('x', 'body', true)).toMatch(/^<details open>\n/);
  });
});

describe('cutToBytes', () => {
  const note = '_cut_';

  it('leaves what fits', () => {
    expect(cutToBytes('12345', 5, note)).toBe('12345');
    expect(cutToBytes('ää', 4, note)).toBe('ää');
  });

  it('cuts between lines, and says so', () => {
    // 16 bytes, less the note and the empty line before it, leave room for 9.
    expect(cutToBytes('one\ntwo\nthree\nfour\n', 16, note)).toBe('one\ntwo\n\n_cut_');
  });

  it('cuts all when not even a line fits', () => {
    expect(cutToBytes('a-long-line-without-end', 10, note)).toBe('\n\n_cut_');
    expect(cutToBytes('a-long-line-without-end', 3, note)).toBe('\n\n_cut_');
  });

  it('never exceeds the limit, and keeps whole lines from the beginning', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.integer({ min: 8, max: 60 }), (lines, limit) => {
        const text = lines.join('\n');
        const cut = cutToBytes(text, limit, note);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(limit);
        if (cut !== text) {
          expect(cut.endsWith(`\n\n${note}`)).toBe(true);
          const kept = cut.slice(0, -note.length - 2);
          expect(text.startsWith(kept)).toBe(true);
          expect(kept === '' || text[kept.length] === '\n').toBe(true);
        }
      }),
    );
  });
});
