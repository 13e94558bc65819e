/** Child processes of the scripts: a time limit for each, and none survives its script. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const GRACE_MS = 5000;
/** How long the rest of a child's output is waited for once it has ended. */
const DRAIN_MS = 2000;
const running = new Set();

function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** The exit code to leave with, once a signal told us to stop: no further child is started or waited for. */
let stopping;

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.on(signal, () => {
    stopping = code;
    if (running.size === 0) process.exit(code);
    for (const child of running) signalGroup(child, 'SIGTERM');
    setTimeout(() => {
      for (const child of running) signalGroup(child, 'SIGKILL');
      process.exit(code);
    }, GRACE_MS);
  });
}

/**
 * Runs a program in a process group of its own.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ timeoutMs: number, show?: boolean, tee?: boolean, env?: Record<string, string>, cwd?: string }} options
 *   timeoutMs: then the whole group is ended (SIGTERM, SIGKILL 5 s later); show: its output goes straight to ours;
 *   tee: it does, and is returned as well
 * @returns {Promise<{ ok: boolean, code: number | null, timedOut: boolean, output: string, seconds: number }>}
 *   output: what it wrote to both streams, in order (empty with `show`)
 */
export function run(program, args, { timeoutMs, show = false, tee = false, env = {}, cwd = root }) {
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      detached: true,
      env: { ...process.env, ...env },
      stdio: show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    const chunks = [];
    for (const name of ['stdout', 'stderr']) {
      child[name]?.on('data', (chunk) => {
        chunks.push(chunk);
        if (tee) process[name].write(chunk);
      });
    }
    let timedOut = false;
    let killTimer;
    const timer = setTimeout(() => {
      timedOut = true;
      signalGroup(child, 'SIGTERM');
      killTimer = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
    }, timeoutMs);
    let drainTimer;
    let done = false;
    const finish = (code, note = '') => {
      if (done) return;
      done = true;
      for (const each of [timer, killTimer, drainTimer]) clearTimeout(each);
      if (timedOut) signalGroup(child, 'SIGKILL');
      running.delete(child);
      if (stopping !== undefined) {
        if (running.size === 0) process.exit(stopping);
        return;
      }
      const output = Buffer.concat(chunks).toString() + note;
      const seconds = (Date.now() - started) / 1000;
      resolve({ ok: code === 0 && !timedOut, code, timedOut, output, seconds });
    };
    child.on('error', (error) => finish(null, `${program}: ${error.message}\n`));
    child.on('close', (code) => finish(code));
    // A grandchild that keeps the pipes open does not hold us.
    child.on('exit', (code) => {
      drainTimer = setTimeout(() => finish(code), DRAIN_MS);
    });
  });
}

/** Runs a JavaScript program of node_modules with this Node. */
export function runNode(file, args, options) {
  return run(process.execPath, [path.join(root, file), ...args], options);
}
