import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import * as jsYaml from 'js-yaml';
import { parseAllDocuments, type Document } from 'yaml';
import { HelmCdError } from '../../../src/core/errors.js';
import { formatPointer, parsePointer } from '../../../src/core/json-pointer.js';
import { editYaml, pointersTo } from '../../../src/core/yaml-edit.js';
import { nodeAt, parseYaml, walkYaml, type YamlScalar } from '../../../src/core/yaml-scalars.js';
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
  ])('refuses %j', (text, pointer, reason) => {
    expect(() => edit(text, pointer, '1.1.0')).toThrow(
      expect.objectContaining({
        code: 'refused',
        message: `values.yaml: this value cannot be changed safely: ${reason}.`,
        place: expect.objectContaining({ file: 'values.yaml', line: 1 }),
      }),
    );
  });

  it('names every user of an anchor', () => {
    const file = parseYaml('values.yaml', 'a: &v 1\nb: *v\nc: [&m {t: *v}, *m]\n');
    const scalar = nodeAt(file.documents[0], ['b']) as YamlScalar;
    expect(pointersTo(file.documents[0], scalar)).toEqual(['/a', '/b', '/c/0/t', '/c/1/t']);
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
});

describe('parseYaml', () => {
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

  it('knows keys that are there twice', () => {
    const root = parseYaml('values.yaml', 'a: 1\nb: {c: 1, c: 2}\n').documents[0];
    expect(nodeAt(root, ['b'])).toMatchObject({ duplicates: new Set(['c']) });
    expect(nodeAt(root, ['b', 'c'])).toMatchObject({ text: '2' });
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
    expect(() => [...walkYaml(documents[0])]).toThrow('more than 300000 values, aliases followed');
  });
});

/** The paths at which two parsed files differ, and the new values there. */
function differences(before: unknown, after: unknown, path: readonly string[] = []): Map<string, unknown> {
  if (Object.is(before, after)) return new Map();
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

const toObjects = (text: string) =>
  (parseAllDocuments(text, { merge: true }) as Document[]).map((document) => document.toJS() as unknown);

function isReadable(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

describe('any YAML', () => {
  it('changes exactly the values meant, in no other byte, and every parser agrees', () => {
    let edited = 0;
    fc.assert(
      fc.property(yamlTexts, imageTags, fc.nat(), (text, tag, pick) => {
        const file = parseYaml('values.yaml', text);
        const places = file.documents.flatMap((root, document) =>
          [...walkYaml(root)].flatMap(({ node }) => (node.kind === 'scalar' ? [{ document, node }] : [])),
        );
        const chosen = places[pick % Math.max(1, places.length)];
        if (chosen === undefined) return;
        let after: string;
        try {
          after = editYaml(file, new Map([[chosen.node, tag]])).text;
        } catch (error) {
          // A refusal is an answer, a wrong file is not.
          expect(error).toBeInstanceOf(HelmCdError);
          return;
        }
        edited += 1;
        const { start, end, lead } = chosen.node;
        if (chosen.node.style !== 'literal' && chosen.node.style !== 'folded') {
          expect(after.startsWith(text.slice(0, start) + lead)).toBe(true);
          expect(after.endsWith(text.slice(end))).toBe(true);
        }
        const pointers = pointersTo(file.documents[chosen.document], chosen.node);
        const objects = toObjects(text);
        const changed = differences(objects[chosen.document], toObjects(after)[chosen.document]);
        for (const [pointer, value] of changed) {
          expect(pointers).toContain(pointer);
          expect(String(value).trim()).toBe(tag);
        }
        expect(differences(objects[1 - chosen.document], toObjects(after)[1 - chosen.document]).size).toBe(0);
        if (!/^%YAML/m.test(text)) {
          const read = (source: string) =>
            jsYaml.loadAll(source.replace(/^\ufeff/, ''), { schema: jsYaml.YAML11_SCHEMA })[chosen.document];
          // This parser refuses a few files that the others read: a key that a merge key brought already.
          if (!isReadable(() => read(text))) return;
          for (const [pointer, value] of differences(read(text), read(after))) {
            expect(pointers).toContain(pointer);
            expect(String(value).trim()).toBe(tag);
          }
        }
      }),
      { numRuns: 300 },
    );
    expect(edited).toBeGreaterThan(150);
  });
});
