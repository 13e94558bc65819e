import { parseArgs } from 'node:util';
import { formatPlace, HelmCdError, messageOf } from '../core/errors.js';
import { formatDuration } from '../core/duration.js';
import { loadRelayConfig } from './config/load.js';
import type { RelayConfig } from './config/types.js';
import type { Relay } from './handler.js';
import type { RelayLog } from './log.js';
import type { RelayMetrics } from './metrics.js';
import { startRelayServer } from './node-server.js';

const USAGE = 'usage: node relay.js --config relay.yaml [--check]';
/** More than a call's deadline: what was taken is answered. */
const GRACE_MS = 5000;

export interface CommandServices {
  readonly environment: Readonly<Record<string, string>>;
  readonly create: (config: RelayConfig) => {
    readonly relay: Relay;
    readonly metrics: RelayMetrics;
    readonly log: RelayLog;
  };
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
  /** Resolves with the name of the signal that asks to end. */
  readonly stopSignal: Promise<string>;
}

/** What a configuration means, for people. */
export function describeConfig({ file, github, sources, routes, limits }: RelayConfig): readonly string[] {
  const as = github.identity.kind === 'app' ? `the GitHub App ${github.identity.id}` : 'a token';
  return [
    `${file} is valid. Events go to ${github.apiUrl} with ${as}.`,
    ...sources.map(({ name, provider, path, auth, registry }) => {
      const where = auth.kind === 'path' ? `${path}/<secret>` : path;
      const proof = auth.kind === 'none' ? 'everyone may call' : `authenticated by ${auth.kind}`;
      return `source ${name}: ${provider} calls POST ${where}, ${proof}${registry === undefined ? '' : `, registry ${registry}`}`;
    }),
    ...routes.map(({ images, tags, owner, repository, event, sources: from }) => {
      const only = from.size === sources.length ? '' : ` from ${[...from].join(', ')}`;
      return `route: ${images.join(', ')} with tags ${tags.join(', ')}${only} → ${owner}/${repository} "${event}"`;
    }),
    `A call is answered within ${formatDuration(limits.deadlineMs)}; the same event is not sent again within ${formatDuration(limits.rememberMs)}.`,
  ];
}

function explain(error: unknown): string {
  if (!(error instanceof HelmCdError)) return messageOf(error);
  const place = error.place === undefined ? '' : `${formatPlace(error.place)}: `;
  return `${place}${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}`;
}

/**
 * `node dist/relay.js`: checks the configuration, or serves until it is asked to end.
 * @returns the exit code: 0 when every call that was taken was answered, 2 for a wrong command line or configuration.
 */
export async function relayCommand(args: readonly string[], services: CommandServices): Promise<number> {
  const { environment, print, printError } = services;
  let config: RelayConfig;
  let check: boolean | undefined;
  try {
    const options = { config: { type: 'string' }, check: { type: 'boolean' } } as const;
    const { values } = parseArgs({ args: [...args], options });
    check = values.check;
    config = loadRelayConfig(values.config ?? environment['RELAY_CONFIG'] ?? 'relay.yaml', environment);
  } catch (error) {
    printError(explain(error));
    if (!(error instanceof HelmCdError)) printError(USAGE);
    return 2;
  }
  if (check === true) {
    for (const line of describeConfig(config)) print(line);
    return 0;
  }
  const { relay, metrics, log } = services.create(config);
  let server;
  try {
    server = await startRelayServer({ relay, metrics, log });
  } catch (error) {
    printError(`The relay cannot listen: ${messageOf(error)}`);
    return 1;
  }
  const { address, adminAddress } = server;
  log('info', 'listening', { host: address.host, port: address.port, adminPort: adminAddress.port });
  const signal = await services.stopSignal;
  log('info', 'stopping', { signal });
  const all = await server.stop(config.limits.deadlineMs + config.limits.bodyTimeoutMs + GRACE_MS);
  log(all ? 'info' : 'error', all ? 'stopped' : 'stopped with calls unanswered');
  return all ? 0 : 1;
}
