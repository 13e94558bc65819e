import type { Commit } from '../git/objects.js';
import type { Mergeability } from '../state/mergeability.js';
import type { Pull } from '../state/pull-record.js';
import { apiPath, repositoryJson, userJson, webPath, type Place } from './present.js';

type Json = Record<string, unknown>;

export interface PullView {
  readonly pull: Pull;
  readonly head: string;
  readonly base: string;
}

/** A label's answer; colours and ids are the server's own. */
export const labelJson = (place: Place, name: string): Json => ({
  id: 1,
  node_id: `LA_${name}`,
  url: apiPath(place, `/labels/${encodeURIComponent(name)}`),
  name,
  color: 'ededed',
  default: false,
  description: '',
});

function endJson(place: Place, ref: string, sha: string): Json {
  const { owner } = place.repository;
  return {
    label: `${owner}:${ref}`,
    ref,
    sha,
    user: userJson({ login: owner, id: 1, type: 'User' }, place.serverUrl),
    repo: repositoryJson(place),
  };
}

/** A pull request as lists have it. */
export function pullSimpleJson(place: Place, { pull, head, base }: PullView): Json {
  const url = apiPath(place, `/pulls/${pull.number}`);
  return {
    id: pull.number,
    node_id: pull.id,
    number: pull.number,
    url,
    html_url: webPath(place, `/pull/${pull.number}`),
    issue_url: apiPath(place, `/issues/${pull.number}`),
    state: pull.state,
    locked: false,
    title: pull.title,
    body: pull.body,
    user: userJson(pull.author, place.serverUrl),
    labels: pull.labels.map((name) => labelJson(place, name)),
    draft: pull.draft,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.merged?.at ?? null,
    merge_commit_sha: pull.merged?.sha ?? null,
    head: endJson(place, pull.headRef, head),
    base: endJson(place, pull.baseRef, base),
    author_association: 'CONTRIBUTOR',
    auto_merge:
      pull.autoMerge === null
        ? null
        : {
            enabled_by: userJson(pull.autoMerge.enabledBy, place.serverUrl),
            merge_method: pull.autoMerge.method,
            commit_title: pull.autoMerge.headline ?? '',
            commit_message: pull.autoMerge.body ?? '',
          },
  };
}

/** A pull request by itself: with what is computed for it. */
export function pullJson(
  place: Place,
  view: PullView,
  mergeability: Mergeability,
  commits: readonly (Commit | string)[],
  comments: number,
): Json {
  const { pull } = view;
  return {
    ...pullSimpleJson(place, view),
    merged: pull.merged !== null,
    mergeable: mergeability.mergeable,
    mergeable_state: mergeability.state.toLowerCase(),
    merged_by: pull.merged === null ? null : userJson(pull.merged.by, place.serverUrl),
    maintainer_can_modify: pull.maintainerCanModify,
    commits: commits.length,
    comments,
    review_comments: 0,
  };
}
