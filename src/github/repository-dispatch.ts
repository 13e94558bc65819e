import { HelmCdError } from '../core/errors.js';
import type { Clock, GitHubClient } from '../core/ports.js';
import { githubFailure } from './github-failure.js';
import { patiently } from './patience.js';

/** GitHub refuses longer event types, and payloads with more keys at the top or more bytes. */
const LONGEST_EVENT_TYPE = 100;
const MOST_KEYS = 10;
const MOST_BYTES = 65_535;

export interface RepositoryDispatch {
  readonly owner: string;
  readonly name: string;
  readonly eventType: string;
  /** At most ten keys and 64 KiB: put what belongs together under one key. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Milliseconds since 1970: GitHub's wish to be left alone for longer is an error at once. */
  readonly until?: number;
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
  const { owner, name, eventType, payload, until = Infinity } = dispatch;
  if (Object.keys(payload).length > MOST_KEYS || Buffer.byteLength(JSON.stringify(payload)) > MOST_BYTES) {
    throw new HelmCdError('refused', 'The payload of a repository_dispatch has more than 10 keys or 64 KiB.');
  }
  const response = await patiently({ clock, repeatable: true, until }, () =>
    github.request('POST /repos/{owner}/{repo}/dispatches', {
      owner,
      repo: name,
      event_type: eventType,
      client_payload: payload,
    }),
  );
  if (response.status === 204) return;
  const doing = `The repository_dispatch "${eventType}" was not accepted by ${owner}/${name}`;
  const failure = githubFailure(response, doing, clock.now());
  if (failure?.code !== 'unauthorized')
    throw failure ?? new HelmCdError('refused', `${doing}: status ${response.status}`);
  throw new HelmCdError('unauthorized', failure.message, {
    hint: 'The token needs contents: write there; a workflow’s own GITHUB_TOKEN may dispatch to its own repository only.',
  });
}
