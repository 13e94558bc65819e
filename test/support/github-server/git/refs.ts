import { setTimeout as sleep } from 'node:timers/promises';
import { gitLines, gitLinesOnce, runGit, runGitOnce } from './git.js';
import type { ObjectReader } from './object-reader.js';

export const NO_OID = '0'.repeat(40);

/** The ref was not where the writer said it was. `actual` is undefined when there is no such ref. */
export class RefConflict extends Error {
  readonly actual: string | undefined;

  constructor(ref: string, expected: string, actual: string | undefined) {
    super(`${ref} is at ${actual ?? 'nothing'} but expected ${expected}`);
    this.actual = actual;
  }
}

/** A well-formed full name, so that it can be no expression (`refs/heads/x~1`) in git's eyes. */
export function isRefName(ref: string): boolean {
  return (
    // eslint-disable-next-line no-control-regex -- the rules of git check-ref-format
    /^refs\/[^\s\u0000-\u0020~^:?*[\\\u007f]+$/.test(ref) &&
    !/\.\.|@\{|\/\/|\/\.|\.lock(\/|$)|[./]$/.test(ref) &&
    ref.split('/').length >= 3
  );
}

/** How a reader sees the refs: as they are, or as they were before each one's last change. */
export type RefView = 'current' | 'stale';

/** One of several refs that change together. No `oid` deletes the ref; `expected` is null when there must be none yet. */
export interface RefChange {
  readonly ref: string;
  readonly oid: string | undefined;
  readonly expected: string | null;
}

/** The refs of one repository. A change is git's own compare-and-swap, so that pushes and the API race as on GitHub. */
export class Refs {
  readonly #repository: string;
  readonly #objects: ObjectReader;
  readonly #previous = new Map<string, string | undefined>();

  constructor(repository: string, objects: ObjectReader) {
    this.#repository = repository;
    this.#objects = objects;
  }

  /** The oid a ref names; undefined when there is no such ref. */
  async get(ref: string, view: RefView = 'current'): Promise<string | undefined> {
    if (!isRefName(ref)) return undefined;
    if (view === 'stale' && this.#previous.has(ref)) return this.#previous.get(ref);
    return (await this.#objects.read(ref))?.oid;
  }

  /** All refs whose full name begins so, by name. */
  async list(prefix: string): Promise<{ ref: string; oid: string }[]> {
    const lines = await gitLines(this.#repository, ['for-each-ref', '--format=%(objectname) %(refname)']);
    return lines
      .map((line) => ({ oid: line.slice(0, 40), ref: line.slice(41) }))
      .filter(({ ref }) => ref.startsWith(prefix));
  }

  /**
   * Moves, creates (`expected` undefined) or deletes (`oid` undefined) a ref, if it still is where the caller expects it.
   * @throws RefConflict when it is elsewhere
   */
  async update(ref: string, oid: string | undefined, expected: string | undefined): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { code, stderr } = await runGit(
        this.#repository,
        oid === undefined
          ? ['update-ref', '-d', ref, expected ?? NO_OID]
          : ['update-ref', ref, oid, expected ?? NO_OID],
      );
      if (code === 0) break;
      const actual = await this.get(ref);
      if (actual !== expected) throw new RefConflict(ref, expected ?? NO_OID, actual);
      // Another writer holds the lock and has not decided yet.
      if (!/\.lock|lock file|cannot lock/i.test(stderr) || attempt === 50) throw new Error(stderr.trim());
      await sleep(5 + Math.random() * 20);
    }
    this.remember(ref, expected);
  }

  /**
   * Changes several refs, or none of them.
   * @throws RefConflict when one is not where the caller expects it
   */
  async updateAll(changes: readonly RefChange[]): Promise<void> {
    const input = changes.map(({ ref, oid, expected }) => `update ${ref} ${oid ?? NO_OID} ${expected ?? NO_OID}\n`);
    for (let attempt = 1; ; attempt++) {
      const { code, stderr } = await runGit(this.#repository, ['update-ref', '--stdin'], { input: input.join('') });
      if (code === 0) break;
      for (const { ref, expected } of changes) {
        const actual = await this.get(ref);
        if (actual !== (expected ?? undefined)) throw new RefConflict(ref, expected ?? NO_OID, actual);
      }
      if (!/\.lock|lock file|cannot lock/i.test(stderr) || attempt === 50) throw new Error(stderr.trim());
      await sleep(5 + Math.random() * 20);
    }
    for (const { ref, expected } of changes) this.remember(ref, expected ?? undefined);
  }

  /** Keeps what a ref was before its last change, for readers that see it late. */
  remember(ref: string, previous: string | undefined): void {
    this.#previous.set(ref, previous);
  }

  /** Is `ancestor` in the history of `descendant` (or the same)? */
  async contains(descendant: string, ancestor: string): Promise<boolean> {
    return (await runGitOnce(this.#repository, ['merge-base', '--is-ancestor', ancestor, descendant])).code === 0;
  }

  /** The commits that `head` has and `base` has not, oldest first. */
  commitsBetween(base: string, head: string): Promise<string[]> {
    return gitLinesOnce(this.#repository, ['rev-list', '--topo-order', '--reverse', `${base}..${head}`]);
  }

  /** A branch's name, `heads/…`, `tags/…`, a full ref name, or an oid (also abbreviated), as the commit it means. */
  async resolveCommit(name: string, view: RefView = 'current'): Promise<string | undefined> {
    for (const ref of [`refs/heads/${name}`, `refs/tags/${name}`, `refs/${name}`, name]) {
      const oid = await this.get(ref, view);
      if (oid !== undefined) return this.#peel(oid);
    }
    return /^[0-9a-f]{7,40}$/.test(name) ? this.#peel(name) : undefined;
  }

  async #peel(oid: string): Promise<string | undefined> {
    return (await this.#objects.read(`${oid}^{commit}`))?.oid;
  }

  /** The newest commit that both have in their history; undefined when they share none. */
  async mergeBase(a: string, b: string): Promise<string | undefined> {
    const { code, stdout } = await runGitOnce(this.#repository, ['merge-base', a, b]);
    return code === 0 ? stdout.toString().trim() : undefined;
  }

  /** The tree that merging two commits gives; undefined when they conflict. */
  async mergedTree(base: string, head: string): Promise<string | undefined> {
    const { code, stdout, stderr } = await runGitOnce(this.#repository, ['merge-tree', '--write-tree', base, head]);
    if (code > 1) throw new Error(`git merge-tree: ${stderr.trim()}`);
    return code === 0 ? stdout.toString().trim() : undefined;
  }
}
