import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { projectRoot, toolchainBin } from './services.js';
import { annotationsOf, masksOf, parseCommandFile, withoutMasks, type LoggedAnnotation } from './workflow-commands.js';

/**
 * Runs an action the way GitHub's runner does, by its action.yml: real bash, real command files, and nothing in the environment
 * that action.yml does not put there. act is laxer: with it a forgotten `env:` or `outputs:` mapping goes unnoticed.
 */
export interface CompositeOptions {
  /** A folder of the test; everything of this run is put into it. */
  readonly folder: string;
  /** GITHUB_WORKSPACE; default: `workspace` in the folder, made when missing. */
  readonly workspace?: string;
  /** What a workflow writes under `with:`. An empty text is given as such: the default is not used then. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** The job's `env:`, added to the runner's own variables. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Another bundle than the project's dist/; default: the variable HELM_CD_TEST_DIST. */
  readonly dist?: string;
  /** Then everything is killed, and the run rejects; default 2 minutes. */
  readonly timeoutMs?: number;
  /** Called when the step `run` has started, with the process id of its shell. */
  readonly onStart?: (pid: number) => void;
  /** The runner goes away with the step `run`: none of those that follow is run. */
  readonly runnerDies?: boolean;
}

export interface CompositeResult {
  readonly outcome: 'success' | 'failure';
  /** Exit code of the step `run`; nothing when a signal ended it. */
  readonly exitCode: number | undefined;
  /** The outputs that action.yml declares, and only these. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Both streams of all steps as they came, without the `::add-mask::` lines, which no log shows. */
  readonly log: string;
  readonly annotations: readonly LoggedAnnotation[];
  /** The Markdown of all steps' GITHUB_STEP_SUMMARY. */
  readonly summary: string;
  readonly masks: readonly string[];
  readonly runnerTemp: string;
  readonly home: string;
  readonly workspace: string;
}

interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly run?: string;
  readonly uses?: string;
}

interface ActionFile {
  readonly inputs?: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs?: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

/** Written by the runtime for the clean-up step; nobody else's business. */
const INTERNAL_OUTPUTS = ['temporary-directory'];
const TOKEN = 'ghs_TheTokenOfTheTestJob0000000000000000';

type Outputs = Record<string, Record<string, string>>;

/** The text with each expression replaced; only the few forms that action.yml may use are known. */
function evaluate(text: string, inputs: Readonly<Record<string, string>>, steps: Outputs): string {
  return text.replace(/\$\{\{(.*?)\}\}/gs, (whole, expression: string) => {
    const [, input, step, output] =
      /^(?:inputs\.([\w-]+)|steps\.([\w-]+)\.outputs\.([\w-]+)|github\.token)$/.exec(expression.trim()) ?? [];
    if (expression.trim() === 'github.token') return TOKEN;
    if (input !== undefined) {
      const value = inputs[input];
      if (value === undefined) throw new Error(`action.yml uses the input "${input}", which it does not declare`);
      return value;
    }
    if (step !== undefined && output !== undefined) {
      if (steps[step] === undefined)
        throw new Error(`action.yml uses outputs of a step "${step}" that did not run before`);
      return steps[step][output] ?? '';
    }
    throw new Error(`action.yml uses an expression that is not allowed there: ${whole}`);
  });
}

interface ShellResult {
  readonly code: number | null;
  readonly output: string;
}

function bash(script: string, cwd: string, env: Record<string, string>, options: CompositeOptions, tell: boolean) {
  const timeoutMs = options.timeoutMs ?? 120_000;
  return new Promise<ShellResult>((resolve, reject) => {
    const child = spawn('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', script], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    const output = () => Buffer.concat(chunks).toString();
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      reject(new Error(`the step did not end within ${timeoutMs} ms:\n${output()}`));
    }, timeoutMs);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output: output() });
    });
    if (tell && child.pid !== undefined) options.onStart?.(child.pid);
  });
}

/** The folder that stands for GITHUB_ACTION_PATH: the project's own, or a copy beside another dist. */
async function actionFolder(name: string, options: CompositeOptions): Promise<string> {
  const dist = options.dist ?? process.env['HELM_CD_TEST_DIST'] ?? '';
  if (path.isAbsolute(name)) return name;
  const source = name === '' ? projectRoot : path.join(projectRoot, 'actions', name);
  if (dist === '') return source;
  const installation = await mkdtemp(path.join(options.folder, 'installation-'));
  if (name === '') {
    await cp(path.join(projectRoot, 'action.yml'), path.join(installation, 'action.yml'));
    await symlink(path.resolve(projectRoot, dist), path.join(installation, 'dist'));
    return installation;
  }
  await cp(source, path.join(installation, 'actions', name), { recursive: true });
  await symlink(path.resolve(projectRoot, dist), path.join(installation, 'dist'));
  return path.join(installation, 'actions', name);
}

/**
 * Runs an action.
 * @param name the folder in actions/; empty for the root's action.yml; or an absolute path.
 * @throws Error when action.yml itself is wrong, when an input is given that it does not declare, when the process sets an output that
 *   it does not declare or writes GITHUB_ENV or GITHUB_PATH, or when time is up.
 */
export async function runComposite(name: string, options: CompositeOptions): Promise<CompositeResult> {
  const folder = await actionFolder(name, options);
  const action = parse(await readFile(path.join(folder, 'action.yml'), 'utf8')) as ActionFile;
  if (action.runs.using !== 'composite') throw new Error(`${name} is no composite action`);

  const declared = action.inputs ?? {};
  for (const input of Object.keys(options.inputs ?? {})) {
    if (!Object.hasOwn(declared, input)) throw new Error(`${name} has no input "${input}"`);
  }
  const inputs: Record<string, string> = {};
  for (const [input, { default: fallback = '' }] of Object.entries(declared)) {
    inputs[input] = options.inputs?.[input] ?? evaluate(fallback, {}, {});
  }

  const workspace = options.workspace ?? path.join(options.folder, 'workspace');
  const home = path.join(options.folder, 'home');
  const runnerTemp = await mkdtemp(path.join(options.folder, 'runner-temp-'));
  await Promise.all([workspace, home].map((each) => mkdir(each, { recursive: true })));
  const commands = await mkdtemp(path.join(options.folder, 'commands-'));

  const steps: Outputs = {};
  let failed = false;
  let exitCode: number | undefined;
  let log = '';
  let summary = '';
  for (const [index, step] of action.runs.steps.entries()) {
    if (step.uses !== undefined || step.run === undefined || step.shell !== 'bash') {
      throw new Error(`step ${index + 1} of ${name} is no bash script`);
    }
    if (step.run.includes('${{')) throw new Error(`step ${index + 1} of ${name} has an expression inside run:`);
    if (step.if !== undefined && step.if !== 'always()') throw new Error(`"if: ${step.if}" is unknown to this runner`);
    if (failed && (step.if !== 'always()' || options.runnerDies === true)) continue;

    const file = (kind: string) => path.join(commands, `${index}-${kind}`);
    const kinds = ['output', 'env', 'path', 'state', 'step_summary'];
    await Promise.all(kinds.map((kind) => writeFile(file(kind), '')));
    await writeFile(file('script.sh'), step.run);
    const environment: Record<string, string> = {
      PATH: `${toolchainBin}${path.delimiter}${process.env['PATH'] ?? ''}`,
      HOME: home,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTION_PATH: folder,
      GITHUB_WORKSPACE: workspace,
      RUNNER_TEMP: runnerTemp,
      RUNNER_TOOL_CACHE: path.join(options.folder, 'tool-cache'),
      RUNNER_OS: os.platform() === 'darwin' ? 'macOS' : 'Linux',
      ...options.environment,
      ...Object.fromEntries(kinds.map((kind) => [`GITHUB_${kind.toUpperCase()}`, file(kind)])),
      ...Object.fromEntries(
        Object.entries(step.env ?? {}).map(([key, value]) => [key, evaluate(value, inputs, steps)]),
      ),
    };
    const result = await bash(file('script.sh'), workspace, environment, options, step.id === 'run');
    log += result.output;
    summary += await readFile(file('step_summary'), 'utf8');
    if (step.id !== undefined) steps[step.id] = parseCommandFile(await readFile(file('output'), 'utf8'));
    for (const kind of ['env', 'path']) {
      if ((await readFile(file(kind), 'utf8')) !== '')
        throw new Error(`${name} changes the job's environment (${kind})`);
    }
    if (step.id === 'run') exitCode = result.code ?? undefined;
    if (result.code !== 0) failed = true;
  }

  const outputs: Record<string, string> = {};
  for (const [output, { value }] of Object.entries(action.outputs ?? {}))
    outputs[output] = evaluate(value, inputs, steps);
  const used = Object.values(action.outputs ?? {}).map(({ value }) => /outputs\.([\w-]+)/.exec(value)?.[1]);
  for (const output of Object.keys(steps['run'] ?? {})) {
    if (!used.includes(output) && !INTERNAL_OUTPUTS.includes(output)) {
      throw new Error(`${name} sets the output "${output}", which action.yml does not declare`);
    }
  }

  return {
    outcome: failed ? 'failure' : 'success',
    exitCode,
    outputs,
    log: withoutMasks(log),
    annotations: annotationsOf(log),
    summary,
    masks: masksOf(log),
    runnerTemp,
    home,
    workspace,
  };
}
