import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { startChartMuseum, type ChartMuseum } from '../../support/chartmuseum/index.js';
import { compileSources, startAction, type CompiledSources, type RunningAction } from '../../support/compiled.js';
import { startFaultProxy, type Hook } from '../../support/fault-proxy.js';
import { writeChart } from '../../support/packed-charts.js';
import { createTestServices, type TestServices } from '../../support/services.js';

jest.setTimeout(180_000);

let sources: CompiledSources;
let services: TestServices;
let museum: ChartMuseum;
const open: (() => Promise<void>)[] = [];

beforeAll(async () => {
  sources = await compileSources();
});

afterAll(async () => {
  await sources.remove();
});

beforeEach(async () => {
  services = await createTestServices();
  const folder = await mkdtemp(path.join(services.workingDirectory, 'museum-'));
  museum = await startChartMuseum({ folder, indexDelayMs: 100 });
  open.push(() => museum.close());
});

afterEach(async () => {
  for (const close of open.splice(0)) await close();
  await rm(services.workingDirectory, { recursive: true, force: true });
});

/** Starts publishing both charts of a folder in a process of its own. */
const publish = (folder: string, url = museum.url): Promise<RunningAction> => {
  const inputs = { charts: 'base\nshop', 'chart-repository': url.replace('http:', 'http+chartmuseum:') };
  return startAction(sources, 'publish-chart', inputs, folder);
};

describe('a process that publishes to a ChartMuseum and is killed', () => {
  const moments: [string, string, string, 'before' | 'after', number][] = [
    ['before it uploads anything', 'GET', '/index.yaml', 'after', 1],
    ['before the first chart arrives', 'POST', '/charts', 'before', 1],
    ['when the first chart has arrived', 'POST', '/charts', 'after', 1],
    ['before the second chart arrives', 'POST', '/charts', 'before', 2],
    ['when the second chart has arrived', 'POST', '/charts', 'after', 2],
    ['while it looks whether its bytes are there', 'GET', 'shop-1.0.0.tgz', 'after', 2],
    ['while it reads back', 'GET', '/index.yaml', 'after', 2],
  ];

  it.each(moments)('%s leaves what the next one completes', async (_, method, end, moment, count) => {
    let left = count;
    const started: RunningAction[] = [];
    const hook: Hook = (request, now) => {
      if (now !== moment || request.method !== method || !request.path.endsWith(end)) return undefined;
      left -= 1;
      if (left > 0) return undefined;
      started[0]?.process.kill('SIGKILL');
      return 'cut';
    };
    const proxy = await startFaultProxy(museum.url, hook);
    open.push(() => proxy.close());
    const folder = await mkdtemp(path.join(services.workingDirectory, 'work-'));
    for (const name of ['base', 'shop']) await writeChart(folder, name, '1.0.0');
    const running = await publish(folder, proxy.url);
    started.push(running);
    expect(await running.result).toMatchObject({ signal: 'SIGKILL' });
    expect(await (await publish(folder)).result).toMatchObject({
      code: 0,
      log: expect.stringContaining('fetched back'),
    });
    expect([...(await museum.storage().files())].sort()).toEqual(['base-1.0.0.tgz', 'shop-1.0.0.tgz']);
    const list = (await (await fetch(`${museum.url}/api/charts`)).json()) as Record<string, unknown[]>;
    expect([list['base']?.length, list['shop']?.length]).toEqual([1, 1]);
  });
});
