import type { Action } from '../../core/action.js';
import { readInputs, type ValidateInputs } from './inputs.js';
import { run } from './run.js';

export const validateChart: Action<ValidateInputs> = { name: 'validate-chart', readInputs, run };
