import { gitLinesOnce } from '../git/git.js';
import { parseCommit, type Commit, type Person, type TreeEntry } from '../git/objects.js';
import type { Repository } from '../state/repository.js';
import { connection, textOf, type Field, type Node } from './context.js';

/** GitHub hands out so much of a blob and says that it is truncated. */
const TEXT_LIMIT = 512_000;

/** The node of any git object; null when there is none. */
export async function objectNode(repository: Repository, serverUrl: string, name: string): Promise<Node | null> {
  const object = await repository.objects.read(name);
  switch (object?.type) {
    case 'commit':
      return commitNode(repository, serverUrl, parseCommit(object.oid, object.content));
    case 'blob':
      return blobNode(repository, serverUrl, object.oid, object.content);
    case 'tree':
      return treeNode(repository, serverUrl, object.oid, '');
    default:
      return null;
  }
}

const common = (repository: Repository, serverUrl: string, kind: string, oid: string): Record<string, unknown> => ({
  id: `${kind}_${Buffer.from(`${repository.fullName}:${oid}`).toString('base64url')}`,
  oid,
  abbreviatedOid: oid.slice(0, 7),
  commitUrl: `${serverUrl}/${repository.fullName}/commit/${oid}`,
  commitResourcePath: `/${repository.fullName}/commit/${oid}`,
});

function blobNode(repository: Repository, serverUrl: string, oid: string, content: Buffer): Node {
  const isBinary = content.subarray(0, 8000).includes(0);
  const isTruncated = content.length > TEXT_LIMIT;
  return {
    __typename: 'Blob',
    ...common(repository, serverUrl, 'B', oid),
    byteSize: content.length,
    isBinary,
    isTruncated,
    // A byte order mark stays, what is no UTF-8 does not.
    text: () =>
      isBinary ? null : new TextDecoder('utf-8', { ignoreBOM: true }).decode(content.subarray(0, TEXT_LIMIT)),
  };
}

function treeNode(repository: Repository, serverUrl: string, oid: string, at: string): Node {
  return {
    __typename: 'Tree',
    ...common(repository, serverUrl, 'T', oid),
    entries: async () =>
      ((await repository.tree(oid)) ?? []).map((entry) =>
        entryNode(repository, serverUrl, entry, `${at}${entry.name}`),
      ),
  };
}

function entryNode(repository: Repository, serverUrl: string, entry: TreeEntry, at: string): Node {
  const size = async (): Promise<number> => {
    if (entry.type !== 'blob') return 0;
    return (await repository.objects.read(entry.oid))?.content.length ?? 0;
  };
  return {
    __typename: 'TreeEntry',
    name: entry.name,
    path: at,
    extension: /\.[^.]*$/.exec(entry.name)?.[0] ?? '',
    // A number, as of chmod: a symbolic link is 40960.
    mode: Number.parseInt(entry.mode, 8),
    type: entry.type,
    oid: entry.oid,
    size,
    object: () => {
      if (entry.type === 'commit') return null;
      return entry.type === 'tree'
        ? treeNode(repository, serverUrl, entry.oid, `${at}/`)
        : objectNode(repository, serverUrl, entry.oid);
    },
  };
}

/** The entry of a path in a tree; null when there is none. Symbolic links are not followed. */
async function entryAt(repository: Repository, serverUrl: string, tree: string, at: string): Promise<Node | null> {
  const parts = at.split('/');
  const name = parts.pop() ?? '';
  const folder = parts.length === 0 ? tree : (await repository.objects.read(`${tree}:${parts.join('/')}`))?.oid;
  const entry = folder === undefined ? undefined : (await repository.tree(folder))?.find((one) => one.name === name);
  return entry === undefined ? null : entryNode(repository, serverUrl, entry, at);
}

const personNode = ({ name, email, date }: Person): Node => ({ __typename: 'GitActor', name, email, date, user: null });

function signatureNode(commit: Commit): Node | null {
  if (commit.signature === null) return null;
  const { verified } = commit.verification;
  return {
    __typename: 'GpgSignature',
    isValid: verified,
    state: verified ? 'VALID' : 'UNKNOWN_KEY',
    wasSignedByGitHub: verified,
    email: commit.committer.email,
    signature: commit.signature,
    payload: commit.payload,
    keyId: null,
    signer: null,
    verifiedAt: verified ? commit.committer.date : null,
  };
}

/** The commits that git log lists, newest first. */
const history =
  (repository: Repository, serverUrl: string, oid: string): Field =>
  async (args) => {
    const file = textOf(args, 'path');
    const [since, until] = [textOf(args, 'since'), textOf(args, 'until')];
    const oids = await gitLinesOnce(repository.path, [
      'rev-list',
      ...(since === undefined ? [] : [`--since=${since}`]),
      ...(until === undefined ? [] : [`--until=${until}`]),
      oid,
      '--',
      ...(file === undefined ? [] : [file]),
    ]);
    return connection(oids, args, 'history', (one) => objectNode(repository, serverUrl, one));
  };

export function commitNode(repository: Repository, serverUrl: string, commit: Commit): Node {
  const [headline = '', ...rest] = commit.message.split('\n');
  const url = `${serverUrl}/${repository.fullName}/commit/${commit.oid}`;
  return {
    __typename: 'Commit',
    ...common(repository, serverUrl, 'C', commit.oid),
    url,
    resourcePath: new URL(url).pathname,
    message: commit.message,
    messageHeadline: headline,
    messageBody: rest.join('\n').trim(),
    authoredDate: commit.author.date,
    committedDate: commit.committer.date,
    author: personNode(commit.author),
    committer: personNode(commit.committer),
    committedViaWeb: commit.verification.verified,
    signature: signatureNode(commit),
    tree: () => treeNode(repository, serverUrl, commit.tree, ''),
    file: ((args) => entryAt(repository, serverUrl, commit.tree, textOf(args, 'path') ?? '')) satisfies Field,
    history: history(repository, serverUrl, commit.oid),
    parents: ((args) =>
      connection(commit.parents, args, 'parents', (oid) => objectNode(repository, serverUrl, oid))) satisfies Field,
  };
}
