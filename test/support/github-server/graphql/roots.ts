import { ApiFailure } from '../errors.js';
import { isRefName, RefConflict } from '../git/refs.js';
import { enableAutoMerge } from '../state/auto-merge.js';
import type { MergeMethod, Pull } from '../state/pull-record.js';
import { updatePull } from '../state/pull.js';
import type { Repository } from '../state/repository.js';
import { createCommitOnBranch, type CommitInput } from './commit-on-branch.js';
import { textOf, type Context, type Field, type Node } from './context.js';
import { actorNode } from './pull-node.js';
import { pullNodeOf, refNode, repositoryId, repositoryNode } from './repository-node.js';
import { updateRefs, type UpdateRefsInput } from './update-refs.js';

const query: Record<string, Field> = {
  repository(args, { world, call }) {
    const [owner = '', name = ''] = [textOf(args, 'owner'), textOf(args, 'name')];
    const repository = world.find(owner, name);
    if (repository === undefined || !call.token.canSee(repository)) {
      throw new ApiFailure(404, `Could not resolve to a Repository with the name '${owner}/${name}'.`);
    }
    return repositoryNode(repository);
  },
  viewer: (_, { call }) => ({
    __typename: 'User',
    login: call.token.actor.login,
    id: `U_${call.token.actor.id}`,
    databaseId: call.token.actor.id,
  }),
};

type Input = Record<string, unknown>;

const inputOf = (args: Record<string, unknown>): Input => args['input'] as Input;

function pullOf(input: Input, { world, call }: Context): { repository: Repository; pull: Pull } {
  const id = textOf(input, 'pullRequestId') ?? '';
  const found = world.pullById(id);
  if (found === undefined) throw new ApiFailure(404, `Could not resolve to a node with the global id of '${id}'`);
  call.token.require(found.repository, 'pull_requests', 'write');
  return found;
}

/** The payload of a mutation that concerns one pull request. */
const pullPayload = (
  name: string,
  { repository, pull }: { repository: Repository; pull: Pull },
  context: Context,
): Node => ({
  __typename: name,
  clientMutationId: null,
  actor: actorNode(context.call.token.actor),
  pullRequest: () => pullNodeOf(repository, context.call.serverUrl, pull),
});

const mutation: Record<string, Field> = {
  createCommitOnBranch: (args, context) => createCommitOnBranch(args['input'] as CommitInput, context),
  async createRef(args, context) {
    const input = inputOf(args);
    const [ref = '', oid = ''] = [textOf(input, 'name'), textOf(input, 'oid')];
    const repository = context.world.repositories.find((one) => repositoryId(one) === input['repositoryId']);
    if (repository === undefined) throw new ApiFailure(404, 'Could not resolve to a node with that global id');
    context.call.token.require(repository, 'contents', 'write');
    const refused = (message: string): ApiFailure => new ApiFailure(200, message, { type: 'UNPROCESSABLE' });
    if (!isRefName(ref)) throw refused(`Name "${ref}" is not a valid ref name`);
    if ((await repository.objects.read(oid)) === undefined) throw refused(`Oid ${oid} does not exist`);
    try {
      await repository.moveRef(ref, oid, undefined, context.call.token);
    } catch (error) {
      throw error instanceof RefConflict ? refused(`A ref named "${ref}" already exists in the repository.`) : error;
    }
    const { serverUrl } = context.call;
    return {
      __typename: 'CreateRefPayload',
      clientMutationId: null,
      ref: () => refNode(repository, serverUrl, ref, oid),
    };
  },
  updateRefs: (args, context) => updateRefs(args['input'] as UpdateRefsInput, context),
  async enablePullRequestAutoMerge(args, context) {
    const input = inputOf(args);
    const found = pullOf(input, context);
    context.call.token.require(found.repository, 'contents', 'write');
    const method = (textOf(input, 'mergeMethod') ?? 'MERGE').toLowerCase() as MergeMethod;
    const request = {
      method,
      headline: textOf(input, 'commitHeadline'),
      body: textOf(input, 'commitBody'),
      expectedHead: textOf(input, 'expectedHeadOid'),
    };
    await enableAutoMerge(found.repository, found.pull, request, context.call.token);
    return pullPayload('EnablePullRequestAutoMergePayload', found, context);
  },
  disablePullRequestAutoMerge(args, context) {
    const found = pullOf(inputOf(args), context);
    found.pull.autoMerge = null;
    return pullPayload('DisablePullRequestAutoMergePayload', found, context);
  },
  async updatePullRequest(args, context) {
    const input = inputOf(args);
    const found = pullOf(input, context);
    await updatePull(found.repository, found.pull, {
      title: textOf(input, 'title'),
      body: textOf(input, 'body'),
      base: textOf(input, 'baseRefName'),
      state: textOf(input, 'state')?.toLowerCase() as 'open' | 'closed' | undefined,
    });
    return pullPayload('UpdatePullRequestPayload', found, context);
  },
  async closePullRequest(args, context) {
    const found = pullOf(inputOf(args), context);
    await updatePull(found.repository, found.pull, { state: 'closed' });
    return pullPayload('ClosePullRequestPayload', found, context);
  },
};

/** The root fields that are served; asking for another one is a violation. */
export const roots: Readonly<Record<string, Field>> = { ...query, ...mutation };
