import { mkdir, open, readFile } from 'node:fs/promises';
import { HelmCdError, messageOf } from '../core/errors.js';

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? '';

function ioError(what: string, cause: unknown): HelmCdError {
  const message = `${what}: ${messageOf(cause)}`;
  if (['EACCES', 'EPERM', 'EROFS'].includes(codeOf(cause))) {
    return new HelmCdError('unauthorized', message, { hint: 'Check who owns the folder.', cause });
  }
  if (['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(codeOf(cause))) {
    const hint = 'The folder must be on a file system with hard links: they make publishing safe.';
    return new HelmCdError('unsupported', message, { hint, cause });
  }
  return new HelmCdError('unreachable', message, { cause });
}

/** The result of a file operation, or nothing when it fails with one of the codes that are expected. */
export async function unless<T>(codes: readonly string[], what: string, operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (cause) {
    if (codes.includes(codeOf(cause))) return undefined;
    throw ioError(what, cause);
  }
}

/** A file's content; nothing when there is no such file. */
export async function readIfThere(file: string): Promise<Buffer | undefined> {
  return unless(['ENOENT', 'ENOTDIR'], `${file} cannot be read`, readFile(file));
}

/** Makes a folder in one that is there. */
export async function mkdirIfMissing(folder: string): Promise<true> {
  await mkdir(folder).catch((cause: unknown) => {
    if (codeOf(cause) !== 'EEXIST') throw cause;
  });
  return true;
}

/** Writes a new file; it is on the disk afterwards. */
export async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o644);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
