import { ApiFailure } from '../errors.js';
import { timestamp } from '../git/objects.js';
import { mergePull } from './merge.js';
import { canBeMerged, mergeability } from './mergeability.js';
import type { MergeMethod, Pull } from './pull-record.js';
import type { Repository } from './repository.js';
import type { Token } from './tokens.js';

export interface AutoMergeRequest {
  readonly method: MergeMethod;
  readonly headline?: string | undefined;
  readonly body?: string | undefined;
  readonly expectedHead?: string | undefined;
}

/** Those whose requests are merged later, by the token that asked for it. */
const enabledBy = new WeakMap<Pull, Token>();

/** Asks for the merge as soon as it is possible. @throws ApiFailure where GitHub refuses: not allowed, nothing to wait for */
export async function enableAutoMerge(
  repository: Repository,
  pull: Pull,
  request: AutoMergeRequest,
  token: Token,
): Promise<void> {
  const refused = (why: string): ApiFailure => new ApiFailure(422, why);
  if (!repository.settings.allowAutoMerge) {
    throw refused('Pull request Auto merge is not allowed for this repository');
  }
  if (request.expectedHead !== undefined && request.expectedHead !== pull.headSha) {
    throw refused(`Head sha didn't match expected head sha ${request.expectedHead}`);
  }
  const { state } = await mergeability(repository, pull);
  if (pull.state === 'closed') throw refused("Can't enable auto-merge for this pull request");
  if (!repository.protections.has(pull.baseRef)) {
    // Nothing could ever hold the merge back.
    if (state === 'CLEAN') throw refused('Pull request Pull request is in clean status');
    throw refused('Pull request Protected branch rules not configured for this branch');
  }
  if (state !== 'BLOCKED' && state !== 'BEHIND') {
    throw refused(`Pull request Pull request is in ${state.toLowerCase()} status`);
  }
  enabledBy.set(pull, token);
  pull.autoMerge = {
    method: request.method,
    enabledBy: token.actor,
    enabledAt: timestamp(),
    headline: request.headline,
    body: request.body,
  };
}

/** Merges what has asked for it and is ready now: to be called whenever a check or a review has come in. */
export async function mergeWhatIsReady(repository: Repository): Promise<void> {
  for (const pull of repository.pulls) {
    const token = enabledBy.get(pull);
    if (pull.state !== 'open' || pull.autoMerge === null || token === undefined) continue;
    if (!canBeMerged(await mergeability(repository, pull))) continue;
    const { method, headline, body } = pull.autoMerge;
    await mergePull(repository, pull, { method, title: headline, message: body }, token);
  }
}
