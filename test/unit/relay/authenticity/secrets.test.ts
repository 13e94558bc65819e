/** Signatures, secrets in headers and paths: good, bad, missing, cut off, sent again elsewhere, replaced. */
import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HelmCdError } from '../../../../src/core/errors.js';
import type { AuthConfig } from '../../../../src/relay/authenticity/auth-config.js';
import { authenticate, createAuthDeps, NOT_AUTHENTIC } from '../../../../src/relay/authenticity/check.js';
import { relayRequest, type RequestParts, sourceOf } from '../../../support/relay-request.js';

const deps = createAuthDeps(() => Promise.reject(new Error('nobody is asked')));
const SECRET = 'first-secret-0123456789';
const NEXT = 'second-secret-0123456789';
const secrets = [SECRET];
const body = Buffer.from('{"image":"ghcr.io/acme/api:1.2.3"}');

/** Why a call is refused; nothing when it is let through. */
async function reasonOf(provider: string, auth: AuthConfig, parts: RequestParts): Promise<string | undefined> {
  try {
    await authenticate(relayRequest({ body, ...parts }), sourceOf(provider, { auth }), deps);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(HelmCdError);
    const { code, message, cause, hint } = error as HelmCdError;
    expect([code, message, hint]).toEqual(['unauthorized', NOT_AUTHENTIC, undefined]);
    const reason = (cause as Error).message;
    for (const secret of [SECRET, NEXT]) expect(reason).not.toContain(secret);
    return reason;
  }
}

const sign = (algorithm: string, secret: string, bytes: Uint8Array = body): string =>
  createHmac(algorithm, secret).update(bytes).digest('hex');

const SCHEMES = [
  ['ghcr', 'x-hub-signature-256', 'sha256', 'sha256='],
  ['generic', 'x-signature', 'sha256', 'sha256='],
  ['jfrog', 'x-jfrog-event-auth', 'sha256', ''],
  ['nexus', 'x-nexus-webhook-signature', 'sha1', ''],
] as const;

describe.each(SCHEMES)('%s signs in %s', (provider, header, algorithm, prefix) => {
  const auth: AuthConfig = { kind: 'hmac', secrets };
  const right = prefix + sign(algorithm, SECRET);
  const with_ = (value: string): RequestParts => ({ headers: { [header]: value } });

  test('good', async () => {
    expect(await reasonOf(provider, auth, with_(right))).toBeUndefined();
    expect(await reasonOf(provider, auth, with_(prefix + sign(algorithm, SECRET).toUpperCase()))).toBeUndefined();
  });

  test('missing', async () => {
    expect(await reasonOf(provider, auth, {})).toBe(`the header ${header} is missing`);
    expect(await reasonOf(provider, auth, with_(''))).toBe(`the header ${header} is missing`);
  });

  test.each([
    ['of another secret', prefix + sign(algorithm, NEXT)],
    ['of another body', prefix + sign(algorithm, SECRET, Buffer.from('{}'))],
    ['of another algorithm', prefix + sign(algorithm === 'sha1' ? 'sha256' : 'sha1', SECRET)],
    ['cut off', right.slice(0, -1)],
    ['the first byte alone', right.slice(0, prefix.length + 2)],
    ['longer', `${right}0`],
    ['without digits', `${prefix} `],
    ['another prefix', `sha512=${sign(algorithm, SECRET)}`],
    ['twice', `${right}, ${right}`],
    ['no hex', prefix + 'zz'.repeat(32)],
    ['the secret itself', SECRET],
    ['spaces', ` ${right} `],
  ])('%s', async (_, value) => {
    expect(await reasonOf(provider, auth, with_(value))).toBe(`the header ${header} is wrong`);
  });

  test('two secrets at once, while one is replaced', async () => {
    const both: AuthConfig = { kind: 'hmac', secrets: [SECRET, NEXT] };
    expect(await reasonOf(provider, both, with_(right))).toBeUndefined();
    expect(await reasonOf(provider, both, with_(prefix + sign(algorithm, NEXT)))).toBeUndefined();
    expect(await reasonOf(provider, both, with_(prefix + sign(algorithm, 'third-secret')))).toBeDefined();
  });

  test('a call to one source is no call to another', async () => {
    const other: AuthConfig = { kind: 'hmac', secrets: [NEXT] };
    expect(await reasonOf(provider, other, with_(right))).toBe(`the header ${header} is wrong`);
  });
});

test('a prefix is needed where the provider writes one', async () => {
  const headers = { 'x-hub-signature-256': sign('sha256', SECRET) };
  expect(await reasonOf('ghcr', { kind: 'hmac', secrets }, { headers })).toBe(
    'the header x-hub-signature-256 is wrong',
  );
});

test('whatever bytes are signed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array(), fc.uint8Array(), async (one, other) => {
      const headers = { 'x-signature': `sha256=${sign('sha256', SECRET, one)}` };
      const reason = await reasonOf('generic', { kind: 'hmac', secrets }, { headers, body: other });
      expect(reason === undefined).toBe(Buffer.from(one).equals(other));
    }),
  );
});

test('what does not sign is not let through by a signature', async () => {
  const headers = { 'x-signature': `sha256=${sign('sha256', SECRET)}` };
  expect(await reasonOf('quay', { kind: 'hmac', secrets }, { headers })).toBe('the provider does not sign');
});

describe('a secret at the end of the path', () => {
  const auth: AuthConfig = { kind: 'path', secrets: [SECRET, NEXT] };

  test.each([`/hub/${SECRET}`, `/hub/${NEXT}`, `/a/b/${SECRET}`])('good: %s', async (path) => {
    expect(await reasonOf('dockerhub', auth, { path })).toBeUndefined();
  });

  test.each([
    '/hub',
    '/hub/',
    '/',
    '',
    `/hub/${SECRET}/`,
    `/hub/${SECRET.slice(0, -1)}`,
    `/hub/${SECRET}x`,
    `/${SECRET}/hub`,
    `/hub/${SECRET.toUpperCase()}`,
    `/hub/%66irst-secret-0123456789`,
  ])('bad: %s', async (path) => {
    expect(await reasonOf('dockerhub', auth, { path })).toBe('the last segment of the path is wrong');
  });

  test('not in the query or a header', async () => {
    const request = { ...relayRequest({ path: '/hub' }), query: new URLSearchParams({ secret: SECRET }) };
    await expect(authenticate(request, sourceOf('dockerhub', { auth }), deps)).rejects.toThrow(NOT_AUTHENTIC);
    expect(await reasonOf('dockerhub', auth, { headers: { authorization: SECRET } })).toBeDefined();
  });
});

describe('a secret in a header', () => {
  const auth: AuthConfig = { kind: 'header', header: 'Authorization', secrets: [`Bearer ${SECRET}`, NEXT] };

  test.each([`Bearer ${SECRET}`, NEXT])('good: %s', async (authorization) => {
    expect(await reasonOf('harbor', auth, { headers: { authorization } })).toBeUndefined();
  });

  test.each([SECRET, `bearer ${SECRET}`, `Bearer ${SECRET}0`, `Bearer ${SECRET.slice(1)}`, `${NEXT}, ${NEXT}`])(
    'bad: %s',
    async (authorization) => {
      expect(await reasonOf('harbor', auth, { headers: { authorization } })).toBe('the header authorization is wrong');
    },
  );

  test('missing', async () => {
    expect(await reasonOf('harbor', auth, {})).toBe('the header authorization is missing');
  });

  test('GitLab’s own', async () => {
    const gitlab: AuthConfig = { kind: 'header', header: 'X-Gitlab-Token', secrets };
    expect(await reasonOf('gitlab', gitlab, { headers: { 'x-gitlab-token': SECRET } })).toBeUndefined();
    expect(await reasonOf('gitlab', gitlab, { headers: { 'x-gitlab-token': NEXT } })).toBeDefined();
  });
});

describe('a bearer token', () => {
  const auth: AuthConfig = { kind: 'bearer', secrets: [SECRET] };

  test.each([`Bearer ${SECRET}`, `bearer ${SECRET}`])('good: %s', async (authorization) => {
    expect(await reasonOf('ecr', auth, { headers: { authorization } })).toBeUndefined();
  });

  test.each([
    [SECRET, 'there is no bearer token'],
    [`Basic ${SECRET}`, 'there is no bearer token'],
    ['Bearer ', 'there is no bearer token'],
    [`Bearer ${NEXT}`, 'the bearer token is wrong'],
    [`Bearer ${SECRET.slice(0, 5)}`, 'the bearer token is wrong'],
    [`Bearer ${SECRET} ${SECRET}`, 'the bearer token is wrong'],
  ])('bad: %s', async (authorization, reason) => {
    expect(await reasonOf('ecr', auth, { headers: { authorization } })).toBe(reason);
  });
});

test('everyone may call where that was asked for', async () => {
  expect(await reasonOf('dockerhub', { kind: 'none' }, {})).toBeUndefined();
});

test('a source without a secret lets nobody through', async () => {
  for (const kind of ['hmac', 'path', 'bearer'] as const) {
    expect(await reasonOf('generic', { kind, secrets: [] }, { headers: { authorization: 'Bearer x' } })).toBeDefined();
  }
});
