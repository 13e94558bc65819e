/** Promotion between OCI registries: manifests, signatures and all. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openStore } from '../../src/stores/open-store.js';
import type { PackedChart } from '../../src/core/packed-chart.js';
import { startRegistry, stopRegistry } from '../../tools/registry.mjs';
import { startFaultProxy, type FaultProxy, type Hook, type Seen } from '../support/fault-proxy.js';
import { RawRepository, type Tagged } from '../support/oci.js';
import { packedChart } from '../support/packed-charts.js';
import { failure, promote } from '../support/promote.js';
import { createTestServices, toolchainBin, type TestServices } from '../support/services.js';

jest.setTimeout(180_000);

const NAMES = [`promote-a-${process.pid}`, `promote-b-${process.pid}`] as const;
const SIGNATURE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

let near: string;
let far: string;
let services: TestServices;
let team = 0;
let chart: PackedChart;
let source: RawRepository;
let subject: Tagged;
const proxies: FaultProxy[] = [];

beforeAll(async () => {
  [near, far] = (await Promise.all(NAMES.map((name) => startRegistry({ name })))).map(({ host }) => host) as [
    string,
    string,
  ];
});
afterAll(async () => {
  for (const name of NAMES) await stopRegistry({ name });
});

/** The source has one version, which is signed in all ways that there are. */
beforeEach(async () => {
  const own = await createTestServices({ masks: { add: () => undefined, redact: (text) => text } });
  // Nobody else publishes here: there is nothing to wait for.
  services = { ...own, clock: { ...own.clock, sleep: (ms) => own.clock.sleep(Math.min(ms, 50)) } };
  team += 1;
  chart = await packedChart('shop', '1.4.0');
  const store = await openStore(`oci://${near}/t${team}/staging`, {}, services);
  await store.publish([chart], { verifyTimeoutMs: 5000 });
  source = new RawRepository(near, `t${team}/staging/shop`);
  subject = (await source.get('1.4.0')) as Tagged;
});
afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.close();
  await rm(services.workingDirectory, { recursive: true, force: true });
});

async function proxyTo(host: string, hook: Hook): Promise<FaultProxy> {
  const proxy = await startFaultProxy(`http://${host}`, hook);
  proxies.push(proxy);
  return proxy;
}
const hostOf = ({ url }: FaultProxy) => new URL(url).host;
const from = (host = near) => `oci://${host}/t${team}/staging`;
const to = (host: string) => `oci://${host}/t${team}/production`;
const inputs = (host: string, more: Record<string, string> = {}) => ({
  chart: 'shop',
  from: from(),
  to: to(host),
  'verify-timeout': '5s',
  ...more,
});

/** What the target must have in the end. */
async function expectComplete(host: string, referrers: readonly string[]): Promise<void> {
  const target = new RawRepository(host, `t${team}/production/shop`);
  const copy = await target.get('1.4.0');
  expect(copy?.digest).toBe(subject.digest);
  expect([...(await target.referrers(subject.digest))].sort()).toEqual([...referrers].sort());
}

describe.each([
  ['within one registry', () => near, { mounted: 2, uploaded: 0 }],
  ['between two registries', () => far, { mounted: 0, uploaded: 2 }],
])('%s', (_, host, blobs) => {
  it('the very manifest is copied; again there is nothing to do', async () => {
    const { result, document } = await promote(services, inputs(host()));
    expect(result).toBe('promoted');
    expect(document['copy']).toMatchObject({ manifest: subject.digest, referrers: [] });
    const { mounted, uploaded } = (document['copy'] as { blobs: Record<string, string[]> }).blobs;
    expect([mounted?.length, uploaded?.length]).toEqual([blobs.mounted, blobs.uploaded]);
    await expectComplete(host(), []);
    // As another client sees it.
    const image = `${host()}/t${team}/production/shop:1.4.0`;
    const crane = await services.processes.run(path.join(toolchainBin, 'crane'), ['digest', '--insecure', image]);
    expect(crane.stdout.trim()).toBe(subject.digest);
    const again = await promote(services, inputs(host()));
    expect(again.result).toBe('already-published');
    expect(again.document['to']).toMatchObject({ digest: chart.digest, state: 'already-published' });
  });

  it('signatures of all kinds go along, and those of signatures; what was signed later is made up for', async () => {
    const signature = await source.attach(subject, SIGNATURE, 'signed by Ann');
    const bill = await source.attach(subject, 'application/spdx+json', 'what is in it');
    const billOfMaterials = (await source.get(bill)) as Tagged;
    const deep = await source.attach(billOfMaterials, SIGNATURE, 'the bill is signed, too');
    const cosigned = await source.cosign(subject, 'signed by cosign 2');
    const { document } = await promote(services, inputs(host()));
    expect(document['copy']).toMatchObject({ manifest: subject.digest });
    const { referrers } = document['copy'] as { referrers: string[] };
    expect([...referrers].sort()).toEqual([signature, bill, deep, cosigned].sort());
    await expectComplete(host(), [signature, bill]);
    const target = new RawRepository(host(), `t${team}/production/shop`);
    expect(await target.referrers(bill)).toEqual([deep]);
    expect((await target.get(`${subject.digest.replace(':', '-')}.sig`))?.digest).toBe(cosigned);

    const late = await source.attach(subject, SIGNATURE, 'signed by Ben, too');
    const more = await source.cosign(subject, 'and once more');
    expect((await promote(services, inputs(host()))).result).toBe('already-published');
    await expectComplete(host(), [signature, bill, late]);
    expect((await target.get(`${subject.digest.replace(':', '-')}.sig`))?.digest).toBe(more);
  });

  it('signatures that were made at the target stay', async () => {
    await source.cosign(subject, 'signed in staging');
    await promote(services, inputs(host()));
    const target = new RawRepository(host(), `t${team}/production/shop`);
    const there = (await target.get('1.4.0')) as Tagged;
    const own = await target.attach(there, SIGNATURE, 'signed in production');
    const cosigned = await target.cosign(there, 'signed in production');
    await source.cosign(subject, 'signed in staging again');
    const late = await source.attach(subject, SIGNATURE, 'in staging');
    const { document } = await promote(services, inputs(host()));
    await expectComplete(host(), [own, late]);
    const tag = `${subject.digest.replace(':', '-')}.sig`;
    expect((await target.get(tag))?.digest).toBe(cosigned);
    expect(document['warnings']).toEqual([
      `${host()}/t${team}/production/shop:${tag} was left as it is: it holds signatures that were made there.`,
    ]);
  });
});

describe('between OCI registries', () => {
  it('a mount that is refused becomes an upload', async () => {
    const isMount = ({ method, query }: Seen) => method === 'POST' && query.includes('mount=');
    const proxy = await proxyTo(near, (request, moment) =>
      moment === 'before' && isMount(request) ? { status: 405, code: 'UNSUPPORTED' } : undefined,
    );
    const host = hostOf(proxy);
    const { document } = await promote(services, { ...inputs(host), from: from(host) });
    const [config = '', layer = ''] = subject.bytes.toString().match(/sha256:[0-9a-f]{64}/g) ?? [];
    expect(document['copy']).toMatchObject({
      manifest: subject.digest,
      blobs: { mounted: [], uploaded: [config, layer] },
    });
    expect(proxy.seen.filter(isMount)).toHaveLength(2);
    await expectComplete(near, []);
  });

  it('the tag comes last: who sees the version finds its signatures', async () => {
    await source.attach(subject, SIGNATURE, 'signed');
    const proxy = await proxyTo(far, () => undefined);
    await promote(services, inputs(hostOf(proxy)));
    const writes = proxy.seen
      .filter(({ method }) => method === 'PUT')
      .map(({ path }) => path.split('/').slice(-2).join('/'));
    const tag = writes.indexOf('manifests/1.4.0');
    expect(tag).toBe(writes.length - 1);
    expect(writes.indexOf(`manifests/${subject.digest.replace(':', '-')}`)).toBeGreaterThan(
      writes.indexOf(`manifests/${subject.digest}`),
    );
  });

  it('other bytes under the version are refused, naming both digests, and stay', async () => {
    const other = await packedChart('shop', '1.4.0', 'other');
    await (await openStore(to(far), {}, services)).publish([other], { verifyTimeoutMs: 5000 });
    expect(await failure(promote(services, inputs(far)))).toMatchObject({
      code: 'conflict',
      message: `shop 1.4.0 is already in ${to(far)} with the digest ${other.digest}; this one has ${chart.digest}.`,
    });
    const plan = await promote(services, inputs(far, { 'dry-run': 'true' }));
    expect(plan).toMatchObject({ result: 'planned', document: { to: { state: 'conflict' } } });
    expect(plan.summary).toContain('### ❌ Plan: shop 1.4.0 cannot be promoted');
    expect((await (await openStore(to(far), {}, services)).plan([other]))[0]?.state).toBe('already-published');
  });

  it('the same archive by another manifest is there already, and it is said that signatures do not hold', async () => {
    const target = new RawRepository(far, `t${team}/production/shop`);
    const manifest = JSON.parse(subject.bytes.toString()) as { config: object; layers: object[]; annotations: object };
    await target.blob(chart.bytes);
    const config = await fetch(`${source.base}/blobs/${(manifest.config as { digest: string }).digest}`);
    await target.blob(Buffer.from(await config.arrayBuffer()));
    const digest = await target.put('1.4.0', { ...manifest, annotations: { when: 'another time' } });
    const { result, document } = await promote(services, inputs(far));
    expect(result).toBe('already-published');
    expect(document['warnings']).toEqual([
      `${to(far)}/shop:1.4.0 has the same archive, but not by the same manifest (${digest}, in the source ${subject.digest}): signatures of the source's manifest do not hold there.`,
    ]);
  });

  it('a source that changes while it is read is told', async () => {
    const other = await packedChart('shop', '1.4.0', 'other');
    let reads = 0;
    const proxy = await proxyTo(near, async (request, moment) => {
      const isTag = moment === 'before' && request.method === 'GET' && request.path.endsWith('/shop/manifests/1.4.0');
      if (!isTag || (reads += 1) !== 3) return undefined;
      // By plain requests: helm-cd itself would refuse.
      const raw = new RawRepository(near, `t${team}/other/shop`);
      await (await openStore(`oci://${near}/t${team}/other`, {}, services)).publish([other], { verifyTimeoutMs: 5000 });
      const { bytes } = (await raw.get('1.4.0')) as Tagged;
      const { config } = JSON.parse(bytes.toString()) as { config: { digest: string } };
      const blob = await fetch(`${raw.base}/blobs/${config.digest}`);
      await source.blob(Buffer.from(await blob.arrayBuffer()));
      await source.blob(other.bytes);
      await source.put('1.4.0', bytes);
      return undefined;
    });
    expect(await failure(promote(services, inputs(far, { from: from(hostOf(proxy)) })))).toMatchObject({
      code: 'conflict',
      message: `${from(hostOf(proxy))}/shop:1.4.0 was changed while it was read: from ${chart.digest} to ${other.digest}.`,
    });
    expect(await new RawRepository(far, `t${team}/production/shop`).tags()).toEqual([]);
  });

  it('a registry that lists referrers by itself gets no tag for them', async () => {
    const signature = await source.attach(subject, SIGNATURE, 'signed');
    const listed = new Map<string, object[]>();
    const index = 'application/vnd.oci.image.index.v1+json';
    const proxy = await proxyTo(far, async ({ method, path: asked, headers, body }, moment) => {
      if (moment === 'after') return undefined;
      const digest = /\/referrers\/(sha256:[0-9a-f]+)$/.exec(asked)?.[1];
      if (digest !== undefined) {
        const text = JSON.stringify({ schemaVersion: 2, mediaType: index, manifests: listed.get(digest) ?? [] });
        return { answer: { status: 200, headers: { 'content-type': index }, body: Buffer.from(text) } };
      }
      if (method !== 'PUT' || !asked.includes('/manifests/')) return undefined;
      const about = JSON.parse(body.toString()) as { subject?: { digest: string }; mediaType?: string };
      if (about.subject === undefined) return undefined;
      const own = { digest: asked.split('/').at(-1) ?? '', mediaType: about.mediaType, size: body.length };
      listed.set(about.subject.digest, [...(listed.get(about.subject.digest) ?? []), own]);
      const type = { 'content-type': headers['content-type'] ?? '' };
      const { status } = await fetch(`http://${far}${asked}`, { method, headers: type, body: new Uint8Array(body) });
      return { answer: { status, headers: { 'oci-subject': about.subject.digest }, body: Buffer.from('') } };
    });
    const { document } = await promote(services, inputs(hostOf(proxy)));
    expect(document['copy']).toMatchObject({ manifest: subject.digest, referrers: [signature] });
    expect(listed.get(subject.digest)).toMatchObject([{ digest: signature }]);
    expect(await new RawRepository(far, `t${team}/production/shop`).tags()).toEqual(['1.4.0']);
  });

  it('a target whose versions may not be listed gets the chart all the same, and that is said', async () => {
    const proxy = await proxyTo(far, ({ path: asked }, moment) =>
      moment === 'before' && asked.endsWith('/tags/list') ? { status: 403, code: 'DENIED' } : undefined,
    );
    const { result, document, summary } = await promote(services, inputs(hostOf(proxy)));
    expect(result).toBe('promoted');
    expect(document).toMatchObject({ before: null, changes: null });
    expect(summary).toContain('What is there cannot be told: ');
    expect(summary).toMatch(/❓ not readable: .*The list of tags was refused/);
    await expectComplete(far, []);
  });

  it('a source whose versions may not be listed has the one that is named', async () => {
    const proxy = await proxyTo(near, ({ path: asked }, moment) =>
      moment === 'before' && asked.endsWith('/tags/list') ? { status: 403, code: 'DENIED' } : undefined,
    );
    const source = { from: from(hostOf(proxy)) };
    expect((await promote(services, inputs(far, { ...source, version: '1.4.0' }))).result).toBe('promoted');
    await expectComplete(far, []);
    for (const version of ['', '^1.0', '1.4.1']) {
      const error = await failure(promote(services, inputs(far, { ...source, version })));
      expect(error).toMatchObject({
        code: 'unauthorized',
        message: expect.stringContaining('The list of tags was refused'),
      });
    }
  });
});
