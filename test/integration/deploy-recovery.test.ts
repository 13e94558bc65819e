import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { appChart, deployChart, runningImages, statusesOf, type DeployRun } from '../support/deploy.js';
import { toolchainBin } from '../support/services.js';

jest.setTimeout(120_000);

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster('deploy-recovery');
});
afterAll(async () => {
  await cluster.down();
});

const image = (tag: string) => `registry.example/app:${tag}`;

async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; !(await check()); await delay(100)) {
    if (Date.now() > end) throw new Error(`timed out: ${what}`);
  }
}

async function lastStatus(namespace: string): Promise<string> {
  return (await statusesOf(cluster, namespace)).at(-1) ?? '';
}

/** Starts a helm that hangs in a hook, waits until it is in the middle of it, and kills it as `kill -9` does. */
async function killHelm(program: 'helm' | 'helm3', namespace: string, options: readonly string[]): Promise<void> {
  const args = ['upgrade', 'app', appChart, '--install', '--namespace', namespace, '--create-namespace', ...options];
  const child: ChildProcess = spawn(path.join(toolchainBin, program), args, {
    env: { PATH: process.env['PATH'] ?? '', HOME: path.dirname(cluster.kubeconfig), KUBECONFIG: cluster.kubeconfig },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await until('helm is in its hook', async () => (await cluster.get('job', 'app-hook', '-n', namespace)) !== undefined);
  child.kill('SIGKILL');
  await ended;
}

describe.each([
  ['4', 'helm', 'four'],
  ['3', 'helm3', 'three'],
] as const)('after an interruption, with helm %s', (helm, program, suffix) => {
  const deploy = (namespace: string, inputs: Record<string, string> = {}): Promise<DeployRun> =>
    deployChart({ cluster, helm }, { namespace, test: 'false', ...inputs });
  // What has nothing to do with helm itself is tried with one of them.
  const thorough = helm === '4';
  const killed = (number: number) => ['--labels', `helm-cd/outcome=${number}.pending`];

  it('an upgrade that was killed is rolled back first, and said', async () => {
    const namespace = `killed-upgrade-${suffix}`;
    await deploy(namespace);
    const hook = ['--set', 'tag=1.1.0,hook.events=pre-upgrade,hook.outcome=test-hangs'];
    await killHelm(program, namespace, [...hook, ...killed(2)]);
    expect(await lastStatus(namespace)).toBe('2 pending-upgrade');

    const planned = await deploy(namespace, { set: 'tag=1.2.0', 'dry-run': 'true' });
    expect(planned.failure).toContain('Revision 2 of app is pending-upgrade.');

    const run = await deploy(namespace, { set: 'tag=1.2.0' });
    expect(run.result).toBe('deployed');
    expect(run.summary).toContain(
      'Revision 2 was left pending-upgrade by a run that never finished: rolled back to revision 1 first.',
    );
    expect(await statusesOf(cluster, namespace)).toEqual(['1 superseded', '2 failed', '3 superseded', '4 deployed']);
    expect(await runningImages(cluster, namespace)).toEqual([image('1.2.0')]);
  });

  it('a first install that was killed is uninstalled first', async () => {
    const namespace = `killed-install-${suffix}`;
    const hook = ['--set', 'hook.events=pre-install,hook.outcome=test-hangs'];
    await killHelm(program, namespace, [...hook, ...killed(1)]);
    expect(await lastStatus(namespace)).toBe('1 pending-install');
    const run = await deploy(namespace);
    expect(run.result).toBe('deployed');
    expect(run.log).toContain('Revision 1 was left pending-install by a run that never finished: uninstalled first');
    expect(await statusesOf(cluster, namespace)).toEqual(['1 deployed']);
  });

  if (thorough) {
    it('a revision whose tests never ran is deployed anew, and is never gone back to', async () => {
      const namespace = `untested-${suffix}`;
      await deploy(namespace);
      // What is left when the runner dies between upgrade and test.
      await cluster.helm(program, 'upgrade', 'app', appChart, '-n', namespace, '--set', 'tag=1.1.0', ...killed(2));
      const failed = await deploy(namespace, { set: 'tag=1.2.0\ntest.outcome=test-fails', test: 'true' });
      expect(failed.failure).toContain('Rolled back to revision 1');
      await cluster.helm(program, 'upgrade', 'app', appChart, '-n', namespace, '--set', 'tag=1.1.0', ...killed(5));
      const again = await deploy(namespace, { set: 'tag=1.1.0' });
      expect(again.result).toBe('deployed');
      expect(again.log).toContain('revision 5 is not known to be good: the run that made it never finished');
    });
  }

  it('a rollback whose hook fails is repeated without hooks, and leaves nothing pending', async () => {
    const namespace = `hook-${suffix}`;
    const hook = 'hook.events=pre-rollback\nhook.outcome=test-fails';
    expect((await deploy(namespace, { set: hook })).result).toBe('deployed');
    const run = await deploy(namespace, { set: `tag=1.1.0\ntest.outcome=test-fails\n${hook}`, test: 'true' });
    expect(run.result).toBe('rolled-back');
    expect(run.failure).toContain('without its hooks');
    expect(await statusesOf(cluster, namespace)).toEqual(['1 superseded', '2 superseded', '3 deployed']);
    expect(await runningImages(cluster, namespace)).toEqual([image('1.0.0')]);
  });

  it.each([
    ...(thorough
      ? [
          ['the rollout', 'outcome=never-ready', 'rollout'],
          ['a test', 'test.outcome=test-hangs', 'test'],
        ]
      : []),
    ['a hook', 'hook.events=post-upgrade\nhook.outcome=test-hangs', 'upgrade'],
  ])('a job that is cancelled during %s goes back', async (_, set, phase) => {
    const namespace = `cancel-${phase}-${suffix}`;
    await deploy(namespace);
    const started = deployChart(
      {
        cluster,
        helm,
        prepare: (services) => {
          const cancelWhen = {
            rollout: /of 1 updated replicas are available|old replicas/,
            test: /Deployment\/app: 1 of 1/,
            upgrade: /Upgrading app/,
          }[phase];
          const watch = setInterval(() => {
            if (cancelWhen?.test(services.log.text()) !== true) return;
            clearInterval(watch);
            setTimeout(() => services.cancel.abort(), 1000);
          }, 50);
        },
      },
      { namespace, set: `tag=1.1.0\n${set}` },
    );
    const run = await started;
    expect(run.result).toBe('rolled-back');
    expect(run.outputs['failed-phase']).toBe('cancelled');
    expect(run.failure).toContain(`the job was cancelled during the ${phase}`);
    expect(await runningImages(cluster, namespace)).toEqual([image('1.0.0')]);
    expect(await lastStatus(namespace)).toBe('3 deployed');
    const lease = await cluster.get<{ spec: { holderIdentity?: string } }>('lease', 'helm-cd-app', '-n', namespace);
    expect(lease?.spec.holderIdentity).toBe('');
  });
});

describe('the lock', () => {
  const deploy = (namespace: string, inputs: Record<string, string> = {}): Promise<DeployRun> =>
    deployChart({ cluster, helm: '4' }, { namespace, test: 'false', ...inputs });

  it('lets two deploys of one release follow each other', async () => {
    const namespace = 'both';
    await deploy(namespace);
    const runs = await Promise.all([deploy(namespace, { set: 'tag=1.1.0' }), deploy(namespace, { set: 'tag=1.2.0' })]);
    expect(runs.map((run) => run.result)).toEqual(['deployed', 'deployed']);
    expect(runs.some((run) => run.log.includes('which is deploying this release'))).toBe(true);
    expect(await statusesOf(cluster, namespace)).toEqual(['1 superseded', '2 superseded', '3 deployed']);
  });

  it('lets two first installs into a new namespace follow each other', async () => {
    const namespace = 'both-new';
    const runs = await Promise.all([deploy(namespace, { set: 'tag=1.1.0' }), deploy(namespace, { set: 'tag=1.2.0' })]);
    expect(runs.map((run) => run.result)).toEqual(['deployed', 'deployed']);
    expect(await statusesOf(cluster, namespace)).toEqual(['1 superseded', '2 deployed']);
  });

  it('names the holder when it waits in vain, and nothing changes', async () => {
    const namespace = 'held';
    await deploy(namespace);
    const renewTime = new Date(Date.now() + 3600_000).toISOString().replace('Z', '000Z');
    await cluster.kubectl(
      ...['patch', 'lease', 'helm-cd-app', '-n', namespace, '--type=merge', '--patch'],
      JSON.stringify({ spec: { holderIdentity: 'acme/shop run 5 attempt 1', leaseDurationSeconds: 3600, renewTime } }),
    );
    const run = await deploy(namespace, { set: 'tag=1.1.0', 'lock-timeout': '2s' });
    expect(run.result).toBe('failed');
    expect(run.failure).toContain('Another deploy holds this release: acme/shop run 5 attempt 1.');
    expect(await statusesOf(cluster, namespace)).toEqual(['1 deployed']);
  });

  it("waits for somebody else's helm, which may be alive", async () => {
    const namespace = 'foreign';
    await deploy(namespace);
    await killHelm('helm', namespace, ['--set', 'tag=1.1.0,hook.events=pre-upgrade,hook.outcome=test-hangs']);
    const run = await deploy(namespace, { set: 'tag=1.2.0', 'lock-timeout': '3s' });
    expect(run.result).toBe('failed');
    expect(run.failure).toContain('Another helm operation on this release is in progress (pending-upgrade).');
  });
});
