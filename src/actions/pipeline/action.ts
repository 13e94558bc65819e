import type { Action } from '../../core/action.js';
import { readInputs, type PipelineInputs } from './inputs.js';
import { run } from './run.js';

/** The action in the root of the repository: the whole pipeline in one step. */
export const pipeline: Action<PipelineInputs> = { name: 'pipeline', readInputs, run };
