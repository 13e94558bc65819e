import { planBump } from '../../core/bump-plan.js';
import type { BumpPlan, BumpRequest } from '../../core/bump-request.js';
import { withFiles } from '../../core/bump-sources.js';
import type { Build } from '../../core/image-origin.js';
import type { BranchHead } from '../../core/repository-branch.js';
import type { CompareCommits } from '../../github/compare-commits.js';
import { olderBuilds } from './newer-build.js';
import type { ResolvedRequest } from './scopes.js';
import { takenVersions, type LookUpVersions } from './taken-versions.js';

/** What a plan is held against that the commit's files do not tell. */
export interface PlanGuards {
  /** The build whose images are bumped. */
  readonly ours: Build;
  /** Left out where no GitHub can be asked. */
  readonly compare?: CompareCommits | undefined;
  readonly lookUp: LookUpVersions;
  /** By a chart's name, versions that it gets by pull requests that are open. */
  readonly proposed?: ReadonlyMap<string, ReadonlySet<string>> | undefined;
}

/**
 * The plan of a bump that undoes no newer build and gives no version a second time. Where the first plan would, what must
 * not be is said, and it is planned again.
 * @throws HelmCdError as `planBump` does.
 */
export async function settlePlan(
  head: BranchHead,
  { request: wanted, environment, repositoryOf }: ResolvedRequest,
  { ours, compare, lookUp, proposed }: PlanGuards,
): Promise<BumpPlan> {
  const texts = new Map<string, string>();
  const read = async (paths: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const missing = paths.filter((path) => !texts.has(path));
    if (missing.length > 0) for (const [path, text] of await head.read(missing)) texts.set(path, text);
    return texts;
  };
  const planFor = (request: BumpRequest) => withFiles(planBump(request, head.entries), read);

  let request = wanted;
  let plan = await planFor(request);
  if (!request.allowDowngrade) {
    const held = await olderBuilds(head, plan, request, { ours, environment: environment?.name ?? '', compare });
    if (held.length > 0) {
      request = { ...request, held };
      plan = await planFor(request);
    }
  }
  const { taken, clash, notes } = await takenVersions(head, plan.charts, repositoryOf, lookUp, proposed);
  if (clash) plan = await planFor({ ...request, taken });
  return { ...plan, notes: [...plan.notes, ...notes] };
}
