// zizmor, which audits workflows and actions for what is insecure in them: the pinned version from PyPI, in a virtual environment of its
// own in the toolchain's cache.
//
//   node tools/zizmor.mjs [argument …]     runs it
//
// Needs a Python 3 with venv and pip. It is apart from toolchain.mjs, for only the linter wants it: without Python it does without.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { isMain } from './lib/command-line.mjs';
import { withLock } from './lib/lock.mjs';
import { cacheDir } from './lib/paths.mjs';

const version = '1.32.0';

const run = (program, args, timeoutMs) =>
  spawnSync(program, args, { encoding: 'utf8', timeout: timeoutMs, stdio: ['ignore', 'pipe', 'pipe'] });

const exists = (file) =>
  fs.access(file).then(
    () => true,
    () => false,
  );

/** A Python 3 that can make virtual environments with pip in them. */
function findPython() {
  return ['python3', 'python'].find(
    (name) =>
      run(name, ['-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))'], 30_000).status === 0,
  );
}

function install(python, folder) {
  for (const [program, args] of [
    [python, ['-m', 'venv', folder]],
    [
      path.join(folder, 'bin', 'python'),
      [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '--only-binary',
        ':all:',
        `zizmor==${version}`,
      ],
    ],
  ]) {
    const { status, stdout, stderr, error } = run(program, args, 5 * 60_000);
    if (status !== 0) return `${program} ${args.join(' ')}: ${error?.message ?? `${stdout}${stderr}`.trim()}`;
  }
  return undefined;
}

/**
 * Sees to it that zizmor is there.
 * @returns {Promise<{ program: string } | { missing: string, skip: boolean }>} missing: why there is none; skip: for this machine has no
 *   Python that could install it
 */
export async function ensureZizmor() {
  const folder = path.join(cacheDir(), `zizmor-${version}`);
  const program = path.join(folder, 'bin', 'zizmor');
  if (await exists(program)) return { program };
  const python = findPython();
  if (python === undefined) return { missing: 'there is no Python 3 with venv and pip on PATH', skip: true };
  await fs.mkdir(cacheDir(), { recursive: true });
  // A virtual environment knows its own path: it is made where it stays, and is complete when its program runs.
  return withLock(`${folder}.lock`, { timeoutMs: 10 * 60_000 }, async () => {
    if (!(await exists(program))) {
      await fs.rm(folder, { recursive: true, force: true });
      const problem = install(python, folder);
      if (problem !== undefined) {
        await fs.rm(folder, { recursive: true, force: true });
        return { missing: `zizmor ${version} could not be installed: ${problem}`, skip: false };
      }
    }
    return { program };
  });
}

if (isMain(import.meta.url)) {
  const found = await ensureZizmor();
  if (found.program === undefined) {
    console.error(found.missing);
    process.exitCode = 1;
  } else {
    process.exitCode = spawnSync(found.program, process.argv.slice(2), { stdio: 'inherit' }).status ?? 1;
  }
}
