import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HelmCdError } from '../core/errors.js';
import type { Clock, ProcessResult, Processes } from '../core/ports.js';
import type {
  BranchHead,
  CommitOutcome,
  FileChange,
  FoundCommit,
  RepositoryBranch,
  TreeEntry,
} from '../core/repository-branch.js';
import { didYouMean } from '../core/suggest.js';
import { fastImport, type CommitIdentity } from './fast-import.js';
import { gitFailure } from './git-failure.js';
import { parseBlobs, parseTree, type Blob } from './git-objects.js';
import { pushOutcome } from './push-outcome.js';

/** One command that talks to the server is given this long. */
const NETWORK_TIMEOUT_MS = 180_000;
const LOCAL_TIMEOUT_MS = 60_000;
/** What a bump probably reads, besides what it asks for first: fetched with it, in one go. */
const LIKELY = /^(?!.*(?:templates|crds|ci)\/).*\.(?:ya?ml|lock)$/;
const MOST_LIKELY = 300;
/** So many commits are fetched: for versions that were given before, and to find an own commit again. */
const DEPTH = 50;
/** A server that does not answer is asked this often in all. */
const ATTEMPTS = 3;
const PAUSE_MS = 1000;
const COMMIT_REF = 'refs/helm-cd/commit';
const EXACT_BYTES = '* -text -eol -ident -filter -working-tree-encoding\n';

export interface GitBranchOptions {
  readonly url: string;
  /** Empty: the repository's default branch. */
  readonly branch: string;
  /** A folder that does not exist yet, for the bare clone. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Who commits when git's own configuration (user.name, user.email) does not say. */
  readonly identity: CommitIdentity;
  readonly processes: Processes;
  readonly clock: Clock;
}

/** A branch of any git repository, by git's own commands on a bare, shallow and (where the server can) blobless clone. */
class GitBranch implements RepositoryBranch {
  private readonly options: GitBranchOptions;
  private branch: string;
  private cloned = false;
  /** Whether blobs are missing until they are asked for. */
  private partial = true;
  private readonly fetched = new Set<string>();
  private author: CommitIdentity | undefined;

  constructor(options: GitBranchOptions) {
    this.options = options;
    this.branch = options.branch;
  }

  private git(
    args: readonly string[],
    options: {
      input?: string;
      network?: boolean;
      inClone?: boolean;
      env?: Readonly<Record<string, string>> | undefined;
    } = {},
  ): Promise<ProcessResult> {
    const { processes, env, folder } = this.options;
    const inClone = options.inClone ?? true;
    return processes.run('git', args, {
      cwd: inClone ? folder : path.dirname(folder),
      env: { ...env, ...(inClone ? { GIT_DIR: folder } : {}), ...options.env },
      accept: 'any',
      timeoutMs: options.network === true ? NETWORK_TIMEOUT_MS : LOCAL_TIMEOUT_MS,
      ...(options.input === undefined ? {} : { input: options.input }),
    });
  }

  /** A local command: when it fails, that is nothing that a user could have caused. */
  private async local(
    args: readonly string[],
    input?: string,
    env?: Readonly<Record<string, string>>,
  ): Promise<string> {
    const result = await this.git(args, { env, ...(input === undefined ? {} : { input }) });
    if (result.code === 0) return result.stdout;
    throw new HelmCdError(
      'tool',
      `git ${args[0] ?? ''} failed with exit code ${result.code}:\n${result.stderr.trim()}`,
    );
  }

  /** A command that talks to the server, tried again when it does not answer. */
  private async remote(args: readonly string[], doing: string, inClone = true): Promise<ProcessResult> {
    for (let attempt = 1; ; attempt++) {
      const result = await this.git(args, { network: true, inClone });
      if (result.code === 0) return result;
      const failure = gitFailure(doing, result.stderr);
      if (/remote branch .* not found|couldn't find remote ref/i.test(result.stderr)) throw await this.noSuchBranch();
      if (failure.code !== 'unreachable' || attempt >= ATTEMPTS) throw failure;
      await this.options.clock.sleep(PAUSE_MS * attempt);
    }
  }

  private async noSuchBranch(): Promise<HelmCdError> {
    const { url } = this.options;
    const listed = await this.git(['ls-remote', '--heads', '--', url], { network: true, inClone: false });
    const names = listed.stdout.split('\n').flatMap((line) => /\trefs\/heads\/(.+)$/.exec(line)?.[1] ?? []);
    const suggestion = didYouMean(this.branch, names);
    return new HelmCdError('not-found', `The repository ${url} has no branch "${this.branch}"${suggestion}`, {
      hint:
        names.length === 0
          ? 'It has no branch at all: push a first commit.'
          : `Its branches: ${names.slice(0, 20).join(', ')}.`,
    });
  }

  private async update(): Promise<void> {
    const { url, folder } = this.options;
    const doing = `The repository ${url} cannot be read`;
    if (this.cloned) {
      const refspec = `+refs/heads/${this.branch}:refs/heads/${this.branch}`;
      await this.remote(['fetch', '--quiet', `--depth=${DEPTH}`, '--no-tags', 'origin', refspec], doing);
      return;
    }
    const branch = this.branch === '' ? [] : ['--branch', this.branch];
    const options = ['--bare', `--depth=${DEPTH}`, '--filter=blob:none', '--single-branch', '--no-tags', '--quiet'];
    const result = await this.remote(['clone', ...options, ...branch, '--', url, folder], doing, false);
    this.cloned = true;
    this.partial = !result.stderr.includes('filtering not recognized');
  }

  async head(): Promise<BranchHead> {
    await this.update();
    const refs = await this.local(['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads']);
    const [, oid = '', branch = ''] = /^([0-9a-f]+) refs\/heads\/(.+)$/m.exec(refs) ?? [];
    if (oid === '') {
      if (this.branch !== '') throw await this.noSuchBranch();
      throw new HelmCdError('not-found', `The repository ${this.options.url} has no default branch with a commit.`, {
        hint: 'Give the input branch, or push a first commit.',
      });
    }
    this.branch = branch;
    const blobs = parseTree(await this.local(['ls-tree', '-r', '-z', '--full-tree', oid]));
    const entries = [...blobs].map(([file, { mode }]): TreeEntry => ({ path: file, mode }));
    return {
      branch,
      oid,
      entries,
      read: (paths) => this.read(blobs, paths),
      commits: () => this.commits(oid),
      earlier: (file) => this.earlier(oid, file, blobs),
      export: (from, destination) => this.export(from, destination, blobs),
    };
  }

  private async commits(oid: string): Promise<readonly FoundCommit[]> {
    const log = await this.local(['log', '-z', `--max-count=${DEPTH}`, '--format=%H%n%B', oid, '--']);
    return log.split('\0').flatMap((text): FoundCommit[] => {
      const end = text.indexOf('\n');
      return end < 0 ? [] : [{ oid: text.slice(0, end), message: text.slice(end + 1) }];
    });
  }

  private async earlier(oid: string, file: string, blobs: ReadonlyMap<string, Blob>): Promise<readonly string[]> {
    const options = ['--raw', '--no-abbrev', '--no-renames', '-m', '--first-parent', '--format='];
    const log = await this.local(['log', `--max-count=${DEPTH}`, ...options, oid, '--', file]);
    const oids = [...log.matchAll(/^:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) [^D]/gm)].map(([, found = '']) => found);
    const wanted = [...new Set(oids)];
    if (wanted.length === 0) return [];
    if (this.partial) await this.fetchBlobs(wanted, blobs);
    const texts = parseBlobs(await this.local(['cat-file', '--batch'], `${wanted.join('\n')}\n`), wanted);
    return [...texts.values()];
  }

  private async export(from: string, destination: string, blobs: ReadonlyMap<string, Blob>): Promise<void> {
    const below = from === '' ? '' : `${from}/`;
    const wanted = [...blobs].filter(([file, { mode }]) => file.startsWith(below) && mode.startsWith('100'));
    if (this.partial) await this.fetchBlobs([...new Set(wanted.map(([, { oid: blob }]) => blob))], blobs);
    const folder = await mkdtemp(path.join(this.options.folder, 'export-'));
    // The bytes as they are in the commit, whatever .gitattributes would make of them in a working tree.
    await mkdir(path.join(this.options.folder, 'info'), { recursive: true });
    await writeFile(path.join(this.options.folder, 'info/attributes'), EXACT_BYTES);
    const env = { GIT_INDEX_FILE: path.join(folder, 'index'), GIT_WORK_TREE: destination };
    const index = wanted.map(([file, { mode, oid: blob }]) => `${mode} ${blob} 0\t${file}\0`).join('');
    await this.local(['update-index', '-z', '--index-info'], index, env);
    await this.local(['-c', 'core.autocrlf=false', 'checkout-index', '--all', '--force', '--quiet'], undefined, env);
    await rm(folder, { recursive: true });
  }

  private async read(blobs: ReadonlyMap<string, Blob>, paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const oidOf = (file: string) => {
      const blob = blobs.get(file);
      if (blob !== undefined) return blob.oid;
      throw new HelmCdError('not-found', `The repository has no file ${file}.`);
    };
    const oids = [...new Set(paths.map(oidOf))];
    if (oids.length === 0) return new Map();
    if (this.partial) await this.fetchBlobs(oids, blobs);
    const texts = parseBlobs(await this.local(['cat-file', '--batch'], `${oids.join('\n')}\n`), oids);
    return new Map(
      paths.map((file) => {
        const text = texts.get(oidOf(file));
        if (text !== undefined) return [file, text];
        throw new HelmCdError('file', `${file} is no UTF-8 text.`, {
          place: { file },
          hint: 'Save it as UTF-8.',
        });
      }),
    );
  }

  /** Otherwise git would ask the server for each blob by itself. */
  private async fetchBlobs(oids: readonly string[], blobs: ReadonlyMap<string, Blob>): Promise<void> {
    const missing = new Set(oids.filter((oid) => !this.fetched.has(oid)));
    if (missing.size === 0) return;
    const likely = [...blobs].filter(([file, { mode, oid }]) => {
      return LIKELY.test(file) && mode.startsWith('100') && !this.fetched.has(oid);
    });
    if (likely.length <= MOST_LIKELY) for (const [, { oid }] of likely) missing.add(oid);
    // These are the arguments with which git itself fetches what is missing.
    const options = ['--quiet', '--no-tags', '--no-write-fetch-head', '--filter=blob:none', '--stdin'];
    const result = await this.git(['-c', 'fetch.negotiationAlgorithm=noop', 'fetch', ...options, 'origin'], {
      input: `${[...missing].join('\n')}\n`,
      network: true,
    });
    if (result.code !== 0) throw gitFailure(`Files of ${this.options.url} cannot be read`, result.stderr);
    for (const oid of missing) this.fetched.add(oid);
  }

  private async identity(): Promise<CommitIdentity> {
    if (this.author !== undefined) return this.author;
    const { stdout } = await this.git(['config', '--get-regexp', '^user\\.(name|email)$']);
    const value = (key: string) => new RegExp(`^user\\.${key} (.+)$`, 'm').exec(stdout)?.[1];
    const { name, email } = this.options.identity;
    const author = { name: value('name') ?? name, email: value('email') ?? email };
    this.author = author;
    return author;
  }

  async commit(parent: BranchHead, files: readonly FileChange[], message: string): Promise<CommitOutcome> {
    if (files.length === 0) throw new Error('a commit without changes');
    const modes = new Map(parent.entries.map(({ path: file, mode }) => [file, mode]));
    const stream = fastImport(COMMIT_REF, {
      parent: parent.oid,
      author: await this.identity(),
      time: this.options.clock.now(),
      message,
      files: files.map(({ path: file, after }) => ({ path: file, mode: modes.get(file) ?? '100644', text: after })),
    });
    const oid = (await this.local(['fast-import', '--quiet', '--done', '--force'], stream)).trim();
    const ref = `refs/heads/${parent.branch}`;
    // The lease makes it a compare-and-swap: pushed only onto the very commit that was read. It is never a rewrite, for
    // the new commit's parent is that commit.
    const args = [
      'push',
      '--porcelain',
      '--no-verify',
      `--force-with-lease=${ref}:${parent.oid}`,
      'origin',
      `${oid}:${ref}`,
    ];
    try {
      return pushOutcome(oid, parent.branch, await this.git(args, { network: true }));
    } catch (error) {
      if (error instanceof HelmCdError && error.code === 'timeout') return { status: 'unknown', error };
      throw error;
    }
  }
}

/** Opens a branch; nothing is read yet. */
export function openGitBranch(options: GitBranchOptions): RepositoryBranch {
  return new GitBranch(options);
}
