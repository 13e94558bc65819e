import type { Annotation, Outcome } from '../../core/action.js';
import { announce } from './announce.js';
import type { BumpAttempts, BumpResult } from './attempt.js';
import type { Services } from '../../core/ports.js';
import type { Repository } from '../../github/repository.js';
import type { ChartRepository } from './connect.js';
import type { BumpInputs } from './inputs.js';
import type { PlannedBump } from './plan.js';
import { preview, renderAndLog } from './preview.js';
import { bumpByPullRequest } from './pull-request.js';
import type { ProposedBump } from './pull-request-types.js';
import { outcomeOf } from './report.js';
import { settlePlan, type PlanGuards } from './settle-plan.js';
import { pullRequestLine, statusLines, type BumpReport } from './summary.js';
import type { VerifiedImage } from './verified-image.js';
import { isWorkflowToken, newerBuildWarnings, renderedAnnotations } from './warnings.js';

/** What a bump by pull request needs of the run. */
export interface Proposal {
  readonly inputs: BumpInputs;
  readonly repository: ChartRepository;
  readonly github: Repository;
  readonly options: BumpAttempts;
  readonly guards: PlanGuards;
  /** The same for every try to make this bump. */
  readonly key: string;
  readonly verified: readonly VerifiedImage[];
  readonly services: Services;
}

function bumpOf(
  { inputs, github, options, guards, key, services }: Proposal,
  first: PlannedBump,
): Promise<ProposedBump> {
  const { clock, log, context } = services;
  return bumpByPullRequest(
    {
      repository: github,
      base: options.branch,
      plan: options.plan,
      settle: (proposed) => (head, resolved) => settlePlan(head, resolved, { ...guards, proposed }),
      ours: guards.ours,
      compare: guards.compare,
      targets: inputs.targets.map(({ text }) => text),
      key,
      origin: options.origin,
      messageTemplate: options.messageTemplate,
      rule: (['major', 'minor', 'patch'] as const).find((rule) => rule === inputs.chartVersion),
      labels: inputs.labels,
      autoMerge: inputs.autoMerge,
      mergeMethod: inputs.mergeMethod,
      serverUrl: inputs.serverUrl || context.serverUrl,
      dryRun: options.dryRun,
      retryTimeoutMs: options.retryTimeoutMs,
      render: (planned) => renderAndLog(planned, inputs.helmVersion, services),
      log,
      clock,
      random: options.random,
      onPlan: options.onPlan,
    },
    first,
  );
}

/** What people should know about the pull request besides that it is there. */
function warningsOf({ warnings, changed, pull, plan, head, result, verified }: ProposedBump): readonly Annotation[] {
  const messages = [...warnings];
  if (result === 'pull-request' && changed && isWorkflowToken(head)) {
    messages.push(
      `#${pull?.number ?? ''} is made with the workflow's own GITHUB_TOKEN, so GitHub starts no workflow for it, and its checks do not run. Give the token of a GitHub App.`,
    );
  }
  if (verified === false) messages.push(`The commit of #${pull?.number ?? ''} is not verified by GitHub.`);
  return [...newerBuildWarnings(plan), ...messages.map((message): Annotation => ({ level: 'warning', message }))];
}

/**
 * Bumps by pull request and says what was done.
 * @param first what was planned for the branch, and not put onto it.
 * @throws HelmCdError as `bumpByPullRequest` does.
 */
export async function propose(proposal: Proposal, first: BumpResult): Promise<Outcome> {
  const { inputs, repository, github, key, verified, services } = proposal;
  const { log } = services;
  const { by, reason } = proposal.options.strategy(first);
  if (by === 'pull-request') log.info(`By pull request: ${reason}.`);
  const done = await bumpOf(proposal, first);
  const environment = done.resolved.environment?.name ?? '';
  const { head, plan, result } = done;
  const rendered = result === 'planned' ? await preview(done, inputs.helmVersion, services) : done.rendered;
  if (result === 'unchanged') {
    log.info(`Nothing to do on ${head.branch} at ${head.oid.slice(0, 12)}:`);
    for (const line of statusLines(plan)) log.info(`  ${line}`);
  }
  // An open pull request is no commit on the branch yet: the event is for what is.
  const landed: BumpResult | undefined =
    done.mergeCommit !== ''
      ? { ...done, result: 'bumped', environment, commit: done.mergeCommit }
      : result === 'unchanged'
        ? { ...done, result, environment }
        : undefined;
  const announced =
    inputs.dispatch === '' || landed === undefined ? undefined : await announce(inputs, github, landed, key, services);
  if (inputs.dispatch !== '' && result === 'pull-request' && landed === undefined) {
    log.info(`The event "${inputs.dispatch}" is not sent: the pull request is not merged yet.`);
  }
  const { pull, commit } = done;
  const report: BumpReport = {
    result,
    repository: repository.label,
    branch: done.branch || head.branch,
    environment,
    commit,
    commitUrl: commit === '' ? '' : repository.commitUrl(commit),
    verified: done.verified,
    plan,
    images: verified,
    rendered,
    attempts: first.attempts + done.attempts - 1,
    dispatched: announced?.failure === '' ? inputs.dispatch : '',
    pull: {
      number: pull === undefined ? '' : String(pull.number),
      url: pull?.url ?? '',
      done: done.done,
      changed: done.changed,
      waiting: done.waiting,
      mergeCommit: done.mergeCommit,
    },
  };
  if (result === 'planned') log.info(`Pull request: ${pullRequestLine(report)}.`);
  return outcomeOf(report, [...warningsOf(done), ...renderedAnnotations(rendered)], announced?.failure);
}
