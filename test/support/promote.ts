import { promoteChart } from '../../src/actions/promote-chart/action.js';
import type { Outcome } from '../../src/core/action.js';
import type { Services } from '../../src/core/ports.js';
import { createInputReader } from '../../src/runtime/inputs.js';
import type { HelmCdError } from '../../src/core/errors.js';

/** Runs promote-chart with inputs as action.yml would give them. */
export async function promote(services: Services, inputs: Readonly<Record<string, string>>): Promise<Outcome> {
  const saved = { ...process.env };
  try {
    for (const [name, value] of Object.entries(inputs)) process.env[`INPUT_${name.toUpperCase()}`] = value;
    const read = promoteChart.readInputs(createInputReader(services.masks));
    process.env = { ...saved };
    return await promoteChart.run(read, services);
  } finally {
    process.env = { ...saved };
  }
}

/** The error of what must fail. */
export function failure(promise: Promise<unknown>): Promise<HelmCdError> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as HelmCdError,
  );
}
