import { HelmCdError } from '../core/errors.js';
import type { GitHubResponse } from '../core/ports.js';
import { isLimited, isLost, limitedFor, saidBy } from './patience.js';

/** One entry of `errors` in GraphQL's answer. */
export interface GraphqlError {
  readonly type: string;
  readonly message: string;
}

export interface GraphqlBody {
  readonly data: unknown;
  readonly errors: readonly GraphqlError[];
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What an answer of GraphQL holds; errors come with status 200. */
export function graphqlBody({ data }: GitHubResponse): GraphqlBody {
  const body = (data ?? {}) as { data?: unknown; errors?: unknown };
  const errors = Array.isArray(body.errors) ? (body.errors as Readonly<Record<string, unknown>>[]) : [];
  return {
    data: body.data ?? undefined,
    errors: errors.map(({ type, message }) => ({ type: textOf(type), message: textOf(message) })),
  };
}

const NO_RIGHTS = /not accessible by|must have push access|must have admin|saml|forbids access/i;

/** When a limit ends, as a sentence. */
function limitHint(response: GitHubResponse, now: number): string {
  const at = new Date(now + limitedFor(response, now)).toISOString().slice(0, 19);
  return `Run the job again after ${at}Z, or use a GitHub App’s token, which may ask more often.`;
}

/**
 * Why GitHub did not do what was asked.
 * @param doing the beginning of the message: `acme/charts cannot be read`.
 * @returns nothing when the answer is fine.
 */
export function githubFailure(response: GitHubResponse, doing: string, now: number): HelmCdError | undefined {
  const { errors } = graphqlBody(response);
  const said = errors.map(({ message }) => message).join('; ') || saidBy(response);
  const message = `${doing}: ${said}`;
  if (isLimited(response)) return new HelmCdError('unreachable', message, { hint: limitHint(response, now) });
  if (isLost(response)) {
    const what = typeof response.data === 'string' ? 'its answer was cut off' : said;
    return new HelmCdError('unreachable', `${doing}: ${what}`, { hint: 'Run the job again; see githubstatus.com.' });
  }
  if (response.status === 401) {
    return new HelmCdError('unauthorized', message, { hint: 'The input token is no valid token, or it has expired.' });
  }
  if (/\b(?:was|is) archived\b/i.test(said)) {
    return new HelmCdError('unauthorized', message, {
      hint: 'Nobody can change an archived repository: unarchive it.',
    });
  }
  const type = errors[0]?.type ?? '';
  if (response.status === 403 || type === 'FORBIDDEN' || type === 'INSUFFICIENT_SCOPES' || NO_RIGHTS.test(said)) {
    return new HelmCdError('unauthorized', message, {
      hint: 'The token needs the permissions contents: write (and pull-requests: write for pull requests) there.',
    });
  }
  if (response.status === 404 || type === 'NOT_FOUND') {
    return new HelmCdError('not-found', message, {
      hint: 'It does not exist, or the token may not see it: a workflow’s own GITHUB_TOKEN sees its own repository only.',
    });
  }
  return response.status >= 400 || errors.length > 0 ? new HelmCdError('refused', message) : undefined;
}
