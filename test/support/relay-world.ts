/** The relay in this process, with its web server, before a real registry and a GitHub on a loopback port. */
import { stringify } from 'yaml';
import { parseRelayConfig } from '../../src/relay/config/parse.js';
import { createRelay } from '../../src/relay/create-relay.js';
import type { Relay } from '../../src/relay/handler.js';
import { startRelayServer, type RelayServer } from '../../src/relay/node-server.js';
import { createClock } from '../../src/runtime/clock.js';
import { createGitHub } from '../../src/runtime/github.js';
import { createProcesses } from '../../src/runtime/processes.js';
import type { RelayLine } from './relay.js';

export const SECRET = 'a-secret-that-is-long-enough';
export const TOKEN = 'ghs_token_of_the_relay';

export interface RelayHere {
  readonly relay: Relay;
  readonly server: RelayServer;
  readonly url: string;
  readonly lines: readonly RelayLine[];
  /** All that the log says. */
  text(): string;
  metrics(): Promise<string>;
}

/**
 * Starts a relay whose source `ci` is of the provider generic, with a bearer token. Stop its server in the end.
 * @param config what relay.yaml says besides.
 */
export async function startRelayHere(
  apiUrl: string,
  config: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>> = {},
): Promise<RelayHere> {
  const text = stringify({
    github: { 'api-url': apiUrl, 'token-env': 'TOKEN' },
    listen: { port: 0 },
    sources: { ci: { provider: 'generic', auth: { bearer: { 'secret-env': 'SECRET' } } } },
    ...config,
  });
  const environment = { TOKEN, SECRET, ...env };
  const lines: RelayLine[] = [];
  let log = '';
  const {
    relay,
    metrics,
    log: write,
  } = createRelay(parseRelayConfig('relay.yaml', text, '.', environment), {
    environment: { ...env },
    processes: createProcesses({}, new AbortController().signal),
    github: (signal) => createGitHub(signal, {}),
    clock: createClock,
    fetch: globalThis.fetch,
    write(line) {
      log += line;
      lines.push(JSON.parse(line) as RelayLine);
    },
    memoryBytes: () => 0,
  });
  const server = await startRelayServer({ relay, metrics, log: write });
  const url = `http://127.0.0.1:${server.address.port}`;
  return { relay, server, url, lines, text: () => log, metrics: () => metrics.text() };
}
