import { describe, expect, it } from '@jest/globals';
import {
  compareVersions,
  createEntry,
  entryDigest,
  entryUrl,
  insertionIndex,
  standingOf,
  type IndexEntry,
} from '../../../src/core/chart-index.js';
import { digestHex, sha256Digest, sha256Hex } from '../../../src/core/digest.js';
import type { PackedChart } from '../../../src/core/packed-chart.js';

const HEX = sha256Hex('a');
const chart = (version: string, digest = `sha256:${HEX}`): PackedChart => ({
  metadata: { apiVersion: 'v2', name: 'shop', version, appVersion: '1.0' },
  bytes: new Uint8Array(0),
  digest,
  files: [],
});
const index = (...entries: Partial<IndexEntry>[]) =>
  new Map([['shop', entries.map((entry): IndexEntry => ({ name: 'shop', version: '', ...entry }))]]);

describe('an entry', () => {
  it('has Chart.yaml, a relative URL, the time and the plain digest', () => {
    expect(createEntry(chart('1.0.0+build'), '2026-01-01T00:00:00.000Z')).toEqual({
      apiVersion: 'v2',
      name: 'shop',
      version: '1.0.0+build',
      appVersion: '1.0',
      urls: ['shop-1.0.0%2Bbuild.tgz'],
      created: '2026-01-01T00:00:00.000Z',
      digest: HEX,
    });
  });

  it.each([
    [{ digest: HEX }, `sha256:${HEX}`],
    [{ digest: `sha256:${HEX.toUpperCase()}` }, `sha256:${HEX}`],
    [{ digest: 'md5:x' }, undefined],
    [{ digest: 12 }, undefined],
    [{}, undefined],
  ])('%j has the digest %j', (entry, digest) => {
    expect(entryDigest({ name: 'a', version: '1.0.0', ...entry })).toBe(digest);
  });

  it.each([
    [{ urls: ['a.tgz', 'b.tgz'] }, 'a.tgz'],
    [{ urls: [] }, undefined],
    [{ urls: 'a.tgz' }, undefined],
    [{ urls: [null] }, undefined],
    [{}, undefined],
  ])('%j is at %j', (entry, url) => {
    expect(entryUrl({ name: 'a', version: '1.0.0', ...entry })).toBe(url);
  });
});

describe('a chart against an index', () => {
  const state = (own: PackedChart, entries: ReturnType<typeof index>) => standingOf(own, entries, 's3://x');

  it.each([
    ['an empty index', index()],
    ['other versions', index({ version: '1.0.1' }, { version: '1.0.0-rc.1' }, { version: 'nonsense' })],
    ['another chart', new Map([['web', [{ name: 'web', version: '1.0.0' }]]])],
  ])('is new in %s', (_, entries) => {
    expect(state(chart('1.0.0'), entries)).toEqual({ state: 'new' });
  });

  it('is the same with the same digest, however that is written', () => {
    const entries = index({ version: '1.0.0', digest: `sha256:${HEX}` });
    expect(state(chart('1.0.0'), entries)).toMatchObject({ state: 'same', entry: { version: '1.0.0' } });
  });

  it('is a conflict with another digest, with none, and when only build metadata differs', () => {
    const other = sha256Hex('b');
    expect(state(chart('1.0.0'), index({ version: '1.0.0', digest: other }))).toEqual({
      state: 'conflict',
      reason: `shop 1.0.0 is already in s3://x with the digest sha256:${other}; this one has sha256:${HEX}.`,
    });
    expect(state(chart('1.0.0'), index({ version: '1.0.0' }))).toEqual({
      state: 'conflict',
      reason: `shop 1.0.0 is already in s3://x without a digest; this one has sha256:${HEX}.`,
    });
    for (const version of ['1.0.0+b', 'v1.0.0', '1.0.0']) {
      expect(state(chart('1.0.0+a'), index({ version, digest: HEX }))).toEqual({
        state: 'conflict',
        reason: `shop 1.0.0+a and shop ${version}, which is already in s3://x, differ only in build metadata: helm takes one for the other.`,
      });
    }
  });
});

describe('the order of versions', () => {
  it('is newest first, what is no version last', () => {
    const sorted = ['1.10.0', '1.9.0', '1.9.0-rc.10', '1.9.0-rc.2', '0.1.0', 'x'];
    expect([...sorted].reverse().sort(compareVersions)).toEqual(sorted);
    expect(compareVersions('x', 'y')).toBe(0);
  });

  it.each([
    [[], '1.0.0', 0],
    [['2.0.0', '1.0.0'], '3.0.0', 0],
    [['2.0.0', '1.0.0'], '1.5.0', 1],
    [['2.0.0', '1.0.0'], '0.1.0', 2],
    [['2.0.0', 'x'], '0.1.0', 1],
    [['2.0.0'], '2.0.0-rc.1', 1],
  ])('in %j puts %s at %d', (versions, version, place) => {
    expect(insertionIndex(versions, version)).toBe(place);
  });
});

describe('digests', () => {
  it('are SHA-256 in lower-case hex', () => {
    expect(sha256Digest('')).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(digestHex(` ${HEX} `)).toBe(HEX);
    expect(digestHex(`${HEX}0`)).toBeUndefined();
    expect(digestHex('sha512:abc')).toBeUndefined();
  });
});
