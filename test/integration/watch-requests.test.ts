import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readdir, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { readContext } from '../../src/runtime/context.js';
import { FirstSeen } from '../../src/actions/watch-repository/first-seen.js';
import { readRepositories } from '../../src/actions/watch-repository/read-repositories.js';
import type { Services } from '../../src/core/ports.js';
import { openStore } from '../../src/stores/open-store.js';
import type { StoreAccess } from '../../src/stores/store.js';
import { startS3, stopS3 } from '../../tools/s3.mjs';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { startGitHubServer, type GitHubServer } from '../support/github-server/index.js';
import { packedChart } from '../support/packed-charts.js';
import { createTestServices, temporaryFolder } from '../support/services.js';

jest.setTimeout(180_000);

const NAME = `watch-requests-${process.pid}`;
const CHARTS = ['api', 'shop', 'web'];

let s3: Awaited<ReturnType<typeof startS3>>;
let cache: string;

beforeAll(async () => {
  s3 = await startS3({ name: NAME, bucket: 'charts' });
});
afterAll(() => stopS3({ name: NAME }));
beforeEach(async () => {
  cache = await temporaryFolder('helm-cd-cache-');
});
afterEach(() => rm(cache, { recursive: true, force: true }));

/** One run of the watcher's look at repositories: three charts in three environments each. */
async function read(url: string, services: Services, access: StoreAccess = {}) {
  const wanted = Array.from({ length: 3 }, () => CHARTS.map((chart) => ({ repository: url, chart }))).flat();
  const readings = await readRepositories(wanted, access, cache, services);
  return [...readings.values()].map((reading) =>
    'problem' in reading ? reading.problem : reading.versions.map(({ version }) => version).join(' '),
  );
}

async function fill(url: string, version: string, services: Services, access: StoreAccess = {}): Promise<void> {
  const store = await openStore(url, access, services);
  const packed = await Promise.all(CHARTS.map((chart) => packedChart(chart, version)));
  await store.publish(packed, { verifyTimeoutMs: 30_000 });
}

describe('an index is read once a run, and not sent again while it stays the same', () => {
  it('from S3, by its ETag', async () => {
    const { accessKeyId, secretAccessKey } = s3;
    const proxy: FaultProxy = await startFaultProxy(s3.endpoint, () => undefined);
    try {
      const services = await createTestServices({
        environment: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
      });
      await fill('s3://charts/one', '1.0.0', services, { endpointUrl: s3.endpoint });
      const look = async () => {
        const before = proxy.seen.length;
        const versions = await read('s3://charts/one', services, { endpointUrl: proxy.url });
        const asked = proxy.seen.slice(before);
        return [versions, asked.map(({ method, path: at, answer }) => `${method} ${at} ${answer?.status}`)];
      };
      const index = '/charts/one/index.yaml';
      expect(await look()).toEqual([['1.0.0', '1.0.0', '1.0.0'], [`GET ${index} 200`]]);
      expect(await look()).toEqual([['1.0.0', '1.0.0', '1.0.0'], [`GET ${index} 304`]]);
      await fill('s3://charts/one', '1.1.0', services, { endpointUrl: s3.endpoint });
      expect(await look()).toEqual([Array(3).fill('1.1.0 1.0.0'), [`GET ${index} 200`]]);
      expect(await look()).toEqual([Array(3).fill('1.1.0 1.0.0'), [`GET ${index} 304`]]);
      // What is kept counts only if it is what was kept.
      const [kept = ''] = (await readdir(cache)).filter((file) => file.endsWith('.index'));
      await writeFile(path.join(cache, kept), '{"apiVersion":"v1","entries":{}}');
      expect(await look()).toEqual([Array(3).fill('1.1.0 1.0.0'), [`GET ${index} 200`]]);
    } finally {
      await proxy.close();
    }
  });

  it.each(['etag', 'last-modified'])('from a web server, by %s', async (header) => {
    let body = JSON.stringify({
      apiVersion: 'v1',
      entries: Object.fromEntries(CHARTS.map((name) => [name, [{ name, version: '1.0.0', urls: ['x.tgz'] }]])),
    });
    let tag = header === 'etag' ? '"one"' : 'Mon, 23 Nov 2026 10:00:00 GMT';
    const asked: string[] = [];
    const server = http.createServer((request, response) => {
      const same = request.headers[header === 'etag' ? 'if-none-match' : 'if-modified-since'] === tag;
      asked.push(`${request.url ?? ''} ${same ? 304 : 200}`);
      response.writeHead(same ? 304 : 200, { [header]: tag });
      response.end(same ? undefined : body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/stable`;
      const services = await createTestServices();
      expect(await read(url, services)).toEqual(['1.0.0', '1.0.0', '1.0.0']);
      expect(await read(url, services)).toEqual(['1.0.0', '1.0.0', '1.0.0']);
      [body, tag] = [body.replaceAll('1.0.0', '2.0.0'), header === 'etag' ? '"two"' : 'Mon, 23 Nov 2026 10:00:01 GMT'];
      expect(await read(url, services)).toEqual(['2.0.0', '2.0.0', '2.0.0']);
      expect(asked).toEqual(['/stable/index.yaml 200', '/stable/index.yaml 304', '/stable/index.yaml 200']);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('from a branch on GitHub, by its git object', async () => {
    const token = 'ghs_charts';
    const server: GitHubServer = await startGitHubServer({
      repositories: [{ owner: 'acme', name: 'charts', files: { 'README.md': 'x' }, pages: { buildMs: 50 } }],
      tokens: [{ token, kind: 'workflow', repositories: ['acme/charts'] }],
    });
    const proxy = await startFaultProxy(server.apiUrl, () => undefined);
    try {
      const { apiUrl, graphqlUrl, serverUrl } = server;
      const context = { ...readContext({}), apiUrl, graphqlUrl, serverUrl, repository: 'acme/shop' };
      const services = await createTestServices({ context });
      const watching = {
        ...services,
        context: { ...context, apiUrl: `${proxy.url}${new URL(apiUrl).pathname}`.replace(/\/$/, '') },
      };
      await fill('pages://acme/charts', '1.0.0', services, { token });
      const look = async () => {
        const before = proxy.seen.length;
        const versions = await read('pages://acme/charts', watching, { token });
        return { versions, asked: proxy.seen.slice(before) };
      };
      const isContent = ({ path: at, headers }: { path: string; headers: http.IncomingHttpHeaders }) =>
        /\/(?:git\/blobs|contents)\//.test(at) || /raw/.test(headers.accept ?? '');
      const first = await look();
      expect(first.versions).toEqual(['1.0.0', '1.0.0', '1.0.0']);
      expect(first.asked.filter(isContent)).toHaveLength(1);
      const second = await look();
      expect(second.versions).toEqual(first.versions);
      expect(second.asked.filter(isContent)).toEqual([]);
      await fill('pages://acme/charts', '1.1.0', services, { token });
      const third = await look();
      expect(third.versions).toEqual(Array(3).fill('1.1.0 1.0.0'));
      expect(third.asked.filter(isContent)).toHaveLength(1);
    } finally {
      await proxy.close();
      await server.close();
    }
  });
});

describe('when a version was seen first', () => {
  const DAY = 86_400_000;
  const START = Date.parse('2026-11-23T12:00:00Z');
  const look = async (now: number, digest = 'sha256:1') => {
    const { log } = await createTestServices();
    const seen = await FirstSeen.open(cache, now, log);
    const time = seen.timeOf('oci://ghcr.io/acme/charts', 'shop', '1.0.0', digest);
    await seen.save();
    return time;
  };

  it('is kept as long as somebody asks; other bytes are seen for the first time', async () => {
    expect(await look(START)).toBe('2026-11-23T12:00:00.000Z');
    expect(await look(START + 60 * DAY)).toBe('2026-11-23T12:00:00.000Z');
    expect(await look(START + 120 * DAY)).toBe('2026-11-23T12:00:00.000Z');
    expect(await look(START + 120 * DAY, 'sha256:2')).toBe('2027-03-23T12:00:00.000Z');
    expect(await look(START + 240 * DAY)).toBe('2027-07-21T12:00:00.000Z');
  });

  it('is now where the file is broken', async () => {
    await writeFile(path.join(cache, 'first-seen.json'), '{"[]": {"first": "soon"}, "x"');
    expect(await look(START)).toBe('2026-11-23T12:00:00.000Z');
    await writeFile(path.join(cache, 'first-seen.json'), 'null');
    expect(await look(START)).toBe('2026-11-23T12:00:00.000Z');
  });
});
