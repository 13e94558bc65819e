import { HelmCdError } from '../core/errors.js';
import type { GitHubResponse } from '../core/ports.js';
import { githubFailure } from './github-failure.js';
import { patiently } from './patience.js';
import type { PullRequest } from './pull-request-state.js';
import { fullName, pathOf, requireFine, validationErrors, type Repository } from './repository.js';

/** GitHub may not know yet, in one place, what it has just done in another. */
const LAG_ATTEMPTS = 4;
const LAG_PAUSE_MS = 1000;

interface RestPull {
  readonly node_id: string;
  readonly number: number;
  readonly html_url: string;
  readonly title: string;
  readonly body: string | null;
  readonly draft?: boolean;
  readonly head: { readonly sha: string };
  readonly labels: readonly { readonly name: string }[];
}

function pullOfRest(pull: RestPull): PullRequest {
  return {
    id: pull.node_id,
    number: pull.number,
    url: pull.html_url,
    title: pull.title,
    body: pull.body ?? '',
    state: 'OPEN',
    draft: pull.draft === true,
    head: pull.head.sha,
    labels: pull.labels.map(({ name }) => name),
    autoMerge: undefined,
  };
}

/** What GitHub answers while one of its parts has not heard yet of what another one has done. */
function lags(response: GitHubResponse): boolean {
  if (response.status === 404) return true;
  if (response.status !== 422) return false;
  const said = `${(response.data as { message?: string } | undefined)?.message ?? ''} ${validationErrors(response)}`;
  return /could not resolve to a node|head (?:ref )?(?:is )?invalid|head sha can't be blank/i.test(said);
}

/** Sends what concerns something that was made a moment ago, again while GitHub does not know it yet. */
async function settled({ clock }: Repository, send: () => Promise<GitHubResponse>): Promise<GitHubResponse> {
  for (let attempt = 1; ; attempt++) {
    const response = await patiently({ clock, repeatable: true }, send);
    if (!lags(response) || attempt === LAG_ATTEMPTS) return response;
    await clock.sleep(LAG_PAUSE_MS * attempt);
  }
}

export interface PullRequestTexts {
  readonly title: string;
  readonly body: string;
}

/**
 * Opens a pull request, or finds the one that somebody else has opened meanwhile.
 * @returns `nothing` when the branch has no commits (any more) that the base has not.
 * @throws HelmCdError
 */
export async function openPullRequest(
  repository: Repository,
  branch: string,
  base: string,
  texts: PullRequestTexts,
): Promise<{ readonly pull: PullRequest; readonly opened: boolean } | 'nothing'> {
  const { client, owner, clock } = repository;
  const doing = `The pull request from ${branch} cannot be opened in ${fullName(repository)}`;
  const response = await settled(repository, () =>
    client.request('POST /repos/{owner}/{repo}/pulls', { ...pathOf(repository), ...texts, head: branch, base }),
  );
  if (response.status === 201) return { pull: pullOfRest(response.data as RestPull), opened: true };
  const said = validationErrors(response);
  if (response.status === 422 && /no commits between/i.test(said)) return 'nothing';
  if (response.status === 422 && /already exists/i.test(said)) {
    for (let attempt = 1; attempt <= LAG_ATTEMPTS; attempt++) {
      const list = await patiently({ clock, repeatable: true }, () =>
        client.request('GET /repos/{owner}/{repo}/pulls', {
          ...pathOf(repository),
          head: `${owner}:${branch}`,
          base,
          state: 'open',
        }),
      );
      requireFine(repository, list, doing);
      const [found] = list.data as readonly RestPull[];
      if (found !== undefined) return { pull: pullOfRest(found), opened: false };
      await clock.sleep(LAG_PAUSE_MS * attempt);
    }
  }
  const failure = githubFailure(response, doing, clock.now());
  if (response.status === 403 && /not permitted to create/i.test(failure?.message ?? '')) {
    throw new HelmCdError('unauthorized', failure?.message ?? doing, {
      hint: 'Allow it in the settings under Actions, General ("Allow GitHub Actions to create and approve pull requests"), or give the token of a GitHub App.',
    });
  }
  requireFine(repository, response, doing);
  throw new HelmCdError('unreachable', `${doing}: status ${response.status}`);
}

/**
 * Gives a pull request another title and body.
 * @returns where its branch was at that time, as far as GitHub knew.
 */
export async function describePullRequest(
  repository: Repository,
  number: number,
  texts: PullRequestTexts,
): Promise<string> {
  const response = await settled(repository, () =>
    repository.client.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', {
      ...pathOf(repository),
      pull_number: number,
      ...texts,
    }),
  );
  requireFine(repository, response, `The pull request #${number} of ${fullName(repository)} cannot be changed`);
  return (response.data as RestPull).head.sha;
}

/** Adds labels; those that do not exist are made by GitHub. None is taken away. */
export async function addLabels(repository: Repository, number: number, labels: readonly string[]): Promise<void> {
  const response = await settled(repository, () =>
    repository.client.request('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', {
      ...pathOf(repository),
      issue_number: number,
      labels,
    }),
  );
  requireFine(repository, response, `The pull request #${number} of ${fullName(repository)} cannot be labelled`);
}

/** Comments once: a comment that has this text already is enough. */
export async function commentOnce(repository: Repository, number: number, text: string): Promise<void> {
  const { client, clock } = repository;
  const doing = `The pull request #${number} of ${fullName(repository)} cannot be commented on`;
  const parameters = { ...pathOf(repository), issue_number: number };
  const list = await patiently({ clock, repeatable: true }, () =>
    client.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', { ...parameters, per_page: 100 }),
  );
  requireFine(repository, list, doing);
  if ((list.data as readonly { body?: string }[]).some(({ body }) => body === text)) return;
  const response = await patiently({ clock, repeatable: false }, () =>
    client.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', { ...parameters, body: text }),
  );
  requireFine(repository, response, doing);
}
