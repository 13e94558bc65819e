import { ApiFailure, notFound } from '../errors.js';
import { apiPath, repositoryJson, userJson, webPath } from './present.js';
import { place, type RestOperations } from './rest.js';

export const otherOperations: RestOperations = {
  'users/get-authenticated': {
    handle({ call }) {
      const { kind, actor } = call.token;
      if (kind === 'anonymous') throw new ApiFailure(401, 'Requires authentication');
      // An installation is nobody.
      if (kind === 'app' || kind === 'workflow') throw new ApiFailure(403, 'Resource not accessible by integration');
      return { status: 200, body: userJson(actor, call.serverUrl) };
    },
  },
  'actions/get-workflow-run': {
    needs: ['actions', 'read'],
    handle(request) {
      const run = request.repository.runs.find(({ id }) => id === request.number('run_id'));
      if (run === undefined) throw notFound();
      const at = place(request);
      const body = {
        id: run.id,
        node_id: `WFR_${run.id}`,
        name: run.name,
        event: run.event,
        head_branch: run.headBranch,
        head_sha: run.headSha,
        run_number: run.runNumber,
        run_attempt: 1,
        status: run.status,
        conclusion: run.conclusion,
        url: apiPath(at, `/actions/runs/${run.id}`),
        html_url: webPath(at, `/actions/runs/${run.id}`),
        repository: repositoryJson(at),
      };
      return { status: 200, body };
    },
  },
};
