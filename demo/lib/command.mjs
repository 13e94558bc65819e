// Short-lived commands: git, helm, crane and the like.
import { spawn } from 'node:child_process';

export class CommandError extends Error {
  /** @param {string} details what the command printed last */
  constructor(message, details = '') {
    super(message);
    this.name = 'CommandError';
    this.details = details;
  }
}

/**
 * Runs a command to its end.
 * @param {string} command
 * @param {string[]} args never secrets: everybody on the machine can read them
 * @param {{ cwd?: string, env?: Record<string, string>, timeoutMs?: number, signal?: AbortSignal }} [options]
 * @returns {Promise<string>} standard output, trimmed
 */
export function command(command, args, { cwd, env = process.env, timeoutMs = 60_000, signal } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, signal, timeout: timeoutMs, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      if (code === 0) return resolve(output.trim());
      const how = killedBy ? `was ended by ${killedBy} (limit ${timeoutMs / 1000} s)` : `failed with exit code ${code}`;
      reject(new CommandError(`${command} ${args.join(' ')} ${how}`, `${output}${errors}`.trim()));
    });
  });
}
