import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import * as jsYaml from 'js-yaml';
import { parseAllDocuments, type Document } from 'yaml';
import { HelmCdError } from '../../../src/core/errors.js';
import { formatPointer, parsePointer } from '../../../src/core/json-pointer.js';
import { editYaml, pointersTo } from '../../../src/core/yaml-edit.js';
import { nodeAt, walkYaml, type YamlScalar } from '../../../src/core/yaml-nodes.js';
import { parseYaml } from '../../../src/core/yaml-scalars.js';
import { imageTags, yamlTexts } from '../../support/yaml-texts.js';

/** The text after the scalar at a pointer of the first document that has it was replaced. */
function edit(text: string, pointer: string, value: string): string {
  const file = parseYaml('values.yaml', text);
  const found = file.documents
    .map((root) => nodeAt(root, parsePointer(pointer, 'test')))
    .find((node) => node !== undefined);
  if (found?.kind !== 'scalar') throw new Error(`no scalar at ${pointer}`);
  return editYaml(file, new Map([[found, value]])).text;
}

describe('editYaml', () => {
  it.each([
    ['plain', 'tag: 1.0.0\n', 'tag: 1.1.0\n'],
    ['single-quoted', "tag: '1.0.0'\n", "tag: '1.1.0'\n"],
    ['double-quoted', 'tag: "1.0.0"\n', 'tag: "1.1.0"\n'],
    ['a comment on the line', 'tag: 1.0.0   # x-release-please-version\n', 'tag: 1.1.0   # x-release-please-version\n'],
    ['a tab before the comment', 'tag: 1.0.0\t# c\n', 'tag: 1.1.0\t# c\n'],
    ['a tab after the value', 'tag: 1.0.0\t\nb: 1\n', 'tag: 1.1.0\t\nb: 1\n'],
    ['empty quotes', 'tag: ""\n', 'tag: "1.1.0"\n'],
    ['nothing', 'tag:\n', 'tag: 1.1.0\n'],
    ['nothing but blanks', 'tag:   \nb: 1\n', 'tag: 1.1.0   \nb: 1\n'],
    ['nothing and a comment', 'tag: # set by CI\nb: 1\n', 'tag: 1.1.0 # set by CI\nb: 1\n'],
    ['nothing, at the end of the file', 'tag:', 'tag: 1.1.0'],
    ['null', 'tag: null\n', 'tag: 1.1.0\n'],
    ['a tilde', 'tag: ~ # none\n', 'tag: 1.1.0 # none\n'],
    ['a number', 'tag: 1.0\n', 'tag: 1.1.0\n'],
    ['a boolean', 'tag: true\n', 'tag: 1.1.0\n'],
    ['a literal block', 'tag: |-\n  1.0.0\nb: 1\n', 'tag: |-\n  1.1.0\nb: 1\n'],
    ['a literal block that keeps its newline', 'tag: |  # c\n    1.0.0\n\nb: 1\n', 'tag: |  # c\n    1.1.0\n\nb: 1\n'],
    ['a folded block', 'tag: >-\r\n  1.0.0\r\nb: 1\r\n', 'tag: >-\r\n  1.1.0\r\nb: 1\r\n'],
    ['the next line', 'tag:\n  1.0.0\n', 'tag:\n  1.1.0\n'],
    ['a flow map', 'a: {b: x, tag: 1.0.0, c: [1, 2]}\n', 'a: {b: x, tag: 1.1.0, c: [1, 2]}\n', '/a/tag'],
    ['a flow map without a value', 'a: {tag: , c: 1}\n', 'a: {tag: 1.1.0 , c: 1}\n', '/a/tag'],
    ['a flow map with a quoted key and no value', 'a: {"tag":,c: 1}\n', 'a: {"tag": 1.1.0,c: 1}\n', '/a/tag'],
    ['a flow map without a colon', 'a: {tag}\n', 'a: {tag: 1.1.0}\n', '/a/tag'],
    ['a flow map of JSON', '{"tag":"1.0.0","b":1}', '{"tag":"1.1.0","b":1}'],
    ['a flow sequence', 'a: ["1.0.0", x]\n', 'a: ["1.1.0", x]\n', '/a/0'],
    ['a block sequence', 'a:\n- 1.0.0 # c\n- x\n', 'a:\n- 1.1.0 # c\n- x\n', '/a/0'],
    ['an empty item', 'a:\n  -\n  - x\n', 'a:\n  - 1.1.0\n  - x\n', '/a/0'],
    ['CRLF', 'a: 1\r\ntag: 1.0.0\r\nb: 2\r\n', 'a: 1\r\ntag: 1.1.0\r\nb: 2\r\n'],
    ['CRLF after nothing', 'tag:\r\nb: 2\r\n', 'tag: 1.1.0\r\nb: 2\r\n'],
    ['a BOM', '\ufefftag: 1.0.0\n', '\ufefftag: 1.1.0\n'],
    ['no final newline', 'a: 1\ntag: 1.0.0', 'a: 1\ntag: 1.1.0'],
    ['non-ASCII before it', '# größe 日本 🚀\nk: "🚀"\ntag: 1.0.0 # ü\n', '# größe 日本 🚀\nk: "🚀"\ntag: 1.1.0 # ü\n'],
    ['the second document', 'a: 1\n---\ntag: 1.0.0\n...\n', 'a: 1\n---\ntag: 1.1.0\n...\n'],
    ['an explicit !!str', 'tag: !!str 1.0 # c\n', 'tag: !!str 1.1.0 # c\n'],
    ['an explicit !!str without a value', 'tag: !!str\nb: 1\n', 'tag: !!str 1.1.0\nb: 1\n'],
    ['an anchor', 'tag: &v 1.0.0\nb: *v\n', 'tag: &v 1.1.0\nb: *v\n'],
    ['an anchor without a value', 'tag: &v\nb: *v\n', 'tag: &v 1.1.0\nb: *v\n'],
    ['an alias', 'b: &v "1.0.0" # here\ntag: *v\n', 'b: &v "1.1.0" # here\ntag: *v\n'],
    [
      'a merge key',
      'x: &d\n  tag: 1.0.0\ni:\n  <<: *d\n  a: 1\n',
      'x: &d\n  tag: 1.1.0\ni:\n  <<: *d\n  a: 1\n',
      '/i/tag',
    ],
    [
      'a merge key that is overridden',
      'x: &d {tag: 1}\ni:\n  <<: *d\n  tag: 1.0.0\n',
      'x: &d {tag: 1}\ni:\n  <<: *d\n  tag: 1.1.0\n',
      '/i/tag',
    ],
    ['an explicit key', '? tag\n: 1.0.0\n', '? tag\n: 1.1.0\n'],
    ['a quoted key', '"tag" : 1.0.0\n', '"tag" : 1.1.0\n'],
    ['duplicates of another key', 'a: 1\na: 2\ntag: 1.0.0\n', 'a: 1\na: 2\ntag: 1.1.0\n'],
  ])('%s', (_, before, after, pointer = '/tag') => {
    expect(edit(before, pointer, '1.1.0')).toBe(after);
  });

  it.each([
    ['tag: 1.0.0\n', '1.1', 'tag: "1.1"\n'],
    ["a: 'x'\ntag: 1.0.0\n", '1e5', "a: 'x'\ntag: '1e5'\n"],
    ['tag: 1.0.0\n', 'yes', 'tag: "yes"\n'],
    ['a: {tag: 1.0.0}\n', 'nginx:1', 'a: {tag: "nginx:1"}\n'],
    ['tag: sha256\n', '', 'tag: ""\n'],
    ["tag: 'x'\n", '', "tag: ''\n"],
  ])('quotes where it must: %j to %j', (before, value, after) => {
    expect(edit(before, before.startsWith('a: {') ? '/a/tag' : '/tag', value)).toBe(after);
  });

  it.each([
    ['tag: !!int 1\n', '/tag', 'it has the explicit tag tag:yaml.org,2002:int'],
    ['tag: !version 1\n', '/tag', 'it has the explicit tag !version'],
    ['tag: |\n  1.0.0\n  2.0.0\n', '/tag', 'it is a block scalar of several lines'],
    ['tag: |\n\nb: 1\n', '/tag', 'it is an empty block scalar'],
    ['? tag\n', '/tag', 'it is the missing value of an explicit key'],
    ['{tag:}', '/tag', 'Helm takes the colon before it for a part of the key'],
    ['{tag:, b: 1}', '/tag', 'Helm takes the colon before it for a part of the key'],
  ])('refuses %j', (text, pointer, reason) => {
    expect(() => edit(text, pointer, '1.1.0')).toThrow(
      expect.objectContaining({
        code: 'refused',
        message: `values.yaml: this value cannot be changed safely: ${reason}.`,
        place: expect.objectContaining({ file: 'values.yaml', line: 1 }),
      }),
    );
  });

  it.each([
    ['tag: 1\ntag: 2\n', '/tag', 'values.yaml has the key "tag" twice in the same map.', 1],
    ['a: {}\nb: {image: {t: 1}, image: {tag: 2}}\n', '/b/image/tag', 'has the key "image" twice', 2],
    // Helm reads 1 where YAML's rules say 3.
    ['x: &d {tag: 1}\ni:\n  tag: 3\n  <<: *d\n', '/i/tag', 'has the key "tag" both in a map and in a merge key', 3],
    ['x: &d {tag: 1}\ni:\n  tag: 3\n  <<: *d\n', '/x/tag', 'has the key "tag" both in a map and in a merge key', 3],
    // Helm reads 2 here.
    ['x: &d {tag: 1}\ny: &e {tag: 2}\ni:\n  <<: *d\n  <<: *e\n', '/i/tag', 'or in two merge keys: Helm takes', 4],
  ])('refuses what parsers read differently: %j', (text, pointer, message, line) => {
    expect(() => edit(text, pointer, '1.1.0')).toThrow(
      expect.objectContaining({
        code: 'file',
        message: expect.stringContaining(message),
        place: expect.objectContaining({ file: 'values.yaml', line }),
      }),
    );
  });

  it('writes beside what parsers read differently', () => {
    const text = 'x: &d {tag: 1, r: x}\ni:\n  tag: 3\n  <<: *d\n  b: 1.0.0\nj: {<<: [*d, {tag: 2}], tag: 4}\n';
    expect(edit(text, '/i/b', '1.1.0')).toBe(text.replace('1.0.0', '1.1.0'));
    expect(edit(text, '/i/r', 'y')).toBe(text.replace('r: x', 'r: "y"'));
    expect(edit(text, '/j/tag', '1.1.0')).toBe(text.replace('tag: 4', 'tag: 1.1.0'));
  });

  it('names every user of an anchor', () => {
    const file = parseYaml('values.yaml', 'a: &v 1\nb: *v\nc: [&m {t: *v}, *m]\n');
    const scalar = nodeAt(file.documents[0], ['b']) as YamlScalar;
    expect(pointersTo(file, new Set([scalar]))).toEqual(new Map([[scalar, ['/a', '/b', '/c/0/t', '/c/1/t']]]));
    expect(pointersTo(parseYaml('values.yaml', 'a: 1 # *v\n'), new Set([scalar])).size).toBe(0);
  });

  it('edits several values of one line at once', () => {
    const file = parseYaml('values.yaml', 'image: {tag: "1.0.0", digest: "sha256:00"} # both\n');
    const at = (key: string) => nodeAt(file.documents[0], ['image', key]) as YamlScalar;
    const edits = new Map([
      [at('digest'), 'sha256:11'],
      [at('tag'), '2.0.0'],
    ]);
    expect(editYaml(file, edits).text).toBe('image: {tag: "2.0.0", digest: "sha256:11"} # both\n');
  });

  it('changes a large file', () => {
    const text = Array.from(
      { length: 4000 },
      (_, index) => `k${index}:\n  image: {tag: "1.0.${index}"} # ${'x'.repeat(30)}\n`,
    ).join('');
    expect(text.length).toBeGreaterThan(250_000);
    expect(edit(text, '/k3999/image/tag', '2.0.0')).toBe(text.replace('"1.0.3999"', '"2.0.0"'));
  });

  it('changes a large file of one line', () => {
    const items = Array.from({ length: 6000 }, (_, index) => `k${index}: {repository: "größe", tag: "1.0.${index}"}`);
    const text = `{${items.join(', ')}}`;
    expect(text.length).toBeGreaterThan(250_000);
    expect(edit(text, '/k5999/tag', '2.0.0')).toBe(text.replace('"1.0.5999"', '"2.0.0"'));
  });
});

describe('parseYaml', () => {
  it('gives up on a file that is nothing but errors, soon', () => {
    expect(() => parseYaml('values.yaml', `a: ${'"'.repeat(50_000)}`)).toThrow(
      'values.yaml is no valid YAML: Unexpected double-quoted-scalar at node end',
    );
    expect(() => parseYaml('values.yaml', '['.repeat(20_000))).toThrow('values.yaml is no valid YAML');
  });

  it('says where broken YAML is broken', () => {
    const broken = 'a:\n  b: 1\n c: 2\n';
    expect(() => parseYaml('values.yaml', broken)).toThrow(
      expect.objectContaining({
        code: 'file',
        message: expect.stringMatching(/^values\.yaml is no valid YAML: /),
        place: expect.objectContaining({ file: 'values.yaml', line: 3 }),
      }),
    );
    expect(() => parseYaml('values.yaml', 'a: *x\n')).toThrow('values.yaml: the alias *x stands for nothing before it');
    expect(() => parseYaml('values.yaml', 'a: &x [*x]\n')).toThrow('the alias *x stands for nothing before it');
  });

  it('takes the last of keys that are there twice, as helm does', () => {
    const root = parseYaml('values.yaml', 'a: 1\nb: {c: 1, c: 2}\n').documents[0];
    expect(nodeAt(root, ['b', 'c'])).toMatchObject({ text: '2' });
  });

  it('ends lines where helm does', () => {
    expect(edit('a: 1\rtag: 1.0.0\rb: 2\r', '/tag', '1.1.0')).toBe('a: 1\rtag: 1.1.0\rb: 2\r');
    expect(edit('a: # x\u2028tag: 1.0.0\n', '/tag', '1.1.0')).toBe('a: # x\u2028tag: 1.1.0\n');
    expect(edit('a: "x\u2028y"\ntag: 1.0.0\n', '/tag', '1.1.0')).toBe('a: "x\u2028y"\ntag: 1.1.0\n');
  });

  it('reads an empty file and one of comments as nothing', () => {
    expect(parseYaml('values.yaml', '').documents).toEqual([]);
    expect(parseYaml('values.yaml', '# nothing\n').documents).toEqual([undefined]);
  });

  it('does not follow aliases for ever', () => {
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 9; level++) {
      bomb.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`);
    }
    const { documents } = parseYaml('values.yaml', `${bomb.join('\n')}\n`);
    expect(() => [...walkYaml(documents[0])]).toThrow(
      'A YAML file shows more than 300000 values again through aliases.',
    );
  });
});

/** The paths at which two parsed files differ, and the new values there. */
function differences(before: unknown, after: unknown, path: readonly string[] = []): Map<string, unknown> {
  if (Object.is(before, after)) return new Map();
  if (before instanceof Date && after instanceof Date && Number(before) === Number(after)) return new Map();
  const isContainer = (value: unknown): value is object =>
    value !== null && typeof value === 'object' && !(value instanceof Date);
  if (!isContainer(before) || !isContainer(after)) return new Map([[formatPointer(path), after]]);
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return new Map(
    [...keys].flatMap((key) => [
      ...differences((before as Record<string, unknown>)[key], (after as Record<string, unknown>)[key], [...path, key]),
    ]),
  );
}

type Reader = (text: string) => readonly unknown[];

function readAll(text: string, version: '1.1' | '1.2'): readonly unknown[] {
  const documents = parseAllDocuments(text, { version, merge: true, uniqueKeys: false, logLevel: 'silent' });
  return (documents as Document[]).map((document) => document.toJS() as unknown);
}

/** Parsers of both versions. One of them refuses a few files that the others read, such as those with a key twice. */
const READERS: Readonly<Record<string, Reader>> = {
  'YAML 1.2': (text) => readAll(text, '1.2'),
  'YAML 1.1': (text) => readAll(text.replace(/^(\ufeff?)%YAML 1\.2/, '$1%YAML 1.1'), '1.1'),
  'another parser': (text) => jsYaml.loadAll(text.replace(/^\ufeff/, ''), { schema: jsYaml.YAML11_SCHEMA }),
};

function readWith(reader: Reader, text: string): readonly unknown[] | undefined {
  try {
    return reader(text);
  } catch {
    return undefined;
  }
}

const valueAt = (root: unknown, pointer: string): unknown =>
  parsePointer(pointer, 'test').reduce((parent, key) => (parent as Record<string, unknown> | null)?.[key], root);

describe('any YAML', () => {
  it('changes exactly the value meant, in no other byte, and every parser agrees; again changes nothing', () => {
    const counts = { edited: 0, refused: 0 };
    fc.assert(
      fc.property(yamlTexts, imageTags, fc.nat(), (text, tag, pick) => {
        const file = parseYaml('values.yaml', text);
        const places = file.documents.flatMap((root, document) =>
          [...walkYaml(root)].flatMap(({ pointer, node }) =>
            node.kind === 'scalar' ? [{ document, pointer, node }] : [],
          ),
        );
        const chosen = places[pick % Math.max(1, places.length)];
        if (chosen === undefined) return;
        const { document, pointer, node } = chosen;
        let after: string;
        try {
          after = editYaml(file, new Map([[node, tag]])).text;
        } catch (error) {
          // A refusal is an answer, a wrong file is not.
          expect(error).toBeInstanceOf(HelmCdError);
          counts.refused += 1;
          return;
        }
        counts.edited += 1;

        expect(after.slice(0, node.start)).toBe(text.slice(0, node.start));
        expect(after.slice(after.length - (text.length - node.end))).toBe(text.slice(node.end));
        const lineEnds = (source: string) => source.match(/\r?\n/g)?.join('') ?? '';
        if (!text.slice(node.start, node.end).includes('\n')) expect(lineEnds(after)).toBe(lineEnds(text));

        const pointers = pointersTo(file, new Set([node])).get(node) ?? [formatPointer(pointer)];
        for (const [name, reader] of Object.entries(READERS)) {
          const before = readWith(reader, text);
          if (before === undefined) continue;
          const now = reader(after);
          expect([name, now.length]).toEqual([name, before.length]);
          for (const [index, root] of now.entries()) {
            const changed = differences(before[index], root);
            if (index !== document) expect([name, changed.size]).toEqual([name, 0]);
            for (const [at, value] of changed) {
              expect([name, at, pointers.includes(at), typeof value]).toEqual([name, at, true, 'string']);
              expect((value as string).trim()).toBe(tag);
            }
          }
          const value = valueAt(now[document], formatPointer(pointer));
          expect([name, typeof value, String(value).trim()]).toEqual([name, 'string', tag]);
        }

        const again = parseYaml('values.yaml', after);
        const sameNode = nodeAt(again.documents[document], pointer);
        expect(sameNode?.kind === 'scalar' && editYaml(again, new Map([[sameNode, tag]])).text).toBe(after);
      }),
      { numRuns: 250 },
    );
    expect(counts.edited).toBeGreaterThan(4 * counts.refused);
  });
});
