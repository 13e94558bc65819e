import { describe, expect, it } from '@jest/globals';
import { discoverImages } from '../../../src/core/image-discovery.js';
import { versionOf } from '../../../src/core/image-use.js';
import { formatPointer } from '../../../src/core/json-pointer.js';
import { parseYaml } from '../../../src/core/yaml-scalars.js';

const found = (...texts: readonly string[]) =>
  discoverImages(
    texts.map((text, index) => ({ file: parseYaml(`${index}.yaml`, text) })),
    new Set(),
  ).map((use) => [formatPointer(use.pointer), use.names.join(' '), versionOf(use)]);

describe('discoverImages', () => {
  it.each([
    ['image: {repository: a/b, tag: 1}', [['/image', 'a/b', '1']]],
    ['image: {repository: a/b}', [['/image', 'a/b', '(empty)']]],
    ['fooImage: {repository: a/b}', [['/fooImage', 'a/b', '(empty)']]],
    ['image: a/b:1', [['/image', 'a/b', '1']]],
    ['x: {initImage: "a/b:1"}', [['/x/initImage', 'a/b', '1']]],
    ['images: {main: "a/b:1"}', []],
    ['images: [a/b:1]', [['/images/0', 'a/b', '1']]],
    ['image: a/b', []],
    ['image: 1', []],
    ['note: a/b:1', []],
    ['git: {repository: "https://x/y", tag: v1}', []],
    ['git: {repository: a/b}', []],
    ['volume: {name: x, tag: y}', []],
    ['global: {registry: r.io}\nimage: {repository: a/b, tag: 1}', [['/image', 'r.io/a/b', '1']]],
    ['image: {registry: r.io/x/, repository: b, tag: 1}', [['/image', 'r.io/x/b', '1']]],
    ['{}', []],
    ['[]', []],
  ])('%s', (text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  it('sees layers as helm does: maps are merged, lists and values replaced', () => {
    expect(found('image: {repository: a/b, tag: 1}', 'image: {tag: 2}')).toEqual([['/image', 'a/b', '2']]);
    expect(found('image: {repository: a/b, tag: 1}', 'image: a/c:3')).toEqual([['/image', 'a/c', '3']]);
    expect(found('images: [a/b:1, a/c:1]', 'images: [a/d:1]')).toEqual([['/images/0', 'a/d', '1']]);
    expect(found('image: {repository: a/b, tag: 1}', '')).toEqual([['/image', 'a/b', '1']]);
    expect(found('image: {repository: a/b, tag: 1}', 'image: {tag: null}')).toEqual([['/image', 'a/b', '(empty)']]);
    expect(found('image: {repository: a/b, tag: 1}', 'image: null')).toEqual([]);
  });

  it('reads the first document only, as helm does', () => {
    expect(found('image: a/b:1\n---\nimage: a/c:1\n')).toEqual([['/image', 'a/b', '1']]);
  });

  it('does not follow aliases for ever', () => {
    const bomb = ['a0: &a0 {x: 1, y: 2, z: 3, u: 4, v: 5, w: 6}'];
    for (let level = 1; level < 9; level++) {
      bomb.push(`a${level}: &a${level} [${Array.from({ length: 8 }, () => `*a${level - 1}`).join(', ')}]`);
    }
    expect(() => found(`${bomb.join('\n')}\n`)).toThrow('0.yaml shows more than 300000 values again through aliases.');
  });
});
