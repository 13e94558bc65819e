import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Action, Outcome } from '../core/action.js';
import { HelmCdError, formatPlace, messageOf } from '../core/errors.js';
import { code, codeBlock, escapeMarkdown } from '../core/markdown.js';
import type { GitHubClient, Log, Processes, Services, Tools, Web } from '../core/ports.js';
import { createClock } from './clock.js';
import { readContext } from './context.js';
import { createInputReader } from './inputs.js';
import { createLog } from './log.js';
import { createMasks } from './masks.js';
import { packageRoot } from './package-root.js';
import { createProcesses } from './processes.js';
import { createReportFolder, writeReport } from './report.js';
import { createSingleActions, STEP_VARIABLE } from './single-actions.js';
import type * as RunnerTools from './tools.js';
import * as runner from './workflow-commands.js';

type Environment = NodeJS.ProcessEnv;

function defined(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function resolveWorkingDirectory(input: string, workspace: string): string {
  const folder = path.resolve(workspace, input);
  try {
    return realpathSync(folder);
  } catch (cause) {
    throw new HelmCdError('input', `Input "working-directory" names no folder: "${input || workspace}"`, { cause });
  }
}

/**
 * A file relative to the workspace, as annotations want it. Names that are not of a file in the workspace stay: those of
 * another repository's files.
 */
function inWorkspace(file: string, workingDirectory: string, workspace: string): string {
  const absolute = path.resolve(workingDirectory, file);
  const root = existsSync(workspace) ? realpathSync(workspace) : workspace;
  const relative = path.relative(root, absolute);
  return relative === '' || relative.startsWith('..') || !existsSync(absolute) ? file : relative;
}

/** The programs; what finds and installs them is only run by those who want one. */
function laterTools(processes: Processes, log: Log): Tools {
  const load = async () => {
    // Left alone by the bundler: in dist/ it is the file beside this one.
    const { createTools }: typeof RunnerTools = await import(/* webpackIgnore: true */ './tools.js');
    return createTools(processes, log);
  };
  return { helm: async (wanted) => (await load()).helm(wanted), kubectl: async () => (await load()).kubectl() };
}

/** Clients of GitHub's API; what makes requests, and Node's own HTTP client, are only run by those who make one. */
function laterGitHub(cancelled: AbortSignal, environment: Environment): Services['github'] {
  const load = async () => {
    // In the same bundle, that is what `eager` says to the bundler.
    const { createGitHub } = await import(/* webpackMode: "eager" */ './github.js');
    return createGitHub(cancelled, environment);
  };
  return (access) => {
    let client: Promise<GitHubClient> | undefined;
    const ready = () => (client ??= load().then((create) => create(access)));
    return {
      request: async (...asked) => (await ready()).request(...asked),
      graphql: async (...asked) => (await ready()).graphql(...asked),
    };
  };
}

/** Talking to web servers: only run by those who do. */
function laterWeb(cancelled: AbortSignal): Web {
  const load = async () => {
    // In the same bundle, that is what `eager` says to the bundler.
    const { createWeb } = await import(/* webpackMode: "eager" */ './web.js');
    return createWeb(cancelled);
  };
  return {
    get: async (...asked) => (await load()).get(...asked),
    send: async (...asked) => (await load()).send(...asked),
  };
}

/** What went wrong, and then what to do: sentences, or paragraphs when the message has several lines. */
function withHint({ message, hint }: HelmCdError): string {
  if (hint === undefined) return message;
  if (message.includes('\n')) return `${message}\n${hint}`;
  return `${message}${/[.!?:…]$/.test(message) ? '' : '.'} ${hint}`;
}

function failureSummary(action: string, error: unknown): string {
  if (!(error instanceof HelmCdError)) return `### ❌ ${action} failed\n\n${codeBlock(messageOf(error))}`;
  const place = error.place === undefined ? '' : `\n\n${code(formatPlace(error.place))}`;
  const hint = error.hint === undefined ? '' : `\n\n${escapeMarkdown(error.hint)}`;
  return `### ❌ ${action} failed\n\n${codeBlock(error.message)}${place}${hint}`;
}

function errorDocument(error: unknown): Record<string, unknown> {
  if (!(error instanceof HelmCdError)) return { code: 'internal', message: messageOf(error) };
  return { code: error.code, message: error.message, hint: error.hint, place: error.place };
}

/**
 * Runs one action from the environment that its action.yml sets up: reads the inputs, does the work, writes outputs,
 * summary, result file and annotations, and removes what was temporary.
 * @returns the exit code of the step.
 */
export async function runAction<Inputs>(action: Action<Inputs>, environment: Environment): Promise<number> {
  const cancel = new AbortController();
  const onSignal = () => cancel.abort();
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // A step of another action of ours: when that one is gone, nobody can tell us to end.
  const isStep = environment[STEP_VARIABLE] !== undefined;
  if (isStep) process.stdin.on('end', onSignal).on('error', onSignal).resume().unref();

  const masks = createMasks();
  const workspace = environment['GITHUB_WORKSPACE'] || process.cwd();
  // Until it is known: for an error about working-directory itself, which has no place.
  let workingDirectory = workspace;
  const log = createLog(action.name, masks, (file) => inWorkspace(file, workingDirectory, workspace));
  const runnerTemp = environment['RUNNER_TEMP'];
  const temp = mkdtempSync(path.join(environment[STEP_VARIABLE] || runnerTemp || os.tmpdir(), 'helm-cd-'));
  // Set before anything secret is written: the clean-up step of action.yml removes the folder should we be killed.
  runner.setOutput('temporary-directory', temp);
  const reports = createReportFolder(action.name, runnerTemp);

  const finish = (outcome: Pick<Outcome, 'summary' | 'document'>, result: string) => {
    const document = { action: action.name, result, ...outcome.document };
    const files = writeReport(reports, outcome.summary, document, masks, environment['GITHUB_STEP_SUMMARY']);
    runner.setOutput('result', result);
    runner.setOutput('summary-file', files.summaryFile);
    runner.setOutput('result-file', files.resultFile);
  };

  try {
    const reader = createInputReader(masks);
    workingDirectory = resolveWorkingDirectory(reader.string('working-directory'), workspace);
    const inputs = action.readInputs(reader);
    const processes = createProcesses(environment, cancel.signal);
    const outcome = await action.run(inputs, {
      log,
      processes,
      tools: laterTools(processes, log),
      github: laterGitHub(cancel.signal, environment),
      web: laterWeb(cancel.signal),
      actions: createSingleActions({ environment: defined(environment), processes, temp, workingDirectory }),
      clock: createClock(cancel.signal),
      masks,
      context: readContext(environment),
      temp,
      reports,
      workingDirectory,
      packageRoot: packageRoot(),
      cancelled: cancel.signal,
      environment: defined(environment),
    });
    for (const annotation of outcome.annotations ?? []) {
      if (annotation.level === 'notice') runner.notice(masks.redact(annotation.message));
      else log[annotation.level](annotation.message, annotation.place);
    }
    for (const [name, value] of Object.entries(outcome.outputs)) runner.setOutput(name, masks.redact(value));
    finish(outcome, outcome.result);
    if (outcome.ok) return 0;
    log.error(outcome.failure ?? `${action.name}: ${outcome.result}`);
    return 1;
  } catch (error) {
    if (error instanceof HelmCdError) {
      log.error(withHint(error), error.place);
      if (error.cause !== undefined) log.debug(`caused by: ${messageOf(error.cause)}`);
    } else {
      log.error(`A defect of helm-cd: ${messageOf(error)}`);
      log.group('Stack trace, for a bug report', error instanceof Error ? (error.stack ?? '') : String(error));
    }
    finish({ summary: failureSummary(action.name, error), document: { error: errorDocument(error) } }, '');
    return 1;
  } finally {
    // Not by promises: nothing else is left to do meanwhile, and each of many steps would wait for its turn.
    rmSync(temp, { recursive: true, force: true });
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
