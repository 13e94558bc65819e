import { parseCommit, parseTree, type Commit, type TreeEntry } from '../git/objects.js';
import { ObjectReader } from '../git/object-reader.js';
import { Refs, type RefChange } from '../git/refs.js';
import type { Comment, Deployment, RefEvent, WorkflowRun } from './records.js';
import { PagesSite, type PagesSettings } from './pages.js';
import type { BranchProtection } from './protection.js';
import type { Pull } from './pull-record.js';
import { directRefusals } from './protection.js';
import type { Actor, Token } from './tokens.js';

/** What a person sets on GitHub's settings pages. */
export interface RepositorySettings {
  readonly private: boolean;
  readonly defaultBranch: string;
  readonly archived: boolean;
  readonly allowAutoMerge: boolean;
  readonly allowMergeCommit: boolean;
  readonly allowSquashMerge: boolean;
  readonly allowRebaseMerge: boolean;
  readonly deleteBranchOnMerge: boolean;
  /** As only a GitHub Enterprise Server can have them. */
  readonly preReceiveHooks: boolean;
  /** "Allow GitHub Actions to create and approve pull requests". */
  readonly actionsMayCreatePullRequests: boolean;
  /** So many reads of a new or changed pull request say that its mergeability is not known yet. */
  readonly unknownMergeabilityReads: number;
  /** Trees with more entries are listed in part only. Default 100,000. */
  readonly listedEntries: number;
  /** Null: GitHub Pages is not enabled. */
  readonly pages: PagesSettings | null;
}

export const DEFAULT_SETTINGS: RepositorySettings = {
  private: true,
  defaultBranch: 'main',
  archived: false,
  allowAutoMerge: true,
  allowMergeCommit: true,
  allowSquashMerge: true,
  allowRebaseMerge: true,
  deleteBranchOnMerge: false,
  preReceiveHooks: false,
  actionsMayCreatePullRequests: true,
  unknownMergeabilityReads: 0,
  listedEntries: 100_000,
  pages: null,
};

export type CheckState = 'pending' | 'success' | 'failure';

/** One repository: a bare git repository on disk, and what GitHub knows besides git. */
export class Repository {
  readonly owner: string;
  readonly name: string;
  readonly fullName: string;
  readonly private: boolean;
  /** Of the bare git repository. */
  readonly path: string;
  readonly settings: RepositorySettings;
  readonly objects: ObjectReader;
  readonly refs: Refs;
  /** What GitHub Pages makes of it. */
  readonly pages: PagesSite | undefined;
  readonly protections = new Map<string, BranchProtection>();
  readonly pulls: Pull[] = [];
  readonly comments: Comment[] = [];
  readonly deployments: Deployment[] = [];
  readonly runs: WorkflowRun[] = [];
  /** States by commit and context. */
  readonly checks = new Map<string, Map<string, CheckState>>();
  /** Called after each change of a ref. */
  readonly watchers: ((ref: string) => Promise<void>)[] = [];
  readonly #pushed: (event: RefEvent) => void;
  #number = 0;

  constructor(
    owner: string,
    name: string,
    path: string,
    settings: RepositorySettings,
    pushed: (event: RefEvent) => void,
  ) {
    this.owner = owner;
    this.name = name;
    this.fullName = `${owner}/${name}`;
    this.private = settings.private;
    this.path = path;
    this.settings = settings;
    this.objects = new ObjectReader(path);
    this.refs = new Refs(path, this.objects);
    this.#pushed = pushed;
    this.pages = settings.pages === null ? undefined : new PagesSite(this, settings.pages);
  }

  /** The next number of an issue, a pull request, a comment, a deployment. */
  nextNumber(): number {
    return ++this.#number;
  }

  async commit(oid: string): Promise<Commit | undefined> {
    const object = await this.objects.read(oid);
    return object?.type === 'commit' ? parseCommit(object.oid, object.content) : undefined;
  }

  async tree(oid: string): Promise<TreeEntry[] | undefined> {
    const object = await this.objects.read(`${oid}^{tree}`);
    return object === undefined ? undefined : parseTree(object.content);
  }

  /** Why this account may not put a commit on the branch, and by which protection; undefined when it may. */
  refusal(
    branch: string,
    actor: Actor,
    change: { readonly verified: boolean },
  ): { protection: BranchProtection; reasons: string[] } | undefined {
    const protection = this.protections.get(branch);
    const reasons = directRefusals(protection, actor, change);
    return protection === undefined || reasons.length === 0 ? undefined : { protection, reasons };
  }

  /**
   * Moves, creates or deletes a ref by compare-and-swap, and does what GitHub does then: the push event, pull requests that
   * are merged or closed by it. @throws RefConflict
   */
  async moveRef(ref: string, oid: string | undefined, expected: string | undefined, token: Token): Promise<void> {
    await this.refs.update(ref, oid, expected);
    await this.refMoved(ref, expected, oid, token);
  }

  /** The same for several refs that move together or not at all. @throws RefConflict */
  async moveRefs(changes: readonly RefChange[], token: Token): Promise<void> {
    await this.refs.updateAll(changes);
    for (const { ref, oid, expected } of changes) await this.refMoved(ref, expected ?? undefined, oid, token);
  }

  /** The same for a ref that git itself has moved. */
  async refMoved(ref: string, before: string | undefined, after: string | undefined, token: Token): Promise<void> {
    this.refs.remember(ref, before);
    this.#pushed({
      repository: this.fullName,
      ref,
      before,
      after,
      actor: token.actor.login,
      // What a workflow's own token pushes starts no workflow: GitHub's guard against endless runs.
      startsWorkflows: token.kind !== 'workflow',
    });
    this.pages?.changed(ref, token);
    for (const watch of this.watchers) await watch(ref);
  }

  close(): void {
    this.pages?.close();
    this.objects.close();
  }
}
