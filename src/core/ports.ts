/** What the domain needs of the world. `src/runtime` implements these; tests implement them as they need. */

import type { Place } from './errors.js';

/** The job's log. Text given here is safe: workflow commands in it are not obeyed, known secrets are masked. */
export interface Log {
  info(line: string): void;
  /** Shown only when the runner's debug logging is on. */
  debug(line: string): void;
  /** An annotation of the run. At most 10 of each level are shown by GitHub; the rest stay in the log. */
  warning(message: string, place?: Place): void;
  error(message: string, place?: Place): void;
  /** A foldable group with the given lines. */
  group(title: string, text: string): void;
}

export interface ProcessOptions {
  readonly cwd?: string;
  /** Variables added to the allow-listed environment that every child gets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to the child's standard input, which is then closed. Without it, standard input is empty. */
  readonly input?: string | Uint8Array;
  /** Standard input stays open, and empty, as long as we live: by its end a child knows of ours. */
  readonly holdInput?: boolean;
  /** After this the child's whole process group is ended (SIGTERM, then SIGKILL) and a `timeout` error is thrown. */
  readonly timeoutMs?: number;
  /** Exit codes that are no error; default only 0. `any` accepts all. */
  readonly accept?: readonly number[] | 'any';
  /** Called with each whole line as it comes. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** The child survives the job's cancellation: for clean-up such as a rollback. */
  readonly ignoreCancel?: boolean;
  /** Cancelled with the job, the child is told (SIGTERM) and then waited for: it puts in order itself what it has begun. */
  readonly endsItself?: boolean;
  /** Ends the child as a time limit does, with a `cancelled` error: for what is only needed while something else runs. */
  readonly signal?: AbortSignal;
  /** More than this many bytes on one stream end the child with an error; default 256 MiB. */
  readonly maxOutputBytes?: number;
}

export interface ProcessResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs programs, without a shell. */
export interface Processes {
  /**
   * @param program a name looked up on PATH, or an absolute path.
   * @throws HelmCdError `tool` when it is missing or exits with a code that is not accepted (the message ends with the
   *   last lines of its standard error), `timeout`, or `cancelled`.
   */
  run(program: string, args: readonly string[], options?: ProcessOptions): Promise<ProcessResult>;
  /** The absolute path of a program on PATH, or nothing. */
  find(program: string): Promise<string | undefined>;
}

/** The clock, so that waiting can be tested without waiting. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** @throws HelmCdError `cancelled` when the job is cancelled meanwhile. */
  sleep(milliseconds: number): Promise<void>;
}

/** Secrets that must appear nowhere. */
export interface Masks {
  /** From now on the value, each of its lines and its base64 forms are `***` in everything that helm-cd writes. */
  add(secret: string): void;
  /** The text without any known secret. */
  redact(text: string): string;
}

/** What started this run, as far as the environment tells. */
export interface RunContext {
  /** `owner/name`, or empty outside GitHub. */
  readonly repository: string;
  readonly sha: string;
  /** Branch or tag name, without refs/heads/. */
  readonly refName: string;
  readonly eventName: string;
  /** For a pull request: the branch it wants to be merged into. */
  readonly baseRef: string;
  readonly runId: string;
  readonly runAttempt: string;
  readonly runNumber: string;
  /** Which workflow's runs the run number counts: `acme/api/.github/workflows/ci.yml`; empty outside GitHub. */
  readonly workflow: string;
  readonly actor: string;
  /** `https://github.com`, without a slash at the end. */
  readonly serverUrl: string;
  readonly apiUrl: string;
  readonly graphqlUrl: string;
  /** Address of this run's page, or empty. */
  readonly runUrl: string;
}

/** A program that was found or installed. */
export interface Tool {
  /** Absolute path. */
  readonly path: string;
  /** `4.3.1`, without a v. */
  readonly version: string;
  readonly major: number;
}

/** Programs that helm-cd needs and may install: from PATH, from the tool cache, or downloaded and checked. */
export interface Tools {
  /**
   * @param wanted the `helm-version` input: empty, `3`, `v4.3.1`, `3.22.0`.
   * @param options with `download: false` only what is on PATH or in the tool cache will do.
   * @throws HelmCdError `tool` when there is none and it cannot be downloaded.
   */
  helm(wanted: string, options?: { readonly download?: boolean }): Promise<Tool>;
  kubectl(): Promise<Tool>;
}

/** An answer of GitHub's REST API, whatever its status. */
export interface GitHubResponse {
  readonly status: number;
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly data: unknown;
}

/** GitHub's API with one token. */
export interface GitHubClient {
  /**
   * @param route `POST /repos/{owner}/{repo}/dispatches`
   * @param parameters those of the route, of the query, and of the body.
   * @throws HelmCdError `unreachable` when there is no answer, `cancelled`. An error status is an answer.
   */
  request(route: string, parameters?: Readonly<Record<string, unknown>>): Promise<GitHubResponse>;
  /**
   * @returns the answer's whole body as data: `data` and `errors` of GraphQL, or a `message`.
   * @throws as `request` does.
   */
  graphql(query: string, variables?: Readonly<Record<string, unknown>>): Promise<GitHubResponse>;
}

/** Which GitHub to talk to, and as whom. */
export interface GitHubAccess {
  readonly token: string;
  /** `https://api.github.com`, or that of a GitHub Enterprise Server. */
  readonly apiUrl: string;
  /** `https://api.github.com/graphql` */
  readonly graphqlUrl: string;
  /** Goes on after the job was cancelled: for telling how it ended. */
  readonly ignoreCancel?: boolean;
}

/** An answer of a web server, whatever its status. */
export interface WebAnswer {
  readonly status: number;
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface WebOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the request as the job's cancellation does. */
  readonly signal?: AbortSignal;
  /** For the whole answer, redirects included. */
  readonly timeoutMs: number;
  /** A longer body is an error. */
  readonly maxBytes: number;
}

/** A request that is not only for reading. */
export interface WebRequest extends WebOptions {
  readonly method: 'POST' | 'DELETE';
  readonly body?: Uint8Array;
}

/** Talks to web servers, by the proxy that the environment names. Nothing is sent twice. */
export interface Web {
  /**
   * Reads. Redirects are followed, without the credentials where they lead to another server.
   * @param url without user and password.
   * @throws HelmCdError `unreachable` when there is no whole answer in time, `refused` when it is too long, `cancelled`.
   *   The message is the reason alone.
   */
  get(url: string, options: WebOptions): Promise<WebAnswer>;
  /**
   * Sends what changes something. A redirect is an answer like any other.
   * @throws as `get` does; the server may have done what was asked for all the same.
   */
  send(url: string, request: WebRequest): Promise<WebAnswer>;
}

/** What a single action left behind that was run as a step. None of it holds a secret: the action has seen to that. */
export interface ActionRun {
  /** 0 when the action was content. */
  readonly exitCode: number;
  readonly outputs: Readonly<Record<string, string>>;
  /** Its summary, in Markdown; empty when it was killed. */
  readonly summary: string;
  /** Its result file. */
  readonly document: Readonly<Record<string, unknown>>;
}

/** Runs the single actions of helm-cd as an `action.yml` does, one after the other. */
export interface SingleActions {
  /**
   * Runs one; its log, annotations and masks are those of this step.
   * @param name its folder in actions/.
   * @throws HelmCdError `cancelled` when the job was cancelled before it began. One that is cancelled in its course puts
   *   in order what it has begun, and returns as a failure.
   */
  run(name: string, inputs: Readonly<Record<string, string>>): Promise<ActionRun>;
}

/** All that an action's `run` gets besides its inputs. */
export interface Services {
  readonly log: Log;
  readonly processes: Processes;
  readonly tools: Tools;
  /** Opens GitHub's API; nothing is sent yet. */
  readonly github: (access: GitHubAccess) => GitHubClient;
  readonly web: Web;
  readonly actions: SingleActions;
  readonly clock: Clock;
  readonly masks: Masks;
  readonly context: RunContext;
  /** A folder for this run alone, mode 0700, outside the workspace, removed at the end. */
  readonly temp: string;
  /** A folder for files that outlive the step and are named by outputs (diff, evidence). Nothing secret goes there. */
  readonly reports: string;
  /** Where relative paths of inputs start: the workspace, or `working-directory` in it. */
  readonly workingDirectory: string;
  /** helm-cd's own folder, for the files it ships (schema packs). */
  readonly packageRoot: string;
  /** Set when the job is cancelled. */
  readonly cancelled: AbortSignal;
  /** The variables that tools find their own credentials and settings in (AWS_*, SOPS_*, SSH_AUTH_SOCK). */
  readonly environment: Readonly<Record<string, string>>;
}
