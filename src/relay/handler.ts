import { randomUUID } from 'node:crypto';
import { HelmCdError, messageOf } from '../core/errors.js';
import { authenticate, type AuthDeps } from './authenticity/check.js';
import type { RelayConfig, Source } from './config/types.js';
import type { Level, RelayLog } from './log.js';
import type { RelayMetrics } from './metrics.js';
import { callOutcome, isUnfinished, pushOutcome, reasonsOf, referenceOf, toldToSender } from './outcomes.js';
import type { PushResult } from './outcomes.js';
import type { ImagePush, Parsed, RelayRequest } from './provider.js';
import { findProvider } from './providers.js';
import { Refusal, retryAfter, type CallOutcome } from './refusal.js';
import { routesOf } from './routing.js';
import type { TagWork } from './tag-work.js';

/** A webhook call on its way in. */
export interface Call extends Omit<RelayRequest, 'body'> {
  /**
   * Reads the body, once it is wanted.
   * @throws Refusal when it is too large or does not come.
   */
  readonly body: () => Promise<Uint8Array>;
  /** The host knows the sender, as this source: its events need no other proof. */
  readonly trustedSource?: string;
  /** The host's own limit, when that is shorter. */
  readonly deadlineMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HandlerDeps {
  readonly work: TagWork;
  readonly log: RelayLog;
  readonly metrics: RelayMetrics;
  readonly auth: AuthDeps;
  /** Monotonous, milliseconds. */
  readonly elapsed: () => number;
  /** For how long GitHub wants to be left alone, milliseconds. */
  readonly limitedForMs: () => number;
}

/** Headers by which senders number their calls. */
const DELIVERY_HEADERS = ['x-github-delivery', 'x-nexus-webhook-delivery', 'ce-id', 'x-request-id', 'x-amzn-trace-id'];
/** A line of the log names no more images than this. */
const MOST_NAMED = 20;
const RETRY_SECONDS = 5;

/** A call that was answered, and what the log says of it. */
interface Done {
  readonly answer: Answer;
  readonly outcome: CallOutcome;
  readonly level: Level;
  /** Empty lists are left out. */
  readonly told: Readonly<Record<string, readonly string[]>>;
}

interface Worked {
  readonly results: readonly PushResult[];
  readonly ignored: readonly string[];
}

/** The sender's number of the call, else one of our own: for finding it again on the other side. */
function deliveryOf({ headers }: Call): string {
  const given = DELIVERY_HEADERS.map((name) => headers.get(name)).find((value) => value !== undefined);
  return given !== undefined && /^[\w.:=;/-]{1,128}$/.test(given) ? given : randomUUID();
}

/** The source that a path belongs to: its own, or with a secret behind it. */
function sourceAt(path: string, sources: readonly Source[]): Source | undefined {
  const above = path.slice(0, path.lastIndexOf('/'));
  return sources.find((source) => (source.auth.kind === 'path' ? source.path === above : source.path === path));
}

/** The relay itself: one webhook call in, one answer out. Whatever hosts it only moves bytes. */
export class Relay {
  readonly config: RelayConfig;
  readonly #deps: HandlerDeps;

  constructor(config: RelayConfig, deps: HandlerDeps) {
    this.config = config;
    this.#deps = deps;
  }

  /** Never fails. Its work goes on when the sender hangs up: a sender's next try then finds it done. */
  async handle(call: Call): Promise<Answer> {
    const { metrics, elapsed } = this.#deps;
    const began = elapsed();
    const delivery = deliveryOf(call);
    metrics.inFlight(1);
    let source: Source | undefined;
    let done: Done;
    try {
      source = this.#sourceOf(call);
      done = this.#finished(await this.#work(call, source, began), delivery);
    } catch (error) {
      done = refused(error, delivery);
    }
    const { answer, outcome, level, told } = done;
    const ms = elapsed() - began;
    metrics.inFlight(-1);
    metrics.request(source?.name ?? '', outcome, ms / 1000);
    const about = { delivery, source: source?.name, provider: source?.provider, outcome, status: answer.status };
    this.#deps.log(level, 'call', { ...about, ...told, ms: Math.round(ms) });
    return answer;
  }

  #sourceOf(call: Call): Source {
    const { sources } = this.config;
    const source =
      call.trustedSource === undefined
        ? sourceAt(call.path, sources)
        : sources.find(({ name }) => name === call.trustedSource);
    if (source === undefined) throw new Refusal(404, 'unknown-path', 'There is nothing here.');
    if (call.method === 'POST') return source;
    throw new Refusal(405, 'wrong-method', 'Webhooks are sent by POST.', { headers: { allow: 'POST' } });
  }

  async #work(call: Call, source: Source, began: number): Promise<Worked> {
    const head = { ...call, body: new Uint8Array() };
    const isTrusted = call.trustedSource !== undefined;
    // Only a signature needs the body: whoever cannot prove anything else need not send one.
    const isSigned = source.auth.kind === 'hmac';
    if (!isTrusted && !isSigned) await this.#authenticate(head, source);
    const request: RelayRequest = { ...head, body: await call.body() };
    if (!isTrusted && isSigned) await this.#authenticate(request, source);
    const { pushes, ignored } = parse(request, source);
    const deadlineMs = Math.min(call.deadlineMs ?? Infinity, this.config.limits.deadlineMs);
    const left = deadlineMs - (this.#deps.elapsed() - began);
    return { results: await this.#tellAll(pushes, source, left), ignored };
  }

  async #authenticate(request: RelayRequest, source: Source): Promise<void> {
    try {
      await authenticate(request, source, this.#deps.auth);
    } catch (error) {
      if (!(error instanceof HelmCdError)) throw error;
      const detail = error.cause === undefined ? {} : { detail: messageOf(error.cause) };
      if (error.code === 'unauthorized') {
        throw new Refusal(401, 'unauthorized', error.message, { ...detail, headers: { 'www-authenticate': 'Bearer' } });
      }
      const message = 'Whether the call is authentic cannot be told now.';
      throw new Refusal(503, 'failed', message, { detail: error.message, headers: retryAfter(RETRY_SECONDS) });
    }
  }

  async #tellAll(pushes: readonly ImagePush[], source: Source, leftMs: number): Promise<readonly PushResult[]> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, Math.max(0, leftMs), undefined);
    });
    try {
      return await Promise.all(pushes.map((push) => this.#tell(push, source, late)));
    } finally {
      clearTimeout(timer);
    }
  }

  async #tell(push: ImagePush, source: Source, late: Promise<undefined>): Promise<PushResult> {
    const { work, metrics } = this.#deps;
    const done = (result: PushResult): PushResult => {
      metrics.push(source.name, result.outcome);
      return result;
    };
    const { routes, refusal } = routesOf(push, source.name, this.config.routes);
    if (refusal !== '') return done({ push, outcome: refusal });
    const worked = await Promise.race([work.run(push, source.name, routes), late]);
    if (worked === undefined) return done({ push, outcome: 'deadline' });
    if (worked.state === 'resolved' && push.digest !== undefined && worked.otherThan === push.digest) {
      this.#deps.log('warning', 'the registry has another digest than the event says', {
        source: source.name,
        image: `${push.image}:${push.tag}@${worked.digest}`,
        said: push.digest,
      });
    }
    return done({ push, outcome: pushOutcome(worked), work: worked });
  }

  #finished({ results, ignored }: Worked, delivery: string): Done {
    const outcome = callOutcome(results);
    const body = { outcome, delivery, images: results.map(toldToSender), ignored };
    const unfinished = isUnfinished(results);
    const seconds = Math.max(RETRY_SECONDS, this.#deps.limitedForMs() / 1000);
    const answer = unfinished ? json(503, body, retryAfter(seconds)) : json(200, body);
    const told = { images: results.slice(0, MOST_NAMED).map(referenceOf), ignored, reasons: reasonsOf(results) };
    return { answer, outcome, level: unfinished ? 'error' : 'info', told };
  }
}

function refused(error: unknown, delivery: string): Done {
  const { message, status, outcome, detail, headers } =
    error instanceof Refusal
      ? error
      : new Refusal(500, 'defect', 'A defect of the relay.', { detail: (error as Error).stack ?? messageOf(error) });
  return {
    answer: json(status, { error: message, delivery }, headers),
    outcome,
    level: outcome === 'defect' ? 'error' : 'warning',
    told: { reasons: [message, ...(detail === undefined ? [] : [detail])] },
  };
}

function parse(request: RelayRequest, source: Source): Parsed {
  try {
    const parsed = findProvider(source.provider)?.parse(request, source);
    if (parsed !== undefined) return parsed;
  } catch (error) {
    if (!(error instanceof HelmCdError)) throw error;
    throw new Refusal(400, 'malformed', error.message, error.hint === undefined ? {} : { detail: error.hint });
  }
  throw new Refusal(500, 'defect', `There is no provider ${source.provider}.`);
}

/** An answer in JSON, which nobody keeps. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: `${JSON.stringify(body)}\n`,
  };
}
