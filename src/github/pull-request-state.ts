import { HelmCdError } from '../core/errors.js';
import type { BranchCommit } from '../core/pull-request-commits.js';
import type { AllowedMerges } from '../core/pull-request-merge.js';
import { graphqlBody } from './github-failure.js';
import { patiently } from './patience.js';
import { fullName, pathOf, requireFine, type Repository } from './repository.js';

/** What a pull request's own node is asked for. */
const PULL = `id number url title body state isDraft isCrossRepository headRefOid baseRefName
  labels(first: 100) { nodes { name } }
  autoMergeRequest { commitBody }`;

const STATE = `query ($owner: String!, $name: String!, $ref: String!, $temporary: String!, $head: String!, $base: String!, $baseRef: String!) {
  repository(owner: $owner, name: $name) {
    id autoMergeAllowed mergeCommitAllowed squashMergeAllowed rebaseMergeAllowed deleteBranchOnMerge
    base: ref(qualifiedName: $baseRef) { target { oid } }
    ref(qualifiedName: $ref) { target { oid } }
    temporary: ref(qualifiedName: $temporary) { target { oid } }
    own: pullRequests(headRefName: $head, first: 20, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { ${PULL} } }
    others: pullRequests(baseRefName: $base, states: [OPEN], first: 50, orderBy: { field: UPDATED_AT, direction: DESC }) {
      nodes { headRefName isCrossRepository commits(last: 5) { nodes { commit { message } } } }
    }
  }
}`;

/** So many commits does one answer of GitHub's compare hold. */
const MOST_COMMITS = 250;
/** A pull request, as far as helm-cd looks at it. */
export interface PullRequest {
  /** Its node id. */
  readonly id: string;
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly state: 'OPEN' | 'CLOSED' | 'MERGED';
  readonly draft: boolean;
  /** Where its branch was, as far as this answer knows. */
  readonly head: string;
  readonly labels: readonly string[];
  /** What GitHub will write into the merge's commit by itself; nothing when it is not asked to merge. */
  readonly autoMerge: { readonly body: string } | undefined;
}

/** What there is of a pull request's branch, all at one time. */
export interface PullRequestState {
  readonly repositoryId: string;
  readonly autoMergeAllowed: boolean;
  readonly allowedMerges: AllowedMerges;
  readonly deletesMergedBranches: boolean;
  /** The base's newest commit. */
  readonly base: string | undefined;
  /** The branch's newest commit; nothing when there is no such branch. */
  readonly branch: string | undefined;
  /** The same of the branch that a bump of ours may have left behind. */
  readonly temporary: string | undefined;
  /** Of that branch into that base, the newest first; of the closed ones only the last. */
  readonly pulls: readonly PullRequest[];
  /** Open pull requests into the same base, from other branches: their branches and their commits' messages. */
  readonly others: readonly { readonly branch: string; readonly messages: readonly string[] }[];
}

interface PullNode {
  readonly id: string;
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly state: PullRequest['state'];
  readonly isDraft: boolean;
  readonly isCrossRepository: boolean;
  readonly headRefOid: string;
  readonly baseRefName: string;
  readonly labels: { readonly nodes: readonly { readonly name: string }[] } | null;
  readonly autoMergeRequest: { readonly commitBody: string | null } | null;
}

interface RefNode {
  readonly target: { readonly oid: string } | null;
}

interface StateData {
  readonly repository: {
    readonly id: string;
    readonly autoMergeAllowed: boolean;
    readonly mergeCommitAllowed: boolean;
    readonly squashMergeAllowed: boolean;
    readonly rebaseMergeAllowed: boolean;
    readonly deleteBranchOnMerge: boolean;
    readonly base: RefNode | null;
    readonly ref: RefNode | null;
    readonly temporary: RefNode | null;
    readonly own: { readonly nodes: readonly PullNode[] };
    readonly others: {
      readonly nodes: readonly {
        readonly headRefName: string;
        readonly isCrossRepository: boolean;
        readonly commits: { readonly nodes: readonly { readonly commit: { readonly message: string } }[] };
      }[];
    };
  } | null;
}

function pullOf(node: PullNode): PullRequest {
  const { id, number, url, title, body, state, isDraft, headRefOid, labels, autoMergeRequest } = node;
  return {
    id,
    number,
    url,
    title,
    body,
    state,
    draft: isDraft,
    head: headRefOid,
    labels: (labels?.nodes ?? []).map((label) => label.name),
    autoMerge: autoMergeRequest === null ? undefined : { body: autoMergeRequest.commitBody ?? '' },
  };
}

/**
 * What there is of a pull request's branch: the branch, its pull requests, and the others into the same base.
 * @throws HelmCdError `unauthorized` when the token may not see pull requests.
 */
export async function readState(
  repository: Repository,
  names: { readonly branch: string; readonly temporary: string; readonly base: string },
): Promise<PullRequestState> {
  const { client, owner, name, clock } = repository;
  const { branch, temporary, base } = names;
  const response = await patiently({ clock, repeatable: true }, () =>
    client.graphql(STATE, {
      owner,
      name,
      ref: `refs/heads/${branch}`,
      temporary: `refs/heads/${temporary}`,
      head: branch,
      base,
      baseRef: `refs/heads/${base}`,
    }),
  );
  requireFine(repository, response, `The pull requests of ${fullName(repository)} cannot be read`);
  const { repository: found } = graphqlBody(response).data as StateData;
  if (found === null) throw new HelmCdError('not-found', `There is no repository ${fullName(repository)}.`);
  const own = found.own.nodes
    .filter(({ isCrossRepository, baseRefName }) => !isCrossRepository && baseRefName === base)
    .map(pullOf);
  return {
    repositoryId: found.id,
    autoMergeAllowed: found.autoMergeAllowed,
    allowedMerges: {
      merge: found.mergeCommitAllowed,
      squash: found.squashMergeAllowed,
      rebase: found.rebaseMergeAllowed,
    },
    deletesMergedBranches: found.deleteBranchOnMerge,
    base: found.base?.target?.oid,
    branch: found.ref?.target?.oid,
    temporary: found.temporary?.target?.oid,
    pulls: own,
    others: found.others.nodes
      .filter(({ isCrossRepository, headRefName }) => !isCrossRepository && headRefName !== branch)
      .map(({ headRefName, commits }) => ({
        branch: headRefName,
        messages: commits.nodes.map(({ commit }) => commit.message),
      })),
  };
}

/** How a branch differs from its base. */
export interface Comparison {
  /** The newest commit that both have. */
  readonly mergeBase: string;
  /** What the branch has and the base has not, oldest first. */
  readonly commits: readonly BranchCommit[];
  /** Files in which the branch differs from that commit: path → object id; no id where a file is gone. */
  readonly files: ReadonlyMap<string, string | undefined>;
}

interface CompareBody {
  readonly total_commits: number;
  readonly merge_base_commit: { readonly sha: string };
  readonly commits: readonly {
    readonly sha: string;
    readonly parents: readonly { readonly sha: string }[];
    readonly commit: {
      readonly message: string;
      readonly author: { readonly name?: string; readonly email?: string } | null;
      readonly committer: { readonly name?: string; readonly email?: string } | null;
    };
  }[];
  readonly files?: readonly { readonly filename: string; readonly sha: string | null; readonly status: string }[];
}

/**
 * Compares two commits by their object ids.
 * @returns nothing when GitHub does not know one of them (yet, or any more).
 * @throws HelmCdError `refused` when there is more between them than a bump's branch ever has.
 */
export async function compareCommits(
  repository: Repository,
  base: string,
  head: string,
): Promise<Comparison | undefined> {
  const { client, clock } = repository;
  const response = await patiently({ clock, repeatable: true }, () =>
    client.request('GET /repos/{owner}/{repo}/compare/{basehead}', {
      ...pathOf(repository),
      basehead: `${base}...${head}`,
    }),
  );
  if (response.status === 404) return undefined;
  requireFine(repository, response, `The commits of a branch of ${fullName(repository)} cannot be compared`);
  const body = response.data as CompareBody;
  if (body.total_commits > Math.min(MOST_COMMITS, body.commits.length)) {
    throw new HelmCdError(
      'refused',
      `The pull request’s branch has ${body.total_commits} commits that its base has not.`,
      {
        hint: 'That is no branch of helm-cd’s own any more: merge or close its pull request and delete the branch.',
      },
    );
  }
  const person = (who: { name?: string; email?: string } | null) => ({
    name: who?.name ?? '',
    email: who?.email ?? '',
  });
  return {
    mergeBase: body.merge_base_commit.sha,
    commits: body.commits.map(({ sha, parents, commit }) => ({
      oid: sha,
      message: commit.message,
      parents: parents.map((parent) => parent.sha),
      author: person(commit.author),
      committer: person(commit.committer),
    })),
    files: new Map(
      (body.files ?? []).map(({ filename, sha, status }) => [
        filename,
        status === 'removed' ? undefined : (sha ?? undefined),
      ]),
    ),
  };
}
