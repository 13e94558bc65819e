import { readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ticketName } from '../../../src/core/object-lock.js';
import { PutObjectCommand } from '../../../src/stores/s3-sdk.js';
import { startS3, stopS3 } from '../../../tools/s3.mjs';
import { startCarelessS3, type CarelessS3 } from '../../support/careless-s3.js';
import {
  compileSources,
  runActionProcess,
  startAction,
  type ActionResult,
  type CompiledSources,
} from '../../support/compiled.js';
import type { Hook } from '../../support/fault-proxy.js';
import { writeChart } from '../../support/packed-charts.js';
import { raceOfContents, raceOfVersions, s3RacePlace, type RacePlace } from '../../support/race-of-publishers.js';
import { temporaryFolder } from '../../support/services.js';

jest.setTimeout(180_000);

const BUCKET = 'charts';
const S3_NAME = `s3-lock-${process.pid}`;
const LOCK = '.helm-cd/lock';

let sources: CompiledSources;
let server: Awaited<ReturnType<typeof startS3>>;
let folder: string;
let place: RacePlace;
let proxy: CarelessS3;
let hook: Hook;

beforeAll(async () => {
  sources = await compileSources();
  server = await startS3({ name: S3_NAME, bucket: BUCKET });
});

afterAll(async () => {
  await stopS3({ name: S3_NAME });
  await sources.remove();
});

beforeEach(async () => {
  folder = await temporaryFolder();
  hook = () => undefined;
  proxy = await startCarelessS3(server, 'ignores', (...seen) => hook(...seen));
  place = await s3RacePlace(server, BUCKET, proxy.url, sources);
});

afterEach(async () => {
  await proxy.close();
  await rm(folder, { recursive: true, force: true });
});

async function publish(inputs: Readonly<Record<string, string>> = {}): Promise<ActionResult> {
  const { url, endpoint, env } = place;
  const given = { charts: 'shop', 'chart-repository': url, 'endpoint-url': endpoint, ...inputs };
  return runActionProcess(sources, 'publish-chart', given, folder, env);
}

const locks = () => readdir(path.join(place.folder, LOCK)).catch(() => []);
const versions = async () => {
  const index = JSON.parse(await readFile(path.join(place.folder, 'index.yaml'), 'utf8')) as {
    readonly entries: { readonly shop: readonly { readonly version: string }[] };
  };
  return index.entries.shop.map(({ version }) => version);
};

/** Between looking and writing there is time for others. */
const slowWrites =
  (pathEnd: string, milliseconds: number): Hook =>
  async ({ method, path: name }, moment) => {
    if (method === 'PUT' && moment === 'before' && name.endsWith(pathEnd)) {
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
    }
    return undefined;
  };

describe('where a server does not keep conditions, a lock', () => {
  it('lets 20 processes publish 20 versions: none is lost, and both helms pull each', async () => {
    hook = slowWrites('', 50);
    await raceOfVersions(place, 20, folder);
    expect(await locks()).toEqual([]);
  });

  it('lets one of 8 contents of one version win, the others fail naming both digests', async () => {
    hook = slowWrites('.tgz', 2000);
    await raceOfContents(place, 8, folder);
    expect(await locks()).toEqual([]);
  });

  it.each<['ignores' | 'refuses', string]>([
    ['ignores', 'ignores If-None-Match and If-Match'],
    ['refuses', 'does not know If-None-Match and If-Match'],
  ])('is used and said out loud when it %s them; a re-run needs none', async (how, said) => {
    await proxy.close();
    const writes: string[] = [];
    proxy = await startCarelessS3(server, how, ({ method, path: name }, moment) => {
      if (moment === 'before' && method !== 'GET' && method !== 'HEAD') writes.push(`${method} ${path.basename(name)}`);
      return undefined;
    });
    place = { ...place, endpoint: proxy.url };
    await writeChart(folder, 'shop', '1.0.0');
    const first = await publish();
    const warning = `The server of ${place.url} ${said}, which would make publishing safe. A lock (${place.url}/${LOCK}/) guards it instead: as long as nothing but helm-cd writes there.`;
    expect(first).toMatchObject({ code: 0, log: expect.stringContaining(`::warning title=publish-chart::${warning}`) });
    expect(first.summary.replaceAll('\\', '')).toContain(`⚠️ ${warning}`);
    expect(JSON.parse(await readFile(first.outputs['result-file'] ?? '', 'utf8'))).toMatchObject({
      warnings: [warning],
    });
    expect(await locks()).toEqual([]);
    expect(await versions()).toEqual(['1.0.0']);
    writes.length = 0;
    expect(await publish()).toMatchObject({ code: 0, outputs: { result: 'already-published' } });
    expect(writes).toEqual([]);
  });

  it('is taken over from one that was killed, and says who has it while it waits', async () => {
    await writeChart(folder, 'shop', '1.0.0');
    const dead = path.join(place.folder, LOCK, ticketName(7, 'dead'));
    const holder = 'https://github.com/acme/shop/actions/runs/7';
    const { client } = proxy;
    const key = `${path.basename(place.folder)}/${LOCK}/${path.basename(dead)}`;
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: holder }));
    let looks = 0;
    hook = async (request, moment) => {
      // As if a minute had passed when we have looked at it a few times.
      if (moment === 'after' || request.method !== 'GET' || !/^\/charts\/?$/.test(request.path)) return undefined;
      looks += 1;
      const longAgo = new Date(Date.now() - 90_000);
      if (looks === 8) await utimes(dead, longAgo, longAgo);
      return undefined;
    };
    const result = await publish();
    expect(result.code).toBe(0);
    expect(result.log).toContain(`${place.url}/${LOCK}: waiting for ${holder}; 1 before us`);
    expect(result.log).toContain(`${path.basename(dead)}: its owner has not renewed it for 1 m 0 s, removed`);
    expect(await locks()).toEqual([]);
  });

  it('is given back when publishing fails', async () => {
    await writeChart(folder, 'shop', '1.0.0');
    hook = ({ method, path: name }, moment) =>
      moment === 'before' && method === 'PUT' && name.endsWith('index.yaml')
        ? { status: 403, code: 'AccessDenied' }
        : undefined;
    const result = await publish();
    expect(result.code).toBe(1);
    expect(result.log).toContain('index.yaml cannot be written: AccessDenied (HTTP 403).');
    expect(result.log).toContain('In place: the archive of shop 1.0.0. The index was not changed');
    expect(await locks()).toEqual([]);
    await expect(stat(path.join(place.folder, 'index.yaml'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is given back when the job is cancelled, which says what is in place', async () => {
    await writeChart(folder, 'shop', '1.0.0');
    const running: { cancel?: () => void } = {};
    hook = ({ method, path: name }, moment) => {
      if (moment === 'after' || method !== 'PUT' || !name.endsWith('index.yaml')) return undefined;
      running.cancel?.();
      return 'stall';
    };
    const { url, endpoint, env } = place;
    const inputs = { charts: 'shop', 'chart-repository': url, 'endpoint-url': endpoint };
    const started = await startAction(sources, 'publish-chart', inputs, folder, env);
    running.cancel = () => void started.process.kill('SIGTERM');
    const { code, log } = await started.result;
    expect(code).toBe(1);
    expect(log).toContain('The job was cancelled. In place: the archive of shop 1.0.0.');
    expect(log).toContain('Run the job again: it completes what is missing.');
    expect(await locks()).toEqual([]);
    hook = () => undefined;
    expect(await publish()).toMatchObject({ code: 0, outputs: { result: 'published' } });
  });

  it('cannot be had without the permission to delete', async () => {
    await writeChart(folder, 'shop', '1.0.0');
    hook = ({ method }, moment) =>
      moment === 'before' && method === 'DELETE' ? { status: 403, code: 'AccessDenied' } : undefined;
    const result = await publish();
    expect(result.code).toBe(1);
    expect(result.log).toContain('nothing can be deleted there: AccessDenied (HTTP 403).');
    expect(result.log).toContain('locking need s3:DeleteObject, too');
    expect(await readdir(place.folder)).toEqual(['.helm-cd']);
  });

  it('is of no use to a tool that does not know it: what that loses is added again, and said', async () => {
    for (const version of ['1.0.0', '1.0.1']) {
      await writeChart(folder, 'shop', version);
      const before = await readFile(path.join(place.folder, 'index.yaml')).catch(() => undefined);
      hook = async ({ method, path: name }, moment) => {
        if (before === undefined || moment !== 'before' || method !== 'DELETE' || !name.includes('ticket-'))
          return undefined;
        hook = () => undefined;
        await writeFile(path.join(place.folder, 'index.yaml'), before);
        return undefined;
      };
      const result = await publish();
      expect(result.code).toBe(0);
      if (before !== undefined) expect(result.log).toContain('shop 1.0.1 was lost and added again.');
    }
    expect(await versions()).toEqual(['1.0.1', '1.0.0']);
  });
});
