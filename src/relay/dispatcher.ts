import { HelmCdError } from '../core/errors.js';
import type { Clock, GitHubClient } from '../core/ports.js';
import { isLimited, limitedFor } from '../github/patience.js';
import { sendRepositoryDispatch } from '../github/repository-dispatch.js';
import type { Route } from './config/types.js';
import type { ImagePush } from './provider.js';

/** Opens GitHub's API for a repository; the signal ends its requests. */
export type OpenGitHub = (route: Route, signal: AbortSignal) => Promise<GitHubClient>;

/** How one event is sent. */
export interface Sending {
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970: no wait is longer than until then. */
  readonly until: number;
}

/** The payload of the event: one key, for GitHub allows ten. What the registry said is in it, not what the event said. */
export function payloadOf(push: ImagePush, digest: string, source: string): Readonly<Record<string, unknown>> {
  const { image: name, tag, revision, source: repository } = push;
  return {
    image: {
      reference: `${name}:${tag}@${digest}`,
      ...{ name, tag, digest, source },
      ...(revision === undefined ? {} : { revision }),
      ...(repository === undefined ? {} : { repository }),
    },
  };
}

/** Sends repository_dispatch events. When GitHub asks for patience, it leaves GitHub alone for as long, whatever comes. */
export class Dispatcher {
  readonly #open: OpenGitHub;
  /** Milliseconds since 1970. */
  #limitedUntil = 0;

  constructor(open: OpenGitHub) {
    this.#open = open;
  }

  /** For how long GitHub wants to be left alone, milliseconds. */
  limitedFor(now: number): number {
    return Math.max(0, this.#limitedUntil - now);
  }

  /**
   * @throws HelmCdError `unauthorized`, `not-found` or `refused` with what GitHub said, `unreachable` when it does not
   *   answer or has too much to do; `cancelled` when the signal ended it.
   */
  async send(route: Route, payload: Readonly<Record<string, unknown>>, sending: Sending): Promise<void> {
    const { clock, signal, until } = sending;
    const wait = this.limitedFor(clock.now());
    if (clock.now() + wait > until) {
      const end = new Date(this.#limitedUntil).toISOString();
      throw new HelmCdError('unreachable', `GitHub limits requests until ${end}; nothing was sent.`);
    }
    if (wait > 0) await clock.sleep(wait);
    const client = await this.#open(route, signal);
    const request: GitHubClient['request'] = async (...asked) => {
      const response = await client.request(...asked);
      if (isLimited(response)) this.#limitedUntil = clock.now() + limitedFor(response, clock.now());
      return response;
    };
    const { owner, repository: name, event: eventType } = route;
    const dispatch = { owner, name, eventType, payload, until };
    await sendRepositoryDispatch({ ...client, request }, clock, dispatch);
  }
}
