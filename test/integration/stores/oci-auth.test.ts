/** Who may do what in a registry, with the distribution registry's own token authentication. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { promote } from '../../support/promote.js';
import { openStore } from '../../../src/stores/open-store.js';
import type { ChartStore, StoreAccess } from '../../../src/stores/store.js';
import { startRegistry, stopRegistry } from '../../../tools/registry.mjs';
import { startFaultProxy, type FaultProxy, type Hook } from '../../support/fault-proxy.js';
import { packedChart } from '../../support/packed-charts.js';
import { failure } from '../../support/promote.js';
import { createTestServices, type TestServices } from '../../support/services.js';
import { startTokenService, type TokenService } from '../../support/token-service.js';

jest.setTimeout(180_000);

const NAME = `oci-auth-${process.pid}`;
const OPTIONS = { verifyTimeoutMs: 5000 };
const WRITER = { username: 'writer', password: 'writer-secret-1' };
const READER = { username: 'reader', password: 'reader-secret-1' };

let tokens: TokenService;
let host: string;
let services: TestServices;
let team = 0;
const proxies: FaultProxy[] = [];

beforeAll(async () => {
  tokens = await startTokenService(
    {
      writer: { password: WRITER.password, identityToken: 'identity-1234', rights: { team: ['pull', 'push'] } },
      reader: { password: READER.password, rights: { team: ['pull'] } },
      half: { password: 'half-secret-1', rights: { 'team-half/production': ['pull', 'push'] } },
    },
    { public: ['pull'] },
  );
  ({ host } = await startRegistry({ name: NAME, token: tokens.settings }));
});
afterAll(async () => {
  await stopRegistry({ name: NAME });
  await tokens.close();
});
beforeEach(async () => {
  services = await createTestServices({ masks: { add: () => undefined, redact: (text) => text } });
  team += 1;
  tokens.lifetimeSeconds = 300;
});
afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.close();
  await rm(services.workingDirectory, { recursive: true, force: true });
});

const storeAt = (access: StoreAccess, where = `team-${team}`, at = host): Promise<ChartStore> =>
  openStore(`oci://${at}/${where}`, access, services);

/** Loopback ports have no names of their own, so hints by name are tried elsewhere. */
async function answering(hook: Hook): Promise<string> {
  const proxy = await startFaultProxy(`http://${host}`, hook);
  proxies.push(proxy);
  return new URL(proxy.url).host;
}

describe('a registry with tokens', () => {
  it('takes what the right user publishes; others may pull only, or nothing', async () => {
    const chart = await packedChart('shop', '1.0.0');
    expect(await (await storeAt(WRITER)).publish([chart], OPTIONS)).toMatchObject([{ state: 'published' }]);
    const [found] = await (await storeAt(READER)).versions('shop');
    expect(found?.version).toBe('1.0.0');

    const repository = `${host}/team-${team}/shop`;
    const error = await failure((await storeAt(READER)).publish([await packedChart('shop', '1.0.1')], OPTIONS));
    expect(error).toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining(`${repository}: An upload was refused: UNAUTHORIZED`),
      hint: 'The login is known but may not push there. Give it the right to, or check the path. Some registries say the same of a repository that does not exist.',
    });
    const wrong = await storeAt({ ...WRITER, password: 'something else' });
    expect(await failure(wrong.versions('shop'))).toMatchObject({
      code: 'unauthorized',
      message: expect.stringMatching(/gives no token for repository:.*\(HTTP 401\): UNAUTHORIZED incorrect username/),
      hint: 'Check the user and the password. Tokens expire: those of Amazon ECR after 12 hours, a GITHUB_TOKEN with its job.',
    });
    expect(await failure((await storeAt({})).versions('shop'))).toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining(`${repository}: The list of tags was refused: UNAUTHORIZED`),
      hint: 'Give the inputs "username" and "password", or log in with docker login or helm registry login.',
    });
    for (const { message, hint } of [error]) expect(`${message}${hint}`).not.toContain(READER.password);
  });

  it('lets nobody read what is public, and says so when nobody wants to write', async () => {
    const store = await storeAt({}, `public-${team}`);
    expect(await store.versions('shop')).toEqual([]);
    expect(await failure(store.publish([await packedChart('shop', '1.0.0')], OPTIONS))).toMatchObject({
      code: 'unauthorized',
      hint: expect.stringContaining('Give the inputs "username" and "password"'),
    });
  });

  it('takes an identity token in place of a password', async () => {
    const folder = await mkdtemp(path.join(services.workingDirectory, 'docker-'));
    await writeFile(
      path.join(folder, 'config.json'),
      JSON.stringify({
        auths: { [host]: { auth: btoa('00000000-0000-0000-0000-000000000000:'), identitytoken: 'identity-1234' } },
      }),
    );
    const own = { ...services, environment: { HOME: folder, DOCKER_CONFIG: folder } };
    const store = await openStore(`oci://${host}/team-${team}`, {}, own);
    await store.publish([await packedChart('shop', '1.0.0')], OPTIONS);
    expect(tokens.asked.at(-1)).toMatchObject({ user: 'writer', method: 'POST' });
  });

  it('gives another token when one has expired', async () => {
    const store = await storeAt(WRITER);
    // Distribution allows 60 seconds of difference between clocks.
    tokens.lifetimeSeconds = -58;
    await store.publish([await packedChart('shop', '1.0.0')], OPTIONS);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    tokens.lifetimeSeconds = 300;
    const before = tokens.asked.length;
    await store.publish([await packedChart('shop', '1.0.1')], OPTIONS);
    expect(tokens.asked.length).toBeGreaterThan(before);
  });

  it('mounts with one token for both repositories', async () => {
    await (await storeAt(WRITER, `team-${team}/staging`)).publish([await packedChart('shop', '1.0.0')], OPTIONS);
    const inputs = {
      chart: 'shop',
      from: `oci://${host}/team-${team}/staging`,
      to: `oci://${host}/team-${team}/production`,
    };
    const { document } = await promote(services, { ...inputs, ...WRITER });
    expect(document['copy']).toMatchObject({
      blobs: { mounted: [expect.any(String), expect.any(String)], uploaded: [] },
    });
    expect(tokens.asked.some(({ scopes }) => scopes.length === 2)).toBe(true);
  });

  it('a login for each end: what one may not read there is uploaded', async () => {
    await (await storeAt(WRITER, 'team-half/staging')).publish([await packedChart('shop', '1.0.0')], OPTIONS);
    const inputs = {
      chart: 'shop',
      from: `oci://${host}/team-half/staging`,
      to: `oci://${host}/team-half/production`,
      'from-username': READER.username,
      'from-password': READER.password,
      username: 'half',
      password: 'half-secret-1',
    };
    const { result, document } = await promote(services, inputs);
    expect(result).toBe('promoted');
    expect(document['copy']).toMatchObject({
      blobs: { mounted: [], uploaded: [expect.any(String), expect.any(String)] },
    });
    expect(await failure(promote(services, { ...inputs, 'from-username': '', 'from-password': '' }))).toMatchObject({
      code: 'unauthorized',
    });
  });
});

describe('what registries say is told apart:', () => {
  const errors = (code: string, message: string) => JSON.stringify({ errors: [{ code, message }] });
  const publish = async (at: string, access: StoreAccess = WRITER) =>
    failure((await storeAt(access, `team-${team}`, at)).publish([await packedChart('shop', '1.0.0')], OPTIONS));

  it('a repository that must be created first', async () => {
    const at = await answering(({ method, path: where }, moment) => {
      if (moment === 'after') return undefined;
      const isUpload = method === 'POST' && where.endsWith('/uploads/');
      const said = errors('NAME_UNKNOWN', "The repository with name 'shop' does not exist in the registry");
      return isUpload ? { answer: { status: 404, headers: {}, body: Buffer.from(said) } } : undefined;
    });
    expect(await publish(at)).toMatchObject({
      code: 'not-found',
      message: `${at}/team-${team}/shop: An upload was refused: NAME_UNKNOWN The repository with name 'shop' does not exist in the registry (HTTP 404).`,
      hint: expect.stringContaining('to be created before anything is pushed to it'),
    });
  });

  it('a login that may not push, of a registry that answers 403', async () => {
    const at = await answering(({ method }, moment) =>
      moment === 'before' && method === 'POST'
        ? {
            answer: {
              status: 403,
              headers: {},
              body: Buffer.from(errors('DENIED', 'permission_denied: write_package')),
            },
          }
        : undefined,
    );
    expect(await publish(at)).toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('DENIED permission_denied: write_package (HTTP 403)'),
      hint: expect.stringContaining('The login is known but may not push there.'),
    });
  });

  it('something else than a registry', async () => {
    const at = await answering((_, moment) =>
      moment === 'before'
        ? { answer: { status: 200, headers: {}, body: Buffer.from('<html>Welcome</html>') } }
        : undefined,
    );
    const store = await storeAt({}, 'x', at);
    expect(await failure(store.versions('shop'))).toMatchObject({
      code: 'unreachable',
      message: `${at}/x/shop: the list of tags is none.`,
      hint: 'Something else than a registry answers there. Check the URL.',
    });
  });

  it('too many requests, for as long as we ask', async () => {
    const at = await answering((_, moment) =>
      moment === 'before'
        ? { answer: { status: 429, headers: {}, body: Buffer.from(errors('TOOMANYREQUESTS', 'slow down')) } }
        : undefined,
    );
    const store = await storeAt({}, 'x', at);
    expect(await failure(store.versions('shop'))).toMatchObject({
      code: 'unreachable',
      message: `${at}/x/shop: The list of tags was refused: TOOMANYREQUESTS slow down (HTTP 429).`,
      hint: 'The registry limits requests. Run the job again later.',
    });
  });
});
