import { createHash, randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Outcome } from '../../core/action.js';
import { TRAILER, trailersOf } from '../../core/commit-message.js';
import { HelmCdError, messageOf } from '../../core/errors.js';
import { formatImageReference } from '../../core/image-reference.js';
import type { RunContext, Services } from '../../core/ports.js';
import type { BranchHead, RepositoryBranch } from '../../core/repository-branch.js';
import { openGitBranch } from '../../git/git-branch.js';
import { gitEnvironment } from '../../git/git-environment.js';
import { parseGitRemote, type GitRemote } from '../../git/git-url.js';
import { sendRepositoryDispatch } from '../../github/repository-dispatch.js';
import { bump, type BumpResult } from './attempt.js';
import type { BumpInputs } from './inputs.js';
import { resolveRequest, type ResolvedRequest } from './scopes.js';
import { diffOf, planLines, renderSummary, statusLines, type BumpReport } from './summary.js';

/** An output holds at most 1 MiB; the result file has the whole. */
const DIFF_OUTPUT_LIMIT = 500_000;

function remoteOf(inputs: BumpInputs, context: RunContext): GitRemote {
  const text = inputs.repository || context.repository;
  if (text !== '') return parseGitRemote(text, inputs.serverUrl || context.serverUrl);
  throw new HelmCdError('input', 'Input "repository" is empty, and outside GitHub there is no current one.', {
    hint: 'Give owner/name or a git URL.',
  });
}

/** Opens branches of one repository; each gets a clone of its own. */
function branchOpener(inputs: BumpInputs, remote: GitRemote, services: Services): (branch: string) => RepositoryBranch {
  const { context, processes, clock } = services;
  const serverUrl = inputs.serverUrl || context.serverUrl;
  const env = gitEnvironment(remote, inputs.token, serverUrl, services.environment, services.masks);
  const actor = context.actor;
  const bot = 'helm-cd[bot]';
  const host = URL.canParse(serverUrl) ? new URL(serverUrl).hostname || 'localhost' : 'localhost';
  const identity = { name: actor || bot, email: `${actor || bot}@users.noreply.${host}` };
  let count = 0;
  return (branch) => {
    const folder = path.join(services.temp, `repository-${count++}.git`);
    return openGitBranch({ url: remote.url, branch, folder, env, identity, processes, clock });
  };
}

/**
 * The branch to bump: the one that was asked for, else the environment's, which the default branch's helm-cd.yaml tells,
 * else the default branch.
 */
async function chooseBranch(inputs: BumpInputs, open: (branch: string) => RepositoryBranch): Promise<RepositoryBranch> {
  const first = open(inputs.branch);
  if (inputs.branch !== '' || inputs.environment === '') return first;
  const head = await first.head();
  const { environment } = await resolveRequest(inputs, head);
  const wanted = environment?.branch;
  return wanted === undefined || wanted === head.branch ? first : open(wanted);
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

/** A commit that deserves an event, and the charts' versions in it. */
interface Announced {
  readonly commit: string;
  readonly charts: Readonly<Record<string, string>>;
}

/** The new commit, or that of an earlier, interrupted try of this very run. */
async function toAnnounce(done: BumpResult, key: string): Promise<Announced | undefined> {
  if (done.result === 'bumped') {
    return { commit: done.commit, charts: Object.fromEntries(done.plan.charts.map(({ name, to }) => [name, to])) };
  }
  if (done.result !== 'unchanged') return undefined;
  const earlier = (await done.head.commits()).find(({ message }) =>
    trailersOf(message, TRAILER.id).some((id) => id.startsWith(`${key}.`)),
  );
  if (earlier === undefined) return undefined;
  const versions = trailersOf(earlier.message, TRAILER.chartVersion).map((text) => text.split(' '));
  return { commit: earlier.oid, charts: Object.fromEntries(versions.map(([name = '', to = '']) => [name, to])) };
}

async function announce(
  inputs: BumpInputs,
  remote: GitRemote,
  done: BumpResult,
  { commit, charts }: Announced,
  services: Services,
): Promise<void> {
  if (remote.github === undefined) return;
  const { context } = services;
  const github = services.github({
    token: inputs.token,
    apiUrl: inputs.apiUrl || context.apiUrl,
    graphqlUrl: context.graphqlUrl,
  });
  await sendRepositoryDispatch(github, services.clock, {
    ...remote.github,
    eventType: inputs.dispatch,
    payload: {
      bump: {
        images: inputs.images.map(formatImageReference),
        charts,
        branch: done.head.branch,
        commit,
        environment: done.environment,
        run: context.runUrl,
      },
    },
  });
}

function outcomeOf(report: BumpReport, failure: string | undefined): Outcome {
  const { plan, result, commit } = report;
  const versions = Object.fromEntries(plan.charts.map(({ name, to }) => [name, to]));
  const diff = diffOf(plan);
  return {
    result,
    ok: failure === undefined,
    ...(failure === undefined ? {} : { failure }),
    outputs: {
      changed: String(result === 'bumped'),
      'commit-sha': commit,
      branch: report.branch,
      'pull-request-number': '',
      'pull-request-url': '',
      'chart-versions': JSON.stringify(versions),
      diff: diff.length > DIFF_OUTPUT_LIMIT ? `${diff.slice(0, DIFF_OUTPUT_LIMIT)}\n… cut` : diff,
      attempts: String(report.attempts),
    },
    summary: renderSummary(report),
    document: {
      repository: report.repository,
      branch: report.branch,
      environment: report.environment,
      commit,
      attempts: report.attempts,
      dispatched: report.dispatched,
      changes: plan.changes,
      upToDate: plan.upToDate,
      refused: plan.refused,
      charts: plan.charts.map(({ name, folder, from, to, level }) => ({ name, folder, from, to, level })),
      followed: plan.followed.map(({ chart, file, place, pointer, from, to }) => ({
        chart,
        file,
        place,
        pointer,
        from,
        to,
      })),
      notes: plan.notes,
      diff,
    },
  };
}

/**
 * Writes the new versions of images, and the charts' next versions, into the chart's repository: one commit, made from the
 * branch's newest commit and put onto exactly that one.
 */
export async function run(inputs: BumpInputs, services: Services): Promise<Outcome> {
  const { log, context } = services;
  const remote = remoteOf(inputs, context);
  if (inputs.dispatch !== '' && remote.github === undefined) {
    throw new HelmCdError(
      'input',
      `Input "dispatch" needs a GitHub repository, and "${inputs.repository}" is a git URL.`,
      {
        hint: 'Give repository as owner/name, or leave dispatch out.',
      },
    );
  }
  const key = bumpKey(inputs, context);
  const branch = await chooseBranch(inputs, branchOpener(inputs, remote, services));
  const done = await bump({
    branch,
    resolve: (head: BranchHead): Promise<ResolvedRequest> => resolveRequest(inputs, head),
    origin: {
      repository: context.repository,
      commit: context.sha,
      run: context.runUrl,
      runNumber: context.runNumber,
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
  });
  if (done.result === 'unchanged') {
    log.info(`Nothing to do on ${done.head.branch} at ${done.head.oid.slice(0, 12)}:`);
    for (const line of statusLines(done.plan)) log.info(`  ${line}`);
  }
  if (done.result === 'bumped') log.info(`Committed ${done.commit.slice(0, 12)} to ${done.head.branch}.`);

  const announced = inputs.dispatch === '' ? undefined : await toAnnounce(done, key);
  let failure: string | undefined;
  if (announced !== undefined) {
    try {
      await announce(inputs, remote, done, announced, services);
      log.info(`Sent the repository_dispatch "${inputs.dispatch}".`);
    } catch (error) {
      if (error instanceof HelmCdError && error.code === 'cancelled') throw error;
      const hint = error instanceof HelmCdError && error.hint !== undefined ? ` ${error.hint}` : '';
      const made = announced.commit.slice(0, 12);
      failure = `The commit ${made} is made. ${messageOf(error)}${hint} Run the job again to send the event.`;
    }
  }
  const commit = done.commit || (announced?.commit ?? '');
  const { owner, name } = remote.github ?? { owner: '', name: '' };
  const page = `${inputs.serverUrl || context.serverUrl}/${owner}/${name}/commit/${commit}`;
  const report: BumpReport = {
    result: done.result,
    repository: remote.github === undefined ? remote.url : `${owner}/${name}`,
    branch: done.head.branch,
    environment: done.environment,
    commit,
    commitUrl: commit !== '' && owner !== '' ? page : '',
    plan: done.plan,
    attempts: done.attempts,
    dispatched: announced !== undefined && failure === undefined ? inputs.dispatch : '',
  };
  return outcomeOf(report, failure);
}
