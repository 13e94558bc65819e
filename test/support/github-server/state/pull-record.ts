import type { Actor } from './tokens.js';

export type MergeMethod = 'merge' | 'squash' | 'rebase';

export interface AutoMerge {
  readonly method: MergeMethod;
  readonly enabledBy: Actor;
  readonly enabledAt: string;
  readonly headline: string | undefined;
  readonly body: string | undefined;
}

/** A pull request inside one repository. */
export interface Pull {
  readonly number: number;
  readonly id: string;
  readonly author: Actor;
  readonly headRef: string;
  readonly createdAt: string;
  readonly maintainerCanModify: boolean;
  readonly draft: boolean;
  readonly labels: string[];
  title: string;
  body: string | null;
  baseRef: string;
  state: 'open' | 'closed';
  updatedAt: string;
  closedAt: string | null;
  /** Where the branches were when the request was last open. */
  headSha: string;
  baseSha: string;
  merged: { readonly at: string; readonly sha: string; readonly by: Actor } | null;
  autoMerge: AutoMerge | null;
  approvals: number;
  /** So many reads still say that the mergeability is not known. */
  unknownReads: number;
}
