import type { Outcome } from '../../core/action.js';
import { HelmCdError } from '../../core/errors.js';
import type { Services } from '../../core/ports.js';
import type { PublishInputs } from './inputs.js';

/** Mode `verify`: whether what is published is what the commit gives. Nothing is written. */
export function verifyCharts(_inputs: PublishInputs, _services: Services): Promise<Outcome> {
  return Promise.reject(new HelmCdError('unsupported', 'Input "mode": this version has no verify yet.'));
}
