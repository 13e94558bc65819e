import { getOctokit } from '@actions/github';
import { HelmCdError, messageOf } from '../core/errors.js';
import type { GitHubAccess, GitHubClient, GitHubResponse } from '../core/ports.js';

/** One request is given this long. */
const TIMEOUT_MS = 30_000;

/** The shape of what octokit throws when the server answered with an error status. */
interface AnsweredError {
  readonly response?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, unknown>>;
    readonly data: unknown;
  };
}

function answer(response: Required<AnsweredError>['response']): GitHubResponse {
  const headers = Object.entries(response.headers).flatMap(([name, value]) => {
    return typeof value === 'string' || typeof value === 'number' ? [[name.toLowerCase(), String(value)]] : [];
  });
  return {
    status: response.status,
    headers: Object.fromEntries(headers) as Record<string, string>,
    data: response.data,
  };
}

/**
 * GitHub's API by octokit. Nothing is retried here: what may be sent twice, the caller knows. GraphQL goes by `request` too,
 * for errors in an answer of status 200 are for the caller to read.
 */
export function createGitHub(cancelled: AbortSignal): (access: GitHubAccess) => GitHubClient {
  return ({ token, apiUrl, graphqlUrl }) => {
    const octokit = getOctokit(token, { baseUrl: apiUrl });
    const request: GitHubClient['request'] = async (route, parameters = {}) => {
      const signal = AbortSignal.any([cancelled, AbortSignal.timeout(TIMEOUT_MS)]);
      try {
        return answer(await octokit.request(route, { ...parameters, request: { signal } }));
      } catch (error) {
        const { response } = error as AnsweredError;
        if (response !== undefined) return answer(response);
        if (cancelled.aborted) throw new HelmCdError('cancelled', 'The job was cancelled.');
        throw new HelmCdError('unreachable', `GitHub's API at ${apiUrl} does not answer: ${messageOf(error)}`, {
          hint: 'Check the input api-url, and that the runner reaches it.',
          cause: error,
        });
      }
    };
    return { request, graphql: (query, variables = {}) => request(`POST ${graphqlUrl}`, { query, variables }) };
  };
}
