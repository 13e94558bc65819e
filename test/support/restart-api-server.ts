/** Ends the API server of a test's cluster, as `kill -9` does, and starts it again: etcd and all else go on meanwhile. */
import { spawn } from 'node:child_process';
import { openSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestCluster } from './cluster.js';
import { until } from './deploy-matrix.js';

interface Running {
  readonly pid: number;
  readonly argv: readonly string[];
}

/** By its port: several clusters may be up. */
function findServer(port: string): Running | undefined {
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const argv = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').slice(0, -1);
      const isServer = path.basename(argv[0] ?? '') === 'kube-apiserver';
      if (isServer && argv.includes(`--secure-port=${port}`)) return { pid: Number(name), argv };
    } catch {
      // It has ended meanwhile.
    }
  }
  return undefined;
}

/**
 * Restarts it.
 * @param downMs how long nobody answers, besides the start itself.
 * @returns when it answers again.
 */
export async function restartApiServer(cluster: TestCluster, downMs: number): Promise<void> {
  const server = findServer(new URL(cluster.server).port);
  if (server === undefined) throw new Error(`no kube-apiserver of ${cluster.server}`);
  const { pid, argv } = server;
  const [program = '', ...args] = argv;
  const cwd = readlinkSync(`/proc/${pid}/cwd`);
  const log = openSync(path.join(path.dirname(path.dirname(program)), 'logs', 'kube-apiserver-again.log'), 'a');
  process.kill(pid, 'SIGKILL');
  await delay(downMs);
  spawn(program, args, { cwd, env: {}, detached: true, stdio: ['ignore', log, log] }).unref();
  const answers = () =>
    cluster.kubectl('get', '--raw', '/readyz', '--request-timeout=2s').then(
      () => true,
      () => false,
    );
  await until('the API server answers again', answers, 60_000);
}
