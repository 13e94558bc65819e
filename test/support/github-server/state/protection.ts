import type { Actor } from './tokens.js';

/** What a branch demands of a change. */
export interface BranchProtection {
  /** Classic protection is not told by `rules/branches`; a ruleset is. */
  readonly kind: 'classic' | 'ruleset';
  /** A change must come by pull request, with so many approvals. */
  readonly approvals?: number;
  /** Contexts that must have succeeded on the head of a pull request. */
  readonly checks?: readonly string[];
  /** The pull request's branch must contain the newest base. */
  readonly strict?: boolean;
  /** Commits must be verified. */
  readonly signatures?: boolean;
  /** Logins to whom none of it applies. */
  readonly bypass?: readonly string[];
}

const plural = (count: number, one: string, many: string): string => (count === 1 ? one : many);

export function missingApprovals(approvals: number): string {
  return `At least ${approvals} approving ${plural(approvals, 'review is', 'reviews are')} required by reviewers with write access.`;
}

export function missingChecks(checks: readonly string[]): string {
  return checks.length === 1
    ? `Required status check "${checks[0] ?? ''}" is expected.`
    : `${checks.length} of ${checks.length} required status checks are expected.`;
}

/** Why a commit may not be put on the branch directly, one sentence a reason; empty when it may. */
export function directRefusals(
  protection: BranchProtection | undefined,
  actor: Actor,
  change: { readonly verified: boolean },
): string[] {
  if (protection === undefined || (protection.bypass ?? []).includes(actor.login)) return [];
  const reasons: string[] = [];
  if (protection.approvals !== undefined) {
    const viaPullRequest = protection.kind === 'ruleset' || protection.approvals === 0;
    reasons.push(
      viaPullRequest ? 'Changes must be made through a pull request.' : missingApprovals(protection.approvals),
    );
  }
  if (protection.checks !== undefined && protection.checks.length > 0) reasons.push(missingChecks(protection.checks));
  if (protection.signatures === true && !change.verified) reasons.push('Commits must have verified signatures.');
  return reasons;
}

/** The message of a 422 of REST. */
export function restRefusal({ kind }: BranchProtection, reasons: readonly string[]): string {
  return kind === 'ruleset' ? `Repository rule violations found\n\n${reasons.join('\n\n')}\n\n` : reasons.join(' ');
}

/** The message of a GraphQL error. */
export function graphqlRefusal({ kind }: BranchProtection, branch: string, reasons: readonly string[]): string {
  return kind === 'ruleset'
    ? `Repository rule violations found\n\n${reasons.join('\n\n')}\n\n`
    : `protected branch '${branch}' check failed:\n  ${reasons.join('\n  ')}`;
}

/** What `git push` shows behind "remote:". */
export function gitRefusal({ kind }: BranchProtection, branch: string, reasons: readonly string[]): string {
  return kind === 'ruleset'
    ? `error: GH013: Repository rule violations found for refs/heads/${branch}.\n\n${reasons.map((reason) => `- ${reason}`).join('\n')}\n`
    : `error: GH006: Protected branch update failed for refs/heads/${branch}.\nerror: ${reasons.join('\nerror: ')}`;
}

/** The answer of `GET rules/branches/{branch}`: what rulesets demand, in GitHub's form. */
export function branchRules(protection: BranchProtection | undefined, repository: string): Record<string, unknown>[] {
  if (protection?.kind !== 'ruleset') return [];
  const source = { ruleset_source_type: 'Repository', ruleset_source: repository, ruleset_id: 1 };
  const rules: Record<string, unknown>[] = [];
  if (protection.approvals !== undefined) {
    rules.push({
      type: 'pull_request',
      parameters: {
        required_approving_review_count: protection.approvals,
        dismiss_stale_reviews_on_push: false,
        require_code_owner_review: false,
        require_last_push_approval: false,
        required_review_thread_resolution: false,
        allowed_merge_methods: ['merge', 'squash', 'rebase'],
      },
      ...source,
    });
  }
  if (protection.checks !== undefined) {
    rules.push({
      type: 'required_status_checks',
      parameters: {
        strict_required_status_checks_policy: protection.strict === true,
        required_status_checks: protection.checks.map((context) => ({ context })),
      },
      ...source,
    });
  }
  if (protection.signatures === true) rules.push({ type: 'required_signatures', ...source });
  return rules;
}
