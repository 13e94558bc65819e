import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readFile, readdir } from 'node:fs/promises';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { historyOf, runningImages } from '../support/deploy.js';
import { openPipelineWorld, push, stepsOf, type PipelineWorld } from '../support/pipeline.js';

jest.setTimeout(180_000);

let cluster: TestCluster;
let kubeconfig: string;
let world: PipelineWorld;
let count = 0;

beforeAll(async () => {
  cluster = await startCluster('pipeline-interrupted');
  kubeconfig = await readFile(cluster.kubeconfig, 'utf8');
});
afterAll(async () => {
  await cluster.down();
});
beforeEach(async () => {
  world = await openPipelineWorld(`interrupted-${++count}`);
});
afterEach(async () => {
  await world.close();
});

describe('a pipeline that is interrupted', () => {
  it('is finished by a run that finds the chart published and not deployed', async () => {
    let killed = false;
    const first = await world.run(
      { kubeconfig },
      {
        ...push(),
        runnerDies: true,
        onStart: (pid) => {
          void (async () => {
            for (const end = Date.now() + 60_000; (await world.published()).length === 0 && Date.now() < end;) {
              await new Promise((resolve) => setTimeout(resolve, 20));
            }
            process.kill(pid, 'SIGKILL');
            killed = true;
          })();
        },
      },
    );
    expect([killed, first.outcome]).toEqual([true, 'failure']);
    const second = await world.run({ kubeconfig }, push('main', { GITHUB_RUN_ATTEMPT: '2' }));
    expect(stepsOf(second.outputs)[1]).toBe('publish ok already-published');
    expect(second.outputs['result']).toMatch(/^(deployed|unchanged)$/);
    expect(await runningImages(cluster, world.namespace)).toEqual(['registry.example/app:1.0.0']);
    expect((await historyOf(cluster, world.namespace)).at(-1)?.status).toBe('deployed');
  });

  it.each<[NodeJS.Signals, Record<string, string>]>([
    ['SIGINT', { result: 'rolled-back', 'failed-step': 'deploy', 'failed-phase': 'cancelled' }],
    ['SIGKILL', {}],
  ])('puts the release in order when it is ended by %s in the deploy', async (signal, outputs) => {
    expect((await world.run({ kubeconfig, test: 'false' }, push())).outputs['result']).toBe('deployed');
    await world.nextVersion('1.1.0', [
      ['tag: 1.0.0', 'tag: 1.1.0'],
      ["outcome: ''", 'outcome: never-ready'],
    ]);
    let sent: Promise<void> | undefined;
    const result = await world.run(
      { kubeconfig },
      {
        ...push(),
        onStart: (pid) => {
          sent = (async () => {
            for (
              const end = Date.now() + 90_000;
              (await historyOf(cluster, world.namespace)).length < 2 && Date.now() < end;
            ) {
              await new Promise((resolve) => setTimeout(resolve, 200));
            }
            process.kill(pid, signal);
          })();
        },
      },
    );
    await sent;
    expect(result.log).not.toContain('A defect of helm-cd');
    expect(result.outcome).toBe('failure');
    expect(result.outputs).toMatchObject(outputs);
    const statuses = (await historyOf(cluster, world.namespace)).map(({ status }) => status);
    expect(statuses.at(-1)).toBe('deployed');
    expect(statuses.filter((status) => status.startsWith('pending'))).toEqual([]);
    expect(await runningImages(cluster, world.namespace)).toEqual(['registry.example/app:1.0.0']);
    expect(await readdir(result.runnerTemp)).toEqual(['helm-cd-reports']);
  });
});
