import type { Action } from '../../core/action.js';
import { readInputs, type PromoteInputs } from './inputs.js';
import { run } from './run.js';

export const promoteChart: Action<PromoteInputs> = { name: 'promote-chart', readInputs, run };
