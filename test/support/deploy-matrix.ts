/** The failure matrix of deploy-chart: where its cases take place, what is asserted of each, and the table of all. */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from '@jest/globals';
import { startCluster, type TestCluster } from './cluster.js';
import { appChart, historyOf, runningImages } from './deploy.js';
import { projectRoot, temporaryFolder, toolchainBin } from './services.js';

const execute = promisify(execFile);

export interface Situation {
  readonly helm: '4' | '3';
  readonly start: 'first install' | 'upgrade';
  /** The hook of the way back (pre-rollback, pre-delete) fails. */
  readonly hookFails: boolean;
}

const STARTS = ['first install', 'upgrade'] as const;

/** Of one helm: first installs and upgrades, with a way back that works, then with one whose hook fails. */
export function situationsOf(helm: Situation['helm']): readonly Situation[] {
  return [false, true].flatMap((hookFails) => STARTS.map((start) => ({ helm, start, hookFails })));
}

/** A name for a namespace. */
export function namespaceOf(name: string, { helm, start, hookFails }: Situation): string {
  const slug = name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `${slug}-${start === 'upgrade' ? 'up' : 'in'}-${hookFails ? 'hook-' : ''}${helm}`.slice(0, 63);
}

export function titleOf(name: string, { start, hookFails }: Situation): string {
  return `${name}, ${start}${hookFails ? ', hook of the way back fails' : ''}`;
}

export interface MatrixWorld {
  readonly cluster: TestCluster;
  /** Removed at the end. */
  readonly folder: string;
  /** A file that SOPS has encrypted: the `password` of what is deployed. */
  readonly secretsFile: string;
  readonly ageKey: string;
  close(): Promise<void>;
}

/** The `password` of what is deployed, and the one that revision 1 of an upgrade has. */
const PASSWORDS = ['today-correct-horse-"battery"', 'yesterday-correct-horse'] as const;

/** A cluster of its own, and secrets. */
export async function openMatrixWorld(name: string): Promise<MatrixWorld> {
  const folder = await temporaryFolder('helm-cd-matrix-');
  const starting = startCluster(name);
  const keyFile = path.join(folder, 'age.txt');
  await execute(path.join(toolchainBin, 'age-keygen'), ['-o', keyFile]);
  const { stdout } = await execute(path.join(toolchainBin, 'age-keygen'), ['-y', keyFile]);
  const { stdout: key } = await execute('cat', [keyFile]);
  const secretsFile = path.join(folder, 'secrets.yaml');
  await writeFile(secretsFile, `password: '${PASSWORDS[0]}'\n`);
  await execute(path.join(toolchainBin, 'sops'), ['--encrypt', '--in-place', '--age', stdout.trim(), secretsFile]);
  const cluster = await starting;
  return {
    cluster,
    folder,
    secretsFile,
    ageKey: /AGE-SECRET-KEY-\S+/.exec(key)?.[0] ?? '',
    async close() {
      await cluster.down();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A Job that fails, or hangs, whenever the release goes back or away. */
const wayBackHook = (outcome: string) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: {
    name: 'way-back',
    annotations: { 'helm.sh/hook': 'pre-rollback,pre-delete', 'helm.sh/hook-delete-policy': 'before-hook-creation' },
  },
  spec: {
    backoffLimit: 0,
    template: {
      metadata: { labels: { 'helm-cd.test/outcome': outcome } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'hook', image: 'registry.example/hook:1.0.0' }] },
    },
  },
});

export type HookOutcome = 'test-fails' | 'test-hangs';

export type Values = Readonly<Record<string, unknown>> & { readonly extra?: readonly unknown[] };

/** The chart's values in a situation: with the failing hook, where there is to be one. */
export function valuesFor({ hookFails }: Situation, values: Values, outcome: HookOutcome = 'test-fails'): Values {
  return { ...values, extra: [...(values.extra ?? []), ...(hookFails ? [wayBackHook(outcome)] : [])] };
}

/** Revision 1 of an upgrade, made by helm itself. */
export async function installFirst(
  world: MatrixWorld,
  namespace: string,
  situation: Situation,
  outcome?: HookOutcome,
): Promise<void> {
  const file = path.join(world.folder, `${namespace}.json`);
  await writeFile(file, JSON.stringify(valuesFor(situation, { password: PASSWORDS[1] }, outcome)));
  const program = situation.helm === '4' ? 'helm' : 'helm3';
  const args = ['upgrade', 'app', appChart, '--install', '--namespace', namespace, '--create-namespace'];
  await world.cluster.helm(program, ...args, '--values', file);
  // The old pods run, or a rollback would be the first to see them do so.
  await until(`the pods of ${namespace} run`, async () => (await imagesOf(world, namespace)).length > 0);
}

/** Polls, for a bounded time. */
export async function until(what: string, check: () => Promise<boolean>, milliseconds = 60_000): Promise<void> {
  for (const end = Date.now() + milliseconds; !(await check()); await delay(250)) {
    if (Date.now() > end) throw new Error(`timed out: ${what}`);
  }
}

async function imagesOf({ cluster }: MatrixWorld, namespace: string): Promise<readonly string[]> {
  return [...new Set(await runningImages(cluster, namespace))];
}

/**
 * - `untouched`: the release is as it was before, be it not there.
 * - `gone back`: after an upgrade revision 1 runs again, as a new revision; after a first install nothing is left.
 * - `deployed`: the new content runs.
 */
export type Ending = 'untouched' | 'gone back' | 'deployed';

export const OLD_IMAGE = 'registry.example/app:1.0.0';
export const NEW_IMAGE = 'registry.example/app:1.1.0';

/** What only the new content has. */
export const NEW_OBJECT = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'only-new' } };

interface RecordSecret {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
}

async function expectAbsent(world: MatrixWorld, namespace: string): Promise<void> {
  expect(await historyOf(world.cluster, namespace)).toEqual([]);
  const kinds = 'deployment,replicaset,service,configmap,secret';
  const leftOver = async () => {
    const left = await world.cluster.get<{ items: { kind: string; metadata: { name: string } }[] }>(
      ...[kinds, '--namespace', namespace],
    );
    // The cluster's own, and what a case put there itself.
    const own = (left?.items ?? []).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    return own.filter((name) => !/kube-root-ca\.crt$|\/theirs$/.test(name));
  };
  // What belonged to a Deployment goes when the garbage collector comes round, which may just have been restarted.
  let left = await leftOver();
  for (const end = Date.now() + 60_000; left.length > 0 && Date.now() < end;) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    left = await leftOver();
  }
  expect(left).toEqual([]);
}

/**
 * Asserts how a release ended, by what the cluster says: helm's records, the pods that run, the lock.
 * @returns it in a few words, for the table.
 */
export async function expectEnding(
  world: MatrixWorld,
  namespace: string,
  situation: Situation,
  ending: Ending,
): Promise<string> {
  const { cluster } = world;
  const lease = await cluster.get<{ spec: { holderIdentity?: string } }>('lease', 'helm-cd-app', '-n', namespace);
  expect(lease?.spec.holderIdentity ?? '').toBe('');
  if (ending !== 'deployed' && situation.start === 'first install') {
    await expectAbsent(world, namespace);
    return 'not installed';
  }
  const history = await historyOf(cluster, namespace);
  const statuses = history.map(({ revision, status }) => `${revision} ${status}`);
  expect(statuses.filter((status) => / (?:pending|uninstalling)/.test(status))).toEqual([]);
  const last = history.at(-1);
  expect(last?.status).toBe('deployed');
  // Of all the others none may claim to be in service.
  expect(history.filter(({ status }) => status === 'deployed')).toHaveLength(1);
  const image = ending === 'deployed' ? NEW_IMAGE : OLD_IMAGE;
  await until(
    `${image} alone runs in ${namespace}`,
    async () => (await imagesOf(world, namespace)).join() === image,
    15_000,
  );
  if (ending === 'untouched') expect(statuses).toEqual(['1 deployed']);
  if (ending === 'gone back') {
    expect(last?.description).toMatch(/^Rollback to 1: /);
    expect(await cluster.get('configmap', NEW_OBJECT.metadata.name, '-n', namespace)).toBeUndefined();
    const secrets = await cluster.get<{ items: RecordSecret[] }>('secrets', '-n', namespace, '-l', 'owner=helm');
    const outcomes = (secrets?.items ?? []).map(({ metadata }) => metadata.labels['helm-cd/outcome'] ?? '');
    const known = `${last?.revision ?? 0}.restored`;
    expect(outcomes).toContain(known);
    // The one that failed must never be gone back to.
    expect(outcomes.filter((outcome) => /^2\.(?:failed|pending)$/.test(outcome))).toHaveLength(1);
  }
  return `${last?.revision ?? 0} deployed, ${image.split(':')[1] ?? ''} runs`;
}

/** No secret may be in the text, in any form. */
export function expectNoSecret(world: MatrixWorld, text: string): void {
  for (const secret of [...PASSWORDS, world.ageKey]) {
    const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
    const shown = [...forms, Buffer.from(secret).toString('base64')].filter((form) => text.includes(form));
    expect(shown).toEqual([]);
  }
}

/** A cell of the table. */
interface Entry extends Situation {
  readonly name: string;
  readonly cell: string;
}

/**
 * Runs the cases of a file, a few at a time, while jest asks for one after the other; and writes the file's part of the table.
 */
export class MatrixRun {
  private readonly file: string;
  private readonly outcomes = new Map<string, Promise<void>>();
  private readonly entries: Entry[] = [];

  constructor(file: string) {
    this.file = file;
  }

  /**
   * @param work gives the cell's text.
   * @param after nothing begins before.
   * @returns when all have ended, well or not.
   */
  start(
    cases: readonly { readonly name: string; readonly situation: Situation }[],
    work: (index: number) => Promise<string>,
    atOnce = 4,
    after: Promise<void> = Promise.resolve(),
  ): Promise<void> {
    let last = 0;
    const free: (() => void)[] = [];
    const ended: Promise<void>[] = [];
    const turn = () => (last++ < atOnce ? Promise.resolve() : new Promise<void>((resolve) => free.push(resolve)));
    for (const [index, { name, situation }] of cases.entries()) {
      const run = async () => {
        await after;
        await turn();
        const started = Date.now();
        const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
        try {
          const cell = await work(index);
          this.entries.push({ name, ...situation, cell: `${cell}, ${seconds()}` });
        } catch (error) {
          this.entries.push({ name, ...situation, cell: `**wrong**, ${seconds()}` });
          throw error;
        } finally {
          last--;
          free.shift()?.();
        }
      };
      const outcome = run();
      // Jest asks for it later.
      ended.push(outcome.catch(() => undefined));
      this.outcomes.set(titleOf(name, situation) + situation.helm, outcome);
    }
    return Promise.all(ended).then(() => undefined);
  }

  /** Passes when the case was as expected. */
  async expect(name: string, situation: Situation): Promise<void> {
    const outcome = this.outcomes.get(titleOf(name, situation) + situation.helm);
    if (outcome === undefined) throw new Error(`${name} was not run`);
    await outcome;
  }

  /** For scripts/lib/deploy-matrix.mjs, which makes one table of all files' parts. */
  async write(order: readonly string[]): Promise<void> {
    const folder = path.join(projectRoot, 'reports/deploy-matrix');
    await mkdir(folder, { recursive: true });
    const report = { order, entries: this.entries };
    await writeFile(path.join(folder, `${this.file}.json`), `${JSON.stringify(report, null, 2)}\n`);
  }
}
