/** `npm run demo` as a person runs it: what it prints, how it ends, and that it leaves nothing behind. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = path.resolve(import.meta.dirname, '../..');
const runFolder = path.join(root, '.toolchain/run');

interface Demo {
  readonly child: ChildProcess;
  readonly pid: number;
  text(): string;
  ended(): Promise<number | null>;
}

function startDemo(environment: Record<string, string | undefined> = {}): Demo {
  const child = spawn(process.execPath, ['demo/demo.mjs'], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 400_000,
    killSignal: 'SIGTERM',
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  const closed = once(child, 'close') as Promise<[number | null]>;
  return { child, pid: child.pid!, text: () => text, ended: async () => (await closed)[0] };
}

async function until(what: string, condition: () => boolean, limitMs: number): Promise<void> {
  const end = Date.now() + limitMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited ${limitMs / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The state of what a demo has started: run/<kind>/demo-PID.json and folders beside it. */
function stateEntries(pid: number): string[] {
  return ['cluster', 's3', 'registry', 'relay'].flatMap((kind) => {
    const folder = path.join(runFolder, kind);
    const names = existsSync(folder) ? readdirSync(folder) : [];
    return names.filter((name) => new RegExp(`^demo-${pid}\\b`).test(name)).map((name) => path.join(folder, name));
  });
}

/** The loopback ports that a running demo's servers listen on. */
function portsOf(pid: number): number[] {
  const states = stateEntries(pid).filter((name) => name.endsWith('.json'));
  const text = states.map((file) => readFileSync(file, 'utf8')).join('\n');
  return [...text.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** All that is still there of a demo that has ended. */
async function remains(pid: number, ports: number[]): Promise<string[]> {
  const processes = execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => new RegExp(`demo-${pid}\\b`).test(line));
  const folders = readdirSync(os.tmpdir()).filter((name) => name.startsWith(`helm-cd-demo-${pid}-`));
  const open = [];
  for (const port of ports) if (await isOpen(port)) open.push(`port ${port}`);
  const kubeconfigs = readdirSync(path.join(runFolder, 'demo')).filter((name) => name.includes(`demo-${pid}`));
  return [...processes, ...folders, ...open, ...stateEntries(pid), ...kubeconfigs];
}

describe('npm run demo', () => {
  test('tells the four stories in plain text, and puts everything away', async () => {
    const demo = startDemo({ NO_COLOR: undefined, FORCE_COLOR: undefined });
    await until('the first story', () => demo.text().includes('\n1. '), 60_000);
    const ports = portsOf(demo.pid);
    expect(ports.length).toBeGreaterThanOrEqual(4);
    const code = await demo.ended();
    const text = demo.text();
    expect({ code, text: code === 0 ? '' : text }).toEqual({ code: 0, text: '' });
    // Not a terminal: no colours, no lines that overwrite each other.
    expect([...text].filter((character) => character === '\x1b' || character === '\r')).toEqual([]);
    for (const line of [
      /→ api 1\.1\.0 was pushed: the registry tells the relay/,
      /✓ bump +bumped: shop 1\.1\.0, /,
      /✓ watch +pending: shop 1\.1\.0 for develop/,
      /→ from push to deployed and tested: [\d.]+ s, and no hand/,
      /✓ deploy +deployed: 1\.1\.0, revision 1/,
      /✗ deploy +rolled-back: 1\.2\.0 failed in the phase test/,
      /expected HTTP 200, got 500/,
      /✓ watch +up-to-date/,
      /production still runs shop-1\.0\.0, revision 1/,
      /shop-production +shop +2 +deployed +shop-1\.2\.1/,
      /shop-develop +shop +\d +deployed +shop-1\.4\.0/,
      /\d+ releases: 0 in trouble/,
      /^What runs, and where it came from: .*report\.html$/m,
      /^Done in \d+ s\.$/m,
    ]) {
      expect(text).toMatch(line);
    }
    expect(await remains(demo.pid, ports)).toEqual([]);
  }, 410_000);

  test.each([
    ['while its world starts', /on this machine/],
    ['while a workflow runs', /✓ bump /],
  ])(
    'interrupted %s, it puts everything away',
    async (_, moment) => {
      const demo = startDemo();
      await until(String(moment), () => moment.test(demo.text()), 60_000);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const ports = portsOf(demo.pid);
      demo.child.kill('SIGINT');
      expect(await demo.ended()).toBe(130);
      expect(demo.text()).toContain('interrupted');
      expect(await remains(demo.pid, ports)).toEqual([]);
    },
    90_000,
  );

  test('a failure says where, and ends with exit code 1', async () => {
    const demo = startDemo({ PATH: '/nowhere' });
    expect(await demo.ended()).toBe(1);
    expect(demo.text()).toMatch(/✗ Starting: no Go was found on PATH/);
    expect(await remains(demo.pid, [])).toEqual([]);
  }, 60_000);
});
