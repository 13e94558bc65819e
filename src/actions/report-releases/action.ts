import type { Action } from '../../core/action.js';
import { readInputs, type ReportInputs } from './inputs.js';
import { run } from './run.js';

export const reportReleases: Action<ReportInputs> = { name: 'report-releases', readInputs, run };
