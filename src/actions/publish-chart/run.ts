import type { Outcome } from '../../core/action.js';
import { HelmCdError } from '../../core/errors.js';
import type { Services } from '../../core/ports.js';
import type { PublishInputs } from './inputs.js';
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
    case 'fsck':
      throw new HelmCdError('unsupported', `Input "mode": this version has no ${inputs.mode} yet.`, {
        hint: 'Leave "mode" out to publish, or use verify.',
      });
  }
}
