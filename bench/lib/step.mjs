import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { root } from '../../scripts/lib/run.mjs';

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
 * @param {{ check?: (printed: string) => void }} [options] check: throws when the step did not do what it should
 * @returns {(env: Record<string, string>) => Promise<number>} milliseconds
 */
export function scriptStep(folder, script, { check } = {}) {
  return async (env) => {
    const step = prepare(folder, env);
    const started = performance.now();
    const printed = await bash(script, step.own, step.env);
    const time = performance.now() - started;
    check?.(printed);
    rmSync(step.own, { recursive: true, force: true });
    return time;
  };
}

/**
 * An action as its action.yml has it: both steps, with the check of Node.js and the clean-up.
 * @param {string} folder for temporary files
 * @param {string} bundles the folder that stands for dist/
 * @param {string} name of the action
 * @param {{ check?: (output: (name: string) => string) => void }} [options] check: is given the action's outputs, and throws
 *   when it did not do what it should
 * @returns {(inputs: Record<string, string>, env?: Record<string, string>) => Promise<number>} milliseconds
 */
export function actionStep(folder, bundles, name, { check } = {}) {
  const installation = mkdtempSync(path.join(folder, 'installation-'));
  const action = path.join(installation, 'actions', name);
  cpSync(path.join(root, 'actions', name), action, { recursive: true });
  symlinkSync(bundles, path.join(installation, 'dist'));
  // What the bundles read besides themselves.
  symlinkSync(path.join(root, 'schema'), path.join(installation, 'schema'));
  writeFileSync(path.join(installation, 'package.json'), readFileSync(path.join(root, 'package.json')));
  const { inputs: declared, runs } = parse(readFileSync(path.join(action, 'action.yml'), 'utf8'));
  const [run, cleanUp] = runs.steps;
  const scripts = [run, cleanUp].map((step, index) => {
    const file = path.join(installation, `${index}.sh`);
    writeFileSync(file, step.run);
    return file;
  });
  return async (inputs, env = {}) => {
    const step = prepare(folder, env);
    const given = Object.fromEntries(
      Object.entries(run.env).map(([variable, expression]) => {
        const input = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(expression)[1];
        const fallback = String(declared[input].default ?? '');
        // The only expression that a default has is the job's token, and here there is none.
        return [variable, inputs[input] ?? (fallback.startsWith('${{') ? '' : fallback)];
      }),
    );
    const started = performance.now();
    await bash(scripts[0], step.own, { ...step.env, GITHUB_ACTION_PATH: action, ...given });
    const written = readFileSync(step.output, 'utf8');
    const output = (key) => new RegExp(`^${key}<<(\\S+)\\n(.*)\\n\\1$`, 'm').exec(written)?.[2] ?? '';
    let time = performance.now() - started;
    // Before the clean-up, which takes its files away.
    check?.(output);
    const cleaning = performance.now();
    await bash(scripts[1], step.own, { ...step.env, HELM_CD_TEMPORARY_DIRECTORY: output('temporary-directory') });
    time += performance.now() - cleaning;
    rmSync(step.own, { recursive: true, force: true });
    return time;
  };
}
