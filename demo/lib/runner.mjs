// GitHub Actions, as far as the shipped workflows need it: events start the workflows of a repository, each run has a GITHUB_TOKEN with the
// permissions of its workflow, concurrency groups keep one that waits, and jobs wait for the reviewers of their environment. act runs them.
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import fs from 'node:fs/promises';
import path from 'node:path';
import { runWorkflow } from './act.mjs';
import { createGates } from './gates.mjs';
import { cloneAt, git } from './git.mjs';
import { concurrencyOf, permissionsOf, readWorkflow, startedBy } from './triggers.mjs';

/**
 * @typedef {object} Run
 * @property {number} id
 * @property {string} repository owner/name
 * @property {string} workflow file name
 * @property {import('./triggers.mjs').Event} event
 * @property {'queued' | 'in_progress' | 'completed'} status
 * @property {'success' | 'failure' | 'cancelled' | undefined} conclusion
 * @property {import('./act-log.mjs').Step[]} steps that have ended
 * @property {string} log file
 * @property {number} seconds that it ran
 * @property {Promise<void>} ended
 *
 * @typedef {object} Repository
 * @property {string} bare folder of the bare repository
 * @property {string} defaultBranch
 * @property {Record<string, string>} secrets
 * @property {Record<string, string>} variables
 * @property {Record<string, string>} [environment] of its runner
 * @property {string} [bin] another folder of tools
 *
 * @typedef {object} Listener
 * @property {(run: Run) => void} [onRun] a run begins
 * @property {(step: import('./act-log.mjs').Step, run: Run) => void} [onStep] a step has ended
 */

/**
 * @param {object} options
 * @param {Awaited<ReturnType<typeof import('../../test/support/github-server/process.mjs').startGitHubServerProcess>>} options.github
 * @param {Record<string, Repository>} options.repositories by owner/name
 * @param {string[]} options.protectedEnvironments those with reviewers
 * @param {Record<string, string>} options.released for runWorkflow
 * @param {string} options.bin the toolchain's folder
 * @param {string} options.work folder for what runs need; the caller removes it
 * @param {string} options.output folder of logs and summaries
 * @param {AbortSignal} options.signal
 * @param {Listener} [options.listener]
 */
export async function createRunner(options) {
  const { github, repositories, protectedEnvironments, released, bin, work, output, listener = {} } = options;
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  // Every run listens.
  setMaxListeners(0, signal);
  /** @type {Run[]} */
  const runs = [];
  /** What waits or runs in a concurrency group. */
  const groups = new Map();
  const watchers = new Set();
  /** What goes on. */
  const performing = new Set();
  const gates = await createGates(path.join(work, 'gates'), protectedEnvironments, signal);
  let failure;

  const changed = () => watchers.forEach((watcher) => watcher());

  async function workflowsAt(bare, sha) {
    const list = await git(bare, 'ls-tree', '--name-only', sha, '.github/workflows/');
    const files = list.split('\n').filter(Boolean);
    return Promise.all(
      files.map(async (file) => readWorkflow(path.basename(file), await git(bare, 'show', `${sha}:${file}`))),
    );
  }

  async function tell(run, headBranch) {
    const [owner, name] = run.repository.split('/');
    const { id, workflow, event, status, conclusion = null } = run;
    const seen = {
      id,
      name: workflow,
      event: event.name,
      headBranch,
      headSha: event.sha,
      runNumber: id,
      status,
      conclusion,
    };
    await github.setRun({ owner, name, run: seen });
  }

  async function execute(run, workflow) {
    const { repository, event } = run;
    const { bare, secrets, variables, environment = {}, bin: ownBin = bin } = repositories[repository];
    const directory = path.join(work, `clone-${run.id}`);
    const token = `ghs_${randomBytes(18).toString('hex')}`;
    await github.addToken({
      token,
      kind: 'workflow',
      permissions: permissionsOf(workflow),
      repositories: [repository],
    });
    await cloneAt(bare, event.sha, directory);
    listener.onRun?.(run);
    const result = await runWorkflow({
      name: path.basename(run.log, '.log'),
      repository,
      workflow: run.workflow,
      event: event.name,
      payload: event.payload,
      directory,
      runNumber: run.id,
      ref: event.ref,
      sha: event.sha,
      github,
      secrets: { ...secrets, GITHUB_TOKEN: token },
      variables,
      environment: { ...environment, ...gates.environment },
      actions: released,
      bin: ownBin,
      work,
      logs: path.join(output, 'logs'),
      signal,
      onStep(step) {
        run.steps.push(step);
        listener.onStep?.(step, run);
        changed();
      },
    });
    run.seconds = result.seconds;
    run.steps = result.steps;
    for (const { job, id, summary } of result.steps) {
      const file = `${path.basename(run.log, '.log')}-${job}-${id}.md`;
      if (summary) await fs.writeFile(path.join(output, 'summaries', file), summary);
    }
    return result.ok ? 'success' : 'failure';
  }

  function begin(run, workflow, group) {
    const work = perform(run, workflow, group).finally(() => performing.delete(work));
    performing.add(work);
  }

  async function perform(run, workflow, group) {
    run.status = 'in_progress';
    changed();
    const branch = run.event.ref.replace(/^refs\/(heads|tags)\//, '');
    try {
      await tell(run, branch);
      run.conclusion = await execute(run, workflow);
    } catch (error) {
      run.conclusion = 'failure';
      failure ??= error;
    }
    run.status = 'completed';
    await tell(run, branch).catch((error) => (failure ??= error));
    run.end();
    const next = group?.waiting;
    if (group) Object.assign(group, { running: next?.run, waiting: undefined });
    changed();
    if (next && !signal.aborted) begin(next.run, next.workflow, group);
  }

  function enqueue(repository, workflow, event) {
    const id = runs.length + 1;
    let end;
    const ended = new Promise((resolve) => (end = resolve));
    const log = path.join(
      output,
      'logs',
      `${String(id).padStart(2, '0')}-${workflow.file.replace(/\.ya?ml$/, '')}.log`,
    );
    const run = {
      id,
      repository,
      workflow: workflow.file,
      event,
      status: 'queued',
      steps: [],
      log,
      seconds: 0,
      ended,
      end,
    };
    runs.push(run);
    const concurrency = concurrencyOf(workflow, event, id);
    if (concurrency === undefined) return begin(run, workflow);
    const key = `${repository} ${concurrency.group}`;
    if (!groups.has(key)) groups.set(key, {});
    const group = groups.get(key);
    if (group.running === undefined) {
      group.running = run;
      return begin(run, workflow, group);
    }
    if (concurrency.cancel) throw new Error(`${workflow.file}: cancel-in-progress is not understood here`);
    // GitHub keeps one that waits, the newest.
    const older = group.waiting?.run;
    if (older) {
      Object.assign(older, { status: 'completed', conclusion: 'cancelled' });
      older.end();
    }
    group.waiting = { run, workflow };
    changed();
  }

  async function start(repository, event, only = () => true) {
    const { bare, defaultBranch } = repositories[repository];
    const full = {
      ref: `refs/heads/${defaultBranch}`,
      ...event,
      sha: event.sha ?? (await git(bare, 'rev-parse', defaultBranch)),
      payload: { ...event.payload, repository: { full_name: repository, default_branch: defaultBranch } },
    };
    const found = (await workflowsAt(bare, full.sha)).filter((workflow) => startedBy(workflow, full) && only(workflow));
    for (const workflow of found) enqueue(repository, workflow, full);
    return found.length;
  }

  /**
   * Waits until `look` finds something.
   * @template T
   * @param {() => T | undefined | false} look
   * @param {string} what
   * @returns {Promise<T>}
   */
  async function until(look, what, timeoutMs = 240_000) {
    let resolve;
    let reject;
    const promise = new Promise((...functions) => ([resolve, reject] = functions));
    const watcher = () => {
      if (failure) return reject(failure);
      const found = look();
      if (found !== undefined && found !== false) resolve(found);
    };
    const timer = setTimeout(() => reject(new Error(`${what}: waited ${timeoutMs / 1000} s in vain`)), timeoutMs);
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    watchers.add(watcher);
    try {
      watcher();
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      watchers.delete(watcher);
    }
  }

  return {
    runs,

    /** GitHub tells of something that happened. @param {import('../../test/support/github-server/index.js').Happening} happening */
    receive(happening) {
      const { repository } = happening;
      if (!(repository in repositories) || signal.aborted) return;
      const event =
        happening.kind === 'dispatch'
          ? {
              name: 'repository_dispatch',
              payload: { action: happening.eventType, client_payload: happening.clientPayload },
            }
          : {
              name: 'push',
              ref: happening.ref,
              sha: happening.after,
              payload: { ref: happening.ref, before: happening.before, after: happening.after },
            };
      if (happening.kind === 'push' && (!happening.startsWorkflows || happening.after === undefined)) return;
      start(repository, event).catch((error) => {
        failure ??= error;
        changed();
      });
    },

    /** Somebody presses the button of a workflow. @returns {Promise<Run>} */
    async press(repository, workflow, inputs) {
      const event = { name: 'workflow_dispatch', payload: { inputs } };
      const before = runs.length;
      await start(repository, event, ({ file }) => file === workflow);
      if (runs.length === before) throw new Error(`${repository} has no ${workflow} with workflow_dispatch`);
      return /** @type {Run} */ (runs[before]);
    },

    /**
     * A pull request was opened, or has another commit. GitHub would check out its merge with the base; here, its head.
     * @param {string} repository
     * @param {{ number: number, head: { ref: string, sha: string }, base: { ref: string, sha: string } }} pull
     */
    propose: (repository, pull) =>
      start(repository, {
        name: 'pull_request',
        ref: `refs/pull/${pull.number}/merge`,
        sha: pull.head.sha,
        payload: { action: 'opened', number: pull.number, pull_request: pull },
      }),

    /** The clock strikes. */
    tick: (repository) => start(repository, { name: 'schedule', payload: {} }),

    until,

    /**
     * The first run of a workflow after `since` (a number of runs), when it has ended. Those that GitHub cancelled while they waited
     * do not count.
     * @returns {Promise<Run>}
     */
    ended(workflow, since, timeoutMs) {
      const find = () =>
        runs
          .slice(since)
          .find((run) => run.workflow === workflow && run.status === 'completed' && run.conclusion !== 'cancelled');
      return until(find, `${workflow} to end`, timeoutMs);
    },

    /** Waits until nothing runs or waits, and nothing has for a moment: what a run's end starts has started by then. */
    async idle(timeoutMs = 240_000) {
      for (let quiet = 0; quiet < 5;) {
        await until(() => runs.every(({ status }) => status === 'completed'), 'all runs to end', timeoutMs);
        const count = runs.length;
        await new Promise((resolve) => setTimeout(resolve, 100));
        quiet = runs.length === count ? quiet + 1 : 0;
      }
    },

    /** Ends what runs, and waits until it has ended. */
    async stop() {
      stopping.abort(new Error('the runner was stopped'));
      while (performing.size > 0) await Promise.all(performing);
    },

    waits: gates.waits,
    approve: gates.approve,
    reject: gates.reject,
  };
}
