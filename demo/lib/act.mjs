// Runs one GitHub Actions workflow on this machine with act, without containers: each step is a process here.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { once } from 'node:events';
import readline from 'node:readline';
import { readActLog } from './act-log.mjs';
import { stopTree } from './process-tree.mjs';

/**
 * @typedef {object} WorkflowRun
 * @property {boolean} ok whether every job succeeded
 * @property {number} seconds
 * @property {import('./act-log.mjs').Step[]} steps
 * @property {string} log file with the readable log
 */

/**
 * @param {object} options
 * @param {string} options.name of this run, for its files; unique
 * @param {string} options.repository `owner/name`, as GitHub would call it
 * @param {string} options.directory a git clone of it, checked out at the commit of the event; the run works on a copy
 * @param {string} options.workflow file name in .github/workflows
 * @param {string} options.event name of the event
 * @param {object} options.payload of the event
 * @param {string} options.ref of the event: refs/heads/…
 * @param {string} options.sha its commit
 * @param {{ serverUrl: string, apiUrl: string, graphqlUrl: string }} options.github
 * @param {Record<string, string>} options.secrets one line each, with GITHUB_TOKEN: without one act would take the developer's own
 * @param {Record<string, string>} [options.variables]
 * @param {Record<string, string>} [options.environment] variables that all steps see
 * @param {Record<string, string>} options.actions `owner/name@ref` to the folder with these actions and workflows
 * @param {number} options.runNumber
 * @param {string} options.bin the toolchain's folder
 * @param {string} options.work folder for what the run needs; the caller removes it
 * @param {string} options.logs folder for its log
 * @param {AbortSignal} [options.signal]
 * @param {number} [options.timeoutMs]
 * @param {(step: import('./act-log.mjs').Step) => void} [options.onStep]
 * @returns {Promise<WorkflowRun>}
 */
export async function runWorkflow(options) {
  const { name, directory, bin, signal, timeoutMs = 300_000, onStep = () => {} } = options;
  const started = performance.now();
  const work = path.join(options.work, name);
  await fs.mkdir(work, { mode: 0o700 });
  const args = await actArguments(options, work);

  const log = path.join(options.logs, `${name}.log`);
  const logStream = createWriteStream(log);
  const reader = readActLog({ onStep, write: (line) => logStream.write(`${line}\n`) });
  const child = spawn(path.join(bin, 'act'), args, {
    cwd: directory,
    env: cleanEnvironment(bin, work),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = [child.stdout, child.stderr].map((stream) =>
    once(readline.createInterface({ input: stream }).on('line', reader.line), 'close'),
  );

  let ended = '';
  const stop = (why) => {
    ended ||= why;
    return stopTree(child.pid);
  };
  const timer = setTimeout(() => stop(`took longer than ${timeoutMs / 1000} s and was ended`), timeoutMs);
  let stopping;
  const onAbort = () => (stopping = stop('was interrupted'));
  signal?.addEventListener('abort', onAbort, { once: true });
  let code;
  let steps;
  try {
    [code] = await once(child, 'close');
    await Promise.all(lines);
    await stopping;
    steps = reader.end();
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    logStream.end(ended && `the run ${ended}\n`);
    await once(logStream, 'close');
  }
  if (signal?.aborted) throw signal.reason;
  return { ok: code === 0, seconds: (performance.now() - started) / 1000, steps, log };
}

async function actArguments(options, work) {
  const {
    repository,
    workflow,
    event,
    payload,
    ref,
    sha,
    github,
    secrets,
    variables = {},
    actions,
    runNumber,
  } = options;
  const eventFile = path.join(work, 'event.json');
  const secretFile = path.join(work, 'secrets');
  await fs.writeFile(eventFile, JSON.stringify(payload));
  // In a file, for arguments can be read by everybody.
  const secretLines = Object.entries(secrets).map(([key, value]) => `${key}="${value}"`);
  const environment = {
    GITHUB_REPOSITORY: repository,
    GITHUB_RUN_ID: runNumber,
    GITHUB_RUN_NUMBER: runNumber,
    GITHUB_REF: ref,
    SHA_REF: sha, // what act calls GITHUB_SHA
    GITHUB_SERVER_URL: github.serverUrl,
    GITHUB_API_URL: github.apiUrl,
    GITHUB_GRAPHQL_URL: github.graphqlUrl,
    ...options.environment,
  };
  await fs.writeFile(secretFile, secretLines.join('\n'), { mode: 0o600 });
  return [
    event,
    '--workflows',
    path.join('.github', 'workflows', workflow),
    '--platform=ubuntu-latest=-self-hosted',
    '--eventpath',
    eventFile,
    '--secret-file',
    secretFile,
    '--no-cache-server',
    '--no-skip-checkout',
    '--json',
    ...Object.entries(variables).flatMap(([key, value]) => ['--var', `${key}=${value}`]),
    ...Object.entries(actions).flatMap(([reference, folder]) => ['--local-repository', `${reference}=${folder}`]),
    ...Object.entries(environment).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
  ];
}

/** act hands its whole environment on to the steps: nothing of the user's may be in it. */
function cleanEnvironment(bin, work) {
  return {
    PATH: [bin, path.dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(path.delimiter),
    HOME: work,
    XDG_CACHE_HOME: work,
    LANG: 'C.UTF-8',
    ACT_DISABLE_VERSION_CHECK: '1',
  };
}
