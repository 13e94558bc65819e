import { planBump } from '../../core/bump-plan.js';
import type { BumpPlan } from '../../core/bump-request.js';
import { withFiles } from '../../core/bump-sources.js';
import type { BranchHead } from '../../core/repository-branch.js';
import type { ResolvedRequest } from './scopes.js';

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
 * @throws HelmCdError as `resolveRequest` and `planBump` do.
 */
export async function planAt(head: BranchHead, resolve: Resolve): Promise<PlannedBump> {
  const resolved = await resolve(head);
  const plan = await withFiles(planBump(resolved.request, head.entries), (paths) => head.read(paths));
  return { head, resolved, plan };
}
