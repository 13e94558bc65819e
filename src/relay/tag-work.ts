import { createLimiter, type Limiter } from '../core/concurrency.js';
import { HelmCdError, messageOf } from '../core/errors.js';
import { registryPlaceOf } from '../core/image-reference.js';
import type { Clock } from '../core/ports.js';
import type { Limits, Route } from './config/types.js';
import { payloadOf, type Dispatcher } from './dispatcher.js';
import type { RelayMetrics } from './metrics.js';
import type { ImagePush } from './provider.js';
import type { Resolver } from './resolve.js';
import { targetOf } from './routing.js';
import type { SentEvents } from './sent-events.js';
import { TagLanes } from './tag-lanes.js';

/** So many tags of one registry are looked up and told of at the same time; the others wait for their turn. */
const CONCURRENCY = 16;
/** More tags than this do not wait: whoever sends them is asked to come again. */
const MOST_TAGS = 5000;

/** What became of the event for one repository. */
export interface Told {
  readonly repository: string;
  readonly event: string;
  readonly outcome: 'dispatched' | 'duplicate' | 'failed';
  /** Why it failed. */
  readonly reason?: string;
}

/** What became of a pushed tag. */
export type TagOutcome =
  | { readonly state: 'resolved'; readonly digest: string; readonly otherThan?: string; readonly told: readonly Told[] }
  /** The registry does not have it. */
  | { readonly state: 'gone' }
  /** The registry does not say. */
  | { readonly state: 'failed'; readonly reason: string };

export interface TagWorkDeps {
  readonly limits: Limits;
  readonly resolver: Resolver;
  readonly dispatcher: Dispatcher;
  readonly sent: SentEvents;
  readonly metrics: RelayMetrics;
  /** A clock whose waits the signal ends. */
  readonly clock: (signal: AbortSignal) => Clock;
}

/** What went wrong, in one sentence or two. */
function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'It took too long.';
  const hint = error instanceof HelmCdError ? error.hint : undefined;
  const message = messageOf(error);
  return hint === undefined ? message : `${message}${/[.!?]$/.test(message) ? '' : '.'} ${hint}`;
}

/** Looks pushed tags up and tells the chart repositories of them. */
export class TagWork {
  readonly #deps: TagWorkDeps;
  readonly #lanes: TagLanes<TagOutcome>;
  /** By registry, of which the routes name a few: one that does not answer holds up no other. */
  readonly #inTurn = new Map<string, Limiter>();

  constructor(deps: TagWorkDeps) {
    this.#deps = deps;
    const { settleMs } = deps.limits;
    const never = new AbortController().signal;
    this.#lanes = new TagLanes(settleMs === 0 ? undefined : () => deps.clock(never).sleep(settleMs));
  }

  /** How many tags are worked on. */
  get size(): number {
    return this.#lanes.size;
  }

  /** Never fails: what goes wrong is an outcome. It ends by the deadline of the limits after its turn has come. */
  run(push: ImagePush, source: string, routes: readonly Route[]): Promise<TagOutcome> {
    const key = [`${push.image}:${push.tag}`, ...routes.map(targetOf)].join(' ');
    if (this.#lanes.size >= MOST_TAGS) return Promise.resolve({ state: 'failed', reason: 'There is too much to do.' });
    const inTurn = this.#turnsOf(registryPlaceOf(push.image).host);
    return this.#lanes.run(key, () => inTurn(() => this.#work(push, source, routes)));
  }

  #turnsOf(host: string): Limiter {
    const turns = this.#inTurn.get(host) ?? createLimiter(CONCURRENCY);
    this.#inTurn.set(host, turns);
    return turns;
  }

  async #work(push: ImagePush, source: string, routes: readonly Route[]): Promise<TagOutcome> {
    const { limits, resolver } = this.#deps;
    const signal = AbortSignal.timeout(limits.deadlineMs);
    const clock = this.#deps.clock(signal);
    const until = clock.now() + limits.deadlineMs;
    try {
      const lookup = { clock, signal, appearMs: limits.appearMs, hint: push.digest };
      const found = await resolver.resolve(push.image, push.tag, lookup);
      if (found === undefined) return { state: 'gone' };
      const sending = { clock, signal, until };
      const told = await Promise.all(routes.map((route) => this.#tell(route, push, found.digest, source, sending)));
      return { state: 'resolved', ...found, told };
    } catch (error) {
      return { state: 'failed', reason: reasonOf(error, signal) };
    }
  }

  async #tell(
    route: Route,
    push: ImagePush,
    digest: string,
    source: string,
    sending: Parameters<Dispatcher['send']>[2],
  ): Promise<Told> {
    const { sent, dispatcher, metrics } = this.#deps;
    const repository = `${route.owner}/${route.repository}`;
    const about = { repository, event: route.event };
    const key = `${targetOf(route)} ${push.image}:${push.tag}`;
    const done = (told: Told): Told => {
      metrics.dispatch(repository, told.outcome);
      return told;
    };
    if (sent.has(key, digest)) return done({ ...about, outcome: 'duplicate' });
    try {
      await dispatcher.send(route, payloadOf(push, digest, source), sending);
      sent.add(key, digest);
      return done({ ...about, outcome: 'dispatched' });
    } catch (error) {
      return done({ ...about, outcome: 'failed', reason: reasonOf(error, sending.signal) });
    }
  }
}
