import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { S3Blobs } from '../../../src/stores/s3.js';
import { startS3, stopS3 } from '../../../tools/s3.mjs';
import { compileSources, runActionProcess, type ActionResult, type CompiledSources } from '../../support/compiled.js';
import { startFaultProxy, type FaultProxy, type Seen } from '../../support/fault-proxy.js';
import { writeChart } from '../../support/packed-charts.js';
import { createTestServices, type TestServices } from '../../support/services.js';

jest.setTimeout(180_000);

const BUCKET = 'charts';
const S3_NAME = `s3-client-${process.pid}`;
const TOKEN = 'a-token-of-a-session-that-nobody-may-see';

let sources: CompiledSources;
let server: Awaited<ReturnType<typeof startS3>>;
let services: TestServices;
let seen: Seen[];
let proxy: FaultProxy;
let url: string;

beforeAll(async () => {
  sources = await compileSources();
  server = await startS3({ name: S3_NAME, bucket: BUCKET });
});

afterAll(async () => {
  await stopS3({ name: S3_NAME });
  await sources.remove();
});

beforeEach(async () => {
  services = await createTestServices();
  seen = [];
  proxy = await startFaultProxy(server.endpoint, (request, moment) => {
    if (moment === 'before') seen.push(request);
    return undefined;
  });
  url = `s3://${BUCKET}/${path.basename(await mkdtemp(path.join(server.directory, BUCKET, 'team-')))}`;
});

afterEach(async () => {
  await proxy.close();
  await rm(services.workingDirectory, { recursive: true, force: true });
});

/** A server for credentials. */
async function serve(handle: (request: http.IncomingMessage, body: string) => string) {
  const asked: string[] = [];
  const listener = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''} ${body}`);
      response.end(handle(request, body));
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    asked,
    close: () => new Promise<void>((resolve) => void listener.close(() => resolve())),
  };
}

/** Publishes with no other variables than these. */
async function publish(env: Readonly<Record<string, string>>): Promise<ActionResult> {
  const work = services.workingDirectory;
  await writeChart(work, 'shop', '1.0.0');
  return runActionProcess(sources, 'publish-chart', { charts: 'shop', 'chart-repository': url }, work, {
    HOME: work,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL_S3: proxy.url,
    ...env,
  });
}

/** What the SDK has signed with: the key, and the region. */
const signedWith = () =>
  [...new Set(seen.map(({ headers }) => /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(headers.authorization ?? '')))]
    .map((match) => `${match?.[1] ?? ''} ${match?.[2] ?? ''}`)
    .filter((text, index, all) => all.indexOf(text) === index);

describe('credentials come from', () => {
  it('a profile, with its region', async () => {
    await mkdir(path.join(services.workingDirectory, '.aws'));
    const { accessKeyId, secretAccessKey } = server;
    await writeFile(
      path.join(services.workingDirectory, '.aws/credentials'),
      `[charts]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    );
    await writeFile(path.join(services.workingDirectory, '.aws/config'), '[profile charts]\nregion = eu-central-1\n');
    await publish({ AWS_PROFILE: 'charts' });
    expect(signedWith()).toEqual([`${accessKeyId} eu-central-1`]);
    expect(await publish({ AWS_PROFILE: 'charts', AWS_REGION: 'us-east-1' })).toMatchObject({ code: 0 });
  });

  it('a web identity, as an OIDC role has it', async () => {
    const token = path.join(services.workingDirectory, 'token');
    await writeFile(token, 'header.payload.signature');
    const sts = await serve(
      () => `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>${server.accessKeyId}</AccessKeyId>
        <SecretAccessKey>${server.secretAccessKey}</SecretAccessKey><SessionToken>${TOKEN}</SessionToken>
        <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
        </AssumeRoleWithWebIdentityResponse>`,
    );
    const result = await publish({
      AWS_WEB_IDENTITY_TOKEN_FILE: token,
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/charts',
      AWS_ENDPOINT_URL_STS: sts.endpoint,
      AWS_REGION: 'us-east-1',
    });
    await sts.close();
    expect(sts.asked).toEqual([expect.stringContaining('Action=AssumeRoleWithWebIdentity')]);
    expect(sts.asked[0]).toContain('WebIdentityToken=header.payload.signature');
    expect(seen[0]?.headers['x-amz-security-token']).toBe(TOKEN);
    expect(signedWith()).toEqual([`${server.accessKeyId} us-east-1`]);
    expect(result.log).not.toContain(TOKEN);
  });

  it('a container', async () => {
    const { accessKeyId, secretAccessKey } = server;
    const container = await serve(() =>
      JSON.stringify({
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        Token: TOKEN,
        Expiration: '2099-01-01T00:00:00Z',
      }),
    );
    await publish({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${container.endpoint}/role`, AWS_REGION: 'us-east-1' });
    await container.close();
    expect(container.asked).toEqual(['GET /role ']);
    expect(signedWith()).toEqual([`${accessKeyId} us-east-1`]);
  });

  it('nowhere: that is an error which says so', async () => {
    const result = await publish({ AWS_REGION: 'us-east-1' });
    expect(result).toMatchObject({ code: 1, log: expect.stringContaining('there are no AWS credentials.') });
    expect(seen).toEqual([]);
  });
});

describe('requests', () => {
  const open = (endpointUrl: string) =>
    S3Blobs.open(
      url,
      { endpointUrl },
      { ...services, environment: { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' } },
      { connectMs: 200, answerMs: 200, idleMs: 200 },
    );

  it('end when nobody answers, or when an answer stops', async () => {
    const slow = await startFaultProxy(server.endpoint, () => 'stall');
    await expect((await open(slow.url)).read('index.yaml')).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('index.yaml cannot be read'),
    });
    // The SDK's own attempts, and no more.
    expect(slow.seen).toHaveLength(5);
    await slow.close();
  });

  it('go by the proxy of https_proxy, to a server whose certificate AWS_CA_BUNDLE names', async () => {
    const [key, certificate] = ['key.pem', 'certificate.pem'].map((name) => path.join(services.workingDirectory, name));
    const host = 's3.example.test';
    const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`, '-days', '2'];
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key ?? ''];
    execFileSync('openssl', ['req', '-x509', ...made, '-out', certificate ?? '', ...subject], { stdio: 'ignore' });
    const store = https.createServer(
      { key: await readFile(key ?? ''), cert: await readFile(certificate ?? '') },
      (request, response) => {
        response.writeHead(404, { 'content-type': 'application/xml' });
        response.end('<Error><Code>NoSuchKey</Code></Error>');
        asked.push(request.url ?? '');
      },
    );
    const asked: string[] = [];
    const connected: string[] = [];
    const gate = http.createServer().on('connect', (request: http.IncomingMessage, socket: net.Socket) => {
      connected.push(request.url ?? '');
      const upstream = net.connect((store.address() as AddressInfo).port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(upstream).pipe(socket);
      });
      for (const end of [socket, upstream]) end.on('error', () => end.destroy());
    });
    for (const listener of [store, gate]) await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
    const run = async (env: Readonly<Record<string, string>>): Promise<ActionResult> => {
      await writeChart(services.workingDirectory, 'shop', '1.0.0');
      const inputs = { charts: 'shop', 'chart-repository': url, 'dry-run': 'true' };
      return runActionProcess(sources, 'publish-chart', inputs, services.workingDirectory, {
        AWS_ENDPOINT_URL_S3: `https://${host}`,
        AWS_ACCESS_KEY_ID: 'key',
        AWS_SECRET_ACCESS_KEY: 'secret-key',
        HTTPS_PROXY: `http://127.0.0.1:${(gate.address() as AddressInfo).port}`,
        ...env,
      });
    };
    try {
      expect(await run({ AWS_CA_BUNDLE: certificate ?? '' })).toMatchObject({
        code: 0,
        outputs: { result: 'planned' },
      });
      expect(asked).toEqual([expect.stringContaining('index.yaml'), expect.stringContaining('shop-1.0.0.tgz')]);
      expect(new Set(connected)).toEqual(new Set([`${host}:443`]));
      expect(await run({})).toMatchObject({ code: 1, log: expect.stringContaining('self-signed certificate') });
      const missing = await run({ AWS_CA_BUNDLE: '/nowhere.pem' });
      expect(missing).toMatchObject({ code: 1, log: expect.stringContaining('AWS_CA_BUNDLE cannot be read: ENOENT') });
      const direct = await run({ AWS_CA_BUNDLE: certificate ?? '', NO_PROXY: '.example.test' });
      expect(direct).toMatchObject({ code: 1, log: expect.stringContaining('ENOTFOUND') });
    } finally {
      for (const listener of [store, gate]) {
        listener.closeAllConnections();
        listener.close();
      }
    }
  });

  it('ask for the bucket by its path, without checksums that other servers do not know', async () => {
    await publish({ AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: server.secretAccessKey });
    for (const { path: asked, headers } of seen) {
      expect(asked).toMatch(/^\/charts\/team-/);
      expect(Object.keys(headers).filter((name) => /checksum|trailer|content-encoding/.test(name))).toEqual([]);
    }
  });
});
