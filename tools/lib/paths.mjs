// Where the toolchain keeps its things. Everything is inside the clone (git-ignored) but the cache of built binaries.
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const toolsDir = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

const localDir = path.join(toolsDir, '..', '.toolchain');

/** The folder of the ready tools: put it on PATH. */
export const binDir = path.join(localDir, 'bin');

/** State of what is running now: run/<kind>/<name>.json, and a folder run/<kind>/<name>/ with its data and logs. */
export const runDir = path.join(localDir, 'run');

/** Built binaries outlive the clone: a cold build takes minutes, and every clone and worktree can share it. */
export function cacheDir() {
  return path.resolve(process.env.HELM_CD_TOOLCHAIN_CACHE || path.join(os.homedir(), '.cache', 'helm-cd'));
}

const exeSuffix = process.platform === 'win32' ? '.exe' : '';

export function exeName(tool) {
  return tool + exeSuffix;
}
