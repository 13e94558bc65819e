import { expect, it } from '@jest/globals';
import { formatFieldPath, pointerToFieldPath, type FieldPath } from '../../../src/core/field-path.js';

it.each<[FieldPath, string]>([
  [[], ''],
  [['spec', 'containers', 0, 'image'], 'spec.containers[0].image'],
  [['metadata', 'annotations', 'a.b/c'], 'metadata.annotations["a.b/c"]'],
  [['data', 'key-1'], 'data.key-1'],
  [['data', '1'], 'data["1"]'],
])('formatFieldPath(%j)', (path, text) => {
  expect(formatFieldPath(path)).toBe(text);
});

it.each<[string, FieldPath]>([
  ['', []],
  ['/a/0/b', ['a', 0, 'b']],
  ['/c/0', ['c', '0']],
  ['/d~1e/x~0y', ['d/e', 'x~y']],
  ['/missing/0', ['missing', '0']],
])('pointerToFieldPath(%s)', (pointer, path) => {
  expect(pointerToFieldPath(pointer, { a: [{ b: 1 }], c: { '0': 1 }, 'd/e': { 'x~y': 1 } })).toEqual(path);
});
