/** What is to be done: said by the event, the branch and helm-cd.yaml, unless an input says otherwise. */
import { readFile } from 'node:fs/promises';
import { findEnvironment } from '../../config/load.js';
import type { Config, EnvironmentConfig } from '../../config/types.js';
import { HelmCdError } from '../../core/errors.js';
import type { Services } from '../../core/ports.js';
import { record } from '../../core/release-manifest.js';
import type { PipelineInputs } from './inputs.js';

/** `validate`: a branch that feeds no environment. */
export type Mode = 'validate' | 'check' | 'delivery' | 'deployment';

export interface Situation {
  readonly mode: Mode;
  readonly environment: EnvironmentConfig | undefined;
  /** The pull request that started the run. */
  readonly pullRequest: number | undefined;
  /** Why it is so, in one sentence. */
  readonly reason: string;
}

const PULL_REQUEST = /^pull_request(?:_target)?$/;

/** The number of the pull request, from the event's payload. */
async function pullRequestOf({ context, environment }: Pick<Services, 'context' | 'environment'>) {
  if (!PULL_REQUEST.test(context.eventName)) return undefined;
  const text = await readFile(environment['GITHUB_EVENT_PATH'] ?? '', 'utf8').catch(() => '{}');
  let number: unknown;
  try {
    number = record(record(JSON.parse(text))['pull_request'])['number'];
  } catch {
    number = undefined;
  }
  if (typeof number === 'number') return number;
  const [, inRef] = /^(\d+)\/(?:merge|head)$/.exec(context.refName) ?? [];
  return inRef === undefined ? undefined : Number(inRef);
}

function environmentOfBranch(config: Config | undefined, branch: string): EnvironmentConfig | undefined {
  return config?.environments.find((environment) => environment.branch === branch);
}

/** @throws HelmCdError `config`, `input` or `refused` for what an input asks for and cannot be done. */
function forPush(
  inputs: PipelineInputs,
  config: Config | undefined,
  services: Services,
): Omit<Situation, 'pullRequest'> {
  const { refName } = services.context;
  const isTag = services.environment['GITHUB_REF_TYPE'] === 'tag';
  const ref = `${isTag ? 'tag' : 'branch'} "${refName}"`;
  if (inputs.environment !== '' && config === undefined) {
    throw new HelmCdError('config', `Input "environment" is "${inputs.environment}", but there is no helm-cd.yaml.`, {
      hint: 'Is the repository checked out before this step, and working-directory its folder?',
    });
  }
  const environment =
    config !== undefined && inputs.environment !== ''
      ? findEnvironment(config, inputs.environment, '')
      : isTag
        ? undefined
        : environmentOfBranch(config, refName);
  if (environment === undefined) {
    if (inputs.mode === 'delivery' || inputs.mode === 'deployment') {
      throw new HelmCdError('input', `Input "mode" is ${inputs.mode}, but the ${ref} feeds no environment.`, {
        hint: 'Name one in the input "environment", or give it that branch in helm-cd.yaml.',
      });
    }
    const where =
      config === undefined ? 'there is no helm-cd.yaml' : `the ${ref} feeds no environment of ${config.file}`;
    return { mode: 'validate', environment, reason: `Nothing but validation, for ${where}.` };
  }
  if (environment.promoteFrom !== undefined) {
    throw new HelmCdError(
      'refused',
      `Environment ${environment.name} is fed by promotion from ${environment.promoteFrom}, never by publishing.`,
      { hint: `Use promote-chart (from: ${environment.promoteFrom}, to: ${environment.name}), then deploy-chart.` },
    );
  }
  const mode = inputs.mode === 'delivery' || inputs.mode === 'deployment' ? inputs.mode : environment.mode;
  const because = inputs.environment === '' ? `the ${ref} feeds it` : 'the input says so';
  return { mode, environment, reason: `Environment ${environment.name} (${mode}): ${because}.` };
}

/** Decides. */
export async function readSituation(
  inputs: PipelineInputs,
  config: Config | undefined,
  services: Services,
): Promise<Situation> {
  const { context } = services;
  const pullRequest = await pullRequestOf(services);
  const isCheck = inputs.mode === 'check' || (inputs.mode === '' && PULL_REQUEST.test(context.eventName));
  if (!isCheck) return { ...forPush(inputs, config, services), pullRequest };
  const branch = context.baseRef || context.refName;
  const environment =
    config !== undefined && inputs.environment !== ''
      ? findEnvironment(config, inputs.environment, '')
      : environmentOfBranch(config, branch);
  const what =
    environment === undefined
      ? `The branch "${branch}" feeds no environment.`
      : `The branch "${branch}" feeds environment ${environment.name}.`;
  return { mode: 'check', environment, pullRequest, reason: `A check of what would be. ${what}` };
}
