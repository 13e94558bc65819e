import type { Outcome } from '../../core/action.js';
import type { Services } from '../../core/ports.js';
import { conclude } from '../../release/conclude.js';
import type { RollbackInputs } from './inputs.js';
import { rollBack } from './roll-back.js';
import { readTarget } from './target.js';

/** One rollback by hand, from the inputs to the outcome. */
export async function run(inputs: RollbackInputs, services: Services): Promise<Outcome> {
  const target = await readTarget(inputs, services);
  const { junitFile } = inputs;
  return conclude({ what: 'rollback', good: ['rolled-back', 'unchanged', 'planned'], junitFile }, services, (report) =>
    rollBack(inputs, target, report, services),
  );
}
