import fs from 'node:fs/promises';
import path from 'node:path';

async function isCurrent(source, target) {
  try {
    if ((await fs.lstat(target)).isSymbolicLink()) return (await fs.readlink(target)) === source;
    const [from, to] = await Promise.all([fs.stat(source), fs.stat(target)]);
    return from.size === to.size && from.mtimeMs === to.mtimeMs;
  } catch {
    return false;
  }
}

/**
 * Makes `target` a link to `source`, or a copy of it where the system has no links.
 * At no moment is `target` missing or half-written: somebody may be running it.
 */
export async function linkOrCopy(source, target) {
  if (await isCurrent(source, target)) return;
  const temporary = path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.tmp`);
  await fs.rm(temporary, { force: true });
  try {
    await fs.symlink(source, temporary);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(error.code)) throw error;
    const { atime, mtime } = await fs.stat(source);
    await fs.copyFile(source, temporary);
    await fs.utimes(temporary, atime, mtime);
  }
  await fs.rename(temporary, target);
}
