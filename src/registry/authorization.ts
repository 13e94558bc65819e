import { HelmCdError } from '../core/errors.js';
import type { Masks } from '../core/ports.js';
import type { RegistryCredentials } from './credentials.js';

/** What a registry wants of who is not authorized: RFC 9110 §11.6.1. */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Reads a WWW-Authenticate header, of which registries send one challenge. */
export function parseChallenge(header: string): Challenge | undefined {
  const match = /^\s*([A-Za-z]+)\s*(.*)$/s.exec(header);
  if (match === null) return undefined;
  const parameters: Record<string, string> = {};
  for (const [, name = '', quoted, bare] of (match[2] ?? '').matchAll(
    /([A-Za-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g,
  )) {
    parameters[name.toLowerCase()] = quoted === undefined ? (bare ?? '') : quoted.replace(/\\(.)/g, '$1');
  }
  return { scheme: (match[1] ?? '').toLowerCase(), parameters };
}

/** `Basic …`, or nothing for credentials that are no password. */
export function basicAuthorization(credentials: RegistryCredentials | undefined): string | undefined {
  if (credentials === undefined || !('password' in credentials)) return undefined;
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Gets a bearer token as the distribution specification's token service gives them.
 * @param scope `repository:acme/charts/shop:pull,push`.
 * @throws HelmCdError `unauthorized` when it gives none.
 */
export async function fetchToken(
  challenge: Challenge,
  scope: string,
  credentials: RegistryCredentials | undefined,
  masks: Masks,
  send: Fetch,
): Promise<string> {
  const { realm = '', service = '' } = challenge.parameters;
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  const isLoopback = url !== undefined && /^(?:localhost|127\.|\[::1\])/.test(url.host);
  if (url === undefined || (url.protocol !== 'https:' && !isLoopback)) {
    throw new HelmCdError('unauthorized', `The registry wants a token from "${realm}", where no password may be sent.`);
  }
  let response: Response;
  if (credentials !== undefined && 'identityToken' in credentials) {
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      service,
      scope,
      client_id: 'helm-cd',
      refresh_token: credentials.identityToken,
    });
    response = await send(url.href, { method: 'POST', body });
  } else {
    url.searchParams.set('service', service);
    url.searchParams.set('scope', scope);
    const basic = basicAuthorization(credentials);
    response = await send(url.href, { headers: basic === undefined ? {} : { authorization: basic } });
  }
  const data: unknown = response.ok ? await response.json().catch(() => ({})) : {};
  const { token, access_token: access } = data as { token?: unknown; access_token?: unknown };
  const found = typeof token === 'string' && token !== '' ? token : access;
  if (typeof found !== 'string' || found === '') {
    throw new HelmCdError('unauthorized', `${url.host} gives no token for ${scope} (HTTP ${response.status}).`, {
      hint:
        credentials === undefined
          ? 'Give the inputs "username" and "password", or log in with docker login or helm registry login.'
          : 'Check the user, the password, and what they may do there.',
    });
  }
  masks.add(found);
  return `Bearer ${found}`;
}
