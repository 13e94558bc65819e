import { bumpAction } from './read-ahead.js';
import { run } from './run.js';

export const bumpImageTag = bumpAction(() => Promise.resolve(run));
