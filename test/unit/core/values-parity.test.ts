import { describe, expect, it } from '@jest/globals';
import { findMissingValues, hasValue, mergeValues, valuePaths } from '../../../src/core/values-parity.js';

describe('mergeValues', () => {
  it('merges maps and replaces everything else', () => {
    expect(mergeValues([{ a: { b: 1, c: [1] }, d: 1 }, null, { a: { c: [2], e: null } }, { d: { f: 1 } }])).toEqual({
      a: { b: 1, c: [2], e: null },
      d: { f: 1 },
    });
  });
});

describe('findMissingValues', () => {
  const find = (overlays: Record<string, unknown>) =>
    findMissingValues(Object.entries(overlays).map(([environment, values]) => ({ environment, values }))).map(
      ({ path, environment, setBy }) => `${path.join('.')} ${environment} <- ${setBy.join(',')}`,
    );

  it.each<[string, Record<string, unknown>, string[]]>([
    ['all the same', { d: { a: { b: 1 } }, p: { a: { b: 2 } } }, []],
    ['a value', { d: { a: 1, b: 1 }, p: { a: 2 } }, ['b p <- d']],
    ['a value below a map', { d: { a: { b: 1, c: 1 } }, p: { a: { b: 1 } } }, ['a.c p <- d']],
    ['a whole map is named once', { d: { a: { b: 1, c: { d: 1 } } }, p: {} }, ['a p <- d']],
    ['one of three lacks it', { d: { a: 1 }, s: { a: 1 }, p: {} }, ['a p <- d,s']],
    ['two of three lack it', { d: { a: 1 }, s: {}, p: {} }, ['a s <- d', 'a p <- d']],
    ['lists are values', { d: { a: [1, 2] }, p: { a: [1] } }, []],
    ['a map here, a value there', { d: { a: { b: 1 } }, p: { a: 1 } }, []],
    ['null is set', { d: { a: null }, p: { a: 1 } }, []],
    ['no overlays at all', { d: undefined, p: { a: 1 } }, ['a d <- p']],
    ['one environment', { d: { a: 1 } }, []],
  ])('%s', (_name, overlays, missing) => {
    expect(find(overlays)).toEqual(missing);
  });
});

it('hasValue and valuePaths agree', () => {
  const values = { a: { b: 1, c: {} }, d: [1], 'e.f': null };
  expect(valuePaths(values)).toEqual([['a', 'b'], ['a', 'c'], ['d'], ['e.f']]);
  for (const path of valuePaths(values)) expect(hasValue(values, path)).toBe(true);
  expect(hasValue(values, ['a', 'x'])).toBe(false);
  expect(hasValue(values, ['d', '0'])).toBe(false);
});
