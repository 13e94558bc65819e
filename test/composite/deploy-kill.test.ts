import { cp } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { openCompositeWorld, type CompositeWorld } from '../support/composite-world.js';
import { appChart, historyOf, lockHolder, runningImages } from '../support/deploy.js';

jest.setTimeout(120_000);

let cluster: TestCluster;
let world: CompositeWorld;
beforeAll(async () => {
  cluster = await startCluster('composite-kill');
  world = await openCompositeWorld('deploy-chart');
  await cp(appChart, path.join(world.workspace, 'app'), { recursive: true });
});
afterAll(async () => {
  await world.close();
  await cluster.down();
});

const exists = async (...what: string[]) => (await cluster.get(...what)) !== undefined;
const revisions = async (namespace: string) => (await historyOf(cluster, namespace)).length;

/** What GitHub's runner does ten seconds after a cancellation, and what a machine short of memory does at once. */
async function killed(
  inputs: Readonly<Record<string, string>>,
  isThere: () => Promise<boolean>,
): Promise<Awaited<ReturnType<CompositeWorld['run']>>> {
  let sent: Promise<void> | undefined;
  const result = await world.run(inputs, {
    onStart: (pid) => {
      sent = (async () => {
        for (const end = Date.now() + 60_000; !(await isThere()) && Date.now() < end;) await delay(200);
        await delay(300);
        process.kill(pid, 'SIGKILL');
      })();
    },
  });
  await sent;
  return result;
}

describe('a deploy whose process is killed', () => {
  const inputsFor = (namespace: string) => ({
    chart: './app',
    namespace,
    'kubeconfig-file': cluster.kubeconfig,
    diff: 'false',
  });

  it.each<[string, string, (namespace: string) => Promise<boolean>]>([
    ['rollout', 'outcome=never-ready', async (namespace) => (await revisions(namespace)) === 2],
    ['test', 'test.outcome=test-hangs', (namespace) => exists('pod', 'app-test', '-n', namespace)],
    [
      'upgrade',
      'hook.events=pre-upgrade\nhook.outcome=test-hangs',
      (namespace) => exists('job', 'app-hook', '-n', namespace),
    ],
  ])('during the %s is settled by the step that follows', async (phase, set, isThere) => {
    const namespace = `kill-${phase}`;
    const first = await world.run({ ...inputsFor(namespace), test: 'false' });
    expect(first.outputs['result']).toBe('deployed');
    const result = await killed({ ...inputsFor(namespace), set: `tag=1.1.0\n${set}` }, () => isThere(namespace));
    expect(result.exitCode).toBeUndefined();
    expect(result.log).not.toContain('A defect of helm-cd');
    expect(result.log).toContain(`The deploy of app in ${namespace} was ended before it was finished.`);
    expect(result.summary).toContain('The job was ended during the deploy of app');
    expect(result.summary).toContain('Rolled back to revision 1 (app 1.0.0) as revision 3');
    const statuses = (await historyOf(cluster, namespace)).map(({ status }) => status);
    expect(statuses.at(-1)).toBe('deployed');
    expect(statuses.filter((status) => status.startsWith('pending'))).toEqual([]);
    expect(await runningImages(cluster, namespace)).toEqual(['registry.example/app:1.0.0']);
    expect(await lockHolder(cluster, namespace)).toBe('');
  });

  it('during a first install is uninstalled', async () => {
    const namespace = 'kill-first';
    const result = await killed({ ...inputsFor(namespace), set: 'outcome=never-ready' }, async () => {
      return (await revisions(namespace)) === 1;
    });
    expect(result.summary).toContain('Uninstalled: it was the first install');
    expect(await historyOf(cluster, namespace)).toEqual([]);
    expect(await exists('deployment', 'app', '-n', namespace)).toBe(false);
  });

  it('before the release was touched leaves nothing to settle', async () => {
    const namespace = 'kill-early';
    await cluster.kubectl('create', 'namespace', namespace);
    const result = await killed(inputsFor(namespace), () => exists('lease', 'helm-cd-app', '-n', namespace));
    // The lock is taken before the plan is made: the kill comes well before, or right after, the first change.
    if ((await historyOf(cluster, namespace)).length === 0) expect(result.log).not.toContain('A defect of helm-cd');
    expect((await historyOf(cluster, namespace)).filter(({ status }) => status.startsWith('pending'))).toEqual([]);
  });
});
