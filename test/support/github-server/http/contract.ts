import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';

type Schema = Record<string, unknown>;

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required?: boolean;
  readonly multiSegment?: boolean;
  readonly schema: Schema;
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body?: { readonly required: boolean; readonly schema: Schema };
  readonly answers: Readonly<Record<string, Schema | null>>;
}

interface Subset {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly schemas: Readonly<Record<string, Schema>>;
}

/** A request, or an answer of this server, that GitHub's own description does not allow. */
export interface Violation {
  readonly source: 'request' | 'answer' | 'graphql';
  /** The operationId or the GraphQL root fields; what was asked for when there is no such operation. */
  readonly operation: string;
  readonly message: string;
}

export interface MatchedRoute {
  readonly operation: string;
  /** Decoded, by the description's own names. */
  readonly path: Readonly<Record<string, string>>;
}

export interface CheckedRequest {
  /** Path and query, as the types the description gives them. */
  readonly parameters: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly problems: readonly string[];
}

const FILE = path.resolve(import.meta.dirname, '../../../fixtures/github/openapi-subset.json');
const reference = (...keys: string[]): string =>
  `github#/${keys.map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;

/** GitHub's OpenAPI description of the operations in use: finds the operation of a request, checks requests and answers. */
export class Contract {
  readonly #subset = JSON.parse(readFileSync(FILE, 'utf8')) as Subset;
  /** Only what stands in a URL is turned from text into what it is. */
  readonly #texts = new Ajv({ allErrors: true, strict: false, validateFormats: false, coerceTypes: true });
  readonly #json = new Ajv({ allErrors: true, strict: false, validateFormats: false });
  readonly #compiled = new Map<string, ValidateFunction>();
  readonly #routes: { method: string; pattern: RegExp; names: string[]; operation: string; parts: number }[];

  constructor() {
    this.#json.addSchema({ $id: 'github', ...this.#subset });
    this.#routes = Object.entries(this.#subset.operations).map(([operation, { method, path: route, parameters }]) => {
      const names: string[] = [];
      const pattern = route.replace(/\{(\w+)\}/g, (_, name: string) => {
        names.push(name);
        // compare/{basehead} takes branch names too, and those have slashes.
        const multi = parameters.find((parameter) => parameter.name === name)?.multiSegment === true;
        return multi ? '(.+)' : '([^/]+)';
      });
      return { method, pattern: new RegExp(`^${pattern}$`), names, operation, parts: route.split('/').length };
    });
    // What takes slashes gets only what no longer path fits: commits/{ref}, commits/{commit_sha}/pulls.
    this.#routes.sort((a, b) => b.parts - a.parts);
  }

  get operations(): string[] {
    return Object.keys(this.#subset.operations);
  }

  /** @param route the path below the API's root, still percent-encoded */
  match(method: string, route: string): MatchedRoute | undefined {
    for (const { method: wanted, pattern, names, operation } of this.#routes) {
      const found = wanted === method ? pattern.exec(route) : null;
      if (found === null) continue;
      const values = found.slice(1).map((value) => decodeURIComponent(value));
      return { operation, path: Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])) };
    }
    return undefined;
  }

  /** Checks path, query and body of a request against the description. */
  checkRequest(route: MatchedRoute, query: URLSearchParams, body: unknown): CheckedRequest {
    const { parameters, body: wanted } = this.#operation(route.operation);
    const problems: string[] = [];
    const values: Record<string, string | number | boolean> = { ...route.path, ...Object.fromEntries(query) };
    for (const name of query.keys()) {
      if (!parameters.some((parameter) => parameter.in === 'query' && parameter.name === name)) {
        problems.push(`query: there is no parameter "${name}"`);
      }
    }
    const properties = Object.fromEntries(parameters.map(({ name, schema }) => [name, schema]));
    const required = parameters.filter((parameter) => parameter.required === true).map(({ name }) => name);
    const check = this.#compile(`${route.operation} parameters`, () =>
      this.#texts.compile({ type: 'object', properties, required }),
    );
    if (!check(values)) problems.push(...explain('parameters', check.errors));
    if (wanted === undefined) {
      if (body !== undefined) problems.push('body: there is none in this operation');
    } else if (body === undefined) {
      if (wanted.required) problems.push('body: it is required');
    } else {
      const checkBody = this.#compile(`${route.operation} body`, () =>
        this.#json.compile({ $ref: reference('operations', route.operation, 'body', 'schema') }),
      );
      if (!checkBody(body)) problems.push(...explain('body', checkBody.errors));
      problems.push(...undeclared(wanted.schema, body));
    }
    return { parameters: values, problems };
  }

  /** Checks what this server answers; of errors nothing is checked, their form varies on GitHub too. */
  checkAnswer(operation: string, status: number, body: unknown): string[] {
    if (status >= 400) return [];
    const schema = this.#operation(operation).answers[String(status)];
    if (schema === undefined) return [`${status} is no answer of this operation`];
    if (schema === null) return body === undefined ? [] : ['there is no body in this answer'];
    const check = this.#compile(`${operation} ${status}`, () =>
      this.#json.compile({ $ref: reference('operations', operation, 'answers', String(status)) }),
    );
    return check(body) ? [] : explain(String(status), check.errors);
  }

  #operation(name: string): Operation {
    const operation = this.#subset.operations[name];
    if (operation === undefined) throw new Error(`The subset has no operation ${name}.`);
    return operation;
  }

  #compile(key: string, compile: () => ValidateFunction): ValidateFunction {
    const known = this.#compiled.get(key) ?? compile();
    this.#compiled.set(key, known);
    return known;
  }
}

function explain(where: string, errors: ErrorObject[] | null | undefined): string[] {
  return (errors ?? []).map(({ instancePath, message, params }) => {
    const extra = 'additionalProperty' in params ? ` "${String(params['additionalProperty'])}"` : '';
    return `${where}${instancePath}: ${message ?? 'is wrong'}${extra}`;
  });
}

/** GitHub ignores what it does not know; a client that sends it means something else. */
function undeclared(schema: Schema, body: unknown): string[] {
  const properties = schema['properties'] as Record<string, unknown> | undefined;
  if (properties === undefined || typeof body !== 'object' || body === null || Array.isArray(body)) return [];
  return Object.keys(body)
    .filter((name) => !(name in properties))
    .map((name) => `body: there is no property "${name}"`);
}
