import path from 'node:path';
import { HelmCdError } from '../core/errors.js';
import type { ProcessResult, Processes } from '../core/ports.js';

/** One command that talks to the server is given this long. */
const NETWORK_TIMEOUT_MS = 180_000;
const LOCAL_TIMEOUT_MS = 60_000;

export interface GitCommandOptions {
  readonly input?: string | Uint8Array | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Whether it talks to the server. */
  readonly network?: boolean;
  /** Whether there is a clone yet. Default: yes. */
  readonly inClone?: boolean;
}

/** git, for one bare clone. */
export class GitCommands {
  /** Of the clone. */
  readonly folder: string;
  private readonly env: Readonly<Record<string, string>>;
  private readonly processes: Processes;

  constructor(folder: string, env: Readonly<Record<string, string>>, processes: Processes) {
    this.folder = folder;
    this.env = env;
    this.processes = processes;
  }

  /** Runs a command, whatever its exit code. */
  run(args: readonly string[], options: GitCommandOptions = {}): Promise<ProcessResult> {
    const { input, env, network = false, inClone = true } = options;
    return this.processes.run('git', args, {
      cwd: inClone ? this.folder : path.dirname(this.folder),
      env: { ...this.env, ...(inClone ? { GIT_DIR: this.folder } : {}), ...env },
      accept: 'any',
      timeoutMs: network ? NETWORK_TIMEOUT_MS : LOCAL_TIMEOUT_MS,
      ...(input === undefined ? {} : { input }),
    });
  }

  /** The output of a local command: when it fails, that is nothing that a user could have caused. */
  async local(
    args: readonly string[],
    input?: string | Uint8Array,
    env?: Readonly<Record<string, string>>,
  ): Promise<string> {
    const result = await this.run(args, { env, input });
    if (result.code === 0) return result.stdout;
    throw new HelmCdError(
      'tool',
      `git ${args[0] ?? ''} failed with exit code ${result.code}:\n${result.stderr.trim()}`,
    );
  }
}
