import { createHash } from 'node:crypto';

/** Every branch that helm-cd makes is below this. */
export const PREFIX = 'helm-cd/';
/** Branches that exist only while a commit is made. */
const TEMPORARY = `${PREFIX}tmp/`;
/** With prefix and hashes the whole name stays far below what git and GitHub take. */
const LONGEST_GROUP = 50;
const LONGEST_CHARTS = 100;

export interface PullRequestGroup {
  /** Empty when no environment is known. */
  readonly environment: string;
  /** The environment's own branch; empty when it is fed by promotion or none is known. */
  readonly environmentBranch: string;
  /** The branch that the pull request is to be merged into. */
  readonly base: string;
  /** Folders of the charts whose images change. */
  readonly charts: readonly string[];
  /** Places that were named by hand: they make a group of their own. */
  readonly targets: readonly string[];
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** A part of a branch's name that no other text gives: as it is when it is harmless, else with a hash of it. */
function part(text: string, longest: number): string {
  if (/^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/.test(text) && text.length <= longest && text !== 'tmp') return text;
  const readable = text
    .replace(/[^A-Za-z0-9]+/g, '-')
    .slice(0, longest)
    .replace(/^-+|-+$/g, '');
  return readable === '' ? hash(text) : `${readable}-${hash(text)}`;
}

function chartName(folder: string): string {
  return folder === '' ? 'chart' : part(folder.replace(/^charts\//, ''), LONGEST_CHARTS);
}

function joined(folders: readonly string[]): string {
  const names = [...new Set(folders)].sort().map(chartName);
  if (names.length === 0) return 'files';
  const text = names.join('_');
  return text.length <= LONGEST_CHARTS ? text : `${text.slice(0, LONGEST_CHARTS).replace(/[-_]+$/, '')}_${hash(text)}`;
}

/**
 * The branch of a pull request: the same for every bump of the same charts in the same environment (else: the same base),
 * and no other's. What is named is `helm-cd/<environment or base>/<charts>`; a valid name for git, below 200 characters.
 */
export function pullRequestBranch(group: PullRequestGroup): string {
  const { environment, environmentBranch, base, charts, targets } = group;
  const own = environment !== '' && (environmentBranch === '' || environmentBranch === base);
  const where = own ? environment : environment === '' ? base : `${environment}/${base}`;
  const places = targets.length === 0 ? '' : `_targets-${hash(JSON.stringify([...new Set(targets)].sort()))}`;
  return `${PREFIX}${part(where, LONGEST_GROUP)}/${joined(charts)}${places}`;
}

/** The branch on which a bump's commit is made before the pull request's branch is moved to it. */
export function temporaryBranch(key: string): string {
  return `${TEMPORARY}${hash(key)}${hash(`${key}.`)}`;
}

/** Whether a branch is one that pull requests of helm-cd are made of. */
export function isPullRequestBranch(branch: string): boolean {
  return branch.startsWith(PREFIX) && !branch.startsWith(TEMPORARY);
}
