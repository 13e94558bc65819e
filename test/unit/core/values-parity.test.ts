import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  comparable,
  defaultState,
  findDifferences,
  formatValuePath,
  hasValue,
  mergeValues,
  valuePaths,
} from '../../../src/core/values-parity.js';
import { isValuePattern, valuePattern } from '../../../src/core/value-pattern.js';

describe('mergeValues', () => {
  it('merges maps and replaces everything else', () => {
    expect(mergeValues([{ a: { b: 1, c: [1] }, d: 1 }, null, { a: { c: [2], e: null } }, { d: { f: 1 } }])).toEqual({
      a: { b: 1, c: [2], e: null },
      d: { f: 1 },
    });
    expect(Object.keys(mergeValues([JSON.parse('{"__proto__": {"x": 1}}')]))).toEqual(['__proto__']);
  });
});

describe('findDifferences', () => {
  const find = (overlays: Record<string, unknown>) =>
    findDifferences(
      Object.entries(overlays).map(([environment, values]) => ({ environment, values: comparable(values) })),
    ).map(
      ({ path, lackedBy, setBy, leaves }) =>
        `${formatValuePath(path)} ${lackedBy.join(',')} <- ${setBy.join(',')}${leaves.length > 1 ? ` (${leaves.length})` : ''}`,
    );
  const named = (...names: string[]) => names.map((name) => ({ name, value: 'x' }));

  it.each<[string, Record<string, unknown>, string[]]>([
    ['all the same', { d: { a: { b: 1 } }, p: { a: { b: 2 } } }, []],
    ['a value', { d: { a: 1, b: 1 }, p: { a: 2 } }, ['b p <- d']],
    ['a value below a map', { d: { a: { b: 1, c: 1 } }, p: { a: { b: 1 } } }, ['a.c p <- d']],
    ['a whole map is named once', { d: { a: { b: 1, c: { d: 1 } } }, p: {} }, ['a p <- d (2)']],
    ['one of three lacks it', { d: { a: 1 }, s: { a: 1 }, p: {} }, ['a p <- d,s']],
    ['two of three lack it', { d: { a: 1 }, s: {}, p: {} }, ['a s,p <- d']],
    [
      'below a map that one lacks',
      { d: { a: { b: 1, c: 1 } }, s: { a: { b: 1 } }, p: {} },
      ['a p <- d,s (2)', 'a.c s <- d'],
    ],
    ['lists are values', { d: { a: [1, 2] }, p: { a: [1] } }, []],
    ['lists of named things are maps', { d: { a: named('A', 'B') }, p: { a: named('B') } }, ['a[A] p <- d']],
    ['an empty list lacks them', { d: { a: named('A') }, p: { a: [] } }, ['a[A] p <- d']],
    ['names that are encrypted are none', { d: { a: named('ENC[AES256_GCM,data:x]') }, p: { a: named('B') } }, []],
    ['names that are there twice are a list', { d: { a: named('A', 'A') }, p: { a: named('B') } }, []],
    ['a map here, a value there', { d: { a: { b: 1 } }, p: { a: 1 } }, []],
    ['null is set, and differs', { d: { a: null }, p: { a: 1 } }, ['a  <- d,p']],
    ['null for all', { d: { a: null }, p: { a: null } }, []],
    ['no overlays at all', { d: undefined, p: { a: 1 } }, ['a d <- p']],
    ['one environment', { d: { a: 1 } }, []],
  ])('%s', (_name, overlays, differences) => {
    expect(find(overlays)).toEqual(differences);
  });
});

it('what an environment is said to lack, it lacks, and the others named have it', () => {
  const values = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, fc.constantFrom(1, null, 'x', []), tie('list'), tie('map')),
    list: fc.array(fc.record({ name: fc.constantFrom('A', 'B', 'C'), value: fc.constant(1) }), { maxLength: 3 }),
    map: fc.dictionary(fc.constantFrom('a', 'b', 'c.d', '__proto__'), tie('value'), { maxKeys: 3 }),
  })).map;
  fc.assert(
    fc.property(fc.array(values, { minLength: 2, maxLength: 4 }), (all) => {
      const overlays = all.map((own, index) => ({ environment: `e${index}`, values: comparable(own) }));
      const valuesOf = (name: string) => overlays.find(({ environment }) => environment === name)?.values;
      const differences = findDifferences(overlays);
      for (const { path, setBy, lackedBy, leaves } of differences) {
        for (const name of setBy) expect(hasValue(valuesOf(name), path)).toBe(true);
        for (const name of lackedBy) expect(hasValue(valuesOf(name), path)).toBe(false);
        for (const leaf of leaves)
          for (const name of leaf.setBy) expect(hasValue(valuesOf(name), leaf.path)).toBe(true);
      }
      // Each once, and all the same in another order of the environments.
      const names = (found: typeof differences) => found.map(({ path }) => JSON.stringify(path)).sort();
      expect(new Set(names(differences)).size).toBe(differences.length);
      expect(names(findDifferences(overlays.toReversed()))).toEqual(names(differences));
    }),
  );
});

it('hasValue and valuePaths agree', () => {
  const values = { a: { b: 1, c: {} }, d: [1], 'e.f': null };
  expect(valuePaths(values)).toEqual([['a', 'b'], ['a', 'c'], ['d'], ['e.f']]);
  for (const path of valuePaths(values)) expect(hasValue(values, path)).toBe(true);
  expect(hasValue(values, ['a', 'x'])).toBe(false);
  expect(hasValue(values, ['d', '0'])).toBe(false);
});

it.each([
  [{ a: 'x' }, 'usable'],
  [{ a: false }, 'usable'],
  [{ a: {} }, 'usable'],
  [{}, 'absent'],
  [{ a: null }, 'null'],
  [{ a: ' ' }, 'empty'],
  [{ a: 'CHANGEME' }, 'placeholder'],
  [{ a: 'change-me!' }, 'placeholder'],
  [{ a: 'TODO' }, 'placeholder'],
  [{ a: '<your token>' }, 'placeholder'],
  [{ a: 'todo-service' }, 'usable'],
])('%j has a default that is %s', (defaults, state) => {
  expect(defaultState(defaults, ['a'])).toBe(state);
});

it.each([
  ['replicas', ['replicas'], true],
  ['replicas', ['web', 'replicas'], false],
  ['*.replicas', ['web', 'replicas'], true],
  ['ingress', ['ingress', 'tls'], true],
  ['ingress.tls', ['ingress'], false],
  ['config.DEBUG_*', ['config', 'DEBUG_SQL'], true],
  ['config.DEBUG_*', ['config', 'LEVEL'], false],
  ['env[A]', ['env', '[A]'], true],
  ['env[DEBUG_*]', ['env', '[DEBUG_X]'], true],
  ['annotations["a.b/c"]', ['annotations', 'a.b/c'], true],
  ['a.b', ['axb'], false],
])('the pattern %s on %j is %s', (pattern, path, matches) => {
  expect(isValuePattern(pattern)).toBe(true);
  expect(valuePattern(pattern)(path)).toBe(matches);
});

it.each(['', 'a..b', '.a', 'a.', 'a b', 'a[', 'a]b'])('"%s" is no pattern', (pattern) => {
  expect(isValuePattern(pattern)).toBe(false);
});
