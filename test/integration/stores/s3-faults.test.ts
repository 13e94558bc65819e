import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { HelmCdError } from '../../../src/core/errors.js';
import { openStore } from '../../../src/stores/open-store.js';
import type { PublishedChart } from '../../../src/stores/store.js';
import { startS3, stopS3 } from '../../../tools/s3.mjs';
import { compileSources, startAction, type CompiledSources } from '../../support/compiled.js';
import {
  faultOn,
  startFaultProxy,
  type Fault,
  type FaultProxy,
  type Hook,
  type Seen,
} from '../../support/fault-proxy.js';
import { packedChart, writeChart } from '../../support/packed-charts.js';
import { createTestServices, type TestServices } from '../../support/services.js';

jest.setTimeout(60_000);

const OPTIONS = { verifyTimeoutMs: 3000 };
const BUCKET = 'charts';
const S3_NAME = `s3-faults-${process.pid}`;

let server: Awaited<ReturnType<typeof startS3>>;
let services: TestServices;
let folder: string;
let url: string;
let proxy: FaultProxy | undefined;

beforeAll(async () => {
  server = await startS3({ name: S3_NAME, bucket: BUCKET });
});

afterAll(async () => {
  await stopS3({ name: S3_NAME });
});

beforeEach(async () => {
  folder = await mkdtemp(path.join(server.directory, BUCKET, 'team-'));
  url = `s3://${BUCKET}/${path.basename(folder)}`;
  services = await createTestServices({
    masks: { add: () => undefined, redact: (text) => text },
    environment: { AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: server.secretAccessKey },
  });
});

afterEach(async () => {
  await proxy?.close();
  proxy = undefined;
  await rm(services.workingDirectory, { recursive: true, force: true });
});

async function openThrough(hook: Hook) {
  proxy = await startFaultProxy(server.endpoint, hook);
  return openStore(url, { endpointUrl: proxy.url }, services);
}

async function versions(): Promise<string[]> {
  const index = JSON.parse(await readFile(path.join(folder, 'index.yaml'), 'utf8')) as {
    entries: { shop: { version: string }[] };
  };
  return index.entries.shop.map(({ version }) => version);
}

const states = (published: readonly PublishedChart[]) => published.map(({ version, state }) => `${version} ${state}`);

describe('publishing survives', () => {
  it.each<[string, string, string, Fault]>([
    ['a cut connection before the archive', 'PUT', '.tgz', 'cut'],
    ['a lost answer to the archive', 'PUT', '.tgz', 'cut-after'],
    ['an internal error after the archive was stored', 'PUT', '.tgz', 'fail-after'],
    ['a conflict of two uploads of the archive', 'PUT', '.tgz', { status: 409, code: 'ConditionalRequestConflict' }],
    ['a cut connection before the index', 'PUT', 'index.yaml', 'cut'],
    ['a lost answer to the index', 'PUT', 'index.yaml', 'cut-after'],
    ['an internal error after the index was stored', 'PUT', 'index.yaml', 'fail-after'],
    ['a lost race for the index', 'PUT', 'index.yaml', { status: 412, code: 'PreconditionFailed' }],
    [
      'a conflict of two changes of the index',
      'PUT',
      'index.yaml',
      { status: 409, code: 'ConditionalRequestConflict' },
    ],
    ['too many requests', 'GET', 'index.yaml', { status: 429, code: 'TooManyRequests' }],
    ['a server that has to slow down', 'PUT', 'index.yaml', { status: 503, code: 'SlowDown' }],
    ['a cut connection while reading back', 'GET', '.tgz', 'cut'],
  ])('%s', async (_, method, pathEnd, fault) => {
    await (
      await openStore(url, { endpointUrl: server.endpoint }, services)
    ).publish([await packedChart('shop', '1.0.0')], OPTIONS);
    const store = await openThrough(faultOn(method, pathEnd, fault));
    expect(states(await store.publish([await packedChart('shop', '1.0.1')], OPTIONS))).toEqual(['1.0.1 published']);
    expect(await versions()).toEqual(['1.0.1', '1.0.0']);
  });

  it('somebody who changes the index between reading and writing', async () => {
    const other = await openStore(url, { endpointUrl: server.endpoint }, services);
    let interfered = false;
    const store = await openThrough(async (request, moment) => {
      if (moment === 'before' && request.method === 'PUT' && request.path.endsWith('index.yaml') && !interfered) {
        interfered = true;
        await other.publish([await packedChart('shop', '2.0.0')], OPTIONS);
      }
      return undefined;
    });
    expect(states(await store.publish([await packedChart('shop', '1.0.0')], OPTIONS))).toEqual(['1.0.0 published']);
    expect(await versions()).toEqual(['2.0.0', '1.0.0']);
  });
});

describe('publishing fails', () => {
  it('when consumers never get the archive, saying which part they do not see', async () => {
    const store = await openThrough(faultOn('GET', '.tgz', { status: 403, code: 'Forbidden' }, 1000));
    await expect(store.publish([await packedChart('shop', '1.0.0')], OPTIONS)).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('shop-1.0.0.tgz cannot be read'),
    });
  });

  it('when the index is never shown, after verify-timeout', async () => {
    let uploaded = false;
    const store = await openThrough((request, moment) => {
      if (request.method === 'PUT' && request.path.endsWith('index.yaml') && moment === 'after') uploaded = true;
      const hide = uploaded && moment === 'before' && request.method === 'GET' && request.path.endsWith('index.yaml');
      return hide ? { status: 404, code: 'NoSuchKey' } : undefined;
    });
    const error = await store.publish([await packedChart('shop', '1.0.0')], { verifyTimeoutMs: 300 }).then(
      () => undefined,
      (reason: unknown) => reason as HelmCdError,
    );
    expect(error).toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(
        /^Published, but after .* consumers do not get it: The index does not show shop 1\.0\.0\.$/,
      ),
    });
    expect(services.log.text()).toContain('Waiting until consumers see it: The index does not show shop 1.0.0.');
  });
});

describe('killed', () => {
  let sources: CompiledSources;

  beforeAll(async () => {
    sources = await compileSources();
  });

  afterAll(async () => {
    await sources.remove();
  });

  const isPut = (pathEnd: string) => (request: Seen) => request.method === 'PUT' && request.path.endsWith(pathEnd);

  it.each<[string, (request: Seen) => boolean, 'before' | 'after']>([
    ['before the archive is uploaded', isPut('.tgz'), 'before'],
    ['after the archive is uploaded', isPut('.tgz'), 'after'],
    ['before the index is changed', isPut('index.yaml'), 'before'],
    ['after the index is changed', isPut('index.yaml'), 'after'],
  ])('%s, the next run completes it', async (_, matches, when) => {
    const work = services.workingDirectory;
    await writeChart(work, 'shop', '1.0.0');
    const kill: { now?: () => void } = {};
    proxy = await startFaultProxy(server.endpoint, (request, moment) => {
      if (moment === when && matches(request)) {
        kill.now?.();
        return when === 'before' ? 'cut' : 'cut-after';
      }
      return undefined;
    });
    const env = { AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: server.secretAccessKey };
    const inputs = { charts: 'shop', 'chart-repository': url };
    const start = (endpoint: string) =>
      startAction(sources, 'publish-chart', { ...inputs, 'endpoint-url': endpoint }, work, env);
    const first = await start(proxy.url);
    kill.now = () => void first.process.kill('SIGKILL');
    expect(await first.result).toMatchObject({ signal: 'SIGKILL', outputs: {} });
    const second = await (await start(server.endpoint)).result;
    expect(second.code).toBe(0);
    expect(second.outputs['result']).toBe(when === 'after' && _.includes('index') ? 'already-published' : 'published');
    expect(await versions()).toEqual(['1.0.0']);
    expect((await readdir(folder)).sort()).toEqual(['.helm-cd', 'index.yaml', 'shop-1.0.0.tgz']);
  });
});
