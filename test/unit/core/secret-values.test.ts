import { describe, expect, it } from '@jest/globals';
import { encryptedPlaces, leavesOf, secretLeaves, secretTexts, valueAt } from '../../../src/core/secret-values.js';

const ENC = 'ENC[AES256_GCM,data:abc,iv:def,tag:ghi,type:str]';

describe('secretLeaves', () => {
  it('are those that were encrypted in the file', () => {
    const encrypted = {
      db: { password: ENC, port: ENC, host: 'db.example' },
      list: [ENC, 'plain'],
      on: ENC,
      sops: { mac: ENC },
    };
    const decrypted = {
      db: { password: 'hunter2!', port: 54321, host: 'db.example' },
      list: ['first', 'plain'],
      on: true,
    };
    const leaves = secretLeaves(encrypted, decrypted);
    expect(leaves.map(({ path }) => path.join('.'))).toEqual(['db.password', 'db.port', 'list.0', 'on']);
    expect(secretTexts(leaves)).toEqual(['hunter2!', '54321', 'first']);
  });

  it('hide neither yes nor no, nor what is shorter than four characters', () => {
    const leaves = leavesOf({ a: 'true', b: 'False', c: 'abc', d: null, e: false, f: 'abcd' });
    expect(secretTexts(leaves)).toEqual(['abcd']);
  });
});

describe('encryptedPlaces', () => {
  it.each<[string, unknown, readonly string[]]>([
    ['nothing', { a: 1, b: ['x'] }, []],
    ['a value', { a: { b: [1, ENC] } }, ['a.b.1']],
    ['a value within text', { url: `db://u:${ENC}@h` }, ['url']],
    ["SOPS' own block", { a: 1, sops: { mac: 'x', version: '3.9.0' } }, ['sops']],
    ['a user key that happens to be called sops', { sops: { enabled: true } }, []],
    ['a whole file', { a: ENC, sops: { mac: ENC, version: '3.9.0' } }, ['a', 'sops']],
    ['no map at all', undefined, []],
  ])('finds %s', (_, values, expected) => {
    expect(encryptedPlaces(values)).toEqual(expected);
  });
});

describe('valueAt', () => {
  it('follows maps and lists, and finds nothing where there is nothing', () => {
    const tree = { a: [{ b: 'x' }] };
    expect(valueAt(tree, ['a', 0, 'b'])).toBe('x');
    expect(valueAt(tree, ['a', 1, 'b'])).toBeUndefined();
    expect(valueAt(tree, ['a', 'b'])).toBeUndefined();
    expect(valueAt(undefined, ['a'])).toBeUndefined();
  });
});
