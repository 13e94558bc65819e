import type { CommitOutcome } from './repository-branch.js';

/** A file of a commit. */
export interface CommittedFile {
  /** With slashes, from the root of the repository. */
  readonly path: string;
  /** Git's id of its content. */
  readonly oid: string;
  /** In bytes. */
  readonly size: number;
}

/** What becomes of a file in a new commit. */
export interface FileEdit {
  readonly path: string;
  /** The whole content; nothing: the file is deleted. */
  readonly bytes: Uint8Array | undefined;
}

/**
 * A branch of a repository as a place for files of any kind, which may not exist yet: what a chart repository that is kept
 * in a branch needs, whatever server and protocol are behind it.
 */
export interface BranchFiles {
  /**
   * The newest commit, asked for anew.
   * @returns nothing only when the repository is there, can be read, and certainly has no such branch.
   * @throws HelmCdError `unauthorized`, `not-found` (the repository, or it may not be seen), `unreachable`.
   */
  tip(): Promise<string | undefined>;
  /** The id of a file's content at a commit; nothing when there is no such file. */
  find(commit: string, path: string): Promise<string | undefined>;
  /** @param oid what `find` gave. */
  read(oid: string): Promise<Uint8Array>;
  /** The files directly in a folder; empty for the root. */
  list(commit: string, folder: string): Promise<readonly CommittedFile[]>;
  /**
   * Puts one commit onto the branch, if and only if it still is at `parent`; without one, if there is no such branch yet.
   * Files that are not named stay as they are.
   * @throws HelmCdError `unauthorized`, `refused` (a rule of the branch, a limit), `not-found`; then nothing happened.
   */
  put(parent: string | undefined, edits: readonly FileEdit[], message: string): Promise<CommitOutcome>;
}
