/**
 * What the actions do, as a bundle of its own: src/index.ts loads it when it knows what is wanted. All are in this one
 * bundle (that is what `eager` says to the bundler), but only the wanted one is run: what the others import takes its time.
 */
import type * as BumpRarely from './actions/bump-image-tag/rarely.js';
import type { DeployInputs } from './actions/deploy-chart/inputs.js';
import type { PipelineInputs } from './actions/pipeline/inputs.js';
import type { PromoteInputs } from './actions/promote-chart/inputs.js';
import type { PublishInputs } from './actions/publish-chart/inputs.js';
import type { ReportInputs } from './actions/report-releases/inputs.js';
import type { RollbackInputs } from './actions/rollback-chart/inputs.js';
import type { SettleInputs } from './actions/settle-release/run.js';
import type { ValidateInputs } from './actions/validate-chart/inputs.js';
import type { WatchInputs } from './actions/watch-repository/inputs.js';
import type { Action } from './core/action.js';

/** Of bump-image-tag, which has a bundle of its own, only what few bumps do. */
export const bumpRarely = (): Promise<typeof BumpRarely> =>
  import(/* webpackMode: "eager" */ './actions/bump-image-tag/rarely.js');

export const deployChart = async (): Promise<Action<DeployInputs>> =>
  (await import(/* webpackMode: "eager" */ './actions/deploy-chart/action.js')).deployChart;

export const pipeline = async (): Promise<Action<PipelineInputs>> =>
  (await import(/* webpackMode: "eager" */ './actions/pipeline/action.js')).pipeline;

export const promoteChart = async (): Promise<Action<PromoteInputs>> =>
  (await import(/* webpackMode: "eager" */ './actions/promote-chart/action.js')).promoteChart;

export const publishChart = async (): Promise<Action<PublishInputs>> =>
  (await import(/* webpackMode: "eager" */ './actions/publish-chart/action.js')).publishChart;

export const reportReleases = async (): Promise<Action<ReportInputs>> =>
  (await import(/* webpackMode: "eager" */ './actions/report-releases/action.js')).reportReleases;

export const rollbackChart = async (): Promise<Action<RollbackInputs>> =>
  (await import(/* webpackMode: "eager" */ './actions/rollback-chart/action.js')).rollbackChart;

export const settleRelease = async (): Promise<Action<SettleInputs>> =>
  (await import(/* webpackMode: "eager" */ './actions/settle-release/action.js')).settleRelease;

export const validateChart = async (): Promise<Action<ValidateInputs>> =>
  (await import(/* webpackMode: "eager" */ './actions/validate-chart/action.js')).validateChart;

export const watchRepository = async (): Promise<Action<WatchInputs>> =>
  (await import(/* webpackMode: "eager" */ './actions/watch-repository/action.js')).watchRepository;
