import { describe, expect, it } from '@jest/globals';
import { parseHelmIgnore } from '../../../src/core/helmignore.js';

/** What of the paths is ignored; a path with a slash at the end is a folder. */
function ignored(rules: string, ...paths: string[]): string[] {
  const parsed = parseHelmIgnore(rules);
  return paths.filter((path) => parsed.ignores(path.replace(/\/$/, ''), path.endsWith('/')));
}

describe('.helmignore', () => {
  it.each([
    ['a name in every folder', '*.swp', ['a.swp', 'x/y.swp'], ['a.swp.txt']],
    ['a rooted pattern at the top only', '/env/', ['env/'], ['x/env/', 'env']],
    ['a folder rule does not take files', 'env/', ['env/', 'x/env/'], ['env', 'x/env']],
    ['a pattern with a slash is the whole path', 'a/*.txt', ['a/b.txt'], ['x/a/b.txt', 'a/b/c.txt', 'b.txt']],
    ['a star does not cross folders', 'a/*', ['a/b'], ['a/b/c']],
    ['a question mark is one character', '?.txt', ['a.txt', 'ä.txt'], ['ab.txt', '.txt']],
    ['classes', '[a-c].txt', ['a.txt', 'c.txt'], ['d.txt']],
    ['negated classes', '[^a-c].txt', ['d.txt'], ['a.txt']],
    ['a backslash takes the next character as it is', '\\*.txt', ['*.txt'], ['a.txt']],
    ['comments, blank lines and spaces', '\n# *.txt\n  b.txt  \r\n', ['b.txt'], ['a.txt']],
    ['a byte order mark', '\ufeff*.md', ['a.md'], ['b.txt']],
    ['hidden templates, without being told', '', ['templates/.x.yaml'], ['templates/a.yaml', '.x', 'templates/.']],
    ['what a negated rule does not match', '!*.txt', ['a.md', 'templates/'], ['a.txt']],
    ['the first rule that matches decides', 'a.txt\n!*.txt', ['a.txt', 'b.md'], ['b.txt']],
    ['a negated folder rule, which takes every file', '!keep/', ['a.txt', 'other/'], ['keep/']],
    ['characters that mean something elsewhere', 'a+(b).{txt}', ['a+(b).{txt}'], ['aab.txt']],
  ])('%s', (_, rules, yes, no) => {
    expect(ignored(rules, ...yes, ...no)).toEqual(yes);
  });

  it.each([
    ['**/x', '.helmignore: helm knows no ** in a .helmignore: "**/x"'],
    ['[a', '.helmignore: a pattern that helm cannot read: "[a"'],
    ['[]', '.helmignore: a pattern that helm cannot read: "[]"'],
    ['[a-]', '.helmignore: a pattern that helm cannot read: "[a-]"'],
    ['a\\', '.helmignore: a pattern that helm cannot read: "a\\"'],
  ])('refuses %s as helm does, with its line', (rule, message) => {
    expect(() => parseHelmIgnore(`# x\n${rule}\n`)).toThrow(
      expect.objectContaining({ code: 'file', message, place: { file: '.helmignore', line: 2 } }),
    );
  });

  it('never ignores the chart itself', () => {
    expect(ignored('*\n.', './', '.')).toEqual([]);
  });
});
