import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HelmCdError } from '../core/errors.js';
import type { ProcessResult } from '../core/ports.js';
import type { BranchHead, CommitOutcome, FileChange, RepositoryBranch, TreeEntry } from '../core/repository-branch.js';
import { didYouMean } from '../core/suggest.js';
import type { CloneOptions } from './clone-options.js';
import { configuredIdentity } from './commit-identity.js';
import { fastImport, type CommitIdentity } from './fast-import.js';
import { GitBlobs } from './git-blobs.js';
import { GitCommands } from './git-commands.js';
import { gitFailure } from './git-failure.js';
import { EVERY_CHART, pastBlobs, readTip } from './git-history.js';
import { parseTree, type Blob } from './git-objects.js';
import { pushOutcome } from './push-outcome.js';

/** What a bump probably reads, besides what it asks for first: read with it, in one go. */
const LIKELY = /^(?!.*(?:templates|crds|ci)\/).*\.(?:ya?ml|lock)$/;
/** So many commits are fetched: for versions that were given before, and to find an own commit again. */
const DEPTH = 50;
/** A server that does not answer is asked this often in all. */
const ATTEMPTS = 3;
const PAUSE_MS = 1000;
const COMMIT_REF = 'refs/helm-cd/commit';
const EXACT_BYTES = '* -text -eol -ident -filter -working-tree-encoding\n';

/** A branch of any git repository, by git's own commands on a bare, shallow and (where the server can) blobless clone. */
class GitBranch implements RepositoryBranch {
  private readonly options: CloneOptions;
  private branch: string;
  private cloned = false;
  /** Whether blobs are missing until they are asked for. */
  private partial = true;
  private author: Promise<CommitIdentity> | undefined;
  private readonly git: GitCommands;
  private readonly blobs: GitBlobs;

  constructor(options: CloneOptions) {
    this.options = options;
    this.branch = options.branch;
    this.git = new GitCommands(options.folder, options.env, options.processes);
    this.blobs = new GitBlobs(this.git, options.url);
  }

  /** A command that talks to the server, tried again when it does not answer. */
  private async remote(args: readonly string[], doing: string, inClone = true): Promise<ProcessResult> {
    for (let attempt = 1; ; attempt++) {
      const result = await this.git.run(args, { network: true, inClone });
      if (result.code === 0) return result;
      const failure = gitFailure(doing, result.stderr);
      if (/remote branch .* not found|couldn't find remote ref/i.test(result.stderr)) throw await this.noSuchBranch();
      if (failure.code !== 'unreachable' || attempt >= ATTEMPTS) throw failure;
      await this.options.clock.sleep(PAUSE_MS * attempt);
    }
  }

  private async noSuchBranch(): Promise<HelmCdError> {
    const { url } = this.options;
    const listed = await this.git.run(['ls-remote', '--heads', '--', url], { network: true, inClone: false });
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
    const options = [
      '--template=',
      '--bare',
      `--depth=${DEPTH}`,
      '--filter=blob:none',
      '--single-branch',
      '--no-tags',
      '--quiet',
    ];
    const result = await this.remote(['clone', ...options, ...branch, '--', url, folder], doing, false);
    this.cloned = true;
    this.partial = !result.stderr.includes('filtering not recognized');
  }

  async head(): Promise<BranchHead> {
    await this.update();
    // Side by side: the clone is ours alone, and each of these takes longer to start than to work.
    const charts = pastBlobs(this.git, 'HEAD', DEPTH, EVERY_CHART);
    const [tip, tree] = await Promise.all([
      readTip(this.git, DEPTH),
      this.git.run(['ls-tree', '-r', '-z', '--full-tree', 'HEAD']),
      // What is wrong with these is told to whoever asks for them.
      Promise.allSettled([charts]),
    ]);
    if (tip === undefined || tree.code !== 0) {
      if (this.branch !== '') throw await this.noSuchBranch();
      throw new HelmCdError('not-found', `The repository ${this.options.url} has no default branch with a commit.`, {
        hint: 'Give the input branch, or push a first commit.',
      });
    }
    const { branch, oid, commits } = tip;
    this.branch = branch;
    const blobs = parseTree(tree.stdout);
    const entries = [...blobs].map(([file, { mode }]): TreeEntry => ({ path: file, mode }));
    return {
      branch,
      oid,
      entries,
      read: async (paths) => this.read(blobs, paths, [...(await charts).values()].flat()),
      commits: () => Promise.resolve(commits),
      earlier: async (file) => {
        const known = (await charts).get(file);
        const oids = known ?? (await pastBlobs(this.git, oid, DEPTH, `:(literal)${file}`)).get(file) ?? [];
        return [...(await this.blobs.read(oids, this.partial)).values()];
      },
      export: (from, destination) => this.export(from, destination, blobs),
    };
  }

  private async export(from: string, destination: string, blobs: ReadonlyMap<string, Blob>): Promise<void> {
    const below = from === '' ? '' : `${from}/`;
    const wanted = [...blobs].filter(([file, { mode }]) => file.startsWith(below) && mode.startsWith('100'));
    if (this.partial) await this.blobs.fetch([...new Set(wanted.map(([, { oid: blob }]) => blob))]);
    const folder = await mkdtemp(path.join(this.options.folder, 'export-'));
    // The bytes as they are in the commit, whatever .gitattributes would make of them in a working tree.
    await mkdir(path.join(this.options.folder, 'info'), { recursive: true });
    await writeFile(path.join(this.options.folder, 'info/attributes'), EXACT_BYTES);
    const env = { GIT_INDEX_FILE: path.join(folder, 'index'), GIT_WORK_TREE: destination };
    const index = wanted.map(([file, { mode, oid: blob }]) => `${mode} ${blob} 0\t${file}\0`).join('');
    await this.git.local(['update-index', '-z', '--index-info'], index, env);
    await this.git.local(
      ['-c', 'core.autocrlf=false', 'checkout-index', '--all', '--force', '--quiet'],
      undefined,
      env,
    );
    await rm(folder, { recursive: true });
  }

  private async read(
    blobs: ReadonlyMap<string, Blob>,
    paths: readonly string[],
    past: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    const oidOf = (file: string) => {
      const blob = blobs.get(file);
      if (blob !== undefined) return blob.oid;
      throw new HelmCdError('not-found', `The repository has no file ${file}.`);
    };
    const oids = [...new Set(paths.map(oidOf))];
    const likely = [...blobs].filter(([file, { mode }]) => LIKELY.test(file) && mode.startsWith('100'));
    const along = [...likely.map(([, { oid }]) => oid), ...past];
    // Who commits is asked at the same time: the contents take as long, and what follows needs no command.
    const [texts] = await Promise.all([this.blobs.read(oids, this.partial, along), this.identity()]);
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

  private identity(): Promise<CommitIdentity> {
    this.author ??= configuredIdentity(this.git, this.options.identity);
    return this.author;
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
    const oid = (await this.git.local(['fast-import', '--quiet', '--done', '--force'], stream)).trim();
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
      return pushOutcome(oid, parent.branch, await this.git.run(args, { network: true }));
    } catch (error) {
      if (error instanceof HelmCdError && error.code === 'timeout') return { status: 'unknown', error };
      throw error;
    }
  }
}

/** Opens a branch; nothing is read yet. */
export function openGitBranch(options: CloneOptions): RepositoryBranch {
  return new GitBranch(options);
}
