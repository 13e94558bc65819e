import { HelmCdError } from './errors.js';
import type { BranchRules } from './repository-branch.js';

/** How a bump gets onto a branch: `auto` decides by what the branch demands. */
export type BumpStrategy = 'auto' | 'direct' | 'pull-request';

export interface StrategyQuestion {
  /** The input `strategy`. */
  readonly input: BumpStrategy;
  /** What helm-cd.yaml says for each chart that the bump changes; empty: nothing. */
  readonly configured: readonly BumpStrategy[];
  /** What the branch's server demands of it, as far as it says so beforehand. */
  readonly rules: BranchRules | undefined;
  /** Whether the repository is one on GitHub that is reached by its API: only there can pull requests be made. */
  readonly pullRequests: boolean;
  /** The repository as people call it, for messages. */
  readonly repository: string;
}

export interface ChosenStrategy {
  readonly by: 'direct' | 'pull-request';
  /** Why, for the log. */
  readonly reason: string;
  /** Whether a commit that the branch refuses is proposed by a pull request instead. */
  readonly fallBack: boolean;
}

const NOT_THERE =
  'Give the repository as owner/name, with the input server-url when it is on a GitHub Enterprise Server.';

/**
 * Chooses between a commit on the branch and a pull request: the input decides, else helm-cd.yaml (with several charts, one
 * that wants a pull request is enough), else what the branch demands.
 * @throws HelmCdError `input` or `config` when a pull request is wanted where none can be made.
 */
export function chooseStrategy(question: StrategyQuestion): ChosenStrategy {
  const { input, configured, rules, pullRequests, repository } = question;
  if (input === 'direct') return { by: 'direct', reason: 'the input strategy is direct', fallBack: false };
  if (input === 'pull-request') {
    if (pullRequests) return { by: 'pull-request', reason: 'the input strategy is pull-request', fallBack: false };
    throw new HelmCdError(
      'input',
      `Input "strategy" is pull-request, but ${repository} is a git URL: only on GitHub can a pull request be made.`,
      { hint: NOT_THERE },
    );
  }
  if (configured.includes('pull-request')) {
    if (pullRequests) return { by: 'pull-request', reason: 'helm-cd.yaml wants pull requests', fallBack: false };
    throw new HelmCdError(
      'config',
      `helm-cd.yaml wants a pull request, but ${repository} is a git URL: only on GitHub can one be made.`,
      { hint: `${NOT_THERE} Or set the input strategy to direct.` },
    );
  }
  if (configured.length > 0 && configured.every((one) => one === 'direct')) {
    return { by: 'direct', reason: 'helm-cd.yaml wants commits on the branch', fallBack: false };
  }
  if (pullRequests && rules?.pullRequest === true) {
    return { by: 'pull-request', reason: 'a rule of the branch demands pull requests', fallBack: false };
  }
  return { by: 'direct', reason: 'no rule of the branch is against it', fallBack: pullRequests };
}
