/** What the checkout's history says about its files. It is only read, and nothing is fetched. */
import path from 'node:path';
import { HelmCdError } from '../core/errors.js';
import type { ProcessOptions, Processes } from '../core/ports.js';

const TIMEOUT_MS = 60_000;
/** The checkout may be anybody's: nothing that its configuration names is run. */
const SETTINGS = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'core.quotePath=false'];
const ENVIRONMENT = { LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1' };

/** The git repository that a folder is in. */
export interface Checkout {
  /** Its root, absolute. */
  readonly root: string;
  /** The commit that a branch, tag or commit names; nothing when it is not in the checkout. */
  commitOf(ref: string): Promise<string | undefined>;
  /** Where two histories part; nothing when the checkout is too shallow to tell. */
  mergeBase(commit: string): Promise<string | undefined>;
  /** Absolute paths of the files that are not as they were in the commit: changed, added, removed, untracked. */
  changedSince(commit: string): Promise<readonly string[]>;
  /** A file's text in a commit; nothing when it was not there. */
  fileAt(commit: string, file: string): Promise<string | undefined>;
  /** Writes all files of a commit into a folder. */
  exportTo(commit: string, folder: string): Promise<void>;
  /** The files of the working tree, relative to the root: without those that are ignored. */
  files(): Promise<readonly string[]>;
}

/** @returns nothing when there is no git or the folder is in no repository that it would read. */
export async function openCheckout(folder: string, processes: Processes): Promise<Checkout | undefined> {
  const git = (args: readonly string[], options: ProcessOptions = {}) =>
    processes.run('git', [...SETTINGS, ...args], {
      cwd: folder,
      env: ENVIRONMENT,
      timeoutMs: TIMEOUT_MS,
      accept: 'any',
      ...options,
    });
  if ((await processes.find('git')) === undefined) return undefined;
  const top = await git(['rev-parse', '--show-toplevel']);
  if (top.code !== 0) return undefined;
  const root = top.stdout.replace(/\r?\n$/, '');

  const names = async (args: readonly string[]): Promise<readonly string[]> => {
    const result = await git(args, { cwd: root, accept: [0] });
    return result.stdout.split('\0').filter((name) => name !== '');
  };
  const oneLine = async (args: readonly string[]) => {
    const result = await git(args);
    const text = result.stdout.trim();
    return result.code === 0 && text !== '' ? text : undefined;
  };
  return {
    root,
    // What starts with a dash would be an option.
    commitOf: (ref) =>
      ref.startsWith('-')
        ? Promise.resolve(undefined)
        : oneLine(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]),
    mergeBase: (commit) => oneLine(['merge-base', commit, 'HEAD']),
    async changedSince(commit) {
      try {
        const changed = await names([
          'diff',
          '--no-ext-diff',
          '--no-textconv',
          '--name-only',
          '--no-renames',
          '-z',
          commit,
          '--',
        ]);
        const untracked = await names(['ls-files', '--others', '--exclude-standard', '-z']);
        return [...new Set([...changed, ...untracked])].map((name) => path.join(root, name));
      } catch (cause) {
        if (cause instanceof HelmCdError && cause.code !== 'tool') throw cause;
        throw new HelmCdError('file', `What changed since ${commit.slice(0, 12)} cannot be read from the checkout.`, {
          cause,
        });
      }
    },
    async fileAt(commit, file) {
      const name = path.relative(root, file).split(path.sep).join('/');
      const result = await git(['show', `${commit}:${name}`], { cwd: root });
      return result.code === 0 ? result.stdout : undefined;
    },
    async exportTo(commit, folder) {
      // An index of its own: the checkout's stays as it is. What a filter would download is not needed.
      const env = { ...ENVIRONMENT, GIT_INDEX_FILE: path.join(folder, '.git-index') };
      const filters = ['-c', 'filter.lfs.smudge=', '-c', 'filter.lfs.process=', '-c', 'filter.lfs.required=false'];
      await git(['read-tree', commit], { cwd: root, env, accept: [0] });
      await git([...filters, 'checkout-index', '--all', '--force', `--prefix=${folder}${path.sep}`], {
        cwd: root,
        env,
        accept: [0],
      });
    },
    files: async () => [...new Set(await names(['ls-files', '--cached', '--others', '--exclude-standard', '-z']))],
  };
}
