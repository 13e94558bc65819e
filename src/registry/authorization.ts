import { HelmCdError } from '../core/errors.js';
import type { Masks } from '../core/ports.js';
import type { RegistryCredentials } from './credentials.js';
import { loginFailure, saidBy, type RegistryAnswer } from './failure.js';

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

export interface TokenRequest {
  /** The registry, for messages. */
  readonly host: string;
  readonly pushing: boolean;
  readonly masks: Masks;
  readonly send: (url: string, init: RequestInit) => Promise<RegistryAnswer>;
}

function jsonOf({ bytes }: RegistryAnswer): Readonly<Record<string, unknown>> {
  try {
    const data: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

/**
 * Gets a bearer token as the distribution specification's token service gives them: with a password or for nobody by GET,
 * with an identity token by POST (OAuth 2, grant_type refresh_token).
 * @param scopes `repository:acme/charts/shop:pull,push` each.
 * @throws HelmCdError `unauthorized` when it gives none: nobody logged in, a wrong login, or one that may not do that.
 */
export async function fetchToken(
  challenge: Challenge,
  scopes: readonly string[],
  credentials: RegistryCredentials | undefined,
  { host, pushing, masks, send }: TokenRequest,
): Promise<string> {
  const { realm = '', service = '' } = challenge.parameters;
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  const isLoopback = url !== undefined && /^(?:localhost|127\.|\[::1\])/.test(url.host);
  if (url === undefined || (url.protocol !== 'https:' && !isLoopback)) {
    throw new HelmCdError('unauthorized', `The registry wants a token from "${realm}", where no password may be sent.`);
  }
  let answer: RegistryAnswer;
  if (credentials !== undefined && 'identityToken' in credentials) {
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      service,
      scope: scopes.join(' '),
      client_id: 'helm-cd',
      refresh_token: credentials.identityToken,
    });
    answer = await send(url.href, { method: 'POST', body });
  } else {
    url.searchParams.set('service', service);
    url.searchParams.delete('scope');
    for (const scope of scopes) url.searchParams.append('scope', scope);
    const basic = basicAuthorization(credentials);
    answer = await send(url.href, { headers: basic === undefined ? {} : { authorization: basic } });
  }
  const ok = answer.status >= 200 && answer.status < 300;
  const { token, access_token: access } = ok ? jsonOf(answer) : {};
  const found = typeof token === 'string' && token !== '' ? token : access;
  if (typeof found !== 'string' || found === '') {
    const said = ok ? '' : saidBy(answer);
    const message = `${url.host} gives no token for ${scopes.join(' ')} (HTTP ${answer.status})${said === '' ? '.' : `: ${said}`}`;
    if (answer.status === 429 || answer.status >= 500) throw new HelmCdError('unreachable', message);
    const reason = credentials === undefined ? 'none' : answer.status === 403 ? 'permission' : 'wrong';
    throw loginFailure(message, reason, { host, pushing });
  }
  masks.add(found);
  return `Bearer ${found}`;
}
