/** The user's own check after the tests: a command of theirs, with the release's coordinates in its environment. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HelmCdError } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import type { ReleaseTarget } from '../helm/lifecycle.js';
import type { Cluster } from '../kubernetes/cluster.js';

/** Kept of its output; all of it is in the job's log. */
const LINES_KEPT = 200;

/** What a step of the user's own would see, less what belongs to this action or would let it act as the runner. */
function stepEnvironment(environment: Readonly<Record<string, string>>): Record<string, string> {
  const hidden = /^(?:INPUT_|ACTIONS_RUNTIME_|ACTIONS_ID_TOKEN_|ACTIONS_RESULTS_|HELM_CD_|SOPS_AGE_KEY$)/;
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !hidden.test(name)));
}

export interface VerifyResult {
  /** What went wrong, or nothing. */
  readonly failure: string | undefined;
  /** The last lines of its output. */
  readonly output: string;
}

/**
 * Runs the command with bash in the working directory. KUBECONFIG names a file whose current context is the cluster.
 */
export async function runVerify(
  command: string,
  cluster: Cluster,
  target: ReleaseTarget,
  timeoutMs: number,
  services: Services,
): Promise<VerifyResult> {
  const kubeconfig = path.join(services.temp, 'verify-kubeconfig');
  const view = await cluster.run('The kubeconfig for the verify command cannot be written', [
    ...['config', 'view', '--minify', '--flatten', '--raw'],
  ]);
  await writeFile(kubeconfig, view, { mode: 0o600 });
  const lines: string[] = [];
  const onLine = (line: string) => {
    services.log.info(`  verify │ ${line}`);
    lines.push(line);
    if (lines.length > LINES_KEPT) lines.shift();
  };
  let failure: string | undefined;
  try {
    const result = await services.processes.run('bash', ['-c', command], {
      cwd: services.workingDirectory,
      env: {
        ...stepEnvironment(services.environment),
        KUBECONFIG: kubeconfig,
        RELEASE: target.release,
        NAMESPACE: target.namespace,
      },
      timeoutMs,
      accept: 'any',
      onLine,
    });
    if (result.code !== 0) failure = `the verify command ended with exit code ${result.code}`;
  } catch (error) {
    if (!(error instanceof HelmCdError) || error.code !== 'timeout') throw error;
    failure = `the verify command did not end within ${Math.round(timeoutMs / 1000)} s`;
  }
  return { failure, output: lines.join('\n') };
}
