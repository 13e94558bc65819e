import { readFileSync } from 'node:fs';
import path from 'node:path';
import { HelmCdError, messageOf } from '../../core/errors.js';
import { parseRelayConfig } from './parse.js';
import type { RelayConfig } from './types.js';

/**
 * Reads the relay's configuration.
 * @param file relative to the working directory.
 * @throws HelmCdError `config` with the line of the first problem.
 */
export function loadRelayConfig(file: string, environment: Readonly<Record<string, string | undefined>>): RelayConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new HelmCdError('config', `The relay's configuration cannot be read: ${messageOf(cause)}`, {
      hint: 'Name it with --config, or on AWS Lambda with the environment variable RELAY_CONFIG.',
      cause,
    });
  }
  return parseRelayConfig(file, text, path.dirname(path.resolve(file)), environment);
}
