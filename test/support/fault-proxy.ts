import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a request on its way: nothing, or a fault. */
export type Fault =
  /** The connection is cut before the server sees the request. */
  | 'cut'
  /** The server handles it, but the answer never arrives. */
  | 'cut-after'
  /** The server handles it, but the answer is an internal error. */
  | 'fail-after'
  /** The connection is cut when half of the request's body has reached the server. */
  | 'cut-upload'
  /** The connection is cut when half of the answer's body has arrived. */
  | 'cut-download'
  /** Nobody answers, until the proxy is closed. The server never sees the request. */
  | 'stall'
  /** This status in place of the server's answer; the server never sees the request. */
  | { readonly status: number; readonly code: string; readonly headers?: Readonly<Record<string, string>> }
  /** This answer in place of the server's; the server never sees the request. */
  | { readonly answer: Answer };

export interface Answer {
  readonly status: number;
  readonly headers: http.OutgoingHttpHeaders;
  readonly body: Uint8Array;
}

export interface Seen {
  readonly method: string;
  /** Of the URL, without the query. */
  readonly path: string;
  /** The rest of the URL, without the question mark. */
  readonly query: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  /** What the server has answered, afterwards. */
  answer?: Answer;
}

/** Called for each request before it is passed on, and again when the server has answered. */
export type Hook = (request: Seen, moment: 'before' | 'after') => Fault | undefined | Promise<Fault | undefined>;

export interface FaultProxy {
  readonly url: string;
  /** All requests so far. */
  readonly seen: readonly Seen[];
  close(): Promise<void>;
}

/**
 * Stands before a real server and does to chosen requests what networks and servers do. Requests are passed on with their
 * own Host header, so that signatures stay valid.
 */
export async function startFaultProxy(target: string, hook: Hook): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const seen: Seen[] = [];

  async function handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const about: Seen = {
      method: request.method ?? '',
      path: (request.url ?? '').split('?')[0] ?? '',
      query: (request.url ?? '').split('?')[1] ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks),
    };
    seen.push(about);
    const fault = await hook(about, 'before');
    if (fault === 'stall') return;
    if (fault === 'cut') return void request.socket.destroy();
    const refuse = (status: number, code: string, headers: Readonly<Record<string, string>> = {}) => {
      response.writeHead(status, { 'content-type': 'application/xml', ...headers });
      response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
    };
    if (typeof fault === 'object') {
      if (!('answer' in fault)) return refuse(fault.status, fault.code, fault.headers);
      response.writeHead(fault.answer.status, fault.answer.headers);
      return void response.end(fault.answer.body);
    }
    const options = { hostname, port, method: about.method, path: request.url, headers: request.headers };
    if (fault === 'cut-upload') {
      const half = http.request(options).on('error', () => request.socket.destroy());
      half.write(about.body.subarray(0, Math.floor(about.body.length / 2)), () => setTimeout(() => half.destroy(), 50));
      return;
    }
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      http.request(options, resolve).on('error', reject).end(about.body);
    });
    const parts: Buffer[] = [];
    for await (const chunk of answer) parts.push(chunk as Buffer);
    const body = Buffer.concat(parts);
    about.answer = { status: answer.statusCode ?? 500, headers: answer.headers, body };
    const later = (await hook(about, 'after')) ?? fault;
    if (later === 'cut-after') return void request.socket.destroy();
    if (later === 'fail-after') return refuse(500, 'InternalError');
    response.writeHead(about.answer.status, about.answer.headers);
    if (later !== 'cut-download') return void response.end(body);
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => request.socket.destroy());
  }

  const server = http.createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A hook that lets the first `times` matching requests suffer a fault. */
export function faultOn(method: string, pathEnd: string, fault: Fault, times = 1): Hook {
  let left = times;
  const moment = fault === 'cut-after' || fault === 'fail-after' ? 'after' : 'before';
  return (request, now) => {
    if (now !== moment || left === 0 || request.method !== method || !request.path.endsWith(pathEnd)) return undefined;
    left -= 1;
    return fault;
  };
}
