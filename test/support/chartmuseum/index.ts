/**
 * A ChartMuseum server on the loopback address, made after its HTTP API: real archives in a folder, an index that follows
 * an upload a moment later, replicas with indexes of their own, and a look before each write that is a step of its own, so
 * that two who upload one version at once both succeed.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseForm } from './form.js';
import {
  Storage,
  addEntry,
  entriesOf,
  entryOf,
  findEntry,
  indexText,
  isEntry,
  provenanceFile,
  removeEntry,
  type Index,
} from './repository.js';

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface MuseumRequest {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The real server's options, as far as they matter to clients, and how slow it is. */
export interface MuseumOptions {
  /** `--storage-local-rootdir` */
  readonly folder: string;
  /** `--depth`: how many parts of the path name a tenant. */
  readonly depth?: number;
  /** `--context-path` */
  readonly contextPath?: string;
  /** `--basic-auth-user`, `--basic-auth-pass`; with `anonymousGet` only for writing. */
  readonly user?: { readonly username: string; readonly password: string };
  readonly anonymousGet?: boolean;
  /** `--bearer-auth`; no token is ever right here. */
  readonly bearer?: boolean;
  readonly disableApi?: boolean;
  readonly disableDelete?: boolean;
  readonly allowOverwrite?: boolean;
  readonly maxUploadBytes?: number;
  readonly maxStorageObjects?: number;
  readonly chartUrl?: string;
  /** Each with an index of its own, asked in turn; `sharedCache` as with Redis. */
  readonly replicas?: number;
  readonly sharedCache?: boolean;
  /** Between the 201 and the index that shows it. */
  readonly indexDelayMs?: number;
  /** Between the look whether a file is there and its writing. */
  readonly putDelayMs?: number;
  /** Answers in place of the server, which never sees the request. */
  readonly before?: (request: MuseumRequest) => Reply | undefined | Promise<Reply | undefined>;
}

export interface ChartMuseum {
  readonly url: string;
  /** `POST /api/charts`, in order. */
  readonly requests: readonly string[];
  /** The archives of a tenant. */
  storage(repository?: string): Storage;
  /** All replicas forget their indexes, and make them anew of what is stored. */
  restart(): void;
  close(): Promise<void>;
}

const json = (status: number, content: unknown, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(content),
});
const problem = (status: number, error: string, headers: Readonly<Record<string, string>> = {}) =>
  json(status, { error }, headers);
const SAVED = json(201, { saved: true });

class Museum {
  private readonly options: MuseumOptions;
  private replicas: Map<string, Promise<Index>>[] = [];
  private turn = 0;

  constructor(options: MuseumOptions) {
    this.options = options;
    this.restart();
  }

  restart(): void {
    const { replicas = 1, sharedCache = false } = this.options;
    const shared = new Map<string, Promise<Index>>();
    this.replicas = Array.from({ length: replicas }, () => (sharedCache ? shared : new Map()));
  }

  storage(repository: string): Storage {
    return new Storage(path.join(this.options.folder, repository));
  }

  async answer(request: MuseumRequest): Promise<Reply> {
    const { contextPath = '', depth = 0, disableApi = false, maxUploadBytes = 20 * 1024 ** 2 } = this.options;
    if (request.body.length > maxUploadBytes) {
      return { status: 413, headers: { connection: 'close' }, body: 'request too large' };
    }
    if (!request.path.startsWith(contextPath)) return problem(404, 'not found');
    const parts = request.path.slice(contextPath.length).split('/').slice(1);
    if (request.method === 'GET' && parts.join('/') === 'health') return json(200, { healthy: true });
    const isApi = parts[0] === 'api';
    if (isApi) parts.shift();
    if (parts.length < depth) return problem(404, 'not found');
    const repository = parts.splice(0, depth).join('/');
    // As the real one, which finds /TENANT/api/charts as well as /api/TENANT/charts.
    const route = isApi ? ['api', ...parts] : parts;
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const refusal = this.refusal(request, isRead);
    if (refusal !== undefined) return refusal;
    const replica = this.replicas[this.turn++ % this.replicas.length];
    if (replica === undefined) throw new Error('no replica');
    if (route[0] === 'api') {
      return disableApi ? problem(404, 'not found') : this.api(request, route.slice(1), repository, replica);
    }
    if (!isRead) return problem(404, 'not found');
    if (route.length === 1 && route[0] === 'index.yaml') {
      const text = indexText(await this.index(repository, replica), contextPath);
      return { status: 200, headers: { 'content-type': 'application/x-yaml' }, body: text };
    }
    if (route.length !== 2 || route[0] !== 'charts') return problem(404, 'not found');
    const content = await this.storage(repository).read(route[1] ?? '');
    if (content === undefined) return problem(404, 'object not found');
    return { status: 200, headers: { 'content-type': 'application/x-tar' }, body: content };
  }

  private refusal({ headers }: MuseumRequest, isRead: boolean): Reply | undefined {
    const { user, anonymousGet = false, bearer = false } = this.options;
    if (isRead && anonymousGet) return undefined;
    if (bearer) {
      return problem(401, 'unauthorized', { 'www-authenticate': 'Bearer realm="https://login.example.test/token"' });
    }
    if (user === undefined) return undefined;
    const expected = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`;
    if (headers.authorization === expected) return undefined;
    return problem(401, 'unauthorized', { 'www-authenticate': 'Basic realm="ChartMuseum"' });
  }

  private index(repository: string, replica: Map<string, Promise<Index>>): Promise<Index> {
    const known = replica.get(repository);
    if (known !== undefined) return known;
    const index = this.storage(repository).index(this.chartUrl(repository));
    replica.set(repository, index);
    return index;
  }

  private async api(
    request: MuseumRequest,
    [kind, name = '', version = '', ...rest]: readonly string[],
    repository: string,
    replica: Map<string, Promise<Index>>,
  ): Promise<Reply> {
    const { method } = request;
    if (rest.length > 0) return problem(404, 'not found');
    if (method === 'POST' && name === '' && kind === 'prov') return this.postProvenance(request.body, repository);
    if (kind !== 'charts') return problem(404, 'not found');
    const index = await this.index(repository, replica);
    if (method === 'POST' && name === '') return this.postCharts(request, repository, index);
    if (method === 'GET' || method === 'HEAD') {
      const found =
        name === '' ? entriesOf(index) : version === '' ? entriesOf(index)[name] : findEntry(index, name, version);
      return found === undefined ? problem(404, 'chart not found') : json(200, found);
    }
    if (method !== 'DELETE' || version === '') return problem(404, 'not found');
    if (this.options.disableDelete === true) return problem(405, 'not allowed');
    const file = `${name}-${version}.tgz`;
    if (!(await this.storage(repository).remove(file)))
      return problem(404, `remove ${file}: no such file or directory`);
    await this.storage(repository).remove(`${file}.prov`);
    this.later(() => removeEntry(index, name, version));
    return json(200, { deleted: true });
  }

  private chartUrl(repository: string): string {
    const { chartUrl = '' } = this.options;
    return chartUrl === '' || repository === '' ? chartUrl : `${chartUrl}/${repository}`;
  }

  private later(change: () => void): void {
    setTimeout(change, this.options.indexDelayMs ?? 50).unref();
  }

  private async postCharts({ body, headers }: MuseumRequest, repository: string, index: Index): Promise<Reply> {
    const type = headers['content-type'] ?? '';
    const files = type.startsWith('multipart/form-data')
      ? parseForm(body, type)
      : new Map<string, Buffer>([['chart', body]]);
    const [chart, provenance] = [files.get('chart'), files.get('prov')];
    if (chart === undefined) return problem(400, 'no package or provenance file found in form fields chart and prov');
    const entry = await entryOf(chart, new Date(), this.chartUrl(repository)).catch((error: unknown) => error);
    if (!isEntry(entry)) return problem(400, String(entry));
    const stored = new Map([[`${entry.name}-${entry.version}.tgz`, chart]]);
    if (provenance !== undefined) {
      const file = provenanceFile(provenance);
      if (file === undefined) return problem(400, 'invalid provenance file');
      stored.set(file, provenance);
    }
    const refusal = await this.put(stored, repository);
    if (refusal !== undefined) return refusal;
    this.later(() => addEntry(index, entry));
    return SAVED;
  }

  private async postProvenance(content: Buffer, repository: string): Promise<Reply> {
    const file = provenanceFile(content);
    if (file === undefined) return problem(500, 'invalid provenance file');
    return (await this.put(new Map([[file, content]]), repository)) ?? SAVED;
  }

  /** Looks, and then writes: whoever comes in between is overwritten. */
  private async put(files: ReadonlyMap<string, Buffer>, repository: string): Promise<Reply | undefined> {
    const { allowOverwrite = false, maxStorageObjects = 0, putDelayMs = 0 } = this.options;
    const storage = this.storage(repository);
    for (const file of files.keys()) {
      if (path.basename(file) !== file) return problem(400, `${file} is improperly formatted`);
      if (!allowOverwrite && (await storage.read(file)) !== undefined) return problem(409, 'file already exists');
    }
    if (maxStorageObjects > 0 && (await storage.files()).length >= maxStorageObjects) {
      return problem(507, 'repo has reached storage limit');
    }
    if (putDelayMs > 0) await sleep(putDelayMs);
    for (const [file, content] of files) await storage.write(file, content);
    return undefined;
  }
}

async function readAll(request: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Starts a server. */
export async function startChartMuseum(options: MuseumOptions): Promise<ChartMuseum> {
  const museum = new Museum(options);
  const requests: string[] = [];

  async function handle(incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { pathname } = new URL(incoming.url ?? '/', 'http://localhost');
    const request: MuseumRequest = {
      method: incoming.method ?? '',
      path: decodeURIComponent(pathname),
      headers: incoming.headers,
      body: await readAll(incoming),
    };
    requests.push(`${request.method} ${request.path}`);
    const reply = (await options.before?.(request)) ?? (await museum.answer(request));
    response.writeHead(reply.status, reply.headers);
    response.end(request.method === 'HEAD' ? undefined : reply.body);
  }

  const server = http.createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      response.writeHead(500).end(JSON.stringify({ error: String(error) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    storage: (repository = '') => museum.storage(repository),
    restart: () => museum.restart(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
