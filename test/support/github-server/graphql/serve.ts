import { execute, Kind, parse, validate, type DocumentNode, type GraphQLError } from 'graphql';
import { ApiFailure, NotServed } from '../errors.js';
import { jsonAnswer, type Answer, type Call } from '../http/call.js';
import type { World } from '../state/world.js';
import { serveField } from './context.js';
import { roots } from './roots.js';
import { githubSchema } from './schema.js';

interface GraphQLBody {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
}

/** A request whose document could be read, or the reason why not. */
export type ParsedRequest =
  | { readonly document: DocumentNode; readonly body: GraphQLBody; readonly operations: readonly string[] }
  | { readonly problem: string; readonly operations: readonly string[] };

/** Reads a request and names what it asks for: `graphql:` and each root field. */
export function parseGraphQL(content: Buffer): ParsedRequest {
  const operations = ['graphql:?'];
  let body: Partial<GraphQLBody>;
  try {
    body = JSON.parse(content.toString()) as Partial<GraphQLBody>;
  } catch {
    return { problem: 'Problems parsing JSON', operations };
  }
  const unknown = Object.keys(body).filter((key) => !['query', 'variables', 'operationName'].includes(key));
  if (unknown.length > 0) return { problem: `body: there is no property "${unknown.join('", "')}"`, operations };
  if (typeof body.query !== 'string')
    return { problem: 'A query attribute must be specified and must be a string.', operations };
  try {
    const document = parse(body.query);
    const fields = document.definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet.selections : [],
    );
    const names = fields.map((field) => (field.kind === Kind.FIELD ? `graphql:${field.name.value}` : 'graphql:?'));
    return { document, body: body as GraphQLBody, operations: [...new Set(names)] };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error), operations };
  }
}

/** Serves one GraphQL request: 200 with data, errors, or both, as GitHub does. */
export async function serveGraphQL(world: World, call: Call, request: ParsedRequest): Promise<Answer> {
  if (call.token.kind === 'anonymous') {
    return jsonAnswer(401, { message: 'This endpoint requires you to be authenticated.', status: '401' });
  }
  const violate = (message: string): void => {
    world.violations.push({ source: 'graphql', operation: call.operations.join(' '), message });
  };
  if ('problem' in request) {
    violate(request.problem);
    return jsonAnswer(400, { message: request.problem, status: '400' });
  }
  const { document, body } = request;
  const invalid = validate(githubSchema(), document);
  if (invalid.length > 0) {
    for (const { message } of invalid) violate(message);
    return jsonAnswer(200, { errors: invalid.map(({ message, locations }) => ({ message, locations })) });
  }
  const result = await execute({
    schema: githubSchema(),
    document,
    rootValue: roots,
    contextValue: { call, world },
    variableValues: body.variables ?? {},
    operationName: body.operationName ?? null,
    fieldResolver: serveField,
  });
  const errors = (result.errors ?? []).map((error) => errorJson(error, violate));
  return jsonAnswer(200, errors.length === 0 ? result : { data: result.data ?? null, errors });
}

function errorJson(error: GraphQLError, violate: (message: string) => void): Record<string, unknown> {
  const { path, locations, message, originalError } = error;
  if (originalError instanceof ApiFailure) {
    // What REST puts into "errors", GraphQL says in one sentence.
    const text = originalError.details[0]?.message ?? message;
    return { type: originalError.type, path, locations, message: text };
  }
  // Either a field or value that is not GitHub's, or something this server lacks: both are to be seen.
  violate(originalError instanceof NotServed ? `not served: ${message}` : message);
  return { path, locations, message };
}
