import { isOid } from '../git/objects.js';
import type { RefView } from '../git/refs.js';
import { branchRules, directRefusals } from '../state/protection.js';
import { ownBranch } from '../state/pull.js';
import type { Repository } from '../state/repository.js';
import { connection, textOf, type Context, type Field, type Node } from './context.js';
import { objectNode } from './git-nodes.js';
import { pullNode } from './pull-node.js';
import type { Pull } from '../state/pull-record.js';

const encode = (text: string): string => Buffer.from(text).toString('base64url');

export const refId = (repository: Repository, ref: string): string => `REF_${encode(`${repository.fullName}:${ref}`)}`;
export const repositoryId = (repository: Repository): string => `R_${encode(repository.fullName)}`;

/** The repository and ref of a Ref's node id. */
export function parseRefId(id: string): { repository: string; ref: string } | undefined {
  const found = /^REF_(.+)$/.exec(id);
  const [repository, ref] = Buffer.from(found?.[1] ?? '', 'base64url')
    .toString()
    .split(':');
  return repository === undefined || ref === undefined ? undefined : { repository, ref };
}

/** A pull request with its repository and branches. */
export function pullNodeOf(repository: Repository, serverUrl: string, pull: Pull): Node {
  return pullNode(repository, serverUrl, pull, {
    repository: () => repositoryNode(repository),
    ref: async (branch) => {
      const ref = `refs/heads/${branch}`;
      const oid = await repository.refs.get(ref);
      return oid === undefined ? null : refNode(repository, serverUrl, ref, oid);
    },
  });
}

/** What classic protection demands, as people without admin rights may see it. */
function updateRuleNode(repository: Repository, branch: string, { call }: Context): Node | null {
  const protection = repository.protections.get(branch);
  if (protection?.kind !== 'classic') return null;
  return {
    __typename: 'RefUpdateRule',
    pattern: branch,
    allowsDeletions: false,
    allowsForcePushes: false,
    requiredApprovingReviewCount: protection.approvals ?? null,
    requiredStatusCheckContexts: protection.checks ?? [],
    requiresLinearHistory: false,
    requiresSignatures: protection.signatures === true,
    viewerCanPush: directRefusals(protection, call.token.actor, { verified: true }).length === 0,
  };
}

/** What rulesets demand of a branch; classic protection is not among them. */
const rulesField =
  (repository: Repository, branch: string): Field =>
  (args) =>
    connection(branchRules(repository.protections.get(branch), repository.fullName), args, 'rules', (rule) => ({
      __typename: 'RepositoryRule',
      id: `RR_${encode(`${repository.fullName}:${branch}:${String(rule['type'])}`)}`,
      type: String(rule['type']).toUpperCase(),
    }));

export function refNode(repository: Repository, serverUrl: string, ref: string, oid: string): Node {
  const [, prefix = '', name = ''] = /^(refs\/(?:heads|tags)\/|refs\/)(.*)$/.exec(ref) ?? [];
  const open = repository.pulls.filter((pull) => `refs/heads/${pull.headRef}` === ref);
  return {
    __typename: 'Ref',
    id: refId(repository, ref),
    name,
    prefix,
    target: () => objectNode(repository, serverUrl, oid),
    repository: () => repositoryNode(repository),
    refUpdateRule: ((_, context) => updateRuleNode(repository, name, context)) satisfies Field,
    rules: rulesField(repository, name),
    associatedPullRequests: ((args) =>
      connection(
        open.filter(({ state }) => wantedState(args['states'], state)),
        args,
        'associatedPullRequests',
        (pull) => pullNodeOf(repository, serverUrl, pull),
      )) satisfies Field,
  };
}

/** `refs/heads/x`, `heads/x` or `x`. */
async function findRef(repository: Repository, name: string, view: RefView): Promise<[string, string] | undefined> {
  for (const ref of [name, `refs/${name}`, `refs/heads/${name}`, `refs/tags/${name}`]) {
    const oid = await repository.refs.get(ref, view);
    if (oid !== undefined) return [ref, oid];
  }
  return undefined;
}

const refField =
  (repository: Repository, wanted?: string): Field =>
  async (args, { call }) => {
    call.token.require(repository, 'contents', 'read');
    const found = await findRef(repository, wanted ?? textOf(args, 'qualifiedName') ?? '', call.view);
    return found === undefined ? null : refNode(repository, call.serverUrl, ...found);
  };

/** `oid`, `branch`, `oid:path` or `branch:path`. */
const objectField =
  (repository: Repository): Field =>
  async (args, { call }) => {
    call.token.require(repository, 'contents', 'read');
    const expression = textOf(args, 'oid') ?? textOf(args, 'expression') ?? '';
    const [revision = '', ...rest] = expression.split(':');
    const file = rest.join(':');
    const start = isOid(revision) ? revision : await repository.refs.resolveCommit(revision, call.view);
    if (start === undefined) return null;
    return objectNode(repository, call.serverUrl, rest.length === 0 ? start : `${start}:${file}`);
  };

const pullState = (state: 'open' | 'closed', merged: boolean): string =>
  merged ? 'MERGED' : state === 'open' ? 'OPEN' : 'CLOSED';

function wantedState(states: unknown, state: 'open' | 'closed', merged = false): boolean {
  return !Array.isArray(states) || states.includes(pullState(state, merged));
}

const pullsField =
  (repository: Repository): Field =>
  (args, { call }) => {
    call.token.require(repository, 'pull_requests', 'read');
    const head = textOf(args, 'headRefName');
    const base = textOf(args, 'baseRefName');
    const known = call.view === 'stale' ? repository.pulls.slice(0, -1) : repository.pulls;
    const found = known
      .filter((pull) => wantedState(args['states'], pull.state, pull.merged !== null))
      .filter((pull) => head === undefined || pull.headRef === ownBranch(repository, head))
      .filter((pull) => base === undefined || pull.baseRef === base);
    const { direction } = (args['orderBy'] ?? {}) as { direction?: string };
    const sorted = direction === 'DESC' ? found.toReversed() : found;
    return connection(sorted, args, 'pullRequests', (pull) => pullNodeOf(repository, call.serverUrl, pull));
  };

const refsField =
  (repository: Repository): Field =>
  async (args, { call }) => {
    call.token.require(repository, 'contents', 'read');
    const refs = await repository.refs.list(textOf(args, 'refPrefix') ?? '');
    return connection(refs, args, 'refs', ({ ref, oid }) => refNode(repository, call.serverUrl, ref, oid));
  };

export function repositoryNode(repository: Repository): Node {
  const { settings } = repository;
  return {
    __typename: 'Repository',
    id: repositoryId(repository),
    name: repository.name,
    nameWithOwner: repository.fullName,
    owner: { __typename: 'Organization', login: repository.owner },
    url: ((_, { call }) => `${call.serverUrl}/${repository.fullName}`) satisfies Field,
    isPrivate: repository.private,
    isArchived: settings.archived,
    isEmpty: async () => (await repository.refs.list('refs/heads/')).length === 0,
    visibility: repository.private ? 'PRIVATE' : 'PUBLIC',
    autoMergeAllowed: settings.allowAutoMerge,
    mergeCommitAllowed: settings.allowMergeCommit,
    squashMergeAllowed: settings.allowSquashMerge,
    rebaseMergeAllowed: settings.allowRebaseMerge,
    deleteBranchOnMerge: settings.deleteBranchOnMerge,
    viewerPermission: ((_, { call }) =>
      call.token.can(repository, 'contents', 'write') ? 'WRITE' : 'READ') satisfies Field,
    defaultBranchRef: refField(repository, `refs/heads/${settings.defaultBranch}`),
    ref: refField(repository),
    refs: refsField(repository),
    object: objectField(repository),
    pullRequest: ((args, { call }) => {
      call.token.require(repository, 'pull_requests', 'read');
      const pull = repository.pulls.find(({ number }) => number === args['number']);
      return pull === undefined ? null : pullNodeOf(repository, call.serverUrl, pull);
    }) satisfies Field,
    pullRequests: pullsField(repository),
  };
}
