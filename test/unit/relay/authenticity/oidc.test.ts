/** Tokens of OpenID Connect, with real keys and an issuer on this machine. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { HelmCdError } from '../../../../src/core/errors.js';
import type { AuthConfig } from '../../../../src/relay/authenticity/auth-config.js';
import { authenticate, createAuthDeps, NOT_AUTHENTIC } from '../../../../src/relay/authenticity/check.js';
import { relayRequest, sourceOf } from '../../../support/relay-request.js';

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;
const ISSUER = 'https://accounts.google.com';
const AUDIENCE = 'https://relay.example.com/gar';
const EMAIL = 'push@acme.iam.gserviceaccount.com';

let first: Keys;
let second: Keys;
let server: http.Server;
let keysUrl: string;
/** What the issuer answers, and how often it was asked. */
let answer: (response: http.ServerResponse) => void;
let asked: number;

async function published(...pairs: [string, Keys][]): Promise<void> {
  const keys = await Promise.all(
    pairs.map(async ([kid, { publicKey }]) => ({ ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' })),
  );
  answer = (response) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
}

beforeAll(async () => {
  first = await generateKeyPair('RS256');
  second = await generateKeyPair('RS256');
});

beforeEach(async () => {
  asked = 0;
  server = http.createServer((_, response) => {
    asked++;
    answer(response);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  keysUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  await published(['one', first]);
});

afterEach(async () => {
  jest.restoreAllMocks();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const now = (): number => Math.floor(Date.now() / 1000);

interface TokenParts {
  readonly claims?: JWTPayload;
  readonly without?: readonly string[];
  readonly kid?: string;
  readonly keys?: Keys;
}

async function token({ claims = {}, without = [], kid = 'one', keys = first }: TokenParts = {}): Promise<string> {
  const all: JWTPayload = {
    iss: ISSUER,
    aud: AUDIENCE,
    iat: now(),
    exp: now() + 3600,
    email: EMAIL,
    email_verified: true,
    ...claims,
  };
  for (const name of without) Reflect.deleteProperty(all, name);
  return new SignJWT(all).setProtectedHeader({ alg: 'RS256', kid }).sign(keys.privateKey);
}

const config = (more: object = {}): AuthConfig => ({
  kind: 'oidc',
  issuer: ISSUER,
  audience: AUDIENCE,
  email: EMAIL,
  jwksUri: keysUrl,
  ...more,
});

/** A relay that lives on from call to call. */
function relay(more: object = {}, fetcher: typeof fetch = fetch): (jwt: string) => Promise<string> {
  const deps = createAuthDeps(fetcher);
  const source = sourceOf('gar', { auth: config(more) });
  return async (jwt) => {
    try {
      await authenticate(relayRequest({ headers: { authorization: `Bearer ${jwt}` } }), source, deps);
      return 'let through';
    } catch (error) {
      if (!(error instanceof HelmCdError)) throw error;
      if (error.code !== 'unauthorized') return `${error.code}: ${error.message}`;
      expect(error.message).toBe(NOT_AUTHENTIC);
      return (error.cause as Error).message;
    }
  };
}

test('a good token, and its keys are fetched once', async () => {
  const call = relay();
  for (let round = 0; round < 3; round++) expect(await call(await token())).toBe('let through');
  expect(asked).toBe(1);
});

describe('claims', () => {
  test.each([
    ['another issuer', { claims: { iss: 'https://evil.example' } }, /"iss" claim/],
    ['no issuer', { without: ['iss'] }, /"iss" claim/],
    ['the issuer with a slash', { claims: { iss: `${ISSUER}/` } }, /"iss" claim/],
    ['another audience', { claims: { aud: 'https://other.example' } }, /"aud" claim/],
    ['no audience', { without: ['aud'] }, /"aud" claim/],
    ['another account', { claims: { email: 'x@evil.iam.gserviceaccount.com' } }, /^the claim email is another$/],
    ['no account', { without: ['email'] }, /^the claim email is another$/],
    ['an account that is not verified', { claims: { email_verified: false } }, /^the claim email is not verified$/],
    [
      'an account that is verified in words',
      { claims: { email_verified: 'true' } },
      /^the claim email is not verified$/,
    ],
    ['nothing about verification', { without: ['email_verified'] }, /^the claim email is not verified$/],
    ['long over', { claims: { exp: Math.floor(Date.now() / 1000) - 3600 } }, /"exp" claim/],
    ['without an end', { without: ['exp'] }, /"exp" claim/],
    ['not yet', { claims: { nbf: Math.floor(Date.now() / 1000) + 3600 } }, /"nbf" claim/],
  ])('%s', async (_, parts, reason) => {
    expect(await relay()(await token(parts as TokenParts))).toMatch(reason);
  });

  test('several audiences, one of them ours', async () => {
    expect(await relay()(await token({ claims: { aud: ['other', AUDIENCE] } }))).toBe('let through');
  });

  test('GitHub Actions: exactly the repository that was named', async () => {
    const issuer = 'https://token.actions.githubusercontent.com';
    const call = relay({ issuer, email: undefined, claims: { repository: 'acme/api', ref: 'refs/heads/main' } });
    const github = (claims: JWTPayload): Promise<string> =>
      token({ claims: { iss: issuer, repository: 'acme/api', ref: 'refs/heads/main', ...claims } });
    expect(await call(await github({}))).toBe('let through');
    for (const repository of ['acme/api-evil', 'evil/acme/api', 'Acme/api', 'acme', '', ['acme/api']]) {
      expect(await call(await github({ repository }))).toBe('the claim repository is another');
    }
    expect(await call(await github({ ref: 'refs/heads/feature' }))).toBe('the claim ref is another');
    expect(await call(await token({ claims: { iss: issuer, ref: 'refs/heads/main' } }))).toMatch(/claim repository/);
  });

  test('a claim is never that of a prototype', async () => {
    const call = relay({ email: undefined, claims: { constructor: 'x' } });
    expect(await call(await token())).toBe('the claim constructor is another');
  });
});

describe('signatures', () => {
  test.each(['', 'x', 'a.b', 'a.b.c', 'e30.e30.', `${'e30.'.repeat(3)}e30`, 'ey'.repeat(9000)])(
    'no token: %#',
    async (text) => {
      expect(await relay()(text)).not.toBe('let through');
      expect(asked).toBe(0);
    },
  );

  test('a key of somebody else', async () => {
    expect(await relay()(await token({ keys: second }))).toMatch(/^ERR_JWS_SIGNATURE_VERIFICATION_FAILED/);
  });

  test('claims changed after signing', async () => {
    const [head, , signature] = (await token()).split('.');
    const claims = { iss: ISSUER, aud: AUDIENCE, exp: now() + 60, email: EMAIL, email_verified: true, more: 1 };
    const forged = [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
    expect(await relay()(forged)).toMatch(/^ERR_JWS_SIGNATURE_VERIFICATION_FAILED/);
  });

  test('no signature: alg none', async () => {
    const unsigned = new UnsecuredJWT({ email: EMAIL, email_verified: true })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setExpirationTime('1h')
      .encode();
    expect(await relay()(unsigned)).not.toBe('let through');
    expect(asked).toBe(0);
  });

  test('the public key as the secret of HS256', async () => {
    const secrets = [await exportSPKI(first.publicKey), JSON.stringify(await exportJWK(first.publicKey))];
    for (const secret of secrets) {
      const forged = await new SignJWT({ email: EMAIL, email_verified: true })
        .setProtectedHeader({ alg: 'HS256', kid: 'one' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setExpirationTime('1h')
        .sign(Buffer.from(secret));
      expect(await relay()(forged)).toBe(
        'ERR_JOSE_ALG_NOT_ALLOWED: "alg" (Algorithm) Header Parameter value not allowed',
      );
    }
    expect(asked).toBe(0);
  });

  test('a key that the token brings along is not used', async () => {
    const jwk = await exportJWK(second.publicKey);
    const forged = await new SignJWT({
      iss: ISSUER,
      aud: AUDIENCE,
      exp: now() + 60,
      email: EMAIL,
      email_verified: true,
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'one', jwk, jku: 'https://evil.example/keys' })
      .sign(second.privateKey);
    expect(await relay()(forged)).toMatch(/^ERR_JWS_SIGNATURE_VERIFICATION_FAILED/);
  });
});

describe('keys', () => {
  /** What jose believes the time to be. */
  function later(milliseconds: number): void {
    const at = Date.now() + milliseconds;
    jest.spyOn(Date, 'now').mockReturnValue(at);
  }

  test('a new key is found, not sooner than half a minute after the last look', async () => {
    const call = relay();
    expect(await call(await token())).toBe('let through');
    await published(['one', first], ['two', second]);
    const rotated = await token({ kid: 'two', keys: second });
    expect(await call(rotated)).toMatch(/^ERR_JWKS_NO_MATCHING_KEY/);
    expect(asked).toBe(1);
    later(31_000);
    expect(await call(rotated)).toBe('let through');
    expect(asked).toBe(2);
  });

  test('a key that was taken back is forgotten', async () => {
    const call = relay();
    const old = await token();
    expect(await call(old)).toBe('let through');
    await published(['two', second]);
    later(11 * 60_000);
    expect(await call(old)).toMatch(/^ERR_JWKS_NO_MATCHING_KEY/);
  });

  test('names of keys that nobody has are not a way to have the issuer asked', async () => {
    const call = relay();
    await call(await token());
    for (let index = 0; index < 20; index++) await call(await token({ kid: `none-${index}` }));
    expect(asked).toBe(1);
  });

  test.each<[string, (response: http.ServerResponse) => void]>([
    ['fails', (response) => void response.writeHead(500).end('sorry')],
    ['says something else', (response) => void response.writeHead(200).end('<html>')],
    ['has no keys', (response) => void response.writeHead(200).end('{"nothing":[]}')],
    ['hangs up', (response) => response.destroy()],
    ['leads elsewhere', (response) => void response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end()],
    ['says too much', (response) => void response.writeHead(200).end(JSON.stringify({ keys: 'x'.repeat(300_000) }))],
  ])('an issuer that %s: the sender shall try again, it is not called a forger', async (_, how) => {
    answer = how;
    const call = relay();
    const good = await token();
    expect(await call(good)).toBe(`unreachable: The issuer’s keys cannot be read from ${keysUrl}.`);
  });

  test('an outage is looked at again after a moment, not with every call', async () => {
    answer = (response) => void response.writeHead(503).end();
    let at = new Date();
    const deps = createAuthDeps(fetch, () => at);
    const request = relayRequest({ headers: { authorization: `Bearer ${await token()}` } });
    const source = sourceOf('gar', { auth: config() });
    for (let round = 0; round < 5; round++) {
      await expect(authenticate(request, source, deps)).rejects.toMatchObject({ code: 'unreachable' });
    }
    expect(asked).toBe(1);
    await published(['one', first]);
    at = new Date(at.getTime() + 6_000);
    await expect(authenticate(request, source, deps)).resolves.toBeUndefined();
    expect(asked).toBe(2);
  });

  test('an issuer that is not there', async () => {
    const call = relay({ jwksUri: 'http://127.0.0.1:9/keys' });
    expect(await call(await token())).toMatch(/^unreachable: /);
  });

  test('known issuers’ keys are at their own address', async () => {
    const addresses: string[] = [];
    const fetcher = ((url: string) => {
      addresses.push(url);
      return Promise.reject(new Error('not now'));
    }) as typeof fetch;
    await relay({ jwksUri: undefined }, fetcher)(await token());
    const issuer = 'https://token.actions.githubusercontent.com';
    await relay({ jwksUri: undefined, issuer }, fetcher)(await token({ claims: { iss: issuer } }));
    expect(addresses).toEqual([
      'https://www.googleapis.com/oauth2/v3/certs',
      'https://token.actions.githubusercontent.com/.well-known/jwks',
    ]);
  });
});
