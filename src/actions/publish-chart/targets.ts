import type { FoundChart } from '../../charts/find-charts.js';
import { environmentOf, findEnvironment } from '../../config/load.js';
import type { Config, EnvironmentConfig } from '../../config/types.js';
import { HelmCdError } from '../../core/errors.js';
import type { PublishInputs } from './inputs.js';

/** Where a chart goes. */
export interface Target {
  /** URL of the chart repository. */
  readonly repository: string;
  /** The environment it belongs to, or empty. */
  readonly environment: string;
}

/** The environment that is meant; nothing when the repository is given and no environment is named. */
export function environmentFor(
  inputs: PublishInputs,
  config: Config | undefined,
  branch: string,
): EnvironmentConfig | undefined {
  if (config === undefined) {
    if (inputs.environment === '') return undefined;
    throw new HelmCdError(
      'config',
      `Input "environment" names "${inputs.environment}", but there is no helm-cd.yaml.`,
      {
        hint: 'Give the input "chart-repository", or the path of helm-cd.yaml in "config".',
      },
    );
  }
  if (inputs.environment !== '' || inputs.repository === '') {
    return findEnvironment(config, inputs.environment, branch);
  }
  return config.environments.find((environment) => environment.branch === branch);
}

/**
 * Where each chart is to be published.
 * @param options `readOnly`: nothing will be written, so that an environment fed by promotion is meant, too.
 * @returns a function of the chart.
 * @throws HelmCdError `input` or `config` when nothing says where, `refused` for an environment that is fed by
 *   promotion.
 */
export function planTargets(
  inputs: PublishInputs,
  config: Config | undefined,
  branch: string,
  options: { readonly readOnly?: boolean } = {},
): (chart: FoundChart) => Target {
  const environment = environmentFor(inputs, config, branch);
  const isWritten = options.readOnly !== true;
  if (isWritten && inputs.repository === '' && environment?.promoteFrom !== undefined) {
    throw new HelmCdError(
      'refused',
      `Environment ${environment.name} is fed by promotion from ${environment.promoteFrom}, never by publishing.`,
      { hint: `Use promote-chart with from: ${environment.promoteFrom} and to: ${environment.name}.` },
    );
  }
  return (chart) => {
    const name = environment?.name ?? '';
    if (inputs.repository !== '') return { repository: inputs.repository, environment: name };
    if (config === undefined || environment === undefined) {
      throw new HelmCdError('input', 'Nothing says where to publish: there is no helm-cd.yaml.', {
        hint: 'Give the input "chart-repository": s3://bucket/prefix or file:///folder.',
      });
    }
    const { repository } = environmentOf(config, environment, chart.config?.name ?? '');
    return { repository, environment: name };
  };
}
