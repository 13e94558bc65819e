import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createGitHub } from '../../../src/runtime/github.js';
import { httpFetch } from '../../../src/runtime/http-fetch.js';

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

let servers: http.Server[];
let seen: Seen[];

async function serve(handler: Handler): Promise<string> {
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      seen.push({ method, path, authorization: headers.authorization, body });
      handler(request, response);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeEach(() => {
  servers = [];
  seen = [];
});
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const json = (response: http.ServerResponse, data: unknown, status = 200) =>
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(data));
const post = (body: string, headers: Record<string, string> = {}) => ({ method: 'POST', headers, body });
const get = { method: 'GET', headers: { Authorization: 'token t' } };

describe('fetch for GitHub', () => {
  it('sends method, headers and body, and gives status, headers and text', async () => {
    const url = await serve((_, response) =>
      response.writeHead(201, 'Made', { 'X-One': '1', 'Set-Cookie': ['a=1', 'b=2'] }).end('täxt'),
    );
    const response = await httpFetch(`${url}/path?q=1`, post('bödy', { authorization: 'token t' }));
    expect([response.status, response.statusText, response.url]).toEqual([201, 'Made', `${url}/path?q=1`]);
    expect([response.headers.get('x-one'), response.headers.get('set-cookie')]).toEqual(['1', 'a=1, b=2']);
    expect(await response.text()).toBe('täxt');
    expect(Buffer.from(await response.arrayBuffer()).toString()).toBe('täxt');
    expect(seen).toEqual([{ method: 'POST', path: '/path?q=1', authorization: 'token t', body: 'bödy' }]);
  });

  it('takes compressed answers', async () => {
    const text = 'täxt '.repeat(10_000);
    const url = await serve((request, response) => {
      expect(request.headers['accept-encoding']).toBe('gzip');
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(text));
    });
    expect(await (await httpFetch(url, get)).text()).toBe(text);
  });

  it.each([301, 302, 303, 307, 308])('follows %d when it only reads', async (status) => {
    const url = await serve((request, response) =>
      request.url === '/new' ? response.end('here') : response.writeHead(status, { location: '/new' }).end(),
    );
    const response = await httpFetch(`${url}/old`, get);
    expect([await response.text(), response.url]).toEqual(['here', `${url}/new`]);
    expect(seen.map(({ authorization }) => authorization)).toEqual(['token t', 'token t']);
  });

  it.each([
    [301, 1],
    [302, 1],
    [303, 1],
    [307, 2],
    [308, 2],
  ])('%d for a change is followed only where the change is sent again: %d requests', async (status, requests) => {
    const url = await serve((request, response) =>
      request.url === '/new' ? response.end('here') : response.writeHead(status, { location: '/new' }).end('old'),
    );
    const response = await httpFetch(`${url}/old`, post('change'));
    expect([await response.text(), response.status]).toEqual(requests === 1 ? ['old', status] : ['here', 200]);
    expect(seen.map(({ method, body }) => `${method} ${body}`)).toEqual(Array(requests).fill('POST change'));
  });

  it('gives the token to no other server', async () => {
    const other = await serve((_, response) => response.end('theirs'));
    const url = await serve((_, response) => response.writeHead(302, { location: `${other}/x` }).end());
    expect(await (await httpFetch(url, get)).text()).toBe('theirs');
    expect(seen.map(({ authorization }) => authorization)).toEqual(['token t', undefined]);
  });

  it.each(['ftp://127.0.0.1/x', 'http://'])('does not follow to %s', async (location) => {
    const url = await serve((_, response) => response.writeHead(302, { location }).end('stay'));
    expect((await httpFetch(url, get)).status).toBe(302);
  });

  it('ends a circle', async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: '/again' }).end());
    expect((await httpFetch(url, get)).status).toBe(302);
    expect(seen).toHaveLength(6);
  });

  it('fails with the reason of the signal', async () => {
    const url = await serve(() => undefined);
    await expect(httpFetch(url, { ...get, signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });

  it.each([
    ['before', (response: http.ServerResponse) => response.destroy()],
    ['within', (response: http.ServerResponse) => void response.write('{"half', () => response.destroy())],
  ])('tells of a connection that ends %s the answer', async (_, cut) => {
    const url = await serve((_request, response) => {
      response.setHeader('content-length', 100);
      cut(response);
    });
    await expect(httpFetch(url, get).then((response) => response.text())).rejects.toThrow(/hang up|aborted|reset/i);
  });
});

describe('GitHub’s API', () => {
  const client = (apiUrl: string, cancel = new AbortController()) =>
    createGitHub(cancel.signal, {})({ token: 'ghs_secret', apiUrl, graphqlUrl: `${apiUrl}/graphql` });

  it('fills routes in, and gives status, headers and data', async () => {
    const url = await serve((_, response) => json(response, { number: 7 }, 201));
    const answer = await client(url).request('POST /repos/{owner}/{repo}/issues', {
      owner: 'acme',
      repo: 'charts',
      title: 'x',
    });
    expect(answer).toMatchObject({ status: 201, data: { number: 7 } });
    expect(answer.headers['content-type']).toContain('application/json');
    expect(seen).toEqual([
      { method: 'POST', path: '/repos/acme/charts/issues', authorization: 'token ghs_secret', body: '{"title":"x"}' },
    ]);
  });

  it('gives an error status as an answer', async () => {
    const url = await serve((_, response) => json(response, { message: 'Not Found' }, 404));
    expect(await client(url).request('GET /repos/acme/charts')).toMatchObject({
      status: 404,
      data: { message: 'Not Found' },
    });
  });

  it('sends GraphQL to its own address', async () => {
    const url = await serve((_, response) => json(response, { data: null, errors: [{ message: 'no' }] }));
    const answer = await client(url).graphql('query { viewer { login } }', { a: 1 });
    expect(answer.data).toEqual({ data: null, errors: [{ message: 'no' }] });
    expect(seen).toMatchObject([
      { path: '/graphql', body: '{"query":"query { viewer { login } }","variables":{"a":1}}' },
    ]);
  });

  it('says that a server does not answer, and where', async () => {
    await expect(client('http://127.0.0.1:1/api').request('GET /user')).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/^GitHub's API at http:\/\/127\.0\.0\.1:1\/api does not answer: .*ECONNREFUSED/),
    });
  });

  it('ends with the job', async () => {
    const cancel = new AbortController();
    const url = await serve(() => cancel.abort());
    await expect(client(url, cancel).request('GET /user')).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('uses the proxy that the job names', async () => {
    const proxy = await serve((_, response) => response.end());
    const tunnels: string[] = [];
    servers[0]?.on('connect', (request, socket) => {
      tunnels.push(request.url ?? '');
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    process.env['https_proxy'] = proxy;
    try {
      const github = createGitHub(new AbortController().signal, { https_proxy: proxy });
      const apiUrl = 'https://api.invalid';
      const { request } = github({ token: 'ghs_secret', apiUrl, graphqlUrl: `${apiUrl}/graphql` });
      await expect(request('GET /user')).rejects.toMatchObject({ code: 'unreachable' });
      expect(tunnels).toEqual(['api.invalid:443']);
    } finally {
      delete process.env['https_proxy'];
    }
  });
});
