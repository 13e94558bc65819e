import type { BumpPlan } from '../../core/bump-request.js';
import type { BumpOrigin } from '../../core/commit-message.js';
import type { HelmCdError } from '../../core/errors.js';
import type { Build } from '../../core/image-origin.js';
import type { Clock, Log } from '../../core/ports.js';
import type { PendingRule } from '../../core/pull-request-commits.js';
import type { MergeMethod } from '../../core/pull-request-merge.js';
import type { RenderedChange } from '../../core/rendered-change.js';
import type { RepositoryBranch } from '../../core/repository-branch.js';
import type { CompareCommits } from '../../github/compare-commits.js';
import type { Comparison, PullRequest, PullRequestState } from '../../github/pull-request-state.js';
import type { Repository } from '../../github/repository.js';
import type { PlannedBump } from './plan.js';
import type { CombinedPlan, Settle } from './pull-request-plan.js';

/** What a bump by pull request needs. */
export interface PullRequestOptions {
  readonly repository: Repository;
  /** The branch that the pull request is to be merged into. */
  readonly base: RepositoryBranch;
  /** Plans this bump alone; called for each commit that the base turns out to be at. */
  readonly plan: (head: PlannedBump['head']) => Promise<PlannedBump>;
  /** The same for what is asked together with it. @param proposed by a chart's name, versions that other pull requests give */
  readonly settle: (proposed: ReadonlyMap<string, ReadonlySet<string>>) => Settle;
  readonly ours: Build;
  readonly compare: CompareCommits | undefined;
  /** As the input `targets` has them. */
  readonly targets: readonly string[];
  /** The same for every try to make this bump. */
  readonly key: string;
  readonly origin: Omit<BumpOrigin, 'environment' | 'branch'>;
  readonly messageTemplate: string;
  /** How the charts' versions are asked to follow by this very bump, when it is. */
  readonly rule: PendingRule;
  readonly labels: readonly string[];
  readonly autoMerge: boolean;
  /** Empty: what the repository allows. */
  readonly mergeMethod: MergeMethod | '';
  readonly serverUrl: string;
  readonly dryRun: boolean;
  readonly retryTimeoutMs: number;
  /** What changes in the rendered manifests, for the pull request's text. */
  readonly render: (planned: PlannedBump) => Promise<RenderedChange>;
  readonly log: Log;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Told of every plan before it is carried out. */
  readonly onPlan: (plan: BumpPlan, head: PlannedBump['head']) => void;
}

/** What became of a bump by pull request. */
export interface ProposedBump extends PlannedBump {
  readonly result: 'pull-request' | 'unchanged' | 'planned';
  /** The pull request's branch. */
  readonly branch: string;
  /** The commit that the pull request has; empty when there is none. */
  readonly commit: string;
  /** Whether this run made that commit. */
  readonly changed: boolean;
  readonly verified: boolean | undefined;
  /** Nothing when there is none (yet). */
  readonly pull: { readonly number: number; readonly url: string } | undefined;
  readonly done: 'opened' | 'updated' | 'closed' | 'merged' | 'none';
  /** The base's commit that a merge made; empty without one. */
  readonly mergeCommit: string;
  /** Whether GitHub was asked to merge it by itself. */
  readonly waiting: boolean;
  readonly warnings: readonly string[];
  /** What changes in the rendered manifests, when the pull request was described anew. */
  readonly rendered?: RenderedChange | undefined;
  readonly attempts: number;
}

/** What one attempt came to when it did not come to an end. */
export type Again = { readonly again: string; readonly error?: HelmCdError };

/** Everything that one attempt has read. */
export interface Found {
  readonly planned: PlannedBump;
  readonly branch: string;
  readonly state: PullRequestState;
  readonly open: PullRequest | undefined;
  readonly comparison: Comparison | undefined;
  readonly combined: CombinedPlan;
  readonly pendingRule: PendingRule;
}

/** A bump of which it is not settled yet what becomes of it. */
export type UnsettledBump = Omit<ProposedBump, 'result' | 'done'>;

/** The environment's name, empty for none. */
export function environmentOf({ resolved }: PlannedBump): string {
  return resolved.environment?.name ?? '';
}
