import { gitOnce } from './git/git.js';
import { timestamp } from './git/objects.js';
import { writeBlob, writeCommit, writeTree, type TreeChange } from './git/write.js';
import { mergeWhatIsReady } from './state/auto-merge.js';
import type { BranchProtection } from './state/protection.js';
import type { Pull } from './state/pull-record.js';
import type { Comment } from './state/records.js';
import type { CheckState, Repository } from './state/repository.js';
import { Token } from './state/tokens.js';

/** A file's content, or null: there is none any more. An object says more than the content. */
export type FileContent =
  string | Buffer | null | { readonly content: string | Buffer; readonly mode: '100755' | '120000' };

export interface SomeonesCommit {
  readonly files: Readonly<Record<string, FileContent>>;
  /** Default: the default branch. A branch that is not there is begun at `from` or at the default branch. */
  readonly branch?: string;
  readonly from?: string;
  readonly message?: string;
  /** Default: somebody else than any token of the server. */
  readonly login?: string;
}

/** What a test does to a repository, and sees of it, without being a client. */
export interface RepositoryHandle {
  /** Of the bare repository, for git. */
  readonly path: string;
  /** Without credentials in it. */
  readonly gitUrl: string;
  readonly pulls: readonly Pull[];
  /** Of all pull requests, oldest first. */
  readonly comments: readonly Comment[];
  /** The head of a branch (default: the default branch); undefined when there is no such branch. */
  head(branch?: string): Promise<string | undefined>;
  /** The commits of a branch, newest first. */
  log(branch?: string): Promise<string[]>;
  /** A file at a branch's head; undefined when it is not there. */
  read(path: string, branch?: string): Promise<string | undefined>;
  /** Commits as somebody else would by git: moves heads under a client's feet, protection or not. The new head. */
  commit(commit: SomeonesCommit): Promise<string>;
  protect(branch: string, protection: BranchProtection): void;
  /** Reports a check on the head of a pull request; what waits for it by auto-merge is merged. */
  report(pullNumber: number, context: string, state: CheckState): Promise<void>;
  approve(pullNumber: number): Promise<void>;
}

async function changeOf(repository: Repository, path: string, file: FileContent): Promise<TreeChange> {
  if (file === null) return { path, mode: '100644', oid: null };
  const { content, mode } =
    typeof file === 'string' || Buffer.isBuffer(file) ? { content: file, mode: '100644' } : file;
  return { path, mode, oid: await writeBlob(repository.path, Buffer.from(content)) };
}

async function commitAs(repository: Repository, wanted: SomeonesCommit): Promise<string> {
  const { defaultBranch } = repository.settings;
  const ref = `refs/heads/${wanted.branch ?? defaultBranch}`;
  const old = await repository.refs.get(ref);
  const start = old ?? (await repository.refs.resolveCommit(wanted.from ?? defaultBranch));
  const changes = await Promise.all(
    Object.entries(wanted.files).map(([path, file]) => changeOf(repository, path, file)),
  );
  const token = new Token({ token: '', kind: 'classic', login: wanted.login ?? 'mona' });
  const person = { name: token.actor.login, email: `${token.actor.login}@example.test`, date: timestamp() };
  const oid = await writeCommit(repository.path, {
    tree: await writeTree(repository, start, changes),
    parents: start === undefined ? [] : [start],
    author: person,
    committer: person,
    message: `${wanted.message ?? 'Somebody changes something'}\n`,
    signature: 'none',
  });
  await repository.moveRef(ref, oid, old, token);
  return oid;
}

export function handleOf(repository: Repository, serverUrl: string): RepositoryHandle {
  const { defaultBranch } = repository.settings;
  const head = (branch = defaultBranch): Promise<string | undefined> => repository.refs.get(`refs/heads/${branch}`);
  const headOf = async (branch: string): Promise<string> => {
    const oid = await head(branch);
    if (oid === undefined) throw new Error(`${repository.fullName} has no branch ${branch}.`);
    return oid;
  };
  const pullOf = (number: number): Pull => {
    const pull = repository.pulls.find((one) => one.number === number);
    if (pull === undefined) throw new Error(`${repository.fullName} has no pull request #${number}.`);
    return pull;
  };
  return {
    path: repository.path,
    gitUrl: `${serverUrl}/${repository.fullName}.git`,
    pulls: repository.pulls,
    comments: repository.comments,
    head,
    log: async (branch = defaultBranch) =>
      (await gitOnce(repository.path, ['rev-list', '--topo-order', await headOf(branch)])).split('\n'),
    read: async (path, branch) => {
      const object = await repository.objects.read(`${(await head(branch)) ?? ''}:${path}`);
      return object?.type === 'blob' ? object.content.toString() : undefined;
    },
    commit: (wanted) => commitAs(repository, wanted),
    protect: (branch, protection) => void repository.protections.set(branch, protection),
    report: async (number, context, state) => {
      const { headSha } = pullOf(number);
      const checks = repository.checks.get(headSha) ?? new Map<string, CheckState>();
      repository.checks.set(headSha, checks.set(context, state));
      await mergeWhatIsReady(repository);
    },
    approve: async (number) => {
      pullOf(number).approvals++;
      await mergeWhatIsReady(repository);
    },
  };
}
