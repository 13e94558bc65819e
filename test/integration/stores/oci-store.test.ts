import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sha256Digest } from '../../../src/core/digest.js';
import type { HelmCdError } from '../../../src/core/errors.js';
import { createChartImage } from '../../../src/core/oci-chart.js';
import type { Services } from '../../../src/core/ports.js';
import { findVersion } from '../../../src/stores/find-version.js';
import { openStore } from '../../../src/stores/open-store.js';
import type { ChartStore, PublishedChart, StoreAccess } from '../../../src/stores/store.js';
import { startRegistry, stopRegistry } from '../../../tools/registry.mjs';
import { faultOn, startFaultProxy, type Fault, type FaultProxy, type Hook } from '../../support/fault-proxy.js';
import { packedChart } from '../../support/packed-charts.js';
import { createTestServices, toolchainBin, type TestServices } from '../../support/services.js';

jest.setTimeout(180_000);

const OPTIONS = { verifyTimeoutMs: 5000 };
const NAME = `oci-${process.pid}`;

let registry: Awaited<ReturnType<typeof startRegistry>>;
let services: TestServices;
let namespace = 0;
let path_: string;
const open: (() => Promise<void>)[] = [];

beforeAll(async () => {
  registry = await startRegistry({ name: NAME });
});

afterAll(async () => {
  await stopRegistry({ name: NAME });
});

beforeEach(async () => {
  services = await createTestServices({ masks: { add: () => undefined, redact: (text) => text } });
  path_ = `team-${(namespace += 1)}/charts`;
});

afterEach(async () => {
  for (const close of open.splice(0)) await close();
  await rm(services.workingDirectory, { recursive: true, force: true });
});

const storeAt = (host = registry.host, access: StoreAccess = {}, own: Services = services): Promise<ChartStore> =>
  openStore(`oci://${host}/${path_}`, access, own);

async function proxyWith(hook: Hook): Promise<FaultProxy> {
  const proxy = await startFaultProxy(`http://${registry.host}`, hook);
  open.push(() => proxy.close());
  return proxy;
}

const hostOf = (proxy: { readonly url: string }) => new URL(proxy.url).host;

async function failure(promise: Promise<unknown>): Promise<HelmCdError> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as HelmCdError,
  );
}

const states = (published: readonly PublishedChart[]) => published.map(({ version, state }) => `${version} ${state}`);

describe('an OCI registry', () => {
  it('is empty before anything is published', async () => {
    expect(await (await storeAt()).versions('shop')).toEqual([]);
  });

  it('has what was published, and gives the very bytes; again it finds them', async () => {
    const store = await storeAt();
    const chart = await packedChart('shop', '1.0.0+build.7');
    expect(await store.publish([chart], OPTIONS)).toEqual([
      {
        name: 'shop',
        version: '1.0.0+build.7',
        digest: chart.digest,
        url: `oci://${registry.host}/${path_}/shop:1.0.0_build.7`,
        state: 'published',
      },
    ]);
    const found = await findVersion(store, 'shop', '1.0.0+build.7');
    expect(sha256Digest(await store.fetch(found))).toBe(chart.digest);
    expect(states(await store.publish([chart], OPTIONS))).toEqual(['1.0.0+build.7 already-published']);
  });

  it('always makes the same manifest of a chart, with what helm writes into it', async () => {
    const chart = await packedChart('shop', '1.0.0');
    await (await storeAt()).publish([chart], OPTIONS);
    const response = await fetch(`http://${registry.host}/v2/${path_}/shop/manifests/1.0.0`, {
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
    });
    const manifest = Buffer.from(await response.arrayBuffer());
    expect(manifest.equals(Buffer.from(createChartImage(chart).manifest))).toBe(true);
    expect(JSON.parse(manifest.toString())).toMatchObject({
      config: { mediaType: 'application/vnd.cncf.helm.config.v1+json' },
      layers: [{ mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', digest: chart.digest }],
      annotations: { 'org.opencontainers.image.title': 'shop', 'org.opencontainers.image.version': '1.0.0' },
    });
  });

  it('refuses other bytes for a version that is there, naming both digests, and a twin by build metadata', async () => {
    const store = await storeAt();
    const [first, second] = [await packedChart('shop', '1.0.0', 'a'), await packedChart('shop', '1.0.0', 'b')];
    await store.publish([first], OPTIONS);
    expect(await failure(store.publish([second], OPTIONS))).toMatchObject({
      code: 'conflict',
      message: `shop 1.0.0 is already in oci://${registry.host}/${path_} with the digest ${first.digest}; this one has ${second.digest}.`,
    });
    expect(
      states(
        await store.plan([first, second, await packedChart('shop', '1.0.0+x'), await packedChart('web', '1.0.0')]),
      ),
    ).toEqual(['1.0.0 already-published', '1.0.0 conflict', '1.0.0+x conflict', '1.0.0 published']);
    expect(await store.versions('web')).toEqual([]);
  });

  it('finds versions, newest first', async () => {
    const store = await storeAt();
    for (const version of ['1.9.0', '1.10.0', '2.0.0-rc.1'])
      await store.publish([await packedChart('shop', version)], OPTIONS);
    expect((await store.versions('shop')).map(({ version }) => version)).toEqual(['2.0.0-rc.1', '1.10.0', '1.9.0']);
    expect((await findVersion(store, 'shop', '^1.0.0')).version).toBe('1.10.0');
  });

  it.each([
    ['helm', 4],
    ['helm3', 3],
  ])('gives and takes what %s pulls and pushes', async (program) => {
    const home = await mkdtemp(path.join(services.workingDirectory, 'home-'));
    const helm = (...args: string[]) =>
      services.processes.run(path.join(toolchainBin, program), args, { cwd: home, env: { HOME: home } });
    const store = await storeAt();
    const chart = await packedChart('shop', '1.0.0+a');
    await store.publish([chart], OPTIONS);
    await helm('pull', `oci://${registry.host}/${path_}/shop`, '--version', '1.0.0+a', '--plain-http');
    expect(sha256Digest(await readFile(path.join(home, 'shop-1.0.0+a.tgz')))).toBe(chart.digest);
    const shown = await helm(
      'show',
      'chart',
      `oci://${registry.host}/${path_}/shop`,
      '--version',
      '1.0.0+a',
      '--plain-http',
    );
    expect(shown.stdout).toContain('version: 1.0.0+a');

    const other = await packedChart('web', '2.0.0');
    await writeFile(path.join(home, 'web-2.0.0.tgz'), other.bytes);
    await helm('push', 'web-2.0.0.tgz', `oci://${registry.host}/${path_}`, '--plain-http');
    const found = await findVersion(store, 'web', '');
    expect(sha256Digest(await store.fetch(found))).toBe(other.digest);
    expect(states(await store.publish([other], OPTIONS))).toEqual(['2.0.0 already-published']);
  });

  it('loses nothing when many publish at once', async () => {
    const versions = Array.from({ length: 20 }, (_, patch) => `1.0.${patch}`);
    await Promise.all(
      versions.map(async (version) => (await storeAt()).publish([await packedChart('shop', version)], OPTIONS)),
    );
    expect((await (await storeAt()).versions('shop')).map(({ version }) => version)).toEqual([...versions].reverse());
  });

  it('lets one of many win who publish other bytes as the same version', async () => {
    const charts = await Promise.all(
      Array.from({ length: 8 }, (_, number) => packedChart('shop', '1.0.0', `${number}`)),
    );
    const outcomes = await Promise.allSettled(charts.map(async (chart) => (await storeAt()).publish([chart], OPTIONS)));
    const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
    expect(won).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' });
    }
    const store = await storeAt();
    const found = await findVersion(store, 'shop', '1.0.0');
    expect(sha256Digest(await store.fetch(found))).toBe(won[0]?.digest);
  });

  it.each<[string, string, string, Fault]>([
    ['a cut connection before the manifest', 'PUT', '1.0.0', 'cut'],
    ['a lost answer to the manifest', 'PUT', '1.0.0', 'cut-after'],
    ['an internal error after the manifest was stored', 'PUT', '1.0.0', 'fail-after'],
    ['a server that cannot start an upload', 'POST', 'uploads/', { status: 503, code: 'UNAVAILABLE' }],
    ['too many requests', 'GET', '1.0.0', { status: 429, code: 'TOOMANYREQUESTS', headers: { 'retry-after': '0' } }],
  ])('survives %s', async (_, method, pathEnd, fault) => {
    const proxy = await proxyWith(faultOn(method, pathEnd, fault));
    const store = await storeAt(hostOf(proxy));
    const [published] = await store.publish([await packedChart('shop', '1.0.0')], OPTIONS);
    expect(published?.state).toBe('published');
  });

  it('takes a registry at its word that does not change tags', async () => {
    const [mine, other] = [await packedChart('shop', '1.0.0', 'mine'), await packedChart('shop', '1.0.0', 'other')];
    const direct = await storeAt();
    const proxy = await proxyWith(async (request, moment) => {
      if (moment === 'after' || request.method !== 'PUT' || !request.path.endsWith('/manifests/1.0.0'))
        return undefined;
      await direct.publish([other], OPTIONS);
      return { status: 400, code: 'TAG_INVALID: the tag is immutable' };
    });
    expect(await failure((await storeAt(hostOf(proxy))).publish([mine], OPTIONS))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`with the digest ${other.digest}; this one has ${mine.digest}`),
    });
  });

  it('never hands out other bytes than those of the digest', async () => {
    await (await storeAt()).publish([await packedChart('shop', '1.0.0')], OPTIONS);
    const proxy = await proxyWith((request, moment) =>
      moment === 'before' && request.path.includes('/blobs/') ? { status: 200, code: 'other bytes' } : undefined,
    );
    const store = await storeAt(hostOf(proxy));
    const found = await findVersion(store, 'shop', '');
    expect(await failure(store.fetch(found))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('has the digest sha256:'),
      hint: 'The registry, or something between it and the runner, changes content.',
    });
  });
});

describe('with a login', () => {
  const [USER, PASSWORD] = ['robot', 'very-secret-1234'];
  const basic = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;

  /** A registry that wants a password with every request. */
  async function basicRegistry(): Promise<string> {
    const proxy = await proxyWith((request, moment) =>
      moment === 'before' && request.headers.authorization !== basic
        ? { status: 401, code: 'UNAUTHORIZED', headers: { 'www-authenticate': 'Basic realm="charts"' } }
        : undefined,
    );
    return hostOf(proxy);
  }

  /** A registry that wants tokens from a service of its own, which gives them for the password alone. */
  async function tokenRegistry(): Promise<{ host: string; scopes: string[] }> {
    const scopes: string[] = [];
    const issuer = http.createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const scope = url.searchParams.get('scope') ?? '';
      if (request.headers.authorization !== basic) return void response.writeHead(401).end('{}');
      scopes.push(scope);
      response.end(JSON.stringify({ token: `token for ${scope}` }));
    });
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
    open.push(() => new Promise((resolve) => issuer.close(() => resolve())));
    const realm = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/token`;
    const challenge = `Bearer realm="${realm}",service="charts",scope="repository:${path_}/shop:pull"`;
    const proxy = await proxyWith((request, moment) => {
      const needs = ['GET', 'HEAD'].includes(request.method) ? ['pull', 'pull,push'] : ['pull,push'];
      const accepted = needs.map((actions) => `Bearer token for repository:${path_}/shop:${actions}`);
      return moment === 'after' || accepted.includes(request.headers.authorization ?? '')
        ? undefined
        : { status: 401, code: 'UNAUTHORIZED', headers: { 'www-authenticate': challenge } };
    });
    return { host: hostOf(proxy), scopes };
  }

  it('publishes with a password', async () => {
    const store = await storeAt(await basicRegistry(), { username: USER, password: PASSWORD });
    expect(states(await store.publish([await packedChart('shop', '1.0.0')], OPTIONS))).toEqual(['1.0.0 published']);
  });

  it('publishes with tokens, and asks for no more than it needs', async () => {
    const { host, scopes } = await tokenRegistry();
    const store = await storeAt(host, { username: USER, password: PASSWORD });
    await store.publish([await packedChart('shop', '1.0.0')], OPTIONS);
    expect(scopes).toEqual([`repository:${path_}/shop:pull`, `repository:${path_}/shop:pull,push`]);
  });

  it.each<[string, StoreAccess, RegExp]>([
    ['a wrong password', { username: USER, password: 'wrong-one' }, /gives no token for repository:.*\(HTTP 401\)/],
    ['no password', {}, /gives no token for repository:.*\(HTTP 401\)/],
  ])('refuses %s', async (_, access, message) => {
    const { host } = await tokenRegistry();
    const store = await storeAt(host, access);
    expect(await failure(store.versions('shop'))).toMatchObject({
      code: 'unauthorized',
      message: expect.stringMatching(message),
    });
    const plain = await storeAt(await basicRegistry(), access);
    expect(await failure(plain.versions('shop'))).toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('The list of tags was refused: '),
    });
  });

  it('uses what docker login has kept, by itself, in a store, or in a helper', async () => {
    const host = await basicRegistry();
    await (await storeAt()).publish([await packedChart('shop', '1.0.0')], OPTIONS);
    const auth = Buffer.from(`${USER}:${PASSWORD}`).toString('base64');
    const helper = path.join(services.workingDirectory, 'docker-credential-vault');
    const answer = JSON.stringify({ Username: USER, Secret: PASSWORD });
    await writeFile(helper, `#!/bin/sh\nread host\n[ "$host" = "${host}" ] || exit 1\necho '${answer}'\n`);
    await chmod(helper, 0o755);
    for (const config of [
      { auths: { [host]: { auth } } },
      { auths: { [`https://${host}/v1/`]: { username: USER, password: PASSWORD } } },
      { credsStore: 'vault' },
      { auths: {}, credHelpers: { [host]: 'vault' } },
    ]) {
      const folder = await mkdtemp(path.join(services.workingDirectory, 'docker-'));
      await writeFile(path.join(folder, 'config.json'), JSON.stringify(config));
      const environment = { PATH: `${services.workingDirectory}:/usr/bin:/bin`, HOME: folder, DOCKER_CONFIG: folder };
      const own = await createTestServices({ environment, masks: services.masks });
      const processes = {
        ...own.processes,
        run: (program: string, args: readonly string[], options = {}) =>
          own.processes.run(path.join(services.workingDirectory, program), args, options),
      };
      const store = await storeAt(host, {}, { ...own, environment, processes });
      expect(await store.versions('shop')).toHaveLength(1);
      await rm(own.workingDirectory, { recursive: true, force: true });
    }
  });

  it('uses what helm registry login has kept, and says when that is broken', async () => {
    const host = await basicRegistry();
    await (await storeAt()).publish([await packedChart('shop', '1.0.0')], OPTIONS);
    const home = services.workingDirectory;
    await mkdir(path.join(home, '.config/helm/registry'), { recursive: true });
    const file = path.join(home, '.config/helm/registry/config.json');
    await writeFile(
      file,
      JSON.stringify({ auths: { [host]: { auth: Buffer.from(`${USER}:${PASSWORD}`).toString('base64') } } }),
    );
    const own = { ...services, environment: { HOME: home } };
    expect(await (await storeAt(host, {}, own)).versions('shop')).toHaveLength(1);
    await writeFile(file, '{');
    expect(await failure(storeAt(host, {}, own))).toMatchObject({ code: 'file', message: `${file} is no valid JSON.` });
  });

  it('never sends a password where anybody could read it', async () => {
    const proxy = await proxyWith(() => ({
      status: 401,
      code: 'UNAUTHORIZED',
      headers: { 'www-authenticate': 'Bearer realm="http://evil.example/token",service="x"' },
    }));
    const store = await storeAt(hostOf(proxy), { username: USER, password: PASSWORD });
    expect(await failure(store.versions('shop'))).toMatchObject({
      code: 'unauthorized',
      message: 'The registry wants a token from "http://evil.example/token", where no password may be sent.',
    });
  });
});

describe('openStore refuses', () => {
  it.each([
    ['oci://ghcr.io/Acme/charts', '"oci://ghcr.io/Acme/charts" is no place in an OCI registry.'],
    ['oci://ghcr.io/acme/charts:1.0.0', '"oci://ghcr.io/acme/charts:1.0.0" is no place in an OCI registry.'],
    ['oci://', '"oci://" is no place in an OCI registry.'],
  ])('%s', async (url, message) => {
    expect(await failure(openStore(url, {}, services))).toMatchObject({ code: 'input', message });
  });

  it('charts that a registry cannot name, and hosts that do not answer', async () => {
    const store = await storeAt();
    expect(await failure(store.versions('Shop'))).toMatchObject({
      code: 'refused',
      message: `An OCI registry cannot have a repository "${path_}/Shop" for the chart Shop.`,
    });
    const nobody = await openStore('oci://127.0.0.1:9/x', {}, services);
    expect(await failure(nobody.versions('shop'))).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('127.0.0.1:9 does not answer: '),
    });
  });
});
