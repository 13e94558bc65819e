/**
 * As much of `fetch` as GitHub's API needs, on Node's own HTTP client: the built-in `fetch` compiles a parser of its own first,
 * which takes longer than many an answer.
 */
import http from 'node:http';
import https from 'node:https';
import { promisify } from 'node:util';

/** What octokit gives to `fetch`. */
export interface FetchOptions {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What octokit takes from the answer. */
export interface FetchedResponse {
  readonly status: number;
  readonly statusText: string;
  /** After redirects. */
  readonly url: string;
  /** By lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

const MOST_REDIRECTS = 5;
/** With the same method and body; every other redirect is only for requests that read. */
const REPEATED = [307, 308];
const REDIRECTS = [301, 302, 303, ...REPEATED];

function send(url: URL, { method, headers, body, signal }: FetchOptions): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const client = url.protocol === 'https:' ? https : http;
    const all = { 'accept-encoding': 'gzip', ...headers };
    const request = client.request(url, { method, headers: all, ...(signal === undefined ? {} : { signal }) }, resolve);
    request.on('error', (error) => reject(signal?.aborted === true ? (signal.reason as Error) : error));
    request.end(body);
  });
}

async function readAll(message: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  if (message.headers['content-encoding'] !== 'gzip') return bytes;
  const { gunzip } = await import('node:zlib');
  return promisify(gunzip)(bytes);
}

function responseOf(message: http.IncomingMessage, url: URL): FetchedResponse {
  const body = readAll(message);
  // Told to whoever reads it.
  body.catch(() => undefined);
  const headers = Object.entries(message.headers).flatMap(([name, value]): [string, string][] => {
    if (value === undefined) return [];
    return [[name, Array.isArray(value) ? value.join(', ') : value]];
  });
  return {
    status: message.statusCode ?? 0,
    statusText: message.statusMessage ?? '',
    url: url.href,
    headers: new Map(headers),
    text: async () => (await body).toString(),
    arrayBuffer: async () => Uint8Array.from(await body).buffer,
  };
}

/** Where the answer sends this request; nothing when the answer is the last one. */
function redirectedTo(message: http.IncomingMessage, url: URL, { method }: FetchOptions): URL | undefined {
  const { statusCode = 0, headers } = message;
  if (headers.location === undefined || !REDIRECTS.includes(statusCode)) return undefined;
  const reads = method === 'GET' || method === 'HEAD';
  if ((!reads && !REPEATED.includes(statusCode)) || !URL.canParse(headers.location, url.href)) return undefined;
  const target = new URL(headers.location, url);
  return target.protocol === url.protocol || target.protocol === 'https:' ? target : undefined;
}

/**
 * Sends a request and follows its redirects; credentials go to the first origin only.
 * @throws Error of the connection, or the signal's reason.
 */
export async function httpFetch(address: string, options: FetchOptions): Promise<FetchedResponse> {
  let url = new URL(address);
  let given = options;
  for (let redirects = 0; ; redirects++) {
    const message = await send(url, given);
    const target = redirectedTo(message, url, given);
    if (target === undefined || redirects >= MOST_REDIRECTS) return responseOf(message, url);
    message.resume();
    if (target.origin !== url.origin) {
      const headers = Object.entries(given.headers).filter(([name]) => name.toLowerCase() !== 'authorization');
      given = { ...given, headers: Object.fromEntries(headers) };
    }
    url = target;
  }
}
