import type { RefView } from '../git/refs.js';
import type { Token } from '../state/tokens.js';

/** One request while it is worked on. */
export interface Call {
  readonly method: string;
  /** Path and query as they came. */
  readonly path: string;
  /**
   * What is asked for: an operationId (`git/get-ref`), each root field of a GraphQL document (`graphql:repository`,
   * `graphql:createCommitOnBranch`), or a service of git (`git-upload-pack`, `git-receive-pack`, `git-refs`).
   */
  readonly operations: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** The URL below which the API is. */
  readonly serverUrl: string;
  token: Token;
  /** A fault can make this request see refs and lists as they were before the last change. */
  view: RefView;
  /** A fault can make GitHub "forget" to sign what this request commits. */
  unsigned: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A JSON answer, or one without a body when there is no value. */
export function jsonAnswer(status: number, value?: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  if (value === undefined) return { status, headers, body: Buffer.alloc(0) };
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** One request that has been answered, or cut off. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly operations: readonly string[];
  /** 0: the connection was cut instead. */
  readonly status: number;
  /** From the arrival of the request to its answer. */
  readonly ms: number;
  /** Whose token it carried; "ghost" without one. */
  readonly actor: string;
}
