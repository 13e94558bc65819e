/** Many processes publish to one registry at once. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { sha256Digest } from '../../../src/core/digest.js';
import { findVersion } from '../../../src/stores/find-version.js';
import { openStore } from '../../../src/stores/open-store.js';
import { startRegistry, stopRegistry } from '../../../tools/registry.mjs';
import { compileSources, runActionProcess, type CompiledSources } from '../../support/compiled.js';
import { writeChart } from '../../support/packed-charts.js';
import { createTestServices, toolchainBin, type TestServices } from '../../support/services.js';

jest.setTimeout(180_000);

const NAME = `oci-race-${process.pid}`;

let host: string;
let sources: CompiledSources;
let services: TestServices;

beforeAll(async () => {
  sources = await compileSources();
  ({ host } = await startRegistry({ name: NAME }));
});
afterAll(async () => {
  await stopRegistry({ name: NAME });
  await sources.remove();
});
beforeEach(async () => {
  services = await createTestServices();
});
afterEach(() => rm(services.workingDirectory, { recursive: true, force: true }));

const publish = (folder: string, where: string) =>
  runActionProcess(sources, 'publish-chart', { charts: '*', 'chart-repository': `oci://${host}/${where}` }, folder);

async function workspace(
  ...charts: readonly (readonly [name: string, version: string, text: string])[]
): Promise<string> {
  const folder = await mkdtemp(path.join(services.workingDirectory, 'work-'));
  for (const [name, version, text] of charts) await writeChart(folder, name, version, text);
  return folder;
}

async function pulled(program: string, name: string, version: string): Promise<string> {
  const home = await mkdtemp(path.join(services.workingDirectory, 'home-'));
  const args = ['pull', `oci://${host}/many/${name}`, '--version', version, '--plain-http'];
  await services.processes.run(path.join(toolchainBin, program), args, { cwd: home, env: { HOME: home } });
  return sha256Digest(await readFile(path.join(home, `${name}-${version}.tgz`)));
}

it('20 processes publish 20 versions of one chart, and a chart of their own each: all are there, and helm pulls them', async () => {
  const numbers = Array.from({ length: 20 }, (_, number) => number);
  const folders = await Promise.all(
    numbers.map((number) => workspace(['shop', `1.0.${number}`, ''], [`own-${number}`, '1.0.0', ''])),
  );
  const results = await Promise.all(folders.map((folder) => publish(folder, 'many')));
  expect(results.map(({ code, log }) => (code === 0 ? '' : log)).join('')).toBe('');
  const store = await openStore(`oci://${host}/many`, {}, services);
  expect((await store.versions('shop')).map(({ version }) => version)).toEqual(
    numbers.map((number) => `1.0.${number}`).reverse(),
  );
  for (const [number, { outputs }] of results.entries()) {
    const charts = JSON.parse(outputs['charts'] ?? '[]') as {
      name: string;
      version: string;
      digest: string;
      result: string;
    }[];
    expect(charts.map(({ result }) => result)).toEqual(['published', 'published']);
    for (const [index, { name, version, digest }] of charts.entries()) {
      expect((await store.resolve?.(await findVersion(store, name, version)))?.digest).toBe(digest);
      // Both majors pull versions and charts, each half of them: a helm takes a quarter of a second.
      const program = (number + index) % 2 === 0 ? 'helm' : 'helm3';
      expect(await pulled(program, name, version)).toBe(digest);
    }
  }
});

it('8 processes publish 8 charts as one version: one wins, seven fail and name both digests', async () => {
  const folders = await Promise.all(
    Array.from({ length: 8 }, (_, number) => workspace(['shop', '1.0.0', `content ${number}`])),
  );
  const results = await Promise.all(folders.map((folder) => publish(folder, 'one')));
  const winners = results.filter(({ code }) => code === 0);
  expect(winners).toHaveLength(1);
  const digest = winners[0]?.outputs['digest'] ?? '';
  for (const { code, log } of results) {
    if (code === 0) continue;
    expect(code).toBe(1);
    const [, there, own] = /with the digest (sha256:[0-9a-f]{64}); this one has (sha256:[0-9a-f]{64})/.exec(log) ?? [];
    expect(own).toMatch(/^sha256:/);
    expect(there).not.toBe(own);
    expect(log).not.toMatch(/^\s+at /m);
  }
  const store = await openStore(`oci://${host}/one`, {}, services);
  expect((await store.resolve?.(await findVersion(store, 'shop', '')))?.digest).toBe(digest);
});
