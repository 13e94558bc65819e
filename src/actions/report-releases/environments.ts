/** Which environment a release belongs to, and which environments feed which. */
import { environmentOf } from '../../config/load.js';
import type { Config } from '../../config/types.js';
import type { EnvironmentOrder, Promotion } from '../../core/report-environments.js';
import type { ClusterEntry } from '../../core/report-model.js';
import type { FoundRelease } from '../../reporting/read-cluster.js';

/** The environments of helm-cd.yaml in promotion order: each is fed by the one it names, else by the one before. */
export function environmentOrder(config: Config | undefined): EnvironmentOrder {
  const environments = config?.environments ?? [];
  const promotions = environments.flatMap(({ name, promoteFrom }, index): Promotion[] => {
    const from = promoteFrom ?? environments[index - 1]?.name;
    return from === undefined ? [] : [{ from, to: name }];
  });
  return { names: environments.map(({ name }) => name), promotions };
}

interface Belonging {
  readonly environment: string;
  /** The chart repository that it is deployed from. */
  readonly repository: string;
}

/**
 * The environment that a release is deployed to: the one whose cluster and namespace helm-cd.yaml says it goes to, else the one
 * that its label names.
 */
export function environmentFor(
  { name, namespace, labelledEnvironment }: FoundRelease,
  { context }: ClusterEntry,
  config: Config | undefined,
): Belonging {
  const chart = config?.charts.find(({ release }) => release === name);
  const environments = (config?.environments ?? []).map((environment) =>
    config === undefined || chart === undefined ? environment : environmentOf(config, environment, chart.name),
  );
  const labelled = environments.find((environment) => environment.name === labelledEnvironment);
  const isPlace = ({ cluster }: (typeof environments)[number]) =>
    (cluster.context === undefined || cluster.context === context) &&
    (cluster.namespace === undefined || cluster.namespace === namespace) &&
    (cluster.context !== undefined || cluster.namespace !== undefined);
  const found = labelled ?? (chart === undefined ? undefined : environments.find(isPlace));
  return {
    environment: found?.name ?? labelledEnvironment,
    repository: chart === undefined ? '' : (found?.repository ?? ''),
  };
}
