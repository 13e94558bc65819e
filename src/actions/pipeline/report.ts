import type { PipelineChart } from './charts.js';
import type { PipelineInputs } from './inputs.js';
import type { Situation } from './situation.js';
import type { Step } from './steps.js';

/** All that is known at the end. */
export interface Report {
  readonly inputs: PipelineInputs;
  readonly situation: Situation;
  readonly steps: readonly Step[];
  /** Charts that did not change. */
  readonly left: readonly PipelineChart[];
}
