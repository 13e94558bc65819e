import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTPayload } from 'jose';
import { HelmCdError } from '../../core/errors.js';
import type { AuthConfig } from './auth-config.js';

export type OidcConfig = Extract<AuthConfig, { kind: 'oidc' }>;
type Fetch = typeof fetch;
type KeySet = ReturnType<typeof createRemoteJWKSet>;

/** Where the keys of issuers are that everybody uses. */
const KNOWN_KEYS: Readonly<Record<string, string>> = {
  'https://accounts.google.com': 'https://www.googleapis.com/oauth2/v3/certs',
  'https://token.actions.githubusercontent.com': 'https://token.actions.githubusercontent.com/.well-known/jwks',
};

/** By public keys only: with a secret's algorithm the public key, which everybody has, would be the secret. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const LONGEST_TOKEN = 16_384;
const TOLERANCE_S = 60;
const KEYS_TIMEOUT_MS = 5_000;
/** Keys are asked for again when they are this old, */
const KEYS_AGE_MS = 10 * 60_000;
/** when a token names another key, but not sooner than this after the last time, */
const COOLDOWN_MS = 30_000;
/** and not sooner than this after they could not be had. */
const OUTAGE_COOLDOWN_MS = 5_000;
const MOST_KEYS_BYTES = 256 * 1024;

/** The address of an issuer's keys; nothing when it is neither known nor configured. */
export function keysAddress({ issuer, jwksUri }: OidcConfig): string | undefined {
  return jwksUri ?? (Object.hasOwn(KNOWN_KEYS, issuer) ? KNOWN_KEYS[issuer] : undefined);
}

function unreachable(uri: string, cause: unknown): HelmCdError {
  return new HelmCdError('unreachable', `The issuer’s keys cannot be read from ${uri}.`, { cause });
}

/** Reads keys, remembering for a moment that it failed: forged tokens shall not become requests to the issuer. */
function fetchKeys(uri: string, fetch: Fetch, now: () => Date): Fetch {
  let failed: { readonly at: number; readonly error: HelmCdError } | undefined;
  return async (_, options) => {
    if (failed !== undefined && now().getTime() - failed.at < OUTAGE_COOLDOWN_MS) throw failed.error;
    try {
      const answer = await fetch(uri, { ...options, redirect: 'error' });
      if (answer.status !== 200) throw new Error(`status ${answer.status}`);
      const text = await answer.text();
      if (text.length > MOST_KEYS_BYTES) throw new Error('more than 256 KiB');
      const keys: unknown = JSON.parse(text);
      failed = undefined;
      return Response.json(keys);
    } catch (cause) {
      failed = { at: now().getTime(), error: unreachable(uri, cause) };
      throw failed.error;
    }
  };
}

/** The key sets of all issuers, each fetched when it is first needed. */
export class OidcKeys {
  private readonly sets = new Map<string, KeySet>();
  private readonly fetch: Fetch;
  private readonly now: () => Date;

  constructor(fetch: Fetch, now: () => Date) {
    this.fetch = fetch;
    this.now = now;
  }

  of(uri: string): KeySet {
    const known = this.sets.get(uri);
    if (known !== undefined) return known;
    const set = createRemoteJWKSet(new URL(uri), {
      timeoutDuration: KEYS_TIMEOUT_MS,
      cacheMaxAge: KEYS_AGE_MS,
      cooldownDuration: COOLDOWN_MS,
      [customFetch]: fetchKeys(uri, this.fetch, this.now),
    });
    this.sets.set(uri, set);
    return set;
  }
}

/** Why the claims are not the configured ones; nothing when they are. Values of the token are not repeated. */
function wrongClaim(claims: JWTPayload, { email, claims: wanted = {} }: OidcConfig): string | undefined {
  if (email !== undefined && claims['email'] !== email) return 'the claim email is another';
  if (email !== undefined && claims['email_verified'] !== true) return 'the claim email is not verified';
  const wrong = Object.entries(wanted).find(
    ([name, value]) => !Object.hasOwn(claims, name) || claims[name] !== value,
  )?.[0];
  return wrong === undefined ? undefined : `the claim ${wrong} is another`;
}

/**
 * Checks a token of OpenID Connect: signature, issuer, audience, times, and the configured claims, all exactly.
 * @returns why the token is not good; nothing when it is.
 * @throws HelmCdError `unreachable` when the issuer's keys cannot be had.
 */
export async function checkToken(
  token: string,
  config: OidcConfig,
  keys: OidcKeys,
  now: Date,
): Promise<string | undefined> {
  if (token.length > LONGEST_TOKEN) return 'the token is too long';
  const uri = keysAddress(config);
  if (uri === undefined) return 'the address of the issuer’s keys is not known';
  try {
    const { payload } = await jwtVerify(token, keys.of(uri), {
      algorithms: ALGORITHMS,
      issuer: config.issuer,
      audience: config.audience,
      requiredClaims: ['exp'],
      clockTolerance: TOLERANCE_S,
      currentDate: now,
    });
    return wrongClaim(payload, config);
  } catch (error) {
    if (error instanceof HelmCdError) throw error;
    if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) throw unreachable(uri, error);
    if (error instanceof errors.JOSEError) return `${error.code}: ${error.message}`;
    throw error;
  }
}
