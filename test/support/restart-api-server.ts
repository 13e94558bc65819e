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

function processes(): readonly Running[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((name) => {
      try {
        return [{ pid: Number(name), argv: readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').slice(0, -1) }];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

/** Those that end when they cannot renew their leader's lease; in a real control plane a kubelet starts them again. */
const LEADERS = ['kube-controller-manager', 'kube-scheduler'];

/** Starts a program of the cluster as it was started before. */
function startAgain(argv: readonly string[], cwd: string): void {
  const [program = '', ...args] = argv;
  const name = `${path.basename(program)}-again.log`;
  const log = openSync(path.join(path.dirname(path.dirname(program)), 'logs', name), 'a');
  spawn(program, args, { cwd, env: {}, detached: true, stdio: ['ignore', log, log] }).unref();
}

/**
 * Restarts it.
 * @param downMs how long nobody answers, besides the start itself.
 * @returns when it answers again.
 */
export async function restartApiServer(cluster: TestCluster, downMs: number): Promise<void> {
  const { port } = new URL(cluster.server);
  const running = processes();
  // By its port: several clusters may be up.
  const server = running.find(
    ({ argv }) => path.basename(argv[0] ?? '') === 'kube-apiserver' && argv.includes(`--secure-port=${port}`),
  );
  if (server === undefined) throw new Error(`no kube-apiserver of ${cluster.server}`);
  const cwd = readlinkSync(`/proc/${server.pid}/cwd`);
  const bin = path.dirname(server.argv[0] ?? '');
  const leaders = running.filter(({ argv }) => LEADERS.some((name) => argv[0] === path.join(bin, name)));
  process.kill(server.pid, 'SIGKILL');
  await delay(downMs);
  startAgain(server.argv, cwd);
  const answers = () =>
    cluster.kubectl('get', '--raw', '/readyz', '--request-timeout=2s').then(
      () => true,
      () => false,
    );
  await until('the API server answers again', answers, 60_000);
  // They end at once when they learn that their time has run out.
  await delay(1000);
  const alive = new Set(processes().map(({ pid, argv }) => `${pid} ${argv[0] ?? ''}`));
  for (const { pid, argv } of leaders) if (!alive.has(`${pid} ${argv[0] ?? ''}`)) startAgain(argv, cwd);
}
