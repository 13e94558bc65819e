/** What is in a registry is what helm itself would have pushed, and what helm takes. */
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { generateKey, type PrivateKey } from 'openpgp';
import { packChart } from '../../../src/charts/pack.js';
import { createSigner } from '../../../src/charts/sign.js';
import { sha256Digest } from '../../../src/core/digest.js';
import { archiveName, type PackedChart } from '../../../src/core/packed-chart.js';
import { openStore } from '../../../src/stores/open-store.js';
import { startRegistry, stopRegistry } from '../../../tools/registry.mjs';
import { RawRepository, type Tagged } from '../../support/oci.js';
import { chartFiles } from '../../support/packed-charts.js';
import { createTestServices, toolchainBin, type TestServices } from '../../support/services.js';

jest.setTimeout(180_000);

const NAME = `oci-manifest-${process.pid}`;
const TIME = 1_700_000_000;
const CREATED = 'org.opencontainers.image.created';

let registry: Awaited<ReturnType<typeof startRegistry>>;
let services: TestServices;
let key: PrivateKey;
let team = 0;

beforeAll(async () => {
  registry = await startRegistry({ name: NAME });
  const userIDs = [{ name: 'Charts', email: 'charts@example.com' }];
  key = (await generateKey({ type: 'rsa', rsaBits: 2048, userIDs, format: 'object' })).privateKey;
});
afterAll(() => stopRegistry({ name: NAME }));
beforeEach(async () => {
  services = await createTestServices();
  team += 1;
});
afterEach(() => rm(services.workingDirectory, { recursive: true, force: true }));

/** Everything that helm writes into a manifest or its configuration, and what Go's JSON writes in its own way. */
const RICH = `apiVersion: v2
name: shop
version: 1.4.0+build.7
description: "Fast & <small>: ünïcödé 🛒\\u2028\\tx\\u0007"
home: https://example.com/?a=1&b=2
type: application
appVersion: "1e3"
kubeVersion: ">=1.20.0-0"
icon: https://example.com/i.svg
deprecated: false
keywords: []
tags: "a,b"
condition: shop.enabled
sources: [https://example.com/src, https://example.com/more]
maintainers:
  - { name: Ann, email: ann@example.com, url: https://ann.example }
  - { name: Ben }
annotations:
  zebra: "1"
  Alpha: "x<y"
  org.opencontainers.image.vendor: Acme
dependencies:
  - { name: db, version: 1.0.0, repository: "", alias: store, condition: store.enabled, tags: [data], import-values: [{ parent: a, child: b }, exports] }
`;
const DB = { 'charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 1.0.0\n', 'charts/db/values.yaml': 'a: 1\n' };

async function pack(files: Record<string, string>, timeSeconds?: number): Promise<PackedChart> {
  const list = Object.entries(files).map(([file, text]) => ({ path: file, data: Buffer.from(text) }));
  return packChart(list, 'shop', timeSeconds === undefined ? {} : { timeSeconds });
}

const rich = (timeSeconds?: number) => pack({ ...chartFiles('shop', '1.0.0'), ...DB, 'Chart.yaml': RICH }, timeSeconds);

async function publish(chart: PackedChart, where = `t${team}/ours`): Promise<Tagged> {
  const store = await openStore(`oci://${registry.host}/${where}`, {}, services);
  await store.publish([chart], { verifyTimeoutMs: 5000 });
  const tag = chart.metadata.version.replace('+', '_');
  return (await new RawRepository(registry.host, `${where}/shop`).get(tag)) as Tagged;
}

/** What `helm push` makes of the same archive. */
async function push(program: string, chart: PackedChart, timeSeconds: number, zone = 'UTC'): Promise<Tagged> {
  const home = await mkdtemp(path.join(services.workingDirectory, 'home-'));
  const file = path.join(home, archiveName(chart.metadata));
  await writeFile(file, chart.bytes);
  await utimes(file, timeSeconds, timeSeconds);
  if (chart.provenance !== undefined) await writeFile(`${file}.prov`, chart.provenance);
  const where = `t${team}/${program}-${zone.toLowerCase().replace(/\W/g, '')}`;
  await services.processes.run(
    path.join(toolchainBin, program),
    ['push', file, `oci://${registry.host}/${where}`, '--plain-http'],
    { cwd: home, env: { HOME: home, TZ: zone } },
  );
  const tag = chart.metadata.version.replace('+', '_');
  return (await new RawRepository(registry.host, `${where}/shop`).get(tag)) as Tagged;
}

const parsed = ({ bytes }: Tagged) => JSON.parse(bytes.toString()) as { annotations: Record<string, string> };

describe.each(['helm', 'helm3'])('%s push', (program) => {
  it('makes the very same manifest of an archive with a time', async () => {
    const chart = await rich(TIME);
    const [ours, helms] = [await publish(chart), await push(program, chart, TIME)];
    expect(ours.bytes.toString()).toBe(helms.bytes.toString());
    expect(parsed(ours).annotations[CREATED]).toBe('2023-11-14T22:13:20Z');
  });

  it('and of one that is signed', async () => {
    const sign = await createSigner(key.armor(), '');
    const chart = await sign(await rich(TIME));
    expect((await publish(chart)).digest).toBe((await push(program, chart, TIME)).digest);
  });

  it('makes another one in another time zone; ours is the same always', async () => {
    const chart = await rich(TIME);
    const elsewhere = await push(program, chart, TIME, 'Asia/Tokyo');
    const ours = await publish(chart);
    expect(elsewhere.digest).not.toBe(ours.digest);
    expect(parsed(elsewhere).annotations[CREATED]).toBe('2023-11-15T07:13:20+09:00');
    const { [CREATED]: _, ...others } = parsed(elsewhere).annotations;
    const { [CREATED]: __, ...own } = parsed(ours).annotations;
    expect({ ...parsed(elsewhere), annotations: others }).toEqual({ ...parsed(ours), annotations: own });
    process.env['TZ'] = 'Asia/Tokyo';
    try {
      expect((await publish(chart, `t${team}/again`)).digest).toBe(ours.digest);
    } finally {
      delete process.env['TZ'];
    }
  });

  it('adds the time of the file where the archive has none; that is all the difference', async () => {
    const chart = await rich();
    const [ours, helms] = [parsed(await publish(chart)), parsed(await push(program, chart, TIME))];
    const { [CREATED]: time, ...others } = helms.annotations;
    expect(time).toBe('2023-11-14T22:13:20Z');
    expect(ours).toEqual({ ...helms, annotations: others });
  });
});

describe.each(['helm', 'helm3'])('%s takes what was published', (program) => {
  it('and verifies its provenance', async () => {
    const sign = await createSigner(key.armor(), '');
    const chart = await sign(await rich());
    await publish(chart);
    const home = await mkdtemp(path.join(services.workingDirectory, 'home-'));
    const ring = path.join(home, 'ring.gpg');
    await writeFile(ring, key.toPublic().write());
    const reference = `oci://${registry.host}/t${team}/ours/shop`;
    const helm = (...args: string[]) =>
      services.processes.run(path.join(toolchainBin, program), [...args, '--plain-http'], {
        cwd: home,
        env: { HOME: home },
      });
    const pulled = await helm('pull', reference, '--version', '1.4.0+build.7', '--verify', '--keyring', ring);
    expect(pulled.stdout + pulled.stderr).toContain('Signed by: Charts <charts@example.com>');
    expect(sha256Digest(await readFile(path.join(home, 'shop-1.4.0+build.7.tgz')))).toBe(chart.digest);
    const newest = await helm('pull', reference, '--version', '>=1.0.0-0');
    expect(newest.stdout + newest.stderr).toContain('shop:1.4.0_build.7');
    expect((await helm('template', 'x', reference, '--version', '1.4.0+build.7')).stdout).toContain('kind: ConfigMap');
  });
});
