import type { Services } from '../../core/ports.js';
import { commitComparer } from '../../github/compare-commits.js';
import type { openStore } from '../../stores/open-store.js';
import type { ChartRepository } from './connect.js';
import type { BumpInputs } from './inputs.js';
import type { PlanGuards } from './settle-plan.js';
import { publishedVersions } from './taken-versions.js';

/**
 * What the plans of a run are held against. What was asked once is known for all of its attempts.
 * @param opener loads what opens chart repositories.
 */
export function planGuards(
  inputs: BumpInputs,
  { github }: ChartRepository,
  services: Services,
  opener: () => Promise<typeof openStore>,
): PlanGuards {
  const { context } = services;
  // The source is on the run's own GitHub. A token for another server is not sent there.
  const isOwn =
    (inputs.serverUrl || context.serverUrl) === context.serverUrl &&
    (inputs.apiUrl || context.apiUrl) === context.apiUrl;
  return {
    ours: {
      repository: context.repository,
      commit: context.sha,
      workflow: context.workflow,
      runNumber: context.runNumber,
    },
    compare: github !== undefined && isOwn ? commitComparer(github.client, github.clock) : undefined,
    lookUp: publishedVersions(services, opener, undefined, isOwn ? { token: inputs.token } : {}),
  };
}
