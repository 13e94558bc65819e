/** Runs watch-repository in-process, on a real cluster and real chart repositories. */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readChartFolder } from '../../src/charts/chart-files.js';
import { packChart } from '../../src/charts/pack.js';
import { watchRepository } from '../../src/actions/watch-repository/action.js';
import type { Outcome } from '../../src/core/action.js';
import type { PackedChart } from '../../src/core/packed-chart.js';
import type { PendingDeploy } from '../../src/core/pending-report.js';
import { createInputReader } from '../../src/runtime/inputs.js';
import { openStore } from '../../src/stores/open-store.js';
import type { StoreAccess } from '../../src/stores/store.js';
import { appChart } from './deploy.js';
import { createTestServices, temporaryFolder, type TestServices } from './services.js';

export interface Watched extends Outcome {
  readonly pending: readonly PendingDeploy[];
  /** `environment/chart` → state. */
  readonly states: Readonly<Record<string, string>>;
  readonly log: string;
}

interface ReleaseDocument {
  readonly environment: string;
  readonly chart: string;
  readonly state: string;
}

export interface WatchSetup {
  readonly environment?: Readonly<Record<string, string>>;
  /** helm-cd.yaml. */
  readonly config?: string;
  readonly prepare?: (services: TestServices) => void | Promise<void>;
}

/** One run; every output is checked to be what the result file says. */
export async function watch(setup: WatchSetup, inputs: Readonly<Record<string, string>>): Promise<Watched> {
  const { environment = {}, config, prepare } = setup;
  const services = await createTestServices({ environment });
  const saved = { ...process.env };
  try {
    if (config !== undefined) await writeFile(path.join(services.workingDirectory, 'helm-cd.yaml'), config);
    await prepare?.(services);
    for (const [name, value] of Object.entries(inputs)) process.env[`INPUT_${name.toUpperCase()}`] = value;
    const read = watchRepository.readInputs(createInputReader(services.masks));
    process.env = { ...saved };
    const outcome = await watchRepository.run(read, services);
    const pending = JSON.parse(outcome.outputs['pending'] ?? '') as PendingDeploy[];
    if (outcome.outputs['count'] !== String(pending.length)) throw new Error('count is not that of pending');
    const releases = outcome.document['releases'] as readonly ReleaseDocument[];
    const states = releases.map(({ environment: name, chart, state }) => [`${name}/${chart}`, state]);
    return { ...outcome, pending, states: Object.fromEntries(states), log: services.log.text() };
  } finally {
    process.env = saved;
    await rm(path.dirname(services.temp), { recursive: true, force: true });
  }
}

export interface AppVersion {
  readonly version: string;
  readonly name?: string;
  /** Appended to values.yaml, where the last word counts. */
  readonly values?: string;
  /** How long ago it was published. */
  readonly ageMs?: number;
}

/** The chart `app` of the fixtures, in some version. */
export async function packApp({ version, name = 'app', values = '', ageMs }: AppVersion): Promise<PackedChart> {
  const root = await temporaryFolder('helm-cd-app-');
  try {
    const folder = path.join(root, name);
    await cp(appChart, folder, { recursive: true });
    const file = path.join(folder, 'Chart.yaml');
    const text = await readFile(file, 'utf8');
    await writeFile(
      file,
      text.replace(/^version: .*$/m, `version: ${version}`).replace(/^name: .*$/m, `name: ${name}`),
    );
    const valuesFile = path.join(folder, 'values.yaml');
    const kept = (await readFile(valuesFile, 'utf8')).replace(/^test:\n(?: .*\n)*/m, (all) =>
      values.includes('test:') ? '' : all,
    );
    await writeFile(valuesFile, `${kept}${values}\n`);
    const timeSeconds = Math.floor((Date.now() - (ageMs ?? 0)) / 1000);
    return await packChart(await readChartFolder(folder), folder, ageMs === undefined ? {} : { timeSeconds });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Publishes as publish-chart does. */
export async function publish(
  url: string,
  versions: readonly AppVersion[],
  environment: Readonly<Record<string, string>> = {},
  access: StoreAccess = {},
): Promise<readonly string[]> {
  const digests: string[] = [];
  for (const one of versions) {
    const services = await createTestServices({ environment });
    const { clock } = services;
    const then = { ...clock, now: () => clock.now() - (one.ageMs ?? 0) };
    const store = await openStore(url, access, { ...services, clock: then });
    const chart = await packApp(one);
    await store.publish([chart], { verifyTimeoutMs: 20_000 });
    digests.push(chart.digest);
    await rm(path.dirname(services.temp), { recursive: true, force: true });
  }
  return digests;
}
