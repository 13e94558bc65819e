/** What the configuration may ask of a source. */
import { describe, expect, test } from '@jest/globals';
import { HelmCdError } from '../../../src/core/errors.js';
import type { AuthConfig } from '../../../src/relay/authenticity/auth-config.js';
import { checkSources } from '../../../src/relay/check-source.js';
import type { SourceConfig } from '../../../src/relay/provider.js';
import { findProvider, PROVIDERS, providerNamed } from '../../../src/relay/providers.js';

const SECRET = '0123456789abcdef-first';
const secrets = [SECRET];
const place = ({ name }: SourceConfig): string => `relay.yaml: sources.${name}`;
const source = (provider: string, auth: AuthConfig, more: Partial<SourceConfig> = {}): SourceConfig => ({
  name: provider,
  provider,
  auth,
  ...(provider === 'nexus' ? { registry: 'docker.example.com' } : {}),
  ...more,
});

/** Message and hint, or nothing. */
function complaint(...sources: SourceConfig[]): string {
  try {
    checkSources(sources, place);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(HelmCdError);
    const { code, message, hint } = error as HelmCdError;
    expect(code).toBe('config');
    for (const secret of sources.flatMap(({ auth }) => ('secrets' in auth ? auth.secrets : []))) {
      if (secret.length > 3) expect(`${message} ${hint ?? ''}`).not.toContain(secret);
    }
    return `${message} ${hint ?? ''}`;
  }
}

const oidc = (more: object = {}): AuthConfig => ({
  kind: 'oidc',
  issuer: 'https://accounts.google.com',
  audience: 'helm-cd',
  email: 'push@acme.iam.gserviceaccount.com',
  ...more,
});
const AUTHS: readonly AuthConfig[] = [
  { kind: 'hmac', secrets },
  { kind: 'path', secrets },
  { kind: 'header', header: 'Authorization', secrets },
  { kind: 'bearer', secrets },
  oidc(),
];

describe.each([...PROVIDERS.values()])('$name', (provider) => {
  test.each(AUTHS)('asked for $kind', (auth) => {
    const can = provider.auth.kinds.some((kind) => kind === auth.kind);
    const { name } = provider;
    expect(complaint(source(name, auth))).toBe(
      can
        ? ''
        : `relay.yaml: sources.${name}: ${name} cannot do ${auth.kind}. ${name} can do ${provider.auth.kinds.join(', ')}.`,
    );
  });

  test('may let everyone call, where that is asked for', () => {
    expect(complaint(source(provider.name, { kind: 'none' }))).toBe('');
  });

  test('says how it signs, where it can', () => {
    expect(provider.auth.kinds.includes('hmac')).toBe(provider.auth.hmac !== undefined);
    expect(provider.auth.kinds.includes('header')).toBe(provider.auth.header !== undefined);
  });
});

test('a provider is found by its name', () => {
  expect(findProvider('ghcr')?.name).toBe('ghcr');
  expect(findProvider('toString')).toBeUndefined();
  expect(findProvider('__proto__')).toBeUndefined();
  expect(() => providerNamed('harbour', 'relay.yaml')).toThrow(
    'relay.yaml: there is no provider "harbour", did you mean "harbor"?',
  );
  expect(complaint(source('docker', { kind: 'none' }))).toMatch(/there is no provider "docker".* There are acr, /);
});

describe('secrets', () => {
  test.each([
    ['none', [], /: hmac needs a secret\. Make one with: openssl rand -hex 32/],
    ['a short one', ['short'], /: a secret has fewer than 16 characters\. Make one with/],
    ['a short one beside a good one', [SECRET, ''], /: a secret has fewer than 16 characters\./],
    ['with a line end', [`${SECRET}\n`], /: a secret begins or ends with white space, or has several lines\./],
    ['with a space', [` ${SECRET}`], /: a secret begins or ends with white space/],
  ])('%s', (_, some, message) => {
    expect(complaint(source('generic', { kind: 'hmac', secrets: some }))).toMatch(message);
  });

  test.each([`${SECRET}/x`, `${SECRET}%20`, `${SECRET}.x`, `${SECRET}ä`])('what is no part of a path: %s', (secret) => {
    expect(complaint(source('quay', { kind: 'path', secrets: [secret] }))).toMatch(
      /: a secret for the path has characters other than letters, digits, - and _\./,
    );
  });

  test('of two sources are two: a call to one could be sent again to the other', () => {
    const quay = source('quay', { kind: 'path', secrets: ['another-secret-01234', SECRET] });
    expect(complaint(source('harbor', { kind: 'path', secrets }), quay)).toBe(
      'relay.yaml: sources.quay: it has a secret of relay.yaml: sources.harbor. Give every source a secret of its own.',
    );
    expect(complaint(source('quay', { kind: 'path', secrets: [SECRET, SECRET] }))).toBe('');
  });

  test('a header has a name', () => {
    expect(complaint(source('harbor', { kind: 'header', header: 'X: y', secrets }))).toMatch(/no header of that name/);
  });
});

describe('registry', () => {
  const auth: AuthConfig = { kind: 'path', secrets };

  test.each(['registry.example.com', 'localhost', 'localhost:5000', '[::1]:5000', 'acme.jfrog.io/docker-local'])(
    '%s',
    (registry) => {
      expect(complaint(source('quay', auth, { registry }))).toBe('');
    },
  );

  test.each(['acme', 'https://registry.example.com', 'registry.example.com/', 'a.example/../b', 'a b.example', ''])(
    'none: %j',
    (registry) => {
      expect(complaint(source('quay', auth, { registry }))).toBe(
        'relay.yaml: sources.quay: registry is no host of a registry. Such as registry.example.com or acme.jfrog.io/docker-local.',
      );
    },
  );

  test('needed where calls do not tell', () => {
    expect(complaint({ name: 'n', provider: 'nexus', auth })).toBe(
      'relay.yaml: sources.n: nexus does not tell which registry it is. Configure registry, such as docker.example.com.',
    );
  });
});

describe('tokens', () => {
  const github = 'https://token.actions.githubusercontent.com';

  test.each([
    [{ issuer: 'accounts.google.com' }, /: the issuer is no https address\./],
    [{ issuer: 'http://accounts.google.com' }, /: the issuer is no https address\./],
    [{ audience: '' }, /: oidc needs an audience\./],
    [
      { issuer: 'https://issuer.example' },
      /: the keys of https:\/\/issuer\.example are at no known address\. Configure jwks-uri\./,
    ],
    [{ jwksUri: 'http://issuer.example/keys' }, /: jwks-uri is no https address\./],
    [
      { email: undefined },
      /: whoever is known to https:\/\/accounts\.google\.com can get such a token\. Configure email or claims\./,
    ],
    [
      { issuer: github, email: undefined },
      /: every workflow on GitHub can get such a token\. Configure claims, such as repository/,
    ],
    [{ issuer: github, claims: { ref: 'refs/heads/main' } }, /: every workflow on GitHub can get such a token\./],
  ])('%j', (more, message) => {
    expect(complaint(source('generic', oidc(more)))).toMatch(message);
  });

  test.each([
    {},
    { issuer: github, email: undefined, claims: { repository: 'acme/api' } },
    { issuer: github, email: undefined, claims: { repository_owner: 'acme', ref: 'refs/heads/main' } },
    { issuer: 'https://issuer.example', jwksUri: 'https://issuer.example/keys' },
    { issuer: 'https://issuer.example', jwksUri: 'http://127.0.0.1:4000/keys' },
  ])('good: %j', (more) => {
    expect(complaint(source('generic', oidc(more)))).toBe('');
  });
});
