import type { Clock, GitHubAccess, GitHubClient, Services } from '../core/ports.js';
import { findCredentials, type RegistryCredentials } from '../registry/credentials.js';
import { createAuthDeps } from './authenticity/check.js';
import type { RelayConfig } from './config/types.js';
import { Dispatcher } from './dispatcher.js';
import { Relay } from './handler.js';
import { createRelayLog, type RelayLog } from './log.js';
import { createRelayMasks } from './masks.js';
import { createRelayMetrics, type RelayMetrics } from './metrics.js';
import { createOpenGitHub } from './open-github.js';
import { Resolver } from './resolve.js';
import { SentEvents } from './sent-events.js';
import { TagWork } from './tag-work.js';

/** What the relay needs of the world. */
export interface RelayServices {
  readonly environment: Readonly<Record<string, string>>;
  /** For the programs by which docker keeps logins. */
  readonly processes: Services['processes'];
  /** A client whose requests the signal ends. */
  readonly github: (signal: AbortSignal) => (access: GitHubAccess) => GitHubClient;
  /** A clock whose waits the signal ends. */
  readonly clock: (signal: AbortSignal) => Clock;
  /** Fetches the keys of OpenID Connect issuers. */
  readonly fetch: typeof fetch;
  /** Gets each line of the log, with its end. */
  readonly write: (line: string) => void;
  readonly memoryBytes: () => number;
}

/** How long a login that docker keeps is used before it is looked up again: those of some registries last for hours. */
const LOGIN_MS = 600_000;

/** Logins of the configuration, else those that docker keeps. */
function credentialsOf(
  { registries }: RelayConfig,
  services: Parameters<typeof findCredentials>[2],
  now: () => number,
): (host: string) => Promise<RegistryCredentials | undefined> {
  const kept = new Map<string, { readonly at: number; readonly found: Promise<RegistryCredentials | undefined> }>();
  return (host) => {
    const given = registries.get(host);
    if (given !== undefined) return Promise.resolve(given);
    const known = kept.get(host);
    if (known !== undefined && now() - known.at < LOGIN_MS) return known.found;
    const found = findCredentials(host, {}, services);
    // Hosts are those of images that have a route.
    kept.set(host, { at: now(), found });
    found.catch(() => kept.delete(host));
    return found;
  };
}

/** Puts the relay together. */
export function createRelay(
  config: RelayConfig,
  services: RelayServices,
): { readonly relay: Relay; readonly metrics: RelayMetrics; readonly log: RelayLog } {
  const { clock, environment, processes } = services;
  const masks = createRelayMasks(config.secrets);
  const log = createRelayLog(masks, () => new Date(), services.write);
  const metrics = createRelayMetrics(services.memoryBytes);
  const now = () => Date.now();
  const dispatcher = new Dispatcher(createOpenGitHub(config.github, { masks, github: services.github, clock }));
  const work = new TagWork({
    limits: config.limits,
    resolver: new Resolver({ masks, credentials: credentialsOf(config, { environment, masks, processes }, now) }),
    dispatcher,
    sent: new SentEvents(now, config.limits.rememberMs),
    ...{ metrics, clock },
  });
  const relay = new Relay(config, {
    ...{ work, log, metrics },
    auth: createAuthDeps(services.fetch),
    elapsed: () => performance.now(),
    limitedForMs: () => dispatcher.limitedFor(now()),
  });
  return { relay, metrics, log };
}
