import { mkdir, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { verifiedLine, type VerifyOptions } from '../../src/actions/bump-image-tag/verified-image.js';
import { verifyImages } from '../../src/actions/bump-image-tag/verify-images.js';
import { parsePushedImage } from '../../src/core/image-reference.js';
import type { Services } from '../../src/core/ports.js';
import { startRegistry, stopRegistry } from '../../tools/registry.mjs';
import { startFaultProxy, type FaultProxy, type Hook } from '../support/fault-proxy.js';
import { pushImage } from '../support/images.js';
import { createTestServices, type TestServices } from '../support/services.js';

jest.setTimeout(180_000);

const NAME = `verify-${process.pid}`;
const PRIVATE = `verify-private-${process.pid}`;
const [USER, PASSWORD] = ['robot', 'very-secret-1234'];
/** The password's bcrypt hash. */
const HTPASSWD = `${USER}:$2y$04$abcdefghijklmnopqrstuu5SZ/gkkoL.AfZ.12dPQqmxuCAnLaqQG\n`;
const BASIC = { authorization: `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}` };
const OTHER = `sha256:${'0'.repeat(64)}`;

let registry: Awaited<ReturnType<typeof startRegistry>>;
let protectedRegistry: Awaited<ReturnType<typeof startRegistry>>;
let services: TestServices;
const open: (() => Promise<void>)[] = [];

beforeAll(async () => {
  [registry, protectedRegistry] = await Promise.all([
    startRegistry({ name: NAME }),
    startRegistry({ name: PRIVATE, htpasswd: HTPASSWD }),
  ]);
});
afterAll(async () => {
  await Promise.all([stopRegistry({ name: NAME }), stopRegistry({ name: PRIVATE })]);
});
beforeEach(async () => {
  services = await createTestServices();
});
afterEach(async () => {
  for (const close of open.splice(0)) await close();
  await rm(services.workingDirectory, { recursive: true, force: true });
});

const verify = (references: readonly string[], options: Partial<VerifyOptions> = {}, own: Services = services) =>
  verifyImages(
    references.map((reference) => parsePushedImage(reference, 'images')),
    { username: '', password: '', timeoutMs: 0, ...options },
    own,
  );

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error,
  );
}

async function proxyWith(hook: Hook, target = registry.host): Promise<{ host: string; proxy: FaultProxy }> {
  const proxy = await startFaultProxy(`http://${target}`, hook);
  open.push(() => proxy.close());
  return { host: new URL(proxy.url).host, proxy };
}

describe('an image in its registry', () => {
  it('is found with the digest of its index and the platforms that it runs on', async () => {
    const platforms = ['linux/amd64', 'linux/arm64/v8'];
    const { digest } = await pushImage(registry.host, 'acme/api', '1.4.0', platforms, { attestation: true });
    const name = `${registry.host}/acme/api`;
    const [found] = await verify([`${name}:1.4.0`]);
    expect(found).toEqual({ image: { name, tag: '1.4.0', digest, lookedUp: true }, platforms });
    expect(found && verifiedLine(found)).toBe(
      `${name}:1.4.0 is in its registry: ${digest}, linux/amd64, linux/arm64/v8`,
    );
  });

  it('is found by itself, by tag, by digest, and by both', async () => {
    const { digest } = await pushImage(registry.host, 'acme/single', '1.0.0');
    const name = `${registry.host}/acme/single`;
    expect(await verify([`${name}:1.0.0`, `${name}@${digest}`, `${name}:1.0.0@${digest}`])).toEqual([
      { image: { name, tag: '1.0.0', digest, lookedUp: true }, platforms: [] },
      { image: { name, digest }, platforms: [] },
      { image: { name, tag: '1.0.0', digest }, platforms: [] },
    ]);
  });

  it('takes two requests with an index, one without', async () => {
    const { digest } = await pushImage(registry.host, 'acme/count', 'index', ['linux/amd64']);
    await pushImage(registry.host, 'acme/count', 'single');
    const { host, proxy } = await proxyWith(() => undefined);
    await verify([`${host}/acme/count:index`]);
    expect(proxy.seen.map(({ method, path: at }) => `${method} ${at}`)).toEqual([
      'HEAD /v2/acme/count/manifests/index',
      `GET /v2/acme/count/manifests/${digest}`,
    ]);
    await verify([`${host}/acme/count:single`]);
    expect(proxy.seen).toHaveLength(3);
  });

  it.each([
    ['has no HEAD', { status: 405, code: 'UNSUPPORTED' }],
    ['does not know HEAD', { status: 501, code: 'UNSUPPORTED' }],
    ['has no digest in its answer to HEAD', { status: 200, code: 'x' }],
    ['says that there is nothing', { status: 404, code: 'x' }],
  ])('is found where the registry %s', async (_, fault) => {
    const { digest } = await pushImage(registry.host, 'acme/headless', '1.0.0', ['linux/amd64']);
    const { host, proxy } = await proxyWith(({ method }, moment) =>
      moment === 'before' && method === 'HEAD' ? fault : undefined,
    );
    expect(await verify([`${host}/acme/headless:1.0.0`])).toMatchObject([
      { image: { digest }, platforms: ['linux/amd64'] },
    ]);
    expect(proxy.seen.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
  });

  it.each([
    ['too many requests', { status: 429, code: 'TOOMANYREQUESTS', headers: { 'retry-after': '0' } }],
    ['an internal error', { status: 503, code: 'UNAVAILABLE' }],
    ['a cut connection', 'cut' as const],
  ])('is found after %s', async (_, fault) => {
    const { digest } = await pushImage(registry.host, 'acme/shaky', '1.0.0');
    let count = 0;
    const { host } = await proxyWith((_request, moment) => (moment === 'before' && ++count <= 2 ? fault : undefined));
    expect(await verify([`${host}/acme/shaky:1.0.0`])).toMatchObject([{ image: { digest } }]);
  });

  it('may be shown later than its push has ended', async () => {
    await pushImage(registry.host, 'acme/late', '1.0.0', ['linux/amd64']);
    let count = 0;
    const { host } = await proxyWith((_request, moment) =>
      moment === 'before' && ++count <= 4 ? { status: 404, code: 'MANIFEST_UNKNOWN' } : undefined,
    );
    expect(await verify([`${host}/acme/late:1.0.0`], { timeoutMs: 20_000 })).toHaveLength(1);
    expect(services.log.lines).toEqual([
      expect.stringMatching(/acme\/late:1\.0\.0 is not in its registry yet; looking again for (20\.0|19\.\d) s\.$/),
    ]);
  });
});

describe('an image that is refused', () => {
  it.each([
    ['tag', ':9.9.9', 'tag 9.9.9'],
    ['digest', `@${OTHER}`, `manifest ${OTHER}`],
  ])('has no such %s', async (_, version, what) => {
    await pushImage(registry.host, 'acme/api', '1.4.0');
    const name = `${registry.host}/acme/api`;
    expect(await failure(verify([`${name}${version}`], { timeoutMs: 200 }))).toMatchObject({
      code: 'not-found',
      message: `The registry has no ${name} with the ${what}; it was looked for during 200 ms.`,
      hint: 'Bump after the push has ended. If the registry needs longer to show it, raise verify-timeout.',
    });
  });

  it('is not in the registry at all', async () => {
    expect(await failure(verify([`${registry.host}/acme/nothing:1.0.0`]))).toMatchObject({ code: 'not-found' });
  });

  it('has another digest than the one that was given', async () => {
    const { digest, platforms } = await pushImage(registry.host, 'acme/moved', '1.0.0', ['linux/amd64', 'linux/arm64']);
    const name = `${registry.host}/acme/moved`;
    expect(await failure(verify([`${name}:1.0.0@${OTHER}`]))).toMatchObject({
      code: 'conflict',
      message: `${name}:1.0.0 is ${digest} in its registry, not ${OTHER}.`,
      hint: 'The tag was pushed again meanwhile, or the digest is another image’s.',
    });
    expect(await failure(verify([`${name}:1.0.0@${platforms[1] ?? ''}`]))).toMatchObject({
      code: 'conflict',
      hint: `${platforms[1]} is only the image for linux/arm64: give the digest of the whole, or none.`,
    });
  });

  it('is not what its digest says', async () => {
    const { digest } = await pushImage(registry.host, 'acme/forged', '1.0.0');
    const { host } = await proxyWith(({ method }, moment) => {
      if (moment === 'after') return undefined;
      return method === 'HEAD' ? { status: 405, code: 'x' } : { status: 200, code: 'forged' };
    });
    expect(await failure(verify([`${host}/acme/forged@${digest}`]))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`manifest ${digest} has the digest sha256:`),
    });
  });

  it('is in a registry that does not answer', async () => {
    expect(await failure(verify(['127.0.0.1:9/acme/api:1.0.0']))).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('127.0.0.1:9 does not answer: '),
    });
  });
});

describe('a private image', () => {
  const reference = () => `${protectedRegistry.host}/acme/private:1.0.0`;

  beforeEach(async () => {
    await pushImage(protectedRegistry.host, 'acme/private', '1.0.0', ['linux/amd64'], { headers: BASIC });
  });

  it('is found with a password, and with what docker login has kept', async () => {
    expect(await verify([reference()], { username: USER, password: PASSWORD })).toHaveLength(1);
    const auth = BASIC.authorization.slice('Basic '.length);
    const folder = path.join(services.workingDirectory, 'docker');
    await mkdir(folder);
    await writeFile(
      path.join(folder, 'config.json'),
      JSON.stringify({ auths: { [protectedRegistry.host]: { auth } } }),
    );
    const environment = { ...services.environment, DOCKER_CONFIG: folder };
    expect(await verify([reference()], {}, { ...services, environment })).toHaveLength(1);
  });

  it.each([
    [
      'without a password',
      {},
      /^If it is private, log in before \(docker login 127.*\), or give registry-username and registry-password\. If it does not exist, some registries answer the same\.$/,
    ],
    [
      'with a wrong password',
      { username: USER, password: 'wrong' },
      /^Check the user and the password, and what they may read; or log in before/,
    ],
  ])('may not be read %s', async (_, options, hint) => {
    expect(await failure(verify([reference()], options))).toMatchObject({
      code: 'unauthorized',
      message: expect.stringMatching(/\/acme\/private may not be read: .*UNAUTHORIZED.*\(HTTP 401\)\.$/),
      hint: expect.stringMatching(hint),
    });
  });

  it('may not be read by everybody who is known (403)', async () => {
    const { host } = await proxyWith((_request, moment) =>
      moment === 'before' ? { status: 403, code: 'DENIED' } : undefined,
    );
    expect(await failure(verify([`${host}/acme/api:1.0.0`]))).toMatchObject({
      code: 'unauthorized',
      message: expect.stringMatching(/\/acme\/api may not be read: .*DENIED.*\(HTTP 403\)\.$/),
    });
  });

  describe('behind a token service', () => {
    /** A registry as the large ones are: tokens for everybody, but only for what they may read. */
    async function tokenRegistry(isPublic: boolean): Promise<{ host: string; asked: string[] }> {
      const asked: string[] = [];
      const issuer = http.createServer((request, response) => {
        const scope = new URL(request.url ?? '/', 'http://localhost').searchParams.get('scope') ?? '';
        const known = request.headers.authorization === BASIC.authorization;
        asked.push(`${request.headers.authorization === undefined ? 'anonymous' : 'known'} ${scope}`);
        if (!known && !isPublic) return void response.writeHead(403).end('{"errors":[{"code":"DENIED"}]}');
        response.end(JSON.stringify({ token: `token-for-${scope}` }));
      });
      await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
      open.push(() => new Promise((resolve) => issuer.close(() => resolve())));
      const challenge = `Bearer realm="http://127.0.0.1:${(issuer.address() as AddressInfo).port}/token",service="registry"`;
      const { host } = await proxyWith((request, moment) =>
        moment === 'after' || request.headers.authorization === 'Bearer token-for-repository:acme/api:pull'
          ? undefined
          : { status: 401, code: 'UNAUTHORIZED', headers: { 'www-authenticate': challenge } },
      );
      return { host, asked };
    }

    beforeEach(async () => {
      await pushImage(registry.host, 'acme/api', '1.4.0', ['linux/amd64']);
    });

    it('is found by everybody when it is public', async () => {
      const { host, asked } = await tokenRegistry(true);
      expect(await verify([`${host}/acme/api:1.4.0`])).toHaveLength(1);
      expect(asked).toEqual(['anonymous repository:acme/api:pull']);
    });

    it('is found with a password when it is private, and the token is a secret', async () => {
      const { host, asked } = await tokenRegistry(false);
      expect(await verify([`${host}/acme/api:1.4.0`], { username: USER, password: PASSWORD })).toHaveLength(1);
      expect(asked).toEqual(['known repository:acme/api:pull']);
      expect(services.masks.redact('token-for-repository:acme/api:pull')).toBe('***');
      expect(await failure(verify([`${host}/acme/api:1.4.0`]))).toMatchObject({
        code: 'unauthorized',
        message: expect.stringMatching(/\/acme\/api may not be read: 127.* gives no token for .* \(HTTP 403\)/),
      });
    });
  });
});
