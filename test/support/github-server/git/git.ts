import { spawn } from 'node:child_process';
import os from 'node:os';

export interface GitOptions {
  readonly input?: string | Buffer;
  readonly env?: Record<string, string>;
}

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** What git may see of the world: nothing of this machine's or person's configuration. */
export function gitEnvironment(): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: os.tmpdir(),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
}

/** Runs git in a repository and waits for its end, whatever the exit code. */
export function runGit(repository: string, args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const env = { ...gitEnvironment(), ...options.env };
    const child = spawn('git', ['-C', repository, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin.on('error', () => undefined); // it ended without reading its input; the exit code says why
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ code: code ?? 1, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() }),
    );
    child.stdin.end(options.input ?? '');
  });
}

/** What git prints, without the last line end. @throws Error with git's own words when it fails */
export async function git(repository: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
  return printed(args, await runGit(repository, args, options));
}

function printed(args: readonly string[], { code, stdout, stderr }: GitResult): string {
  if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}: ${stderr.trim()}`);
  return stdout.toString().replace(/\n$/, '');
}

const known = new Map<string, Promise<GitResult>>();

/**
 * `runGit` for a question about objects that are named by their oids alone: they never change, so neither does the answer,
 * and the same question is not worth another process. What could not be answered is asked again.
 */
export function runGitOnce(repository: string, args: readonly string[]): Promise<GitResult> {
  const key = [repository, ...args].join('\0');
  const before = known.get(key);
  if (before !== undefined) return before;
  const running = runGit(repository, args);
  known.set(key, running);
  const forget = () => known.delete(key);
  running.then(({ code }) => code > 1 && forget(), forget);
  return running;
}

/** `git` likewise. */
export async function gitOnce(repository: string, args: readonly string[]): Promise<string> {
  return printed(args, await runGitOnce(repository, args));
}

/** The lines git prints, none when it prints nothing. */
export async function gitLines(repository: string, args: readonly string[]): Promise<string[]> {
  return linesOf(await git(repository, args));
}

/** `gitLines` likewise. */
export async function gitLinesOnce(repository: string, args: readonly string[]): Promise<string[]> {
  return linesOf(await gitOnce(repository, args));
}

const linesOf = (text: string): string[] => (text === '' ? [] : text.split('\n'));
