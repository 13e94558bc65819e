import { decorrelatedJitter } from '../../core/backoff.js';
import { blobId } from '../../core/blob-id.js';
import type { BumpPlan } from '../../core/bump-request.js';
import { commitMessage, TRAILER, trailersOf, type BumpOrigin } from '../../core/commit-message.js';
import { formatDuration } from '../../core/duration.js';
import { HelmCdError } from '../../core/errors.js';
import { originsOf, type Build } from '../../core/image-origin.js';
import { parseImageReference } from '../../core/image-reference.js';
import type { Clock, Log } from '../../core/ports.js';
import { describesCommit, pullRequestBody, pullRequestTitle } from '../../core/pull-request-body.js';
import { isPullRequestBranch, pullRequestBranch, temporaryBranch } from '../../core/pull-request-branch.js';
import { pendingImages, refuseForeign, versionsOf, withPending } from '../../core/pull-request-commits.js';
import { chooseMergeMethod, type MergeMethod } from '../../core/pull-request-merge.js';
import { renderedWarnings, type RenderedChange } from '../../core/rendered-change.js';
import type { RepositoryBranch } from '../../core/repository-branch.js';
import { mergeWhenReady } from '../../github/auto-merge.js';
import type { CompareCommits } from '../../github/compare-commits.js';
import {
  compareCommits,
  readState,
  type Comparison,
  type PullRequest,
  type PullRequestState,
} from '../../github/pull-request-state.js';
import { addLabels, commentOnce, describePullRequest, openPullRequest } from '../../github/pull-requests.js';
import { putCommit } from '../../github/put-commit.js';
import { Branches } from '../../github/refs.js';
import { fullName, type Repository } from '../../github/repository.js';
import type { PlannedBump } from './plan.js';
import { combine, withoutChanges, type CombinedPlan, type Settle } from './pull-request-plan.js';

/** Between two attempts, milliseconds: GitHub wants a second at least between two changes. */
const SHORTEST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;
/** How often an answer may be lost before that is an error. */
const MOST_LOST = 3;
/** How often a pull request that conflicts is made anew. */
const MOST_CONFLICTS = 3;

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
type Again = { readonly again: string; readonly error?: HelmCdError };

/** Everything that one attempt has read. */
interface Found {
  readonly planned: PlannedBump;
  readonly branch: string;
  readonly state: PullRequestState;
  readonly open: PullRequest | undefined;
  readonly comparison: Comparison | undefined;
  readonly combined: CombinedPlan;
}

function environmentOf({ resolved }: PlannedBump): string {
  return resolved.environment?.name ?? '';
}

/** The branch for this bump's charts; nothing when it has no place anywhere, as when its tags are not accepted. */
function branchOf(planned: PlannedBump, targets: readonly string[]): string | undefined {
  const { plan, head, resolved } = planned;
  const touched = [...plan.changes, ...plan.upToDate];
  if (touched.length === 0) return undefined;
  return pullRequestBranch({
    environment: resolved.environment?.name ?? '',
    environmentBranch: resolved.environment?.branch ?? '',
    base: head.branch,
    charts: [...new Set(touched.flatMap(({ chart }) => chart ?? []))],
    targets,
  });
}

/** Whether the branch has exactly what the plan writes, on top of the very commit that it was planned from. */
function hasPlan(comparison: Comparison | undefined, plan: BumpPlan, head: string): boolean {
  if (comparison?.mergeBase !== head || comparison.files.size !== plan.files.length) return false;
  return plan.files.every(({ path, after }) => comparison.files.get(path) === blobId(Buffer.from(after), head));
}

class PullRequestBump {
  private readonly options: PullRequestOptions;
  private readonly branches: Branches;
  private readonly temporary: string;
  /** The commits that this run has made. */
  private readonly made = new Map<string, boolean | undefined>();
  private readonly warnings: string[] = [];
  private opened = false;
  private rendered: RenderedChange | undefined;
  private conflicts = 0;

  constructor(options: PullRequestOptions) {
    this.options = options;
    this.branches = new Branches(options.repository);
    this.temporary = temporaryBranch(options.key);
  }

  /** One attempt, from the newest commit of the base. */
  async attempt(planned: PlannedBump, attempts: number): Promise<ProposedBump | Again> {
    const branch = branchOf(planned, this.options.targets);
    const nothing = {
      ...planned,
      commit: '',
      verified: undefined,
      mergeCommit: '',
      waiting: false,
      warnings: [],
      attempts,
    };
    if (branch === undefined) {
      return { ...nothing, result: 'unchanged', branch: '', changed: false, pull: undefined, done: 'none' };
    }
    const found = await this.look(planned, branch);
    if ('again' in found) return found;
    const { open, combined, state } = found;
    const base = { ...nothing, plan: combined.plan, branch, pull: open, changed: this.made.size > 0 };
    // What the base has already is proposed no more; what else the pull request has stays as it is.
    const idle = combined.idle && combined.plan.files.length > 0;
    if (idle || (combined.plan.files.length === 0 && open === undefined)) {
      await this.tidy(state);
      const { notes, refused } = combined.plan;
      const plan = { ...withoutChanges(planned.plan), notes, refused };
      const merged = this.made.size > 0;
      return { ...base, plan, result: merged ? 'pull-request' : 'unchanged', done: merged ? 'merged' : 'none' };
    }
    if (combined.plan.files.length === 0) return this.close(found, base);
    this.options.onPlan(combined.plan, planned.head);
    if (this.options.dryRun) return { ...base, result: 'planned', done: open === undefined ? 'opened' : 'updated' };
    return this.propose(found, base);
  }

  private async look(planned: PlannedBump, branch: string): Promise<Found | Again> {
    const { repository, autoMerge, mergeMethod } = this.options;
    const { head } = planned;
    const state = await readState(repository, { branch, temporary: this.temporary, base: head.branch });
    if (autoMerge) chooseMergeMethod(mergeMethod, state.allowedMerges, fullName(repository));
    const open = state.pulls.find((pull) => pull.state === 'OPEN');
    const elsewhere = state.branch !== undefined && state.branch !== head.oid;
    const comparison = elsewhere ? await compareCommits(repository, head.oid, state.branch) : undefined;
    if (elsewhere && comparison === undefined) return { again: `GitHub does not know ${branch}'s newest commit yet` };
    const commits = comparison?.commits ?? [];
    refuseForeign(commits, branch, head.branch);
    // A branch that stayed when its pull request was merged or closed: what is on it, nobody waits for.
    const leftover = open === undefined && state.pulls.some((pull) => pull.head === state.branch);
    const pending = leftover ? [] : pendingImages(commits);
    const proposed = versionsOf(
      state.others.filter((other) => isPullRequestBranch(other.branch)).flatMap(({ messages }) => messages),
    );
    const name = open === undefined ? `the branch ${branch}` : `the pull request #${open.number}`;
    const { ours, compare, settle } = this.options;
    const combined = await combine(planned, pending, name, { ours, compare, settle: settle(proposed), proposed });
    return { planned, branch, state, open, comparison, combined };
  }

  /** Puts the plan's commit onto the branch, unless it is there; then sees to the pull request. */
  private async propose(found: Found, base: Omit<ProposedBump, 'result' | 'done'>): Promise<ProposedBump | Again> {
    const { repository, base: target, log } = this.options;
    const { planned, branch, state, comparison, combined } = found;
    const { head } = planned;
    let commit = state.branch ?? '';
    let message = comparison?.commits.findLast(({ message: text }) => trailersOf(text, TRAILER.id).length > 0)?.message;
    if (message !== undefined && hasPlan(comparison, combined.plan, head.oid)) {
      log.info(`${branch} has this already, at ${commit.slice(0, 12)}.`);
      // Of an answer that was lost.
      if (trailersOf(message, TRAILER.id).includes(this.options.origin.id)) this.note(commit, undefined);
      await this.tidy(state);
    } else {
      message = this.messageOf(found);
      const place = { branch, at: state.branch, temporary: this.temporary, repositoryId: state.repositoryId };
      const { files } = combined.plan;
      const outcome = await putCommit(repository, this.branches, target, head, place, files, message);
      if (outcome.status === 'moved') return { again: outcome.reason };
      if (outcome.status === 'unknown') return { again: 'the answer was lost', error: outcome.error };
      commit = outcome.oid;
      this.note(commit, outcome.verified);
      log.info(`Committed ${commit.slice(0, 12)} to ${branch}.`);
    }
    return this.publish(found, { ...base, commit }, message);
  }

  private note(commit: string, verified: boolean | undefined): void {
    if (!this.made.has(commit)) this.made.set(commit, verified);
  }

  private messageOf({ planned, combined }: Found): string {
    const origin = { ...this.options.origin, environment: environmentOf(planned), branch: planned.head.branch };
    const message = commitMessage(combined.plan, origin, this.options.messageTemplate);
    return withPending(message, combined.carried, combined.rollbacks);
  }

  /** Opens or describes the pull request of a commit that is on the branch, labels it, and has it merged if that is wished. */
  private async publish(
    found: Found,
    base: Omit<ProposedBump, 'result' | 'done'>,
    message: string,
  ): Promise<ProposedBump | Again> {
    const { repository, labels, log } = this.options;
    const { planned, branch, combined } = found;
    const { commit } = base;
    let { open } = found;
    if (open === undefined || !describesCommit(open.body, commit)) {
      const texts = { title: pullRequestTitle(message), body: await this.bodyOf(found, commit, message) };
      let at = commit;
      if (open === undefined) {
        const answer = await openPullRequest(repository, branch, planned.head.branch, texts);
        if (answer === 'nothing') return { again: `${branch} has nothing left to propose` };
        open = answer.pull;
        at = open.head;
        if (answer.opened) {
          this.opened = true;
          log.info(`Opened the pull request #${open.number}: ${open.url}`);
        }
      }
      if (!describesCommit(open.body, commit)) {
        at = await describePullRequest(repository, open.number, texts);
        log.info(`Updated the pull request #${open.number}: ${open.url}`);
      }
      // Somebody else moved the branch meanwhile: then the text has to be about that commit.
      if (at !== commit) return { again: `#${open.number} is seen at ${at.slice(0, 12)}` };
    }
    const missing = labels.filter((label) => !open.labels.some((one) => one.toLowerCase() === label.toLowerCase()));
    if (missing.length > 0) await addLabels(repository, open.number, missing);
    const changed = this.made.size > 0;
    const bump: ProposedBump = {
      ...base,
      plan: combined.plan,
      result: 'pull-request',
      changed,
      verified: this.made.get(commit),
      pull: { number: open.number, url: open.url },
      rendered: this.rendered,
      done: this.opened ? 'opened' : changed ? 'updated' : 'none',
    };
    return this.options.autoMerge ? this.merge(found, open, bump, message) : { ...bump, warnings: this.warnings };
  }

  private async bodyOf({ planned, combined }: Found, commit: string, message: string): Promise<string> {
    const { serverUrl, render } = this.options;
    const { plan } = combined;
    const originOf = originsOf(message);
    const rendered = await render({ ...planned, plan });
    this.rendered = rendered;
    return pullRequestBody({
      commit,
      plan,
      originOf: (reference) => {
        const image = parseImageReference(reference);
        return image === undefined ? undefined : originOf(image);
      },
      serverUrl,
      environment: environmentOf(planned),
      runUrl: trailersOf(message, TRAILER.sourceRun)[0] ?? '',
      renderedDiff: rendered.diff,
      notes: [
        ...plan.notes,
        ...plan.refused.map(({ image, reason }) => `${image}: ${reason}`),
        ...renderedWarnings(rendered),
        ...rendered.notes,
      ],
    });
  }

  private async merge(
    { state, branch }: Found,
    open: PullRequest,
    bump: ProposedBump,
    message: string,
  ): Promise<ProposedBump | Again> {
    const { repository, mergeMethod, log } = this.options;
    const { commit } = bump;
    const result = await mergeWhenReady(repository, {
      number: open.number,
      id: open.id,
      head: commit,
      method: chooseMergeMethod(mergeMethod, state.allowedMerges, fullName(repository)),
      message,
      autoMergeAllowed: state.autoMergeAllowed,
    });
    if (result.status === 'moved') return { again: `#${open.number} has another commit by now` };
    if (result.status === 'conflict' && ++this.conflicts < MOST_CONFLICTS) {
      return { again: `#${open.number} conflicts with its base, which moved on` };
    }
    if (result.status === 'merged') {
      log.info(`Merged #${open.number} as ${result.commit.slice(0, 12)}.`);
      if (!state.deletesMergedBranches) await this.drop(state, branch, commit);
      return { ...bump, done: 'merged', mergeCommit: result.commit, warnings: this.warnings };
    }
    if (result.status === 'waiting') {
      log.info(`GitHub merges #${open.number} when its checks and reviews are there.`);
      return { ...bump, waiting: true, warnings: this.warnings };
    }
    const why = result.status === 'open' ? result.reason : `#${open.number} conflicts with its base`;
    return { ...bump, warnings: [...this.warnings, `The pull request stays open: ${why}.`] };
  }

  /** The base has everything: the pull request is closed, by deleting its branch if that still is what was looked at. */
  private async close(found: Found, base: Omit<ProposedBump, 'result' | 'done'>): Promise<ProposedBump | Again> {
    const { repository, dryRun, log } = this.options;
    const { planned, branch, state, open, combined } = found;
    if (open === undefined || state.branch === undefined) return { again: `${branch} is gone` };
    const { head, plan } = planned;
    const closed: ProposedBump = {
      ...base,
      plan: { ...plan, notes: combined.plan.notes },
      result: 'unchanged',
      done: 'closed',
    };
    if (dryRun) return { ...closed, result: 'planned' };
    const notes = combined.plan.notes.map((note) => `\n- ${note}`).join('');
    const why = `helm-cd closes this: ${head.branch} has these images at ${head.oid} already.${notes}`;
    await commentOnce(repository, open.number, why);
    const temporary =
      state.temporary === undefined ? [] : [{ branch: this.temporary, from: state.temporary, to: undefined }];
    const outcome = await this.branches.move(state.repositoryId, [
      { branch, from: state.branch, to: undefined },
      ...temporary,
    ]);
    if (outcome === 'moved') return { again: `somebody else has just changed ${branch}` };
    if (outcome !== 'done') return { again: 'the answer was lost', error: outcome.lost };
    log.info(`Closed #${open.number} and deleted ${branch}: ${head.branch} has these images already.`);
    return closed;
  }

  /** Removes what an interrupted try has left. */
  private async tidy(state: PullRequestState): Promise<void> {
    if (state.temporary !== undefined && !this.options.dryRun) await this.drop(state, this.temporary, state.temporary);
  }

  /** Deletes a branch that nobody needs any more; when that fails, it stays. */
  private async drop({ repositoryId }: PullRequestState, branch: string, at: string): Promise<void> {
    try {
      await this.branches.move(repositoryId, [{ branch, from: at, to: undefined }]);
    } catch (error) {
      if (!(error instanceof HelmCdError) || error.code === 'cancelled') throw error;
      this.options.log.info(`The branch ${branch} stays: ${error.message}`);
    }
  }
}

/**
 * Bumps by pull request: one for each group of charts and environment, whose branch always is one commit on top of the base's
 * newest one, with everything that is not merged yet. All is computed from the base; when the base or the branch moved
 * meanwhile, it is computed again, so that two at once end up in the one pull request. Whatever an interrupted try has left,
 * the next one takes up.
 * @param first what was planned already.
 * @throws HelmCdError `refused` when the branch has somebody's own commits or this bump is older than what is proposed;
 *   `conflict` when others were faster until the time was over.
 */
export async function bumpByPullRequest(options: PullRequestOptions, first: PlannedBump): Promise<ProposedBump> {
  const { clock, log } = options;
  const pause = decorrelatedJitter(SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS, options.random);
  const started = clock.now();
  const bump = new PullRequestBump(options);
  let lost = 0;
  let planned = first;
  for (let attempts = 1; ; attempts++) {
    const result = await bump.attempt(planned, attempts);
    if (!('again' in result)) return result;
    const elapsed = clock.now() - started;
    const wait = pause();
    if (result.error !== undefined && ++lost > MOST_LOST) throw result.error;
    if (elapsed + wait > options.retryTimeoutMs) {
      throw new HelmCdError(
        'conflict',
        `The pull request could not be settled in ${attempts} attempts within ${formatDuration(elapsed)}: ${result.again}.`,
        { hint: 'Run this again, or give it more time with the input retry-timeout.' },
      );
    }
    log.info(`Attempt ${attempts}: ${result.again}; computing again.`);
    await clock.sleep(wait);
    planned = await options.plan(await options.base.head());
  }
}
