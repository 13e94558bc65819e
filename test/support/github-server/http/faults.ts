import { setTimeout as sleep } from 'node:timers/promises';
import type { Tokens } from '../state/tokens.js';
import { jsonAnswer, type Answer, type Call } from './call.js';
import { exhausted } from './rate-limit.js';

/**
 * What goes wrong. `before` and `after` are about the effect of the request: what is answered or cut `after` has taken
 * effect all the same, and the client does not know.
 */
export type Effect =
  /** Anything, for instance somebody else's push between this client's read and its write. */
  | { readonly kind: 'hook'; readonly when: 'before' | 'after'; run(call: Call): Promise<void> | void }
  /** Another answer, for instance 502. */
  | {
      readonly kind: 'answer';
      readonly when: 'before' | 'after';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** HTTP 200 with an error of GraphQL. */
  | {
      readonly kind: 'graphql-error';
      readonly when: 'before' | 'after';
      readonly message: string;
      readonly type?: string;
    }
  /** The connection ends without an answer, or in the midst of it. */
  | { readonly kind: 'cut'; readonly when: 'before' | 'after' | 'middle' }
  /** A whole answer whose body ends too early. */
  | { readonly kind: 'truncate' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Refs as they were before their last change, and lists without their newest entry. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'secondary-limit'; readonly status: 403 | 429; readonly retryAfter?: number }
  | { readonly kind: 'primary-limit'; readonly resetAfter: number }
  /** From this request on the token is refused. */
  | { readonly kind: 'expire-token' }
  /** What this request commits is not signed. */
  | { readonly kind: 'unsigned' };

export type Fault = Effect & {
  /** An operation (see Call.operations), a pattern for one, or a predicate; `*` is every request. */
  readonly on: string | RegExp | ((call: Call) => boolean);
  /** So many matching requests are let through first. Default 0. */
  readonly skip?: number;
  /** So many are hit then. Default 1. */
  readonly times?: number;
};

interface Armed {
  readonly fault: Fault;
  skip: number;
  left: number;
}

const SECONDARY =
  'You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID.';

/** Thrown to end the connection without an answer. */
export class ConnectionCut extends Error {}

/** The faults a test has asked for. Each hits the next matching requests; several may hit the same one. */
export class Faults {
  readonly #armed: Armed[] = [];
  readonly #tokens: Tokens;

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  add(...faults: Fault[]): void {
    for (const fault of faults) this.#armed.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#armed.length = 0;
  }

  /** Those that have not hit as often as they should: a test that ends with some has not tested what it says. */
  get pending(): Fault[] {
    return this.#armed.filter(({ left }) => left > 0).map(({ fault }) => fault);
  }

  /** The faults that hit this request. */
  take(call: Call): Fault[] {
    const hits: Fault[] = [];
    for (const armed of this.#armed) {
      if (armed.left === 0 || !matches(armed.fault, call)) continue;
      if (armed.skip > 0) armed.skip--;
      else {
        armed.left--;
        hits.push(armed.fault);
      }
    }
    return hits;
  }

  /** What happens before the request is worked on; an answer given here is the only one. @throws ConnectionCut */
  async before(faults: readonly Fault[], call: Call): Promise<Answer | undefined> {
    for (const fault of faults) {
      if (fault.kind === 'delay') await sleep(fault.ms);
      else if (fault.kind === 'stale') call.view = 'stale';
      else if (fault.kind === 'unsigned') call.unsigned = true;
      else if (fault.kind === 'expire-token') this.#tokens.expire(call.token.secret);
      else if (fault.kind === 'hook' && fault.when === 'before') await fault.run(call);
      else if (fault.kind === 'cut' && fault.when === 'before') throw new ConnectionCut();
      else {
        const answer = answerOf(fault, call, 'before');
        if (answer !== undefined) return answer;
      }
    }
    return undefined;
  }

  /** What becomes of the answer after the request has taken effect. @throws ConnectionCut */
  async after(faults: readonly Fault[], call: Call, answer: Answer): Promise<Answer> {
    let result = answer;
    for (const fault of faults) {
      if (fault.kind === 'hook' && fault.when === 'after') await fault.run(call);
      else if (fault.kind === 'cut' && fault.when === 'after') throw new ConnectionCut();
      else if (fault.kind === 'truncate') {
        result = { ...result, body: result.body.subarray(0, Math.floor(result.body.length / 2)) };
      } else result = answerOf(fault, call, 'after') ?? result;
    }
    return result;
  }
}

function matches({ on }: Fault, call: Call): boolean {
  if (typeof on === 'function') return on(call);
  return on === '*' || call.operations.some((name) => (typeof on === 'string' ? on === name : on.test(name)));
}

function answerOf(fault: Fault, call: Call, when: 'before' | 'after'): Answer | undefined {
  switch (fault.kind) {
    case 'answer':
      if (fault.when !== when) return undefined;
      return jsonAnswer(fault.status, fault.body ?? { message: `Server Error ${fault.status}` }, fault.headers);
    case 'graphql-error': {
      if (fault.when !== when) return undefined;
      const error = { ...(fault.type === undefined ? {} : { type: fault.type }), message: fault.message };
      return jsonAnswer(200, { data: null, errors: [error] });
    }
    case 'secondary-limit': {
      const headers = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
      return when === 'before' ? jsonAnswer(fault.status, { message: SECONDARY }, headers) : undefined;
    }
    case 'primary-limit':
      return when === 'before' ? exhausted(call, fault.resetAfter) : undefined;
    default:
      return undefined;
  }
}
