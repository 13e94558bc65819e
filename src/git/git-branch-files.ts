import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { HelmCdError } from '../core/errors.js';
import type { BranchFiles, CommittedFile, FileEdit } from '../core/branch-files.js';
import type { ProcessResult } from '../core/ports.js';
import type { CommitOutcome } from '../core/repository-branch.js';
import type { CloneOptions } from './clone-options.js';
import { configuredIdentity } from './commit-identity.js';
import { identity, quoted, type CommitIdentity } from './fast-import.js';
import { GitBlobs } from './git-blobs.js';
import { GitCommands } from './git-commands.js';
import { gitFailure } from './git-failure.js';
import { pushOutcome } from './push-outcome.js';

/** A server that does not answer is asked this often in all. */
const ATTEMPTS = 3;
const PAUSE_MS = 1000;
const COMMIT_REF = 'refs/helm-cd/commit';
const NO_SUCH_BRANCH = /couldn't find remote ref|remote branch .* not found/i;

const HINTS: Readonly<Record<string, string>> = {
  'not-found': 'Check the URL; a private repository that may not be seen looks like this too.',
  unauthorized:
    'Give "username" and "password" (or an SSH key) that may read and write this repository: on GitHub, a token with contents: write.',
  refused:
    'A rule of the branch or a hook of the server forbids it: leave this branch out of the rule, or let whoever pushes bypass it.',
};

/** The same error, with a hint for those who keep charts in a branch. */
function explained(error: HelmCdError): HelmCdError {
  const hint = HINTS[error.code] ?? error.hint;
  return new HelmCdError(error.code, error.message, { ...(hint === undefined ? {} : { hint }), cause: error });
}

/** The input of `git fast-import --done` that makes one commit of files of any kind, and prints its object id. */
function importStream(
  parent: string | undefined,
  author: CommitIdentity,
  time: number,
  message: string,
  edits: readonly FileEdit[],
): Buffer {
  const who = `${identity(author)} ${Math.floor(time / 1000)} +0000`;
  const parts: (string | Uint8Array)[] = [
    `commit ${COMMIT_REF}\nmark :1\nauthor ${who}\ncommitter ${who}\n`,
    `data ${Buffer.byteLength(message)}\n${message}\n`,
    ...(parent === undefined ? [] : [`from ${parent}\n`]),
    ...edits.flatMap(({ path: file, bytes }) =>
      bytes === undefined
        ? [`D ${quoted(file)}\n`]
        : [`M 100644 inline ${quoted(file)}\ndata ${bytes.length}\n`, bytes, '\n'],
    ),
    '\nget-mark :1\ndone\n',
  ];
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

/** Files of a branch by git's own commands, on a bare, shallow and (where the server can) blobless clone of that branch. */
class GitBranchFiles implements BranchFiles {
  private readonly options: CloneOptions;
  private readonly git: GitCommands;
  private readonly blobs: GitBlobs;
  private author: Promise<CommitIdentity> | undefined;
  private prepared: Promise<void> | undefined;
  /** Whether contents are missing until they are asked for. */
  private partial = true;
  /** What speaks to the server does so one after the other: two fetches into one clone are in each other's way. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(options: CloneOptions) {
    this.options = options;
    this.git = new GitCommands(options.folder, options.env, options.processes);
    this.blobs = new GitBlobs(this.git, options.url);
  }

  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.last.then(work, work);
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** A clone without anything in it: unlike `git clone`, it can be made for a branch that is not there yet. */
  private async prepare(): Promise<void> {
    const { folder, url } = this.options;
    await mkdir(path.dirname(folder), { recursive: true });
    const init = ['init', '--quiet', '--bare', '--template=', '--initial-branch=main', '--', folder];
    const made = await this.git.run(init, { inClone: false });
    if (made.code !== 0) throw new HelmCdError('tool', `git init failed:\n${made.stderr.trim()}`);
    const text = url.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    const remote = `[remote "origin"]\n\turl = "${text}"\n\tpromisor = true\n\tpartialclonefilter = blob:none\n`;
    await appendFile(path.join(folder, 'config'), remote);
  }

  /** A command that talks to the server, tried again when it does not answer. */
  private async remote(args: readonly string[]): Promise<ProcessResult> {
    for (let attempt = 1; ; attempt++) {
      const result = await this.git.run(args, { network: true });
      if (result.code === 0 || NO_SUCH_BRANCH.test(result.stderr)) return result;
      const failure = gitFailure(`The repository ${this.options.url} cannot be read`, result.stderr);
      if (failure.code !== 'unreachable' || attempt >= ATTEMPTS) throw explained(failure);
      await this.options.clock.sleep(PAUSE_MS * attempt);
    }
  }

  tip(): Promise<string | undefined> {
    return this.inTurn(async () => {
      this.prepared ??= this.prepare();
      await this.prepared;
      const ref = `refs/heads/${this.options.branch}`;
      const args = ['fetch', '--quiet', '--depth=1', '--filter=blob:none', '--no-tags', 'origin', `+${ref}:${ref}`];
      const result = await this.remote(args);
      if (result.code !== 0) return undefined;
      if (result.stderr.includes('filtering not recognized')) this.partial = false;
      return (await this.git.local(['rev-parse', '--verify', ref])).trim();
    });
  }

  async find(commit: string, file: string): Promise<string | undefined> {
    const listed = await this.git.local(['ls-tree', '-z', '--full-tree', commit, '--', file]);
    return /^\d+ blob ([0-9a-f]+)\t/.exec(listed)?.[1];
  }

  async read(oid: string): Promise<Uint8Array> {
    if (this.partial) await this.fetch([oid]);
    // The one command that writes a content of any kind to a file; its standard output would be taken for a text.
    const name = (await this.git.local(['unpack-file', oid])).trim();
    const file = path.join(this.options.folder, name);
    try {
      return await readFile(file);
    } finally {
      await rm(file, { force: true });
    }
  }

  private fetch(oids: readonly string[]): Promise<void> {
    return this.inTurn(async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.blobs.fetch(oids);
        } catch (error) {
          if (!(error instanceof HelmCdError)) throw error;
          if (error.code !== 'unreachable' || attempt >= ATTEMPTS) throw explained(error);
          await this.options.clock.sleep(PAUSE_MS * attempt);
        }
      }
    });
  }

  async list(commit: string, folder: string): Promise<readonly CommittedFile[]> {
    const below = folder === '' ? [] : ['--', `${folder}/`];
    const entries = async (...options: readonly string[]) => {
      const listed = await this.git.local(['ls-tree', '-z', '--full-tree', ...options, commit, ...below]);
      return [...listed.matchAll(/\d+ blob ([0-9a-f]+) *(\d*)\t([^\0]+)\0/g)];
    };
    // Sizes are known of contents that are there only: all of them at once, or git would ask for each by itself.
    if (this.partial) await this.fetch((await entries()).map(([, oid = '']) => oid));
    return (await entries('-l')).map(([, oid = '', size = '', file = '']) => ({ path: file, oid, size: Number(size) }));
  }

  async put(parent: string | undefined, edits: readonly FileEdit[], message: string): Promise<CommitOutcome> {
    this.author ??= configuredIdentity(this.git, this.options.identity);
    const { branch, clock } = this.options;
    const stream = importStream(parent, await this.author, clock.now(), message, edits);
    const oid = (await this.git.local(['fast-import', '--quiet', '--done', '--force'], stream)).trim();
    const ref = `refs/heads/${branch}`;
    // The lease makes it a compare-and-swap: pushed only onto the very commit that was read, or, without one, only if
    // there still is no such branch. It is never a rewrite, for the new commit's parent is that commit.
    const lease = `--force-with-lease=${ref}:${parent ?? ''}`;
    const args = ['push', '--porcelain', '--no-verify', lease, 'origin', `${oid}:${ref}`];
    try {
      return pushOutcome(oid, branch, await this.inTurn(() => this.git.run(args, { network: true })));
    } catch (error) {
      if (!(error instanceof HelmCdError)) throw error;
      if (error.code === 'timeout') return { status: 'unknown', error };
      throw explained(error);
    }
  }
}

/** Opens a branch; nothing is read yet. */
export function openGitBranchFiles(options: CloneOptions): BranchFiles {
  return new GitBranchFiles(options);
}
