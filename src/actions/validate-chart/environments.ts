/** For which environments a chart is rendered, and with which files. */
import path from 'node:path';
import type { FoundChart } from '../../charts/find-charts.js';
import { environmentOf, findEnvironment } from '../../config/load.js';
import type { Config, EnvironmentConfig } from '../../config/types.js';
import { HelmCdError } from '../../core/errors.js';
import type { KubernetesVersion, SchemaPacks } from '../../schemas/packs.js';
import type { EnvironmentPlan, PlannedFile } from '../../validation/plan.js';
import type { ValidateInputs } from './inputs.js';

/** Names in `environments` without a helm-cd.yaml stand for themselves. */
function unconfigured(inputs: ValidateInputs): readonly string[] {
  return inputs.environments.length > 0 ? inputs.environments : ['default'];
}

/** @throws HelmCdError `config` for a name that helm-cd.yaml does not have. */
function configured(inputs: ValidateInputs, config: Config): readonly EnvironmentConfig[] {
  const chosen =
    inputs.environments.length === 0
      ? config.environments
      : [...new Set(inputs.environments)].map((name) => findEnvironment(config, name, ''));
  if (inputs.values.length > 0 && chosen.length > 1) {
    throw new HelmCdError('input', `Input "values" is for one environment, but ${config.file} has several.`, {
      hint: 'Name one in "environments", or write the values files in helm-cd.yaml.',
    });
  }
  return chosen;
}

async function versionsOf(
  wanted: readonly string[],
  packs: SchemaPacks,
  config: Config | undefined,
): Promise<readonly KubernetesVersion[]> {
  const versions = new Map<string, KubernetesVersion>();
  for (const text of wanted.length > 0 ? wanted : ['']) {
    try {
      const version = await packs.resolve(text);
      versions.set(version.name, version);
    } catch (error) {
      if (!(error instanceof HelmCdError) || config === undefined) throw error;
      throw new HelmCdError(error.code === 'input' ? 'config' : error.code, `${config.file}: ${error.message}`, {
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        place: { file: config.file },
        cause: error,
      });
    }
  }
  return [...versions.values()];
}

/** Makes the environments of each chart, after checking all that was asked for. */
export interface EnvironmentPlanner {
  /** Names in order, for tables. */
  readonly names: readonly string[];
  plan(chart: FoundChart): Promise<readonly EnvironmentPlan[]>;
}

/**
 * @throws HelmCdError `config` and `input` for unknown environments and versions, before anything is rendered.
 */
export async function planEnvironments(
  inputs: ValidateInputs,
  config: Config | undefined,
  packs: SchemaPacks,
  workingDirectory: string,
): Promise<EnvironmentPlanner> {
  const relative = (absolute: string): PlannedFile => ({
    absolute,
    path: path.relative(workingDirectory, absolute).split(path.sep).join('/'),
  });
  const given = inputs.values.map((file) => ({
    ...relative(path.resolve(workingDirectory, file)),
    named: true as const,
  }));
  const forced =
    inputs.kubernetesVersions.length === 0 ? undefined : await versionsOf(inputs.kubernetesVersions, packs, undefined);

  if (config === undefined) {
    const versions = forced ?? (await versionsOf([], packs, undefined));
    const names = unconfigured(inputs);
    return {
      names,
      plan: (chart) =>
        Promise.resolve(
          names.map((name) => ({
            name,
            release: releaseName(path.basename(chart.location)),
            namespace: 'default',
            values: given,
            secrets: [],
            versions,
            repository: '',
          })),
        ),
    };
  }

  const chosen = configured(inputs, config);
  for (const environment of chosen) {
    if (forced === undefined) await versionsOf(environment.kubernetes, packs, config);
  }
  return {
    names: chosen.map((environment) => environment.name),
    plan: async (chart) =>
      Promise.all(
        chosen.map(async (environment): Promise<EnvironmentPlan> => {
          const own = environmentOf(config, environment, chart.config?.name ?? '');
          const file = (name: string) => relative(path.resolve(chart.location, name));
          return {
            name: environment.name,
            release: chart.config?.release ?? releaseName(path.basename(chart.location)),
            namespace: own.cluster.namespace ?? 'default',
            values: given.length > 0 ? given : own.values.map(file),
            secrets: own.secrets.map(file),
            versions: forced ?? (await versionsOf(own.kubernetes, packs, config)),
            repository: own.repository,
          };
        }),
      ),
  };
}

/** A folder's name as a release's: helm takes lower-case letters, digits and -, at most 53 characters. */
function releaseName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, 53)
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'release-name' : name;
}
