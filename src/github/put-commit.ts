import { HelmCdError } from '../core/errors.js';
import type { BranchHead, CommitOutcome, FileChange, RepositoryBranch } from '../core/repository-branch.js';
import type { Branches } from './refs.js';
import type { Repository } from './repository.js';

const LAG_ATTEMPTS = 4;
const LAG_PAUSE_MS = 1000;

export interface CommitPlace {
  /** The branch that is to have the commit. */
  readonly branch: string;
  /** Where it is now; nothing when there is no such branch. */
  readonly at: string | undefined;
  /** A branch of our own for the time between. */
  readonly temporary: string;
  readonly repositoryId: string;
}

/**
 * Makes a branch consist of a base's commit and one commit on top of it. GitHub makes signed commits on branches only, and
 * only forward: so where the branch is elsewhere, the commit is made on a temporary branch, and then both change at once, the
 * branch to the commit and the temporary one away. The branch itself is never without its commits, for that would close its
 * pull request.
 */
export async function putCommit(
  { clock }: Repository,
  branches: Branches,
  base: RepositoryBranch,
  parent: BranchHead,
  place: CommitPlace,
  files: readonly FileChange[],
  message: string,
): Promise<CommitOutcome> {
  const { branch, at, temporary, repositoryId } = place;
  const commit = async (name: string): Promise<CommitOutcome> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await base.commit({ ...parent, branch: name }, files, message);
      } catch (error) {
        if (!(error instanceof HelmCdError)) throw error;
        // A branch that was made a moment ago is not known everywhere.
        if (error.code === 'not-found') {
          if (attempt < LAG_ATTEMPTS) await clock.sleep(LAG_PAUSE_MS * attempt);
          else if ((await branches.at(name)) !== undefined) throw error;
          else return { status: 'moved', reason: `somebody has deleted ${name}` };
        } else if (error.code !== 'refused') throw error;
        else {
          throw new HelmCdError('refused', error.message, {
            hint: 'Leave branches below helm-cd/ out of the rules, or let the token’s owner bypass them.',
            cause: error,
          });
        }
      }
    }
  };
  if (at === undefined && !(await branches.create(branch, parent.oid))) {
    return { status: 'moved', reason: `somebody else has just made the branch ${branch}` };
  }
  if (at === undefined || at === parent.oid) return commit(branch);
  await branches.place(temporary, parent.oid);
  const made = await commit(temporary);
  if (made.status !== 'committed') return made;
  const outcome = await branches.move(repositoryId, [
    { branch, from: at, to: made.oid },
    { branch: temporary, from: made.oid, to: undefined },
  ]);
  if (outcome === 'done') return made;
  if (outcome === 'moved') return { status: 'moved', reason: `somebody else has just changed ${branch}` };
  return { status: 'unknown', error: outcome.lost };
}
