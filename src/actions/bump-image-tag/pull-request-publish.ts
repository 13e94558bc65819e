import { TRAILER, trailersOf } from '../../core/commit-message.js';
import { HelmCdError } from '../../core/errors.js';
import { originsOf } from '../../core/image-origin.js';
import { parseImageReference } from '../../core/image-reference.js';
import type { Log } from '../../core/ports.js';
import { describesCommit, pullRequestBody, pullRequestTitle } from '../../core/pull-request-body.js';
import { chooseMergeMethod } from '../../core/pull-request-merge.js';
import { renderedWarnings, type RenderedChange } from '../../core/rendered-change.js';
import { mergeWhenReady } from '../../github/auto-merge.js';
import type { PullRequest, PullRequestState } from '../../github/pull-request-state.js';
import { addLabels, describePullRequest, openPullRequest } from '../../github/pull-requests.js';
import type { Branches } from '../../github/refs.js';
import { fullName } from '../../github/repository.js';
import {
  environmentOf,
  type Again,
  type Found,
  type ProposedBump,
  type PullRequestOptions,
  type UnsettledBump,
} from './pull-request-types.js';

/** How often a pull request that conflicts is made anew. */
const MOST_CONFLICTS = 3;

/** Deletes a branch that nobody needs any more; when that fails, it stays. */
export async function dropBranch(
  branches: Branches,
  { repositoryId }: PullRequestState,
  branch: string,
  at: string,
  log: Log,
): Promise<void> {
  try {
    await branches.move(repositoryId, [{ branch, from: at, to: undefined }]);
  } catch (error) {
    if (!(error instanceof HelmCdError) || error.code === 'cancelled') throw error;
    log.info(`The branch ${branch} stays: ${error.message}`);
  }
}

/** Sees to a pull request whose branch has the right commit. */
export class Publisher {
  private readonly options: PullRequestOptions;
  private readonly branches: Branches;
  private opened = false;
  private rendered: RenderedChange | undefined;
  private conflicts = 0;

  constructor(options: PullRequestOptions, branches: Branches) {
    this.options = options;
    this.branches = branches;
  }

  /** Opens or describes the pull request of a commit that is on the branch, labels it, and has it merged if that is wished. */
  async publish(
    found: Found,
    base: UnsettledBump,
    message: string,
    made: ReadonlyMap<string, boolean | undefined>,
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
    const changed = made.size > 0;
    const bump: ProposedBump = {
      ...base,
      plan: combined.plan,
      result: 'pull-request',
      changed,
      verified: made.get(commit),
      pull: { number: open.number, url: open.url },
      rendered: this.rendered,
      done: this.opened ? 'opened' : changed ? 'updated' : 'none',
    };
    return this.options.autoMerge ? this.merge(found, open, bump, message) : bump;
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
      base: bump.head.oid,
      method: chooseMergeMethod(mergeMethod, state.allowedMerges, fullName(repository)),
      message,
      autoMergeAllowed: state.autoMergeAllowed,
    });
    if (result.status === 'moved') return { again: `#${open.number} or its base has another commit by now` };
    if (result.status === 'conflict' && ++this.conflicts < MOST_CONFLICTS) {
      return { again: `#${open.number} conflicts with its base, which moved on` };
    }
    if (result.status === 'merged') {
      log.info(`Merged #${open.number} as ${result.commit.slice(0, 12)}.`);
      if (!state.deletesMergedBranches) await dropBranch(this.branches, state, branch, commit, log);
      return { ...bump, done: 'merged', mergeCommit: result.commit };
    }
    if (result.status === 'waiting') {
      log.info(`GitHub merges #${open.number} when its checks and reviews are there.`);
      return { ...bump, waiting: true };
    }
    const why = result.status === 'open' ? result.reason : `#${open.number} conflicts with its base`;
    return { ...bump, warnings: [`The pull request stays open: ${why}.`] };
  }
}
