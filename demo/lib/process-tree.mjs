// Ends a process and everything it started. act gives each step a session of its own, so ending act's process group
// would leave a running step behind; and only act itself knows how to tidy up what it made.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { recordOf, stopProcesses } from '../../tools/lib/processes.mjs';

async function descendants(pid) {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  const children = new Map();
  for (const line of stdout.trim().split('\n')) {
    const [child, parent] = line.trim().split(/\s+/).map(Number);
    children.set(parent, [...(children.get(parent) ?? []), child]);
  }
  const found = [];
  const collect = (parent) => {
    for (const child of children.get(parent) ?? []) {
      found.push(child);
      collect(child);
    }
  };
  collect(pid);
  return found;
}

/** @param {number} pid a process this one started */
export async function stopTree(pid) {
  const records = [pid, ...(await descendants(pid))].map(recordOf);
  await stopProcesses(records, { graceMs: 2000 });
}
