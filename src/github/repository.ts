import { HelmCdError } from '../core/errors.js';
import type { Clock, GitHubClient, GitHubResponse } from '../core/ports.js';
import { githubFailure } from './github-failure.js';
import { patiently } from './patience.js';

/** A repository, and who talks to GitHub about it. */
export interface Repository {
  readonly client: GitHubClient;
  readonly owner: string;
  readonly name: string;
  readonly clock: Clock;
}

/** As people call it. */
export const fullName = ({ owner, name }: Repository): string => `${owner}/${name}`;
/** As routes of REST name it. */
export const pathOf = ({ owner, name }: Repository): { owner: string; repo: string } => ({ owner, repo: name });

/**
 * A request of REST about a repository, sent again as `patiently` does.
 * @param route `GET /repos/{owner}/{repo}/…`
 * @param parameters of the route, but for owner and repo.
 * @param repeatable whether it may be sent again when its answer was lost.
 */
export function requestPatiently(
  repository: Repository,
  route: string,
  parameters: Readonly<Record<string, unknown>> = {},
  repeatable = true,
): Promise<GitHubResponse> {
  const { client, clock } = repository;
  return patiently({ clock, repeatable }, () => client.request(route, { ...pathOf(repository), ...parameters }));
}

/** The errors of a 422, which the message does not tell. */
export function validationErrors({ data }: GitHubResponse): string {
  const { errors } = (data ?? {}) as { errors?: unknown };
  if (!Array.isArray(errors)) return '';
  return errors
    .map((error: { message?: unknown; field?: unknown; code?: unknown } | string) => {
      if (typeof error === 'string') return error;
      return typeof error.message === 'string' ? error.message : `${String(error.field)} ${String(error.code)}`;
    })
    .join('; ');
}

/** @throws HelmCdError unless the answer is fine. */
export function requireFine(repository: Repository, response: GitHubResponse, doing: string): void {
  const failure = githubFailure(response, doing, repository.clock.now());
  if (failure === undefined) return;
  const more = validationErrors(response);
  if (more === '') throw failure;
  throw new HelmCdError(failure.code, `${failure.message} (${more})`, {
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
  });
}
