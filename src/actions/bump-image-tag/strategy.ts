import { chooseStrategy, type ChosenStrategy } from '../../core/bump-strategy.js';
import type { BumpAttempts, BumpResult } from './attempt.js';
import type { ChartRepository } from './connect.js';
import type { BumpInputs } from './inputs.js';
import type { PlannedBump } from './plan.js';

/** Decides how a plan gets onto its branch. @throws HelmCdError when a pull request is wanted where none can be made */
export function strategyFor(
  inputs: BumpInputs,
  repository: ChartRepository,
  { plan, resolved, head }: PlannedBump,
): ChosenStrategy {
  const folders = new Set([...plan.changes, ...plan.upToDate].map(({ chart }) => chart));
  return chooseStrategy({
    input: inputs.strategy,
    configured: [...folders].map((folder) => resolved.strategyOf(folder)),
    rules: head.rules,
    pullRequests: repository.github !== undefined,
    repository: repository.label,
  });
}

/** Whether a pull request is the way to go on: also where the branch has all, for then an open one is closed. */
export function isProposed(done: BumpResult, { strategy }: Pick<BumpAttempts, 'strategy'>): boolean {
  return done.result === 'proposed' || (done.result === 'unchanged' && strategy(done).by === 'pull-request');
}
