import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a user may do: actions by the start of a repository's name. */
type Rights = Readonly<Record<string, readonly string[]>>;

export interface TokenUser {
  readonly password: string;
  /** What docker login keeps in place of the password where the service gives such. */
  readonly identityToken?: string;
  readonly rights: Rights;
}

export interface TokenService {
  /** For the registry's configuration. */
  readonly settings: {
    readonly realm: string;
    readonly service: string;
    readonly issuer: string;
    readonly jwks: object;
  };
  /** The scopes that were asked for, and by whom; anonymous is the empty text. */
  readonly asked: readonly { readonly user: string; readonly scopes: readonly string[]; readonly method: string }[];
  /** From now on tokens are valid for so many seconds only. */
  lifetimeSeconds: number;
  close(): Promise<void>;
}

const base64url = (value: object | Buffer) =>
  (Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))).toString('base64url');

/**
 * Gives tokens to a registry's clients as the distribution project specifies it (docs/spec/auth/token, oauth): those who show a
 * wrong password get none, all others get one for what they may do of what they ask for, be that nothing.
 * @param anonymous what nobody may do.
 */
export async function startTokenService(
  users: Readonly<Record<string, TokenUser>>,
  anonymous: Rights = {},
): Promise<TokenService> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = publicKey.export({ format: 'jwk' });
  const kid = createHash('sha256').update(JSON.stringify(jwk)).digest('hex').slice(0, 16);
  const asked: { user: string; scopes: string[]; method: string }[] = [];
  const service = 'charts';
  const issuer = 'test-issuer';

  function tokenFor(subject: string, rights: Rights, scopes: readonly string[]): string {
    const access = scopes.flatMap((scope) => {
      const [type = '', name = '', wanted = ''] = scope.split(':');
      const granted = Object.entries(rights).flatMap(([prefix, actions]) => (name.startsWith(prefix) ? actions : []));
      const actions = wanted.split(',').filter((action) => granted.includes(action));
      return actions.length === 0 ? [] : [{ type, name, actions }];
    });
    const now = Math.floor(Date.now() / 1000);
    const header = base64url({ typ: 'JWT', alg: 'ES256', kid });
    const times = { iat: now, nbf: now - 5, exp: now + result.lifetimeSeconds };
    const payload = base64url({ iss: issuer, sub: subject, aud: service, jti: randomUUID(), access, ...times });
    const signature = sign('sha256', Buffer.from(`${header}.${payload}`), {
      key: privateKey,
      dsaEncoding: 'ieee-p1363',
    });
    return `${header}.${payload}.${base64url(signature)}`;
  }

  async function handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const scopes = request.method === 'POST' ? (form.get('scope') ?? '').split(' ') : url.searchParams.getAll('scope');
    const basic = /^Basic (.*)$/.exec(request.headers.authorization ?? '')?.[1];
    const [name = '', password = ''] = Buffer.from(basic ?? '', 'base64')
      .toString()
      .split(':');
    const found =
      request.method === 'POST'
        ? Object.entries(users).find(([, user]) => user.identityToken === form.get('refresh_token'))
        : Object.entries(users).find(([user, about]) => user === name && about.password === password);
    const isNobody = request.method === 'GET' && basic === undefined;
    if (found === undefined && !isNobody) {
      response.writeHead(401, { 'content-type': 'application/json' });
      return void response.end('{"errors":[{"code":"UNAUTHORIZED","message":"incorrect username or password"}]}');
    }
    asked.push({ user: found?.[0] ?? '', scopes, method: request.method ?? '' });
    const token = tokenFor(found?.[0] ?? '', found?.[1].rights ?? anonymous, scopes);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(request.method === 'POST' ? { access_token: token } : { token }));
  }

  const server = http.createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  const result: TokenService = {
    settings: { realm, service, issuer, jwks: { keys: [{ ...jwk, kid, use: 'sig', alg: 'ES256' }] } },
    asked,
    lifetimeSeconds: 300,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return result;
}
