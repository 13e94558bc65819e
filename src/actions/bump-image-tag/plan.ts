import type { BumpPlan } from '../../core/bump-request.js';
import type { BranchHead } from '../../core/repository-branch.js';
import type { ResolvedRequest } from './scopes.js';
import { settlePlan, type PlanGuards } from './settle-plan.js';

/** What is to be written to one commit's files. */
export interface PlannedBump {
  readonly head: BranchHead;
  readonly resolved: ResolvedRequest;
  readonly plan: BumpPlan;
}

/** What is asked of a commit; its own helm-cd.yaml has a say in it. */
export type Resolve = (head: BranchHead) => Promise<ResolvedRequest>;

/**
 * Plans a bump from one commit. For another commit everything is planned again: nothing of a plan outlives its commit.
 * @throws HelmCdError as `resolveRequest` and `settlePlan` do.
 */
export async function planAt(head: BranchHead, resolve: Resolve, guards: PlanGuards): Promise<PlannedBump> {
  const resolved = await resolve(head);
  return { head, resolved, plan: await settlePlan(head, resolved, guards) };
}
