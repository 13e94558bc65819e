import type { Clock, GitHubAccess, GitHubClient, Masks } from '../core/ports.js';
import type { RelayConfig } from './config/types.js';
import type { OpenGitHub } from './dispatcher.js';
import { AppTokens } from './github-app.js';

export interface OpenGitHubServices {
  readonly masks: Masks;
  /** A client whose requests the signal ends. */
  readonly github: (signal: AbortSignal) => (access: GitHubAccess) => GitHubClient;
  /** A clock whose waits the signal ends. */
  readonly clock: (signal: AbortSignal) => Clock;
}

/** GitHub's API as the one whom the configuration names. */
export function createOpenGitHub(
  { apiUrl, identity }: RelayConfig['github'],
  { masks, github, clock }: OpenGitHubServices,
): OpenGitHub {
  // GraphQL is not used here.
  const access = (token: string): GitHubAccess => ({ token, apiUrl, graphqlUrl: `${apiUrl}/graphql` });
  if (identity.kind === 'token') {
    return (_, signal) => Promise.resolve(github(signal)(access(identity.token)));
  }
  const tokens = new AppTokens(identity);
  return async ({ owner, repository }, signal) => {
    const open = github(signal);
    const token = await tokens.tokenFor(owner, repository, { clock: clock(signal), masks, client: open(access('')) });
    const client = open(access(token));
    return {
      ...client,
      async request(...asked) {
        const response = await client.request(...asked);
        if (response.status === 401) tokens.forget();
        return response;
      },
    };
  };
}
