/** What a call to the relay comes to: sent once, again, at once, twice, late, too much, and while something is down. */
import { generateKeyPairSync, createVerify, randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startRegistry, stopRegistry } from '../../../tools/registry.mjs';
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy.js';
import { startGitHubServer, type GitHubServer } from '../../support/github-server/index.js';
import { pushImage } from '../../support/images.js';
import { eventually, metricIn } from '../../support/relay.js';
import { call, type CallAnswer } from '../../support/relay-callers.js';
import { SECRET, startRelayHere, TOKEN, type RelayHere } from '../../support/relay-world.js';
import { temporaryFolder } from '../../support/services.js';
import { startTcpProxy } from '../../support/tcp-proxy.js';

const name = `calls-${randomUUID().slice(0, 8)}`;
const DISPATCH = 'repos/create-dispatch-event';
const [USER, PASSWORD] = ['robot', 'very-secret-1234'];
/** The password's bcrypt hash. */
const HTPASSWD = `${USER}:$2y$04$abcdefghijklmnopqrstuu5SZ/gkkoL.AfZ.12dPQqmxuCAnLaqQG\n`;

let registry: { readonly host: string };
let github: GitHubServer;
let image: string;
const relays: RelayHere[] = [];

async function start(
  config: Readonly<Record<string, unknown>> = {},
  env: Readonly<Record<string, string>> = {},
  api = github.apiUrl,
): Promise<RelayHere> {
  const relay = await startRelayHere(
    api,
    { routes: [{ images: [`${registry.host}/*`], repository: 'acme/charts' }], limits: { appear: '500ms' }, ...config },
    env,
  );
  relays.push(relay);
  return relay;
}

const headers = { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' };
const pushed = (relay: RelayHere, body: Readonly<Record<string, unknown>>): Promise<CallAnswer> =>
  call(`${relay.url}/ci`, { body: JSON.stringify(body), headers });
const outcomeOf = ({ status, body }: CallAnswer) => [status, (JSON.parse(body) as { outcome?: string }).outcome];
const digests = () =>
  github.dispatches.map(({ clientPayload }) => (clientPayload['image'] as { digest: string }).digest);

beforeAll(async () => {
  registry = await startRegistry({ name });
}, 60_000);
afterAll(() => stopRegistry({ name }));

beforeEach(async () => {
  github = await startGitHubServer({
    repositories: [
      { owner: 'acme', name: 'charts', files: { 'README.md': 'charts' } },
      { owner: 'acme', name: 'other', files: { 'README.md': 'charts' } },
    ],
    tokens: [TOKEN],
  });
  image = `${registry.host}/${randomUUID().slice(0, 8)}`;
});
afterEach(async () => {
  await Promise.all(relays.splice(0).map(({ server }) => server.stop(0)));
  await github.close();
});

const push = (tag: string, content = tag) =>
  pushImage(registry.host, image.slice(registry.host.length + 1), tag, [], { content });

describe('the same event again', () => {
  it('is sent once, whether it comes at once or later; a tag that goes back is news', async () => {
    const relay = await start();
    const first = await push('main', 'first');
    const burst = await Promise.all(Array.from({ length: 6 }, () => pushed(relay, { image: `${image}:main` })));
    expect(burst.map(({ status }) => status)).toEqual(burst.map(() => 200));
    expect(outcomeOf(await pushed(relay, { image: `${image}:main` }))).toEqual([200, 'duplicate']);
    expect(digests()).toEqual([first.digest]);

    const second = await push('main', 'second');
    expect(outcomeOf(await pushed(relay, { image: `${image}:main` }))).toEqual([200, 'dispatched']);
    await push('main', 'first');
    expect(outcomeOf(await pushed(relay, { image: `${image}:main` }))).toEqual([200, 'dispatched']);
    expect(digests()).toEqual([first.digest, second.digest, first.digest]);
  });

  it('at two relays is told at least once, and alike', async () => {
    const both = await Promise.all([start(), start()]);
    const { digest } = await push('1.0.0');
    const answers = await Promise.all(both.map((relay) => pushed(relay, { image: `${image}:1.0.0` })));
    expect(answers.map(outcomeOf)).toEqual([
      [200, 'dispatched'],
      [200, 'dispatched'],
    ]);
    expect(digests()).toEqual([digest, digest]);
  });

  it('is sent again to the repository that did not get it, and to no other', async () => {
    const routes = ['charts', 'other'].map((to) => ({ images: [`${registry.host}/*`], repository: `acme/${to}` }));
    const relay = await start({ routes, limits: { appear: '1ms' } });
    github.faults.add({ on: ({ path }) => path.includes('/other/'), kind: 'answer', when: 'before', status: 422 });
    await push('1.0.0');
    const failed = await pushed(relay, { image: `${image}:1.0.0` });
    expect(outcomeOf(failed)).toEqual([503, 'failed']);
    expect(failed.headers['retry-after']).toBe('5');
    expect(outcomeOf(await pushed(relay, { image: `${image}:1.0.0` }))).toEqual([200, 'dispatched']);
    expect(github.dispatches.map(({ repository }) => repository)).toEqual(['acme/charts', 'acme/other']);
  });
});

describe('the registry has the last word', () => {
  it('on the digest: another one in the event is said, not believed', async () => {
    const relay = await start();
    const index = await pushImage(registry.host, image.slice(registry.host.length + 1), '1.0.0', [
      'linux/amd64',
      'linux/arm64',
    ]);
    const part = index.platforms[1] ?? '';
    const other = `sha256:${'0'.repeat(64)}`;
    await pushed(relay, { image: `${image}:1.0.0@${part}` });
    expect(relay.lines.map(({ level }) => level)).toEqual(['info']);
    await pushed(relay, { image: `${image}:1.0.0@${other}` });
    expect(relay.lines.find(({ level }) => level === 'warning')).toMatchObject({
      message: 'the registry has another digest than the event says',
      image: `${image}:1.0.0@${index.digest}`,
      said: other,
    });
    expect(digests()).toEqual([index.digest]);
  });

  it('on whether there is such a tag, which may come a moment later', async () => {
    const relay = await start({ limits: { appear: '20s', deadline: '30s' } });
    const early = pushed(relay, { image: `${image}:1.0.0` });
    await push('1.0.0');
    expect(outcomeOf(await early)).toEqual([200, 'dispatched']);
    const hasty = await start({ limits: { appear: '100ms' } });
    expect(outcomeOf(await pushed(hasty, { image: `${image}:9.9.9` }))).toEqual([200, 'gone']);
    expect(digests()).toHaveLength(1);
  });

  it('and while it does not answer, nothing is sent and the sender is asked to come again', async () => {
    const proxy = await startTcpProxy(Number(registry.host.split(':')[1]));
    const host = `127.0.0.1:${proxy.port}`;
    try {
      const relay = await start({
        routes: [{ images: [`${host}/*`], repository: 'acme/charts' }],
        limits: { appear: '1ms', deadline: '1s' },
      });
      await push('1.0.0');
      proxy.cut();
      const through = image.replace(registry.host, host);
      expect(outcomeOf(await pushed(relay, { image: `${through}:1.0.0` }))[0]).toBe(503);
      proxy.heal();
      await eventually(
        async () => (await pushed(relay, { image: `${through}:1.0.0` })).status === 200,
        'the registry is back',
      );
      expect(digests()).toHaveLength(1);
    } finally {
      await proxy.close();
    }
  });

  it('and one that never answers holds up no other', async () => {
    const sockets = new Set<net.Socket>();
    const silent = net.createServer((socket) => void sockets.add(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const host = `127.0.0.1:${(silent.address() as net.AddressInfo).port}`;
    try {
      const relay = await start({
        routes: [{ images: [`${registry.host}/*`, `${host}/*`], repository: 'acme/charts' }],
        limits: { appear: '1ms', deadline: '10s' },
      });
      const { digest } = await push('1.0.0');
      const stuck = Array.from({ length: 40 }, (_, n) => pushed(relay, { image: `${host}/api:1.0.${n}` }));
      await eventually(() => sockets.size >= 16, 'the silent one is asked');
      expect(outcomeOf(await pushed(relay, { image: `${image}:1.0.0` }))).toEqual([200, 'dispatched']);
      expect(digests()).toEqual([digest]);
      await relay.server.stop(0);
      for (const socket of sockets) socket.destroy();
      await Promise.all(stuck);
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });

  it('with a login where it wants one', async () => {
    const own = `${name}-login`;
    const locked = await startRegistry({ name: own, htpasswd: HTPASSWD });
    const folder = await temporaryFolder();
    try {
      const authorization = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
      const { digest } = await pushImage(locked.host, 'api', '1.0.0', [], { headers: { authorization } });
      const config = {
        routes: [{ images: [`${locked.host}/*`], repository: 'acme/charts' }],
        limits: { appear: '1ms', deadline: '5s' },
      };
      const anonymous = await start(config);
      expect(outcomeOf(await pushed(anonymous, { image: `${locked.host}/api:1.0.0` }))).toEqual([503, 'failed']);
      expect(anonymous.lines.at(-1)).toMatchObject({ level: 'error', reasons: [expect.stringMatching(/HTTP 401/)] });
      const registries = { [locked.host]: { username: USER, 'password-env': 'PASSWORD' } };
      const known = await start({ ...config, registries }, { PASSWORD });
      expect(outcomeOf(await pushed(known, { image: `${locked.host}/api:1.0.0` }))).toEqual([200, 'dispatched']);
      const auth = Buffer.from(`${USER}:${PASSWORD}`).toString('base64');
      await writeFile(path.join(folder, 'config.json'), JSON.stringify({ auths: { [locked.host]: { auth } } }));
      const docker = await start(config, { DOCKER_CONFIG: folder });
      expect(outcomeOf(await pushed(docker, { image: `${locked.host}/api:1.0.0` }))).toEqual([200, 'dispatched']);
      expect(digests()).toEqual([digest, digest]);
      expect(known.text() + anonymous.text() + docker.text()).not.toContain(PASSWORD);
    } finally {
      await stopRegistry({ name: own });
      await rm(folder, { recursive: true });
    }
  });
});

describe('GitHub', () => {
  it('that asks for patience is left alone until then, whoever calls', async () => {
    github.faults.add({ on: DISPATCH, kind: 'secondary-limit', status: 403, retryAfter: 90 });
    const relay = await start();
    await Promise.all([push('1.0.0'), push('2.0.0')]);
    const limited = await pushed(relay, { image: `${image}:1.0.0` });
    expect(outcomeOf(limited)).toEqual([503, 'failed']);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(30);
    const next = await pushed(relay, { image: `${image}:2.0.0` });
    expect(outcomeOf(next)).toEqual([503, 'failed']);
    expect(relay.lines.at(-1)).toMatchObject({ reasons: [expect.stringMatching(/^GitHub limits requests until /)] });
    expect(github.count(DISPATCH)).toBe(1);
  });

  it('that refuses the token makes the sender come again, with the reason in the log', async () => {
    const relay = await start({}, { TOKEN: 'ghs_some_other_token' });
    await push('1.0.0');
    expect(outcomeOf(await pushed(relay, { image: `${image}:1.0.0` }))).toEqual([503, 'failed']);
    expect(relay.lines.at(-1)).toMatchObject({ level: 'error', reasons: [expect.stringMatching(/contents: write/)] });
    expect(relay.text()).not.toContain('ghs_some_other_token');
    expect(metricIn(await relay.metrics(), 'helm_cd_relay_dispatches_total', { outcome: 'failed' })).toBe(1);
  });

  it('gives an App a token, which is kept, and taken anew when it is refused', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const asked: string[] = [];
    const isApp = (authorization = '') => {
      const [head = '', body = '', signature = ''] = authorization.replace(/^Bearer /, '').split('.');
      const { iss } = JSON.parse(Buffer.from(body, 'base64url').toString()) as { iss?: string };
      const good = createVerify('RSA-SHA256').update(`${head}.${body}`).verify(publicKey, signature, 'base64url');
      return good && iss === 'Iv1.app';
    };
    const answer = (status: number, body: unknown) => {
      const bytes = Buffer.from(JSON.stringify(body));
      return { answer: { status, headers: { 'content-type': 'application/json' }, body: bytes } };
    };
    const proxy: FaultProxy = await startFaultProxy(github.url, ({ method, path, headers: sent }, moment) => {
      const own = path.replace('/api/v3', '');
      if (moment === 'after' || (!own.startsWith('/app/') && !own.endsWith('/installation'))) return undefined;
      asked.push(`${method} ${own}`);
      if (!isApp(sent.authorization)) return answer(401, { message: 'A JSON web token could not be decoded' });
      if (own.endsWith('/installation')) return answer(200, { id: 77 });
      return answer(201, { token: TOKEN, expires_at: new Date(Date.now() + 3_600_000).toISOString() });
    });
    try {
      const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().replaceAll('\n', '\\n');
      const apiUrl = `${proxy.url}/api/v3`;
      const relay = await start(
        { github: { 'api-url': apiUrl, app: { id: 'Iv1.app', 'private-key-env': 'APP_KEY' } } },
        { APP_KEY: key },
      );
      await Promise.all(['1.0.0', '2.0.0', '3.0.0'].map((tag) => push(tag)));
      expect(outcomeOf(await pushed(relay, { image: `${image}:1.0.0` }))).toEqual([200, 'dispatched']);
      expect(outcomeOf(await pushed(relay, { image: `${image}:2.0.0` }))).toEqual([200, 'dispatched']);
      const both = ['GET /repos/acme/charts/installation', 'POST /app/installations/77/access_tokens'];
      expect(asked).toEqual(both);
      github.faults.add({
        on: DISPATCH,
        kind: 'answer',
        when: 'before',
        status: 401,
        body: { message: 'Bad credentials' },
      });
      expect(outcomeOf(await pushed(relay, { image: `${image}:3.0.0` }))).toEqual([503, 'failed']);
      expect(outcomeOf(await pushed(relay, { image: `${image}:3.0.0` }))).toEqual([200, 'dispatched']);
      expect(asked).toEqual([...both, ...both]);
      expect(relay.text()).not.toContain(TOKEN);
    } finally {
      await proxy.close();
    }
  });
});

describe('the server', () => {
  it('answers what is no event by itself', async () => {
    const relay = await start();
    const ask = async (path: string, options: Parameters<typeof call>[1]) => {
      const { status, headers: answered } = await call(`${relay.url}${path}`, options);
      return [status, answered['allow']];
    };
    expect(await ask('/else', { headers })).toEqual([404, undefined]);
    expect(await ask('/ci/else', { headers })).toEqual([404, undefined]);
    expect(await ask('/ci', { method: 'GET', headers })).toEqual([405, 'POST']);
    expect(await ask('/healthz', { method: 'GET' })).toEqual([200, undefined]);
    expect(await ask('/readyz', { method: 'GET' })).toEqual([200, undefined]);
    expect(await ask('/metrics', { method: 'POST' })).toEqual([405, 'GET, HEAD']);
    expect(await ask('/ci', { headers: { ...headers, 'content-encoding': 'gzip' }, body: 'x' })).toEqual([
      415,
      undefined,
    ]);
    expect(await ask('/ci', { headers, body: '{"image":1}' })).toEqual([400, undefined]);
    expect(await ask('/ci', { body: '{}' })).toEqual([401, undefined]);
    expect(await ask('/ci', { headers, body: Buffer.alloc(1024 * 1024 + 1) })).toEqual([413, undefined]);
    const chunked = { ...headers, 'transfer-encoding': 'chunked' };
    expect(await ask('/ci', { headers: chunked, body: Buffer.alloc(1024 * 1024 + 1) })).toEqual([413, undefined]);
    const metrics = (await call(`${relay.url}/metrics`, { method: 'GET' })).body;
    expect(metricIn(metrics, 'helm_cd_relay_requests_total', { outcome: 'unknown-path' })).toBe(2);
    expect(github.requests).toEqual([]);
  });

  it('shows health and metrics at a second address only, when there is one', async () => {
    const relay = await start({ admin: { port: 0 } });
    const admin = `http://127.0.0.1:${relay.server.adminAddress.port}`;
    expect((await call(`${admin}/metrics`, { method: 'GET' })).body).toContain('helm_cd_relay_requests_total');
    expect((await call(`${admin}/ci`, { headers })).status).toBe(404);
    expect((await call(`${relay.url}/metrics`, { method: 'GET' })).status).toBe(404);
  });

  it('takes on no more than it is told to, and finishes what it took before it ends', async () => {
    const held = holdDispatch();
    const relay = await start({ limits: { 'concurrent-requests': 1, appear: '1ms' } });
    await Promise.all([push('1.0.0'), push('2.0.0')]);
    const first = pushed(relay, { image: `${image}:1.0.0` });
    await held.asked;
    const second = await pushed(relay, { image: `${image}:2.0.0` });
    expect([second.status, second.headers['retry-after']]).toEqual([503, '1']);
    const stopped = relay.server.stop(30_000);
    expect((await pushed(relay, { image: `${image}:2.0.0` })).status).toBe(0);
    held.release();
    expect(outcomeOf(await first)).toEqual([200, 'dispatched']);
    expect(await stopped).toBe(true);
  });

  it('answers by its deadline; the work goes on, and is done when the sender comes again', async () => {
    const held = holdDispatch();
    const relay = await start({ limits: { appear: '1ms' } });
    await push('1.0.0');
    const body = Buffer.from(JSON.stringify({ image: `${image}:1.0.0` }));
    const late = await relay.relay.handle({
      ...{ method: 'POST', path: '/ci', query: new URLSearchParams(), headers: new Map(Object.entries(headers)) },
      body: () => Promise.resolve(body),
      deadlineMs: 200,
    });
    expect([late.status, (JSON.parse(late.body) as { outcome: string }).outcome]).toEqual([503, 'deadline']);
    held.release();
    expect(outcomeOf(await pushed(relay, { image: `${image}:1.0.0` }))).toEqual([200, 'duplicate']);
    expect(digests()).toHaveLength(1);
  });
});

/** GitHub takes its time with the next event. */
function holdDispatch(): { readonly asked: Promise<void>; release(): void } {
  let release: () => void = () => undefined;
  let isAsked: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const asked = new Promise<void>((resolve) => (isAsked = resolve));
  const run = () => {
    isAsked();
    return released;
  };
  github.faults.add({ on: DISPATCH, kind: 'hook', when: 'before', run });
  return { asked, release: () => release() };
}
