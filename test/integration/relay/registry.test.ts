/** From a push to a real registry, by its notifications, through the relay in a process of its own, to GitHub. */
import { randomUUID } from 'node:crypto';
import net from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startRegistry, stopRegistry } from '../../../tools/registry.mjs';
import { compileSources, type CompiledSources } from '../../support/compiled.js';
import { startGitHubServer, type GitHubServer } from '../../support/github-server/index.js';
import { pushImage } from '../../support/images.js';
import { eventually, metricIn, startRelay, type RelayProcess } from '../../support/relay.js';

const SECRET = 'a-secret-of-the-registry';
const TOKEN = 'ghs_token_of_the_relay';
const name = `relay-${randomUUID().slice(0, 8)}`;

/** A port that is free now: the registry has to know where the relay will be. */
async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

let sources: CompiledSources;
let registry: { readonly host: string };
let port: number;
let github: GitHubServer;
const relays: RelayProcess[] = [];

/** The relay where the registry looks for it. */
async function start(more: Readonly<Record<string, unknown>> = {}, at = port): Promise<RelayProcess> {
  const relay = await startRelay({
    entry: sources.path('relay.js'),
    config: {
      github: { 'api-url': github.apiUrl, 'token-env': 'RELAY_TOKEN' },
      listen: { port: at },
      sources: { registry: { provider: 'distribution', auth: { bearer: { 'secret-env': 'REGISTRY_SECRET' } } } },
      routes: [{ images: [`${registry.host}/acme/*`], tags: ['>=1.0.0', 'main-*'], repository: 'acme/charts' }],
      limits: { appear: '1s', ...more },
    },
    env: { RELAY_TOKEN: TOKEN, REGISTRY_SECRET: SECRET },
  });
  relays.push(relay);
  return relay;
}

const references = () =>
  github.dispatches.map(({ clientPayload }) => (clientPayload['image'] as { reference: string }).reference);
const outcomes = (relay: RelayProcess) => relay.calls().map((line) => line['outcome']);

beforeAll(async () => {
  sources = await compileSources();
  port = await freePort();
  const notifications = { url: `http://127.0.0.1:${port}/registry`, headers: { Authorization: `Bearer ${SECRET}` } };
  registry = await startRegistry({ name, notifications });
}, 180_000);

afterAll(async () => {
  await stopRegistry({ name });
  await sources.remove();
});

beforeEach(async () => {
  github = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files: { 'README.md': 'charts' } }],
    tokens: [TOKEN],
  });
});

afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop('SIGKILL')));
  await github.close();
});

describe('a push to a registry', () => {
  it('becomes one event, with the digest that the registry has', async () => {
    const relay = await start();
    const { digest } = await pushImage(registry.host, 'acme/api', '1.2.3');
    await eventually(() => github.dispatches.length > 0, 'an event');
    const image = `${registry.host}/acme/api`;
    expect(github.dispatches).toEqual([
      expect.objectContaining({
        repository: 'acme/charts',
        eventType: 'image-pushed',
        clientPayload: {
          image: { reference: `${image}:1.2.3@${digest}`, name: image, tag: '1.2.3', digest, source: 'registry' },
        },
      }),
    ]);
    expect(github.violations).toEqual([]);
    await eventually(() => outcomes(relay).includes('dispatched'), 'a line of the log');
    const metrics = await relay.metrics();
    expect(
      metricIn(metrics, 'helm_cd_relay_dispatches_total', { repository: 'acme/charts', outcome: 'dispatched' }),
    ).toBe(1);
    expect(metricIn(metrics, 'helm_cd_relay_requests_total', { source: 'registry', outcome: 'dispatched' })).toBe(1);
    expect(relay.text()).not.toContain(SECRET);
    expect(await relay.stop()).toBe(0);
  });

  it('of several platforms is one event; images and tags of no route are none', async () => {
    const relay = await start();
    await pushImage(registry.host, 'other/api', '1.0.0');
    await pushImage(registry.host, 'acme/web', 'feature-x');
    const { digest } = await pushImage(registry.host, 'acme/web', '2.0.0', ['linux/amd64', 'linux/arm64'], {
      attestation: true,
    });
    await pushImage(registry.host, 'acme/web', 'main-7', [], { content: 'last' });
    await eventually(() => github.dispatches.length >= 2, 'two events');
    expect(references()).toEqual([
      `${registry.host}/acme/web:2.0.0@${digest}`,
      expect.stringMatching(/web:main-7@sha256:[0-9a-f]{64}$/),
    ]);
    const seen = await eventually(() => {
      const all = outcomes(relay);
      return all.filter((outcome) => outcome === 'dispatched').length === 2 && all;
    }, 'two lines of the log');
    expect(seen).toEqual(expect.arrayContaining(['not-routed', 'tag-refused', 'ignored']));
  });

  it('gets through when GitHub comes back', async () => {
    github.faults.add({ on: 'repos/create-dispatch-event', kind: 'answer', when: 'before', status: 502, times: 6 });
    const relay = await start({ deadline: '2s' });
    const { digest } = await pushImage(registry.host, 'acme/api', '1.3.0', [], { content: 'GitHub is down' });
    await eventually(() => github.dispatches.length > 0, 'an event');
    expect(references()).toEqual([`${registry.host}/acme/api:1.3.0@${digest}`]);
    const failed = relay.calls().filter((line) => line['outcome'] === 'failed');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.map((line) => line['status'])).toEqual(failed.map(() => 503));
    expect(failed[0]?.['reasons']).toEqual([expect.stringMatching(/acme\/charts|too long/)]);
    expect(github.faults.pending).toEqual([]);
  });

  it('gets through when the relay is killed in the middle, and when it was not there yet', async () => {
    github.faults.add({ on: 'repos/create-dispatch-event', kind: 'delay', ms: 5000 });
    const first = await start();
    const { digest } = await pushImage(registry.host, 'acme/api', '1.4.0', [], { content: 'the relay is killed' });
    await eventually(() => github.faults.pending.length === 0, 'a request on its way');
    expect(await first.stop('SIGKILL')).toBe('SIGKILL');
    const later = await pushImage(registry.host, 'acme/api', '1.5.0', [], { content: 'no relay' });
    await start();
    await eventually(() => references().includes(`${registry.host}/acme/api:1.5.0@${later.digest}`), 'both events');
    expect(references()).toContain(`${registry.host}/acme/api:1.4.0@${digest}`);
  });
});
