import { describe, expect, it } from '@jest/globals';
import { chartOfFile, fileOfEntry, fileOfUrl, filesOfIndex } from '../../../src/core/archive-address.js';

const S3 = 's3://acme/charts';
const FOLDER = 'file:///srv/charts%20here';

describe('the file that a URL means', () => {
  it.each<[string, string, string | undefined]>([
    [S3, 'shop-1.0.0.tgz', 'shop-1.0.0.tgz'],
    [S3, './shop-1.0.0.tgz?x=1#y', 'shop-1.0.0.tgz'],
    [S3, 'charts/shop-1.0.0%2Bb.tgz', 'charts/shop-1.0.0+b.tgz'],
    [S3, 'shop-1.0.0+b.tgz', 'shop-1.0.0+b.tgz'],
    [S3, 's3://acme/charts/shop-1.0.0.tgz', 'shop-1.0.0.tgz'],
    [FOLDER, 'shop-1.0.0.tgz', 'shop-1.0.0.tgz'],
    [FOLDER, 'file:///srv/charts%20here/a.tgz', 'a.tgz'],
    [S3, '../other/shop-1.0.0.tgz', undefined],
    [S3, 's3://acme/chartsandmore/a.tgz', undefined],
    [S3, 'https://charts.example.com/a.tgz', undefined],
    [S3, '%2e%2e/a.tgz', undefined],
    [S3, 'a/..%2f..%2fb.tgz', undefined],
    [S3, '', undefined],
    [S3, 'http://[', undefined],
    [S3, '%E0%A4%A', undefined],
  ])('in %s: %s', (base, url, file) => {
    expect(fileOfUrl(base, url)).toBe(file);
  });
});

describe('the file of an entry', () => {
  it('is called as helm calls it when no address is given', () => {
    expect(fileOfEntry(S3, { name: 'shop', version: '1.0.0' })).toBe('shop-1.0.0.tgz');
    expect(fileOfEntry(S3, { name: 'shop', version: '1.0.0', urls: ['https://x.example/a.tgz'] })).toBeUndefined();
  });

  it('is among those that the index names, by any of its addresses', () => {
    const urls = ['https://x.example/a.tgz', 'b.tgz', 7];
    const entries = new Map([['shop', [{ name: 'shop', version: '1.0.0', urls }]]]);
    expect([...filesOfIndex(S3, entries)]).toEqual(['b.tgz']);
  });
});

describe('the chart that a file is of', () => {
  it.each<[string, string | undefined]>([
    ['shop-1.0.0.tgz', 'shop 1.0.0'],
    ['shop-1.0.0-rc.1+b.tgz', 'shop 1.0.0-rc.1+b'],
    ['shop-api-1.0.0.tgz', 'shop-api 1.0.0'],
    ['shop-web-1.0.0.tgz', undefined],
    ['shop-1.0.tgz', undefined],
    ['shop-1.0.0.tgz.prov', undefined],
    ['shopping-1.0.0.tgz', undefined],
  ])('%s', (file, expected) => {
    const found = chartOfFile(file, ['shop', 'shop-api']);
    expect(found === undefined ? undefined : `${found.name} ${found.version}`).toBe(expected);
  });
});
