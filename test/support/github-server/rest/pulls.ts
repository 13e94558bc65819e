import { notFound } from '../errors.js';
import { mergeability, pullEnds, readMergeability } from '../state/mergeability.js';
import { mergePull } from '../state/merge.js';
import type { MergeMethod, Pull } from '../state/pull-record.js';
import { createPull, ownBranch, updatePull } from '../state/pull.js';
import { pullJson, pullSimpleJson } from './present-pull.js';
import { page, place, type RestOperations, type RestRequest, type RestResult } from './rest.js';

interface CreateBody {
  readonly title?: string;
  readonly body?: string;
  readonly head: string;
  readonly base: string;
  readonly draft?: boolean;
  readonly maintainer_can_modify?: boolean;
}

interface MergeBody {
  readonly commit_title?: string;
  readonly commit_message?: string;
  readonly sha?: string;
  readonly merge_method?: MergeMethod;
}

/** The pull request (or issue) that the path names. */
export function pullOf(request: RestRequest, name: string): Pull {
  const number = request.number(name);
  const pull = request.repository.pulls.find((one) => one.number === number);
  if (pull === undefined) throw notFound();
  return pull;
}

async function answer(request: RestRequest, status: number, pull: Pull, read: boolean): Promise<RestResult> {
  const { repository } = request;
  const ends = await pullEnds(repository, pull);
  const commits = await repository.refs.commitsBetween(ends.base, ends.head);
  const state = read ? await readMergeability(repository, pull) : await mergeability(repository, pull);
  const comments = repository.comments.filter(({ issue }) => issue === pull.number).length;
  // What has just been created or changed is never known to be mergeable.
  const known = read ? state : { ...state, mergeable: null, state: 'UNKNOWN' as const };
  return { status, body: pullJson(place(request), { pull, ...ends }, known, commits, comments) };
}

export const pullOperations: RestOperations = {
  'repos/list-pull-requests-associated-with-commit': {
    needs: ['pull_requests', 'read'],
    async handle(request) {
      const { repository } = request;
      const oid = await repository.refs.resolveCommit(request.text('commit_sha'), request.call.view);
      const views = await Promise.all(
        repository.pulls.map(async (pull) => ({ pull, ...(await pullEnds(repository, pull)) })),
      );
      const found = views.filter(({ pull, head }) => head === oid || pull.merged?.sha === oid);
      return page(
        request,
        found.map((view) => pullSimpleJson(place(request), view)),
      );
    },
  },
  'pulls/list': {
    needs: ['pull_requests', 'read'],
    async handle(request) {
      const { repository } = request;
      const state = request.text('state') || 'open';
      const [head, base] = [request.text('head'), request.text('base')];
      // GitHub ignores a head without "owner:".
      const branch = head.includes(':') ? (ownBranch(repository, head) ?? '') : undefined;
      const known = request.call.view === 'stale' ? repository.pulls.slice(0, -1) : repository.pulls;
      const found = known
        .filter((pull) => state === 'all' || pull.state === state)
        .filter((pull) => branch === undefined || pull.headRef === branch)
        .filter((pull) => base === '' || pull.baseRef === base);
      const ascending = request.text('direction') === 'asc';
      const sorted = ascending ? found : found.toReversed();
      const views = await Promise.all(
        sorted.map(async (pull) => pullSimpleJson(place(request), { pull, ...(await pullEnds(repository, pull)) })),
      );
      return page(request, views);
    },
  },
  'pulls/create': {
    needs: ['pull_requests', 'write'],
    async handle(request) {
      const body = request.body as CreateBody;
      const wanted = {
        title: body.title ?? '',
        body: body.body ?? null,
        head: body.head,
        base: body.base,
        draft: body.draft ?? false,
        maintainerCanModify: body.maintainer_can_modify ?? false,
      };
      return answer(request, 201, await createPull(request.repository, wanted, request.call.token), false);
    },
  },
  'pulls/get': {
    needs: ['pull_requests', 'read'],
    handle: (request) => answer(request, 200, pullOf(request, 'pull_number'), true),
  },
  'pulls/update': {
    needs: ['pull_requests', 'write'],
    async handle(request) {
      const pull = pullOf(request, 'pull_number');
      const { title, body, base, state } = request.body as {
        title?: string;
        body?: string;
        base?: string;
        state?: 'open' | 'closed';
      };
      await updatePull(request.repository, pull, { title, body, base, state });
      return answer(request, 200, pull, false);
    },
  },
  'pulls/merge': {
    needs: ['contents', 'write'],
    async handle(request) {
      const body = (request.body ?? {}) as MergeBody;
      const pull = pullOf(request, 'pull_number');
      const wanted = {
        method: body.merge_method ?? 'merge',
        title: body.commit_title,
        message: body.commit_message,
        sha: body.sha,
      };
      const sha = await mergePull(request.repository, pull, wanted, request.call.token);
      return { status: 200, body: { sha, merged: true, message: 'Pull Request successfully merged' } };
    },
  },
};
