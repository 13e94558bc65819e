import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { compileSources, type CompiledSources } from '../support/compiled.js';
import { temporaryFolder, toolchainBin } from '../support/services.js';

jest.setTimeout(120_000);

let sources: CompiledSources;
let folder: string;
beforeAll(async () => {
  sources = await compileSources();
});
afterAll(() => sources.remove());
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The processes that name the folder in their arguments: kubectl's proxy, and what holds it. */
async function named(text: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map(
      async (pid) => `${pid} ${(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0').join(' ')}`,
    ),
  );
  return lines.filter((line) => line.includes(text));
}

/** Makes a request by kubectl's own proxy, for which no cluster needs to be there, and then waits to be killed. */
const program = () => `
import { ApiConnection } from ${JSON.stringify(sources.path('kubernetes/api-connection.js'))};
import { createProcesses } from ${JSON.stringify(sources.path('runtime/processes.js'))};
const { signal } = new AbortController();
const services = { processes: createProcesses(process.env, signal), temp: process.argv[2], cancelled: signal, log: { debug: console.log } };
const connection = new ApiConnection('kubectl', ['--kubeconfig', process.argv[3]], {}, services);
const answer = await connection.request({ method: 'GET', path: '/version' }, { timeoutMs: 20000, ignoreCancel: false, signal: undefined });
console.log('answered ' + answer?.status);
setInterval(() => undefined, 1000);
`;

const KUBECONFIG = `apiVersion: v1
kind: Config
clusters: [{ name: x, cluster: { server: 'http://127.0.0.1:1' } }]
contexts: [{ name: x, context: { cluster: x, user: x } }]
users: [{ name: x, user: {} }]
current-context: x
`;

describe('the connection to an API server', () => {
  it.each([
    ['alone', (pid: number) => pid],
    ['with its group', (pid: number) => -pid],
  ])('ends with the process that holds it, killed %s: no kubectl stays', async (_, target) => {
    await writeFile(path.join(folder, 'program.mjs'), program());
    await writeFile(path.join(folder, 'kubeconfig'), KUBECONFIG);
    const child = spawn(process.execPath, [path.join(folder, 'program.mjs'), folder, path.join(folder, 'kubeconfig')], {
      env: { PATH: `${toolchainBin}${path.delimiter}${process.env['PATH'] ?? ''}`, HOME: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    try {
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
      for (const end = Date.now() + 60_000; !said.includes('answered'); await delay(50)) {
        if (Date.now() > end) throw new Error(`no answer: ${said}`);
      }
      const socket = path.join(folder, 'api0.sock');
      expect(await named(`--unix-socket=${socket}`)).not.toEqual([]);
      const gone = once(child, 'exit');
      process.kill(target(child.pid ?? 0), 'SIGKILL');
      await gone;
      let left = await named(socket);
      for (const end = Date.now() + 60_000; left.length > 0 && Date.now() < end; await delay(50))
        left = await named(socket);
      expect(left).toEqual([]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
