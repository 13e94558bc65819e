import { createHash, randomUUID } from 'node:crypto';
import type { Annotation, Outcome } from '../../core/action.js';
import { HelmCdError } from '../../core/errors.js';
import { formatImageReference } from '../../core/image-reference.js';
import type { RunContext, Services } from '../../core/ports.js';
import type { BranchHead, RepositoryBranch } from '../../core/repository-branch.js';
import { announce } from './announce.js';
import { bump, type BumpAttempts, type BumpResult } from './attempt.js';
import type { ChartRepository } from './connect.js';
import { planGuards } from './guards.js';
import type { BumpInputs } from './inputs.js';
import { planAt } from './plan.js';
import type * as Rarely from './rarely.js';
import { outcomeOf } from './report.js';
import { resolveRequest } from './scopes.js';
import { isProposed, strategyFor } from './strategy.js';
import { planLines, statusLines } from './summary.js';
import { verifiedLine } from './verified-image.js';
import { isWorkflowToken, newerBuildWarnings, renderedAnnotations } from './warnings.js';

/**
 * The branch to bump: the one that was asked for, else the environment's, which the default branch's helm-cd.yaml tells,
 * else the default branch.
 */
async function chooseBranch(inputs: BumpInputs, repository: ChartRepository): Promise<RepositoryBranch> {
  const first = repository.open(inputs.branch);
  if (inputs.branch !== '' || inputs.environment === '') return first;
  const head = await first.head();
  const { environment } = await resolveRequest(inputs, head);
  const wanted = environment?.branch;
  return wanted === undefined || wanted === head.branch ? first : repository.open(wanted);
}

/** The same for every run of a job that bumps the same, other than any other's; without a run, new each time. */
function bumpKey(inputs: BumpInputs, context: RunContext): string {
  if (context.runId === '') return randomUUID().replaceAll('-', '');
  const images = inputs.images.map(formatImageReference).sort();
  const targets = inputs.targets.map(({ text }) => text).sort();
  const parts = [
    context.serverUrl,
    context.repository,
    context.runId,
    images,
    inputs.branch,
    inputs.environment,
    inputs.chart,
    targets,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** What people should know about the commit besides that it is made. */
function warningsOf(done: BumpResult, dispatch: string): readonly Annotation[] {
  if (done.result !== 'bumped') return [];
  const commit = done.commit.slice(0, 12);
  const warnings: Annotation[] = [];
  if (isWorkflowToken(done.head) && dispatch === '') {
    const message =
      `The commit ${commit} is made with the workflow's own GITHUB_TOKEN, so GitHub starts no workflow for it. ` +
      'Give the token of a GitHub App, or name an event with the input dispatch that starts one.';
    warnings.push({ level: 'warning', message });
  }
  if (done.verified === false) {
    const message = `The commit ${commit} is not verified by GitHub: a branch that demands signed commits will not merge it.`;
    warnings.push({ level: 'warning', message });
  }
  return warnings;
}

function logResult({ result, plan, head, commit }: BumpResult, { log }: Services): void {
  if (result === 'unchanged') {
    log.info(`Nothing to do on ${head.branch} at ${head.oid.slice(0, 12)}:`);
    for (const line of statusLines(plan)) log.info(`  ${line}`);
  }
  if (result === 'bumped') log.info(`Committed ${commit.slice(0, 12)} to ${head.branch}.`);
}

/**
 * Writes the new versions of images, and the charts' next versions, into the chart's repository: one commit, made from the
 * branch's newest commit and put onto exactly that one.
 * @param rarely loads what only some bumps do.
 */
export async function run(
  inputs: BumpInputs,
  services: Services,
  repository: ChartRepository,
  rarely: () => Promise<typeof Rarely>,
): Promise<Outcome> {
  const { log, context } = services;
  const { github } = repository;
  if (inputs.dispatch !== '' && github === undefined) {
    throw new HelmCdError(
      'input',
      `Input "dispatch" needs a GitHub repository, and "${inputs.repository}" is a git URL.`,
      { hint: 'Give repository as owner/name, or leave dispatch out.' },
    );
  }
  const key = bumpKey(inputs, context);
  const verified =
    inputs.verify === undefined ? [] : await (await rarely()).verifyImages(inputs.images, inputs.verify, services);
  for (const image of verified) log.info(verifiedLine(image));
  const images = inputs.verify === undefined ? inputs.images : verified.map(({ image }) => image);
  const guards = planGuards(inputs, repository, services, async () => (await rarely()).openStore);
  const branch = await chooseBranch(inputs, repository);
  const options: BumpAttempts = {
    branch,
    plan: (head) => planAt(head, (commit: BranchHead) => resolveRequest({ ...inputs, images }, commit), guards),
    strategy: (planned) => strategyFor(inputs, repository, planned),
    origin: {
      repository: context.repository,
      commit: context.sha,
      run: context.runUrl,
      runNumber: context.runNumber,
      workflow: context.workflow,
      id: `${key}.${randomUUID().slice(0, 8)}`,
    },
    messageTemplate: inputs.commitMessage,
    dryRun: inputs.dryRun,
    retryTimeoutMs: inputs.retryTimeoutMs,
    log,
    clock: services.clock,
    random: Math.random,
    onPlan: (plan, head) => {
      log.info(`${head.branch} at ${head.oid.slice(0, 12)}:`);
      for (const line of planLines(plan)) log.info(`  ${line}`);
    },
  };
  const done = await bump(options);
  if (github !== undefined && isProposed(done, options)) {
    const { propose } = await rarely();
    return propose(
      { inputs: { ...inputs, images }, repository, github, options, guards, key, verified, services },
      done,
    );
  }
  logResult(done, services);
  const rendered =
    done.result === 'planned' ? await (await rarely()).preview(done, inputs.helmVersion, services) : undefined;

  const announced =
    inputs.dispatch === '' || github === undefined
      ? undefined
      : await announce({ ...inputs, images }, github, done, key, services);
  const commit = done.commit || (announced?.commit ?? '');
  return outcomeOf(
    {
      result: done.result === 'proposed' ? 'planned' : done.result,
      repository: repository.label,
      branch: done.head.branch,
      environment: done.environment,
      commit,
      commitUrl: commit === '' ? '' : repository.commitUrl(commit),
      verified: done.verified,
      plan: done.plan,
      images: verified,
      rendered,
      attempts: done.attempts,
      dispatched: announced?.failure === '' ? inputs.dispatch : '',
    },
    [...newerBuildWarnings(done.plan), ...warningsOf(done, inputs.dispatch), ...renderedAnnotations(rendered)],
    announced?.failure,
  );
}
