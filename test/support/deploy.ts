/** Runs deploy-chart in-process: the real inputs' parser, the real services, a log in memory. */
import { cp, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { InputReader, Outcome } from '../../src/core/action.js';
import { parseDuration } from '../../src/core/duration.js';
import type { Services } from '../../src/core/ports.js';
import { readInputs } from '../../src/actions/deploy-chart/inputs.js';
import { run } from '../../src/actions/deploy-chart/run.js';
import { readInputs as readRollbackInputs } from '../../src/actions/rollback-chart/inputs.js';
import { run as runRollback } from '../../src/actions/rollback-chart/run.js';
import type { ReleaseReport } from '../../src/release/report.js';
import type { TestCluster } from './cluster.js';
import { createTestServices, projectRoot, type TestServices } from './services.js';

/** Inputs from a record, as the composite action would hand them over. */
export function inputReader(inputs: Readonly<Record<string, string>>): InputReader {
  const text = (name: string) => (inputs[name] ?? '').trim();
  const list = (name: string) =>
    text(name)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  return {
    string: (name, fallback = '') => text(name) || fallback,
    required: (name) => text(name),
    list,
    requiredList: list,
    boolean: (name, fallback) => (text(name) === '' ? fallback : text(name) === 'true'),
    duration: (name, fallback) => parseDuration(text(name) || fallback, name),
    choice: (name, values, fallback) => values.find((value) => value === text(name)) ?? fallback,
    secret: (name) => text(name),
  };
}

export const appChart = path.join(projectRoot, 'test/fixtures/charts/app');

export interface DeployRun extends Outcome {
  readonly services: TestServices;
  readonly log: string;
  readonly report: ReleaseReport;
  /** Everything that the action wrote or said: for scans. */
  everything(): Promise<string>;
}

export interface DeploySetup {
  readonly cluster: TestCluster;
  /** 4 or 3. */
  readonly helm: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Called when the services are there: to cancel later, or to put files into the working directory. */
  readonly prepare?: (services: TestServices) => void | Promise<void>;
  readonly overrides?: Partial<Services>;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

/** One run of deploy-chart with the chart `./app` in its working directory. */
export function deployChart(setup: DeploySetup, inputs: Readonly<Record<string, string>>): Promise<DeployRun> {
  return runWith(setup, (services) => {
    const all = {
      chart: './app',
      'helm-version': setup.helm,
      'kubeconfig-file': setup.cluster.kubeconfig,
      'rollback-timeout': '30s',
      ...inputs,
    };
    return run(readInputs(inputReader(all)), services);
  });
}

/** One run of rollback-chart on the release `app`. */
export function rollbackChart(setup: DeploySetup, inputs: Readonly<Record<string, string>>): Promise<DeployRun> {
  return runWith(setup, (services) => {
    const all = {
      release: 'app',
      'helm-version': setup.helm,
      'kubeconfig-file': setup.cluster.kubeconfig,
      ...inputs,
    };
    return runRollback(readRollbackInputs(inputReader(all)), services);
  });
}

async function runWith(setup: DeploySetup, action: (services: TestServices) => Promise<Outcome>): Promise<DeployRun> {
  const services = await createTestServices({
    ...(setup.environment === undefined ? {} : { environment: setup.environment }),
    ...setup.overrides,
  });
  try {
    await cp(appChart, path.join(services.workingDirectory, 'app'), { recursive: true });
    await setup.prepare?.(services);
    const outcome = await action(services);
    const log = services.log.text();
    const reports = await Promise.all((await filesBelow(services.reports)).map((file) => readFile(file, 'utf8')));
    const workspace = await Promise.all(
      (await filesBelow(services.workingDirectory))
        .filter((file) => !file.startsWith(services.temp))
        .map((file) => readFile(file, 'utf8')),
    );
    const written = [log, outcome.summary, JSON.stringify(outcome), ...reports, ...workspace].join('\n');
    const report = outcome.document as unknown as ReleaseReport;
    return { ...outcome, services, log, report, everything: () => Promise.resolve(written) };
  } finally {
    await rm(path.dirname(services.temp), { recursive: true, force: true });
  }
}

export interface HelmRevision {
  readonly revision: number;
  readonly status: string;
  readonly description: string;
}

/** helm's own view of the history. */
export async function historyOf(
  cluster: TestCluster,
  namespace: string,
  release = 'app',
): Promise<readonly HelmRevision[]> {
  const output = await cluster
    .helm('helm', 'history', release, '--namespace', namespace, '--output', 'json')
    .catch((error: unknown) => {
      if (String(error).includes('release: not found')) return '[]';
      throw error;
    });
  return JSON.parse(output) as readonly HelmRevision[];
}

/** `1 superseded`, `2 deployed`: helm's own view, oldest first. */
export async function statusesOf(cluster: TestCluster, namespace: string): Promise<readonly string[]> {
  return (await historyOf(cluster, namespace)).map(({ revision, status }) => `${revision} ${status}`);
}

/** Who holds the lock of the release `app`: empty when it is free, nothing when there is none. */
export async function lockHolder(cluster: TestCluster, namespace: string): Promise<string | undefined> {
  const lease = await cluster.get<{ spec: { holderIdentity?: string } }>('lease', 'helm-cd-app', '-n', namespace);
  return lease?.spec.holderIdentity;
}

/** The images that the pods of a Deployment really have, ready ones only. */
export async function runningImages(cluster: TestCluster, namespace: string, app = 'app'): Promise<readonly string[]> {
  const pods = await cluster.get<{
    items: {
      spec: { containers: { image: string }[] };
      status: { conditions?: { type: string; status: string }[] };
    }[];
  }>('pods', '--namespace', namespace, '--selector', `app=${app}`);
  const ready = (pods?.items ?? []).filter((pod) =>
    (pod.status.conditions ?? []).some((condition) => condition.type === 'Ready' && condition.status === 'True'),
  );
  return ready.flatMap((pod) => pod.spec.containers.map((container) => container.image));
}
