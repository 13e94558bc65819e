/** The simulated cluster of the integration tests: real API server, controllers and scheduler. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { clusterDown, clusterUp } from '../../tools/cluster.mjs';
import { temporaryFolder, toolchainBin } from './services.js';

const execute = promisify(execFile);

export interface TestCluster {
  /** Absolute path of the kubeconfig. */
  readonly kubeconfig: string;
  readonly server: string;
  /** Runs kubectl and gives its standard output. */
  kubectl(...args: string[]): Promise<string>;
  /** Objects as JSON; nothing when there are none. */
  get<Result = Record<string, unknown>>(...args: string[]): Promise<Result | undefined>;
  /** Runs helm 4 (`helm`) or helm 3 (`helm3`) apart from helm-cd. */
  helm(program: 'helm' | 'helm3', ...args: string[]): Promise<string>;
  apply(object: unknown): Promise<void>;
  down(): Promise<void>;
}

/** A new cluster with a name of its own; `down` removes it. */
export async function startCluster(name: string): Promise<TestCluster> {
  const folder = await temporaryFolder('helm-cd-cluster-');
  const kubeconfig = path.join(folder, 'kubeconfig');
  const unique = `${name}-${process.pid}`;
  const { server } = await clusterUp({ name: unique, kubeconfig });
  const env = {
    PATH: `${toolchainBin}${path.delimiter}${process.env['PATH'] ?? ''}`,
    HOME: folder,
    KUBECONFIG: kubeconfig,
  };
  const call = async (program: string, args: readonly string[], input?: string) => {
    const running = execute(path.join(toolchainBin, program), [...args], { env, maxBuffer: 64 * 1024 * 1024 });
    if (input !== undefined) running.child.stdin?.end(input);
    return (await running).stdout;
  };
  return {
    kubeconfig,
    server,
    kubectl: (...args) => call('kubectl', args),
    async get<Result>(...args: string[]) {
      const output = await call('kubectl', ['get', ...args, '--output=json', '--ignore-not-found']);
      return output.trim() === '' ? undefined : (JSON.parse(output) as Result);
    },
    helm: (program, ...args) => call(program, args),
    async apply(object) {
      await call('kubectl', ['apply', '--filename=-'], JSON.stringify(object));
    },
    async down() {
      await clusterDown({ name: unique });
      await rm(folder, { recursive: true, force: true });
    },
  };
}
