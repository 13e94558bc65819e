import { HelmCdError } from '../core/errors.js';
import type { Clock, GitHubResponse } from '../core/ports.js';

const ATTEMPTS = 5;
const PAUSE_MS = 1000;
/** Without a word about when, GitHub wants at least this after a secondary limit, and more each time. */
const UNSAID_PAUSE_MS = 60_000;
/** Nobody waits longer than this for one request; a limit that ends later is an error that says when. */
const LONGEST_PAUSE_MS = 120_000;

interface Said {
  readonly message?: unknown;
  readonly errors?: unknown;
}

/** What an answer's body says went wrong, or its status. */
export function saidBy(response: GitHubResponse): string {
  const { message } = (response.data ?? {}) as Said;
  return typeof message === 'string' ? message : `status ${response.status}`;
}

/** Whether GraphQL says so in an answer of status 200. */
function hasError(
  { status, data }: GitHubResponse,
  is: (error: { type?: unknown; message?: unknown }) => boolean,
): boolean {
  const { errors } = (data ?? {}) as Said;
  return status === 200 && Array.isArray(errors) && errors.some(is);
}

/**
 * Whether GitHub did not do what was asked because too much was asked (primary and secondary rate limits): nothing
 * happened, and the same may be sent again later.
 */
export function isLimited(response: GitHubResponse): boolean {
  if (response.status === 429) return true;
  if (response.status === 403) return /rate limit|abuse detection/i.test(saidBy(response));
  return hasError(response, ({ type, message }) => {
    return type === 'RATE_LIMITED' || /secondary rate limit/i.test(String(message));
  });
}

/**
 * How long GitHub wants us to wait, milliseconds: `retry-after`, else `x-ratelimit-reset` when nothing remains, else a
 * minute, or longer the more often it has said so.
 */
export function limitedFor({ headers }: GitHubResponse, now: number, times = 1): number {
  const retryAfter = Number(headers['retry-after'] ?? 'NaN') * 1000;
  const reset =
    headers['x-ratelimit-remaining'] === '0' ? Number(headers['x-ratelimit-reset'] ?? 'NaN') * 1000 - now : NaN;
  const said = [retryAfter, reset].find((milliseconds) => Number.isFinite(milliseconds));
  return Math.max(0, said ?? Math.min(UNSAID_PAUSE_MS * 2 ** (times - 1), LONGEST_PAUSE_MS));
}

export interface Patience {
  readonly clock: Clock;
  /** Whether it may be sent again when its answer was lost: what reads, or does the same again. */
  readonly repeatable: boolean;
  /** Milliseconds since 1970: whoever would have to wait for longer does not wait. */
  readonly until?: number;
}

/** What GraphQL says when it ran out of time, or worse. */
const TROUBLE = /something went wrong while executing|timedout|timed out|timeout/i;

/** An answer that is no answer: of a server in trouble, or cut off in its middle. Whether anything happened is not known. */
export function isLost(response: GitHubResponse): boolean {
  const cut = [200, 201].includes(response.status) && typeof response.data === 'string';
  return response.status >= 500 || cut || hasError(response, ({ message }) => TROUBLE.test(String(message)));
}

/**
 * Sends a request, again when GitHub asked for patience, and, when that does no harm, when there was no answer.
 * @returns the last answer, whatever it is.
 * @throws what `send` throws when it may not be repeated or was repeated often enough.
 */
export async function patiently(
  { clock, repeatable, until = Infinity }: Patience,
  send: () => Promise<GitHubResponse>,
): Promise<GitHubResponse> {
  const mayWait = (pause: number) => pause <= LONGEST_PAUSE_MS && clock.now() + pause <= until;
  for (let attempt = 1; ; attempt++) {
    let pause = PAUSE_MS * 2 ** (attempt - 1);
    try {
      const response = await send();
      const limited = isLimited(response);
      if (!limited && !(repeatable && isLost(response))) return response;
      if (limited) pause = limitedFor(response, clock.now(), attempt);
      if (attempt === ATTEMPTS || !mayWait(pause)) return response;
    } catch (error) {
      const unreachable = error instanceof HelmCdError && error.code === 'unreachable';
      if (!unreachable || !repeatable || attempt === ATTEMPTS || !mayWait(pause)) throw error;
    }
    await clock.sleep(pause);
  }
}
