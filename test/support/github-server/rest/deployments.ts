import { ApiFailure, notFound } from '../errors.js';
import { timestamp } from '../git/objects.js';
import type { Deployment, DeploymentStatus } from '../state/records.js';
import { deploymentJson, deploymentStatusJson } from './present.js';
import { page, place, type RestOperations, type RestRequest } from './rest.js';

interface DeploymentBody {
  readonly ref: string;
  readonly task?: string;
  readonly environment?: string;
  readonly payload?: unknown;
  readonly description?: string | null;
  readonly auto_merge?: boolean;
  readonly required_contexts?: readonly string[];
  readonly transient_environment?: boolean;
  readonly production_environment?: boolean;
}

interface StatusBody {
  readonly state: string;
  readonly description?: string;
  readonly environment?: string;
  readonly environment_url?: string;
  readonly log_url?: string;
  readonly target_url?: string;
  readonly auto_inactive?: boolean;
}

function deploymentOf(request: RestRequest): Deployment {
  const deployment = request.repository.deployments.find(({ id }) => id === request.number('deployment_id'));
  if (deployment === undefined) throw notFound();
  return deployment;
}

/** @throws ApiFailure 409 when a context that must be green is not: all there are, or those that are named */
function requireContexts(request: RestRequest, ref: string, sha: string, wanted: readonly string[] | undefined): void {
  const checks = request.repository.checks.get(sha) ?? new Map<string, string>();
  const contexts = wanted ?? [...checks.keys()];
  if (contexts.some((context) => checks.get(context) !== 'success')) {
    throw new ApiFailure(409, `Conflict: Commit status checks failed for ${ref}.`);
  }
}

/** A success makes the older deployments to the same (lasting, not production) environment inactive. */
function retireOthers(request: RestRequest, current: Deployment, status: DeploymentStatus): void {
  for (const other of request.repository.deployments) {
    const same = other !== current && other.environment === current.environment && other.id < current.id;
    if (!same || other.transientEnvironment || other.statuses.at(-1)?.state !== 'success') continue;
    other.statuses.push({ ...status, id: request.repository.nextNumber(), state: 'inactive' });
  }
}

export const deploymentOperations: RestOperations = {
  'repos/list-deployments': {
    needs: ['deployments', 'read'],
    handle(request) {
      const matches = (name: 'sha' | 'ref' | 'task' | 'environment', deployment: Deployment): boolean =>
        ['', 'none', deployment[name]].includes(request.text(name));
      const found = request.repository.deployments.filter(
        (one) => matches('sha', one) && matches('ref', one) && matches('task', one) && matches('environment', one),
      );
      return page(
        request,
        found.toReversed().map((deployment) => deploymentJson(place(request), deployment)),
      );
    },
  },
  'repos/create-deployment': {
    needs: ['deployments', 'write'],
    async handle(request) {
      const body = request.body as DeploymentBody;
      const sha = await request.repository.refs.resolveCommit(body.ref, request.call.view);
      if (sha === undefined) throw new ApiFailure(422, `No ref found for: ${body.ref}`);
      requireContexts(request, body.ref, sha, body.required_contexts);
      const environment = body.environment ?? 'production';
      const deployment: Deployment = {
        id: request.repository.nextNumber(),
        repository: request.repository.fullName,
        ref: body.ref,
        sha,
        task: body.task ?? 'deploy',
        environment,
        payload: body.payload ?? '',
        description: body.description ?? '',
        transientEnvironment: body.transient_environment ?? false,
        productionEnvironment: body.production_environment ?? environment === 'production',
        actor: request.call.token.actor,
        createdAt: timestamp(),
        statuses: [],
      };
      request.repository.deployments.push(deployment);
      return { status: 201, body: deploymentJson(place(request), deployment) };
    },
  },
  'repos/list-deployment-statuses': {
    needs: ['deployments', 'read'],
    handle(request) {
      const deployment = deploymentOf(request);
      const statuses = deployment.statuses.toReversed();
      return page(
        request,
        statuses.map((status) => deploymentStatusJson(place(request), deployment, status)),
      );
    },
  },
  'repos/create-deployment-status': {
    needs: ['deployments', 'write'],
    handle(request) {
      const body = request.body as StatusBody;
      const deployment = deploymentOf(request);
      const status: DeploymentStatus = {
        id: request.repository.nextNumber(),
        state: body.state,
        actor: request.call.token.actor,
        description: body.description ?? '',
        environment: body.environment ?? deployment.environment,
        logUrl: body.log_url ?? body.target_url ?? '',
        environmentUrl: body.environment_url ?? '',
        createdAt: timestamp(),
      };
      if (status.description.length > 140) {
        throw new ApiFailure(422, 'description is too long (maximum is 140 characters)');
      }
      deployment.statuses.push(status);
      if (body.state === 'success' && body.auto_inactive !== false) retireOthers(request, deployment, status);
      return { status: 201, body: deploymentStatusJson(place(request), deployment, status) };
    },
  },
};
