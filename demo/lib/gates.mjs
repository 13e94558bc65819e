// Environments with reviewers. The first step of a job with an environment (released.mjs) waits for files in this folder.
import fs from 'node:fs/promises';
import path from 'node:path';

/**
 * @param {string} folder is made
 * @param {string[]} protectedEnvironments those with reviewers
 * @param {AbortSignal} signal
 */
export async function createGates(folder, protectedEnvironments, signal) {
  await fs.mkdir(folder, { recursive: true });
  for (const name of protectedEnvironments) await fs.writeFile(path.join(folder, `${name}.protected`), '');
  const file = (run, environment, what) => path.join(folder, `${run.id}-${environment}.${what}`);
  const exists = (name) =>
    fs.access(name).then(
      () => true,
      () => false,
    );

  return {
    /** What the steps see of it. */
    environment: { HELM_CD_GATES: folder },

    /** Waits until a job of the run waits for the reviewers of an environment. @param {import('./runner.mjs').Run} run */
    async waits(run, environment) {
      while (!(await exists(file(run, environment, 'waiting')))) {
        if (run.status === 'completed') throw new Error(`${run.workflow} has ended without waiting for ${environment}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
        signal.throwIfAborted();
      }
    },

    /** A reviewer decides. */
    approve: (run, environment) => fs.writeFile(file(run, environment, 'approved'), ''),
    reject: (run, environment) => fs.writeFile(file(run, environment, 'rejected'), ''),
  };
}
