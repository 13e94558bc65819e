import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KubernetesYamlError, SCALARS, readAnyYaml, readKubernetesYaml } from '../../../src/schemas/kubernetes-yaml.js';
import { NOT_PLAIN, readPlainYaml } from '../../../src/core/plain-yaml.js';

const readPlain = (text: string) => readPlainYaml(text, SCALARS);
const isPlain = (text: string) => readPlain(text) !== NOT_PLAIN;

describe('what a render mostly is', () => {
  it.each([
    ['maps and lists', 'a:\n  b: 1\n  c:\n  - x\n  - v: z\n    w: true\nd: []\n'],
    ['comments and empty lines', '# Source: a.yaml\na: 1\n\n  # indented\nb:\n# not\n  c: 2\n'],
    ['quotes', 'a: "yes"\nb: \'no\'\nc: ""\n'],
    ['nothing', 'a:\nb: \nc: ~\nd: null\n'],
    ['literal blocks', 'data:\n  a: |\n    one\n      two\n\n    # three\n  b: |-\n    x: {{ y }}\n\n'],
    ['no line break at the end', 'a: |\n  b'],
    ['brackets on a line', "args: [--listen, ':8080']\ndrop: [ALL]\nempty: {}\n"],
    ['scalars of YAML 1.1', 'a: on\nb: 0644\nc: 1e3\nd: 1_000\ne: 2024-01-01\nf: 1:30\ng: .5\nh: -0\ni: 0x1F\n'],
    ['text on several lines', 'a: b\n  c d\n   (e)\ng: h\n'],
    ['text in quotes on several lines', "a: \"b: #\n  c\"\nb:\n- 'it''s\n   ''so'''\n- x\n  y\n"],
    ['quotes in quotes', "a: 'it''s'\nb: ''''\nc: \"\\\"\\\\\\n\\t\"\n"],
    ['a dash deeper than its key', '- name: a\n  value: b\n-   c: d\n    e: f\n'],
  ])('is read: %s', (_, text) => {
    expect(isPlain(text)).toBe(true);
    expect(readPlain(text)).toStrictEqual(readAnyYaml(text).value);
  });
});

describe('anything else', () => {
  it.each([
    ['a tab', 'a:\tb\n'],
    ['a carriage return', 'a: b\r\n'],
    ['an anchor', 'a: &x b\nc: *x\n'],
    ['a tag', 'a: !!str 1\n'],
    ['a merge key', 'a:\n  <<: {b: 1}\n'],
    ['a key that is a boolean', 'on: 1\n'],
    ['a key that is there twice', 'a: 1\na: 2\n'],
    ['a quoted key', '"a": 1\n'],
    ['a comment behind a value', 'a: b # c\n'],
    ['text on several lines with a comment', 'a: b\n  # c\n  d\n'],
    ['text on several lines with an empty one', 'a: b\n\n  c\n'],
    ['text in quotes that ends nowhere', 'a: "b\n  c\n'],
    ['text in quotes that is not indented', 'a:\n  b: "c\n  d"\n'],
    ['text below its key', 'a:\n  b\n'],
    ['a folded block', 'a: >\n  b\n'],
    ['a block that keeps its end', 'a: |+\n  b\n\n'],
    ['a block with its own indentation', 'a: |2\n    b\n'],
    ['another escape', 'a: "\\u0041"\n'],
    ['brackets on several lines', 'a: [b,\n  c]\n'],
    ['brackets as a key', 'a: [b]: c\n'],
    ['a list in a list', '- - a\n'],
    ['an item without anything', '-\n'],
    ['two documents', 'a: 1\n---\nb: 2\n'],
    ['a control character', 'a: b\u0007\n'],
    ['a prototype', '__proto__: 1\n'],
    ['wrong indentation', 'a:\n    b: 1\n  c: 2\n'],
    ['nothing at all', '\n'],
  ])('is left to the whole parser: %s', (_, text) => {
    expect(isPlain(text)).toBe(false);
  });

  it('is read or refused by that one', () => {
    expect(readKubernetesYaml('a: b # c\n').value).toEqual({ a: 'b' });
    expect(readKubernetesYaml('a: 1\na: 2\n')).toEqual({ value: { a: 2 }, hasDuplicateKeys: true });
    expect(() => readKubernetesYaml('a:\n    b: 1\n  c: 2\n')).toThrow(KubernetesYamlError);
  });
});

/** Lines of YAML, right and wrong, deeper and less deep at random. */
const pieces = fc.constantFrom(
  ...[
    'a: 1',
    'b:',
    'c: ',
    'd: x y',
    'e: "q"',
    "f: 'r'",
    'g: |',
    'h: |-',
    'i: [1, b]',
    'j: {}',
    '- k',
    '- l: m',
    '- n:',
  ],
  ...['- |', '-', '- - o', '# p', '', '   ', 'text', 'on: 1', 'y', 'q: true', 'r: -1', 's: a: b', 't: a #b', 'u: a#b'],
  ...[
    'v: [a',
    'w: ]',
    'x: *y',
    'z: &y 1',
    "e: 'it''s'",
    "e: 'open",
    "closed'",
    'f: "open',
    'closed"',
    "''",
    '---',
    '...',
    'a: -',
    'a: "',
    "b: it's",
    'k:v',
    'a/b.c-d: 0o7',
    '? a',
    ': b',
  ],
  ...[
    'a: 08',
    'b: +.inf',
    'c: 12e',
    'd: é',
    'e: ...',
    'e: _1',
    'f: ---',
    'g: =',
    'h: <<',
    '"a": 1',
    '\ta: 1',
    'l: {a: 1}: 2',
  ],
);
const lines = fc.array(fc.tuple(fc.constantFrom(0, 0, 1, 2, 2, 3, 4, 4, 6), pieces), { minLength: 1, maxLength: 9 });

it('is never read otherwise than by the whole parser', () => {
  let read = 0;
  fc.assert(
    fc.property(lines, fc.constantFrom('\n', '\n\n', ''), (parts, end) => {
      const text = parts.map(([indent, piece]) => `${' '.repeat(indent)}${piece}`).join('\n') + end;
      const plain = readPlain(text);
      if (plain === NOT_PLAIN) return;
      read++;
      expect(plain).toStrictEqual(readAnyYaml(text).value);
    }),
    { numRuns: 20_000 },
  );
  // Not by leaving everything to it.
  expect(read).toBeGreaterThan(100);
});

it('that is deeper than anything is left to it too', () => {
  const deep = `${Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')}\n`;
  expect(readPlain(deep)).toBe(NOT_PLAIN);
});
