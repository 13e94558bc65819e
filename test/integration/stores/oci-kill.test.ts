/** A run that ends anywhere is completed by the next one: publishing to a registry, and promoting between registries. */
import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sha256Digest } from '../../../src/core/digest.js';
import type { PackedChart } from '../../../src/core/packed-chart.js';
import { findVersion } from '../../../src/stores/find-version.js';
import { openStore } from '../../../src/stores/open-store.js';
import { startRegistry, stopRegistry } from '../../../tools/registry.mjs';
import { compileSources, startAction, type CompiledSources } from '../../support/compiled.js';
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy.js';
import { RawRepository, type Tagged } from '../../support/oci.js';
import { packedChart, writeChart } from '../../support/packed-charts.js';
import { promote } from '../../support/promote.js';
import { createTestServices, type TestServices } from '../../support/services.js';

jest.setTimeout(120_000);

const NAMES = [`oci-kill-a-${process.pid}`, `oci-kill-b-${process.pid}`] as const;
const OPTIONS = { verifyTimeoutMs: 3000 };

let near: string;
let far: string;
let sources: CompiledSources;
let services: TestServices;
let team = 0;
let proxy: FaultProxy | undefined;

beforeAll(async () => {
  sources = await compileSources();
  const [first, second] = await Promise.all(NAMES.map((name) => startRegistry({ name })));
  [near, far] = [first?.host ?? '', second?.host ?? ''];
});
afterAll(async () => {
  for (const name of NAMES) await stopRegistry({ name });
  await sources.remove();
});
beforeEach(async () => {
  services = await createTestServices();
});
afterEach(async () => {
  await proxy?.close();
  await rm(services.workingDirectory, { recursive: true, force: true });
});

/** Services of a run that dies when the signal comes: it sends nothing any more. Nobody else is there to wait for. */
function mortal(death: AbortSignal): TestServices {
  const sleep = async (ms: number): Promise<void> => {
    death.throwIfAborted();
    await services.clock.sleep(Math.min(ms, 20));
  };
  return { ...services, cancelled: death, clock: { ...services.clock, sleep } };
}

/**
 * Lets `work` die before its first request to a registry, before its second, and so on, that is, after the one before; then
 * runs it again undisturbed.
 * @param work gets the address of the registry, and services that die.
 * @returns how many requests there are.
 */
async function dieEverywhere(
  host: string,
  work: (at: string, own: TestServices) => Promise<unknown>,
  expectComplete: () => Promise<void>,
): Promise<number> {
  for (let nth = 1; ; nth++) {
    let count = 0;
    const death = new AbortController();
    const current = await startFaultProxy(`http://${host}`, (_, now) => {
      if (now === 'after') return undefined;
      count += 1;
      if (count < nth) return undefined;
      death.abort();
      return 'cut';
    });
    proxy = current;
    team += 1;
    const at = new URL(current.url).host;
    const died = await work(at, mortal(death.signal)).then(
      () => false,
      () => true,
    );
    if (!death.signal.aborted) {
      expect(died).toBe(false);
      await current.close();
      return nth - 1;
    }
    expect(died).toBe(true);
    await current.close();
    await work(host, mortal(new AbortController().signal));
    await expectComplete();
  }
}

it('publishing is completed wherever it was killed', async () => {
  const chart: PackedChart = { ...(await packedChart('shop', '1.0.0')), provenance: Buffer.from('signed') };
  const requests = await dieEverywhere(
    near,
    async (at, own) => (await openStore(`oci://${at}/t${team}`, {}, own)).publish([chart], OPTIONS),
    async () => {
      const store = await openStore(`oci://${near}/t${team}`, {}, services);
      const found = await findVersion(store, 'shop', '');
      expect(sha256Digest(await store.fetch(found))).toBe(chart.digest);
      expect(Buffer.from((await store.provenance(found)) ?? [])).toEqual(Buffer.from('signed'));
    },
  );
  expect(requests).toBeGreaterThan(12);
});

describe('promotion is completed wherever it was killed', () => {
  const SIGNATURE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

  it('with signatures, between two registries', async () => {
    const chart = await packedChart('shop', '1.0.0');
    await (
      await openStore(`oci://${near}/staging`, {}, mortal(new AbortController().signal))
    ).publish([chart], OPTIONS);
    const source = new RawRepository(near, 'staging/shop');
    const subject = (await source.get('1.0.0')) as Tagged;
    const signature = await source.attach(subject, SIGNATURE, 'signed');
    const cosigned = await source.cosign(subject, 'signed');
    const requests = await dieEverywhere(
      far,
      (at, own) => promote(own, { chart: 'shop', from: `oci://${near}/staging`, to: `oci://${at}/t${team}` }),
      async () => {
        const target = new RawRepository(far, `t${team}/shop`);
        expect((await target.get('1.0.0'))?.digest).toBe(subject.digest);
        expect(await target.referrers(subject.digest)).toEqual([signature]);
        expect((await target.get(`${subject.digest.replace(':', '-')}.sig`))?.digest).toBe(cosigned);
      },
    );
    expect(requests).toBeGreaterThan(20);
  });
});

it('a process that is killed by SIGKILL in the middle of a manifest leaves nothing that another run does not complete', async () => {
  team += 1;
  await writeChart(services.workingDirectory, 'shop', '1.0.0');
  const victim: { process?: ChildProcess } = {};
  const current = await startFaultProxy(`http://${near}`, (request, moment) => {
    if (moment === 'after' || request.method !== 'PUT' || !request.path.endsWith('/manifests/1.0.0')) return undefined;
    victim.process?.kill('SIGKILL');
    return 'cut';
  });
  proxy = current;
  const inputs = (at: string) => ({ charts: 'shop', 'chart-repository': `oci://${at}/t${team}` });
  const folder = services.workingDirectory;
  const running = await startAction(sources, 'publish-chart', inputs(new URL(current.url).host), folder);
  victim.process = running.process;
  expect((await running.result).signal).toBe('SIGKILL');
  expect(await new RawRepository(near, `t${team}/shop`).get('1.0.0')).toBeUndefined();
  const again = await (await startAction(sources, 'publish-chart', inputs(near), folder)).result;
  expect(again).toMatchObject({ code: 0, outputs: { result: 'published' } });
});
