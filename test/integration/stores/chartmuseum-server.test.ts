/** That the server the other tests talk to does what ChartMuseum's HTTP API says. */
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startChartMuseum, type ChartMuseum, type MuseumOptions } from '../../support/chartmuseum/index.js';
import { packedChart } from '../../support/packed-charts.js';
import { temporaryFolder } from '../../support/services.js';

let folder: string;
let museum: ChartMuseum;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(async () => {
  await museum.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(options: Partial<MuseumOptions> = {}): Promise<void> {
  museum = await startChartMuseum({
    folder: await mkdtemp(path.join(folder, 'museum-')),
    indexDelayMs: 100,
    ...options,
  });
}

/** Status and content of an answer. */
async function ask(method: string, at: string, body?: Uint8Array | FormData): Promise<[number, unknown]> {
  const answer = await fetch(`${museum.url}${at}`, {
    method,
    ...(body === undefined ? {} : { body: body instanceof FormData ? body : Uint8Array.from(body) }),
  });
  const text = await answer.text();
  return [answer.status, text.startsWith('{') || text.startsWith('[') ? (JSON.parse(text) as unknown) : text];
}

const upload = async (version: string, text = '', at = '/api/charts') =>
  ask('POST', at, (await packedChart('shop', version, text)).bytes);
const statusOf = async (method: string, at: string) => (await ask(method, at))[0];
const SAVED = [201, { saved: true }];

describe('the ChartMuseum of the tests', () => {
  it('takes an archive once, and shows it in its index a moment later', async () => {
    await start();
    expect(await statusOf('GET', '/api/charts/shop')).toBe(404);
    expect(await upload('1.0.0')).toEqual(SAVED);
    expect(await statusOf('GET', '/charts/shop-1.0.0.tgz')).toBe(200);
    expect(await statusOf('GET', '/api/charts/shop')).toBe(404);
    expect(await upload('1.0.0', 'other')).toEqual([409, { error: 'file already exists' }]);
    await sleep(150);
    const { digest } = await packedChart('shop', '1.0.0');
    expect(await ask('GET', '/api/charts/shop/1.0.0')).toEqual([
      200,
      expect.objectContaining({
        version: '1.0.0',
        digest: digest.slice('sha256:'.length),
        urls: ['charts/shop-1.0.0.tgz'],
      }),
    ]);
    expect((await ask('GET', '/index.yaml'))[1]).toContain('version: 1.0.0');
    expect(await ask('GET', '/health')).toEqual([200, { healthy: true }]);
  });

  it('finds a version as helm does: one that differs in build metadata, or fits as a constraint', async () => {
    await start({ indexDelayMs: 0 });
    await upload('1.0.0+b1');
    await upload('1.2.0');
    await sleep(50);
    for (const [wanted, found] of [
      ['1.0.0%2Bb2', '1.0.0+b1'],
      ['1.0.0', '1.0.0+b1'],
      ['%5E1', '1.2.0'],
    ]) {
      expect(await ask('GET', `/api/charts/shop/${wanted}`)).toEqual([
        200,
        expect.objectContaining({ version: found }),
      ]);
    }
    expect(await statusOf('HEAD', '/api/charts/shop/1.2.0')).toBe(200);
    expect(await statusOf('HEAD', '/api/charts/shop/3.0.0')).toBe(404);
  });

  it('takes both files of a form or none, and provenance alone', async () => {
    await start();
    const chart = await packedChart('shop', '1.0.0');
    const provenance = Buffer.from('-----BEGIN PGP SIGNED MESSAGE-----\n\nname: shop\nversion: 1.0.0\n');
    const form = new FormData();
    form.set('chart', new Blob([Uint8Array.from(chart.bytes)]), 'any.tgz');
    form.set('prov', new Blob([Uint8Array.from(provenance)]), 'any.prov');
    expect(await ask('POST', '/api/prov', provenance)).toEqual(SAVED);
    expect(await ask('POST', '/api/charts', form)).toEqual([409, { error: 'file already exists' }]);
    expect(await museum.storage().files()).toEqual(['shop-1.0.0.tgz.prov']);
    await museum.storage().remove('shop-1.0.0.tgz.prov');
    expect(await ask('POST', '/api/charts', form)).toEqual(SAVED);
    expect([...(await museum.storage().files())].sort()).toEqual(['shop-1.0.0.tgz', 'shop-1.0.0.tgz.prov']);
    expect(await ask('POST', '/api/prov', Buffer.from('nothing signed'))).toEqual([
      500,
      { error: 'invalid provenance file' },
    ]);
    expect((await ask('POST', '/api/charts', Buffer.from('no archive')))[0]).toBe(400);
  });

  it('lets two who upload one version at once both succeed, and keeps what came last', async () => {
    await start({ putDelayMs: 100 });
    expect(await Promise.all([upload('1.0.0', 'a'), upload('1.0.0', 'b')])).toEqual([SAVED, SAVED]);
    expect(await museum.storage().files()).toEqual(['shop-1.0.0.tgz']);
  });

  it('deletes an archive with its provenance, and forgets it a moment later', async () => {
    await start();
    await upload('1.0.0');
    await museum.storage().write('shop-1.0.0.tgz.prov', Buffer.from('x'));
    await sleep(150);
    expect(await ask('DELETE', '/api/charts/shop/1.0.0')).toEqual([200, { deleted: true }]);
    expect(await museum.storage().files()).toEqual([]);
    expect(await statusOf('GET', '/api/charts/shop/1.0.0')).toBe(200);
    await sleep(150);
    expect(await statusOf('GET', '/api/charts/shop/1.0.0')).toBe(404);
    expect(await statusOf('DELETE', '/api/charts/shop/1.0.0')).toBe(404);
  });

  it('has tenants below its own path, by either form of the API', async () => {
    await start({ depth: 2, contextPath: '/museum', indexDelayMs: 0 });
    expect(await upload('1.0.0', '', '/museum/api/acme/develop/charts')).toEqual(SAVED);
    await sleep(50);
    expect((await ask('GET', '/museum/acme/develop/index.yaml'))[1]).toContain('contextPath: /museum');
    expect(await statusOf('GET', '/museum/acme/develop/api/charts')).toBe(200);
    expect(await statusOf('GET', '/museum/acme/production/index.yaml')).toBe(200);
    expect(await statusOf('GET', '/acme/develop/index.yaml')).toBe(404);
    expect(await museum.storage('acme/develop').files()).toEqual(['shop-1.0.0.tgz']);
  });

  it('has replicas that learn of nothing but what they were sent themselves', async () => {
    await start({ replicas: 2, indexDelayMs: 0 });
    const indexes = async () => [(await ask('GET', '/index.yaml'))[1], (await ask('GET', '/index.yaml'))[1]];
    await indexes();
    await upload('1.0.0');
    await sleep(50);
    expect((await indexes()).filter((text) => String(text).includes('1.0.0'))).toHaveLength(1);
    museum.restart();
    expect((await indexes()).filter((text) => String(text).includes('1.0.0'))).toHaveLength(2);
  });
});
