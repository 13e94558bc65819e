import type { HelmCdError } from './errors.js';

/** A branch of a repository as bump-image-tag sees it, whatever server and protocol are behind it. */

/** One file of a commit. */
export interface TreeEntry {
  /** With slashes, relative to the repository's root. */
  readonly path: string;
  /** As git has it: `100644`, `100755`, `120000` for a symbolic link, `160000` for a submodule. */
  readonly mode: string;
}

/** One commit of a branch: what can be read of it, all of it at that very commit. */
export interface BranchHead {
  readonly branch: string;
  /** The commit's object id. */
  readonly oid: string;
  readonly entries: readonly TreeEntry[];
  /**
   * The texts of files, byte for byte.
   * @throws HelmCdError `file` when one is no UTF-8 text; `not-found` when there is none at a path.
   */
  read(paths: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

export interface FileChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** What became of an attempt to put a commit onto a branch. */
export type CommitOutcome =
  | { readonly status: 'committed'; readonly oid: string }
  /** The branch is not where it was: nothing happened, everything must be computed again from its new head. */
  | { readonly status: 'moved'; readonly reason: string }
  /** The answer was lost: whether it happened only the branch itself can tell. */
  | { readonly status: 'unknown'; readonly error: HelmCdError };

export interface FoundCommit {
  readonly oid: string;
  readonly message: string;
}

export interface RepositoryBranch {
  /** The newest commit. Each call asks the server. */
  head(): Promise<BranchHead>;
  /**
   * Puts one commit with the given files onto the branch, if and only if its newest commit still is `parent`.
   * @throws HelmCdError `unauthorized` or `refused` (a rule of the branch); then nothing happened.
   */
  commit(parent: BranchHead, files: readonly FileChange[], message: string): Promise<CommitOutcome>;
  /** The newest commit whose message holds this text, among the branch's last ones up to the newest head that was read. */
  find(text: string): Promise<FoundCommit | undefined>;
}
