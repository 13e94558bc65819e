import { createHash } from 'node:crypto';
import { readFile, readdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readPackedChart } from '../../src/charts/pack.js';
import type { PackedChart } from '../../src/core/packed-chart.js';
import type { Blobs } from '../../src/stores/blobs.js';
import type { ChartStore } from '../../src/stores/store.js';
import type { Holding, Inspection } from '../../src/stores/upkeep.js';
import { packedChart } from './packed-charts.js';

/** A provenance file that says the right digest; nobody has signed it. */
export function provenanceFor({ metadata, digest }: Pick<PackedChart, 'metadata' | 'digest'>): Uint8Array {
  const file = `${metadata.name}-${metadata.version}.tgz`;
  return Buffer.from(
    `-----BEGIN PGP SIGNED MESSAGE-----\n\nname: ${metadata.name}\n\n...\nfiles:\n  ${file}: ${digest}\n`,
  );
}

/** Publishes versions of charts, `shop 1.0.0` each; those with a star have a provenance file. */
export async function publishAll(store: ChartStore, ...charts: readonly string[]): Promise<readonly PackedChart[]> {
  const packed: PackedChart[] = [];
  for (const text of charts) {
    const [name = '', version = '', star] = text.split(' ');
    const chart = await packedChart(name, version);
    packed.push(star === undefined ? chart : { ...chart, provenance: provenanceFor(chart) });
  }
  await store.publish(packed, { verifyTimeoutMs: 10_000 });
  return packed;
}

/** `shop 1.0.0`, or `shop (1.0.0)` for one that consumers do not see. */
export async function holdingsOf(store: ChartStore, name = 'shop'): Promise<readonly string[]> {
  const all = await store.upkeep.holdings([name]);
  return all.map(({ version, listed }) => (listed ? version : `(${version})`));
}

export async function holding(store: ChartStore, name: string, version: string): Promise<Holding> {
  const found = (await store.upkeep.holdings([name])).find((candidate) => candidate.version === version);
  if (found === undefined) throw new Error(`there is no ${name} ${version}`);
  return found;
}

export const inspect = (store: ChartStore, names?: readonly string[]): Promise<Inspection> =>
  store.upkeep.inspect({ names, readChart: readPackedChart });

/** `code chart version` of each finding, sorted. */
export async function findingsOf(store: ChartStore): Promise<readonly string[]> {
  const { findings } = await inspect(store);
  return findings.map(({ code, chart, version }) => `${code} ${chart} ${version}`.trim()).sort();
}

/** Mends all that is found; `state code` of each, sorted. */
export async function repairAll(store: ChartStore): Promise<readonly string[]> {
  const { findings } = await inspect(store);
  const repairs = await store.upkeep.repair(findings, readPackedChart);
  return repairs.map(({ finding, state }) => `${state} ${finding.code}`).sort();
}

/** As if it had been put there two hours ago: then it is not being published any more. */
export async function age(folder: string, ...files: readonly string[]): Promise<void> {
  const then = new Date(Date.now() - 2 * 3_600_000);
  for (const file of files) await utimes(path.join(folder, file), then, then);
}

/** The index of a folder, with whatever is done to it. */
export async function changeIndex(folder: string, change: (text: string) => string): Promise<void> {
  const file = path.join(folder, 'index.yaml');
  await writeFile(file, change(await readFile(file, 'utf8')));
}

/** The repository's own files. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A folder with some operations done otherwise; all others as they are. */
export function instead(blobs: Blobs, changed: Partial<Blobs>): Blobs {
  return new Proxy(blobs, {
    get(target, key) {
      const other: unknown = changed[key as keyof Blobs];
      if (other !== undefined) return other;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
