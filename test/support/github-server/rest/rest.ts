import type { Call } from '../http/call.js';
import type { Access, Permission } from '../state/tokens.js';
import type { Repository } from '../state/repository.js';
import type { World } from '../state/world.js';
import type { Place } from './present.js';

/** A request that follows the contract and may be made by its token. */
export interface RestRequest {
  readonly call: Call;
  readonly world: World;
  /** The one in the path; of an operation without one, reading it is an error of this server. */
  readonly repository: Repository;
  /** The root of the API, for links. */
  readonly apiUrl: string;
  /** Checked against the contract: what an operation reads from it is what GitHub's description says. */
  readonly body: unknown;
  /** A parameter of path or query, as text; empty when it is not given. */
  text(name: string): string;
  number(name: string): number | undefined;
}

export interface RestResult {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RestOperation {
  /** What the token needs in the repository; none for what concerns no repository. */
  readonly needs?: readonly [Permission, Access];
  handle(request: RestRequest): Promise<RestResult> | RestResult;
}

export type RestOperations = Readonly<Record<string, RestOperation>>;

/** Where the repository of a request is, for links in its answer. */
export const place = ({ apiUrl, call, repository }: RestRequest): Place => ({
  apiUrl,
  serverUrl: call.serverUrl,
  repository,
});

/** The page of a list that the client asks for, with the Link header when there are others. */
export function page(request: RestRequest, items: readonly unknown[]): RestResult {
  const size = Math.min(request.number('per_page') ?? 30, 100);
  const current = request.number('page') ?? 1;
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (to: number, relation: string): string => {
    const url = new URL(request.call.path, request.call.serverUrl);
    url.searchParams.set('page', String(to));
    return `<${url.href}>; rel="${relation}"`;
  };
  const links = [
    ...(current > 1 ? [link(current - 1, 'prev')] : []),
    ...(current < last ? [link(current + 1, 'next'), link(last, 'last')] : []),
  ];
  return {
    status: 200,
    body: items.slice((current - 1) * size, current * size),
    ...(links.length > 0 ? { headers: { link: links.join(', ') } } : {}),
  };
}
