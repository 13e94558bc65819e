import { hasAncestry, isOlderBuild, olderBuildReason } from '../../core/build-order.js';
import { planBump } from '../../core/bump-plan.js';
import type { BumpPlan, BumpRequest, RefusedImage } from '../../core/bump-request.js';
import { withFiles } from '../../core/bump-sources.js';
import { inFolder } from '../../core/chart-folders.js';
import { HelmCdError, messageOf } from '../../core/errors.js';
import type { Build } from '../../core/image-origin.js';
import {
  canonicalImageName,
  formatImageReference,
  parseImageReference,
  type ImageReference,
} from '../../core/image-reference.js';
import { higherRule, type Pending, type PendingImage, type PendingRule } from '../../core/pull-request-commits.js';
import type { BranchHead } from '../../core/repository-branch.js';
import { compareTags, isDowngrade, type ChangeLevel, type TagOrder } from '../../core/tag-order.js';
import type { CompareCommits } from '../../github/compare-commits.js';
import { olderBuilds } from './newer-build.js';
import type { PlannedBump } from './plan.js';
import type { ResolvedRequest } from './scopes.js';

/** Plans what is asked of one commit, held against everything that a plan must not do. */
export type Settle = (head: BranchHead, resolved: ResolvedRequest) => Promise<BumpPlan>;

export interface CombineOptions {
  /** The build whose images are bumped. */
  readonly ours: Build;
  readonly compare?: CompareCommits | undefined;
  readonly settle: Settle;
  /** By a chart's name, versions that it gets by other pull requests. */
  readonly proposed: ReadonlyMap<string, ReadonlySet<string>>;
}

/** All that a pull request is to write: what it is bumped to now, and what it had before. */
export interface CombinedPlan {
  readonly plan: BumpPlan;
  /** Images of earlier bumps that stay in it. */
  readonly carried: readonly PendingImage[];
  /** Whether this bump has nothing to write: the base has it, or it is older than what the pull request has. */
  readonly idle: boolean;
  /** References that are meant to go back. */
  readonly rollbacks: readonly string[];
}

const nameOf = (image: ImageReference): string => canonicalImageName(image.name);

/** The order of tags in the charts that a plan is about; where it is about none, that of all others. */
function ordersOf({ scopes, rules }: BumpRequest, { changes, upToDate }: BumpPlan): readonly (TagOrder | undefined)[] {
  const folders = new Set([...changes, ...upToDate].map(({ chart }) => chart));
  const orders = scopes.filter(({ folder }) => folders.has(folder)).map(({ order }) => order);
  return orders.length === 0 ? [rules.order] : orders;
}

/**
 * The images of a bump that are older than what the pull request has already.
 * @throws HelmCdError `refused` when their tags say so; builds that their tags do not order are only held back.
 */
async function olderThanPending(
  planned: PlannedBump,
  images: readonly ImageReference[],
  pending: ReadonlyMap<string, PendingImage>,
  pull: string,
  { ours, compare }: CombineOptions,
): Promise<readonly RefusedImage[]> {
  const { request } = planned.resolved;
  if (request.allowDowngrade) return [];
  const orders = ordersOf(request, planned.plan);
  const held: RefusedImage[] = [];
  for (const image of images) {
    const before = pending.get(nameOf(image));
    if (before === undefined || formatImageReference(before.image) === formatImageReference(image)) continue;
    const [from, to] = [before.image.tag ?? '', image.tag ?? ''];
    if (orders.some((order) => isDowngrade(from, to, order))) {
      throw new HelmCdError('refused', `${image.name} would go back from ${from} to ${to} in ${pull}.`, {
        hint: 'If that is meant, set allow-downgrade to true.',
      });
    }
    if (orders.some((order) => (compareTags(from, to, order) ?? 0) !== 0)) continue;
    const there = before.origin;
    const relation = hasAncestry(ours, there) ? await compare?.(ours.repository, there.commit, ours.commit) : undefined;
    if (!isOlderBuild(ours, there, relation)) continue;
    const reason = olderBuildReason(ours, there);
    held.push({
      image: formatImageReference(image),
      chart: '',
      reason: `${reason} (in ${pull})`,
      because: 'newer-build',
    });
  }
  return held;
}

/** Why an image of an earlier bump has no place on the base any more; nothing when it still has. */
async function obsolete(
  planned: PlannedBump,
  { image, origin, rollback }: PendingImage,
  compare: CompareCommits | undefined,
): Promise<string | undefined> {
  const { head, resolved } = planned;
  const request: BumpRequest = { ...resolved.request, images: [image], allowDowngrade: rollback };
  try {
    const plan = await withFiles(planBump(request, head.entries), (paths) => head.read(paths));
    const [refused] = plan.refused;
    if (plan.changes.length === 0) return refused?.reason;
    if (rollback) return undefined;
    const environment = resolved.environment?.name ?? '';
    const [held] = await olderBuilds(head, plan, request, { ours: origin, environment, compare });
    return held?.reason;
  } catch (error) {
    if (error instanceof HelmCdError && !['unreachable', 'unauthorized', 'cancelled'].includes(error.code)) {
      return messageOf(error).split('\n')[0];
    }
    throw error;
  }
}

/** What a plan says, without what it would write. */
export function withoutChanges(plan: BumpPlan): BumpPlan {
  return { ...plan, changes: [], charts: [], followed: [], files: [] };
}

/** The images of a plan that go back by their tags. */
function goingBack({ changes }: BumpPlan, { request }: ResolvedRequest): readonly string[] {
  const back = changes.filter(({ chart, fromTag, toTag }) => {
    const { order } = request.scopes.find(({ folder }) => folder === chart) ?? request.rules;
    return isDowngrade(fromTag, toTag, order);
  });
  return [...new Set(back.map(({ image }) => image))];
}

/**
 * What is asked for the charts of a pull request, and no others: what is pending was meant for them, though its image may be
 * used elsewhere too.
 */
function forTheseCharts(request: BumpRequest, { changes, upToDate }: BumpPlan): BumpRequest {
  const folders = [...changes, ...upToDate].flatMap(({ chart }) => chart ?? []);
  const isOne = (folder: string): boolean =>
    folders.some((one) => one === folder || one.startsWith(inFolder(folder, 'charts/')));
  return { ...request, scopes: request.scopes.filter(({ folder }) => isOne(folder)) };
}

/** The same with the greater steps that somebody asked for before; nothing when the plan has them already. */
function withGreaterSteps(request: BumpRequest, { charts }: BumpPlan, rule: PendingRule): BumpRequest | undefined {
  const levelOf = (folder: string): ChangeLevel => charts.find((chart) => chart.folder === folder)?.level ?? 'patch';
  const scopes = request.scopes.map((scope) => ({
    ...scope,
    versionRule: higherRule(scope.versionRule, levelOf(scope.folder), rule),
  }));
  if (scopes.every(({ versionRule }, index) => versionRule === request.scopes[index]?.versionRule)) return undefined;
  return { ...request, scopes };
}

/**
 * Plans a bump together with what its pull request has already, all of it from the newest commit of the base, so that each
 * chart's version rises once. An image of an earlier bump that is replaced, or has no place any more, is left out and that
 * is said.
 * @param planned the plan of this bump alone.
 * @param pull names the pull request in messages.
 * @throws HelmCdError `refused` when this bump is older than what the pull request has.
 */
export async function combine(
  planned: PlannedBump,
  { images: pending, rule }: Pending,
  pull: string,
  options: CombineOptions,
): Promise<CombinedPlan> {
  const { head, resolved, plan: alone } = planned;
  const before = new Map(pending.map((one) => [nameOf(one.image), one]));
  const held = await olderThanPending(planned, resolved.request.images, before, pull, options);
  const heldReferences = new Set(held.map(({ image }) => image));
  const fresh = resolved.request.images.filter((image) => !heldReferences.has(formatImageReference(image)));
  const names = new Set(fresh.map(nameOf));
  const notes: string[] = [];
  const request = forTheseCharts(resolved.request, alone);
  const narrowed: PlannedBump = { ...planned, resolved: { ...resolved, request } };
  let carried: PendingImage[] = [];
  for (const one of pending.filter(({ image }) => !names.has(nameOf(image)))) {
    const reason = await obsolete(narrowed, one, options.compare);
    if (reason === undefined) carried.push(one);
    else notes.push(`${formatImageReference(one.image)} is no longer part of ${pull}: ${reason}`);
  }
  const settled = async (images: readonly ImageReference[]): Promise<BumpPlan> => {
    if (images.length === 0) return withoutChanges(alone);
    // Each of them was held against what it replaces already.
    const all: BumpRequest = { ...request, images, allowDowngrade: true, held: alone.refused };
    const first = await options.settle(head, { ...resolved, request: all });
    const greater = withGreaterSteps(all, first, rule);
    return greater === undefined ? first : options.settle(head, { ...resolved, request: greater });
  };
  let plan: BumpPlan;
  const clash = alone.charts.some(({ name, from, to }) => from !== to && options.proposed.get(name)?.has(to) === true);
  if (carried.length === 0 && held.length === 0 && !clash) plan = alone;
  else {
    try {
      plan = await settled([...fresh, ...carried.map(({ image }) => image)]);
    } catch (error) {
      if (!(error instanceof HelmCdError) || carried.length === 0) throw error;
      // Together they do not go; this bump alone does.
      const kept: PendingImage[] = [];
      plan = await settled(fresh);
      for (const one of carried) {
        try {
          plan = await settled([...fresh, ...[...kept, one].map(({ image }) => image)]);
          kept.push(one);
        } catch (reason) {
          if (!(reason instanceof HelmCdError)) throw reason;
          const why = messageOf(reason).split('\n')[0] ?? '';
          notes.push(`${formatImageReference(one.image)} is no longer part of ${pull}: ${why}`);
        }
      }
      carried = kept;
    }
  }
  const written = new Set(plan.changes.map(({ image }) => image));
  const refused = [...alone.refused, ...held];
  return {
    plan: { ...plan, refused, notes: [...new Set([...alone.notes, ...plan.notes, ...notes])] },
    carried: carried.filter(({ image }) => written.has(formatImageReference(image))),
    idle:
      !pending.some(({ image }) => names.has(nameOf(image))) &&
      !plan.changes.some(({ image }) => names.has(nameOf(parseImageReference(image) ?? { name: image }))),
    rollbacks: goingBack(plan, resolved),
  };
}
