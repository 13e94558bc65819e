import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { adminAnswer, type AdminDeps } from './admin.js';
import { BodyRoom, readBody } from './body.js';
import type { Address } from './config/types.js';
import { json, type Answer, type Call, type Relay } from './handler.js';
import type { RelayLog } from './log.js';
import type { RelayMetrics } from './metrics.js';
import { Refusal, retryAfter } from './refusal.js';

const HEADERS_TIMEOUT_MS = 10_000;
/** Longer than load balancers keep idle connections: who ends one first must not be us, just when a call comes. */
const KEEP_ALIVE_MS = 75_000;
const MOST_HEADER_BYTES = 16_384;
/** Connections, also of those who send nothing. */
const MOST_CONNECTIONS = 2000;
/** Of what is refused unread, so much is thrown away, for so long, before the connection ends. */
const MOST_WASTE_BYTES = 8 * 1024 * 1024;
const LINGER_MS = 1000;

export interface ServerDeps {
  readonly relay: Relay;
  readonly metrics: RelayMetrics;
  readonly log: RelayLog;
}

export interface RelayServer {
  /** Where it listens: a port that was given as 0 is known now. */
  readonly address: Address;
  readonly adminAddress: Address;
  /**
   * Takes no new calls and ends when those that were taken are answered.
   * @param graceMs after this it ends anyway.
   * @returns whether all were answered.
   */
  stop(graceMs: number): Promise<boolean>;
}

function callOf(request: http.IncomingMessage, body: Call['body']): Call {
  const url = request.url ?? '/';
  const query = url.indexOf('?');
  const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
  );
  return {
    method: request.method ?? '',
    path: query < 0 ? url : url.slice(0, query),
    query: new URLSearchParams(query < 0 ? '' : url.slice(query + 1)),
    headers: new Map(headers),
    body,
  };
}

/**
 * Throws away what still comes of a body nobody wants, for a moment: a connection that ends at once, with something
 * unread, loses the answer on its way.
 */
function drain(request: http.IncomingMessage): void {
  if (request.complete || request.destroyed) return void request.resume();
  let bytes = 0;
  const timer = setTimeout(() => request.destroy(), LINGER_MS);
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MOST_WASTE_BYTES) request.destroy();
  });
  request.on('error', () => undefined);
  request.on('close', () => clearTimeout(timer));
  request.on('end', () => clearTimeout(timer));
  request.resume();
}

function listen(server: http.Server, { host, port }: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve({ host, port: (server.address() as AddressInfo).port });
    });
  });
}

/** Starts the relay as a web server. TLS is the business of what stands before it. */
export async function startRelayServer({ relay, metrics, log }: ServerDeps): Promise<RelayServer> {
  const { limits, listen: address, admin } = relay.config;
  const room = new BodyRoom();
  let working = 0;
  let stopping = false;
  let whenIdle: (() => void) | undefined;
  const adminDeps: AdminDeps = { metrics, isReady: () => !stopping };

  const respond = (response: http.ServerResponse, { status, headers, body }: Answer) => {
    if (response.headersSent || response.destroyed) return;
    response.writeHead(status, { ...headers, ...(stopping ? { connection: 'close' } : {}) });
    response.end(body);
  };

  const busy = (message: string) => new Refusal(503, 'busy', message, { headers: retryAfter(1) });

  async function work(request: http.IncomingMessage): Promise<Answer> {
    const place = { taken: false };
    const body = async () => {
      const bytes = await readBody(request, room, limits.bodyTimeoutMs);
      // What is slow to arrive takes nobody's place.
      if (working >= limits.concurrency) throw busy('Too many calls at a time.');
      working += 1;
      place.taken = true;
      return bytes;
    };
    try {
      if (stopping) throw busy('The relay is about to end.');
      return await relay.handle(callOf(request, body));
    } catch (error) {
      if (error instanceof Refusal) return json(error.status, { error: error.message }, error.headers);
      throw error;
    } finally {
      room.leave(request);
      if (place.taken) working -= 1;
    }
  }

  let taken = 0;
  const serving = new WeakSet<Socket>();
  async function serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    taken += 1;
    serving.add(request.socket);
    try {
      const path = (request.url ?? '').split('?')[0] ?? '';
      const own = admin === undefined ? await adminAnswer(request.method ?? '', path, adminDeps) : undefined;
      respond(response, own ?? (await work(request)));
      drain(request);
    } finally {
      taken -= 1;
      serving.delete(request.socket);
      if (taken === 0) whenIdle?.();
    }
  }

  const options = {
    headersTimeout: HEADERS_TIMEOUT_MS,
    // A backstop: the body has a limit of its own, which is answered.
    requestTimeout: HEADERS_TIMEOUT_MS + limits.bodyTimeoutMs + 5000,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: 1000,
    maxHeaderSize: MOST_HEADER_BYTES,
  };
  const server = http.createServer(options, (request, response) => {
    serve(request, response).catch((error: unknown) => {
      log('error', 'a defect of the relay', {
        reasons: [error instanceof Error ? (error.stack ?? '') : String(error)],
      });
      response.destroy();
    });
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // A call in its middle knows of it.
    if (serving.has(socket)) return void socket.destroy();
    const status = statusOf(error.code);
    metrics.request('', status === 408 ? 'too-slow' : 'malformed', 0);
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
    socket.end(
      `HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    );
  });

  const adminServer =
    admin === undefined
      ? undefined
      : http.createServer(options, (request, response) => {
          void adminAnswer(request.method ?? '', (request.url ?? '').split('?')[0] ?? '', adminDeps)
            .then((answer) => respond(response, answer ?? json(404, { error: 'There is nothing here.' })))
            .finally(() => drain(request));
        });
  const where = await listen(server, address);
  const whereAdmin = adminServer === undefined || admin === undefined ? where : await listen(adminServer, admin);

  return {
    address: where,
    adminAddress: whereAdmin,
    async stop(graceMs) {
      stopping = true;
      server.close();
      server.closeIdleConnections();
      let timer: NodeJS.Timeout | undefined;
      const idle =
        taken === 0 ? Promise.resolve(true) : new Promise<boolean>((resolve) => (whenIdle = () => resolve(true)));
      const late = new Promise<boolean>((resolve) => {
        timer = setTimeout(resolve, graceMs, false);
      });
      const all = await Promise.race([idle, late]);
      clearTimeout(timer);
      // Answers that were just written are on their way.
      if (all) await new Promise((resolve) => setImmediate(resolve));
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 1000).unref();
      adminServer?.close();
      adminServer?.closeAllConnections();
      return all;
    },
  };
}

function statusOf(code: string | undefined): number {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  return code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
}
