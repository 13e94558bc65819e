// Free loopback ports for servers that start a moment later.
import net from 'node:net';
import path from 'node:path';
import { ToolError } from './errors.mjs';
import { withLock } from './lock.mjs';
import { runDir } from './paths.mjs';
import { allStates } from './state.mjs';

// Below the range from which systems give ports to outgoing connections: otherwise a connection of one component could take
// the port that another one is about to listen on.
const [lowest, highest] = [20_000, 29_999];

/** Whether nothing listens on this loopback port. */
export function isFree(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * Chooses `count` free ports and hands them to `record`, which has to write them to a state file (as its `ports`): what is recorded
 * there is not given to anybody else, although nothing listens on it yet.
 *
 * @param {number} count
 * @param {(ports: number[]) => Promise<void>} record
 */
export async function reservePorts(count, record) {
  await withLock(path.join(runDir, 'ports.lock'), { timeoutMs: 30_000 }, async () => {
    const taken = new Set((await allStates()).flatMap((state) => Object.values(state.ports ?? {})));
    const ports = [];
    for (let tries = 0; ports.length < count && tries < 1000; tries += 1) {
      const port = lowest + Math.floor(Math.random() * (highest - lowest + 1));
      if (taken.has(port) || !(await isFree(port))) continue;
      taken.add(port);
      ports.push(port);
    }
    if (ports.length < count) throw new ToolError(`found no ${count} free ports between ${lowest} and ${highest}`);
    await record(ports);
  });
}
