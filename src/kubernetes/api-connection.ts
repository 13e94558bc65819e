/**
 * One connection to the API server for all requests of a run: kubectl's own proxy, on a socket in a folder that is ours alone.
 * kubectl does what it does best (credentials of any kind, certificates, proxies) once, and a request takes milliseconds where a
 * process of its own took a tenth of a second.
 */
import { Agent, request as httpRequest } from 'node:http';
import path from 'node:path';
import type { ApiRequest } from '../core/api-requests.js';
import { HelmCdError, messageOf } from '../core/errors.js';
import type { Services } from '../core/ports.js';

/** How long the proxy may take to be there. */
const START_MS = 10_000;
/** A connection that says nothing for so long is dead. */
const SILENCE_MS = 15_000;
/** A proxy that nobody has used for so long ends. */
const IDLE_MS = 20_000;
/** What a path of a socket may have, on any system. */
const MAX_SOCKET_PATH = 100;
/** Ends the proxy, and itself, when we are gone, however that came: then our end of its input is closed. */
const TIED = '"$@" </dev/null & cat >/dev/null; kill -TERM 0';

export interface Answer {
  /** The HTTP status; 0 when there was no answer, and the body says why. */
  readonly status: number;
  readonly body: string;
}

export interface RequestOptions {
  readonly timeoutMs: number;
  readonly ignoreCancel: boolean;
  readonly signal: AbortSignal | undefined;
  /** How long the server may be silent; without it a quarter of a minute. */
  readonly silenceMs?: number;
}

interface Proxy {
  readonly socketPath: string;
  readonly agent: Agent;
  end(): void;
}

class NotSent extends Error {}

function send(proxy: Proxy, request: ApiRequest, options: RequestOptions, cancelled: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method, path: target, body, contentType = 'application/json', accept = 'application/json' } = request;
    const headers = {
      // The proxy serves this host alone.
      host: 'localhost',
      accept,
      ...(body === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }),
    };
    let connected = false;
    const { socketPath, agent } = proxy;
    const running = httpRequest({ socketPath, agent, method, path: target, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => done(() => resolve({ status: 0, body: error.message })));
      response.on('end', () => {
        done(() => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      });
    });
    const what = `The request ${method} ${target.split('?')[0] ?? ''}`;
    const stop = (error: HelmCdError) => {
      done(() => reject(error));
      running.destroy();
    };
    const onCancel = () => stop(new HelmCdError('cancelled', 'The job was cancelled.'));
    const onEnded = () => stop(new HelmCdError('cancelled', `${what} is not needed any more.`));
    const timer = setTimeout(
      () => stop(new HelmCdError('timeout', `${what} had no answer within ${Math.round(options.timeoutMs / 1000)} s.`)),
      options.timeoutMs,
    );
    function done(settle: () => void) {
      clearTimeout(timer);
      cancelled.removeEventListener('abort', onCancel);
      options.signal?.removeEventListener('abort', onEnded);
      settle();
    }
    if (!options.ignoreCancel) cancelled.addEventListener('abort', onCancel);
    options.signal?.addEventListener('abort', onEnded);
    running.on('socket', (socket) => {
      if (socket.connecting) socket.once('connect', () => (connected = true));
      else connected = true;
    });
    const silenceMs = options.silenceMs ?? SILENCE_MS;
    running.setTimeout(silenceMs, () => {
      done(() => resolve({ status: 0, body: `no answer within ${silenceMs / 1000} s: i/o timeout` }));
      running.destroy();
    });
    running.on('error', (error) => {
      done(() => (connected ? resolve({ status: 0, body: error.message }) : reject(new NotSent(error.message))));
    });
    running.end(body);
  });
}

/** Requests to one cluster. */
export class ApiConnection {
  private readonly kubectl: string;
  private readonly args: readonly string[];
  private readonly environment: Readonly<Record<string, string>>;
  private readonly services: Pick<Services, 'processes' | 'temp' | 'cancelled' | 'log'>;
  private starting: Promise<Proxy | undefined> | undefined;
  private idle: NodeJS.Timeout | undefined;
  private started = 0;

  /** @param args what chooses the context. */
  constructor(
    kubectl: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
    services: Pick<Services, 'processes' | 'temp' | 'cancelled' | 'log'>,
  ) {
    this.kubectl = kubectl;
    this.args = args;
    this.environment = environment;
    this.services = services;
  }

  private start(): Promise<Proxy | undefined> {
    const { processes, temp, log } = this.services;
    const socketPath = path.join(temp, `api${this.started++}.sock`);
    if (socketPath.length > MAX_SOCKET_PATH || this.started > 10) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const ended = new AbortController();
      const agent = new Agent({ keepAlive: true, maxSockets: 16 });
      const proxy: Proxy = {
        socketPath,
        agent,
        end() {
          agent.destroy();
          ended.abort();
        },
      };
      const slow = setTimeout(() => {
        proxy.end();
        resolve(undefined);
      }, START_MS);
      slow.unref();
      const program = [this.kubectl, 'proxy', `--unix-socket=${socketPath}`, '--append-server-path', ...this.args];
      processes
        .run('sh', ['-c', TIED, 'sh', ...program], {
          env: this.environment,
          accept: 'any',
          holdInput: true,
          // Also what is done after the job was cancelled needs it.
          ignoreCancel: true,
          signal: ended.signal,
          onLine: (line) => {
            if (!line.startsWith('Starting to serve')) return;
            clearTimeout(slow);
            resolve(proxy);
          },
        })
        .catch((error: unknown) => log.debug(`kubectl proxy: ${messageOf(error)}`))
        .finally(() => {
          clearTimeout(slow);
          resolve(undefined);
        });
    });
  }

  private stop(proxy: Proxy): void {
    proxy.end();
    this.starting = undefined;
  }

  /**
   * Makes a request.
   * @returns nothing when there is no such connection: then nothing was sent.
   * @throws HelmCdError `cancelled`, `timeout`
   */
  async request(request: ApiRequest, options: RequestOptions): Promise<Answer | undefined> {
    const { cancelled } = this.services;
    if (!options.ignoreCancel && cancelled.aborted) throw new HelmCdError('cancelled', 'The job was cancelled.');
    clearTimeout(this.idle);
    const proxy = await (this.starting ??= this.start());
    if (proxy === undefined) return undefined;
    try {
      const answer = await send(proxy, request, options, cancelled);
      // Whatever the connection has come to, the next request begins anew.
      if (answer.status === 0) this.stop(proxy);
      return answer;
    } catch (error) {
      if (!(error instanceof NotSent)) throw error;
      this.services.log.debug(`kubectl proxy: ${error.message}`);
      this.stop(proxy);
      return undefined;
    } finally {
      clearTimeout(this.idle);
      this.idle = setTimeout(() => this.stop(proxy), IDLE_MS);
      this.idle.unref();
    }
  }
}
