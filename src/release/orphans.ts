import { readdir, readFile } from 'node:fs/promises';
import type { Processes } from '../core/ports.js';

async function isOf(pid: string, folder: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  return environment
    .split('\0')
    .some((variable) => /^(?:KUBECONFIG|KUBECACHEDIR)=/.test(variable) && variable.includes(`=${folder}/`));
}

/**
 * Ends the programs that a killed run has left behind, helm above all: while it goes on, nothing can be put in order. They are
 * known by the run's temporary folder in their environment. Linux tells that; elsewhere nothing is done.
 * @param folder that run's temporary folder.
 * @returns how many there were.
 */
export async function endOrphans(folder: string, processes: Processes): Promise<number> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const checked = await Promise.all(pids.map(async (pid) => ((await isOf(pid, folder)) ? [pid] : [])));
  const own = checked.flat();
  if (own.length > 0) await processes.run('kill', ['-KILL', ...own], { accept: 'any' });
  return own.length;
}
