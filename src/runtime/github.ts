import { request as octokitRequest } from '@octokit/request';
import { HelmCdError, messageOf } from '../core/errors.js';
import type { GitHubAccess, GitHubClient, GitHubResponse } from '../core/ports.js';
import type * as ActionsToolkit from './actions-toolkit.js';
import { httpFetch } from './http-fetch.js';

type Toolkit = typeof ActionsToolkit;

/** One request is given this long. */
const TIMEOUT_MS = 30_000;
/** A proxy may have to be used when one of these is set; which addresses are excepted is the toolkit's business. */
const PROXIES = ['http_proxy', 'https_proxy'];

/** The shape of what octokit throws when the server answered with an error status. */
interface AnsweredError {
  readonly response?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, unknown>>;
    readonly data: unknown;
  };
}

type Request = (
  route: string,
  parameters: Readonly<Record<string, unknown>>,
) => Promise<Required<AnsweredError>['response']>;

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

/** What the connection said, below what the client made of it. */
function reasonOf(error: unknown): string {
  const { cause } = Object(error) as { cause?: unknown };
  return cause === undefined ? messageOf(error) : reasonOf(cause);
}

/**
 * Requests by octokit: the part of it that makes them. Behind a proxy, the whole of it with the toolkit's client, which
 * takes much longer to load.
 */
async function requester({ token, apiUrl }: GitHubAccess, environment: NodeJS.ProcessEnv): Promise<Request> {
  const proxied = Object.entries(environment).some(
    ([name, value]) => PROXIES.includes(name.toLowerCase()) && (value ?? '') !== '',
  );
  if (!proxied) {
    const authorization = token === '' ? {} : { authorization: `token ${token}` };
    const headers = { 'user-agent': 'helm-cd', ...authorization };
    return (route, parameters) =>
      octokitRequest(route, {
        baseUrl: apiUrl,
        headers,
        ...parameters,
        request: { ...(parameters['request'] as object | undefined), fetch: httpFetch },
      });
  }
  // Left alone by the bundler: in dist/ it is the file beside the actions' bundle.
  const { getOctokit }: Toolkit = await import(/* webpackIgnore: true */ './actions-toolkit.js');
  return getOctokit(token, { baseUrl: apiUrl }).request;
}

/**
 * GitHub's API by octokit. Nothing is retried here: what may be sent twice, the caller knows. GraphQL goes by `request` too,
 * for errors in an answer of status 200 are for the caller to read.
 * @param timeoutMs a request without an answer after so many milliseconds is given up.
 */
export function createGitHub(
  cancelled: AbortSignal,
  environment: NodeJS.ProcessEnv = process.env,
  timeoutMs = TIMEOUT_MS,
): (access: GitHubAccess) => GitHubClient {
  return (access) => {
    let ready: Promise<Request> | undefined;
    const request: GitHubClient['request'] = async (route, parameters = {}) => {
      const limit = AbortSignal.timeout(timeoutMs);
      const signal = access.ignoreCancel === true ? limit : AbortSignal.any([cancelled, limit]);
      try {
        ready ??= requester(access, environment);
        return answer(await (await ready)(route, { ...parameters, request: { signal } }));
      } catch (error) {
        const { response } = error as AnsweredError;
        if (response !== undefined) return answer(response);
        if (cancelled.aborted && access.ignoreCancel !== true)
          throw new HelmCdError('cancelled', 'The job was cancelled.');
        throw new HelmCdError('unreachable', `GitHub's API at ${access.apiUrl} does not answer: ${reasonOf(error)}`, {
          hint: 'Check the input api-url, and that the runner reaches it.',
          cause: error,
        });
      }
    };
    return {
      request,
      graphql: (query, variables = {}) => request(`POST ${access.graphqlUrl}`, { query, variables }),
    };
  };
}
