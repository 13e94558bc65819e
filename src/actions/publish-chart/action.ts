import type { Action } from '../../core/action.js';
import { readInputs, type PublishInputs } from './inputs.js';
import { run } from './run.js';

export const publishChart: Action<PublishInputs> = { name: 'publish-chart', readInputs, run };
