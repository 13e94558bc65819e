import { HelmCdError } from '../core/errors.js';
import { planDifference } from '../core/release-plan.js';

/**
 * Holds a plan against the one that was approved.
 * @param approved the input `plan-digest`; empty: any plan will do.
 * @throws HelmCdError `conflict` that says what is different.
 */
export function checkApproved(approved: string, actual: string): void {
  if (approved === '') return;
  const difference = planDifference(approved, actual);
  if (difference === undefined) return;
  throw new HelmCdError('conflict', `This is not the plan that was approved: ${difference} changed since.`, {
    hint:
      difference === 'the rendered objects'
        ? 'Nothing was deployed. A chart that renders differently each time (random passwords, the time of day) cannot be bound to a plan.'
        : 'Nothing was deployed. Look at the new diff, and approve a new dry run.',
  });
}
