import { jsonAnswer, type Answer, type Call } from './call.js';

const seconds = (): number => Math.floor(Date.now() / 1000);

/** Counts the requests of each account and tells them as GitHub does; it never refuses by itself. */
export class RateLimit {
  readonly #used = new Map<string, number>();
  readonly #reset = seconds() + 3600;

  /** The headers of an answer to this call, which counts. */
  count(call: Call): Record<string, string> {
    const limit = call.token.kind === 'anonymous' ? 60 : call.token.kind === 'workflow' ? 1000 : 5000;
    const resource = resourceOf(call);
    const key = `${call.token.actor.login} ${resource}`;
    const used = (this.#used.get(key) ?? 0) + 1;
    this.#used.set(key, used);
    return headersOf(limit, Math.max(0, limit - used), this.#reset, resource);
  }
}

function resourceOf(call: Call): string {
  return call.operations.some((name) => name.startsWith('graphql:')) ? 'graphql' : 'core';
}

function headersOf(limit: number, remaining: number, reset: number, resource: string): Record<string, string> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-used': String(limit - remaining),
    'x-ratelimit-reset': String(reset),
    'x-ratelimit-resource': resource,
  };
}

/** The answer when nothing is left until `resetAfter` seconds from now: 403, or HTTP 200 with an error in GraphQL. */
export function exhausted(call: Call, resetAfter: number): Answer {
  const message = `API rate limit exceeded for installation ID ${call.token.actor.id}.`;
  const resource = resourceOf(call);
  const headers = headersOf(5000, 0, seconds() + resetAfter, resource);
  return resource === 'graphql'
    ? jsonAnswer(200, { errors: [{ type: 'RATE_LIMITED', message }] }, headers)
    : jsonAnswer(403, { message, documentation_url: 'https://docs.github.com/rest/rate-limit' }, headers);
}
