import type { InputReader } from '../../core/action.js';
import { HelmCdError } from '../../core/errors.js';
import { checkNotify } from '../../github/chart-published.js';
import { readKubeconfigInput } from '../../kubernetes/cluster-inputs.js';
import type { KubeconfigInput } from '../../kubernetes/kubeconfig.js';
import { readStoreAccess, readStoreLogin } from '../../stores/access.js';
import type { PromotionAccess } from './access.js';

export interface PromoteInputs {
  readonly config: string;
  /** The chart's name. */
  readonly chart: string;
  /** A version or a constraint; empty: the newest in `from`. */
  readonly version: string;
  /** An environment's name, or the URL of a chart repository. */
  readonly from: string;
  readonly to: string;
  readonly requireVerified: boolean;
  /** For `requireVerified`: the release that must have been deployed; empty: the chart's. */
  readonly release: string;
  readonly namespace: string;
  /** The cluster of `from`. */
  readonly kubeconfig: KubeconfigInput;
  readonly access: PromotionAccess;
  /** `owner/name` each. */
  readonly notify: readonly string[];
  readonly token: string;
  readonly verifyTimeoutMs: number;
  readonly dryRun: boolean;
}

/** Reads and checks all inputs of promote-chart. */
export function readInputs(reader: InputReader): PromoteInputs {
  const inputs: PromoteInputs = {
    config: reader.string('config'),
    chart: reader.required('chart'),
    version: reader.string('version'),
    from: reader.required('from'),
    to: reader.required('to'),
    requireVerified: reader.boolean('require-verified', false),
    release: reader.string('release'),
    namespace: reader.string('namespace'),
    kubeconfig: readKubeconfigInput(reader),
    access: { both: readStoreAccess(reader), from: readStoreLogin(reader, 'from-') },
    notify: reader.list('notify'),
    token: reader.secret('token'),
    verifyTimeoutMs: reader.duration('verify-timeout', '2m'),
    dryRun: reader.boolean('dry-run', false),
  };
  if (inputs.from === inputs.to) {
    throw new HelmCdError('input', `Inputs "from" and "to" are the same: "${inputs.from}"`);
  }
  checkNotify(inputs.notify, inputs.token);
  return inputs;
}
