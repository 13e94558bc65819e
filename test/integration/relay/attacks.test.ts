/** The relay as an attacker would use it, with and without a secret: whom it connects to, what it logs, what it takes for a request. */
import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { changed, type Json, recorded } from '../../support/relay-request.js';
import { SECRET, startRelayHere, type RelayHere } from '../../support/relay-world.js';

const GHCR = 'secret-of-ghcr-0123456789';
const HUB = 'secret-of-hub-0123456789';
const REGISTRY = 'secret-of-registry-0123456789';
const JFROG = 'secret-of-jfrog-0123456789';

/** Answers nothing but 404 and remembers who asked. */
interface Listener {
  readonly host: string;
  readonly asked: string[];
  readonly server: http.Server;
}

async function listener(): Promise<Listener> {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[]}');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked, server };
}

let wanted: Listener;
let other: Listener;
let here: RelayHere;

beforeAll(async () => {
  wanted = await listener();
  other = await listener();
  const env = { GHCR, HUB, REGISTRY, JFROG };
  here = await startRelayHere(
    `http://${other.host}/api/v3`,
    {
      sources: {
        ci: { provider: 'generic', auth: { bearer: { 'secret-env': 'SECRET' } } },
        ghcr: { provider: 'ghcr', auth: { hmac: { 'secret-env': 'GHCR' } } },
        hub: { provider: 'dockerhub', auth: { path: { 'secret-env': 'HUB' } } },
        registry: { provider: 'distribution', auth: { header: { 'secret-env': 'REGISTRY' } } },
        jfrog: { provider: 'jfrog', auth: { hmac: { 'secret-env': 'JFROG' } } },
        google: {
          provider: 'gar',
          auth: {
            oidc: {
              issuer: 'https://accounts.google.com',
              audience: 'relay',
              email: 'push@acme.example',
              'jwks-uri': `http://${other.host}/keys`,
            },
          },
        },
      },
      routes: [{ images: [`${wanted.host}/acme/*`], tags: '*', repository: 'acme/charts' }],
      limits: { appear: '0' },
    },
    env,
  );
});

afterAll(async () => {
  await here.server.stop(5000);
  for (const { server } of [wanted, other]) {
    server.closeAllConnections();
    server.close();
  }
});

beforeEach(() => {
  wanted.asked.length = 0;
  other.asked.length = 0;
});

async function post(
  path: string,
  body: Json,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(`${here.url}${path}`, {
    method: 'POST',
    body: text,
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: answer.status, text: await answer.text() };
}

const bearer = { authorization: `Bearer ${SECRET}` };
const generic = (image: string): ReturnType<typeof post> => post('/ci', { image }, bearer);
const hmac = (secret: string, body: Json): string =>
  createHmac('sha256', secret).update(JSON.stringify(body)).digest('hex');

/** Sends bytes as they are and returns what comes back. */
async function raw(text: string): Promise<string> {
  const socket = net.connect(here.server.address.port, '127.0.0.1');
  let got = '';
  socket.on('data', (chunk: Buffer) => (got += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => void socket.on('close', () => resolve()));
  socket.end(text);
  await closed;
  return got;
}

const statuses = (text: string): string[] =>
  [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status ?? '');

describe('whom it connects to', () => {
  it('the registry of a route, when such an image is told', async () => {
    const { text } = await generic(`${wanted.host}/acme/api:1.2.3`);
    expect(JSON.parse(text)).toMatchObject({ images: [expect.objectContaining({})] });
    expect(wanted.asked.length).toBeGreaterThan(0);
    expect(other.asked).toEqual([]);
  });

  it('nobody whom an event names', async () => {
    const names = [
      `${other.host}/acme/api:1`,
      `${other.host}/${wanted.host.replace(':', '-')}/acme/api:1`,
      `localhost:${other.host.split(':')[1] ?? ''}/acme/api:1`,
      `${wanted.host}0/acme/api:1`,
      `${wanted.host}.evil.example/acme/api:1`,
      `${wanted.host}@${other.host}/acme/api:1`,
      `${wanted.host}/other/api:1`,
      `${wanted.host}/acme/api/deeper:1`,
      `${wanted.host}/acme/../other/api:1`,
      `http://${other.host}/acme/api:1`,
      'acme/api:1',
      '169.254.169.254/latest/meta-data:1',
    ];
    for (const name of names) {
      const { status, text } = await generic(name);
      expect([name, status === 400 || text.includes('not-routed')]).toEqual([name, true]);
    }
    const ghcr = changed(
      recorded('ghcr').body,
      '/registry_package/package_version/package_url',
      `${other.host}/acme/api:1`,
    );
    const signed = { 'x-github-event': 'registry_package', 'x-hub-signature-256': `sha256=${hmac(GHCR, ghcr)}` };
    expect((await post('/ghcr', ghcr, signed)).text).toContain('not-routed');
    const jfrog = changed(recorded('jfrog').body, '/jpd_origin', `http://${other.host}`);
    expect((await post('/jfrog', jfrog, { 'x-jfrog-event-auth': hmac(JFROG, jfrog) })).text).toContain('not-routed');
    const distribution = changed(recorded('distribution').body, '/events/3/request/host', other.host);
    expect((await post('/registry', distribution, { authorization: REGISTRY })).text).toContain('not-routed');
    const hub = changed(recorded('dockerhub').body, '/callback_url', `http://${other.host}/callback`);
    expect((await post(`/hub/${HUB}`, hub)).text).toContain('not-routed');
    expect([wanted.asked, other.asked]).toEqual([[], []]);
  });
});

describe('what it logs', () => {
  it('one line of JSON for each call, whatever is in it, and no secret', async () => {
    const before = here.lines.length;
    const nasty = 'x"}\n{"level":"error","message":"forged"}\u001b[2J\u2028::error::';
    const calls = [
      () => generic(nasty),
      () => post('/ci', { image: `${wanted.host}/acme/api`, tag: nasty }, bearer),
      () => post('/ci', { image: `${wanted.host}/acme/api:1` }, { authorization: `Bearer ${HUB}` }),
      () => post(`/hub/${HUB}x`, {}),
      () => post(`/${encodeURIComponent(nasty)}`, {}),
      () => post(`/hub/${HUB}`, 'no json'),
      () => post(`/hub/${HUB}`, recorded('dockerhub').body, { 'x-github-delivery': 'a b"c' }),
      () =>
        post('/ghcr', {}, { 'x-github-event': 'x'.repeat(5000), 'x-hub-signature-256': `sha256=${hmac(GHCR, {})}` }),
    ];
    for (const call of calls) await call();
    const lines = here.lines.slice(before);
    expect(lines.length).toBe(calls.length);
    for (const line of lines) {
      const text = JSON.stringify(line);
      expect(text.length).toBeLessThan(2000);
      expect(text).not.toMatch(/\\u001b|\\n|\u2028/);
    }
    for (const secret of [SECRET, GHCR, HUB, REGISTRY, JFROG]) expect(here.text()).not.toContain(secret);
    expect(here.lines.some((line) => (line as { message?: string }).message === 'forged')).toBe(false);
  });

  it('tells a forger nothing but that he is one', async () => {
    const answers = await Promise.all([
      post('/ci', {}),
      post('/ci', {}, { authorization: 'Bearer wrong' }),
      post('/ghcr', {}, { 'x-hub-signature-256': 'sha256=00' }),
      post('/hub/wrong', {}),
      post('/registry', {}, { authorization: `Bearer ${REGISTRY}` }),
    ]);
    for (const { status, text } of answers) {
      expect([status, (JSON.parse(text) as { error: string }).error]).toEqual([401, 'The request is not authentic.']);
    }
  });
});

describe('forged tokens', () => {
  const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url');
  const claims = { iss: 'https://accounts.google.com', aud: 'relay', exp: 4_000_000_000, email: 'push@acme.example' };
  const forged = (head: object): Record<string, string> => ({
    authorization: `Bearer ${part(head)}.${part({ ...claims, email_verified: true })}.${'A'.repeat(342)}`,
  });

  it('do not each have the issuer asked for its keys; while it has none, nobody is called a forger', async () => {
    for (let round = 0; round < 10; round++) {
      const { status, text } = await post('/google', {}, forged({ alg: 'RS256', kid: `key-${round}` }));
      expect([status, text]).toEqual([503, expect.stringContaining('cannot be told now')]);
    }
    // Once in five seconds.
    expect(other.asked.length).toBeLessThan(10);
    expect(new Set(other.asked)).toEqual(new Set(['GET /keys']));
  });

  it('without a signature, or with a secret for a key, are refused unasked', async () => {
    for (const alg of ['none', 'HS256', 'nOnE', '']) {
      expect((await post('/google', {}, forged({ alg, kid: 'key', jku: `http://${other.host}/keys` }))).status).toBe(
        401,
      );
    }
    expect(other.asked).toEqual([]);
  });
});

describe('what it takes for a request', () => {
  const head = `POST /ci HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer ${SECRET}\r\n`;
  const smuggled = `POST /ci HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer ${SECRET}\r\nContent-Length: 2\r\n\r\n{}`;

  it.each([
    ['two lengths', `${head}Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}${smuggled}`],
    ['a length and chunks', `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['chunks in other words', `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`],
    [
      'a folded header',
      `${head}X-A: b\r\n Content-Length: 2\r\nContent-Length: 0\r\nTransfer-Encoding:\r\n chunked\r\n\r\n${smuggled}`,
    ],
    ['a length with a sign', `${head}Content-Length: +2\r\n\r\n{}${smuggled}`],
    ['a bare line end in a header', `${head}X-A: b\nContent-Length: 2\n\n{}${smuggled}`],
  ])('%s: the connection ends, and what comes after it is not read', async (_, text) => {
    // Without an answer where the head was good and the rest is not.
    expect([[], ['400']]).toContainEqual(statuses(await raw(text)));
  });

  it('the first of two Authorization headers, and no mixture of them', async () => {
    const twice = (one: string, two: string): Promise<string> =>
      raw(
        `POST /ci HTTP/1.1\r\nHost: relay\r\nConnection: close\r\nAuthorization: Bearer ${one}\r\nAuthorization: Bearer ${two}\r\nContent-Length: 2\r\n\r\n{}`,
      );
    expect(statuses(await twice('wrong', SECRET))).toEqual(['401']);
    expect(statuses(await twice(SECRET, 'wrong'))).toEqual(['400']);
  });

  it('a path as it is written: no dots, no escapes, no other server’s', async () => {
    for (const path of ['/x/../ci', '/%63i', '//ci', '/ci/', '/CI', '/ci;x', `http://evil.example/ci`]) {
      const text = `POST ${path} HTTP/1.1\r\nHost: relay\r\nConnection: close\r\nAuthorization: Bearer ${SECRET}\r\nContent-Length: 2\r\n\r\n{}`;
      expect([path, ...statuses(await raw(text))]).toEqual([path, '404']);
    }
  });

  it('names that objects have by themselves are tags like any other', async () => {
    for (const tag of ['__proto__', 'constructor', 'toString']) {
      expect((await generic(`${wanted.host}/acme/api:${tag}`)).status).toBeLessThan(500);
    }
    for (const path of ['/__proto__', '/constructor', '/toString']) expect((await post(path, {})).status).toBe(404);
  });
});
