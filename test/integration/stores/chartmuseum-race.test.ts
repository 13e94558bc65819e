import { mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sha256Digest } from '../../../src/core/digest.js';
import { startChartMuseum, type ChartMuseum, type MuseumOptions } from '../../support/chartmuseum/index.js';
import { compileSources, runActionProcess, type ActionResult, type CompiledSources } from '../../support/compiled.js';
import { startFaultProxy } from '../../support/fault-proxy.js';
import { writeChart } from '../../support/packed-charts.js';
import { createTestServices, toolchainBin, type TestServices } from '../../support/services.js';

jest.setTimeout(120_000);

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
});

afterEach(async () => {
  for (const close of open.splice(0)) await close();
  await rm(services.workingDirectory, { recursive: true, force: true });
});

async function start(options: Partial<MuseumOptions> = {}): Promise<ChartMuseum> {
  const folder = await mkdtemp(path.join(services.workingDirectory, 'museum-'));
  museum = await startChartMuseum({ folder, indexDelayMs: 100, ...options });
  open.push(() => museum.close());
  return museum;
}

const repository = (url = museum.url) => url.replace('http:', 'http+chartmuseum:');

/** Publishes the charts of a folder in a process of its own. */
const publish = (folder: string, url = museum.url): Promise<ActionResult> =>
  runActionProcess(sources, 'publish-chart', { charts: '*', 'chart-repository': repository(url) }, folder);

/** A folder with one chart in it. */
async function workspace(name: string, version: string, text = ''): Promise<string> {
  const folder = await mkdtemp(path.join(services.workingDirectory, 'work-'));
  await writeChart(folder, name, version, text);
  return folder;
}

async function pull(program: string, version: string): Promise<Buffer> {
  const home = await mkdtemp(path.join(services.workingDirectory, 'home-'));
  const env = { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  const args = ['pull', 'shop', '--repo', museum.url, '--version', version];
  await services.processes.run(path.join(toolchainBin, program), args, { cwd: home, env });
  return readFile(path.join(home, `shop-${version}.tgz`));
}

describe('of processes that publish to one ChartMuseum at once', () => {
  it('none loses what another one publishes', async () => {
    await start({ putDelayMs: 50 });
    const versions = Array.from({ length: 20 }, (_, patch) => `1.0.${patch}`);
    const folders = await Promise.all(versions.map((version) => workspace('shop', version)));
    const results = await Promise.all(folders.map((folder) => publish(folder)));
    expect(results.map(({ code, log }) => (code === 0 ? '' : log)).join('')).toBe('');
    expect(new Set(results.map(({ outputs }) => outputs['result']))).toEqual(new Set(['published']));
    const list = (await (await fetch(`${museum.url}/api/charts/shop`)).json()) as { version: string; digest: string }[];
    expect(list.map(({ version }) => version)).toEqual([...versions].reverse());
    for (const [index, version] of versions.entries()) {
      const digest = results[index]?.outputs['digest'];
      expect(list.find((entry) => entry.version === version)?.digest).toBe(digest?.slice('sha256:'.length));
      const pulled = await Promise.all(['helm', 'helm3'].map((program) => pull(program, version)));
      for (const bytes of pulled) expect(sha256Digest(bytes)).toBe(digest);
    }
  });

  it('one wins that publishes other bytes as the same version, and all others say whose bytes are there', async () => {
    // So slow to write that all of them are told that the version is free.
    await start({ putDelayMs: 800 });
    const posted: (() => void)[] = [];
    const proxy = await startFaultProxy(museum.url, async ({ method }, moment) => {
      if (method !== 'POST' || moment !== 'before') return undefined;
      // They wait for each other, so that they meet.
      await new Promise<void>((resolve) => {
        posted.push(resolve);
        if (posted.length === 8) for (const go of posted) go();
      });
      return undefined;
    });
    open.push(() => proxy.close());
    const folders = await Promise.all(
      Array.from({ length: 8 }, (_, number) => workspace('shop', '1.0.0', `content ${number}`)),
    );
    const results = await Promise.all(folders.map((folder) => publish(folder, proxy.url)));
    expect(posted).toHaveLength(8);
    const won = results.filter(({ code }) => code === 0);
    expect(won).toHaveLength(1);
    const digest = won[0]?.outputs['digest'] ?? '';
    expect(sha256Digest(await pull('helm', '1.0.0'))).toBe(digest);
    for (const { log } of results.filter(({ code }) => code !== 0)) {
      expect(log).toContain(`shop 1.0.0 is already in ${proxy.url} with the digest ${digest}; this one has sha256:`);
    }
  });
});
