import type { Annotation } from '../core/action.js';
import { HelmCdError } from '../core/errors.js';
import type { Clock, GitHubClient, Services } from '../core/ports.js';
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
 * Checks the inputs `notify` and `token`.
 * @throws HelmCdError `input` when one of the repositories is none, or there is no token to write there with.
 */
export function checkNotify(notify: readonly string[], token: string): void {
  notify.forEach(parseRepository);
  if (notify.length === 0 || token !== '') return;
  throw new HelmCdError('input', 'Input "notify" needs "token".', {
    hint: 'Give a token that may write to the repositories to be notified.',
  });
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

/**
 * Tells every repository of every chart. The charts are published by now, so a failure is no error but a warning that
 * says how to make up for it.
 */
async function notifyAll(
  github: GitHubClient,
  clock: Clock,
  targets: readonly string[],
  publications: readonly Publication[],
  commit: string,
): Promise<readonly Annotation[]> {
  const warnings: Annotation[] = [];
  for (const target of targets) {
    for (const publication of publications) {
      try {
        await notifyPublished(github, clock, target, publication, commit);
      } catch (error) {
        if (!(error instanceof HelmCdError) || error.code === 'cancelled') throw error;
        const { name, version } = publication;
        const message =
          `${name} ${version} is published, but ${target} was not told: ${error.message} ${error.hint ?? ''} ` +
          'Re-run this job to tell it again.';
        warnings.push({ level: 'warning', message });
      }
    }
  }
  return warnings;
}

/**
 * Tells of what is new. What was there already is told again only when a run is repeated: the first attempt may have died
 * before telling.
 * @param where repositories `owner/name`, and a token that may write there.
 */
export async function notifyNews(
  where: { readonly targets: readonly string[]; readonly token: string },
  publications: readonly Publication[],
  { context, clock, github }: Pick<Services, 'context' | 'clock' | 'github'>,
): Promise<readonly Annotation[]> {
  const repeated = Number(context.runAttempt) > 1;
  const news = publications.filter(({ state }) => state === 'published' || repeated);
  if (where.targets.length === 0 || news.length === 0) return [];
  const client = github({ token: where.token, apiUrl: context.apiUrl, graphqlUrl: context.graphqlUrl });
  return notifyAll(client, clock, where.targets, news, context.sha);
}
