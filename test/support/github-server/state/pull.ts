import { randomUUID } from 'node:crypto';
import { ApiFailure, invalid } from '../errors.js';
import { timestamp } from '../git/objects.js';
import type { Pull } from './pull-record.js';
import type { Repository } from './repository.js';
import type { Token } from './tokens.js';

export interface NewPull {
  readonly title: string;
  readonly body: string | null;
  readonly head: string;
  readonly base: string;
  readonly draft: boolean;
  readonly maintainerCanModify: boolean;
}

const branchRef = (branch: string): string => `refs/heads/${branch}`;

/** The branch of `head`, given as `branch` or `owner:branch`; undefined for another owner's. */
export function ownBranch(repository: Repository, head: string): string | undefined {
  const [owner, branch] = head.includes(':') ? head.split(':', 2) : [repository.owner, head];
  return owner?.toLowerCase() === repository.owner.toLowerCase() ? branch : undefined;
}

/** Opens a pull request. @throws ApiFailure 403, 422 in the cases in which GitHub refuses */
export async function createPull(repository: Repository, wanted: NewPull, token: Token): Promise<Pull> {
  if (token.kind === 'workflow' && !repository.settings.actionsMayCreatePullRequests) {
    throw new ApiFailure(403, 'GitHub Actions is not permitted to create or approve pull requests.');
  }
  const headRef = ownBranch(repository, wanted.head);
  const headSha = headRef === undefined ? undefined : await repository.refs.get(branchRef(headRef));
  const baseSha = await repository.refs.get(branchRef(wanted.base));
  if (headRef === undefined || headSha === undefined) {
    throw invalid([{ resource: 'PullRequest', field: 'head', code: 'invalid' }]);
  }
  if (baseSha === undefined) throw invalid([{ resource: 'PullRequest', field: 'base', code: 'invalid' }]);
  const custom = (message: string): ApiFailure => invalid([{ resource: 'PullRequest', code: 'custom', message }]);
  if ((await repository.refs.commitsBetween(baseSha, headSha)).length === 0) {
    throw custom(`No commits between ${wanted.base} and ${headRef}`);
  }
  const open = repository.pulls.find(
    (pull) => pull.state === 'open' && pull.headRef === headRef && pull.baseRef === wanted.base,
  );
  if (open !== undefined) throw custom(`A pull request already exists for ${repository.owner}:${headRef}.`);
  const now = timestamp();
  const pull: Pull = {
    number: repository.nextNumber(),
    id: `PR_${randomUUID()}`,
    author: token.actor,
    headRef,
    baseRef: wanted.base,
    headSha,
    baseSha,
    title: wanted.title,
    body: wanted.body,
    draft: wanted.draft,
    maintainerCanModify: wanted.maintainerCanModify,
    labels: [],
    state: 'open',
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    merged: null,
    autoMerge: null,
    approvals: 0,
    unknownReads: repository.settings.unknownMergeabilityReads,
  };
  repository.pulls.push(pull);
  return pull;
}

export interface PullChange {
  readonly title?: string | undefined;
  readonly body?: string | null | undefined;
  readonly base?: string | undefined;
  readonly state?: 'open' | 'closed' | undefined;
}

/** Changes a pull request. @throws ApiFailure 422 for a base that is none, or a request that cannot be opened again */
export async function updatePull(repository: Repository, pull: Pull, change: PullChange): Promise<void> {
  if (change.base !== undefined && change.base !== pull.baseRef) {
    const baseSha = await repository.refs.get(branchRef(change.base));
    if (baseSha === undefined) throw invalid([{ resource: 'PullRequest', field: 'base', code: 'invalid' }]);
    pull.baseRef = change.base;
    pull.baseSha = baseSha;
  }
  if (change.state === 'open' && pull.state === 'closed') await reopen(repository, pull);
  if (change.state === 'closed' && pull.state === 'open') closePull(pull);
  pull.title = change.title ?? pull.title;
  pull.body = change.body === undefined ? pull.body : change.body;
  pull.updatedAt = timestamp();
}

export function closePull(pull: Pull): void {
  pull.state = 'closed';
  pull.closedAt = timestamp();
  pull.autoMerge = null;
}

async function reopen(repository: Repository, pull: Pull): Promise<void> {
  const refused = (why: string): ApiFailure =>
    invalid([{ resource: 'PullRequest', field: 'state', code: 'custom', message: `state cannot be changed. ${why}` }]);
  if (pull.merged !== null) throw refused('The pull request is merged.');
  const head = await repository.refs.get(branchRef(pull.headRef));
  if (head === undefined) throw refused(`The ${pull.headRef} branch has been deleted.`);
  if (!(await repository.refs.contains(head, pull.headSha))) {
    throw refused(`The ${pull.headRef} branch was force-pushed or recreated.`);
  }
  pull.state = 'open';
  pull.closedAt = null;
  pull.headSha = head;
}
