import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildSchema, isScalarType, type GraphQLSchema } from 'graphql';

/** By its path: the package's entry would load another, larger form of it. */
const FILE = path.resolve(import.meta.dirname, '../../../../node_modules/@octokit/graphql-schema/schema.graphql');

let schema: GraphQLSchema | undefined;

/** GitHub's own schema; read when the first GraphQL request comes, for it is large. */
export function githubSchema(): GraphQLSchema {
  return (schema ??= load());
}

function load(): GraphQLSchema {
  const built = buildSchema(readFileSync(FILE, 'utf8'), { assumeValid: true, assumeValidSDL: true });
  restrict(built, 'GitObjectID', /^[0-9a-f]{40}$/);
  // RFC 4648 with padding, in one line.
  restrict(built, 'Base64String', /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);
  return built;
}

/** The schema's text does not say what values a scalar takes. */
function restrict(built: GraphQLSchema, name: string, pattern: RegExp): void {
  const scalar = built.getType(name);
  if (!isScalarType(scalar)) throw new Error(`GitHub's schema has no scalar ${name}.`);
  scalar.parseValue = (value) => {
    if (typeof value !== 'string' || !pattern.test(value)) throw new TypeError(`${name} cannot be this value`);
    return value;
  };
}
