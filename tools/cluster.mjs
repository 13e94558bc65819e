// A simulated Kubernetes cluster: the real API server, controllers, scheduler and etcd, with kubelets simulated by kwok.
// What becomes of a pod is written in cluster/stages.yaml.
//
//   node tools/cluster.mjs up --name N --kubeconfig FILE [--nodes 2]     a ready cluster; exits when it is ready
//   node tools/cluster.mjs down --name N                                 ends it and removes all that belonged to it
//
// Everything listens on 127.0.0.1 only. Clusters with different names can run at the same time; `up` with the name of one that runs
// is an error, because a cluster that somebody has already used is not what was asked for. What is left of one that was killed, or
// did not survive a reboot, is cleared away by the next `up` or `down`.
import fs from 'node:fs';
import path from 'node:path';
import { clusterPorts, clusterTools, writeClusterConfig } from './lib/cluster-config.mjs';
import { createNodes, waitUntilReady } from './lib/cluster-nodes.mjs';
import { isMain, readArguments, runCommand } from './lib/command-line.mjs';
import { ToolError } from './lib/errors.mjs';
import { requiredVersions } from './lib/go-mod.mjs';
import { kubeClient } from './lib/kube-client.mjs';
import { assertWritable, removeKubeconfig, writeKubeconfig } from './lib/kubeconfig.mjs';
import { createCluster, kwokFolder } from './lib/kwokctl.mjs';
import { withLock } from './lib/lock.mjs';
import { logTail } from './lib/log-tail.mjs';
import { toolsDir } from './lib/paths.mjs';
import { reservePorts } from './lib/ports.mjs';
import { processesUnder, stopProcesses } from './lib/processes.mjs';
import { stateOf } from './lib/state.mjs';
import { seconds } from './lib/text.mjs';
import { ensureToolchain } from './toolchain.mjs';

const components = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok-controller'];

const lockWaitMs = 4 * 60_000;

/** The pinned version of Kubernetes, e.g. v1.36.3. */
function kubernetesVersion() {
  return requiredVersions(fs.readFileSync(path.join(toolsDir, 'kubernetes', 'go.mod'), 'utf8'))('k8s.io/kubernetes');
}

/** The component that is not running (its name is that of its pid file), if any. */
function deadComponent(folder, name) {
  const running = processesUnder(folder).map(({ pid }) => pid);
  return components.find((component) => {
    try {
      const pid = Number(fs.readFileSync(path.join(kwokFolder(folder, name), 'pids', `${component}.pid`), 'utf8'));
      return !running.includes(pid);
    } catch {
      return false; // not started yet
    }
  });
}

/** What a failed start looks like from inside: the log of the component that died, else of kwokctl. */
async function failureDetails(folder, name) {
  const dead = deadComponent(folder, name);
  const file = dead ? path.join(kwokFolder(folder, name), 'logs', `${dead}.log`) : path.join(folder, 'kwokctl.log');
  return `${path.basename(file)}:\n${await logTail(file)}`;
}

async function remove(state, name) {
  const { kubeconfig } = (await state.read()) ?? {};
  // Its data goes anyway: no component needs time to put anything in order.
  if (!(await stopProcesses(processesUnder(state.folder), { graceMs: 0 }))) {
    const pids = processesUnder(state.folder).map(({ pid }) => pid);
    throw new ToolError(`processes ${pids.join(', ')} of the cluster ${name} did not end`);
  }
  if (kubeconfig) await removeKubeconfig(kubeconfig, name);
  await state.remove();
}

// For a signal while the cluster starts: then there is no time for anything asynchronous.
function removeAtOnce(folder) {
  for (const { pid } of processesUnder(folder)) process.kill(pid, 'SIGKILL');
}

async function start(state, { name, kubeconfig, nodes, bin, audit }) {
  const { folder } = state;
  fs.mkdirSync(folder, { recursive: true });
  const info = { name, kubeconfig, nodes, folder };
  let ports;
  await reservePorts(clusterPorts.length, async (free) => {
    ports = Object.fromEntries(clusterPorts.map((key, index) => [key, free[index]]));
    await state.write({ ...info, ports });
  });
  const config = await writeClusterConfig(folder, { ports, bin, kubeVersion: kubernetesVersion(), audit });
  await createCluster({ folder, name, config, bin });
  const pki = (file) => fs.readFileSync(path.join(kwokFolder(folder, name), 'pki', file));
  const server = `https://127.0.0.1:${ports.kubeApiserverPort}`;
  const access = { server, ca: pki('ca.crt'), cert: pki('admin.crt'), key: pki('admin.key') };
  const request = kubeClient(access);
  const stop = () => {
    const dead = deadComponent(folder, name);
    return dead && `${dead} has ended`;
  };
  await createNodes(request, nodes);
  await waitUntilReady(request, nodes, stop);
  await writeKubeconfig(kubeconfig, name, access);
  await state.write({ ...info, server, ports, ready: true });
  const auditLog = path.join(kwokFolder(folder, name), 'logs', 'audit.log');
  return { name, kubeconfig, server, ...(audit ? { auditLog } : {}) };
}

/**
 * Starts a cluster and waits until it can be used.
 *
 * @param {{ name: string, kubeconfig: string, nodes?: number, audit?: boolean, log?: (line: string) => void }} options
 *   kubeconfig: the file to write; only a kubeconfig of an earlier simulated cluster is overwritten; audit: the API
 *   server writes down each request
 * @returns {Promise<{ name: string, kubeconfig: string, server: string, auditLog?: string }>} kubeconfig: absolute path;
 *   auditLog: a line of JSON for each request (audit.k8s.io/v1 Event)
 * @throws {ToolError} when the name is in use, or the cluster does not start (then nothing of it is left)
 */
export async function clusterUp({ name, kubeconfig, nodes = 2, audit = false, log = () => {} }) {
  const state = stateOf('cluster', name);
  if (!kubeconfig) throw new ToolError('a cluster needs a file for its kubeconfig');
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > 100) throw new ToolError('a cluster has 1 to 100 nodes');
  const file = path.resolve(kubeconfig);
  await assertWritable(file);
  const { bin } = await ensureToolchain({ tools: clusterTools, log });
  return withLock(state.lock, { timeoutMs: lockWaitMs }, async () => {
    const running = processesUnder(state.folder);
    if ((await state.read())?.ready && running.length === components.length) {
      throw new ToolError(
        `the cluster ${name} is already running: end it first (node tools/cluster.mjs down --name ${name})`,
      );
    }
    await remove(state, name);
    const onExit = () => removeAtOnce(state.folder);
    process.once('exit', onExit);
    try {
      return await start(state, { name, kubeconfig: file, nodes, bin, audit });
    } catch (error) {
      const details = await failureDetails(state.folder, name);
      await remove(state, name);
      throw new ToolError(`the cluster ${name} did not start: ${error.message}`, { details, cause: error });
    } finally {
      process.off('exit', onExit);
    }
  });
}

/**
 * Ends a cluster and removes its data and its kubeconfig. There being none is fine.
 * @param {{ name: string }} options
 * @returns {Promise<boolean>} whether there was one
 */
export async function clusterDown({ name }) {
  const state = stateOf('cluster', name);
  return withLock(state.lock, { timeoutMs: lockWaitMs }, async () => {
    const existed = (await state.read()) !== undefined;
    await remove(state, name);
    return existed;
  });
}

if (isMain(import.meta.url)) {
  await runCommand('cluster', async () => {
    const usage = 'node tools/cluster.mjs up --name N --kubeconfig FILE [--nodes 2] | down --name N';
    const { positionals, values } = readArguments(usage, {
      options: { name: { type: 'string' }, kubeconfig: { type: 'string' }, nodes: { type: 'string', default: '2' } },
    });
    const started = Date.now();
    const { name, kubeconfig, nodes } = values;
    const command = positionals.length === 1 ? positionals[0] : undefined;
    if (command === 'up' && name && kubeconfig) {
      const log = (line) => console.log(`cluster: ${line}`);
      const { server } = await clusterUp({ name, kubeconfig, nodes: Number(nodes), log });
      console.log(`cluster: ${name} is ready at ${server}, kubeconfig in ${kubeconfig} (${seconds(started)})`);
    } else if (command === 'down' && name) {
      const existed = await clusterDown({ name });
      console.log(`cluster: ${name} ${existed ? 'is down' : 'was not running'} (${seconds(started)})`);
    } else {
      throw new ToolError(`usage: ${usage}`);
    }
  });
}
