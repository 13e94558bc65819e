import { ApiFailure } from '../errors.js';
import { RefConflict } from '../git/refs.js';
import { writeBlob, writeCommit, writeTree, type TreeChange } from '../git/write.js';
import { graphqlRefusal } from '../state/protection.js';
import type { Repository } from '../state/repository.js';
import { personOf, webFlow } from '../state/tokens.js';
import type { Context, Node } from './context.js';
import { objectNode } from './git-nodes.js';
import { parseRefId, refNode } from './repository-node.js';

export interface CommitInput {
  readonly branch: { readonly id?: string; readonly repositoryNameWithOwner?: string; readonly branchName?: string };
  readonly message: { readonly headline: string; readonly body?: string | null };
  readonly fileChanges?: {
    readonly additions?: readonly { readonly path: string; readonly contents: string }[] | null;
    readonly deletions?: readonly { readonly path: string }[] | null;
  };
  readonly expectedHeadOid: string;
  readonly clientMutationId?: string;
}

const unprocessable = (message: string): ApiFailure => new ApiFailure(200, message, { type: 'UNPROCESSABLE' });

/** GitHub's words for a branch that is elsewhere, with its two spaces. */
const stale = (expected: string): ApiFailure =>
  new ApiFailure(200, `Expected branch to point to "${expected}" but it did not.  Pull and try again.`, {
    type: 'STALE_DATA',
  });

function branchOf({ branch }: CommitInput, { world }: Context): { repository: Repository; name: string } {
  const byId = branch.id === undefined ? undefined : parseRefId(branch.id);
  const [owner = '', repo = ''] = (byId?.repository ?? branch.repositoryNameWithOwner ?? '').split('/');
  const repository = world.find(owner, repo);
  if (branch.id !== undefined && byId === undefined) {
    throw new ApiFailure(404, `Could not resolve to a node with the global id of '${branch.id}'`);
  }
  if (repository === undefined) {
    throw new ApiFailure(404, `Could not resolve to a Repository with the name '${owner}/${repo}'.`);
  }
  return { repository, name: (byId?.ref ?? branch.branchName ?? '').replace(/^refs\/heads\//, '') };
}

/** The paths of one commit, checked as GitHub demands. @throws ApiFailure */
async function requirePaths(repository: Repository, input: CommitInput, context: Context): Promise<void> {
  const { additions, deletions } = input.fileChanges ?? {};
  if (additions === null || deletions === null) {
    throw new ApiFailure(200, 'Something went wrong while executing your query.', { type: 'INTERNAL' });
  }
  const seen = new Set<string>();
  for (const { path } of [...(additions ?? []), ...(deletions ?? [])]) {
    if (path === '' || path.startsWith('/') || path.split('/').some((part) => ['', '.', '..', '.git'].includes(part))) {
      throw unprocessable(`Path is invalid: ${path}`);
    }
    if (seen.has(path)) throw unprocessable(`Path must be unique: ${path}`);
    seen.add(path);
    if (path.startsWith('.github/workflows/')) context.call.token.require(repository, 'workflows', 'write');
  }
  for (const { path } of deletions ?? []) {
    if ((await repository.objects.read(`${input.expectedHeadOid}:${path}`)) !== undefined) continue;
    throw unprocessable(
      `A path was requested for deletion which does not exist as of commit oid \`${input.expectedHeadOid}\``,
    );
  }
}

/**
 * The mutation createCommitOnBranch: the commit's parent is `expectedHeadOid`, and the branch moves only if it is there
 * still. The commit is signed, its author is the token's account, its files have the mode 100644 whatever they had.
 */
export async function createCommitOnBranch(input: CommitInput, context: Context): Promise<Node> {
  const { call } = context;
  const { repository, name } = branchOf(input, context);
  call.token.require(repository, 'contents', 'write');
  const ref = `refs/heads/${name}`;
  const expected = input.expectedHeadOid;
  const before = await repository.refs.get(ref);
  if (before === undefined) throw new ApiFailure(404, `Could not resolve to a Ref with the name '${ref}'.`);
  if (before !== expected) throw stale(expected);
  await requirePaths(repository, input, context);
  const refusal = repository.refusal(name, call.token.actor, { verified: !call.unsigned });
  if (refusal !== undefined) throw unprocessable(graphqlRefusal(refusal.protection, name, refusal.reasons));
  const { headline, body } = input.message;
  const oid = await writeCommit(repository.path, {
    tree: await treeOf(repository, input),
    parents: [expected],
    author: personOf(call.token.actor),
    committer: webFlow(),
    message: (body ?? '') === '' ? headline : `${headline}\n\n${body ?? ''}`,
    signature: call.unsigned ? 'none' : 'server',
  });
  try {
    await repository.moveRef(ref, oid, expected, call.token);
  } catch (error) {
    throw error instanceof RefConflict ? stale(expected) : error;
  }
  return {
    __typename: 'CreateCommitOnBranchPayload',
    clientMutationId: input.clientMutationId ?? null,
    commit: () => objectNode(repository, call.serverUrl, oid),
    ref: () => refNode(repository, call.serverUrl, ref, oid),
  };
}

async function treeOf(repository: Repository, { fileChanges, expectedHeadOid }: CommitInput): Promise<string> {
  const additions = (fileChanges?.additions ?? []).map(async ({ path, contents }): Promise<TreeChange> => ({
    path,
    mode: '100644',
    oid: await writeBlob(repository.path, Buffer.from(contents, 'base64')),
  }));
  const deletions = (fileChanges?.deletions ?? []).map(({ path }): TreeChange => ({ path, mode: '100644', oid: null }));
  return writeTree(repository, expectedHeadOid, [...deletions, ...(await Promise.all(additions))]);
}
