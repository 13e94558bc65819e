/** One case of the matrix in which the API server goes away in the middle of a deploy, and comes back. */
import { expect } from '@jest/globals';
import { commonInputs, writeValues } from './deploy-cause.js';
import { ENDLESS, untilDuring, type Interruption } from './deploy-interruption.js';
import {
  expectEnding,
  expectNoSecret,
  installFirst,
  namespaceOf,
  NEW_OBJECT,
  valuesFor,
  type MatrixWorld,
  type Situation,
} from './deploy-matrix.js';
import { deployChart } from './deploy.js';

export interface Restart {
  readonly name: string;
  readonly during: Exclude<Interruption['during'], 'way back'>;
}

export const RESTARTS: readonly Restart[] = [
  { name: 'API server restarted during the upgrade', during: 'upgrade' },
  { name: 'API server restarted during the rollout', during: 'rollout' },
  { name: 'API server restarted during the test', during: 'test' },
];

/** Several deploys share one restart: it comes when all of them are where they are to be. */
export class Meeting {
  private readonly done: Promise<void>;
  private missing: number;
  private begin: () => void = () => undefined;

  constructor(count: number, work: () => Promise<void>) {
    this.missing = count;
    this.done = new Promise<void>((resolve) => (this.begin = resolve)).then(work);
    this.done.catch(() => undefined);
  }

  /** @returns when all have come, or failed to, and the work is done. */
  arrive(): Promise<void> {
    this.missing -= 1;
    if (this.missing === 0) this.begin();
    return this.done;
  }
}

/** Lets what was endless go on. */
async function release({ cluster }: MatrixWorld, namespace: string, during: Restart['during']): Promise<void> {
  const change: Record<Restart['during'], readonly string[]> = {
    upgrade: ['--selector=batch.kubernetes.io/job-name=app-hook', 'helm-cd.test/outcome-'],
    rollout: ['--selector=app=app,helm-cd.test/outcome=never-ready', 'helm-cd.test/outcome=slow-ready', '--overwrite'],
    test: ['app-test', 'helm-cd.test/outcome-'],
  };
  await cluster.kubectl('label', 'pod', '--namespace', namespace, ...change[during]);
}

/**
 * Deploys; in the situations whose way back is to fail, what is endless goes on to be, and the deploy fails by its time.
 * @returns the cell of the table.
 */
export async function tryRestart(
  world: MatrixWorld,
  { name, during }: Restart,
  situation: Situation,
  meeting: Meeting,
): Promise<string> {
  const namespace = namespaceOf(name, situation);
  let arrived = false;
  const arrive = () => {
    if (arrived) return Promise.resolve();
    arrived = true;
    return meeting.arrive();
  };
  try {
    if (situation.start === 'upgrade') await installFirst(world, namespace, situation);
    const values = valuesFor(situation, { tag: '1.1.0', ...ENDLESS[during], extra: [NEW_OBJECT] });
    const { cluster } = world;
    const times: Record<string, string> = situation.hookFails
      ? { timeout: during === 'test' ? '90s' : '30s', 'test-timeout': '30s' }
      : { timeout: '120s', 'test-timeout': '120s' };
    const deploying = deployChart(
      {
        cluster,
        helm: situation.helm,
        prepare: (services) => writeValues(world, services.workingDirectory, 'values.json', values),
      },
      { ...commonInputs(world, namespace, 'values.json'), ...times, 'rollback-timeout': '60s' },
    );
    // Waited for below.
    deploying.catch(() => undefined);
    await untilDuring(world, namespace, situation, during);
    await arrive();
    if (!situation.hookFails) await release(world, namespace, during);
    const run = await deploying;
    expectNoSecret(world, await run.everything());
    const back = situation.start === 'upgrade' ? 'rolled-back' : 'uninstalled';
    // helm itself may give its hook up when nobody answers: then the release is settled.
    const expected = situation.hookFails ? [back] : during === 'rollout' ? ['deployed'] : ['deployed', back];
    expect({ result: run.result, failure: run.failure, as: expected.includes(run.result) }).toMatchObject({ as: true });
    if (run.result === 'deployed') {
      return `deployed → ${await expectEnding(world, namespace, situation, 'deployed')}`;
    }
    const end = await expectEnding(world, namespace, situation, 'gone back');
    expect(run.outputs['failed-phase']).toBe(during);
    return `${run.result} (${during}) → ${end}`;
  } finally {
    await arrive().catch(() => undefined);
  }
}
