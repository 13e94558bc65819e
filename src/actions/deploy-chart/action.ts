import type { Action } from '../../core/action.js';
import { readInputs, type DeployInputs } from './inputs.js';
import { run } from './run.js';

export const deployChart: Action<DeployInputs> = { name: 'deploy-chart', readInputs, run };
