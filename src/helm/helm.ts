import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ProcessOptions, ProcessResult, Services, Tool } from '../core/ports.js';

/** A call that says nothing else may take this long; a command that waits for a cluster brings its own limit. */
const DEFAULT_TIMEOUT_MS = 5 * 60_000;
/** More output than any real chart renders; a runaway template is stopped here instead of filling our memory. */
const DEFAULT_MAX_OUTPUT_BYTES = 128 * 1024 * 1024;

export interface HelmOptions {
  /** What a helm process may have of virtual memory; for charts that nobody vouches for. */
  readonly memoryLimitBytes?: number;
}

/**
 * Helm starts by filling its memory with what it keeps: collecting less often at first saves a quarter of a small chart's
 * CPU time. Above the soft limit it collects as it would without.
 */
const GARBAGE_COLLECTION = { GOGC: '400', GOMEMLIMIT: '256MiB' };

/** Sets the limit where the system knows it (not on macOS), then becomes the program. */
const LIMITED = 'ulimit -v "$0" 2>/dev/null; exec "$@"';

/** The helm command line, held apart from the user's own helm: its repositories, plugins, cache and credentials. */
export interface Helm {
  /** `4.3.1`, without a v. */
  readonly version: string;
  /** 3 or 4. */
  readonly major: number;
  /** What makes helm use our folders, for other programs that start helm. */
  readonly environment: Readonly<Record<string, string>>;
  /** The file in which registry credentials go (`helm registry login`), mode 0700 folder, removed with the run. */
  readonly registryConfig: string;
  /**
   * Runs `helm ARGS…`, without a shell. Options are those of `Processes.run`; unless they say otherwise a call may
   * take 5 minutes and write 128 MiB.
   * @throws HelmCdError as `Processes.run` does.
   */
  run(args: readonly string[], options?: ProcessOptions): Promise<ProcessResult>;
}

/**
 * The helm that `tool` names, with all that it reads and writes under `services.temp`: nothing of the user's
 * configuration changes what a chart renders to, nothing is left behind, and two runs share nothing. There are no
 * plugins, and no debug output (it prints values).
 */
export function createHelm(
  tool: Tool,
  services: Pick<Services, 'processes' | 'temp'>,
  { memoryLimitBytes }: HelmOptions = {},
): Helm {
  const home = path.join(services.temp, 'helm');
  const registryConfig = path.join(home, 'config', 'registry', 'config.json');
  const environment = {
    HELM_CACHE_HOME: path.join(home, 'cache'),
    HELM_CONFIG_HOME: path.join(home, 'config'),
    HELM_DATA_HOME: path.join(home, 'data'),
    HELM_PLUGINS: path.join(home, 'plugins'),
    HELM_REGISTRY_CONFIG: registryConfig,
    HELM_REPOSITORY_CONFIG: path.join(home, 'config', 'repositories.yaml'),
    HELM_REPOSITORY_CACHE: path.join(home, 'cache', 'repository'),
    HELM_CONTENT_CACHE: path.join(home, 'cache', 'content'),
    HELM_DEBUG: 'false',
  };
  // Made at the first call, once: helm itself makes them world-readable.
  let folders: Promise<unknown> | undefined;
  const prepare = () =>
    (folders ??= Promise.all(
      ['cache', 'config/registry', 'data', 'plugins'].map((folder) =>
        mkdir(path.join(home, folder), { recursive: true, mode: 0o700 }),
      ),
    ));
  return {
    version: tool.version,
    major: tool.major,
    environment,
    registryConfig,
    async run(args, options = {}) {
      await prepare();
      const [program, programArgs] =
        memoryLimitBytes === undefined
          ? [tool.path, args]
          : ['bash', ['-c', LIMITED, String(Math.round(memoryLimitBytes / 1024)), tool.path, ...args]];
      return services.processes.run(program, programArgs, {
        timeoutMs: DEFAULT_TIMEOUT_MS,
        maxOutputBytes: DEFAULT_MAX_OUTPUT_BYTES,
        ...options,
        env: { ...GARBAGE_COLLECTION, ...environment, ...options.env },
      });
    },
  };
}
