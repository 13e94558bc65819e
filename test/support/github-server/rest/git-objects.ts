import { ApiFailure, NotServed, notFound } from '../errors.js';
import { isOid, timestamp, type Person } from '../git/objects.js';
import { gitOnce } from '../git/git.js';
import { writeBlob, writeCommit, writeTree, type TreeChange } from '../git/write.js';
import { personOf, webFlow } from '../state/tokens.js';
import { apiPath, gitCommitJson } from './present.js';
import { place, type RestOperations, type RestRequest } from './rest.js';

interface TreeItem {
  readonly path?: string;
  readonly mode?: string;
  readonly type?: string;
  readonly sha?: string | null;
  readonly content?: string;
}

interface CommitBody {
  readonly message: string;
  readonly tree: string;
  readonly parents?: readonly string[];
  readonly author?: { name: string; email: string; date?: string };
  readonly committer?: { name: string; email: string; date?: string };
  readonly signature?: string;
}

/** The entries of a tree, all of them or of the first level, with sizes. */
async function treeJson(request: RestRequest, tree: string, recursive: boolean): Promise<Record<string, unknown>> {
  const args = ['ls-tree', '-l', '-z', ...(recursive ? ['-r', '-t'] : []), tree];
  const entries = (await gitOnce(request.repository.path, args)).split('\0').filter((line) => line !== '');
  const most = request.repository.settings.listedEntries;
  return {
    sha: tree,
    url: apiPath(place(request), `/git/trees/${tree}`),
    truncated: entries.length > most,
    tree: entries.slice(0, most).map((entry) => {
      const [, mode = '', type = '', sha = '', size = '', path = ''] =
        /^(\d+) (\w+) ([0-9a-f]+) +(\S+)\t(.*)$/s.exec(entry) ?? [];
      const url = apiPath(place(request), `/git/${type}s/${sha}`);
      return { path, mode, type, sha, ...(type === 'blob' ? { size: Number(size) } : {}), url };
    }),
  };
}

async function treeChange(request: RestRequest, item: TreeItem): Promise<TreeChange> {
  const { path = '', mode = '', sha, content } = item;
  const wrong = (why: string): ApiFailure => new ApiFailure(422, `tree.${why}`);
  if (path === '' || path.startsWith('/') || path.split('/').some((part) => ['', '.', '..', '.git'].includes(part))) {
    throw wrong('path contains a malformed path component');
  }
  if (sha === null) return { path, mode, oid: null };
  if (sha !== undefined && content !== undefined) throw wrong('sha and tree.content cannot both be given');
  if (mode === '040000') throw new NotServed('a subtree in POST git/trees');
  if (content !== undefined) return { path, mode, oid: await writeBlob(request.repository.path, Buffer.from(content)) };
  if (sha === undefined || !isOid(sha)) throw wrong('sha is not a valid SHA');
  if (mode !== '160000' && (await request.repository.objects.read(sha))?.type !== 'blob') {
    throw wrong(`sha ${sha} is not a valid blob`);
  }
  return { path, mode, oid: sha };
}

const dated = (person: { name: string; email: string; date?: string } | undefined): Person | undefined =>
  person && { name: person.name, email: person.email, date: person.date ?? timestamp() };

export const gitObjectOperations: RestOperations = {
  'git/get-blob': {
    needs: ['contents', 'read'],
    async handle(request) {
      const sha = request.text('file_sha');
      const object = isOid(sha) ? await request.repository.objects.read(sha) : undefined;
      if (object?.type !== 'blob') throw notFound();
      if (/application\/vnd\.github(\.v3)?\.raw/.test(request.call.headers['accept'] ?? '')) {
        return { status: 200, body: object.content, headers: { 'content-type': 'application/vnd.github.raw' } };
      }
      const body = {
        sha,
        node_id: `B_${sha}`,
        size: object.content.length,
        url: apiPath(place(request), `/git/blobs/${sha}`),
        // In lines, as GitHub sends it.
        content: object.content.toString('base64').replace(/(.{60})/g, '$1\n'),
        encoding: 'base64',
      };
      return { status: 200, body };
    },
  },
  'git/create-blob': {
    needs: ['contents', 'write'],
    async handle(request) {
      const { content, encoding = 'utf-8' } = request.body as { content: string; encoding?: string };
      if ((await request.repository.refs.list('refs/')).length === 0) {
        throw new ApiFailure(409, 'Git Repository is empty.');
      }
      const bytes = Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8');
      const sha = await writeBlob(request.repository.path, bytes);
      return { status: 201, body: { url: apiPath(place(request), `/git/blobs/${sha}`), sha } };
    },
  },
  'git/get-tree': {
    needs: ['contents', 'read'],
    async handle(request) {
      const name = request.text('tree_sha');
      const start = (await request.repository.refs.resolveCommit(name, request.call.view)) ?? name;
      const tree = await request.repository.objects.read(`${start}^{tree}`);
      if (tree === undefined) throw notFound();
      return { status: 200, body: await treeJson(request, tree.oid, request.text('recursive') !== '') };
    },
  },
  'git/create-tree': {
    needs: ['contents', 'write'],
    async handle(request) {
      const { tree: items, base_tree: base } = request.body as { tree: TreeItem[]; base_tree?: string };
      if (base !== undefined && (await request.repository.tree(base)) === undefined) {
        throw new ApiFailure(422, 'base_tree is not a valid tree oid');
      }
      const changes = await Promise.all(items.map((item) => treeChange(request, item)));
      for (const { path, oid } of changes) {
        const there = oid === null && (await request.repository.objects.read(`${base ?? ''}:${path}`)) !== undefined;
        if (oid === null && !there) throw new ApiFailure(422, 'GitRPC::BadObjectState');
      }
      const tree = await writeTree(request.repository, base, changes);
      return { status: 201, body: await treeJson(request, tree, false) };
    },
  },
  'git/get-commit': {
    needs: ['contents', 'read'],
    async handle(request) {
      const sha = request.text('commit_sha');
      const commit = isOid(sha) ? await request.repository.commit(sha) : undefined;
      if (commit === undefined) throw notFound();
      return { status: 200, body: gitCommitJson(place(request), commit) };
    },
  },
  'git/create-commit': {
    needs: ['contents', 'write'],
    async handle(request) {
      const { message, tree, parents = [], author, committer, signature } = request.body as CommitBody;
      const { token, unsigned } = request.call;
      if (!isOid(tree) || (await request.repository.objects.read(tree))?.type !== 'tree') {
        throw new ApiFailure(422, 'Tree SHA does not exist');
      }
      for (const parent of parents) {
        if (!isOid(parent) || (await request.repository.commit(parent)) === undefined) {
          throw new ApiFailure(422, 'Parent SHA does not exist or is not a commit object');
        }
      }
      // GitHub signs for bots only, and only what it may name the author and committer of.
      const bot = token.kind === 'app' || token.kind === 'workflow';
      const signs = bot && author === undefined && committer === undefined && !unsigned;
      const by = dated(author) ?? personOf(token.actor);
      const oid = await writeCommit(request.repository.path, {
        tree,
        parents,
        author: by,
        committer: dated(committer) ?? (signs ? webFlow() : by),
        message,
        signature: signature !== undefined ? { given: signature } : signs ? 'server' : 'none',
      });
      const commit = await request.repository.commit(oid);
      if (commit === undefined) throw new Error(`${oid} was written and cannot be read`);
      return { status: 201, body: gitCommitJson(place(request), commit) };
    },
  },
};
