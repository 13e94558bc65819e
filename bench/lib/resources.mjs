import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const TIMEOUT_MS = 600_000;
const POLL_MS = 20;
/** Becomes the program only after it has been timed, so that what the kernel counts of all its children is told. */
const TIMED = 'TIMEFORMAT="%U %S"; exec 4>&2; { time "$@" 2>&4 4>&-; } 2>&3';

function descendants(pid) {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    const own = children === '' ? [] : children.split(' ');
    return own.flatMap((child) => [child, ...descendants(child)]);
  } catch {
    return [];
  }
}

/** The sizes of a process, in bytes; nothing when it has ended, or where there is no /proc. */
function sizesOf(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kilobytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
    return {
      name: /^Name:\s+(.*)/.exec(status)?.[1] ?? '',
      now: kilobytes('VmRSS') * 1024,
      peak: kilobytes('VmHWM') * 1024,
    };
  } catch {
    return undefined;
  }
}

/** Looks at a process and all that it starts, again and again. */
function watchMemory(pid) {
  const peaks = new Map();
  let together = 0;
  const look = () => {
    let now = 0;
    for (const process of descendants(pid)) {
      const sizes = sizesOf(process);
      if (sizes === undefined) continue;
      now += sizes.now;
      peaks.set(sizes.name, Math.max(peaks.get(sizes.name) ?? 0, sizes.peak));
    }
    together = Math.max(together, now);
  };
  const timer = setInterval(look, POLL_MS);
  return () => {
    clearInterval(timer);
    return { peaks: Object.fromEntries(peaks), together };
  };
}

/**
 * Runs a program, and says what it and all that it started have used.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ env: Record<string, string>, cwd?: string, memory?: boolean, accept?: readonly number[], timeoutMs?: number }} options
 * @returns {Promise<{
 *   milliseconds: number, cpu: number, output: string, peaks?: Record<string, number>, together?: number,
 * }>} cpu: user and system time in milliseconds; output: of stdout; with `memory` the peaks (of their resident memory, in
 *   bytes, by the name of the process) and the most that all had at the same time
 */
export function measure(program, args, { env, cwd, memory = false, accept = [0], timeoutMs = TIMEOUT_MS }) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn('bash', ['--noprofile', '--norc', '-c', TIMED, 'bash', program, ...args], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    const stop = memory ? watchMemory(child.pid) : () => ({});
    const texts = child.stdio.map(() => []);
    for (const index of [1, 2, 3]) child.stdio[index].on('data', (chunk) => texts[index].push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      const sizes = stop();
      const [, output, errors, times] = texts.map((chunks) => Buffer.concat(chunks).toString());
      if (!accept.includes(code)) {
        reject(new Error(`${program} ended with ${code}:\n${errors}${output}`.slice(0, 4000)));
        return;
      }
      const [user, system] = times.trim().split('\n').at(-1).replaceAll(',', '.').split(' ').map(Number);
      resolve({ milliseconds: performance.now() - started, cpu: (user + system) * 1000, output, ...sizes });
    });
  });
}
