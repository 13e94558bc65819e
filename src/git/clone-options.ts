import type { Clock, Processes } from '../core/ports.js';
import type { CommitIdentity } from './fast-import.js';

/** One branch of a repository that git reads from a bare clone, and writes by a push. */
export interface CloneOptions {
  readonly url: string;
  /** Empty: the repository's default branch, for who only changes what is there. */
  readonly branch: string;
  /** A folder that does not exist yet, for the bare clone. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Who commits when git's own configuration (user.name, user.email) does not say. */
  readonly identity: CommitIdentity;
  readonly processes: Processes;
  readonly clock: Clock;
}
