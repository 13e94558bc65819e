import type { InputReader } from '../../core/action.js';
import { HelmCdError } from '../../core/errors.js';
import { readStoreAccess } from '../../stores/access.js';
import type { StoreAccess } from '../../stores/store.js';

export interface PromoteInputs {
  readonly config: string;
  /** The chart's name. */
  readonly chart: string;
  /** A version or a constraint; empty: the newest in `from`. */
  readonly version: string;
  /** An environment's name, or the URL of a chart repository. */
  readonly from: string;
  readonly to: string;
  readonly access: StoreAccess;
  readonly verifyTimeoutMs: number;
  readonly dryRun: boolean;
}

/** Reads and checks all inputs of promote-chart. */
export function readInputs(reader: InputReader): PromoteInputs {
  const requireVerified = reader.boolean('require-verified', false);
  const inputs: PromoteInputs = {
    config: reader.string('config'),
    chart: reader.required('chart'),
    version: reader.string('version'),
    from: reader.required('from'),
    to: reader.required('to'),
    access: readStoreAccess(reader),
    verifyTimeoutMs: reader.duration('verify-timeout', '2m'),
    dryRun: reader.boolean('dry-run', false),
  };
  if (requireVerified) {
    throw new HelmCdError(
      'unsupported',
      'Input "require-verified": deployments leave no records yet to verify it by.',
      {
        hint: 'Leave it out, and let the promotion wait for the deployment with "needs:".',
      },
    );
  }
  if (inputs.from === inputs.to) {
    throw new HelmCdError('input', `Inputs "from" and "to" are the same: "${inputs.from}"`);
  }
  return inputs;
}
