import { ApiFailure } from '../errors.js';
import { timestamp } from '../git/objects.js';
import { RefConflict } from '../git/refs.js';
import { writeCommit } from '../git/write.js';
import { canBeMerged, mergeability, pullEnds } from './mergeability.js';
import type { MergeMethod, Pull } from './pull-record.js';
import { closePull } from './pull.js';
import type { Repository } from './repository.js';
import { personOf, webFlow, type Actor, type Token } from './tokens.js';

export interface MergeRequest {
  readonly method: MergeMethod;
  readonly title?: string | undefined;
  readonly message?: string | undefined;
  /** The head the client has looked at. */
  readonly sha?: string | undefined;
}

const ALLOWED = {
  merge: ['allowMergeCommit', 'Merge commits are not allowed on this repository.'],
  squash: ['allowSquashMerge', 'Squash merges are not allowed on this repository.'],
  rebase: ['allowRebaseMerge', 'Rebase merges are not allowed on this repository.'],
} as const;

/** Merges a pull request; the new head of the base. @throws ApiFailure 405, 409 in the cases in which GitHub refuses */
export async function mergePull(
  repository: Repository,
  pull: Pull,
  request: MergeRequest,
  token: Token,
): Promise<string> {
  const refused = (why: string): ApiFailure => new ApiFailure(405, why);
  if (pull.state !== 'open') throw refused('Pull Request is not mergeable');
  const { head, base } = await pullEnds(repository, pull);
  if (request.sha !== undefined && request.sha !== head) {
    throw new ApiFailure(409, 'Head branch was modified. Review and try the merge again.');
  }
  const [setting, why] = ALLOWED[request.method];
  if (!repository.settings[setting]) throw refused(why);
  const current = await mergeability(repository, pull);
  if (current.state === 'DIRTY') throw refused('Pull Request is not mergeable');
  if (!canBeMerged(current)) throw refused(current.reasons.join(' '));
  const sha = await mergeCommit(repository, pull, { base, head }, request, token.actor);
  try {
    await repository.refs.update(`refs/heads/${pull.baseRef}`, sha, base);
  } catch (error) {
    if (!(error instanceof RefConflict)) throw error;
    throw refused('Base branch was modified. Review and try the merge again.');
  }
  pull.headSha = head;
  pull.baseSha = base;
  pull.merged = { at: timestamp(), sha, by: token.actor };
  pull.updatedAt = timestamp();
  closePull(pull);
  await repository.refMoved(`refs/heads/${pull.baseRef}`, base, sha, token);
  if (repository.settings.deleteBranchOnMerge) {
    await repository.moveRef(`refs/heads/${pull.headRef}`, undefined, head, token);
  }
  return sha;
}

async function mergeCommit(
  repository: Repository,
  pull: Pull,
  ends: { base: string; head: string },
  request: MergeRequest,
  actor: Actor,
): Promise<string> {
  const tree = await repository.refs.mergedTree(ends.base, ends.head);
  const commits = await repository.refs.commitsBetween(ends.base, ends.head);
  const [only] = commits;
  const single = commits.length === 1 && only !== undefined ? await repository.commit(only) : undefined;
  if (tree === undefined) throw new ApiFailure(405, 'Pull Request is not mergeable');
  if (request.method === 'rebase' && single === undefined) {
    throw new ApiFailure(405, "This branch can't be rebased");
  }
  const byMethod = {
    merge: {
      title: `Merge pull request #${pull.number} from ${repository.owner}/${pull.headRef}`,
      message: pull.title,
    },
    squash: { title: `${pull.title} (#${pull.number})`, message: '' },
    rebase: { title: single?.message ?? '', message: '' },
  }[request.method];
  const message = [request.title ?? byMethod.title, request.message ?? byMethod.message].filter((part) => part !== '');
  return writeCommit(repository.path, {
    tree,
    parents: request.method === 'merge' ? [ends.base, ends.head] : [ends.base],
    author: request.method === 'rebase' && single !== undefined ? single.author : personOf(actor),
    committer: webFlow(),
    message: message.join('\n\n'),
    // GitHub does not sign the commits of a rebase.
    signature: request.method === 'rebase' ? 'none' : 'server',
  });
}
