import { timestamp } from '../git/objects.js';
import { closePull } from './pull.js';
import type { Repository } from './repository.js';
import { actorOf } from './tokens.js';

/**
 * What GitHub does with open pull requests when a ref has moved: a deleted head branch closes its request, so does a head
 * branch that was put back to what the base has already; a base that now contains the head makes the request merged.
 */
export async function settlePulls(repository: Repository, ref: string): Promise<void> {
  const branch = ref.replace(/^refs\/heads\//, '');
  for (const pull of repository.pulls) {
    if (pull.state !== 'open' || (pull.headRef !== branch && pull.baseRef !== branch)) continue;
    const head = await repository.refs.get(`refs/heads/${pull.headRef}`);
    const base = await repository.refs.get(`refs/heads/${pull.baseRef}`);
    if (head === undefined || base === undefined) {
      closePull(pull);
      continue;
    }
    const reached = await repository.refs.contains(base, head);
    if (reached && pull.baseRef === branch) {
      pull.merged = { at: timestamp(), sha: base, by: actorOf('web-flow') };
      pull.headSha = head;
      closePull(pull);
    } else if (reached) {
      closePull(pull); // headSha stays where the commits were
    } else {
      if (pull.headSha !== head) pull.unknownReads = repository.settings.unknownMergeabilityReads;
      pull.headSha = head;
    }
    pull.updatedAt = timestamp();
  }
}
