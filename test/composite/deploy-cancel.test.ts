import { cp } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { openCompositeWorld, type CompositeWorld } from '../support/composite-world.js';
import { appChart, historyOf, runningImages } from '../support/deploy.js';

jest.setTimeout(120_000);

let cluster: TestCluster;
let world: CompositeWorld;
beforeAll(async () => {
  cluster = await startCluster('composite-cancel');
  world = await openCompositeWorld('deploy-chart');
  await cp(appChart, path.join(world.workspace, 'app'), { recursive: true });
});
afterAll(async () => {
  await world.close();
  await cluster.down();
});

const exists = async (...what: string[]) => (await cluster.get(...what)) !== undefined;

/** The process itself gets the signal, as from GitHub's runner: nothing of Node's defaults may get in the way. */
describe('a deploy whose job is cancelled', () => {
  it.each<[NodeJS.Signals, string, string, (namespace: string) => Promise<boolean>]>([
    [
      'SIGINT',
      'rollout',
      'outcome=never-ready',
      async (namespace) => (await historyOf(cluster, namespace)).length === 2,
    ],
    ['SIGTERM', 'test', 'test.outcome=test-hangs', (namespace) => exists('pod', 'app-test', '-n', namespace)],
    [
      'SIGINT',
      'upgrade',
      'hook.events=pre-upgrade\nhook.outcome=test-hangs',
      (namespace) => exists('job', 'app-hook', '-n', namespace),
    ],
  ])('by %s during the %s goes back and ends by itself', async (signal, phase, set, isThere) => {
    const namespace = `cancel-${phase}`;
    const inputs = { chart: './app', namespace, 'kubeconfig-file': cluster.kubeconfig, diff: 'false' };
    const first = await world.run({ ...inputs, test: 'false' });
    expect(first.outputs['result']).toBe('deployed');

    let sent: Promise<void> | undefined;
    const result = await world.run(
      { ...inputs, set: `tag=1.1.0\n${set}` },
      {
        onStart: (pid) => {
          sent = (async () => {
            for (const end = Date.now() + 60_000; !(await isThere(namespace)) && Date.now() < end;) await delay(200);
            await delay(500);
            process.kill(pid, signal);
          })();
        },
      },
    );
    await sent;
    expect(result.log).not.toContain('A defect of helm-cd');
    expect(result.outputs).toMatchObject({ result: 'rolled-back', revision: '3', 'failed-phase': 'cancelled' });
    expect(result.outcome).toBe('failure');
    expect(await runningImages(cluster, namespace)).toEqual(['registry.example/app:1.0.0']);
    expect((await historyOf(cluster, namespace)).at(-1)?.status).toBe('deployed');
  });
});
