import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { root } from '../../scripts/lib/run.mjs';
import { measure } from './resources.mjs';

const TIMEOUT_MS = 300_000;
const FILES = ['GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY', 'GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STATE'];

/** Runs a bash script as the runner does; what it printed is thrown when it fails. */
function bash(file, cwd, env) {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', file], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      const text = Buffer.concat(output).toString();
      if (code === 0) resolve(text);
      else reject(new Error(`The step ended with ${code}:\n${text}`));
    });
  });
}

/** The same, with what it and all that it started used: CPU time, and memory at its highest by the name of the program. */
async function measured(file, cwd, env, into) {
  const { output, cpu, peaks } = await measure('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', file], {
    cwd,
    env,
    memory: true,
    timeoutMs: TIMEOUT_MS,
  });
  into.cpu = (into.cpu ?? 0) + cpu;
  into.peaks ??= {};
  for (const [name, peak] of Object.entries(peaks)) into.peaks[name] = Math.max(into.peaks[name] ?? 0, peak);
  return output;
}

/** The folder of each run; the variables that GitHub's runner sets, and nothing of this machine's but PATH. */
function prepare(folder, env) {
  const own = mkdtempSync(path.join(folder, 'step-'));
  const files = Object.fromEntries(FILES.map((name) => [name, path.join(own, name)]));
  for (const file of Object.values(files)) writeFileSync(file, '');
  const home = path.join(own, 'home');
  mkdirSync(home);
  writeFileSync(path.join(home, '.gitconfig'), '[user]\n\tname = ci\n\temail = ci@example.com\n');
  return {
    own,
    output: files.GITHUB_OUTPUT,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: own,
      RUNNER_TEMP: own,
      ...files,
      ...env,
    },
  };
}

/**
 * The peer: a script as a step.
 * @param {string} folder for temporary files
 * @param {string} script
 * @param {{ check?: (printed: string) => void, resources?: boolean }} [options] check: throws when the step did not do
 *   what it should; resources: what it used (`cpu` in milliseconds, `peaks` in bytes) is written into `used`
 * @returns {(env: Record<string, string>, used?: object) => Promise<number>} milliseconds
 */
export function scriptStep(folder, script, { check, resources = false } = {}) {
  const run = resources ? measured : bash;
  return async (env, used = {}) => {
    const step = prepare(folder, env);
    const started = performance.now();
    const printed = await run(script, step.own, step.env, used);
    const time = performance.now() - started;
    check?.(printed);
    rmSync(step.own, { recursive: true, force: true });
    return time;
  };
}

/** What stands in a step's env: an input, or an output of the first step. */
function valueOf(expression, declared, inputs, output) {
  const [, source, name] = /^\$\{\{ (inputs|steps\.run\.outputs)\.([\w-]+) \}\}$/.exec(expression);
  if (source !== 'inputs') return output(name);
  const fallback = String(declared[name].default ?? '');
  // The only expression that a default has is the job's token, and here there is none.
  return inputs[name] ?? (fallback.startsWith('${{') ? '' : fallback);
}

/**
 * An action as its action.yml has it: all steps, with the check of Node.js and the clean-up.
 * @param {string} folder for temporary files
 * @param {string} bundles the folder that stands for dist/
 * @param {string} name of the action
 * @param {{ check?: (output: (name: string) => string) => void, resources?: boolean }} [options] check: is given the
 *   action's outputs, and throws when it did not do what it should; resources: as of `scriptStep`
 * @returns {(inputs: Record<string, string>, env?: Record<string, string>, used?: object) => Promise<number>} milliseconds
 */
export function actionStep(folder, bundles, name, { check, resources = false } = {}) {
  const run = resources ? measured : bash;
  const installation = mkdtempSync(path.join(folder, 'installation-'));
  const action = path.join(installation, 'actions', name);
  cpSync(path.join(root, 'actions', name), action, { recursive: true });
  symlinkSync(bundles, path.join(installation, 'dist'));
  // What the bundles read besides themselves.
  symlinkSync(path.join(root, 'schema'), path.join(installation, 'schema'));
  writeFileSync(path.join(installation, 'package.json'), readFileSync(path.join(root, 'package.json')));
  const { inputs: declared, runs } = parse(readFileSync(path.join(action, 'action.yml'), 'utf8'));
  const steps = runs.steps.map((step, index) => {
    const file = path.join(installation, `${index}.sh`);
    writeFileSync(file, step.run);
    return { file, env: Object.entries(step.env) };
  });
  return async (inputs, env = {}, used = {}) => {
    const step = prepare(folder, env);
    const output = (key) =>
      new RegExp(`^${key}<<(\\S+)\\n(.*)\\n\\1$`, 'm').exec(readFileSync(step.output, 'utf8'))?.[2] ?? '';
    let time = 0;
    for (const [index, { file, env: expressions }] of steps.entries()) {
      const given = Object.fromEntries(
        expressions.map(([variable, expression]) => [variable, valueOf(expression, declared, inputs, output)]),
      );
      const started = performance.now();
      await run(file, step.own, { ...step.env, GITHUB_ACTION_PATH: action, ...given }, used);
      time += performance.now() - started;
      // Before the clean-up, which takes its files away.
      if (index === 0) check?.(output);
    }
    rmSync(step.own, { recursive: true, force: true });
    return time;
  };
}
