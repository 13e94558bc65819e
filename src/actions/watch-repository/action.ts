import type { Action } from '../../core/action.js';
import { readInputs, type WatchInputs } from './inputs.js';
import { run } from './run.js';

export const watchRepository: Action<WatchInputs> = { name: 'watch-repository', readInputs, run };
