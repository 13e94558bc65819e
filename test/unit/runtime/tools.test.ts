import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { download } from '../../../src/runtime/download.js';
import { createProcesses } from '../../../src/runtime/processes.js';
import { createTools } from '../../../src/runtime/tools.js';
import { createMemoryLog, temporaryFolder } from '../../support/services.js';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Tools on a PATH with nothing but these programs, each of which prints a text. */
async function toolsWith(programs: Readonly<Record<string, string>>) {
  const bin = await mkdtemp(path.join(folder, 'bin-'));
  for (const [name, output] of Object.entries(programs)) {
    await writeFile(path.join(bin, name), `#!/bin/sh\nprintf '%s' '${output}'\n`, { mode: 0o755 });
  }
  const log = createMemoryLog();
  return { bin, log, ...createTools(createProcesses({ PATH: bin }, new AbortController().signal), log) };
}

describe('finding helm', () => {
  it.each([
    ['any', '', { helm: 'v4.3.1+gabcdef' }, 'helm', '4.3.1'],
    ['any, the first', '', { helm: 'v3.22.0', helm4: 'v4.3.1' }, 'helm', '3.22.0'],
    ['a major', '3', { helm: 'v4.3.1', helm3: 'v3.22.0+g1' }, 'helm3', '3.22.0'],
    ['a major with v', 'v4', { helm: 'v3.22.0', helm4: 'v4.3.1' }, 'helm4', '4.3.1'],
    ['a minor', '4.3', { helm: 'v4.3.7' }, 'helm', '4.3.7'],
    ['one version', 'v3.22.0', { helm: 'v4.3.1', helm3: 'v3.22.0' }, 'helm3', '3.22.0'],
    ['any, not one that says nothing', '', { helm: 'what?', helm4: 'v4.3.1' }, 'helm4', '4.3.1'],
    ['any, not one too old', '', { helm: 'v2.17.0', helm3: 'v3.22.0' }, 'helm3', '3.22.0'],
  ])('takes %s from PATH', async (_, wanted, programs, name, version) => {
    const { bin, helm } = await toolsWith(programs);
    expect(await helm(wanted)).toEqual({ path: path.join(bin, name), version, major: Number(version[0]) });
  });

  it.each(['2', '5.0.0', 'latest', '4.x', '4.3.1.2', '>=4'])('refuses to look for %s', async (wanted) => {
    const { helm } = await toolsWith({ helm: 'v4.3.1' });
    await expect(helm(wanted)).rejects.toMatchObject({
      code: 'input',
      message: `Input "helm-version" is no version of helm 3 or 4: "${wanted}"`,
      hint: 'Write it as 4, 4.3.1 or v3.22.0.',
    });
  });

  it('downloads nothing that it cannot check', async () => {
    const { helm, log } = await toolsWith({ helm: 'v4.3.1' });
    await expect(helm('3.0.1')).rejects.toMatchObject({
      code: 'tool',
      message: 'helm-cd knows no checksum of helm 3.0.1 for this platform.',
      hint: 'Install helm 3.0.1 on the runner before this step.',
    });
    expect(log.lines).toEqual(['On PATH: helm 4.3.1; wanted: helm 3.0.1']);
  });

  it('downloads nothing when that is not wanted', async () => {
    const { helm } = await toolsWith({ helm: 'v2.17.0' });
    // A version that no tool cache has, for nobody released it.
    await expect(helm('3.999.0', { download: false })).rejects.toMatchObject({
      code: 'tool',
      message: 'There is no suitable helm on PATH.',
    });
    const { bin, helm: other } = await toolsWith({ helm: 'v4.3.1' });
    expect(await other('4', { download: false })).toMatchObject({ path: path.join(bin, 'helm') });
  });

  it('takes kubectl from PATH', async () => {
    const { bin, kubectl } = await toolsWith({ kubectl: 'Client Version: v1.36.3\nKustomize Version: v5.8.0' });
    expect(await kubectl()).toEqual({ path: path.join(bin, 'kubectl'), version: '1.36.3', major: 1 });
  });
});

describe('downloading', () => {
  let server: http.Server | undefined;
  afterEach(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
    server = undefined;
  });

  /** A server that answers with these, one after the other. */
  async function serve(...answers: readonly (readonly [number, string])[]) {
    const asked: (string | undefined)[] = [];
    server = http.createServer((request, response) => {
      const [status, body] = answers[asked.length] ?? [500, ''];
      asked.push(request.url);
      const location = new URL(body, `http://${request.headers.host ?? ''}`).href;
      response.writeHead(status, status === 302 ? { location } : {}).end(body);
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}/file`, asked };
  }

  it('keeps the bytes of the answer, behind a redirect too', async () => {
    const { url, asked } = await serve([302, '/elsewhere'], [200, 'the bytes']);
    await download(url, path.join(folder, 'downloaded'));
    expect(await readFile(path.join(folder, 'downloaded'), 'utf8')).toBe('the bytes');
    expect(asked).toEqual(['/file', '/elsewhere']);
  });

  it('tries again when the server is in trouble', async () => {
    const { url, asked } = await serve([503, 'busy'], [200, 'the bytes']);
    await download(url, path.join(folder, 'second'));
    expect(await readFile(path.join(folder, 'second'), 'utf8')).toBe('the bytes');
    expect(asked).toHaveLength(2);
  });

  it('does not try again what would not help', async () => {
    const { url, asked } = await serve([404, 'no']);
    await expect(download(url, path.join(folder, 'third'))).rejects.toThrow('the server answered 404 Not Found');
    expect(asked).toHaveLength(1);
  });
});
