/** One case of the matrix in which the deploy's process is told to end, or killed: the real process, by its action.yml. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { everythingOf, type CompositeWorld } from './composite-world.js';
import type { CompositeResult } from './composite.js';
import { commonInputs, writeValues } from './deploy-cause.js';
import { deployChart } from './deploy.js';
import {
  expectEnding,
  expectNoSecret,
  installFirst,
  NEW_OBJECT,
  namespaceOf,
  until,
  valuesFor,
  type MatrixWorld,
  type Situation,
  type Values,
} from './deploy-matrix.js';
import { killAll } from './kill-all.js';

export interface Interruption {
  readonly name: string;
  /** `everything`: the process, all that it has started, and the runner with its steps that would follow. */
  readonly by: 'SIGINT' | 'SIGTERM' | 'SIGKILL' | 'everything';
  readonly during: 'upgrade' | 'rollout' | 'test' | 'way back';
}

export const INTERRUPTIONS: readonly Interruption[] = [
  { name: 'SIGINT during the upgrade', by: 'SIGINT', during: 'upgrade' },
  { name: 'SIGINT during the rollout', by: 'SIGINT', during: 'rollout' },
  { name: 'SIGTERM during the test', by: 'SIGTERM', during: 'test' },
  { name: 'kill -9 during the upgrade', by: 'SIGKILL', during: 'upgrade' },
  { name: 'kill -9 during the rollout', by: 'SIGKILL', during: 'rollout' },
  { name: 'kill -9 during the test', by: 'SIGKILL', during: 'test' },
  { name: 'kill -9 during the way back', by: 'SIGKILL', during: 'way back' },
  { name: 'runner dies during the upgrade, next run', by: 'everything', during: 'upgrade' },
  { name: 'runner dies during the test, next run', by: 'everything', during: 'test' },
  { name: 'runner dies during the way back, next run', by: 'everything', during: 'way back' },
];

/** Only a way back with a hook lasts long enough to be interrupted. */
export function happens({ during }: Interruption, { hookFails }: Situation): boolean {
  return during !== 'way back' || hookFails;
}

/** Each phase goes on for ever. */
export const ENDLESS: Readonly<Record<Interruption['during'], Values>> = {
  upgrade: { hook: { events: 'pre-install,pre-upgrade', outcome: 'test-hangs' } },
  rollout: { outcome: 'never-ready' },
  test: { test: { outcome: 'test-hangs' } },
  'way back': { outcome: 'never-ready' },
};

/** Of what hangs on the way back each part gets little time. */
const TIMES: Readonly<Partial<Record<Interruption['during'], Readonly<Record<string, string>>>>> = {
  'way back': { timeout: '4s', 'rollback-timeout': '6s' },
};

/** Waits until the deploy is in a phase, as the cluster tells. */
export async function untilDuring(
  { cluster }: MatrixWorld,
  namespace: string,
  situation: Situation,
  during: Interruption['during'],
): Promise<void> {
  const revision = situation.start === 'upgrade' ? 2 : 1;
  const record = `sh.helm.release.v1.app.v${revision}`;
  const what: Record<Interruption['during'], readonly string[]> = {
    upgrade: ['job', 'app-hook'],
    rollout: ['secret', '--selector=status=deployed', `--field-selector=metadata.name=${record}`],
    test: ['pod', 'app-test'],
    'way back': ['job', 'way-back'],
  };
  await until(
    `the ${during} in ${namespace} has begun`,
    async () => {
      const found = await cluster.get<{ items?: unknown[] }>(...what[during], '--namespace', namespace);
      return found !== undefined && found.items?.length !== 0;
    },
    120_000,
  );
  await delay(700);
}

async function interrupted(
  world: MatrixWorld,
  composite: CompositeWorld,
  { by, during }: Interruption,
  namespace: string,
  situation: Situation,
): Promise<CompositeResult> {
  let sent: Promise<void> | undefined;
  const result = await composite.run(
    {
      ...commonInputs(world, namespace, `${namespace}.json`),
      ...TIMES[during],
      chart: './app',
      'helm-version': situation.helm,
      'kubeconfig-file': world.cluster.kubeconfig,
      diff: 'false',
    },
    {
      timeoutMs: 240_000,
      runnerDies: by === 'everything',
      onStart: (pid) => {
        sent = untilDuring(world, namespace, situation, during).then(() => {
          if (by === 'everything') killAll(pid);
          else process.kill(pid, by);
        });
      },
    },
  );
  await sent;
  return result;
}

/** The status that helm leaves when it is killed. */
const LEFT: Readonly<Partial<Record<Interruption['during'], Readonly<Record<Situation['start'], string>>>>> = {
  upgrade: { 'first install': 'pending-install', upgrade: 'pending-upgrade' },
  'way back': { 'first install': 'uninstalling', upgrade: 'pending-rollback' },
};

/** What the next run finds and does, where nobody was left to put anything in order. */
async function tryNextRun(
  world: MatrixWorld,
  { during }: Interruption,
  namespace: string,
  situation: Situation,
): Promise<string> {
  const { cluster } = world;
  const values = valuesFor(situation, { tag: '1.1.0' });
  const inputs = { ...commonInputs(world, namespace, 'values.json'), ...TIMES[during], timeout: '60s' };
  const next = await deployChart(
    {
      cluster,
      helm: situation.helm,
      prepare: (services) => writeValues(world, services.workingDirectory, 'values.json', values),
    },
    inputs,
  );
  expect({ result: next.result, failure: next.failure }).toEqual({ result: 'deployed', failure: undefined });
  const status = LEFT[during]?.[situation.start];
  if (status !== undefined) expect(next.summary).toContain(`was left ${status} by a run that never finished`);
  const end = await expectEnding(world, namespace, situation, 'deployed');
  expectNoSecret(world, await next.everything());
  return `${next.result} → ${end}`;
}

/**
 * Interrupts a deploy, and asserts everything.
 * @returns the cell of the table.
 */
export async function tryInterruption(
  world: MatrixWorld,
  composite: CompositeWorld,
  interruption: Interruption,
  situation: Situation,
): Promise<string> {
  const { by, during } = interruption;
  const namespace = namespaceOf(interruption.name, situation);
  const hook = during === 'way back' ? 'test-hangs' : 'test-fails';
  if (situation.start === 'upgrade') await installFirst(world, namespace, situation, hook);
  const values = valuesFor(situation, { tag: '1.1.0', ...ENDLESS[during], extra: [NEW_OBJECT] }, hook);
  await writeValues(world, composite.workspace, `${namespace}.json`, values);
  const result = await interrupted(world, composite, interruption, namespace, situation);
  expect(result.log).not.toContain('A defect of helm-cd');
  expect(result.outcome).toBe('failure');
  if (by === 'everything') {
    expectNoSecret(world, result.log);
    return tryNextRun(world, interruption, namespace, situation);
  }

  const isUpgrade = situation.start === 'upgrade';
  let said: string;
  if (by === 'SIGKILL') {
    expect(result.exitCode).toBeUndefined();
    expect(result.summary).toContain('The job was ended during the deploy of app');
    said = 'killed';
  } else {
    expect(result.outputs).toMatchObject({
      result: isUpgrade ? 'rolled-back' : 'uninstalled',
      'failed-phase': 'cancelled',
    });
    expect(result.log).toContain(`the job was cancelled during the ${during}`);
    said = `${result.outputs['result'] ?? ''} (cancelled)`;
  }
  expect(result.summary).toContain(isUpgrade ? 'Rolled back to revision 1' : 'Uninstalled');
  if (situation.hookFails) expect(result.summary).toContain('without its hooks, for one of them failed');
  const end = await expectEnding(world, namespace, situation, 'gone back');
  expectNoSecret(world, await everythingOf(result));
  return `${said} → ${end}`;
}
