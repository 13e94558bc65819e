import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Splice } from '../../../src/core/splice.js';

/** What the edit is made with, to be broken: the proof behind it has to notice. */
const broken: {
  renderScalar?: (text: string) => string;
  applySplices?: (text: string, splices: readonly Splice[]) => string;
} = {};

const quoting = await import('../../../src/core/yaml-quoting.js');
const splice = await import('../../../src/core/splice.js');
jest.unstable_mockModule('../../../src/core/yaml-quoting.js', () => ({
  ...quoting,
  renderScalar: (...given: Parameters<typeof quoting.renderScalar>) =>
    broken.renderScalar?.(given[0]) ?? quoting.renderScalar(...given),
}));
jest.unstable_mockModule('../../../src/core/splice.js', () => ({
  ...splice,
  applySplices: (text: string, splices: readonly Splice[]) =>
    broken.applySplices?.(text, splices) ?? splice.applySplices(text, splices),
}));
const { editYaml } = await import('../../../src/core/yaml-edit.js');
const { parseYaml } = await import('../../../src/core/yaml-scalars.js');
const { nodeAt } = await import('../../../src/core/yaml-nodes.js');

function edit(text: string): string {
  const file = parseYaml('values.yaml', text);
  const node = nodeAt(file.documents[0], ['image', 'tag']);
  if (node?.kind !== 'scalar') throw new Error('no scalar');
  return editYaml(file, new Map([[node, '1.20']])).text;
}

const TEXT = 'image:\n  repository: x # c\n  tag: 1.0.0\nother: [1, {a: b}]\n';

afterEach(() => {
  delete broken.renderScalar;
  delete broken.applySplices;
});

describe('the proof of an edit', () => {
  it('lets a right one through', () => {
    expect(edit(TEXT)).toBe(TEXT.replace('1.0.0', '"1.20"'));
  });

  it.each([
    ['a number instead of a text', '1.20', 'the value at /image/tag would not be the intended one'],
    ['another text', '"1.21"', 'the value at /image/tag would not be the intended one'],
    ['one more key', '"1.20"\n  evil: 1', 'the value at /image would not be the intended one'],
    ['a key twice, the last one as before', '"1.20"\nother: 1', 'a key would be there twice'],
    ['a map', '{a: "1.20"}', 'the value at /image/tag would not be the intended one'],
    ['an item more', '"1.20"\nothers: [1, {a: b}]\n#', 'the value at the root would not be the intended one'],
    ['one more document', '"1.20"\n---\na: 1', 'the number of documents would change'],
    ['a quote that does not end', '"1.20', 'the file would be no valid YAML afterwards'],
    ['an alias of nothing', '*x', 'the file would be no valid YAML afterwards'],
    ['a key twice with the same value', '"1.20"\n  repository: x', 'a key would be there twice'],
  ])('notices %s', (_, rendered, reason) => {
    broken.renderScalar = () => rendered;
    expect(() => edit(TEXT)).toThrow(
      expect.objectContaining({
        code: 'refused',
        message: `values.yaml: this value cannot be changed safely: ${reason}.`,
        place: { file: 'values.yaml', line: 3, column: 8 },
      }),
    );
  });

  it.each([
    ['a byte less at the end', (text: string) => text.slice(0, -1)],
    ['a byte more at the end', (text: string) => `${text}\n`],
    ['other line ends', (text: string) => text.replaceAll('\n', '\r\n')],
    ['a comment that is gone', (text: string) => text.replace(' # c', '')],
    ['other blanks', (text: string) => text.replace('[1, {', '[1,  {')],
    ['a BOM', (text: string) => `\ufeff${text}`],
  ])('notices %s', (_, change) => {
    broken.applySplices = (text, splices) => change(splice.applySplices(text, splices));
    expect(() => edit(TEXT)).toThrow('this value cannot be changed safely: bytes beside it would change.');
  });
});
