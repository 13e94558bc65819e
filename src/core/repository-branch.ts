import type { HelmCdError } from './errors.js';

/** A branch of a repository as bump-image-tag sees it, whatever server and protocol are behind it. */

/** One file of a commit. */
export interface TreeEntry {
  /** With slashes, relative to the repository's root. */
  readonly path: string;
  /** As git has it: `100644`, `100755`, `120000` for a symbolic link, `160000` for a submodule. */
  readonly mode: string;
}

/** A commit and what its maker wrote about it. */
export interface FoundCommit {
  readonly oid: string;
  readonly message: string;
  /** Whether the server vouches for who made it; nothing where servers have no word for that. */
  readonly verified?: boolean;
}

export interface BranchRules {
  /** Only pull requests may change it. */
  readonly pullRequest: boolean;
  /** Only verified commits are accepted. */
  readonly signatures: boolean;
}

/** One commit of a branch: what can be read of it, all of it at that very commit. */
export interface BranchHead {
  readonly branch: string;
  /** The commit's object id. */
  readonly oid: string;
  readonly entries: readonly TreeEntry[];
  /** What the server demands of this branch, when it says it beforehand. */
  readonly rules?: BranchRules;
  /** Who we are to the server, when it says it: `github-actions` for a workflow's own token. */
  readonly viewer?: string;
  /**
   * The texts of files, byte for byte.
   * @throws HelmCdError `file` when one is no UTF-8 text; `not-found` when there is none at a path.
   */
  read(paths: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The branch's last commits (at most 50), newest first: this one is the first. */
  commits(): Promise<readonly FoundCommit[]>;
  /** What a file was in the branch's last commits (at most 50 that changed it), newest first, each text once. */
  earlier(path: string): Promise<readonly string[]>;
  /** Writes a folder's ordinary files, whatever is in them, below a folder that exists. */
  export(folder: string, destination: string): Promise<void>;
}

export interface FileChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** What became of an attempt to put a commit onto a branch. */
export type CommitOutcome =
  | {
      readonly status: 'committed';
      readonly oid: string;
      /** Whether the server vouches for who made it; nothing where servers have no word for that. */
      readonly verified?: boolean;
    }
  /** The branch is not where it was: nothing happened, everything must be computed again from its new head. */
  | { readonly status: 'moved'; readonly reason: string }
  /** The answer was lost: whether it happened only the branch itself can tell. */
  | { readonly status: 'unknown'; readonly error: HelmCdError };

export interface RepositoryBranch {
  /** The newest commit. Each call asks the server. */
  head(): Promise<BranchHead>;
  /**
   * Puts one commit with the given files onto the branch, if and only if its newest commit still is `parent`.
   * @throws HelmCdError `unauthorized` or `refused` (a rule of the branch); then nothing happened.
   */
  commit(parent: BranchHead, files: readonly FileChange[], message: string): Promise<CommitOutcome>;
}
