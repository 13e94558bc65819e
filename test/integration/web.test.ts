import { afterEach, beforeEach, expect, it } from '@jest/globals';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { createWeb } from '../../src/runtime/web.js';

const LIMITS = { timeoutMs: 10_000, maxBytes: 1024 ** 2 };

let server: http.Server;
let url: string;
let cancel: AbortController;
beforeEach(async () => {
  cancel = new AbortController();
  server = http.createServer((request, response) => {
    switch (request.url) {
      case '/moved':
        return void response.writeHead(301, { location: '/ok' }).end();
      case '/round':
        return void response.writeHead(302, { location: '/round' }).end();
      case '/ok':
        return void response.writeHead(200, { 'X-Test': 'yes' }).end(`hello ${String(request.headers['x-name'])}`);
      case '/long':
        return void response.end(Buffer.alloc(2 * 1024 ** 2));
      case '/half':
        response.writeHead(200, { 'content-length': '100' });
        response.write('half');
        return void setTimeout(() => request.socket.destroy(), 20);
      case '/endless':
        response.writeHead(200);
        return void response.write('and then');
      case '/silent':
        return;
      case '/told':
        return void request
          .toArray()
          .then((chunks) => response.end(`${request.method} ${Buffer.concat(chunks as Buffer[]).toString()}`));
      default:
        return void response.writeHead(404).end('no');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

const get = (path: string, options = {}) => createWeb(cancel.signal).get(`${url}${path}`, { ...LIMITS, ...options });

it('gives answers of every status, with headers and body', async () => {
  const answer = await get('/ok', { headers: { 'x-name': 'you' } });
  expect(answer).toMatchObject({ status: 200, headers: { 'x-test': 'yes' } });
  expect(new TextDecoder().decode(answer.body)).toBe('hello you');
  expect(await get('/none')).toMatchObject({ status: 404 });
});

it('follows redirects, but not for ever', async () => {
  expect(await get('/round')).toMatchObject({ status: 302 });
  expect(new TextDecoder().decode((await get('/moved')).body)).toBe('hello undefined');
});

it.each<[string, object, string, string]>([
  ['/silent', { timeoutMs: 150 }, 'unreachable', 'no answer within 0.15 s'],
  ['/endless', { timeoutMs: 150 }, 'unreachable', 'no answer within 0.15 s'],
  ['/long', {}, 'refused', 'the answer is longer than 1 MiB'],
  ['/half', {}, 'unreachable', 'aborted'],
])('gives up %s', async (path, options, code, message) => {
  await expect(get(path, options)).rejects.toMatchObject({ code, message });
});

const send = (path: string, options: { method: 'POST' | 'DELETE'; body?: Uint8Array }) =>
  createWeb(cancel.signal).send(`${url}${path}`, { ...LIMITS, ...options });

it('sends bytes once, and takes a redirect for an answer', async () => {
  const told = await send('/told', { method: 'POST', body: Buffer.from('these') });
  expect(new TextDecoder().decode(told.body)).toBe('POST these');
  expect(new TextDecoder().decode((await send('/told', { method: 'DELETE' })).body)).toBe('DELETE ');
  expect(await send('/moved', { method: 'POST', body: Buffer.from('these') })).toMatchObject({ status: 301 });
});

it('ends when whoever asks has no use for the answer any more', async () => {
  const stop = new AbortController();
  const pending = get('/silent', { signal: stop.signal });
  stop.abort();
  await expect(pending).rejects.toMatchObject({ code: 'cancelled' });
});

it('says when nobody listens', async () => {
  server.close();
  server.closeAllConnections();
  await expect(get('/ok')).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

it('ends when the job is cancelled', async () => {
  const pending = get('/silent');
  cancel.abort();
  await expect(pending).rejects.toMatchObject({ code: 'cancelled' });
});

it('asks by the proxy that the environment names', async () => {
  const asked: string[] = [];
  const proxy = http.createServer();
  proxy.on('connect', (request, socket: net.Socket) => {
    asked.push(request.url ?? '');
    const through = net.connect((server.address() as AddressInfo).port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      through.pipe(socket).pipe(through);
    });
    through.on('error', () => socket.destroy());
    socket.on('error', () => through.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const before = process.env['http_proxy'];
  process.env['http_proxy'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  try {
    const answer = await createWeb(cancel.signal).get('http://schemas.example.test/ok', LIMITS);
    expect(answer.status).toBe(200);
    expect(asked).toEqual(['schemas.example.test:80']);
  } finally {
    if (before === undefined) delete process.env['http_proxy'];
    else process.env['http_proxy'] = before;
    proxy.close();
    proxy.closeAllConnections();
  }
});
