import { HelmCdError } from '../../core/errors.js';
import type { RelayRequest, SourceConfig } from '../provider.js';
import { findProvider } from '../providers.js';
import type { AuthConfig, HmacScheme } from './auth-config.js';
import { checkToken, OidcKeys } from './oidc.js';
import { isOneOf, isSignature } from './secrets.js';

export interface AuthDeps {
  readonly now: () => Date;
  /** The keys of OpenID Connect issuers, as far as they were needed yet. */
  readonly keys: OidcKeys;
}

/** What `authenticate` needs besides the request: made once, for the issuers' keys are remembered in it. */
export function createAuthDeps(fetch: typeof globalThis.fetch, now: () => Date = () => new Date()): AuthDeps {
  return { now, keys: new OidcKeys(fetch, now) };
}

/** All that a forger is told. */
export const NOT_AUTHENTIC = 'The request is not authentic.';

const BEARER = /^bearer +/i;

function whyNotHeader(request: RelayRequest, header: string, good: (value: string) => boolean): string | undefined {
  const value = request.headers.get(header) ?? '';
  if (value === '') return `the header ${header} is missing`;
  return good(value) ? undefined : `the header ${header} is wrong`;
}

function whyNotSigned(
  request: RelayRequest,
  scheme: HmacScheme | undefined,
  secrets: readonly string[],
): string | undefined {
  if (scheme === undefined) return 'the provider does not sign';
  return whyNotHeader(request, scheme.header, (value) => isSignature(scheme, secrets, request.body, value));
}

function bearerToken(request: RelayRequest): string {
  const value = request.headers.get('authorization') ?? '';
  return BEARER.test(value) ? value.replace(BEARER, '') : '';
}

async function whyNot(request: RelayRequest, source: SourceConfig, deps: AuthDeps): Promise<string | undefined> {
  const auth: AuthConfig = source.auth;
  switch (auth.kind) {
    case 'none':
      return undefined;
    case 'hmac':
      return whyNotSigned(request, findProvider(source.provider)?.auth.hmac, auth.secrets);
    case 'path':
      return isOneOf(auth.secrets, request.path.slice(request.path.lastIndexOf('/') + 1))
        ? undefined
        : 'the last segment of the path is wrong';
    case 'header':
      return whyNotHeader(request, auth.header.toLowerCase(), (value) => isOneOf(auth.secrets, value));
    case 'bearer': {
      const token = bearerToken(request);
      if (token === '') return 'there is no bearer token';
      return isOneOf(auth.secrets, token) ? undefined : 'the bearer token is wrong';
    }
    case 'oidc': {
      const token = bearerToken(request);
      return token === '' ? 'there is no bearer token' : checkToken(token, auth, deps.keys, deps.now());
    }
  }
}

/**
 * Lets a request through that was sent by whom the source's configuration names.
 * @throws HelmCdError `unauthorized`, always with the same text; its `cause` is an Error that says precisely why, without
 *   any secret, for the log. `unreachable` when the issuer's keys cannot be had: the sender should try again.
 */
export async function authenticate(request: RelayRequest, source: SourceConfig, deps: AuthDeps): Promise<void> {
  const reason = await whyNot(request, source, deps);
  if (reason !== undefined) throw new HelmCdError('unauthorized', NOT_AUTHENTIC, { cause: new Error(reason) });
}
