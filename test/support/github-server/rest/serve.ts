import { ApiFailure, NotServed, notFound } from '../errors.js';
import { jsonAnswer, type Answer, type Call } from '../http/call.js';
import type { Contract, MatchedRoute } from '../http/contract.js';
import type { Repository } from '../state/repository.js';
import type { World } from '../state/world.js';
import { artifactOperations } from './artifacts.js';
import { deploymentOperations } from './deployments.js';
import { gitObjectOperations } from './git-objects.js';
import { gitRefOperations } from './git-refs.js';
import { issueOperations } from './issues.js';
import { otherOperations } from './others.js';
import { pagesOperations } from './pages.js';
import { pullOperations } from './pulls.js';
import { repositoryOperations } from './repository.js';
import type { RestOperations, RestRequest } from './rest.js';

const OPERATIONS: RestOperations = {
  ...gitObjectOperations,
  ...gitRefOperations,
  ...repositoryOperations,
  ...pullOperations,
  ...pagesOperations,
  ...issueOperations,
  ...deploymentOperations,
  ...otherOperations,
  ...artifactOperations,
};

/** The operationIds that have a handler. */
export const servedOperations = Object.keys(OPERATIONS);

const DOCUMENTATION = 'https://docs.github.com/rest';

/** Where a server's REST API begins, as on GitHub Enterprise Server. */
export const apiRoot = '/api/v3';

/** A refusal as REST words it. */
export function failureAnswer({ status, message, details, headers }: ApiFailure): Answer {
  const errors = details.length > 0 ? { errors: details } : {};
  return jsonAnswer(status, { message, ...errors, documentation_url: DOCUMENTATION, status: String(status) }, headers);
}

/** Refuses what the contract does not allow, and records it. */
function requireContract(world: World, operation: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  for (const message of problems) world.violations.push({ source: 'request', operation, message });
  throw new ApiFailure(422, `Invalid request.\n\n${problems.join('\n')}`);
}

function repositoryOf(world: World, route: MatchedRoute): Repository | undefined {
  const { owner, repo } = route.path;
  return owner === undefined || repo === undefined ? undefined : world.find(owner, repo);
}

/** Serves one REST request. What GitHub would refuse is an answer; what breaks the contract is also a violation. */
export async function serveRest(
  world: World,
  contract: Contract,
  call: Call,
  route: MatchedRoute | undefined,
  content: Buffer,
): Promise<Answer> {
  const url = new URL(call.path, call.serverUrl);
  if (route === undefined) {
    const operation = `${call.method} ${url.pathname.slice(apiRoot.length)}`;
    world.violations.push({ source: 'request', operation, message: 'there is no such operation in the subset' });
    return failureAnswer(notFound());
  }
  try {
    const operation = OPERATIONS[route.operation];
    if (operation === undefined) throw new NotServed(route.operation);
    const repository = repositoryOf(world, route);
    if (operation.needs !== undefined) {
      if (repository === undefined || !call.token.canSee(repository)) throw notFound();
      call.token.require(repository, ...operation.needs);
      if (repository.settings.archived && operation.needs[1] === 'write') {
        throw new ApiFailure(403, 'Repository was archived so is read-only.');
      }
    }
    const body = parseBody(content);
    const { parameters, problems } = contract.checkRequest(route, url.searchParams, body);
    requireContract(world, route.operation, problems);
    const request: RestRequest = {
      call,
      world,
      get repository() {
        if (repository === undefined) throw new Error(`${route.operation} concerns no repository`);
        return repository;
      },
      apiUrl: `${call.serverUrl}${apiRoot}`,
      body,
      text: (name) => parameters[name]?.toString() ?? '',
      number: (name) => (typeof parameters[name] === 'number' ? parameters[name] : undefined),
    };
    const result = await operation.handle(request);
    if (Buffer.isBuffer(result.body))
      return { status: result.status, headers: result.headers ?? {}, body: result.body };
    for (const message of contract.checkAnswer(route.operation, result.status, result.body)) {
      world.violations.push({ source: 'answer', operation: route.operation, message });
    }
    return jsonAnswer(result.status, result.body, result.headers);
  } catch (error) {
    if (error instanceof ApiFailure) return failureAnswer(error);
    if (!(error instanceof NotServed)) throw error;
    world.violations.push({ source: 'request', operation: route.operation, message: `not served: ${error.message}` });
    return jsonAnswer(501, { message: `The test server does not serve ${error.message}.` });
  }
}

function parseBody(content: Buffer): unknown {
  if (content.length === 0) return undefined;
  try {
    return JSON.parse(content.toString());
  } catch {
    throw new ApiFailure(400, 'Problems parsing JSON');
  }
}
