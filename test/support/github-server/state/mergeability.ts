import { missingApprovals, missingChecks } from './protection.js';
import type { Pull } from './pull-record.js';
import type { Repository } from './repository.js';

/** In GraphQL's words; REST writes them in lower case. */
export type MergeState = 'BEHIND' | 'BLOCKED' | 'CLEAN' | 'DIRTY' | 'DRAFT' | 'HAS_HOOKS' | 'UNKNOWN' | 'UNSTABLE';

export interface Mergeability {
  readonly state: MergeState;
  /** Is there no conflict? null: not known yet. */
  readonly mergeable: boolean | null;
  /** What still stands in the way of a blocked request. */
  readonly reasons: readonly string[];
}

const NOT_KNOWN: Mergeability = { state: 'UNKNOWN', mergeable: null, reasons: [] };

/** Where the branches of a pull request are: now, or when it was last open. */
export async function pullEnds(repository: Repository, pull: Pull): Promise<{ head: string; base: string }> {
  if (pull.state === 'closed') return { head: pull.headSha, base: pull.baseSha };
  const head = (await repository.refs.get(`refs/heads/${pull.headRef}`)) ?? pull.headSha;
  const base = (await repository.refs.get(`refs/heads/${pull.baseRef}`)) ?? pull.baseSha;
  return { head, base };
}

/** A read of the mergeability by a client: the first ones after a change may be answered "unknown". */
export async function readMergeability(repository: Repository, pull: Pull): Promise<Mergeability> {
  if (pull.unknownReads > 0) {
    pull.unknownReads--;
    return NOT_KNOWN;
  }
  return mergeability(repository, pull);
}

/** Can the pull request be merged, and if not, why not. */
export async function mergeability(repository: Repository, pull: Pull): Promise<Mergeability> {
  if (pull.state === 'closed') return NOT_KNOWN;
  const { head, base } = await pullEnds(repository, pull);
  if ((await repository.refs.mergedTree(base, head)) === undefined) {
    return { state: 'DIRTY', mergeable: false, reasons: ['Pull Request has merge conflicts'] };
  }
  if (pull.draft) return { state: 'DRAFT', mergeable: true, reasons: ['Pull Request is still a draft'] };
  const protection = repository.protections.get(pull.baseRef);
  const checks = repository.checks.get(head) ?? new Map<string, string>();
  const missing = (protection?.checks ?? []).filter((context) => checks.get(context) !== 'success');
  const reasons: string[] = [];
  const approvals = protection?.approvals ?? 0;
  if (pull.approvals < approvals) reasons.push(missingApprovals(approvals));
  if (missing.length > 0) reasons.push(missingChecks(missing));
  if (reasons.length > 0) return { state: 'BLOCKED', mergeable: true, reasons };
  if (protection?.strict === true && !(await repository.refs.contains(head, base))) {
    return { state: 'BEHIND', mergeable: true, reasons: ['Head branch is out of date with the base branch'] };
  }
  const unstable = [...checks.values()].some((state) => state !== 'success');
  const clean = repository.settings.preReceiveHooks ? 'HAS_HOOKS' : 'CLEAN';
  return { state: unstable ? 'UNSTABLE' : clean, mergeable: true, reasons: [] };
}

/** Nothing that is demanded is missing. */
export function canBeMerged({ state }: Mergeability): boolean {
  return state === 'CLEAN' || state === 'UNSTABLE' || state === 'HAS_HOOKS';
}
