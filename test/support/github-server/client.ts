import type { GitHubServer } from './index.js';

export interface ClientAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON; undefined without a body. */
  readonly body: unknown;
  /** What is at a place of the body (`errors.0.message`); undefined when there is nothing. */
  at(place: string): unknown;
  /** The same, where a text has to be. */
  text(place: string): string;
}

function answerOf(status: number, headers: Headers, body: unknown): ClientAnswer {
  const at = (place: string): unknown =>
    place.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], body);
  const text = (place: string): string => {
    const value = at(place);
    if (typeof value !== 'string') throw new Error(`There is no text at ${place} of ${JSON.stringify(body)}`);
    return value;
  };
  return { status, headers, body, at, text };
}

export interface Client {
  /** @param path below the API's root, with a leading slash */
  rest(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ClientAnswer>;
  graphql(query: string, variables?: Record<string, unknown>): Promise<ClientAnswer>;
  /** createCommitOnBranch of one file. */
  commit(branch: string, expectedHeadOid: string, path: string, content: string): Promise<ClientAnswer>;
}

export const COMMIT = `mutation ($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid url signature { isValid } } }
}`;

/** The plainest client there is: one request, no retry, no mercy. */
export function clientOf(
  server: Pick<GitHubServer, 'apiUrl' | 'graphqlUrl'>,
  repository: string,
  token?: string,
): Client {
  const send = async (
    method: string,
    url: string,
    body: unknown,
    more: Record<string, string> = {},
  ): Promise<ClientAnswer> => {
    const response = await fetch(url, {
      method,
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...more },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return answerOf(response.status, response.headers, text === '' ? undefined : JSON.parse(text));
  };
  const graphql: Client['graphql'] = (query, variables = {}) => send('POST', server.graphqlUrl, { query, variables });
  return {
    rest: (method, path, body, headers) => send(method, `${server.apiUrl}${path}`, body, headers),
    graphql,
    commit: (branchName, expectedHeadOid, path, content) =>
      graphql(COMMIT, {
        input: {
          branch: { repositoryNameWithOwner: repository, branchName },
          message: { headline: `Change ${path}` },
          fileChanges: { additions: [{ path, contents: Buffer.from(content).toString('base64') }] },
          expectedHeadOid,
        },
      }),
  };
}
