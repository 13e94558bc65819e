import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { deployChart, historyOf, runningImages, type DeployRun } from '../support/deploy.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

jest.setTimeout(180_000);

/** Longer than any one request is waited for, shorter than what is retried. */
const LOST_MS = 8000;

let cluster: TestCluster;
let proxy: TcpProxy;
/** The cluster as it is seen through the proxy. */
let proxied: TestCluster;

beforeAll(async () => {
  cluster = await startCluster('deploy-network');
  proxy = await startTcpProxy(Number(new URL(cluster.server).port));
  const kubeconfig = path.join(path.dirname(cluster.kubeconfig), 'proxied');
  const text = await readFile(cluster.kubeconfig, 'utf8');
  await writeFile(kubeconfig, text.replace(cluster.server, `https://127.0.0.1:${proxy.port}`));
  proxied = { ...cluster, kubeconfig };
});
afterAll(async () => {
  await proxy.close();
  await cluster.down();
});

const image = (tag: string) => `registry.example/app:${tag}`;

/** Deploys, and loses the network when the log says something, or something is there. */
async function losing(
  namespace: string,
  inputs: Record<string, string>,
  when: RegExp | (() => Promise<boolean>),
): Promise<DeployRun> {
  let lost = false;
  const run = await deployChart(
    {
      cluster: proxied,
      helm: '4',
      prepare: (services) => {
        const watch = setInterval(() => {
          void (async () => {
            if (!(when instanceof RegExp ? when.test(services.log.text()) : await when()) || lost) return;
            clearInterval(watch);
            lost = true;
            proxy.cut();
            setTimeout(() => proxy.heal(), LOST_MS);
          })();
        }, 100);
      },
    },
    { namespace, ...inputs },
  );
  expect(lost).toBe(true);
  proxy.heal();
  return run;
}

async function end(namespace: string): Promise<readonly string[]> {
  await delay(500);
  const history = await historyOf(cluster, namespace);
  return history.map(({ revision, status }) => `${revision} ${status}`);
}

describe('a runner that loses its network for a while', () => {
  it.each([
    ['before anything is touched', /^Cluster /m, 'tag=1.1.0'],
    ['during the rollout', /of 1 updated replicas|old replicas|Upgrading/, 'tag=1.1.0\noutcome=slow-ready'],
  ])('%s goes on when it is back', async (_, when, set) => {
    const namespace = `lost-${set.includes('slow') ? 'rollout' : 'early'}`;
    await deployChart({ cluster, helm: '4' }, { namespace, test: 'false' });
    const run = await losing(namespace, { set, test: 'false' }, when);
    // Where helm itself was at work it gives up, and the release goes back; nothing in between.
    expect(['deployed', 'rolled-back']).toContain(run.result);
    const history = await end(namespace);
    expect(history.filter((entry) => /pending/.test(entry))).toEqual([]);
    expect(history.at(-1)).toMatch(/deployed$/);
    expect(await runningImages(cluster, namespace)).toEqual([image(run.result === 'deployed' ? '1.1.0' : '1.0.0')]);
  });

  it('while helm is at work has the release back where it was', async () => {
    const namespace = 'lost-upgrade';
    await deployChart({ cluster, helm: '4' }, { namespace, test: 'false' });
    const set = 'tag=1.1.0\nhook.events=pre-upgrade\nhook.outcome=test-hangs';
    const run = await losing(namespace, { set, test: 'false', timeout: '30s' }, async () => {
      return (await cluster.get('job', 'app-hook', '-n', namespace)) !== undefined;
    });
    expect(run.result).toBe('rolled-back');
    expect(run.outputs['failed-phase']).toBe('upgrade');
    const history = await end(namespace);
    expect(history.filter((entry) => /pending/.test(entry))).toEqual([]);
    expect(history.at(-1)).toMatch(/deployed$/);
    expect(await runningImages(cluster, namespace)).toEqual([image('1.0.0')]);
  });
});

describe('many releases at once', () => {
  it('ten in one namespace, by ten runs, are all deployed, each by its own lock', async () => {
    const namespace = 'ten';
    await cluster.kubectl('create', 'namespace', namespace);
    const releases = Array.from({ length: 10 }, (_, index) => `app-${index}`);
    const runs = await Promise.all(
      releases.map((release) => deployChart({ cluster, helm: '4' }, { namespace, release, timeout: '3m' })),
    );
    expect(runs.map(({ result, failure }) => failure ?? result)).toEqual(releases.map(() => 'deployed'));
    const leases = await cluster.get<{ items: { metadata: { name: string }; spec: { holderIdentity?: string } }[] }>(
      'leases',
      '-n',
      namespace,
    );
    const holders = (leases?.items ?? []).map(({ metadata, spec }) => `${metadata.name}: ${spec.holderIdentity ?? ''}`);
    expect(holders.sort()).toEqual(releases.map((release) => `helm-cd-${release}: `));
  });
});
