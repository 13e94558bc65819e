import http from 'node:http';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiFailure } from '../errors.js';
import { parseGraphQL, serveGraphQL } from '../graphql/serve.js';
import { apiRoot, failureAnswer, serveRest } from '../rest/serve.js';
import { Token } from '../state/tokens.js';
import type { World } from '../state/world.js';
import { jsonAnswer, type Answer, type Call, type LoggedRequest } from './call.js';
import type { Contract } from './contract.js';
import { ConnectionCut, type Fault, type Faults } from './faults.js';
import { RateLimit } from './rate-limit.js';
import { matchPages, servePages } from './pages.js';
import { matchGit, serveGit } from './smart-http.js';

const MAX_BODY = 100 * 1024 * 1024;
const API_VERSIONS = ['2022-11-28', '2026-03-10'];

export interface ListenerOptions {
  readonly world: World;
  readonly contract: Contract;
  readonly faults: Faults;
  readonly requests: LoggedRequest[];
  /** Milliseconds that each request waits before it is worked on: what a network would cost. */
  latency(): number;
}

/** What is asked for, and how to serve it. */
interface Target {
  readonly operations: readonly string[];
  serve(call: Call): Promise<Answer>;
}

export interface Listener {
  readonly url: string;
  close(): Promise<void>;
}

function read(request: http.IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY) reject(new Error('The request is too large.'));
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
  });
}

/** Finds out what a request asks for: REST below /api/v3, GraphQL at /api/graphql, GitHub Pages at /pages, everything else is git. */
function targetOf({ world, contract }: ListenerOptions, method: string, url: URL, content: Buffer): Target {
  if (url.pathname === '/api/graphql' && method === 'POST') {
    const parsed = parseGraphQL(content);
    return { operations: parsed.operations, serve: (call) => serveGraphQL(world, call, parsed) };
  }
  const site = method === 'GET' ? matchPages(url.pathname) : undefined;
  if (site !== undefined) return { operations: ['pages'], serve: () => servePages(world, site) };
  const git = matchGit(url.pathname, url.searchParams);
  if (git !== undefined) {
    const service = git.service === 'info/refs' ? 'git-refs' : git.service;
    return { operations: [service], serve: (call) => serveGit(world, call, git, content) };
  }
  const route = url.pathname.startsWith(`${apiRoot}/`)
    ? contract.match(method, url.pathname.slice(apiRoot.length))
    : undefined;
  return {
    operations: [route?.operation ?? `${method} ${url.pathname}`],
    serve: (call) => serveRest(world, contract, call, route, content),
  };
}

/** What GitHub wants of every API client. */
function requireHeaders(call: Call): void {
  if (call.headers['user-agent'] === undefined) {
    throw new ApiFailure(
      403,
      'Request forbidden by administrative rules. Please make sure your request has a User-Agent header.',
    );
  }
  const version = call.headers['x-github-api-version'];
  if (version !== undefined && !API_VERSIONS.includes(version)) {
    throw new ApiFailure(400, `API version ${version} is not supported.`);
  }
}

/** From the arrival of a request to its answer: identity, faults, the work itself, faults again. */
async function answerTo(
  options: ListenerOptions,
  call: Call,
  target: Target,
  faults: readonly Fault[],
): Promise<Answer> {
  try {
    call.token = options.world.tokens.authenticate(call.headers['authorization']);
    requireHeaders(call);
    const early = await options.faults.before(faults, call);
    if (early !== undefined) return early;
    if (call.token.expired) throw new ApiFailure(401, 'Bad credentials');
    const answer = await target.serve(call);
    return await options.faults.after(faults, call, answer);
  } catch (error) {
    if (error instanceof ApiFailure) {
      const answer = failureAnswer(error);
      if (error.status !== 401 || !call.operations.every((name) => name.startsWith('git-'))) return answer;
      return { ...answer, headers: { ...answer.headers, 'www-authenticate': 'Basic realm="GitHub"' } };
    }
    if (error instanceof ConnectionCut) throw error;
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    options.world.violations.push({ source: 'answer', operation: call.operations.join(' '), message });
    return jsonAnswer(500, { message: 'The test server has an error of its own; see its violations.' });
  }
}

/** Listens on a free port of the loopback address. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const limits = new RateLimit();
  let serverUrl = '';

  async function handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const started = performance.now();
    const content = await read(request);
    const latency = options.latency();
    if (latency > 0) await sleep(latency);
    const { method = 'GET', url: path = '/' } = request;
    const target = targetOf(options, method, new URL(path, serverUrl), content);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(', ') : (value ?? ''),
      ]),
    );
    const call: Call = {
      method,
      path,
      operations: target.operations,
      headers,
      serverUrl,
      token: new Token('anonymous'),
      view: 'current',
      unsigned: false,
    };
    const faults = options.faults.take(call);
    const log = (status: number): void => {
      const ms = performance.now() - started;
      const { operations, token } = call;
      options.requests.push({ method, path, operations, status, ms, actor: token.actor.login });
    };
    let answer: Answer;
    try {
      answer = await answerTo(options, call, target, faults);
    } catch (error) {
      log(0);
      request.socket.destroy();
      if (!(error instanceof ConnectionCut)) throw error;
      return;
    }
    log(answer.status);
    send(
      response,
      answer,
      limits.count(call),
      faults.some((fault) => fault.kind === 'cut' && fault.when === 'middle'),
    );
  }

  const server = http.createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  // A client that keeps its connection must not meet one that is just being closed.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  serverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: serverUrl,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: http.ServerResponse, answer: Answer, limits: Record<string, string>, half: boolean): void {
  const headers = {
    ...limits,
    'x-github-request-id': randomUUID(),
    ...answer.headers,
    ...(answer.status === 204 ? {} : { 'content-length': String(answer.body.length) }),
  };
  response.writeHead(answer.status, headers);
  if (!half) {
    response.end(answer.body);
    return;
  }
  response.write(answer.body.subarray(0, Math.ceil(answer.body.length / 2)), () => response.destroy());
}
