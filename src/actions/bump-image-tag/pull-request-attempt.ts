import { blobId } from '../../core/blob-id.js';
import type { BumpPlan } from '../../core/bump-request.js';
import { commitMessage, TRAILER, trailersOf } from '../../core/commit-message.js';
import { HelmCdError } from '../../core/errors.js';
import { isPullRequestBranch, pullRequestBranch, temporaryBranch } from '../../core/pull-request-branch.js';
import { pendingOn, refuseForeign, versionsOf, withPending } from '../../core/pull-request-commits.js';
import { chooseMergeMethod } from '../../core/pull-request-merge.js';
import { higherLevel } from '../../core/tag-order.js';
import { compareCommits, readState, type Comparison, type PullRequestState } from '../../github/pull-request-state.js';
import { commentOnce } from '../../github/pull-requests.js';
import { putCommit } from '../../github/put-commit.js';
import { Branches } from '../../github/refs.js';
import { fullName } from '../../github/repository.js';
import type { PlannedBump } from './plan.js';
import { combine, withoutChanges } from './pull-request-plan.js';
import { dropBranch, Publisher } from './pull-request-publish.js';
import {
  environmentOf,
  type Again,
  type Found,
  type ProposedBump,
  type PullRequestOptions,
  type UnsettledBump,
} from './pull-request-types.js';

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

/** The attempts of one bump by pull request. */
export class PullRequestAttempts {
  private readonly options: PullRequestOptions;
  private readonly branches: Branches;
  private readonly temporary: string;
  /** The commits that this run has made. */
  private readonly made = new Map<string, boolean | undefined>();
  private readonly publisher: Publisher;
  /** What the last look found. */
  private last: { readonly state: PullRequestState; readonly branch: string; readonly base: string } | undefined;

  constructor(options: PullRequestOptions) {
    this.options = options;
    this.branches = new Branches(options.repository);
    this.publisher = new Publisher(options, this.branches);
    this.temporary = temporaryBranch(options.key);
  }

  /** @param planned from the newest commit of the base */
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
      if (open === undefined) await this.tidyMerged(state, branch);
      const { notes, refused } = combined.plan;
      const plan = { ...withoutChanges(planned.plan), notes, refused };
      // Somebody has merged what this run proposed, while it was looking whether that is all right.
      const merged = state.pulls.find((pull) => pull.state === 'MERGED' && this.made.has(pull.head));
      if (merged === undefined) return { ...base, plan, result: 'unchanged', done: 'none' };
      return { ...base, plan, pull: merged, commit: merged.head, result: 'pull-request', done: 'merged' };
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
    // What is on the branch or was merged a moment ago is to be seen with the base that it belongs to.
    if (state.base !== head.oid) return { again: `${head.branch} moved on` };
    this.last = { state, branch, base: head.oid };
    if (autoMerge) chooseMergeMethod(mergeMethod, state.allowedMerges, fullName(repository));
    const open = state.pulls.find((pull) => pull.state === 'OPEN');
    const elsewhere = state.branch !== undefined && state.branch !== head.oid;
    const comparison = elsewhere ? await compareCommits(repository, head.oid, state.branch) : undefined;
    if (elsewhere && comparison === undefined) return { again: `GitHub does not know ${branch}'s newest commit yet` };
    const commits = comparison?.commits ?? [];
    refuseForeign(commits, branch, head.branch);
    // A branch that stayed when its pull request was merged or closed: what is on it, nobody waits for.
    const leftover = open === undefined && state.pulls.some((pull) => pull.head === state.branch);
    const pending = leftover ? pendingOn([]) : pendingOn(commits);
    const proposed = versionsOf(
      state.others.filter((other) => isPullRequestBranch(other.branch)).flatMap(({ messages }) => messages),
    );
    const name = open === undefined ? `the branch ${branch}` : `the pull request #${open.number}`;
    const { ours, compare, settle } = this.options;
    const combined = await combine(planned, pending, name, { ours, compare, settle: settle(proposed), proposed });
    return { planned, branch, state, open, comparison, combined, pendingRule: pending.rule };
  }

  /** Puts the plan's commit onto the branch, unless it is there; then sees to the pull request. */
  private async propose(found: Found, base: UnsettledBump): Promise<ProposedBump | Again> {
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
      // The commit went onto the branch itself: what an earlier attempt has left was not taken up.
      if (state.branch === undefined || state.branch === head.oid) await this.tidy(state);
    }
    return this.publisher.publish(found, { ...base, commit }, message, this.made);
  }

  private note(commit: string, verified: boolean | undefined): void {
    if (!this.made.has(commit)) this.made.set(commit, verified);
  }

  private messageOf({ planned, combined, pendingRule }: Found): string {
    const origin = { ...this.options.origin, environment: environmentOf(planned), branch: planned.head.branch };
    const message = commitMessage(combined.plan, origin, this.options.messageTemplate);
    const { rule: own } = this.options;
    const kept = combined.carried.length === 0 ? undefined : pendingRule;
    const rule = own === undefined || kept === undefined ? (own ?? kept) : higherLevel(own, kept);
    return withPending(message, { images: combined.carried, rule }, combined.rollbacks);
  }

  /** The base has everything: the pull request is closed, by deleting its branch if that still is what was looked at. */
  private async close(found: Found, base: UnsettledBump): Promise<ProposedBump | Again> {
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

  /** The same after a failure: what this run has begun and nobody takes up. */
  async abandon(): Promise<void> {
    if (this.last === undefined || this.options.dryRun) return;
    const { state, branch, base } = this.last;
    try {
      await this.tidy({ ...state, temporary: await this.branches.at(this.temporary) });
      // Made for a commit that was refused then: it is where the base is.
      const empty = state.branch === undefined && (await this.branches.at(branch)) === base;
      if (empty) await dropBranch(this.branches, state, branch, base, this.options.log);
    } catch (error) {
      // The failure that it is about is told, not this one.
      if (!(error instanceof HelmCdError)) throw error;
    }
  }

  /** The same after a merge: where GitHub does not delete what auto-merge has merged, helm-cd does. */
  private async tidyMerged(state: PullRequestState, branch: string): Promise<void> {
    const { autoMerge, dryRun, log } = this.options;
    const merged = state.pulls.some((pull) => pull.state === 'MERGED' && pull.head === state.branch);
    if (!autoMerge || dryRun || !merged || state.branch === undefined) return;
    await dropBranch(this.branches, state, branch, state.branch, log);
  }

  /** Removes what an interrupted try has left. */
  private async tidy(state: PullRequestState): Promise<void> {
    const { dryRun, log } = this.options;
    if (state.temporary === undefined || dryRun) return;
    await dropBranch(this.branches, state, this.temporary, state.temporary, log);
  }
}
