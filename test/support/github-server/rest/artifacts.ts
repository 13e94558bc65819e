/** Artifact metadata of an organization: what runs where. */
import { ApiFailure } from '../errors.js';
import type { World } from '../state/world.js';
import { page, type RestOperations, type RestRequest } from './rest.js';

interface RecordBody {
  readonly digest: string;
  readonly deployment_name: string;
  readonly logical_environment: string;
  readonly physical_environment?: string;
  readonly cluster?: string;
}

/** One record: the same environment, cluster and deployment name is the same one, updated in place. */
function store(world: World, record: RecordBody): Record<string, unknown> {
  const { logical_environment: environment, cluster = '', deployment_name: name } = record;
  const key = JSON.stringify([environment, record.physical_environment ?? '', cluster, name]);
  const known = [...world.artifactRecords.keys()].indexOf(key);
  world.artifactRecords.set(key, { ...record });
  return {
    id: known < 0 ? world.artifactRecords.size : known + 1,
    digest: record.digest,
    logical_environment: environment,
    physical_environment: record.physical_environment ?? '',
    cluster,
    deployment_name: name,
  };
}

/** @throws ApiFailure for owners that are no organization */
function requireOrganization(request: RestRequest): void {
  const { kind } = request.call.token;
  if (kind === 'anonymous') throw new ApiFailure(401, 'Requires authentication');
  const org = request.text('org').toLowerCase();
  if (request.world.repositories.some(({ owner }) => owner.toLowerCase() === org)) return;
  throw new ApiFailure(404, 'Not Found');
}

export const artifactOperations: RestOperations = {
  'orgs/create-artifact-deployment-record': {
    handle(request) {
      requireOrganization(request);
      const record = store(request.world, request.body as RecordBody);
      return { status: 200, body: { total_count: 1, deployment_records: [record] } };
    },
  },
  'actions/list-workflow-runs-for-repo': {
    needs: ['actions', 'read'],
    handle(request) {
      const sha = request.text('head_sha');
      const found = request.repository.runs.filter(({ headSha }) => sha === '' || headSha === sha);
      const { body, ...rest } = page(
        request,
        found.map((run) => ({
          id: run.id,
          name: run.name,
          event: run.event,
          head_branch: run.headBranch,
          head_sha: run.headSha,
          run_number: run.runNumber,
          status: run.status,
          conclusion: run.conclusion,
          html_url: `${request.call.serverUrl}/${request.repository.fullName}/actions/runs/${run.id}`,
        })),
      );
      return { ...rest, body: { total_count: found.length, workflow_runs: body } };
    },
  },
};
