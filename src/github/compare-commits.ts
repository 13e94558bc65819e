import type { CommitRelation } from '../core/build-order.js';
import { HelmCdError } from '../core/errors.js';
import type { Clock, GitHubClient, GitHubResponse } from '../core/ports.js';
import { patiently } from './patience.js';

/**
 * How the commit `head` stands to the commit `base` in a repository `owner/name`; nothing when that cannot be told: one of
 * them is gone, or the repository may not be read.
 */
export type CompareCommits = (repository: string, base: string, head: string) => Promise<CommitRelation | undefined>;

const RELATIONS: readonly CommitRelation[] = ['ahead', 'behind', 'identical', 'diverged'];

function relationIn({ status, data }: GitHubResponse): CommitRelation | undefined {
  const said = status === 200 ? (data as { status?: unknown } | null)?.status : undefined;
  return RELATIONS.find((relation) => relation === said);
}

/**
 * Compares commits by GitHub's REST API ("Compare two commits"). An answer is kept: how two commits stand to each other
 * does not change.
 */
export function commitComparer(github: GitHubClient, clock: Clock): CompareCommits {
  const known = new Map<string, Promise<CommitRelation | undefined>>();
  const ask = async (repository: string, base: string, head: string): Promise<CommitRelation | undefined> => {
    const [owner = '', repo = ''] = repository.split('/');
    // One commit a page: how many lie between the two does not matter.
    const parameters = { owner, repo, basehead: `${base}...${head}`, per_page: 1 };
    try {
      return relationIn(
        await patiently({ clock, repeatable: true }, () =>
          github.request('GET /repos/{owner}/{repo}/compare/{basehead}', parameters),
        ),
      );
    } catch (error) {
      if (error instanceof HelmCdError && error.code === 'unreachable') return undefined;
      throw error;
    }
  };
  return (repository, base, head) => {
    const key = JSON.stringify([repository, base, head]);
    const answer = known.get(key) ?? ask(repository, base, head);
    known.set(key, answer);
    return answer;
  };
}
