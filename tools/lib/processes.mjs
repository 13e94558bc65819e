// Processes of this machine, told apart by pid and start time: a pid alone may have been given to a stranger since.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether some process has this pid now. */
function exists(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/**
 * What identifies a living process besides its pid: its start time, opaque, only for comparing.
 * Undefined when no such process lives (a zombie waiting for its parent does not live).
 */
export function startOf(pid) {
  if (!Number.isInteger(pid) || pid <= 0 || !exists(pid)) return undefined;
  if (process.platform === 'linux') {
    try {
      // The second field is the command in parentheses and may itself contain spaces: count from behind it.
      const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `ticks ${fields[19]}`;
    } catch {
      return undefined;
    }
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return process.platform === 'win32' ? 'unknown' : undefined;
  }
}

/** A record of a process that can be written to a file and believed later. */
export function recordOf(pid) {
  return { pid, start: startOf(pid) };
}

/** Whether the recorded process is still that process, and alive. */
export function isAlive({ pid, start }) {
  return start !== undefined && startOf(pid) === start;
}

function programs() {
  if (process.platform === 'linux') {
    return fs
      .readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => {
        try {
          return { pid: Number(pid), program: fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] };
        } catch {
          return { pid: Number(pid), program: '' };
        }
      });
  }
  const list = execFileSync('ps', ['-A', '-o', 'pid=,command='], { encoding: 'utf8', maxBuffer: 64 << 20 });
  return list.split('\n').map((line) => {
    const [, pid, program] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return { pid: Number(pid), program: program ?? '' };
  });
}

/** The processes whose program was started from inside `folder`: those that nobody else can have started. */
export function processesUnder(folder) {
  return programs()
    .filter(({ program }) => program.startsWith(folder + path.sep))
    .map(({ pid }) => recordOf(pid))
    .filter(isAlive);
}

/**
 * Ends the recorded processes: politely, then after `graceMs` (0: at once) by force. Never touches a pid that has changed hands.
 * @returns {Promise<boolean>} whether all of them are gone
 */
export async function stopProcesses(records, { graceMs = 5000 } = {}) {
  const steps = [
    { signal: 'SIGTERM', waitMs: graceMs },
    { signal: 'SIGKILL', waitMs: 10_000 },
  ];
  for (const { signal, waitMs } of graceMs > 0 ? steps : steps.slice(1)) {
    for (const record of records.filter(isAlive)) {
      try {
        process.kill(record.pid, signal);
      } catch {
        // It ended by itself between the look and the signal.
      }
    }
    const end = Date.now() + waitMs;
    while (records.some(isAlive) && Date.now() < end) await sleep(20);
    if (!records.some(isAlive)) return true;
  }
  return false;
}
