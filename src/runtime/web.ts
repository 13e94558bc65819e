import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { HelmCdError, messageOf } from '../core/errors.js';
import type { Web, WebAnswer, WebOptions, WebRequest } from '../core/ports.js';
import type * as ActionsToolkit from './actions-toolkit.js';

type Toolkit = typeof ActionsToolkit;
type HttpClient = InstanceType<Toolkit['HttpClient']>;

async function readBody(message: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += (chunk as Buffer).length;
    if (size > maxBytes) {
      message.destroy();
      throw new HelmCdError('refused', `the answer is longer than ${Math.floor(maxBytes / 1024 ** 2)} MiB`);
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** The work's result, or a failure as soon as the signal is set; the work is then left alone. */
function orAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  work.catch(() => undefined);
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

const MOST_REDIRECTS = 5;

/** Where an answer sends us; nothing when it is the last one. */
function redirectedTo({ statusCode = 0, headers: { location } }: IncomingMessage, url: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) return undefined;
  if (!URL.canParse(location, url.href)) return undefined;
  const target = new URL(location, url.href);
  return target.protocol === url.protocol || target.protocol === 'https:' ? target : undefined;
}

/** Requests an address and those that it leads to; the client itself knows no relative ones. */
async function follow(
  client: HttpClient,
  address: string,
  headers: Readonly<Record<string, string>>,
): Promise<IncomingMessage> {
  let url = new URL(address);
  let given = headers;
  for (let redirects = 0; ; redirects++) {
    const { message } = await client.get(url.href, { ...given });
    const target = redirectedTo(message, url);
    if (target === undefined || redirects === MOST_REDIRECTS) return message;
    message.resume();
    // Credentials are for the server that they were given for.
    const kept = Object.entries(given).filter(([name]) => name.toLowerCase() !== 'authorization');
    if (target.origin !== url.origin) given = Object.fromEntries(kept);
    url = target;
  }
}

function answerOf({ statusCode = 0, headers }: IncomingMessage, body: Uint8Array): WebAnswer {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
  );
  return { status: statusCode, headers: Object.fromEntries(entries) as Record<string, string>, body };
}

/** Sends once and follows nothing. */
async function sendOnce(client: HttpClient, url: string, { method, headers, body }: WebRequest) {
  const length = { 'content-length': String(body?.length ?? 0) };
  const stream = Readable.from(body === undefined ? [] : [Buffer.from(body)], { objectMode: false });
  return (await client.request(method, url, stream, { ...headers, ...length })).message;
}

/** Talks by the toolkit's client, which knows `http_proxy`, `https_proxy` and `no_proxy`. */
export function createWeb(cancelled: AbortSignal): Web {
  async function ask(
    { timeoutMs, maxBytes, signal: ended }: WebOptions,
    work: (client: HttpClient) => Promise<IncomingMessage>,
  ): Promise<WebAnswer> {
    // Left alone by the bundler: in dist/ it is the file beside the actions' bundle.
    const { HttpClient }: Toolkit = await import(/* webpackIgnore: true */ './actions-toolkit.js');
    const client = new HttpClient('helm-cd', [], { socketTimeout: timeoutMs, allowRedirects: false });
    const timeout = AbortSignal.timeout(timeoutMs);
    const stop = ended === undefined ? cancelled : AbortSignal.any([cancelled, ended]);
    const signal = AbortSignal.any([stop, timeout]);
    let message: IncomingMessage | undefined;
    try {
      message = await orAborted(work(client), signal);
      return answerOf(message, await orAborted(readBody(message, maxBytes), signal));
    } catch (error) {
      if (stop.aborted) throw new HelmCdError('cancelled', 'The job was cancelled.');
      if (error instanceof HelmCdError) throw error;
      const late = timeout.aborted || /request timeout/i.test(messageOf(error));
      const reason = late ? `no answer within ${timeoutMs / 1000} s` : messageOf(error);
      throw new HelmCdError('unreachable', reason, { cause: error });
    } finally {
      message?.destroy();
      client.dispose();
    }
  }

  return {
    get: (url, options) => ask(options, (client) => follow(client, url, options.headers ?? {})),
    send: (url, request) => ask(request, (client) => sendOnce(client, url, request)),
  };
}
