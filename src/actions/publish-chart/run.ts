import type { Outcome } from '../../core/action.js';
import type { Services } from '../../core/ports.js';
import { checkRepositories } from './fsck.js';
import type { PublishInputs } from './inputs.js';
import { pruneRepositories } from './prune.js';
import { publishCharts } from './publish.js';
import { verifyCharts } from './verify.js';

/** Does what the input `mode` asks for. */
export async function run(inputs: PublishInputs, services: Services): Promise<Outcome> {
  switch (inputs.mode) {
    case 'publish':
      return publishCharts(inputs, services);
    case 'verify':
      return verifyCharts(inputs, services);
    case 'prune':
      return pruneRepositories(inputs, services);
    case 'fsck':
      return checkRepositories(inputs, services);
  }
}
