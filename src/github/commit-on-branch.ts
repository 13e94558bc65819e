import { HelmCdError } from '../core/errors.js';
import type { Clock, GitHubClient } from '../core/ports.js';
import type { CommitOutcome, FileChange } from '../core/repository-branch.js';
import { githubFailure, graphqlBody } from './github-failure.js';
import { isLimited, patiently } from './patience.js';

const MUTATION = `mutation ($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid signature { isValid } } }
}`;

/** What GitHub says when the branch is not where it was; none of these texts is documented. */
const MOVED =
  /expected branch to point to|is at [0-9a-f]+ but expected|update is not a fast.forward|head(?: branch)? was modified/i;
/** What it says when a rule of the branch forbids it. */
const FORBIDDEN =
  /protected branch|rule violation|repository rule|ruleset|GH006|GH013|approving review|required status|protected ref|pre-receive/i;
/** What it says when it is an Enterprise Server that is too old for the mutation. */
const TOO_OLD = /createCommitOnBranch' doesn't exist|CreateCommitOnBranchInput isn't a defined/i;
/** A signature may take a moment to be shown. */
const VERIFY_PAUSE_MS = 1000;

export interface CommitTarget {
  readonly client: GitHubClient;
  readonly owner: string;
  readonly name: string;
  readonly clock: Clock;
}

/** Whether GitHub vouches for a commit; asked for once more after a moment, for a bump's pipeline may depend on it. */
async function isVerified({ client, owner, name, clock }: CommitTarget, oid: string): Promise<boolean> {
  await clock.sleep(VERIFY_PAUSE_MS);
  try {
    const response = await patiently({ clock, repeatable: true }, () =>
      client.request('GET /repos/{owner}/{repo}/commits/{ref}', { owner, repo: name, ref: oid }),
    );
    const { commit } = response.data as { commit?: { verification?: { verified?: boolean } } };
    return commit?.verification?.verified === true;
  } catch (error) {
    // The commit is made, whatever can be learned about it.
    if (error instanceof HelmCdError && error.code !== 'cancelled') return false;
    throw error;
  }
}

/**
 * Puts one commit onto a branch, if and only if its newest commit still is the parent (GraphQL: createCommitOnBranch with
 * expectedHeadOid). Whole files are sent, byte for byte.
 * @throws HelmCdError `unauthorized`, `not-found`, `refused` (a rule of the branch), `unsupported` (by an old server): then
 *   nothing happened.
 */
export async function commitOnBranch(
  target: CommitTarget,
  parent: { readonly branch: string; readonly oid: string },
  files: readonly FileChange[],
  message: string,
): Promise<CommitOutcome> {
  const { client, owner, name, clock } = target;
  const [headline = '', ...body] = message.trim().split('\n');
  const input = {
    branch: { repositoryNameWithOwner: `${owner}/${name}`, branchName: parent.branch },
    message: { headline, body: body.join('\n').trim() },
    fileChanges: {
      additions: files.map(({ path, after }) => ({ path, contents: Buffer.from(after).toString('base64') })),
    },
    expectedHeadOid: parent.oid,
  };
  const doing = `The commit cannot be put onto ${parent.branch} of ${owner}/${name}`;
  let response;
  try {
    response = await patiently({ clock, repeatable: false }, () => client.graphql(MUTATION, { input }));
  } catch (error) {
    if (error instanceof HelmCdError && error.code === 'unreachable') return { status: 'unknown', error };
    throw error;
  }
  const { data, errors } = graphqlBody(response);
  const { createCommitOnBranch } = (data ?? {}) as {
    createCommitOnBranch?: { commit: { oid: string; signature: { isValid: boolean } | null } } | null;
  };
  if (createCommitOnBranch) {
    const { oid, signature } = createCommitOnBranch.commit;
    return { status: 'committed', oid, verified: signature?.isValid === true || (await isVerified(target, oid)) };
  }
  const failure =
    githubFailure(response, doing, clock.now()) ??
    new HelmCdError('unreachable', `${doing}: GitHub's answer was empty.`);
  const said = errors.map(({ message: text }) => text).join('; ');
  if (errors.some(({ type }) => type === 'STALE_DATA') || MOVED.test(said)) return { status: 'moved', reason: said };
  if (FORBIDDEN.test(said)) {
    throw new HelmCdError(
      'refused',
      `The branch ${parent.branch} of ${owner}/${name} does not accept the commit: ${said}`,
      {
        hint: 'Set the input strategy to auto or pull-request, or let the token’s owner bypass the rule.',
      },
    );
  }
  if (TOO_OLD.test(said)) {
    throw new HelmCdError('unsupported', `${doing}: ${said}`, {
      hint: 'This server is too old for commits by its API: give the input repository as a git URL, then git is used.',
    });
  }
  if (failure.code === 'unauthorized' || failure.code === 'not-found') throw failure;
  // Limits were waited for already as long as anybody waits: nothing happened, and nothing will.
  if (isLimited(response)) throw failure;
  return { status: 'unknown', error: failure };
}
