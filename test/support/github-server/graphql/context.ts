import type { GraphQLFieldResolver, GraphQLResolveInfo } from 'graphql';
import type { Call } from '../http/call.js';
import { ApiFailure, NotServed } from '../errors.js';
import type { World } from '../state/world.js';

/** What a resolver knows of the request. */
export interface Context {
  readonly call: Call;
  readonly world: World;
}

/** An object of the schema: plain values, and functions for what takes arguments or costs something. */
export type Node = Record<string, unknown> & { readonly __typename: string };

/** Serves a field only if the node has it: a field nobody has written must not quietly be null. */
export const serveField: GraphQLFieldResolver<unknown, Context, Record<string, unknown>> = (
  source,
  args,
  context,
  info,
): unknown => {
  if (typeof source !== 'object' || source === null || !(info.fieldName in source)) {
    throw new NotServed(`${info.parentType.name}.${info.fieldName}`);
  }
  const value = (source as Record<string, unknown>)[info.fieldName];
  if (typeof value !== 'function') return value;
  return (value as Field)(args, context, info);
};

export type Field = (args: Record<string, unknown>, context: Context, info: GraphQLResolveInfo) => unknown;

export const textOf = (args: Record<string, unknown>, name: string): string | undefined =>
  typeof args[name] === 'string' ? args[name] : undefined;

/** A page of a list in GitHub's form. @throws ApiFailure when the query does not say how much it wants */
export function connection<Item>(
  items: readonly Item[],
  args: Record<string, unknown>,
  name: string,
  node: (item: Item) => unknown,
): Node {
  const first = args['first'] as number | null | undefined;
  const last = args['last'] as number | null | undefined;
  const size = first ?? last;
  if (size === null || size === undefined) {
    throw new ApiFailure(
      200,
      `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`,
      { type: 'MISSING_PAGINATION_BOUNDARIES' },
    );
  }
  if (size < 1 || size > 100) {
    throw new ApiFailure(
      200,
      `Requesting ${size} records on the \`${name}\` connection exceeds the \`first\` limit of 100 records.`,
    );
  }
  const position = (cursor: unknown): number => Number(Buffer.from(String(cursor), 'base64').toString());
  const from = typeof args['after'] === 'string' ? position(args['after']) + 1 : 0;
  const to = typeof args['before'] === 'string' ? position(args['before']) : items.length;
  const start = first === null || first === undefined ? Math.max(from, to - size) : from;
  const end = Math.min(to, start + size);
  const cursor = (index: number): string => Buffer.from(String(index)).toString('base64');
  const edges = items.slice(start, end).map((item, index) => ({ cursor: cursor(start + index), node: node(item) }));
  return {
    __typename: `${name} connection`,
    totalCount: items.length,
    nodes: edges.map((edge) => edge.node),
    edges,
    pageInfo: {
      hasNextPage: end < items.length,
      hasPreviousPage: start > 0,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
