// A server that runs in the background on a loopback port, with a folder of its own, until it is stopped by name.
import { spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { ToolError } from './errors.mjs';
import { withLock } from './lock.mjs';
import { logTail } from './log-tail.mjs';
import { isFree, reservePorts } from './ports.mjs';
import { isAlive, processesUnder, recordOf, stopProcesses } from './processes.mjs';
import { stateOf } from './state.mjs';
import { waitFor } from './wait.mjs';

const lockWaitMs = 60_000;
const startMs = 20_000;

async function remove(state) {
  const { process: record } = (await state.read()) ?? {};
  // Also what a killed start has left: it has not come to recording the process.
  const records = [...processesUnder(state.folder), ...(record ? [record] : [])];
  if (!(await stopProcesses(records))) {
    throw new ToolError(`process ${records.map(({ pid }) => pid).join(', ')} did not end`);
  }
  await state.remove();
}

async function launch(state, { program, args, env, port, isReady }) {
  const logFile = path.join(state.folder, 'server.log');
  const log = await fs.open(logFile, 'w');
  // Started by a name inside its folder: so it can be told from the same program started by somebody else.
  const link = path.join(state.folder, path.basename(program));
  await fs.symlink(program, link);
  const child = spawn(link, args, {
    cwd: state.folder,
    detached: true,
    env: { PATH: process.env.PATH, HOME: state.folder, TMPDIR: state.folder, ...env },
    stdio: ['ignore', log.fd, log.fd],
  });
  await log.close();
  let failed;
  child.on('error', (error) => (failed = error.message));
  child.on(
    'exit',
    (code, signal) => (failed = signal ? `it was ended by ${signal}` : `it ended with exit code ${code}`),
  );
  child.unref();
  try {
    await waitFor(`an answer on port ${port}`, isReady, { timeoutMs: startMs, stop: () => failed });
  } catch (error) {
    throw new ToolError(error.message, { details: await logTail(logFile), cause: error });
  }
  child.removeAllListeners();
  return recordOf(child.pid);
}

/**
 * Starts a server and waits until it answers.
 *
 * @param {string} kind
 * @param {string} name
 * @param {{ port?: number, prepare: (context: { folder: string, port: number }) => Promise<{
 *   program: string, args: string[], env?: Record<string, string>, isReady: () => Promise<boolean>, info: object }> }} options
 *   port: instead of a free one. prepare: writes files into the empty folder and says what to start
 * @returns {Promise<object>} `info` of prepare, with `name`, `directory` and `pid`
 */
export async function startService(kind, name, { port: fixedPort, prepare }) {
  const state = stateOf(kind, name);
  return withLock(state.lock, { timeoutMs: lockWaitMs }, async () => {
    const earlier = await state.read();
    if (earlier?.process && isAlive(earlier.process)) {
      throw new ToolError(
        `the ${kind} ${name} is already running: stop it first (node tools/${kind}.mjs down --name ${name})`,
      );
    }
    await remove(state);
    // Otherwise the stranger on that port might be taken for the new server.
    if (fixedPort && !(await isFree(fixedPort))) throw new ToolError(`something else listens on port ${fixedPort}`);
    await fs.mkdir(state.folder, { recursive: true });
    let port = fixedPort;
    if (port) await state.write({ name, ports: { http: port } });
    else await reservePorts(1, ([free]) => state.write({ name, ports: { http: (port = free) } }));
    const onExit = () => processesUnder(state.folder).forEach(({ pid }) => process.kill(pid, 'SIGKILL'));
    process.once('exit', onExit);
    try {
      const { info, ...start } = await prepare({ folder: state.folder, port });
      const record = await launch(state, { ...start, port });
      const result = { name, ...info, pid: record.pid };
      await state.write({ ...result, ports: { http: port }, process: record });
      return result;
    } catch (error) {
      await remove(state);
      throw new ToolError(`the ${kind} ${name} did not start: ${error.message}`, {
        details: error.details,
        cause: error,
      });
    } finally {
      process.off('exit', onExit);
    }
  });
}

/**
 * Stops a server and removes its folder. There being none is fine.
 * @returns {Promise<boolean>} whether there was one
 */
export async function stopService(kind, name) {
  const state = stateOf(kind, name);
  return withLock(state.lock, { timeoutMs: lockWaitMs }, async () => {
    const existed = (await state.read()) !== undefined;
    await remove(state);
    return existed;
  });
}
