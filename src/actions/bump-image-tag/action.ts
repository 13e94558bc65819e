import type { Action } from '../../core/action.js';
import { readInputs, type BumpInputs } from './inputs.js';
import { run } from './run.js';

export const bumpImageTag: Action<BumpInputs> = { name: 'bump-image-tag', readInputs, run };
