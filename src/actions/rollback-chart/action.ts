import type { Action } from '../../core/action.js';
import { readInputs, type RollbackInputs } from './inputs.js';
import { run } from './run.js';

export const rollbackChart: Action<RollbackInputs> = { name: 'rollback-chart', readInputs, run };
