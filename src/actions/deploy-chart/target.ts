/** What is to be deployed and where, from the inputs and helm-cd.yaml; nothing is contacted yet. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { environmentOf, findEnvironment, loadConfig } from '../../config/load.js';
import type { ChartConfig, Config, EnvironmentConfig } from '../../config/types.js';
import { HelmCdError } from '../../core/errors.js';
import type { Services } from '../../core/ports.js';
import type { DeployInputs } from './inputs.js';

/** Where the chart comes from. */
export type ChartOrigin =
  | { readonly kind: 'folder' | 'archive'; readonly location: string }
  | { readonly kind: 'oci'; readonly reference: string }
  | { readonly kind: 'stored'; readonly name: string; readonly repository: string };

export interface DeployTarget {
  readonly origin: ChartOrigin;
  /** Its entry in helm-cd.yaml. */
  readonly chart: ChartConfig | undefined;
  /** The folder that helm-cd.yaml's paths are relative to. */
  readonly configFolder: string;
  readonly environment: EnvironmentConfig | undefined;
}

async function isFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isFile() ?? false;
}

function chartByName(config: Config | undefined, name: string): ChartConfig | undefined {
  return config?.charts.find((chart) => chart.name === name);
}

function chartByFolder(config: Config | undefined, configFolder: string, folder: string): ChartConfig | undefined {
  return config?.charts.find((chart) => path.resolve(configFolder, chart.path) === folder);
}

/** The `chart` input, or the only chart of helm-cd.yaml. */
function chartName(inputs: DeployInputs, config: Config | undefined): string {
  if (inputs.chart !== '') return inputs.chart;
  const names = (config?.charts ?? []).map((chart) => chart.name);
  if (names.length === 1) return names[0] ?? '';
  throw new HelmCdError('input', 'Input "chart" is required but empty.', {
    hint:
      names.length === 0
        ? 'Give a chart folder, a .tgz, oci://… or a name in chart-repository.'
        : `${config?.file ?? ''} has several charts: give one of ${names.join(', ')}.`,
  });
}

function environmentFor(
  inputs: DeployInputs,
  config: Config | undefined,
  known: boolean,
  branch: string,
): EnvironmentConfig | undefined {
  if (config === undefined) {
    if (inputs.environment === '') return undefined;
    throw new HelmCdError('config', `Input "environment" is "${inputs.environment}", but there is no helm-cd.yaml.`, {
      hint: 'Is the repository checked out before this step, and working-directory its folder?',
    });
  }
  try {
    return findEnvironment(config, inputs.environment, branch);
  } catch (error) {
    // A chart that helm-cd.yaml does not know can be deployed by inputs alone.
    if (inputs.environment === '' && !known) return undefined;
    throw error;
  }
}

async function originOf(
  name: string,
  inputs: DeployInputs,
  repository: string,
  chart: ChartConfig | undefined,
  configFolder: string,
  workingDirectory: string,
): Promise<ChartOrigin> {
  if (name.startsWith('oci://')) return { kind: 'oci', reference: name };
  const location = path.resolve(workingDirectory, name);
  const looksLikePath = name.includes('/') || name.startsWith('.') || name.endsWith('.tgz');
  if (looksLikePath) {
    if (await isFile(path.join(location, 'Chart.yaml'))) return { kind: 'folder', location };
    if (await isFile(location)) return { kind: 'archive', location };
    throw new HelmCdError('not-found', `Input "chart" names no chart: ${name}`, {
      hint: 'There is neither a Chart.yaml in that folder nor an archive of that name.',
    });
  }
  if (repository !== '') return { kind: 'stored', name, repository };
  const configured = chart === undefined ? location : path.resolve(configFolder, chart.path);
  if (await isFile(path.join(configured, 'Chart.yaml'))) return { kind: 'folder', location: configured };
  throw new HelmCdError('input', `The chart "${name}" is in no known chart repository.`, {
    hint:
      inputs.chartRepository === ''
        ? 'Give the input "chart-repository", or a path with a / for a chart folder.'
        : 'Give a path with a / for a chart folder.',
  });
}

/**
 * Settles chart, environment and names.
 * @throws HelmCdError `input`, `config`, `not-found`.
 */
export async function readTarget(inputs: DeployInputs, services: Services): Promise<DeployTarget> {
  const { workingDirectory, context } = services;
  const config = await loadConfig(workingDirectory, inputs.config);
  const configFolder = path.dirname(path.resolve(workingDirectory, config?.file ?? 'helm-cd.yaml'));
  const name = chartName(inputs, config);
  const chart = chartByName(config, name) ?? chartByFolder(config, configFolder, path.resolve(workingDirectory, name));
  const base = environmentFor(inputs, config, chart !== undefined, context.refName);
  const environment =
    base === undefined || config === undefined ? undefined : environmentOf(config, base, chart?.name ?? name);
  const repository = inputs.chartRepository || (environment?.repository ?? '');
  const origin = await originOf(name, inputs, repository, chart, configFolder, workingDirectory);
  return { origin, chart, configFolder, environment };
}
