// Starts the components of a cluster by kwokctl, with nothing of the user's in its sight.
import { spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { ToolError } from './errors.mjs';
import { exeName } from './paths.mjs';

const timeoutMs = 120_000;

/** The folder in which kwokctl keeps the cluster: its keys, logs and programs. */
export function kwokFolder(folder, name) {
  return path.join(folder, 'kwok', 'clusters', name);
}

/**
 * `kwokctl create cluster`: returns when the API server answers; the components stay, detached.
 * @param {{ folder: string, name: string, config: string, bin: string }} options
 */
export async function createCluster({ folder, name, config, bin }) {
  const home = path.join(folder, 'home');
  await fs.mkdir(home, { recursive: true });
  // Started by a name inside the folder, like the components: so `down` finds it too when `up` was killed.
  const program = path.join(folder, exeName('kwokctl'));
  await fs.symlink(path.join(bin, exeName('kwokctl')), program);
  const output = await fs.open(path.join(folder, 'kwokctl.log'), 'w');
  try {
    await new Promise((resolve, reject) => {
      const child = spawn(program, ['create', 'cluster', '--name', name, '--config', config, '--timeout', '100s'], {
        cwd: folder,
        // No proxy settings, no KUBECONFIG and no home of the user.
        env: { PATH: bin, HOME: home, KWOK_WORKDIR: path.join(folder, 'kwok'), TMPDIR: home },
        stdio: ['ignore', output.fd, output.fd],
      });
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      child.on('error', (cause) => reject(new ToolError(`could not start kwokctl: ${cause.message}`, { cause })));
      child.on('close', (code, signal) => {
        clearTimeout(timer);
        if (code === 0) resolve();
        else reject(new ToolError(`kwokctl ${signal ? `was ended by ${signal}` : `failed with exit code ${code}`}`));
      });
    });
  } finally {
    await output.close();
  }
}
