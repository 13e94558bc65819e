import { findEnvironment, environmentOf } from '../../config/load.js';
import type { Config, EnvironmentConfig } from '../../config/types.js';
import type { PackedChart } from '../../core/packed-chart.js';
import { HelmCdError } from '../../core/errors.js';
import type { Services } from '../../core/ports.js';
import { connectCluster } from '../../kubernetes/cluster.js';
import { checkNames } from '../../release/release-inputs.js';
import { vouchingRevision } from '../../release/verified.js';
import type { End } from './ends.js';
import type { PromoteInputs } from './inputs.js';

function environmentFor(from: End, chart: string, config: Config | undefined): EnvironmentConfig | undefined {
  if (config === undefined || from.environment === '') return undefined;
  return environmentOf(config, findEnvironment(config, from.environment, ''), chart);
}

/**
 * Refuses what no deployment in the environment of `from` vouches for: its release there must have had a revision made of
 * these very bytes by deploy-chart, rolled out and tested.
 * @returns what vouches for it, as a sentence.
 * @throws HelmCdError `refused` when nothing does; what `connectCluster` and `vouchingRevision` throw.
 */
export async function checkVerified(
  { metadata, digest }: PackedChart,
  from: End,
  inputs: PromoteInputs,
  config: Config | undefined,
  services: Services,
): Promise<string> {
  const environment = environmentFor(from, metadata.name, config);
  const configured = config?.charts.find(({ name }) => name === metadata.name);
  const release = inputs.release || (configured?.release ?? metadata.name);
  const context = inputs.kubeconfig.context || (environment?.cluster.context ?? '');
  const cluster = await connectCluster({ ...inputs.kubeconfig, context }, services);
  const namespace = inputs.namespace || environment?.cluster.namespace || cluster.defaultNamespace;
  checkNames(release, namespace);
  const where = `release ${release} in namespace ${namespace} of ${cluster.server}`;
  const revision = await vouchingRevision(cluster, { release, namespace }, digest);
  if (revision !== undefined) {
    return `Verified by revision ${revision.revision} of ${where}, deployed ${revision.deployedAt}: rolled out, tests passed.`;
  }
  throw new HelmCdError(
    'refused',
    `${metadata.name} ${metadata.version} (${digest}) is not verified${from.environment === '' ? '' : ` in ${from.environment}`}: no deployment of these bytes passed in ${where}.`,
    {
      hint: 'Deploy it there with deploy-chart first; what helm alone deployed, or what failed its tests, vouches for nothing.',
    },
  );
}
