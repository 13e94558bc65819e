// What is running now, by kind and name: a JSON file, and a folder for data and logs beside it.
import fs from 'node:fs/promises';
import path from 'node:path';
import { ToolError } from './errors.mjs';
import { runDir } from './paths.mjs';

const kinds = ['cluster', 's3', 'registry', 'relay'];

/**
 * @param {'cluster' | 's3' | 'registry' | 'relay'} kind
 * @param {string} name chosen by the user; becomes part of paths
 */
export function stateOf(kind, name) {
  if (!/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name ?? '')) {
    throw new ToolError(
      `the name of a ${kind} is 1 to 40 lower-case letters, digits and dashes, not ${JSON.stringify(name)}`,
    );
  }
  const file = path.join(runDir, kind, `${name}.json`);
  return {
    folder: path.join(runDir, kind, name),
    lock: path.join(runDir, kind, `${name}.lock`),

    /** Undefined when there is none. */
    async read() {
      try {
        return JSON.parse(await fs.readFile(file, 'utf8'));
      } catch (error) {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      }
    },

    // Readable by the owner only: it may hold credentials. Renamed into place: never read half-written.
    async write(state) {
      await fs.mkdir(path.dirname(file), { recursive: true });
      const temporary = `${file}.${process.pid}.tmp`;
      await fs.writeFile(temporary, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
      await fs.rename(temporary, file);
    },

    async remove() {
      // A process that is just ending may still write: then the folder is not empty at the first try.
      await fs.rm(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
      await fs.rm(file, { force: true });
    },
  };
}

/** The states of everything that runs from this clone. */
export async function allStates() {
  const files = await Promise.all(
    kinds.map(async (kind) => {
      const names = await fs.readdir(path.join(runDir, kind)).catch(() => []);
      return names.filter((name) => name.endsWith('.json')).map((name) => path.join(runDir, kind, name));
    }),
  );
  // One that is removed in this moment has no state any more.
  return Promise.all(files.flat().map(async (file) => JSON.parse(await fs.readFile(file, 'utf8').catch(() => '{}'))));
}
