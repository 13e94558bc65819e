import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { HelmCdError } from '../../../src/core/errors.js';
import { createChartImage } from '../../../src/core/oci-chart.js';
import { openStore } from '../../../src/stores/open-store.js';
import type { ChartStore } from '../../../src/stores/store.js';
import { startRegistry, stopRegistry } from '../../../tools/registry.mjs';
import { RawRepository } from '../../support/oci.js';
import { packedChart } from '../../support/packed-charts.js';
import { createTestServices, toolchainBin, type TestServices } from '../../support/services.js';
import { holdingsOf, inspect, provenanceFor, publishAll } from '../../support/upkeep.js';

jest.setTimeout(180_000);

const NAME = `oci-upkeep-${process.pid}`;

let registry: Awaited<ReturnType<typeof startRegistry>>;
let services: TestServices;
let store: ChartStore;
let raw: RawRepository;
let namespace = 0;
let folder: string;

beforeAll(async () => {
  registry = await startRegistry({ name: NAME });
});

afterAll(async () => {
  await stopRegistry({ name: NAME });
});

beforeEach(async () => {
  services = await createTestServices({ masks: { add: () => undefined, redact: (text) => text } });
  folder = `team-${(namespace += 1)}/charts`;
  store = await openStore(`oci://${registry.host}/${folder}`, {}, services);
  raw = new RawRepository(registry.host, `${folder}/shop`);
});

afterEach(async () => {
  await rm(services.workingDirectory, { recursive: true, force: true });
});

async function remove(from: ChartStore, ...versions: readonly string[]) {
  const all = await from.upkeep.holdings(['shop']);
  const removals = await from.upkeep.remove(all.filter(({ version }) => versions.includes(version)));
  return removals.map(
    ({ version, state, reason }) => `${version} ${state}${reason === undefined ? '' : `: ${reason}`}`,
  );
}

const findings = async () =>
  (await inspect(store, ['shop'])).findings.map(({ code, version }) => `${code} ${version}`).sort();

describe('pruning charts in an OCI registry', () => {
  it('deletes manifests, and both helms pull what stays', async () => {
    await publishAll(store, 'shop 1.0.0', 'shop 1.1.0 *', 'shop 2.0.0');
    const [newest] = await store.upkeep.holdings(['shop']);
    expect(newest).toMatchObject({ version: '2.0.0', listed: true, created: undefined });
    expect(newest?.sizeBytes).toBeGreaterThan(400);
    expect(await remove(store, '1.0.0', '1.1.0')).toEqual(['1.1.0 removed', '1.0.0 removed']);
    expect(await raw.tags()).toEqual(['2.0.0']);
    expect(await remove(store, '1.0.0')).toEqual([]);
    for (const helm of ['helm', 'helm3']) {
      const pull = (version: string) =>
        services.processes.run(
          path.join(toolchainBin, helm),
          ['pull', `oci://${registry.host}/${folder}/shop`, '--version', version, '--plain-http', '-d', services.temp],
          { accept: 'any' },
        );
      expect((await pull('2.0.0')).code).toBe(0);
      expect((await pull('1.0.0')).code).toBe(1);
    }
    expect(await findings()).toEqual([]);
  });

  it('takes along what refers to a version, and nothing of another', async () => {
    await publishAll(store, 'shop 1.0.0', 'shop 2.0.0');
    for (const version of ['1.0.0', '2.0.0']) {
      const subject = await raw.get(version);
      if (subject === undefined) throw new Error('not there');
      await raw.cosign(subject, `signature of ${version}`);
      await raw.attach(subject, 'application/vnd.example', `attached to ${version}`);
    }
    expect(await raw.tags()).toHaveLength(6);
    expect(await remove(store, '1.0.0')).toEqual(['1.0.0 removed']);
    const left = (await raw.get('2.0.0'))?.digest.replace(':', '-') ?? '';
    expect([...(await raw.tags())].sort()).toEqual(['2.0.0', left, `${left}.sig`]);
  });

  it('leaves a version whose manifest has another tag, which would go with it', async () => {
    await publishAll(store, 'shop 1.0.0', 'shop 2.0.0');
    const manifest = await raw.get('1.0.0');
    await raw.put('stable', manifest?.bytes);
    const reason = 'stable has the same manifest, and would be deleted, too.';
    expect(await remove(store, '1.0.0')).toEqual([`1.0.0 changed: ${reason}`]);
    expect([...(await raw.tags())].sort()).toEqual(['1.0.0', '2.0.0', 'stable']);
  });

  it('leaves a version that has another archive by now', async () => {
    await publishAll(store, 'shop 1.0.0', 'shop 2.0.0');
    const planned = (await store.upkeep.holdings(['shop'])).filter(({ version }) => version === '1.0.0');
    const { blobs, manifest } = createChartImage(await packedChart('shop', '1.0.0', 'another'));
    for (const blob of blobs) await raw.blob(blob);
    await raw.put('1.0.0', manifest);
    expect(await store.upkeep.remove(planned)).toEqual([{ name: 'shop', version: '1.0.0', state: 'changed' }]);
    expect(await holdingsOf(store)).toEqual(['2.0.0', '1.0.0']);
  });

  it('says when the registry deletes nothing, and has then deleted nothing', async () => {
    const name = `${NAME}-keeps`;
    const { host } = await startRegistry({ name, deletes: false });
    try {
      const keeping = await openStore(`oci://${host}/${folder}`, {}, services);
      await publishAll(keeping, 'shop 1.0.0', 'shop 2.0.0');
      const error = await remove(keeping, '1.0.0').then(
        () => undefined,
        (reason: unknown) => reason as HelmCdError,
      );
      expect(error?.code).toBe('unsupported');
      expect(error?.message).toBe(
        `${host}/${folder}/shop: the registry deletes nothing: UNSUPPORTED The operation is unsupported. (HTTP 405).`,
      );
      expect(error?.hint).toContain('storage.delete.enabled');
      expect(await holdingsOf(keeping)).toEqual(['2.0.0', '1.0.0']);
    } finally {
      await stopRegistry({ name });
    }
  });
});

describe('checking charts in an OCI registry', () => {
  /** A version pushed past helm-cd: the manifest of one chart under a tag, with whatever else. */
  async function push(
    tag: string,
    change: (manifest: { config: { digest: string }; layers: { digest: string }[] }) => void,
  ) {
    const chart = await packedChart('shop', '1.0.0');
    const { blobs, manifest } = createChartImage({ ...chart, provenance: provenanceFor(chart) });
    for (const blob of blobs) await raw.blob(blob);
    const content = JSON.parse(Buffer.from(manifest).toString('utf8')) as Parameters<typeof change>[0];
    change(content);
    await raw.put(tag, content);
  }

  it('finds nothing in what was published', async () => {
    await publishAll(store, 'shop 1.0.0 *', 'shop 1.1.0');
    expect(await inspect(store, ['shop'])).toMatchObject({ findings: [], charts: 1, versions: 2, archives: 2 });
    expect(await inspect(store, ['other'])).toMatchObject({ findings: [], charts: 0, versions: 0 });
  });

  it('finds a chart under the tag of another version', async () => {
    await push('1.0.1', () => undefined);
    expect(await findings()).toEqual(['wrong-chart 1.0.1', 'wrong-chart 1.0.1']);
  });

  it('finds what is no chart, and a provenance that is of something else', async () => {
    const { digest, size } = await raw.blob('no archive');
    const layer = { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', digest, size };
    await push('1.0.0', (manifest) => {
      manifest.layers = manifest.layers.map((one) => (JSON.stringify(one).includes('tar+gzip') ? layer : one));
    });
    await raw.put('3.0.0', {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size },
      layers: [],
    });
    expect(await findings()).toEqual(['not-a-chart 1.0.0', 'not-a-chart 3.0.0', 'wrong-provenance 1.0.0']);
  });

  it('finds versions that differ in build metadata only', async () => {
    await publishAll(store, 'shop 1.0.0+a');
    const { blobs, manifest } = createChartImage(await packedChart('shop', '1.0.0+b'));
    for (const blob of blobs) await raw.blob(blob);
    await raw.put('1.0.0_b', manifest);
    expect(await findings()).toEqual([expect.stringMatching(/^same-but-for-build 1\.0\.0\+[ab]$/)]);
  });

  it('finds blobs that are gone, and bytes that have changed', async () => {
    const [first, second] = await publishAll(store, 'shop 1.0.0', 'shop 1.1.0');
    const root = path.join(registry.directory, 'docker/registry/v2/blobs/sha256');
    const fileOf = (digest = '') => path.join(root, digest.slice(7, 9), digest.slice(7), 'data');
    expect(await readdir(root)).not.toEqual([]);
    await rm(fileOf(first?.digest));
    await writeFile(fileOf(second?.digest), second?.bytes.map((byte) => byte ^ 1) ?? '');
    expect(await findings()).toEqual(['dangling-entry 1.0.0', 'wrong-digest 1.1.0']);
    const { findings: all } = await inspect(store, ['shop']);
    const repairs = await store.upkeep.repair(all, () => Promise.reject(new Error('not needed')));
    expect(repairs.map(({ state }) => state)).toEqual(['left', 'left']);
  });

  it('cannot say which charts there are', async () => {
    expect(await store.upkeep.names()).toBeUndefined();
  });
});
