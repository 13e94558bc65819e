/** The cluster's API through kubectl: argument vectors and output parsers. */
import path from 'node:path';
import { apiCall, kubectlError, objectsOf, type ApiCall, type ApiRequest } from '../core/api-requests.js';
import { HelmCdError, messageOf } from '../core/errors.js';
import type { KubernetesObject } from '../core/kubernetes-object.js';
import type { ProcessOptions, Services } from '../core/ports.js';
import { ApiConnection, type Answer } from './api-connection.js';
import { DirectObjects } from './direct-objects.js';
import { locateKubeconfig, readConfigView, type KubeconfigInput } from './kubeconfig.js';
import { classifyFailure, ERROR_CODES, failureText, type KubectlFailure } from './kubectl-errors.js';

/** How long the first sign of life may take. */
const REACH_SECONDS = 10;
const CALL_TIMEOUT_MS = 60_000;
/** Reads are repeated this long when the network is gone for a moment. */
const RETRY_MS = 45_000;

/** The HTTP status behind kubectl's words, where it matters. */
const STATUS: Partial<Record<KubectlFailure, number>> = { forbidden: 403, unauthorized: 401, 'not-found': 404 };

export interface Reply {
  /** Nothing when it went well. */
  readonly failure: KubectlFailure | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** What a person needs of standard error. */
  readonly message: string;
}

export interface CallOptions {
  readonly namespace?: string;
  readonly input?: string;
  readonly timeoutMs?: number;
  /** The call is part of a clean-up after the job was cancelled. */
  readonly ignoreCancel?: boolean;
  readonly onLine?: (line: string) => void;
  /** Ends the call when its result is not needed any more. */
  readonly signal?: AbortSignal;
}

export interface Cluster {
  /** `https://host:port`. */
  readonly server: string;
  /** Empty for the pod's own cluster. */
  readonly context: string;
  /** The namespace of the kubeconfig's context, else `default`. */
  readonly defaultNamespace: string;
  /** What helm needs in its environment to reach the same cluster. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs kubectl; failures of the cluster are in the reply. @throws HelmCdError `cancelled`, `timeout` */
  call(args: readonly string[], options?: CallOptions): Promise<Reply>;
  /** Like `call`, with the failure as an error that says what was being done. */
  run(what: string, args: readonly string[], options?: CallOptions): Promise<string>;
  /** Many objects at once, faster than kubectl's way. */
  readonly objects: DirectObjects;
  /**
   * One request as it stands, whatever the answer; status 0 when there was none, and the body says why.
   * @throws HelmCdError `cancelled`, `timeout`
   */
  request(request: ApiRequest, options?: CallOptions): Promise<Answer>;
  /** Objects of several resources at once; retried while the server does not answer. */
  list(what: string, args: readonly string[], options?: CallOptions): Promise<readonly KubernetesObject[]>;
}

function notReached(server: string, source: string, reply: Reply): HelmCdError {
  const at = server === '' ? 'the cluster' : `the cluster at ${server}`;
  switch (reply.failure) {
    case 'unauthorized':
    case 'forbidden':
      return new HelmCdError('unauthorized', `${at} refuses the credentials of ${source}: ${reply.message}`, {
        hint: 'They are wrong or have expired: make new ones, or log in again before this step.',
      });
    case 'unreachable':
      return new HelmCdError('unreachable', `${at} cannot be reached: ${reply.message}`, {
        hint: `Check the server's address in ${source}, and that this runner may connect to it.`,
      });
    default:
      return new HelmCdError('tool', `${at} gave no version: ${reply.message}`);
  }
}

async function view(
  kubectl: string,
  source: { readonly name: string; readonly environment: Readonly<Record<string, string>> },
  context: string,
  services: Services,
) {
  const args = ['config', 'view', '--minify', '--output=json', ...(context === '' ? [] : ['--context', context])];
  const result = await services.processes.run(kubectl, args, {
    env: source.environment,
    timeoutMs: CALL_TIMEOUT_MS,
    accept: 'any',
  });
  if (result.code === 0) return readConfigView(result.stdout);
  const said = failureText(result.stderr);
  if (/current-context must exist/.test(said)) {
    if ('KUBERNETES_SERVICE_HOST' in source.environment) {
      return { server: '', context: '', namespace: '', credentialProgram: undefined };
    }
    throw new HelmCdError(
      'input',
      'There is no cluster to deploy to: no kubeconfig was given, and the runner has none.',
      {
        hint: 'Give the input "kubeconfig" or "kubeconfig-file", or log in to the cluster in a step before.',
      },
    );
  }
  if (/(?:context .* does not exist|cannot locate context)/.test(said)) {
    throw new HelmCdError('input', `Input "kube-context": ${source.name} has no context "${context}".`);
  }
  throw new HelmCdError('input', `${source.name} cannot be read: ${said}`, {
    hint: 'Check it with: kubectl config view --minify',
  });
}

interface DirectReply extends Reply {
  /** What `stdout` holds, where it was not needed as text. */
  readonly objects?: readonly KubernetesObject[];
}

/** What the server answered, as kubectl would have put it; nothing when it was not asked. */
function directReply(wanted: ApiCall, answers: readonly (Answer | undefined)[]): DirectReply | undefined {
  const objects: KubernetesObject[] = [];
  for (const answer of answers) {
    if (answer === undefined) return undefined;
    const { status, body } = answer;
    if (status === 404 && wanted.ignoreNotFound) continue;
    if (status < 200 || status > 299) {
      const stderr = status === 0 ? `Unable to connect to the server: ${body}: EOF` : kubectlError(status, body);
      return { failure: classifyFailure(stderr), stdout: '', stderr, message: failureText(stderr) };
    }
    if (wanted.output === 'raw') return { failure: undefined, stdout: body, stderr: '', message: '' };
    objects.push(...objectsOf(JSON.parse(body)));
  }
  return { failure: undefined, stdout: textOf(wanted, objects), stderr: '', message: '', objects };
}

function textOf({ output, requests }: ApiCall, objects: readonly KubernetesObject[]): string {
  if (output === 'name') {
    return objects.map(({ kind, metadata }) => `${(kind ?? '').toLowerCase()}/${metadata?.name ?? ''}\n`).join('');
  }
  // Lists are taken as objects.
  const [only] = objects;
  return requests.length === 1 && objects.length === 1 ? JSON.stringify(only) : '';
}

/**
 * Connects to the cluster that the inputs name: within seconds it is known that it answers and takes the credentials.
 * @throws HelmCdError `input` for an unusable kubeconfig, `refused` for one that would run a program, `unreachable`,
 *   `unauthorized`.
 */
export async function connectCluster(input: KubeconfigInput, services: Services): Promise<Cluster> {
  const kubectl = (await services.tools.kubectl()).path;
  const source = await locateKubeconfig(input, services);
  const { server, context, namespace, credentialProgram } = await view(kubectl, source, input.context, services);
  if (credentialProgram !== undefined && !source.ambient && !input.allowExec) {
    throw new HelmCdError(
      'refused',
      `${source.name} would run "${credentialProgram}" on the runner to get credentials.`,
      {
        hint: 'If you trust it, set kubeconfig-exec: true; or use a service account token.',
      },
    );
  }
  const environment = {
    ...source.environment,
    // Discovery is asked once for all calls of this run, kubectl's and helm's.
    KUBECACHEDIR: path.join(services.temp, 'kube-cache'),
    ...(context === '' ? {} : { HELM_KUBECONTEXT: context }),
  };
  const common = context === '' ? [] : ['--context', context];
  const connection = new ApiConnection(kubectl, common, environment, services);

  /** The same without a process of its own; nothing where that cannot be. */
  async function ask(wanted: ApiCall, options: CallOptions): Promise<DirectReply | undefined> {
    const { timeoutMs = CALL_TIMEOUT_MS, ignoreCancel = false, signal } = options;
    const answers = await Promise.all(
      wanted.requests.map((request) => connection.request(request, { timeoutMs, ignoreCancel, signal })),
    );
    return directReply(wanted, answers);
  }

  async function call(args: readonly string[], options: CallOptions = {}): Promise<DirectReply> {
    const wanted = apiCall(args, options.namespace, options.input);
    const reply = wanted === undefined ? undefined : await ask(wanted, options);
    return reply ?? callKubectl(args, options);
  }

  async function callKubectl(args: readonly string[], options: CallOptions = {}): Promise<Reply> {
    const { namespace: home, input: text, timeoutMs = CALL_TIMEOUT_MS, ignoreCancel, onLine, signal } = options;
    const processOptions: ProcessOptions = {
      env: environment,
      timeoutMs,
      accept: 'any',
      ...(text === undefined ? {} : { input: text }),
      ...(ignoreCancel === undefined ? {} : { ignoreCancel }),
      ...(signal === undefined ? {} : { signal }),
      ...(onLine === undefined ? {} : { onLine: (line, stream) => stream === 'stdout' && onLine(line) }),
    };
    const scope = home === undefined ? [] : ['--namespace', home];
    const result = await services.processes.run(kubectl, [...args, ...scope, ...common], processOptions);
    const failure = result.code === 0 ? undefined : classifyFailure(result.stderr);
    return { failure, stdout: result.stdout, stderr: result.stderr, message: failureText(result.stderr) };
  }

  function errorOf(what: string, reply: Reply): HelmCdError {
    const code = ERROR_CODES[reply.failure ?? 'other'];
    return new HelmCdError(code, `${what}: ${reply.message}`, {
      ...(reply.failure === 'forbidden' ? { hint: `Give the credentials of ${source.name} that permission.` } : {}),
    });
  }

  async function retried(args: readonly string[], options: CallOptions): Promise<DirectReply> {
    const until = services.clock.now() + RETRY_MS;
    for (let pause = 500; ; pause = Math.min(pause * 2, 5000)) {
      const reply = await call(args, options);
      // A cancelled job has no time to wait for the network.
      if (reply.failure !== 'unreachable' || services.cancelled.aborted) return reply;
      if (services.clock.now() + pause > until) return reply;
      services.log.info(`${server} does not answer, trying again: ${reply.message}`);
      await services.clock.sleep(pause);
    }
  }

  const cluster: Cluster = {
    server,
    context,
    defaultNamespace: namespace === '' ? 'default' : namespace,
    environment,
    call,
    async request(wanted, { timeoutMs = CALL_TIMEOUT_MS, ignoreCancel = false, signal } = {}) {
      const answer = await connection.request(wanted, { timeoutMs, ignoreCancel, signal });
      if (answer !== undefined) return answer;
      if (wanted.method !== 'GET') return { status: 0, body: 'there is no connection to the API server' };
      const reply = await callKubectl(['get', '--raw', wanted.path], { timeoutMs, ignoreCancel });
      if (reply.failure === undefined) return { status: 200, body: reply.stdout };
      return { status: STATUS[reply.failure] ?? 0, body: reply.message };
    },
    objects: new DirectObjects((request, options) => connection.request(request, options)),
    async run(what, args, options = {}) {
      const reply = await call(args, options);
      if (reply.failure !== undefined) throw errorOf(what, reply);
      return reply.stdout;
    },
    async list(what, args, options = {}) {
      const reply = await retried([...args, '--output=json'], options);
      if (reply.failure !== undefined) throw errorOf(what, reply);
      if (reply.objects !== undefined) return reply.objects;
      // That is how --ignore-not-found says that there is nothing.
      if (reply.stdout.trim() === '') return [];
      try {
        const parsed = JSON.parse(reply.stdout) as KubernetesObject & { readonly items?: readonly KubernetesObject[] };
        return parsed.items ?? [parsed];
      } catch (cause) {
        throw new HelmCdError('tool', `${what}: kubectl's output is no JSON: ${messageOf(cause)}`, { cause });
      }
    },
  };

  const silent = (error: unknown): Reply => {
    if (!(error instanceof HelmCdError) || error.code !== 'timeout') throw error;
    return { failure: 'unreachable', stdout: '', stderr: '', message: `no answer within ${REACH_SECONDS} s` };
  };
  const version = { method: 'GET', path: '/version' } as const;
  const reached = { timeoutMs: REACH_SECONDS * 1000, ignoreCancel: false, signal: undefined };
  const answer = await connection.request(version, reached).catch(silent);
  if (answer !== undefined && 'failure' in answer) throw notReached(server, source.name, answer);
  if (answer?.status === 200) return cluster;
  // kubectl itself says best what is wrong.
  const hello = await callKubectl(['get', '--raw', '/version', `--request-timeout=${REACH_SECONDS}s`], {
    timeoutMs: (REACH_SECONDS + 3) * 1000,
  }).catch(silent);
  if (hello.failure !== undefined) throw notReached(server, source.name, hello);
  return cluster;
}
