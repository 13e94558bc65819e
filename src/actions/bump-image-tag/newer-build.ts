import { buildThere, hasAncestry, isOlderBuild, olderBuildReason, unorderedImages } from '../../core/build-order.js';
import type { BumpPlan, BumpRequest, HeldImage } from '../../core/bump-request.js';
import type { Build } from '../../core/image-origin.js';
import type { BranchHead } from '../../core/repository-branch.js';
import type { CompareCommits } from '../../github/compare-commits.js';

export interface OlderBuildsOptions {
  /** The build whose images are bumped. */
  readonly ours: Build;
  /** Of the environment that is bumped; empty for none. */
  readonly environment: string;
  /** Left out where no GitHub can be asked: then only run numbers tell. */
  readonly compare?: CompareCommits | undefined;
}

/**
 * The images of a plan that would replace a newer build by ours: two builds of one branch may end in any order. Only what
 * the tags themselves do not tell is looked at, and only then is anything read or asked.
 */
export async function olderBuilds(
  head: BranchHead,
  plan: BumpPlan,
  request: BumpRequest,
  { ours, environment, compare }: OlderBuildsOptions,
): Promise<readonly HeldImage[]> {
  const unordered = ours.repository === '' ? [] : unorderedImages(plan, request);
  if (unordered.length === 0) return [];
  const commits = await head.commits();
  const held: HeldImage[] = [];
  for (const one of unordered) {
    const there = buildThere(commits, one, environment);
    if (there === undefined) continue;
    const relation = hasAncestry(ours, there) ? await compare?.(ours.repository, there.commit, ours.commit) : undefined;
    if (!isOlderBuild(ours, there, relation)) continue;
    held.push({ image: one.reference, chart: one.chart, reason: olderBuildReason(ours, there) });
  }
  return held;
}
