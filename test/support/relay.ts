/** The relay as a process of its own, as it runs on a server. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';

/** A line of the relay's log. */
export type RelayLine = Readonly<Record<string, unknown>> & { readonly message: string };

export interface RelayProcess {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** All lines so far. */
  readonly lines: readonly RelayLine[];
  /** All that it has written, as it is. */
  text(): string;
  /** Those of webhook calls. */
  calls(): readonly RelayLine[];
  metrics(): Promise<string>;
  /** Asks it to end. @returns its exit code, or the signal that ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

export interface RelayOptions {
  /** Absolute path of the bundle, or of the compiled src/relay.js. */
  readonly entry: string;
  /** What relay.yaml says; `listen` is a free port on the loopback address unless it is given. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The secrets. */
  readonly env: Readonly<Record<string, string>>;
  readonly nodeArguments?: readonly string[];
}

const START_MS = 60_000;

/** Starts the relay and waits until it listens. Stop it in a `finally`. */
export async function startRelay({ entry, config, env, nodeArguments = [] }: RelayOptions): Promise<RelayProcess> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'helm-cd-relay-'));
  const file = path.join(folder, 'relay.yaml');
  await writeFile(file, stringify({ listen: { port: 0 }, ...config }));
  const child = spawn(process.execPath, [...nodeArguments, entry, '--config', file], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  let rest = '';
  const lines: RelayLine[] = [];
  const exit = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  void exit.then(() => rm(folder, { recursive: true, force: true }));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const listening = new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`The relay does not listen:\n${text}`)), START_MS);
    void exit.then(() => reject(new Error(`The relay has ended:\n${text}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const parts = (rest + chunk.toString()).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        const line = JSON.parse(part) as RelayLine;
        lines.push(line);
        if (line.message !== 'listening') continue;
        clearTimeout(timer);
        resolve(Number(line['port']));
      }
    });
  });
  try {
    const port = await listening;
    const url = `http://127.0.0.1:${port}`;
    return {
      ...{ url, port, lines, pid: child.pid ?? 0 },
      text: () => text,
      calls: () => lines.filter(({ message }) => message === 'call'),
      metrics: async () => (await fetch(`${url}/metrics`)).text(),
      async stop(signal = 'SIGTERM') {
        child.kill(signal);
        const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
        const code = await exit;
        clearTimeout(timer);
        return code;
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** The value of a metric with these labels, in Prometheus' text format; 0 when there is none yet. */
export function metricIn(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const lines = text.split('\n').filter((line) => {
    const wanted = Object.entries(labels).every(([key, value]) => line.includes(`${key}="${value}"`));
    return wanted && (line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  });
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** Looks again and again until something is so. */
export async function eventually<Result>(
  look: () => Result | undefined | false | Promise<Result | undefined | false>,
  what: string,
  timeoutMs = 60_000,
): Promise<Result> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > until) throw new Error(`It did not come to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
