import type { Outcome } from '../../core/action.js';
import type { Services } from '../../core/ports.js';
import { conclude } from '../../release/conclude.js';
import { deploy } from './deploy.js';
import type { DeployInputs } from './inputs.js';
import { readTarget } from './target.js';

/** One deploy, from the inputs to the outcome. */
export async function run(inputs: DeployInputs, services: Services): Promise<Outcome> {
  const target = await readTarget(inputs, services);
  const { junitFile } = inputs;
  return conclude({ what: 'deploy', good: ['deployed', 'unchanged', 'planned'], junitFile }, services, (report) =>
    deploy(inputs, target, report, services),
  );
}
