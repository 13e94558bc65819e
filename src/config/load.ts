import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { HelmCdError, messageOf } from '../core/errors.js';
import { didYouMean } from '../core/suggest.js';
import type { Config, EnvironmentConfig } from './types.js';

const DEFAULT_FILE = 'helm-cd.yaml';

/**
 * Reads helm-cd.yaml.
 * @param input the `config` input: empty means helm-cd.yaml if there is one.
 * @returns nothing when there is no file and none was asked for.
 */
export async function loadConfig(workingDirectory: string, input: string): Promise<Config | undefined> {
  const file = input || DEFAULT_FILE;
  let text: string;
  try {
    text = await readFile(path.resolve(workingDirectory, file), 'utf8');
  } catch (cause) {
    if (input === '' && (cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (input === '') throw new HelmCdError('config', `${file} cannot be read: ${messageOf(cause)}`, { cause });
    throw new HelmCdError('config', `Input "config" names a file that cannot be read: ${file}`, {
      hint: 'The path is relative to working-directory.',
      cause,
    });
  }
  // The validator of schemas is only loaded by those who have such a file.
  const { parseConfig } = await import(/* webpackMode: "eager" */ './parse.js');
  return parseConfig(file, text);
}

/**
 * The environment an action works on.
 * @param name the `environment` input: empty means the one that `branch` feeds.
 * @throws HelmCdError `config` when there is no such environment.
 */
export function findEnvironment(config: Config, name: string, branch: string): EnvironmentConfig {
  const names = config.environments.map((environment) => environment.name);
  if (name !== '') {
    const found = config.environments.find((environment) => environment.name === name);
    if (found !== undefined) return found;
    throw new HelmCdError('config', `${config.file} has no environment "${name}"${didYouMean(name, names)}`, {
      hint: `Its environments: ${names.join(', ')}.`,
      place: { file: config.file },
    });
  }
  const found = config.environments.find((environment) => environment.branch === branch);
  if (found !== undefined) return found;
  throw new HelmCdError('config', `No environment in ${config.file} is fed by the branch "${branch}".`, {
    hint: `Give the input "environment": one of ${names.join(', ')}.`,
    place: { file: config.file },
  });
}

/** An environment as it is for one chart: `charts.NAME.environments.ENV` applied. */
export function environmentOf(config: Config, environment: EnvironmentConfig, chart: string): EnvironmentConfig {
  return { ...environment, ...config.overrides[chart]?.[environment.name] };
}
