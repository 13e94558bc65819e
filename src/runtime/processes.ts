import { spawn } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { formatDuration } from '../core/duration.js';
import { HelmCdError } from '../core/errors.js';
import type { ProcessOptions, ProcessResult, Processes } from '../core/ports.js';

/** What every child gets of our environment. Secrets of the job are not in it; an adapter adds what its tool needs. */
const INHERITED =
  /^(PATH|HOME|USER|LOGNAME|LANG|LC_.*|TZ|TMPDIR|TEMP|TMP|RUNNER_TEMP|SystemRoot|PATHEXT|XDG_.*|https?_proxy|no_proxy|all_proxy|SSL_CERT_(FILE|DIR)|SSH_AUTH_SOCK|GIT_SSL_CAINFO|GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM))$/i;
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;
/** How long a child may take to end after SIGTERM before its process group is killed. */
const GRACE_MS = 5000;
/** How long what a child has written is waited for when it has ended, but something that it started holds its streams open. */
const DRAIN_MS = 2000;
const LINES_IN_MESSAGE = 12;

export function inheritedEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && INHERITED.test(name)) inherited[name] = value;
  }
  return inherited;
}

/** Not by promises: those take longer, and nothing else can be done meanwhile. */
function isExecutable(file: string): boolean {
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false;
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function findOnPath(program: string, searchPath: string): string | undefined {
  if (program.includes('/')) return isExecutable(program) ? path.resolve(program) : undefined;
  for (const folder of searchPath.split(path.delimiter).filter((entry) => entry !== '')) {
    const candidate = path.resolve(folder, program);
    if (isExecutable(candidate)) return candidate;
  }
  return undefined;
}

function formatBytes(bytes: number): string {
  return bytes < 1024 * 1024 ? `${bytes} bytes` : `${Math.round(bytes / 1024 / 1024)} MiB`;
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-LINES_IN_MESSAGE).join('\n');
}

/** Ends of children that were told to end and have not yet: helm, for one, does not heed SIGTERM while it renders. */
const unfinished = new Set<() => void>();
// Whoever waits for several children leaves with the first that fails; the others must not outlive us.
process.on('exit', () => {
  for (const end of unfinished) end();
});

/** Collects a stream, and cuts it into lines for whoever wants them as they come. */
function collector(limit: number, onLine: ((line: string) => void) | undefined, onTooMuch: () => void) {
  const chunks: Buffer[] = [];
  const decoder = new TextDecoder();
  let size = 0;
  let partial = '';
  return {
    push(chunk: Buffer) {
      size += chunk.length;
      if (size > limit) return onTooMuch();
      chunks.push(chunk);
      if (onLine === undefined) return;
      const lines = (partial + decoder.decode(chunk, { stream: true })).split('\n');
      partial = lines.pop() ?? '';
      for (const line of lines) onLine(line.replace(/\r$/, ''));
    },
    text() {
      if (onLine !== undefined && partial !== '') onLine(partial);
      partial = '';
      return Buffer.concat(chunks).toString();
    },
  };
}

/**
 * Children as their own process groups. Not by `@actions/exec`: it has no time limit, no way to end a child, and keeps
 * no hold of a child's children, so a cancelled job would leave helm running.
 */
export function createProcesses(environment: NodeJS.ProcessEnv, cancelled: AbortSignal): Processes {
  const inherited = inheritedEnvironment(environment);
  // One listener for each running child: ten of them are no leak, which Node would warn of in the job's log.
  setMaxListeners(0, cancelled);
  /** Where programs were found: some are run dozens of times. */
  const found = new Map<string, string>();

  function find(program: string, searchPath: string): string | undefined {
    const key = `${program}\0${searchPath}`;
    const file = found.get(key) ?? findOnPath(program, searchPath);
    if (file !== undefined) found.set(key, file);
    return file;
  }

  async function run(program: string, args: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
    const env = { ...inherited, ...options.env };
    const file = find(program, env['PATH'] ?? '');
    if (file === undefined) {
      throw new HelmCdError('tool', `${program} was not found on PATH.`, { hint: `Install ${program} on the runner.` });
    }
    const stoppable = options.ignoreCancel !== true;
    if (stoppable && cancelled.aborted) throw new HelmCdError('cancelled', 'The job was cancelled.');
    const { signal: ended } = options;
    if (ended?.aborted === true) throw new HelmCdError('cancelled', `${program} is not needed any more.`);

    return new Promise((resolve, reject) => {
      const child = spawn(file, args, {
        cwd: options.cwd,
        env,
        detached: true,
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      let stoppedFor: HelmCdError | undefined;
      let killTimer: NodeJS.Timeout | undefined;
      let drainTimer: NodeJS.Timeout | undefined;
      const signalGroup = (signal: NodeJS.Signals) => {
        try {
          if (child.pid !== undefined) process.kill(-child.pid, signal);
        } catch {
          // The group is gone already.
        }
      };
      const kill = () => signalGroup('SIGKILL');
      const stop = (reason: HelmCdError) => {
        if (stoppedFor !== undefined) return;
        stoppedFor = reason;
        unfinished.add(kill);
        signalGroup('SIGTERM');
        killTimer = setTimeout(kill, GRACE_MS);
      };
      const what = `${path.basename(program)} ${args[0] ?? ''}`.trim();
      const onCancel = () =>
        options.endsItself === true
          ? signalGroup('SIGTERM')
          : stop(new HelmCdError('cancelled', `The job was cancelled while ${what} was running.`));
      const onEnded = () => stop(new HelmCdError('cancelled', `${what} was stopped: it is not needed any more.`));
      const limit = options.maxOutputBytes ?? MAX_OUTPUT_BYTES;
      const tooMuch = () =>
        stop(new HelmCdError('refused', `${what} wrote more than ${formatBytes(limit)} of output.`));
      const { onLine } = options;
      const stdout = collector(limit, onLine && ((line) => onLine(line, 'stdout')), tooMuch);
      const stderr = collector(limit, onLine && ((line) => onLine(line, 'stderr')), tooMuch);
      const timer =
        options.timeoutMs === undefined
          ? undefined
          : setTimeout(() => {
              const time = formatDuration(options.timeoutMs ?? 0);
              const late = new HelmCdError('timeout', `${what} did not finish within ${time} and was stopped.`);
              // Had we been busy for so long ourselves, its end would be the next thing that we hear of.
              setImmediate(() => {
                if (child.exitCode === null && child.signalCode === null) stop(late);
              });
            }, options.timeoutMs);
      const settle = () => {
        clearTimeout(timer);
        clearTimeout(killTimer);
        clearTimeout(drainTimer);
        unfinished.delete(kill);
        cancelled.removeEventListener('abort', onCancel);
        ended?.removeEventListener('abort', onEnded);
      };
      if (stoppable) cancelled.addEventListener('abort', onCancel);
      ended?.addEventListener('abort', onEnded);
      child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
      // A child that ends without reading its input is no error of ours: its exit code tells.
      child.stdin.on('error', () => undefined);
      if (options.holdInput !== true) child.stdin.end(options.input);
      child.on('error', (error) => {
        settle();
        reject(new HelmCdError('tool', `${what} could not be started: ${error.message}`, { cause: error }));
      });
      child.on('exit', () => {
        drainTimer = setTimeout(() => {
          child.stdout.destroy();
          child.stderr.destroy();
        }, DRAIN_MS);
      });
      child.on('close', (exitCode, signal) => {
        settle();
        if (stoppedFor !== undefined) {
          // The child has ended; what it started may have been told to, and stayed.
          signalGroup('SIGKILL');
          return reject(stoppedFor);
        }
        const result = { code: exitCode ?? 128, stdout: stdout.text(), stderr: stderr.text() };
        const accept = options.accept ?? [0];
        if (exitCode !== null && (accept === 'any' || accept.includes(exitCode))) return resolve(result);
        const ended = signal === null ? `failed with exit code ${exitCode}` : `was ended by ${signal}`;
        const said = lastLines(result.stderr) || lastLines(result.stdout);
        return reject(new HelmCdError('tool', `${what} ${ended}${said === '' ? '.' : `:\n${said}`}`));
      });
    });
  }

  return { run, find: (program) => Promise.resolve(find(program, inherited['PATH'] ?? '')) };
}
