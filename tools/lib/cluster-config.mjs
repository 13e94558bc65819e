// The files that a simulated cluster is made from: kwok's configuration with our stages, and the logs that its containers show.
import fs from 'node:fs/promises';
import path from 'node:path';
import { exeName, toolsDir } from './paths.mjs';

const sourceDir = path.join(toolsDir, 'cluster');

/** The listening components, each of which gets a port. */
export const clusterPorts = [
  'kubeApiserverPort',
  'etcdPort',
  'etcdPeerPort',
  'kubeControllerManagerPort',
  'kubeSchedulerPort',
  'kwokControllerPort',
];

const binaries = {
  etcdBinary: 'etcd',
  kubeApiserverBinary: 'kube-apiserver',
  kubeControllerManagerBinary: 'kube-controller-manager',
  kubeSchedulerBinary: 'kube-scheduler',
  kwokControllerBinary: 'kwok',
  kubectlBinary: 'kubectl',
};

/** What the toolchain must have for a cluster. */
export const clusterTools = ['kwokctl', ...Object.values(binaries)];

// Text becomes a log file as container runtimes write it: time, stream, "F" for a full line.
async function writeLogs(folder) {
  await fs.mkdir(folder, { recursive: true });
  const time = new Date().toISOString();
  for (const file of await fs.readdir(path.join(sourceDir, 'logs'))) {
    const text = await fs.readFile(path.join(sourceDir, 'logs', file), 'utf8');
    const lines = text.trimEnd().split('\n');
    const log = lines.map((line) => `${time} stdout F ${line}\n`).join('');
    await fs.writeFile(path.join(folder, `${path.basename(file, '.txt')}.log`), log);
  }
}

/** Who asked for what, once a request; not what was said. */
async function writeAuditPolicy(folder) {
  const file = path.join(folder, 'audit-policy.yaml');
  const omitStages = ['RequestReceived', 'ResponseStarted'];
  const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages, rules: [{ level: 'Metadata' }] };
  await fs.writeFile(file, JSON.stringify(policy));
  return file;
}

/**
 * Writes the configuration of a cluster below `folder`.
 *
 * @param {string} folder
 * @param {{ ports: Record<string, number>, bin: string, kubeVersion: string, audit?: boolean }} options
 *   audit: the API server writes down each request, as one line of JSON (`auditLog`)
 * @returns {Promise<string>} the configuration file
 */
export async function writeClusterConfig(folder, { ports, bin, kubeVersion, audit = false }) {
  const logs = path.join(folder, 'container-logs');
  await writeLogs(logs);
  const configuration = {
    apiVersion: 'config.kwok.x-k8s.io/v1alpha1',
    kind: 'KwokctlConfiguration',
    options: {
      runtime: 'binary',
      kubeVersion,
      ...Object.fromEntries(Object.entries(binaries).map(([key, tool]) => [key, path.join(bin, exeName(tool))])),
      ...ports,
      bindAddress: '127.0.0.1',
      disableQPSLimits: true,
      // The stages tell kwok by a Logs object which log a pod has: only then is its outcome known.
      enableCRDs: ['Logs'],
      ...(audit ? { kubeAuditPolicy: await writeAuditPolicy(folder) } : {}),
    },
  };
  const stages = await fs.readFile(path.join(sourceDir, 'stages.yaml'), 'utf8');
  const file = path.join(folder, 'config.yaml');
  await fs.writeFile(file, `${JSON.stringify(configuration)}\n---\n${stages.replaceAll('LOGS_DIR', logs)}`);
  return file;
}
