import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { git } from './git.js';
import type { Person } from './objects.js';
import { signPayload } from './signature.js';

const compress = promisify(deflate);

export interface TreeChange {
  readonly path: string;
  /** Six digits; ignored for a deletion. */
  readonly mode: string;
  /** The blob, or the commit of a submodule; null deletes the path. */
  readonly oid: string | null;
}

/**
 * Stores an object as git does, as a loose file that appears whole or not at all; its oid. Done without git, for a process
 * per file would be the dearest part of a commit.
 */
async function writeObject(repository: string, type: 'blob' | 'commit', content: Buffer): Promise<string> {
  const bytes = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  const oid = createHash('sha1').update(bytes).digest('hex');
  const folder = path.join(repository, 'objects', oid.slice(0, 2));
  const temporary = path.join(repository, 'objects', `tmp_obj_${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  await writeFile(temporary, await compress(bytes), { mode: 0o444 });
  await rename(temporary, path.join(folder, oid.slice(2)));
  return oid;
}

/** Stores the very bytes as a blob; its oid. */
export function writeBlob(repository: string, content: Buffer): Promise<string> {
  return writeObject(repository, 'blob', content);
}

/** The tree that `base` (an empty one without it) becomes by the changes; its oid. Made in an index of its own. */
export async function writeTree(
  repository: string,
  base: string | undefined,
  changes: readonly TreeChange[],
): Promise<string> {
  const index = path.join(repository, `index-${randomUUID()}`);
  const env = { GIT_INDEX_FILE: index };
  try {
    if (base !== undefined) await git(repository, ['read-tree', base], { env });
    const lines = changes.map((change) =>
      change.oid === null ? `0 ${'0'.repeat(40)}\t${change.path}\0` : `${change.mode} ${change.oid}\t${change.path}\0`,
    );
    await git(repository, ['update-index', '-z', '--index-info'], { env, input: lines.join('') });
    return await git(repository, ['write-tree'], { env });
  } finally {
    await rm(index, { force: true });
  }
}

export interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
  /** Signed with the server's own key, or with a signature the client brings, or not at all. */
  readonly signature: 'server' | 'none' | { readonly given: string };
}

const person = ({ name, email, date }: Person): string =>
  `${name} <${email}> ${Math.floor(Date.parse(date) / 1000)} +0000`;

/** Stores a commit that no ref names yet; its oid. */
export function writeCommit(repository: string, commit: NewCommit): Promise<string> {
  const head = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${person(commit.author)}`,
    `committer ${person(commit.committer)}`,
  ].join('\n');
  const { signature } = commit;
  const armoured =
    signature === 'none'
      ? undefined
      : signature === 'server'
        ? signPayload(`${head}\n\n${commit.message}`)
        : signature.given;
  const header = armoured === undefined ? '' : `\ngpgsig ${armoured.trimEnd().replaceAll('\n', '\n ')}`;
  return writeObject(repository, 'commit', Buffer.from(`${head}${header}\n\n${commit.message}`));
}
