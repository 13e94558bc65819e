import { HelmCdError } from '../core/errors.js';
import type { Clock, GitHubClient, GitHubResponse } from '../core/ports.js';

/** GitHub refuses longer event types, and payloads with more keys at the top or more bytes. */
const LONGEST_EVENT_TYPE = 100;
const MOST_KEYS = 10;
const MOST_BYTES = 65_535;
const ATTEMPTS = 4;
const PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

export interface RepositoryDispatch {
  readonly owner: string;
  readonly name: string;
  readonly eventType: string;
  /** At most ten keys and 64 KiB: put what belongs together under one key. */
  readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * Checks an event type.
 * @param what names it in the message.
 * @throws HelmCdError `input` when it is longer than GitHub takes, or has white space.
 */
export function checkEventType(eventType: string, what: string): void {
  if (/^\S+$/.test(eventType) && eventType.length <= LONGEST_EVENT_TYPE) return;
  throw new HelmCdError('input', `${what} is no event type: "${eventType}"`, {
    hint: `It has at most ${LONGEST_EVENT_TYPE} characters and no white space, such as chart-bumped.`,
  });
}

function saidBy(response: GitHubResponse): string {
  const { message } = (response.data ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : `status ${response.status}`;
}

/** How long to wait before the same request may be sent again; nothing when that would not help. */
function pauseAfter(response: GitHubResponse, attempt: number, now: number): number | undefined {
  const limited = response.status === 429 || (response.status === 403 && /rate limit/i.test(saidBy(response)));
  if (limited) {
    const retryAfter = Number(response.headers['retry-after'] ?? 'NaN') * 1000;
    const reset = Number(response.headers['x-ratelimit-reset'] ?? 'NaN') * 1000 - now;
    const wait = [retryAfter, reset].find((milliseconds) => Number.isFinite(milliseconds) && milliseconds >= 0);
    return Math.min(LONGEST_PAUSE_MS, wait ?? LONGEST_PAUSE_MS);
  }
  return response.status >= 500 ? PAUSE_MS * 2 ** (attempt - 1) : undefined;
}

/**
 * Sends a repository_dispatch event (GitHub REST: "Create a repository dispatch event"). An event that was sent twice, for
 * its answer got lost, starts a workflow twice: what it starts must bear that.
 * @throws HelmCdError `unauthorized`, `not-found` or `refused` with what GitHub said, `unreachable` when it does not answer.
 */
export async function sendRepositoryDispatch(
  github: GitHubClient,
  clock: Clock,
  dispatch: RepositoryDispatch,
): Promise<void> {
  const { owner, name, eventType, payload } = dispatch;
  if (Object.keys(payload).length > MOST_KEYS || Buffer.byteLength(JSON.stringify(payload)) > MOST_BYTES) {
    throw new HelmCdError('refused', 'The payload of a repository_dispatch has more than 10 keys or 64 KiB.');
  }
  const doing = `The repository_dispatch "${eventType}" was not accepted by ${owner}/${name}`;
  for (let attempt = 1; ; attempt++) {
    const response = await github.request('POST /repos/{owner}/{repo}/dispatches', {
      owner,
      repo: name,
      event_type: eventType,
      client_payload: payload,
    });
    if (response.status === 204) return;
    const pause = pauseAfter(response, attempt, clock.now());
    if (pause !== undefined && attempt < ATTEMPTS) {
      await clock.sleep(pause);
      continue;
    }
    const message = `${doing}: ${saidBy(response)}`;
    if (response.status === 401 || response.status === 403) {
      throw new HelmCdError('unauthorized', message, {
        hint: 'The token needs contents: write there; a workflow’s own GITHUB_TOKEN may dispatch to its own repository only.',
      });
    }
    if (response.status === 404) {
      throw new HelmCdError('not-found', message, {
        hint: 'The repository does not exist, or the token may not see it.',
      });
    }
    throw new HelmCdError(response.status >= 500 ? 'unreachable' : 'refused', message);
  }
}
