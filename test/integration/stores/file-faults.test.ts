import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sha256Digest } from '../../../src/core/digest.js';
import { openStore } from '../../../src/stores/open-store.js';
import { compileSources, startAction, type ActionResult, type CompiledSources } from '../../support/compiled.js';
import { packedChart } from '../../support/packed-charts.js';
import { createTestServices, projectRoot, type TestServices } from '../../support/services.js';

jest.setTimeout(120_000);

const OPTIONS = { verifyTimeoutMs: 2000 };
const MOST_STEPS = 40;
const PRELOAD = pathToFileURL(path.join(projectRoot, 'test/support/kill-at-step.mjs')).href;

let sources: CompiledSources;
let services: TestServices;

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
  await rm(services.workingDirectory, { recursive: true, force: true });
});

async function publish(folder: string, env: Readonly<Record<string, string>>): Promise<ActionResult> {
  const work = path.join(services.workingDirectory, 'work');
  const chart = await packedChart('shop', '1.0.1');
  await mkdir(work, { recursive: true });
  await writeFile(path.join(work, 'shop-1.0.1.tgz'), chart.bytes);
  const inputs = { charts: 'shop-1.0.1.tgz', 'chart-repository': pathToFileURL(folder).href };
  return (await startAction(sources, 'publish-chart', inputs, work, { NODE_OPTIONS: `--import ${PRELOAD}`, ...env }))
    .result;
}

/** Versions in the index; each archive is there as a whole. */
async function soundVersions(folder: string): Promise<readonly string[]> {
  const { entries } = JSON.parse(await readFile(path.join(folder, 'index.yaml'), 'utf8')) as {
    readonly entries: { readonly shop: readonly { readonly version: string; readonly digest: string }[] };
  };
  for (const { version, digest } of entries.shop) {
    expect(sha256Digest(await readFile(path.join(folder, `shop-${version}.tgz`)))).toBe(`sha256:${digest}`);
  }
  return entries.shop.map(({ version }) => version);
}

describe('a disk that is full from some step on', () => {
  it('leaves everything as it was, says what is in place, and the next run completes it', async () => {
    const failed: string[] = [];
    let next = 1;
    let done = false;
    const worker = async () => {
      while (!done) {
        const n = next++;
        if (n > MOST_STEPS) throw new Error(`more than ${MOST_STEPS} steps`);
        const folder = await mkdtemp(path.join(services.workingDirectory, 'repository-'));
        const store = await openStore(pathToFileURL(folder).href, {}, services);
        await store.publish([await packedChart('shop', '1.0.0')], OPTIONS);
        const note = path.join(services.workingDirectory, `step-${n}`);
        const env = { KILL_AT: String(n), KILL_BELOW: folder, KILL_NOTE: note, KILL_BY: 'ENOSPC' };
        const { code, log } = await publish(folder, env);
        if (code === 0) {
          // It may be that only what tidies up was left to do.
          done = !(await readdir(services.workingDirectory)).includes(`step-${n}`);
        } else {
          failed.push(await readFile(note, 'utf8'));
          expect(log).toContain('ENOSPC: no space left on device');
          expect(log).not.toContain('A defect of helm-cd');
          const has = (await readdir(folder)).includes('shop-1.0.1.tgz');
          expect([n, log.includes('In place: the archive of shop 1.0.1.')]).toEqual([n, has]);
        }
        expect([...(await soundVersions(folder))].at(-1)).toBe('1.0.0');
        const own = await readdir(path.join(folder, '.helm-cd'));
        expect(own.filter((name) => name.startsWith('tmp-'))).toEqual([]);
        await store.publish([await packedChart('shop', '1.0.1')], OPTIONS);
        expect([n, ...(await soundVersions(folder))]).toEqual([n, '1.0.1', '1.0.0']);
      }
    };
    await Promise.all([worker(), worker()]);
    expect(new Set(failed)).toEqual(new Set(['mkdir', 'open', 'write', 'write the rest', 'link']));
  });
});
