/**
 * Archives of dependencies, kept between runs: `archives/SHA256.tgz`, and `versions/KEY.json` that says which one is the
 * chart of a repository, name and exact version. Whoever writes, writes a whole file beside it and renames, so that
 * several at once, or one that is killed, leave nothing that is half there; whoever reads, checks.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sha256Hex } from '../core/digest.js';
import { messageOf } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import { record } from '../core/release-manifest.js';

/** A chart of a repository in one version. */
export interface ExactDependency {
  /** Its address, without credentials. */
  readonly repository: string;
  readonly name: string;
  readonly version: string;
}

export interface DependencyCache {
  /** @returns nothing when it is not there, or is not any more what was put there. */
  get(dependency: ExactDependency): Promise<Uint8Array | undefined>;
  /** A folder that cannot be written to is no error: nothing is kept then. */
  put(dependency: ExactDependency, bytes: Uint8Array): Promise<void>;
}

/** What a writer that was killed has left is removed after this. */
const ABANDONED_MS = 60 * 60_000;

/**
 * The folder for what outlives a run: in the runner's tool cache, or where the user's caches are.
 * @returns nothing when the environment names none.
 */
export function cacheFolder(environment: Readonly<Record<string, string>>): string | undefined {
  const home = environment['HOME'];
  const parent =
    environment['RUNNER_TOOL_CACHE'] ||
    environment['XDG_CACHE_HOME'] ||
    (home === undefined || home === '' ? '' : path.join(home, '.cache'));
  return path.isAbsolute(parent) ? path.join(parent, 'helm-cd', 'dependencies') : undefined;
}

const keyOf = ({ repository, name, version }: ExactDependency) =>
  sha256Hex(JSON.stringify([repository.replace(/\/+$/, ''), name, version]));

async function writeWhole(file: string, content: Uint8Array | string): Promise<void> {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unfinished = `${file}.${randomBytes(6).toString('hex')}.part`;
  try {
    await writeFile(unfinished, content, { mode: 0o600, flag: 'wx', flush: true });
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function removeAbandoned(folder: string): Promise<void> {
  const names: readonly string[] = await readdir(folder).catch(() => []);
  for (const name of names.filter((entry) => entry.endsWith('.part'))) {
    const file = path.join(folder, name);
    const info = await stat(file).catch(() => undefined);
    if (info !== undefined && Date.now() - info.mtimeMs > ABANDONED_MS) await rm(file, { force: true });
  }
}

/** @param folder is made when something is put there; nothing: nothing is kept. */
export function openDependencyCache(folder: string | undefined, log: Services['log']): DependencyCache {
  if (folder === undefined) return { get: () => Promise.resolve(undefined), put: () => Promise.resolve() };
  const archives = path.join(folder, 'archives');
  const versions = path.join(folder, 'versions');
  return {
    async get(dependency) {
      const file = path.join(versions, `${keyOf(dependency)}.json`);
      const text = await readFile(file, 'utf8').catch(() => undefined);
      if (text === undefined) return undefined;
      try {
        const { sha256, ...kept } = record(JSON.parse(text));
        const same = kept['name'] === dependency.name && kept['version'] === dependency.version;
        if (!same || typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) throw new Error('another entry');
        const bytes = await readFile(path.join(archives, `${sha256}.tgz`));
        if (sha256Hex(bytes) === sha256) return bytes;
        throw new Error('its content has changed');
      } catch (error) {
        log.info(
          `${dependency.name} ${dependency.version} in ${folder} is damaged (${messageOf(error)}): fetched again`,
        );
        return undefined;
      }
    },
    async put(dependency, bytes) {
      const { name, version } = dependency;
      const sha256 = sha256Hex(bytes);
      try {
        await writeWhole(path.join(archives, `${sha256}.tgz`), bytes);
        // Last, so that what it names is there.
        await writeWhole(path.join(versions, `${keyOf(dependency)}.json`), JSON.stringify({ name, version, sha256 }));
        await Promise.all([archives, versions].map(removeAbandoned));
      } catch (error) {
        log.info(`${name} ${version} is not kept in ${folder}: ${messageOf(error)}`);
      }
    },
  };
}
