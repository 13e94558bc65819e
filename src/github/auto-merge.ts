import { HelmCdError } from '../core/errors.js';
import type { GitHubResponse } from '../core/ports.js';
import { mergeStep, waitRefusal, type MergeMethod } from '../core/pull-request-merge.js';
import { githubFailure, graphqlBody } from './github-failure.js';
import { isLost, patiently, saidBy } from './patience.js';
import { fullName, pathOf, requireFine, type Repository } from './repository.js';

/** GitHub computes in the background whether a pull request can be merged; that takes seconds. */
const LOOKS = 12;
const PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 5000;

const look = (state: string): string => `query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    state isDraft ${state} headRefOid baseRef { target { oid } } mergeCommit { oid }
    autoMergeRequest { commitBody mergeMethod }
  } }
}`;
const ENABLE = `mutation ($input: EnablePullRequestAutoMergeInput!) {
  enablePullRequestAutoMerge(input: $input) { clientMutationId }
}`;

export interface MergeWish {
  readonly number: number;
  /** The pull request's node id. */
  readonly id: string;
  /** The commit that is to be merged, and no other one. */
  readonly head: string;
  readonly method: MergeMethod;
  /** The commit that it was made on: merged onto another one, a chart's version could be one that was given meanwhile. */
  readonly base: string;
  /** That commit's message: what squashing makes of it keeps its trailers. */
  readonly message: string;
  readonly autoMergeAllowed: boolean;
}

export type MergeResult =
  | { readonly status: 'merged'; readonly commit: string }
  /** GitHub will merge it by itself. */
  | { readonly status: 'waiting' }
  /** The branch is elsewhere by now, or conflicts with a base that moved on. */
  | { readonly status: 'moved' | 'conflict' }
  /** It stays open, and why. */
  | { readonly status: 'open'; readonly reason: string };

interface Look {
  readonly state: 'OPEN' | 'CLOSED' | 'MERGED';
  readonly isDraft: boolean;
  readonly mergeStateStatus: string;
  readonly headRefOid: string;
  readonly baseRef: { readonly target: { readonly oid: string } | null } | null;
  readonly mergeCommit: { readonly oid: string } | null;
  readonly autoMergeRequest: { readonly commitBody: string | null; readonly mergeMethod: string } | null;
}

/** What squashing writes instead of GitHub's own text, which may be the pull request's; other ways keep the commit. */
function squashText({
  method,
  message,
  number,
}: MergeWish): { readonly headline: string; readonly body: string } | undefined {
  if (method !== 'squash') return undefined;
  const [headline = '', ...body] = message.trim().split('\n');
  return { headline: `${headline} (#${number})`, body: body.join('\n').trim() };
}

/** Asks how a pull request is, GitHub Enterprise Servers that have no `mergeStateStatus` by REST. */
async function lookAt(repository: Repository, number: number): Promise<Look> {
  const { client, owner, name, clock } = repository;
  const doing = `The pull request #${number} of ${fullName(repository)} cannot be read`;
  const ask = (state: string): Promise<GitHubResponse> =>
    patiently({ clock, repeatable: true }, () => client.graphql(look(state), { owner, name, number }));
  const read = (response: GitHubResponse): Look => {
    requireFine(repository, response, doing);
    return (graphqlBody(response).data as { repository: { pullRequest: Look } }).repository.pullRequest;
  };
  const response = await ask('mergeStateStatus');
  const old = graphqlBody(response).errors.some(({ message }) => /'mergeStateStatus' doesn't exist/.test(message));
  if (!old) return read(response);
  const seen = read(await ask(''));
  const rest = await patiently({ clock, repeatable: true }, () =>
    client.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', { ...pathOf(repository), pull_number: number }),
  );
  requireFine(repository, rest, doing);
  const { mergeable_state: state = 'unknown' } = rest.data as { mergeable_state?: string };
  return { ...seen, mergeStateStatus: state.toUpperCase() };
}

/** Merges now, if the pull request still is at the commit. @returns why not, when it has to be looked at again */
async function mergeNow(repository: Repository, wish: MergeWish): Promise<MergeResult | string> {
  const { client, clock } = repository;
  const text = squashText(wish);
  let response: GitHubResponse;
  try {
    response = await patiently({ clock, repeatable: false }, () =>
      client.request('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', {
        ...pathOf(repository),
        pull_number: wish.number,
        sha: wish.head,
        merge_method: wish.method,
        ...(text === undefined ? {} : { commit_title: text.headline, commit_message: text.body }),
      }),
    );
  } catch (error) {
    if (error instanceof HelmCdError && error.code === 'unreachable') return error.message;
    throw error;
  }
  if (response.status === 200 && !isLost(response)) {
    return { status: 'merged', commit: (response.data as { sha: string }).sha };
  }
  if (response.status === 409) return { status: 'moved' };
  const failure = githubFailure(response, '', clock.now());
  if (failure?.code === 'unauthorized') {
    throw new HelmCdError('unauthorized', `The pull request #${wish.number} cannot be merged: ${saidBy(response)}`, {
      hint: 'The token needs contents: write and pull-requests: write, or leave auto-merge out.',
    });
  }
  return `GitHub does not merge #${wish.number}: ${saidBy(response)}`;
}

/** Asks GitHub to merge it later. @returns nothing when it is to be merged at once */
async function enable(repository: Repository, wish: MergeWish): Promise<MergeResult | 'merge' | undefined> {
  const { client, clock } = repository;
  const text = squashText(wish);
  const input = {
    pullRequestId: wish.id,
    mergeMethod: wish.method.toUpperCase(),
    expectedHeadOid: wish.head,
    ...(text === undefined ? {} : { commitHeadline: text.headline, commitBody: text.body }),
  };
  const response = await patiently({ clock, repeatable: true }, () => client.graphql(ENABLE, { input }));
  const failure = githubFailure(response, `GitHub does not merge #${wish.number} by itself`, clock.now());
  if (failure === undefined) return { status: 'waiting' };
  if (failure.code === 'unreachable') throw failure;
  const said = graphqlBody(response)
    .errors.map(({ message }) => message)
    .join('; ');
  if (/expected head|head sha/i.test(said)) return undefined;
  switch (waitRefusal(said)) {
    case 'merge':
      return 'merge';
    case 'not-allowed':
      return { status: 'open', reason: notAllowed(repository) };
    case 'unstable':
      return {
        status: 'open',
        reason: `a check of #${wish.number} has not passed, and as no rule of the branch requires it, GitHub would not wait for it. Require it in the branch's rules, or merge by hand`,
      };
    case 'no-rules':
      return {
        status: 'open',
        reason: `the branch has no rules, so there is nothing that GitHub could wait for with #${wish.number}. Require the checks in the branch's rules, or merge by hand`,
      };
    default:
      if (failure.code === 'unauthorized') throw failure;
      return { status: 'open', reason: said || saidBy(response) };
  }
}

function notAllowed(repository: Repository): string {
  return `auto-merge is turned off in ${fullName(repository)}. Turn on "Allow auto-merge" in its settings under General, Pull Requests`;
}

/**
 * Merges a pull request, now when nothing is in the way, else by asking GitHub to do it when its checks and reviews are
 * there. Only the commit that is named is ever merged at once.
 * @throws HelmCdError `unauthorized`, `unreachable`.
 */
export async function mergeWhenReady(repository: Repository, wish: MergeWish): Promise<MergeResult> {
  const body = squashText(wish)?.body ?? '';
  let why = '';
  for (let attempt = 1; ; attempt++) {
    const seen = await lookAt(repository, wish.number);
    if (seen.state === 'MERGED' && seen.headRefOid === wish.head) {
      return { status: 'merged', commit: seen.mergeCommit?.oid ?? '' };
    }
    if (seen.state !== 'OPEN') return { status: 'moved' };
    let result: MergeResult | string | undefined;
    let now = false;
    if (seen.headRefOid === wish.head) {
      const { autoMergeRequest: asked } = seen;
      const step = mergeStep(seen.mergeStateStatus, seen.isDraft);
      const outdated = seen.baseRef?.target?.oid !== wish.base;
      // GitHub would wait for ever: nobody else brings the branch up to date.
      if (seen.mergeStateStatus === 'BEHIND' && outdated) return { status: 'moved' };
      if (step === 'draft') return { status: 'open', reason: `#${wish.number} is a draft` };
      if (step === 'conflict') return { status: 'conflict' };
      if (step === 'wait') {
        const enough = asked?.mergeMethod === wish.method.toUpperCase() && (asked.commitBody ?? '') === body;
        if (enough) return { status: 'waiting' };
        if (!wish.autoMergeAllowed) return { status: 'open', reason: notAllowed(repository) };
        const answer = await enable(repository, wish);
        if (answer === 'merge') now = true;
        // That it was asked before stays true when it cannot be asked anew.
        else result = answer?.status === 'open' && asked !== null ? { status: 'waiting' } : answer;
      }
      if ((step === 'merge' || now) && outdated) return { status: 'moved' };
      if (step === 'merge' || now) result = await mergeNow(repository, wish);
      if (typeof result === 'string') why = result;
      else if (result !== undefined) return result;
    }
    if (attempt === LOOKS) {
      if (seen.headRefOid !== wish.head) return { status: 'moved' };
      const state = `GitHub says of #${wish.number} that it is ${seen.mergeStateStatus.toLowerCase()}`;
      return { status: 'open', reason: why || state };
    }
    await repository.clock.sleep(Math.min(LONGEST_PAUSE_MS, PAUSE_MS * attempt));
  }
}
