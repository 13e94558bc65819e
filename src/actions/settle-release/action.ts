import type { Action } from '../../core/action.js';
import { run, type SettleInputs } from './run.js';

/** No action of its own: a step of deploy-chart and rollback-chart that runs whatever became of the one before. */
export const settleRelease: Action<SettleInputs> = {
  name: 'settle-release',
  readInputs: (reader) => ({ folder: reader.string('unfinished'), token: reader.secret('token') }),
  run,
};
