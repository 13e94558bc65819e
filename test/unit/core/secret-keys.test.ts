import { describe, expect, it } from '@jest/globals';
import { looksSecret, secretTextsOf, secretTextsOfSchema } from '../../../src/core/secret-keys.js';

describe('looksSecret', () => {
  it.each([
    ...['password', 'PASSWORD', 'dbPassword', 'DB_PASSWORD', 'adminPassword', 'password2', 'db-pass', 'passphrase'],
    ...[
      'token',
      'apiToken',
      'API_KEY',
      'apiKey',
      'apikey',
      'accessKey',
      'secretKey',
      'privateKey',
      'aws_secret_access_key',
    ],
    ...['clientSecret', 'credentials', 'secrets', 'dsn', 'encryptionKey', 'jwtSecret', 'passwordHash', 'apiKeyValue'],
  ])('%s', (key) => {
    expect(looksSecret(key)).toBe(true);
  });

  it.each([
    ...[
      'secretName',
      'existingSecret',
      'passwordKey',
      'tokenTtl',
      'secretRef',
      'credentialsFile',
      'createSecret',
      'name',
    ],
    ...[
      'automountServiceAccountToken',
      'key',
      'keys',
      'monkey',
      'passive',
      'compass',
      'bypass',
      'tokenizer',
      'host',
      '',
    ],
    ...['secretProviderClass', 'passwordLength', 'publicKey', 'topologyKey', 'useSecret'],
  ])('not %j', (key) => {
    expect(looksSecret(key)).toBe(false);
  });
});

describe('secretTextsOf', () => {
  it.each<[string, unknown, readonly string[]]>([
    ['values of such keys', { auth: { password: 'abc', user: 'me' } }, ['abc']],
    [
      'all below such a key, but what is only about it',
      { secrets: { a: 'x', name: 'n', b: [{ c: 'y' }] } },
      ['x', 'y'],
    ],
    [
      'environment variables',
      {
        env: [
          { name: 'DB_PASSWORD', value: 'v' },
          { name: 'HOST', value: 'h' },
        ],
      },
      ['v'],
    ],
    [
      'long numbers, and neither flags nor short ones',
      { token: 1234567, password: 12, secret: true, dsn: null },
      ['1234567'],
    ],
    ['no ciphertext', { token: 'ENC[AES256_GCM,data:x]' }, []],
    ['nothing of a text', 'password', []],
  ])('%s', (_, tree, texts) => {
    expect(secretTextsOf(tree)).toEqual(texts);
  });

  it('what a schema says of them', () => {
    const schema = { properties: { password: { const: 'a', type: 'string', enum: ['b'] }, host: { const: 'c' } } };
    expect(secretTextsOfSchema(schema)).toEqual(['a', 'b']);
  });
});
