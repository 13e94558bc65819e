import type { BranchFiles, CommittedFile, FileEdit } from '../core/branch-files.js';
import { HelmCdError } from '../core/errors.js';
import type { GitHubResponse } from '../core/ports.js';
import type { CommitOutcome } from '../core/repository-branch.js';
import { GitData, requireWritten } from './git-data.js';
import { graphqlBody } from './github-failure.js';
import { isLost, patiently } from './patience.js';
import { readRawBlob, type RawAccess } from './raw-blob.js';
import { fullName, requestPatiently, requireFine, validationErrors, type Repository } from './repository.js';

/** What GitHub says when the branch is not where it was; none of these texts is documented. */
const MOVED = /not a fast.forward|reference (?:already exists|does not exist)|is at [0-9a-f]+ but expected/i;
/** What it says when a rule of the branch forbids it. */
const FORBIDDEN =
  /protected branch|rule violation|repository rule|ruleset|GH006|GH013|approving review|required status|pull request|verified signatures|protected ref|pre-receive/i;
/** What was made a moment ago is not known everywhere. */
const NOT_YET = /object does not exist/i;
const NOT_YET_ATTEMPTS = 4;
const NOT_YET_PAUSE_MS = 1000;

/** The first level of a tree. */
interface Tree {
  readonly entries: ReadonlyMap<string, { readonly type: string; readonly oid: string; readonly size: number }>;
  /** Whether there is more than GitHub lists. */
  readonly truncated: boolean;
}

/** Files of a branch on GitHub, without a clone: by the Git Data API of REST. */
class ApiBranchFiles implements BranchFiles {
  private readonly repository: Repository;
  private readonly branch: string;
  private readonly data: GitData;
  private readonly trees = new Map<string, Promise<Tree>>();
  private readonly rootOf = new Map<string, string>();

  private readonly access: RawAccess;

  constructor(repository: Repository, branch: string, access: RawAccess) {
    this.repository = repository;
    this.branch = branch;
    this.access = access;
    this.data = new GitData(repository);
  }

  private get doing(): string {
    const how = this.access.token === '' ? ' without a token' : '';
    return `The branch ${this.branch} of ${fullName(this.repository)} cannot be read${how}`;
  }

  async tip(): Promise<string | undefined> {
    const response = await requestPatiently(this.repository, 'GET /repos/{owner}/{repo}/git/ref/{ref}', {
      ref: `heads/${this.branch}`,
    });
    if (response.status !== 404 && response.status !== 409) {
      requireFine(this.repository, response, this.doing);
      return (response.data as { object: { sha: string } }).object.sha;
    }
    // Also what may not be seen is not found. That the branches may be listed, and it is not among them, proves it.
    const listed = await requestPatiently(this.repository, 'GET /repos/{owner}/{repo}/git/matching-refs/{ref}', {
      ref: `heads/${this.branch}`,
    });
    if (listed.status === 409) return undefined; // An empty repository.
    requireFine(this.repository, listed, this.doing);
    const refs = listed.data as readonly { ref: string; object: { sha: string } }[];
    return refs.find(({ ref }) => ref === `refs/heads/${this.branch}`)?.object.sha;
  }

  private async root(commit: string): Promise<string> {
    const known = this.rootOf.get(commit);
    if (known !== undefined) return known;
    const response = await requestPatiently(this.repository, 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}', {
      commit_sha: commit,
    });
    requireFine(this.repository, response, this.doing);
    const { sha } = (response.data as { tree: { sha: string } }).tree;
    this.rootOf.set(commit, sha);
    return sha;
  }

  private tree(oid: string): Promise<Tree> {
    const known = this.trees.get(oid);
    if (known !== undefined) return known;
    const reading = this.readTree(oid);
    // Only the last few: in a long race there are many, and each may be large.
    if (this.trees.size >= 8) this.trees.clear();
    this.trees.set(oid, reading);
    reading.catch(() => this.trees.delete(oid));
    return reading;
  }

  private async readTree(oid: string): Promise<Tree> {
    const response = await requestPatiently(this.repository, 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}', {
      tree_sha: oid,
    });
    requireFine(this.repository, response, this.doing);
    const { tree, truncated } = response.data as {
      tree: readonly { path: string; type: string; sha: string; size?: number }[];
      truncated: boolean;
    };
    const entries = tree.map(({ path, type, sha, size = 0 }) => [path, { type, oid: sha, size }] as const);
    return { entries: new Map(entries), truncated };
  }

  /** The tree of a folder; nothing when there is none. */
  private async folder(commit: string, folder: string): Promise<Tree | undefined> {
    let tree = await this.tree(await this.root(commit));
    for (const part of folder.split('/').filter((name) => name !== '')) {
      const entry = tree.entries.get(part);
      if (entry === undefined && tree.truncated) throw this.tooMany();
      if (entry?.type !== 'tree') return undefined;
      tree = await this.tree(entry.oid);
    }
    return tree;
  }

  private tooMany(): HelmCdError {
    return new HelmCdError('unsupported', `${this.doing}: it has more files than GitHub lists.`, {
      hint: 'Give the chart repository as git+https://…: then git is used.',
    });
  }

  async find(commit: string, path: string): Promise<string | undefined> {
    const slash = path.lastIndexOf('/');
    const tree = await this.folder(commit, path.slice(0, Math.max(0, slash)));
    const entry = tree?.entries.get(path.slice(slash + 1));
    if (entry !== undefined || tree?.truncated !== true) return entry?.type === 'blob' ? entry.oid : undefined;
    return this.ask(commit, path);
  }

  /** One file of a tree that has too many to be listed. */
  private async ask(commit: string, path: string): Promise<string | undefined> {
    const { client, clock, owner, name } = this.repository;
    const query = `query ($owner: String!, $name: String!, $expression: String!) {
      repository(owner: $owner, name: $name) { object(expression: $expression) { ... on Blob { oid } } }
    }`;
    const response = await patiently({ clock, repeatable: true }, () =>
      client.graphql(query, { owner, name, expression: `${commit}:${path}` }),
    );
    requireFine(this.repository, response, this.doing);
    const { repository } = (graphqlBody(response).data ?? {}) as {
      repository?: { object: { oid?: string } | null } | null;
    };
    // Whatever else is missing, the file may be there: only this says that it is not.
    if (repository === undefined || repository === null) throw this.tooMany();
    return repository.object?.oid;
  }

  read(oid: string): Promise<Uint8Array> {
    return readRawBlob(this.repository, this.access, oid);
  }

  async list(commit: string, folder: string): Promise<readonly CommittedFile[]> {
    const tree = await this.folder(commit, folder);
    if (tree?.truncated === true) throw this.tooMany();
    const below = folder === '' ? '' : `${folder}/`;
    return [...(tree?.entries ?? [])]
      .filter(([, { type }]) => type === 'blob')
      .map(([name, { oid, size }]) => ({ path: `${below}${name}`, oid, size }));
  }

  async put(parent: string | undefined, edits: readonly FileEdit[], message: string): Promise<CommitOutcome> {
    if (this.access.token === '') {
      throw new HelmCdError(
        'input',
        `Input "token" is empty, and ${fullName(this.repository)} cannot be changed without one.`,
        {
          hint: 'Give a token with contents: write there.',
        },
      );
    }
    const base = parent === undefined ? undefined : { commit: parent, tree: await this.root(parent) };
    const { oid, tree } = await this.data.commit(base, edits, message);
    this.rootOf.set(oid, tree);
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.place(parent, oid);
      if (outcome !== 'not yet') return outcome;
      const error = new HelmCdError('unreachable', `GitHub does not know the commit ${oid} that it has just made.`);
      if (attempt === NOT_YET_ATTEMPTS) return { status: 'unknown', error };
      await this.repository.clock.sleep(NOT_YET_PAUSE_MS * attempt);
    }
  }

  /** Puts the branch to a commit whose parent is where it should be: GitHub refuses what is no step forward. */
  private async place(parent: string | undefined, oid: string): Promise<CommitOutcome | 'not yet'> {
    let response: GitHubResponse;
    try {
      const ref = `heads/${this.branch}`;
      response =
        parent === undefined
          ? await requestPatiently(
              this.repository,
              'POST /repos/{owner}/{repo}/git/refs',
              { ref: `refs/${ref}`, sha: oid },
              false,
            )
          : await requestPatiently(
              this.repository,
              'PATCH /repos/{owner}/{repo}/git/refs/{ref}',
              { ref, sha: oid, force: false },
              false,
            );
    } catch (error) {
      if (error instanceof HelmCdError && error.code === 'unreachable') return this.learn(oid, error);
      throw error;
    }
    const doing = `The commit cannot be put onto ${this.branch} of ${fullName(this.repository)}`;
    if (response.status < 300) return { status: 'committed', oid };
    const said = `${JSON.stringify(response.data)} ${validationErrors(response)}`;
    if (isLost(response)) return this.learn(oid, new HelmCdError('unreachable', `${doing}: status ${response.status}`));
    if (response.status === 409 || response.status === 422) {
      if (NOT_YET.test(said)) return 'not yet';
      if (MOVED.test(said)) return { status: 'moved', reason: said };
      if (!FORBIDDEN.test(said)) {
        // Its words are not documented: the branch tells.
        const now = await this.tip();
        if (now === oid) return { status: 'committed', oid };
        if (now !== parent) return { status: 'moved', reason: said };
      }
    }
    try {
      requireWritten(this.repository, response, doing);
    } catch (error) {
      if (!(error instanceof HelmCdError) || error.code !== 'refused') throw error;
      throw new HelmCdError('refused', error.message, {
        hint: 'A rule of the branch forbids it: leave this branch out of the rule, or let the token’s owner bypass it.',
        cause: error,
      });
    }
    throw new HelmCdError('unreachable', `${doing}: status ${response.status}`);
  }

  /** What became of it when the answer was lost: the commit's id is known, so the branch can tell. */
  private async learn(oid: string, error: HelmCdError): Promise<CommitOutcome> {
    try {
      return (await this.tip()) === oid ? { status: 'committed', oid } : { status: 'unknown', error };
    } catch (other) {
      if (other instanceof HelmCdError && other.code === 'unreachable') return { status: 'unknown', error };
      throw other;
    }
  }
}

/**
 * Opens a branch of a repository on GitHub; nothing is asked yet.
 * @param access without a token only what is public can be read.
 */
export function openApiBranchFiles(repository: Repository, branch: string, access: RawAccess): BranchFiles {
  return new ApiBranchFiles(repository, branch, access);
}
