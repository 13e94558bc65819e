/**
 * The relay's only entry. `node dist/relay.js --config relay.yaml` serves; on AWS Lambda `relay.handler` is the function.
 * Importing it starts nothing.
 */
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { relayCommand } from './relay/command.js';
import { loadRelayConfig } from './relay/config/load.js';
import type { RelayConfig } from './relay/config/types.js';
import { createRelay } from './relay/create-relay.js';
import { createLambdaHandler } from './relay/lambda.js';
import { createClock } from './runtime/clock.js';
import { createGitHub } from './runtime/github.js';
import { createProcesses } from './runtime/processes.js';

const environment = Object.fromEntries(
  Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
);

const create = (config: RelayConfig) =>
  createRelay(config, {
    environment,
    processes: createProcesses(process.env, new AbortController().signal),
    github: (signal) => createGitHub(signal),
    clock: createClock,
    fetch: globalThis.fetch,
    write: (line) => void process.stdout.write(line),
    memoryBytes: () => process.memoryUsage.rss(),
  });

/** What AWS Lambda calls. The configuration is relay.yaml beside the bundle, or what RELAY_CONFIG names. */
export const handler = createLambdaHandler(
  () => create(loadRelayConfig(environment['RELAY_CONFIG'] ?? 'relay.yaml', environment)).relay,
);

/** Whether this file was started rather than imported. */
function isStarted(): boolean {
  const [, started] = process.argv;
  try {
    return started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url);
  } catch {
    return false;
  }
}

/** The first SIGTERM or SIGINT asks to end; the second one ends. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        resolve(signal);
        process.once(signal, () => process.exit(1));
      });
    }
  });
}

/** Serves until it is asked to end. */
async function main(): Promise<void> {
  const code = await relayCommand(process.argv.slice(2), {
    ...{ environment, create },
    print: console.log,
    printError: console.error,
    stopSignal: stopSignal(),
  });
  // A connection that is kept alive must not hold the process; what was written must still be read.
  process.stdout.write('', () => process.exit(code));
}

if (isStarted()) void main();
