import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { unifiedDiff } from '../../../src/core/unified-diff.js';

/** Applies a unified diff without file names, as patch(1) does, and checks every line that it claims is there. */
function patch(before: readonly string[], diff: string): string[] {
  const result: string[] = [];
  let position = 0;
  for (const line of diff.split('\n').slice(0, -1)) {
    const header = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@$/.exec(line);
    if (header !== null) {
      const start = header[2] === '0' ? Number(header[1]) : Number(header[1]) - 1;
      while (position < start) result.push(before[position++]!);
      expect(Number(header[3])).toBe(header[4] === '0' ? result.length : result.length + 1);
      continue;
    }
    const text = line.slice(1);
    if (line.startsWith('+')) {
      result.push(text);
      continue;
    }
    expect(before[position]).toBe(text);
    position += 1;
    if (line.startsWith(' ')) result.push(text);
  }
  return [...result, ...before.slice(position)];
}

/** How many lines a diff without file names takes away and adds. */
function countChanges(diff: string): { readonly removed: number; readonly added: number } {
  return { removed: diff.match(/^-/gm)?.length ?? 0, added: diff.match(/^\+/gm)?.length ?? 0 };
}

describe('unifiedDiff', () => {
  it('shows a change with three lines around it', () => {
    const before = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].join('\n');
    expect(unifiedDiff(before, before.replace('e', 'E'), { from: 'old', to: 'new' })).toBe(
      ['--- old', '+++ new', '@@ -2,7 +2,7 @@', ' b', ' c', ' d', '-e', '+E', ' f', ' g', ' h', ''].join('\n'),
    );
  });

  it.each([
    ['nothing changed', 'a\nb\n', 'a\nb\n', ''],
    ['nothing changed, without a last line feed', 'a\nb', 'a\nb', ''],
    ['the last line feed comes', 'a\nb', 'a\nb\n', '@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n'],
    ['the last line feed goes', 'b\n', 'b', '@@ -1 +1 @@\n-b\n+b\n\\ No newline at end of file\n'],
    ['neither has a last line feed', 'a\nb', 'c\nb', '@@ -1,2 +1,2 @@\n-a\n+c\n b\n\\ No newline at end of file\n'],
    [
      'the last line of both has none and differs',
      'a',
      'b',
      '@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n',
    ],
    ['only a carriage return differs', 'a\r\n', 'a\n', '@@ -1 +1 @@\n-a\r\n+a\n'],
    ['everything is new', '', 'a\nb\n', '@@ -0,0 +1,2 @@\n+a\n+b\n'],
    ['everything goes', 'a\n', '', '@@ -1 +0,0 @@\n-a\n'],
    ['a line goes', 'a\nb\nc\n', 'a\nc\n', '@@ -1,3 +1,2 @@\n a\n-b\n c\n'],
  ])('%s', (_, before, after, expected) => {
    expect(unifiedDiff(before, after)).toBe(expected);
  });

  it.each([
    ['a/values.yaml', '--- a/values.yaml\n'],
    ['a/my chart/values.yaml', '--- a/my chart/values.yaml\t\n'],
    ['a/größe.yaml', '--- a/größe.yaml\n'],
    ['a/a"b\\c\n\u0001.yaml', '--- "a/a\\"b\\\\c\\n\\001.yaml"\n'],
  ])('names the file as git does: %j', (from, line) => {
    expect(unifiedDiff('a\n', 'b\n', { from, to: 'b' }).slice(0, line.length)).toBe(line);
  });

  it('makes one hunk of changes that are near, two of changes that are far', () => {
    const lines = Array.from({ length: 30 }, (_, index) => String(index));
    const change = (...indices: number[]) => lines.map((line, index) => (indices.includes(index) ? 'x' : line));
    expect(unifiedDiff(lines.join('\n'), change(5, 11).join('\n')).match(/^@@/gm)).toHaveLength(1);
    expect(unifiedDiff(lines.join('\n'), change(5, 20).join('\n')).match(/^@@/gm)).toHaveLength(2);
  });

  it('gives what patch needs to make the new text', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', '- d', '', '+ e', '@@'), { maxLength: 30 });
    fc.assert(
      fc.property(text, text, fc.integer({ min: 0, max: 4 }), (before, after, context) => {
        const end = (lines: string[]) => lines.map((line) => `${line}\n`).join('');
        const diff = unifiedDiff(end(before), end(after), { context });
        expect(patch(before, diff)).toEqual(after);
      }),
    );
  });

  it('finds the shortest edit of texts that share lines in order', () => {
    const before = 'A\nB\nC\nA\nB\nB\nA\n';
    const after = 'C\nB\nA\nB\nA\nC\n';
    expect(countChanges(unifiedDiff(before, after))).toEqual({ removed: 3, added: 2 });
  });

  it('replaces the whole when two large texts have nothing in common', () => {
    const many = (prefix: string) => Array.from({ length: 4000 }, (_, index) => `${prefix}${index}`).join('\n');
    expect(countChanges(unifiedDiff(many('a'), many('b')))).toEqual({ removed: 4000, added: 4000 });
  });
});
