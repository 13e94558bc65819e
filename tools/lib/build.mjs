// Builds one tool into the cache.
import { spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ToolError } from './errors.mjs';
import { goEnv } from './go.mjs';
import { exeName } from './paths.mjs';
import { isAlive, recordOf } from './processes.mjs';
import { seconds } from './text.mjs';

const progressMs = 15_000;
const timeoutMs = 45 * 60_000;

// Compiling Kubernetes takes up to about 1.5 GB for each package at once: on a small machine with many cores, fewer at a time.
const parallel = Math.max(1, Math.min(os.availableParallelism(), Math.floor(os.totalmem() / 1.5e9)));

/** The output of an unfinished build: it says whose it is, so that it can be cleared away when that process is gone. */
function temporaryName(tool) {
  const { pid, start } = recordOf(process.pid);
  return `.${tool}.${pid}.${Buffer.from(start ?? '').toString('hex')}.tmp`;
}

/** Removes what killed runs have left behind in `folder`. */
export async function removeAbandoned(folder) {
  for (const name of await fs.readdir(folder)) {
    const [, pid, start] = /^\..+\.(\d+)\.([0-9a-f]*)\.tmp$/.exec(name) ?? [];
    if (pid === undefined || isAlive({ pid: Number(pid), start: Buffer.from(start, 'hex').toString() })) continue;
    await fs.rm(path.join(folder, name), { recursive: true, force: true });
  }
}

/**
 * @param {{ moduleDir: string, cache: string }} recipe
 * @param {{ name: string, args: string[] }} tool
 * @param {(line: string) => void} log
 */
export async function buildTool(recipe, tool, log) {
  const started = Date.now();
  const temporary = path.join(recipe.cache, temporaryName(tool.name));
  log(`building ${tool.name} …`);
  try {
    await goBuild(recipe, tool, temporary, (packages) => {
      log(`building ${tool.name} … ${seconds(started)}, ${packages} packages compiled so far`);
    });
    await fs.rename(temporary, path.join(recipe.cache, exeName(tool.name)));
  } finally {
    await fs.rm(temporary, { force: true });
  }
  log(`built ${tool.name} in ${seconds(started)}`);
}

function goBuild(recipe, tool, output, onProgress) {
  return new Promise((resolve, reject) => {
    // -v: a line for each package compiled, which is how a long build shows that it is getting on.
    const args = ['build', '-v', `-p=${parallel}`, '-o', output, ...tool.args];
    const child = spawn('go', args, { cwd: recipe.moduleDir, env: goEnv(), stdio: ['ignore', 'ignore', 'pipe'] });
    let packages = 0;
    let tail = [];
    child.stderr.setEncoding('utf8').on('data', (text) => {
      const lines = text.split('\n').filter(Boolean);
      packages += lines.filter((line) => /^[\w.~-]+(\/[\w.~-]+)*$/.test(line)).length;
      tail = [...tail, ...lines].slice(-15);
    });
    const kill = () => child.kill('SIGTERM');
    const progress = setInterval(() => onProgress(packages), progressMs);
    const timeout = setTimeout(kill, timeoutMs);
    process.once('exit', kill);
    const settle = (error) => {
      clearInterval(progress);
      clearTimeout(timeout);
      process.off('exit', kill);
      if (error) reject(error);
      else resolve();
    };
    child.on('error', (cause) => settle(new ToolError(`could not start \`go\` to build ${tool.name}`, { cause })));
    child.on('close', (code, signal) => {
      if (code === 0) return settle();
      const how = signal ? `was ended by ${signal}` : `failed with exit code ${code}`;
      settle(new ToolError(`building ${tool.name} ${how}`, { details: tail.join('\n') }));
    });
  });
}
