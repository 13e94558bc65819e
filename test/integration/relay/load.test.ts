/**
 * 2,000 webhook calls, 50 at a time: good ones, each sent again, among forged signatures, garbage, what is no image of
 * ours, and clients that are slow or hang up. A real registry is asked, the relay and GitHub are processes of their own.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRegistry, stopRegistry } from '../../../tools/registry.mjs';
import { createLimiter } from '../../../src/core/concurrency.js';
import { compileSources, type CompiledSources } from '../../support/compiled.js';
import { startGitHubServerProcess } from '../../support/github-server/process.mjs';
import { pushImage } from '../../support/images.js';
import { RawRepository } from '../../support/oci.js';
import { metricIn, startRelay, type RelayProcess } from '../../support/relay.js';
import {
  call,
  dockerHubEvent,
  githubPackageEvent,
  hangUp,
  signedByGitHub,
  slowly,
} from '../../support/relay-callers.js';

const GHCR_SECRET = randomBytes(24).toString('hex');
const HUB_SECRET = randomBytes(24).toString('hex');
const TOKEN = 'ghs_token_of_the_relay';
const name = `load-${randomUUID().slice(0, 8)}`;
const AT_A_TIME = 50;
/** Tags that are pushed; each is told of twice, by one sender or the other. */
const TAGS = 400;
const MOST_MEMORY = 300 * 1024 * 1024;

let sources: CompiledSources;
let registry: { readonly host: string };
let github: Awaited<ReturnType<typeof startGitHubServerProcess>>;
let relay: RelayProcess;
let digest: string;

/** The most memory that a process has ever had, as the kernel knows it; elsewhere what it has now. */
async function peakMemory({ pid }: RelayProcess): Promise<number> {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Not Linux.
  }
  return metricIn(await relay.metrics(), 'process_resident_memory_bytes');
}

/** Always the same order, and no kind of call by itself. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  let state = 20261123;
  const next = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
  return items
    .map((item) => ({ item, at: next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

beforeAll(async () => {
  sources = await compileSources();
  registry = await startRegistry({ name });
  // One image under many tags.
  ({ digest } = await pushImage(registry.host, 'acme/api', '1.0.0'));
  const repository = new RawRepository(registry.host, 'acme/api');
  const image = await repository.get('1.0.0');
  const inTurn = createLimiter(8);
  await Promise.all(Array.from({ length: TAGS }, (_, n) => inTurn(() => repository.put(`1.1.${n}`, image?.bytes))));
  github = await startGitHubServerProcess({
    repositories: [{ owner: 'acme', name: 'charts', files: { 'README.md': 'charts' } }],
    tokens: [TOKEN],
  });
  relay = await startRelay({
    entry: sources.path('relay.js'),
    config: {
      github: { 'api-url': github.apiUrl, 'token-env': 'RELAY_TOKEN' },
      limits: { 'body-timeout': '2s', appear: '500ms' },
      sources: {
        ghcr: { provider: 'ghcr', registry: registry.host, auth: { hmac: { 'secret-env': 'GHCR_SECRET' } } },
        hub: { provider: 'dockerhub', registry: registry.host, auth: { path: { 'secret-env': 'HUB_SECRET' } } },
      },
      routes: [{ images: [`${registry.host}/acme/*`], tags: '>=1.1.0', repository: 'acme/charts' }],
    },
    env: { RELAY_TOKEN: TOKEN, GHCR_SECRET, HUB_SECRET },
  });
}, 180_000);

afterAll(async () => {
  await relay.stop('SIGKILL');
  await github.close();
  await stopRegistry({ name });
  await sources.remove();
});

describe('2,000 webhook calls, 50 at a time', () => {
  it('every good one is told once, none of the bad ones, in bounded memory', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: AT_A_TIME });
    const image = `${registry.host}/acme/api`;
    const statuses = new Map<string, Map<number, number>>();
    const count = (kind: string, status: number) => {
      const ofKind = statuses.get(kind) ?? new Map<number, number>();
      statuses.set(kind, ofKind.set(status, (ofKind.get(status) ?? 0) + 1));
    };
    const post = async (kind: string, path: string, body: string, headers: Record<string, string> = {}) => {
      const answer = await call(`${relay.url}${path}`, { body, headers, agent });
      count(kind, answer.status);
    };
    const fromGitHub = (kind: string, body: string, secret = GHCR_SECRET) =>
      post(kind, '/ghcr', body, signedByGitHub(body, secret));
    const fromHub = (kind: string, body: string, secret = HUB_SECRET) => post(kind, `/hub/${secret}`, body);
    const large = 'x'.repeat(1024 * 1024 + 1);

    const kinds: readonly (readonly [number, (n: number) => Promise<void>])[] = [
      [TAGS, (n) => fromGitHub('good', githubPackageEvent(image, `1.1.${n}`, digest))],
      [
        TAGS,
        (n) =>
          n % 2 === 0
            ? fromGitHub('replay', githubPackageEvent(image, `1.1.${n}`))
            : fromHub('replay', dockerHubEvent('acme/api', `1.1.${n}`)),
      ],
      [300, (n) => fromGitHub('forged', githubPackageEvent(image, `1.1.${n}`), 'a-secret-that-was-guessed')],
      [150, (n) => fromHub('wrong path', dockerHubEvent('acme/api', `1.1.${n}`), HUB_SECRET.replace(/.$/, 'z'))],
      [
        200,
        (n) =>
          fromGitHub(
            'garbage',
            n % 2 === 0 ? `{"action":"published","registry_package":${n}` : randomBytes(n).toString('base64'),
          ),
      ],
      [150, (n) => fromGitHub('not ours', githubPackageEvent(`${registry.host}/other/api`, `1.1.${n}`))],
      [100, (n) => fromGitHub('not this tag', githubPackageEvent(image, `feature-${n}`))],
      [50, (n) => fromGitHub('not there', githubPackageEvent(image, `9.0.${n}`))],
      [50, () => post('nowhere', '/else', '{}')],
      [50, () => fromGitHub('large', large)],
      [100, async () => count('slow', Number(/^HTTP\/1\.1 (\d+)/.exec(await slowly(relay.port, '/ghcr'))?.[1] ?? 0))],
      [50, async () => count('hangs up', await hangUp(relay.port, '/ghcr').then(() => 0))],
    ];
    const calls = shuffled(kinds.flatMap(([times, send]) => Array.from({ length: times }, (_, n) => () => send(n))));
    expect(calls).toHaveLength(2000);

    const began = Date.now();
    const inTurn = createLimiter(AT_A_TIME);
    await Promise.all(calls.map((send) => inTurn(send)));
    const took = Date.now() - began;
    agent.destroy();

    const expected: Record<string, Record<number, number>> = {
      good: { 200: TAGS },
      replay: { 200: TAGS },
      forged: { 401: 300 },
      'wrong path': { 401: 150 },
      garbage: { 400: 200 },
      'not ours': { 200: 150 },
      'not this tag': { 200: 100 },
      'not there': { 200: 50 },
      nowhere: { 404: 50 },
      large: { 413: 50 },
      slow: { 408: 100 },
      'hangs up': { 0: 50 },
    };
    const seen = [...statuses].map(([kind, ofKind]) => [kind, Object.fromEntries(ofKind)]);
    expect(Object.fromEntries(seen)).toEqual(expected);

    const { dispatches, violations } = await github.state();
    const told = dispatches.map(
      ({ clientPayload }) => (clientPayload as { image: { reference: string } }).image.reference,
    );
    expect(told.toSorted()).toEqual(Array.from({ length: TAGS }, (_, n) => `${image}:1.1.${n}@${digest}`).toSorted());
    expect(violations).toEqual([]);

    const metrics = await relay.metrics();
    const requests = (labels: Record<string, string>) => metricIn(metrics, 'helm_cd_relay_requests_total', labels);
    expect(metricIn(metrics, 'helm_cd_relay_dispatches_total', { outcome: 'dispatched' })).toBe(TAGS);
    expect(requests({ outcome: 'unauthorized' })).toBe(450);
    expect(requests({ outcome: 'malformed' })).toBe(200);
    expect(requests({ source: 'ghcr', outcome: 'too-slow' })).toBe(100);
    expect(metricIn(metrics, 'helm_cd_relay_requests_in_flight')).toBe(0);
    for (const secret of [GHCR_SECRET, HUB_SECRET, TOKEN]) expect(relay.text()).not.toContain(secret);

    const peak = await peakMemory(relay);
    expect(peak).toBeLessThan(MOST_MEMORY);
    console.log(`2,000 calls in ${(took / 1000).toFixed(1)} s; ${Math.round(peak / 1024 ** 2)} MiB at the most`);
    expect(await relay.stop()).toBe(0);
  }, 300_000);
});
