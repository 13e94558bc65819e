import { pullEnds, readMergeability, type Mergeability } from '../state/mergeability.js';
import type { Pull } from '../state/pull-record.js';
import type { Repository } from '../state/repository.js';
import { connection, type Field, type Node } from './context.js';
import { objectNode } from './git-nodes.js';
import type { Actor } from '../state/tokens.js';

export const actorNode = (actor: Actor): Node => ({
  __typename: actor.type,
  // GraphQL names a bot without what REST appends.
  login: actor.login.replace(/\[bot\]$/, ''),
  id: `U_${actor.id}`,
  databaseId: actor.id,
});

function autoMergeNode(pull: Pull): Node | null {
  const wanted = pull.autoMerge;
  if (wanted === null) return null;
  return {
    __typename: 'AutoMergeRequest',
    enabledAt: wanted.enabledAt,
    enabledBy: actorNode(wanted.enabledBy),
    mergeMethod: wanted.method.toUpperCase(),
    commitHeadline: wanted.headline ?? null,
    commitBody: wanted.body ?? null,
  };
}

const CONFLICTS = (mergeable: boolean | null): string =>
  mergeable === null ? 'UNKNOWN' : mergeable ? 'MERGEABLE' : 'CONFLICTING';

/** The nodes around a pull request. */
export interface Surroundings {
  repository(): Node;
  ref(branch: string): Promise<Node | null>;
}

export function pullNode(repository: Repository, serverUrl: string, pull: Pull, around: Surroundings): Node {
  const url = `${serverUrl}/${repository.fullName}/pull/${pull.number}`;
  // One read for the fields of one query.
  let read: Promise<Mergeability> | undefined;
  const mergeability = (): Promise<Mergeability> => (read ??= readMergeability(repository, pull));
  const ends = (): Promise<{ head: string; base: string }> => pullEnds(repository, pull);
  return {
    __typename: 'PullRequest',
    id: pull.id,
    number: pull.number,
    title: pull.title,
    body: pull.body ?? '',
    url,
    state: pull.merged !== null ? 'MERGED' : pull.state.toUpperCase(),
    closed: pull.state === 'closed',
    closedAt: pull.closedAt,
    createdAt: pull.createdAt,
    updatedAt: pull.updatedAt,
    isDraft: pull.draft,
    isCrossRepository: false,
    maintainerCanModify: pull.maintainerCanModify,
    author: actorNode(pull.author),
    merged: pull.merged !== null,
    mergedAt: pull.merged?.at ?? null,
    mergedBy: pull.merged === null ? null : actorNode(pull.merged.by),
    mergeCommit: () => (pull.merged === null ? null : objectNode(repository, serverUrl, pull.merged.sha)),
    mergeable: async () => CONFLICTS((await mergeability()).mergeable),
    mergeStateStatus: async () => (await mergeability()).state,
    autoMergeRequest: autoMergeNode(pull),
    viewerCanEnableAutoMerge: ((_, { call }) =>
      repository.settings.allowAutoMerge && call.token.can(repository, 'contents', 'write')) satisfies Field,
    repository: () => around.repository(),
    headRepository: () => around.repository(),
    headRefName: pull.headRef,
    headRefOid: async () => (await ends()).head,
    headRef: () => around.ref(pull.headRef),
    baseRefName: pull.baseRef,
    baseRefOid: async () => (await ends()).base,
    baseRef: () => around.ref(pull.baseRef),
    labels: ((args) =>
      connection(pull.labels, args, 'labels', (name) => ({
        __typename: 'Label',
        id: `LA_${name}`,
        name,
      }))) satisfies Field,
    commits: (async (args) => {
      const { head, base } = await ends();
      const oids = await repository.refs.commitsBetween(base, head);
      return connection(oids, args, 'commits', (oid) => ({
        __typename: 'PullRequestCommit',
        id: `PRC_${oid}`,
        commit: () => objectNode(repository, serverUrl, oid),
      }));
    }) satisfies Field,
    comments: ((args) => {
      const comments = repository.comments.filter(({ issue }) => issue === pull.number);
      return connection(comments, args, 'comments', (comment) => ({
        __typename: 'IssueComment',
        id: `IC_${comment.id}`,
        fullDatabaseId: String(comment.id),
        body: comment.body,
        author: actorNode(comment.actor),
        createdAt: comment.createdAt,
        updatedAt: comment.updatedAt,
      }));
    }) satisfies Field,
  };
}
