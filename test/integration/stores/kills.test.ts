import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sha256Digest } from '../../../src/core/digest.js';
import type { PackedChart } from '../../../src/core/packed-chart.js';
import { provenanceMessage } from '../../../src/core/provenance.js';
import { openStore } from '../../../src/stores/open-store.js';
import { startS3, stopS3 } from '../../../tools/s3.mjs';
import { startCarelessS3 } from '../../support/careless-s3.js';
import { compileSources, startAction, type CompiledSources } from '../../support/compiled.js';
import { startFaultProxy, type FaultProxy, type Hook } from '../../support/fault-proxy.js';
import { packedChart } from '../../support/packed-charts.js';
import { createTestServices, projectRoot, type TestServices } from '../../support/services.js';

jest.setTimeout(120_000);

/** More steps than a run has: a run that has more is wrong. */
const MOST_STEPS = 60;
const AT_ONCE = 2;
const OPTIONS = { verifyTimeoutMs: 5000 };
const BUCKET = 'charts';
const S3_NAME = `kills-${process.pid}`;

let sources: CompiledSources;
let server: Awaited<ReturnType<typeof startS3>>;
let services: TestServices;
let chart: PackedChart;
/** Where the chart lies, packaged and signed. */
let work: string;

beforeAll(async () => {
  sources = await compileSources();
  server = await startS3({ name: S3_NAME, bucket: BUCKET });
});

afterAll(async () => {
  await stopS3({ name: S3_NAME });
  await sources.remove();
});

beforeEach(async () => {
  services = await createTestServices({
    masks: { add: () => undefined, redact: (text) => text },
    environment: { AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: server.secretAccessKey },
  });
  const packed = await packedChart('shop', '1.0.1');
  chart = { ...packed, provenance: Buffer.from(`-----BEGIN-----\n\n${provenanceMessage(packed)}`) };
  work = path.join(services.workingDirectory, 'work');
  await mkdir(work);
  await writeFile(path.join(work, 'shop-1.0.1.tgz'), chart.bytes);
  await writeFile(path.join(work, 'shop-1.0.1.tgz.prov'), chart.provenance ?? '');
});

afterEach(async () => {
  await rm(services.workingDirectory, { recursive: true, force: true });
});

interface Place {
  readonly url: string;
  readonly folder: string;
  readonly endpoint?: string;
}

async function s3Place(): Promise<Place> {
  const folder = await mkdtemp(path.join(server.directory, BUCKET, 'team-'));
  return { url: `s3://${BUCKET}/${path.basename(folder)}`, folder, endpoint: server.endpoint };
}

const publishDirectly = async ({ url, endpoint = '' }: Place, version: PackedChart) =>
  (await openStore(url, { endpointUrl: endpoint }, services)).publish([version], OPTIONS);

/** Publishes in a process of its own. */
function start(url: string, env: Readonly<Record<string, string>> = {}, endpoint = '') {
  return startAction(
    sources,
    'publish-chart',
    { charts: 'shop-1.0.1.tgz', 'chart-repository': url, 'endpoint-url': endpoint },
    work,
    { AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: server.secretAccessKey, ...env },
  );
}

interface Entry {
  readonly version: string;
  readonly digest: string;
}

/** The index as consumers see it; each archive in it is there as a whole, and the provenance that was promised. */
async function soundVersions({ folder }: Place): Promise<readonly string[]> {
  const { entries } = JSON.parse(await readFile(path.join(folder, 'index.yaml'), 'utf8')) as {
    readonly entries: { readonly shop: readonly Entry[] };
  };
  for (const { version, digest } of entries.shop) {
    expect(sha256Digest(await readFile(path.join(folder, `shop-${version}.tgz`)))).toBe(`sha256:${digest}`);
    if (version === '1.0.1') {
      expect(await readFile(path.join(folder, 'shop-1.0.1.tgz.prov'))).toEqual(chart.provenance);
    }
  }
  return entries.shop.map(({ version }) => version);
}

/** One run that is killed at its n-th step; tells whether it got as far as that. */
type KilledRun = (place: Place, n: number) => Promise<boolean>;

/**
 * Kills at every step in turn until a run gets through: each time nothing dangles, what was there is untouched, and the
 * next run completes it.
 * @returns how many runs were killed.
 */
async function killEverywhere(
  makePlace: () => Promise<Place>,
  run: KilledRun,
  age: (place: Place) => Promise<void> = async () => undefined,
): Promise<number> {
  let next = 1;
  let killed = 0;
  let done = false;
  const worker = async () => {
    while (!done) {
      const n = next++;
      if (n > MOST_STEPS) throw new Error(`more than ${MOST_STEPS} steps`);
      const place = await makePlace();
      await publishDirectly(place, await packedChart('shop', '1.0.0'));
      if (await run(place, n)) killed += 1;
      else done = true;
      const between = await soundVersions(place);
      expect([
        [n, '1.0.0'],
        [n, '1.0.1', '1.0.0'],
      ]).toContainEqual([n, ...between]);
      await age(place);
      const [again] = await publishDirectly(place, chart);
      // In a folder it may be decided that the index changes, and only not be in place yet.
      const states = between.length === 2 ? ['already-published'] : ['published', 'already-published'];
      expect(states).toContain(again?.state);
      expect([n, ...(await soundVersions(place))]).toEqual([n, '1.0.1', '1.0.0']);
      const left = (await readdir(place.folder)).filter((name) => name !== '.helm-cd').sort();
      expect(left).toEqual(['index.yaml', 'shop-1.0.0.tgz', 'shop-1.0.1.tgz', 'shop-1.0.1.tgz.prov']);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return killed;
}

/** Kills the process when its n-th request is about to reach the server. */
function killAtRequest(startProxy: (hook: Hook) => Promise<FaultProxy>): KilledRun {
  return async ({ url }, n) => {
    let left = n;
    const kill: { now?: () => void } = {};
    const proxy = await startProxy((_, moment) => {
      if (moment === 'after') return undefined;
      left -= 1;
      if (left === 0) kill.now?.();
      return left <= 0 ? 'cut' : undefined;
    });
    try {
      const running = await start(url, {}, proxy.url);
      kill.now = () => void running.process.kill('SIGKILL');
      const { code, signal, log } = await running.result;
      if (signal !== 'SIGKILL') expect([code, log]).toEqual([0, expect.stringContaining('fetched back')]);
      return signal === 'SIGKILL';
    } finally {
      await proxy.close();
    }
  };
}

describe('a run that is killed at any step is completed by the next one', () => {
  it('in S3', async () => {
    const killed = await killEverywhere(
      s3Place,
      killAtRequest((hook) => startFaultProxy(server.endpoint, hook)),
    );
    // Index; what the server does, twice; archive, provenance, index; all three read back.
    expect(killed).toBe(9);
  });

  it('in S3 without conditions, where it leaves a lock', async () => {
    const careless = await startCarelessS3(server, 'ignores');
    const locks: string[] = [];
    // As if the killed one had not renewed its lock for two minutes.
    const age = async ({ folder }: Place): Promise<void> => {
      const lock = path.join(folder, '.helm-cd/lock');
      const longAgo = new Date(Date.now() - 120_000);
      for (const name of await readdir(lock).catch(() => [])) {
        locks.push(name.replace(/-.*/, ''));
        await utimes(path.join(lock, name), longAgo, longAgo);
      }
    };
    try {
      const killed = await killEverywhere(
        async () => ({ ...(await s3Place()), endpoint: careless.url }),
        killAtRequest((hook) => startCarelessS3(server, 'ignores', hook)),
        age,
      );
      expect(killed).toBeGreaterThan(15);
      expect(new Set(locks)).toEqual(new Set(['choosing', 'ticket']));
    } finally {
      await careless.close();
    }
  });

  it('in a folder', async () => {
    const steps: string[] = [];
    const killed = await killEverywhere(
      async () => {
        const folder = await mkdtemp(path.join(services.workingDirectory, 'repository-'));
        return { url: pathToFileURL(folder).href, folder };
      },
      async ({ url, folder }, n) => {
        const note = path.join(services.workingDirectory, `step-${n}`);
        const running = await start(url, {
          NODE_OPTIONS: `--import ${pathToFileURL(path.join(projectRoot, 'test/support/kill-at-step.mjs')).href}`,
          KILL_AT: String(n),
          KILL_BELOW: folder,
          KILL_NOTE: note,
        });
        const { signal } = await running.result;
        if (signal !== 'SIGKILL') return false;
        steps.push(await readFile(note, 'utf8'));
        return true;
      },
    );
    expect(killed).toBe(steps.length);
    expect(new Set(steps)).toEqual(new Set(['mkdir', 'open', 'write', 'write the rest', 'link', 'rename', 'rm']));
  });
});
