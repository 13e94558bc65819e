import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatBytes } from '../../../src/core/byte-size.js';
import { compareVersions, type IndexEntry } from '../../../src/core/chart-index.js';
import { isInOrder, listFindings, repeatedPlaces } from '../../../src/core/index-findings.js';

const BASE = 's3://acme/charts';
const entry = (version: string, more: object = {}): IndexEntry => ({
  name: 'shop',
  version,
  urls: [`shop-${version}.tgz`],
  digest: 'a'.repeat(64),
  ...more,
});
const codes = (...list: readonly IndexEntry[]) =>
  listFindings(BASE, 'shop', list).map(({ code, version }) => `${code} ${version}`.trim());

describe('one chart’s list', () => {
  it.each<[string, readonly IndexEntry[], readonly string[]]>([
    ['nothing', [entry('1.1.0'), entry('1.0.0'), entry('1.0.0-rc.1')], []],
    ['versions that helm reads all the same', [entry('v1.2'), entry('1')], []],
    ['a word', [entry('1.0.0'), entry('latest')], ['invalid-version latest']],
    ['the wrong order', [entry('1.0.0'), entry('1.1.0')], ['out-of-order']],
    ['the same twice', [entry('1.0.0'), entry('1.0.0', { created: 'x' })], ['duplicate-entry 1.0.0']],
    ['another digest', [entry('1.0.0'), entry('1.0.0', { digest: 'b'.repeat(64) })], ['contradicting-entries 1.0.0']],
    ['another address', [entry('1.0.0'), entry('1.0.0', { urls: ['b.tgz'] })], ['contradicting-entries 1.0.0']],
    [
      'twice the same and another',
      [entry('1.0.0'), entry('1.0.0'), entry('1.0.0', { urls: ['b.tgz'] })],
      ['duplicate-entry 1.0.0', 'contradicting-entries 1.0.0'],
    ],
    ['twins', [entry('1.0.0+a'), entry('1.0.0+b')], ['same-but-for-build 1.0.0+a']],
    ['another chart', [entry('1.0.0', { name: 'api' })], ['wrong-name 1.0.0']],
    ['an address elsewhere', [entry('1.0.0', { urls: ['https://x.example/a.tgz'] })], ['foreign-url 1.0.0']],
  ])('may have %s', (_, list, expected) => {
    expect(codes(...list)).toEqual(expected);
  });

  it('says which entry says again what another one says', () => {
    expect(
      repeatedPlaces(BASE, [entry('1.0.0'), entry('2.0.0'), entry('1.0.0'), entry('1.0.0', { digest: '' })]),
    ).toEqual([2]);
  });

  it('is in order when it is sorted, and only then', () => {
    const version = fc
      .tuple(fc.nat(2), fc.nat(2), fc.constantFrom('', '-rc.1', '+b'))
      .map(([a, b, c]) => `${a}.${b}.0${c}`);
    fc.assert(
      fc.property(fc.array(version, { maxLength: 6 }), (versions) => {
        const sorted = [...versions].sort(compareVersions);
        expect(isInOrder(sorted)).toBe(true);
        const same = versions.every((one, index) => compareVersions(one, sorted[index] ?? '') === 0);
        expect(isInOrder(versions)).toBe(same);
      }),
    );
  });
});

describe('an amount of bytes', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [1023, '1023 bytes'],
    [1536, '1.5 KiB'],
    [20_480, '20 KiB'],
    [5 * 1024 ** 2, '5.0 MiB'],
    [3 * 1024 ** 3, '3.0 GiB'],
  ])('%d', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
