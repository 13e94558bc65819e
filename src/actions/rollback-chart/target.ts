/** Which release is meant, and what helm-cd.yaml says about where it is; nothing is contacted yet. */
import path from 'node:path';
import { environmentOf, findEnvironment, loadConfig } from '../../config/load.js';
import type { ChartConfig, Config, EnvironmentConfig } from '../../config/types.js';
import { HelmCdError } from '../../core/errors.js';
import type { Services } from '../../core/ports.js';
import { didYouMean } from '../../core/suggest.js';
import type { RollbackInputs } from './inputs.js';

export interface RollbackTarget {
  readonly release: string;
  /** Empty: that of the kubeconfig's context. */
  readonly namespace: string;
  readonly kubeContext: string;
  /** The environment's name, or empty. */
  readonly environment: string;
  /** Absolute paths of the SOPS files that the release was deployed with. */
  readonly secretFiles: readonly string[];
}

function chartOf(release: string, config: Config): ChartConfig | undefined {
  if (release === '') return config.charts.length === 1 ? config.charts[0] : undefined;
  return config.charts.find((chart) => chart.release === release);
}

function environmentFor(inputs: RollbackInputs, config: Config | undefined, branch: string) {
  if (config === undefined) {
    if (inputs.environment === '') return undefined;
    throw new HelmCdError('config', `Input "environment" is "${inputs.environment}", but there is no helm-cd.yaml.`, {
      hint: 'Is the repository checked out before this step, and working-directory its folder?',
    });
  }
  // Where the inputs say it all, the branch that happens to be checked out has no say.
  const said = inputs.release !== '' && inputs.namespace !== '';
  if (inputs.environment === '' && said && !config.environments.some((one) => one.branch === branch)) return undefined;
  return findEnvironment(config, inputs.environment, branch);
}

/**
 * Settles release and place.
 * @throws HelmCdError `input` or `config` when it is not clear which release is meant.
 */
export async function readTarget(inputs: RollbackInputs, services: Services): Promise<RollbackTarget> {
  const { workingDirectory, context } = services;
  const config = await loadConfig(workingDirectory, inputs.config);
  const base = environmentFor(inputs, config, context.refName);
  const chart = config === undefined ? undefined : chartOf(inputs.release, config);
  const release = inputs.release || chart?.release || '';
  if (release === '') {
    const names = (config?.charts ?? []).map((one) => one.release);
    throw new HelmCdError('input', 'Input "release" is required but empty.', {
      hint: names.length === 0 ? 'Give the name of the release.' : `Give one of ${names.join(', ')}.`,
    });
  }
  const environment: EnvironmentConfig | undefined =
    base === undefined || config === undefined || chart === undefined ? base : environmentOf(config, base, chart.name);
  const namespace = inputs.namespace || (environment?.cluster.namespace ?? '');
  if (config !== undefined && chart === undefined && inputs.release !== '') {
    const suggestion = didYouMean(
      inputs.release,
      config.charts.map((one) => one.release),
    );
    if (suggestion !== '') services.log.info(`${config.file} has no release "${inputs.release}"${suggestion}`);
  }
  const folder = path.resolve(workingDirectory, path.dirname(config?.file ?? ''), chart?.path ?? '');
  return {
    release,
    namespace,
    kubeContext: inputs.kubeconfig.context || (environment?.cluster.context ?? ''),
    environment: environment?.name ?? '',
    secretFiles: [
      ...(environment?.secrets ?? []).map((name) => path.resolve(folder, name)),
      ...inputs.secrets.map((name) => path.resolve(workingDirectory, name)),
    ],
  };
}
