import { HelmCdError } from './errors.js';

export type MergeMethod = 'merge' | 'squash' | 'rebase';

/** Ways to merge that a repository's settings allow. */
export type AllowedMerges = Readonly<Record<MergeMethod, boolean>>;

const PREFERRED: readonly MergeMethod[] = ['squash', 'merge', 'rebase'];

/**
 * How a pull request is merged: as was asked for, else the first of squash, merge and rebase that the repository allows.
 * @param wanted empty: no wish.
 * @throws HelmCdError `input` when the repository does not allow it, `refused` when it allows none.
 */
export function chooseMergeMethod(wanted: MergeMethod | '', allowed: AllowedMerges, repository: string): MergeMethod {
  const possible = PREFERRED.filter((method) => allowed[method]);
  const [first] = possible;
  if (first === undefined) {
    throw new HelmCdError('refused', `${repository} allows no way to merge a pull request.`, {
      hint: 'Turn one on in the repository’s settings under General, Pull Requests.',
    });
  }
  if (wanted === '') return first;
  if (allowed[wanted]) return wanted;
  throw new HelmCdError('input', `Input "merge-method" is ${wanted}, which ${repository} does not allow.`, {
    hint: `It allows ${possible.join(' and ')}; its settings under General, Pull Requests say so.`,
  });
}

/** What GitHub says of a pull request (GraphQL: MergeStateStatus), in upper case. */
export type MergeState = string;

/**
 * The next thing to do so that a pull request gets merged:
 * - `merge`: nothing is in the way, and GitHub refuses to wait for nothing.
 * - `wait`: GitHub is asked to merge it by itself (auto-merge).
 * - `ask-again`: GitHub is still computing whether it can be merged.
 * - `conflict`, `draft`: it cannot be merged as it is.
 */
export type MergeStep = 'merge' | 'wait' | 'ask-again' | 'conflict' | 'draft';

/** What a state asks for. A state that is not known yet is waited for like any that blocks. */
export function mergeStep(state: MergeState, draft: boolean): MergeStep {
  if (draft || state === 'DRAFT') return 'draft';
  if (state === 'CLEAN') return 'merge';
  if (state === 'DIRTY') return 'conflict';
  return state === 'UNKNOWN' ? 'ask-again' : 'wait';
}

/**
 * What to do when GitHub refused to merge by itself later.
 * - `merge`: because it can be merged at once.
 * - `not-allowed`: because a setting of the repository is against it.
 * - `unstable`: because what is still running or has failed is no required check: it would wait for nothing.
 * - `no-rules`: because the branch demands nothing, so there is nothing to wait for.
 */
export type WaitRefusal = 'merge' | 'not-allowed' | 'unstable' | 'no-rules' | 'other';

/** Reads GitHub's refusal of enablePullRequestAutoMerge. */
export function waitRefusal(message: string): WaitRefusal {
  if (/in (?:clean|has[_ ]hooks) status/i.test(message)) return 'merge';
  if (/auto[- ]?merge is not allowed/i.test(message)) return 'not-allowed';
  if (/in unstable status/i.test(message)) return 'unstable';
  return /protected branch rules not configured/i.test(message) ? 'no-rules' : 'other';
}
