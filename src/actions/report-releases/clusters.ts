/** Which clusters a report is about, and what is read of them. */
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../../config/types.js';
import { HelmCdError, messageOf } from '../../core/errors.js';
import type { Services } from '../../core/ports.js';
import type { ClusterEntry } from '../../core/report-model.js';
import { connectCluster } from '../../kubernetes/cluster.js';
import { readCluster, type FoundRelease } from '../../reporting/read-cluster.js';
import type { NamedCluster, ReportInputs } from './inputs.js';

export interface ReadClusters {
  readonly clusters: readonly ClusterEntry[];
  readonly found: readonly { readonly cluster: ClusterEntry; readonly release: FoundRelease }[];
  readonly notes: readonly string[];
}

/** Those that the inputs name, else the contexts of helm-cd.yaml, else the current one. */
function wantedClusters({ clusters, kubeconfig }: ReportInputs, config: Config | undefined): readonly NamedCluster[] {
  if (clusters.length > 0) return clusters;
  if (kubeconfig.context !== '') return [{ name: kubeconfig.context, context: kubeconfig.context }];
  const environments = (config?.environments ?? []).map(({ cluster }) => cluster.context ?? '');
  const overrides = Object.values(config?.overrides ?? {}).flatMap((one) =>
    Object.values(one).map(({ cluster }) => cluster?.context ?? ''),
  );
  const contexts = [...new Set([...environments, ...overrides])].filter((context) => context !== '');
  return contexts.length === 0 ? [{ name: '', context: '' }] : contexts.map((context) => ({ name: context, context }));
}

async function readOne(
  { name, context }: NamedCluster,
  inputs: ReportInputs,
  services: Services,
): Promise<ReadClusters> {
  // Each has its own connection, and so its own files.
  const temp = await mkdtemp(path.join(services.temp, 'c-'));
  let entry: ClusterEntry = { name: name || 'cluster', server: '', context, reached: false, releases: 0 };
  try {
    const cluster = await connectCluster({ ...inputs.kubeconfig, context }, { ...services, temp });
    entry = { ...entry, name: name || cluster.context || 'cluster', server: cluster.server, context: cluster.context };
    const { releases, notes } = await readCluster(cluster, services, {
      namespaces: inputs.namespaces,
      releases: inputs.releases,
      drift: inputs.drift !== 'false',
      place: { serverUrl: services.context.serverUrl, repository: services.context.repository },
    });
    const done = { ...entry, reached: true, releases: releases.length };
    return { clusters: [done], found: releases.map((release) => ({ cluster: done, release })), notes };
  } catch (error) {
    if (!(error instanceof HelmCdError) || error.code === 'cancelled') throw error;
    return { clusters: [entry], found: [], notes: [`Cluster ${entry.name}: ${messageOf(error)}`] };
  }
}

/**
 * Reads all clusters, side by side; one that cannot be read is a note.
 * @throws HelmCdError when none can be read: what is wrong with the first.
 */
export async function readClusters(
  inputs: ReportInputs,
  config: Config | undefined,
  services: Services,
): Promise<ReadClusters> {
  const wanted = wantedClusters(inputs, config);
  const read = await Promise.all(wanted.map((one) => readOne(one, inputs, services)));
  const clusters = read.flatMap((one) => one.clusters);
  const many = clusters.length > 1;
  const notes = read.flatMap((one) =>
    one.notes.map((note) => {
      const name = one.clusters[0]?.name ?? '';
      return many && !note.startsWith(`Cluster ${name}: `) ? `Cluster ${name}: ${note}` : note;
    }),
  );
  if (!clusters.some(({ reached }) => reached)) {
    throw new HelmCdError('unreachable', `There is no cluster to report on. ${notes.join(' ')}`, {
      hint: 'Give kubeconfig or kubeconfig-file, and the right contexts under clusters.',
    });
  }
  return { clusters, found: read.flatMap((one) => one.found), notes };
}
