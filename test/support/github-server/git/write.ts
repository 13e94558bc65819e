import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { ObjectReader } from './object-reader.js';
import { parseTree, type Person, type TreeEntry } from './objects.js';
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
async function writeObject(repository: string, type: 'blob' | 'commit' | 'tree', content: Buffer): Promise<string> {
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

/** Where a repository is, and how it is read. */
export interface WrittenRepository {
  readonly path: string;
  readonly objects: ObjectReader;
}

/** The entries of a tree that may be changed, by name. */
type Entries = Map<string, Pick<TreeEntry, 'mode' | 'type' | 'oid'>>;

async function entriesOf({ objects }: WrittenRepository, tree: string | undefined): Promise<Entries> {
  if (tree === undefined) return new Map();
  const object = await objects.read(`${tree}^{tree}`);
  if (object === undefined) throw new Error(`there is no tree ${tree}`);
  return new Map(parseTree(object.content).map((entry) => [entry.name, entry]));
}

/** Git's order: a tree counts as if its name ended with a slash. */
function storedTree(entries: Entries): Buffer {
  const sorted = [...entries].map(([name, entry]) => {
    return { ...entry, name: Buffer.from(name), key: Buffer.from(entry.type === 'tree' ? `${name}/` : name) };
  });
  sorted.sort((a, b) => Buffer.compare(a.key, b.key));
  return Buffer.concat(
    sorted.flatMap(({ mode, name, oid }) => [
      Buffer.from(`${mode.replace(/^0/, '')} `),
      name,
      Buffer.from([0]),
      Buffer.from(oid, 'hex'),
    ]),
  );
}

const TYPES: Readonly<Record<string, TreeEntry['type']>> = { '160000': 'commit', '040000': 'tree' };

/**
 * The tree that `base` (an empty one without it: a tree or a commit) becomes by the changes; its oid. Folders in which nothing is
 * left are gone. Done without git, too.
 */
export async function writeTree(
  repository: WrittenRepository,
  base: string | undefined,
  changes: readonly TreeChange[],
): Promise<string> {
  const entries = await entriesOf(repository, base);
  const below = new Map<string, TreeChange[]>();
  for (const change of changes) {
    const slash = change.path.indexOf('/');
    const name = slash < 0 ? change.path : change.path.slice(0, slash);
    if (slash >= 0) {
      below.set(name, [...(below.get(name) ?? []), { ...change, path: change.path.slice(slash + 1) }]);
    } else if (change.oid === null) entries.delete(name);
    else entries.set(name, { mode: change.mode, type: TYPES[change.mode] ?? 'blob', oid: change.oid });
  }
  for (const [name, inside] of below) {
    const old = entries.get(name);
    const tree = await writeTree(repository, old?.type === 'tree' ? old.oid : undefined, inside);
    if (tree === EMPTY_TREE) entries.delete(name);
    else entries.set(name, { mode: '040000', type: 'tree', oid: tree });
  }
  return writeObject(repository.path, 'tree', storedTree(entries));
}

const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

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
