import { HelmCdError } from '../core/errors.js';
import type { Clock, GitHubClient } from '../core/ports.js';
import type { Publication } from '../core/publication.js';
import { sendRepositoryDispatch } from './repository-dispatch.js';

/** The event that a workflow listens to with `on: repository_dispatch: types: [chart-published]`. */
export const CHART_PUBLISHED = 'chart-published';

/**
 * Checks a repository of the input `notify`.
 * @throws HelmCdError `input` when it is not `owner/name`.
 */
export function parseRepository(text: string): { readonly owner: string; readonly name: string } {
  const match = /^([A-Za-z0-9][A-Za-z0-9-]*)\/([A-Za-z0-9._-]+)$/.exec(text);
  if (match === null) {
    throw new HelmCdError('input', `Input "notify" names no GitHub repository: "${text}"`, {
      hint: 'Write owner/name, one a line.',
    });
  }
  return { owner: match[1] ?? '', name: match[2] ?? '' };
}

/**
 * Tells a repository that a chart can be fetched: all of it is under `client_payload.chart`.
 * @param commit from which the chart was made.
 * @throws HelmCdError as `sendRepositoryDispatch` does.
 */
export async function notifyPublished(
  github: GitHubClient,
  clock: Clock,
  target: string,
  publication: Publication,
  commit: string,
): Promise<void> {
  const { name, version, digest, environment, repository, url } = publication;
  await sendRepositoryDispatch(github, clock, {
    ...parseRepository(target),
    eventType: CHART_PUBLISHED,
    payload: { chart: { name, version, digest, environment, repository, url, commit } },
  });
}
