import { HelmCdError } from '../../core/errors.js';
import type { StoredChart } from '../../stores/store.js';
import type { End } from './ends.js';

/**
 * Refuses what no successful deployment in the environment of `from` vouches for.
 * @throws HelmCdError `unsupported`: deployments leave no records yet that tell it.
 */
export function checkVerified(chart: StoredChart, from: End): Promise<void> {
  const where = from.environment === '' ? from.repository : from.environment;
  return Promise.reject(
    new HelmCdError(
      'unsupported',
      `Input "require-verified": deployments leave no records yet that tell whether ${chart.name} ${chart.version} works in ${where}.`,
      { hint: 'Leave it out, and let the promotion wait for the deployment with "needs:".' },
    ),
  );
}
