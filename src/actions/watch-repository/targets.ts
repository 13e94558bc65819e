/** Which releases are looked at, in which repository and where, by the inputs and helm-cd.yaml. */
import { environmentOf, findEnvironment } from '../../config/load.js';
import type { Config, EnvironmentConfig } from '../../config/types.js';
import { HelmCdError } from '../../core/errors.js';
import type { VersionConstraint } from '../../core/version-constraint.js';
import { checkNames } from '../../release/release-inputs.js';
import type { WatchInputs } from './inputs.js';

/** Where a release is. */
export interface ReleasePlace {
  readonly release: string;
  /** Empty: the one of the kubeconfig's context. */
  readonly namespace: string;
  /** Of the kubeconfig; empty: the current one. */
  readonly context: string;
}

/** One chart in one environment. */
export interface WatchedChart {
  /** Empty when inputs alone say what to look at. */
  readonly environment: string;
  readonly chart: string;
  readonly repository: string;
  readonly place: ReleasePlace;
  readonly mode: 'deployment' | 'delivery';
  readonly constraint: VersionConstraint | undefined;
  readonly minAgeMs: number;
  /** The environment that it is promoted from. */
  readonly upstream:
    { readonly environment: string; readonly place: ReleasePlace; readonly requireVerified: boolean } | undefined;
}

function checkOverrides(inputs: WatchInputs, environments: number, charts: number): void {
  const forOne = (input: string, value: string, count: number, what: string) => {
    if (value === '' || count <= 1) return;
    throw new HelmCdError('input', `Input "${input}" is for one ${what}, but ${count} are looked at.`, {
      hint: `Name one in "${what}s", or let helm-cd.yaml say it for each.`,
    });
  };
  forOne('chart-repository', inputs.chartRepository, environments, 'environment');
  forOne('namespace', inputs.namespace, environments, 'environment');
  forOne('release', inputs.release, charts, 'chart');
}

function withoutConfig(inputs: WatchInputs): readonly WatchedChart[] {
  if (inputs.environments.length > 0) {
    throw new HelmCdError('config', 'Input "environments" names environments, but there is no helm-cd.yaml.', {
      hint: 'Is the repository checked out before this step, and working-directory its folder?',
    });
  }
  if (inputs.charts.length === 0 || inputs.chartRepository === '') {
    throw new HelmCdError('input', 'There is no helm-cd.yaml that says what to look at.', {
      hint: 'Check it out before this step, or give the inputs "charts" and "chart-repository".',
    });
  }
  checkOverrides(inputs, 1, inputs.charts.length);
  return inputs.charts.map((chart) => ({
    environment: '',
    chart,
    repository: inputs.chartRepository,
    place: { release: inputs.release || chart, namespace: inputs.namespace, context: inputs.kubeconfig.context },
    mode: 'deployment',
    constraint: inputs.versions,
    minAgeMs: inputs.minAgeMs ?? 0,
    upstream: undefined,
  }));
}

/** Settles everything for one environment and chart after the other. */
class Targets {
  private readonly config: Config;
  private readonly inputs: WatchInputs;

  constructor(config: Config, inputs: WatchInputs) {
    this.config = config;
    this.inputs = inputs;
  }

  private place(environment: EnvironmentConfig, chart: string, own: boolean): ReleasePlace {
    const { inputs, config } = this;
    const configured = config.charts.find(({ name }) => name === chart)?.release ?? chart;
    // An upstream environment's is another namespace than the one that the input names.
    const namespace = (own ? inputs.namespace : '') || (environment.cluster.namespace ?? '');
    const release = inputs.release || configured;
    checkNames(release, namespace);
    return { release, namespace, context: inputs.kubeconfig.context || (environment.cluster.context ?? '') };
  }

  watched(environmentName: string, chart: string): WatchedChart {
    const { config, inputs } = this;
    const environment = environmentOf(config, findEnvironment(config, environmentName, ''), chart);
    const { promoteFrom, deploy, mode } = environment;
    const from =
      promoteFrom === undefined ? undefined : environmentOf(config, findEnvironment(config, promoteFrom, ''), chart);
    return {
      environment: environment.name,
      chart,
      repository: inputs.chartRepository || environment.repository,
      place: this.place(environment, chart, true),
      mode,
      constraint: inputs.versions ?? deploy.versions,
      minAgeMs: inputs.minAgeMs ?? deploy.minAgeMs,
      upstream:
        from === undefined
          ? undefined
          : {
              environment: from.name,
              place: this.place(from, chart, false),
              requireVerified: deploy.requireVerified,
            },
    };
  }
}

/**
 * All that is looked at, in promotion order, and in the order of the charts within an environment.
 * @throws HelmCdError `config` for an unknown environment, `input` when nothing says what to look at.
 */
export function watchedCharts(inputs: WatchInputs, config: Config | undefined): readonly WatchedChart[] {
  if (config === undefined) return withoutConfig(inputs);
  for (const name of inputs.environments) findEnvironment(config, name, '');
  const environments = config.environments
    .map(({ name }) => name)
    .filter((name) => inputs.environments.length === 0 || inputs.environments.includes(name));
  const charts = inputs.charts.length > 0 ? inputs.charts : config.charts.map(({ name }) => name);
  if (charts.length === 0) {
    throw new HelmCdError('input', `${config.file} names no charts, and input "charts" is empty.`, {
      hint: 'Say under "charts:" which charts there are, or name them in the input.',
    });
  }
  checkOverrides(inputs, environments.length, charts.length);
  const targets = new Targets(config, inputs);
  return environments.flatMap((environment) => charts.map((chart) => targets.watched(environment, chart)));
}
