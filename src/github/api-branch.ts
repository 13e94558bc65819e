import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HelmCdError } from '../core/errors.js';
import type { Clock, GitHubClient, GitHubResponse } from '../core/ports.js';
import type {
  BranchHead,
  CommitOutcome,
  FileChange,
  FoundCommit,
  RepositoryBranch,
  TreeEntry,
} from '../core/repository-branch.js';
import { didYouMean } from '../core/suggest.js';
import { commitOnBranch } from './commit-on-branch.js';
import { githubFailure, graphqlBody } from './github-failure.js';
import { isLost, patiently } from './patience.js';
import { RepositoryBlobs } from './repository-blobs.js';
import {
  COMMITS,
  foundCommits,
  holdsCommit,
  HISTORY,
  readSnapshot,
  snapshotQuery,
  type BlobNode,
  type CommitLogNode,
  type ListedBlob,
  type Snapshot,
  type SnapshotQuery,
} from './snapshot.js';

export interface ApiBranchOptions {
  readonly client: GitHubClient;
  readonly owner: string;
  readonly name: string;
  /** Empty: the repository's default branch. */
  readonly branch: string;
  /** Files whose earlier texts will probably be asked for: they come with the first answer. */
  readonly likelyEarlier: readonly string[];
  readonly clock: Clock;
}

/** What a server says that has no rulesets yet. */
const NO_RULES = /Field 'rules' doesn't exist/;

interface LongTree {
  readonly truncated?: boolean;
  readonly tree?: readonly { path: string; mode: string; type: string; sha: string }[];
}

/**
 * A branch of a repository on GitHub, without a clone: one query reads the newest commit's tree and texts, one mutation
 * (createCommitOnBranch) puts a commit onto exactly that commit. GitHub signs such commits.
 */
class ApiBranch implements RepositoryBranch {
  private readonly options: ApiBranchOptions;
  private readonly blobs: RepositoryBlobs;
  private branch: string;
  /** Files that were needed: asked for together with the next head. */
  private readonly needed = new Set<string>();
  private readonly neededEarlier: Set<string>;
  /** Object ids of what a file was before a commit, for those that were asked for on their own. */
  private readonly askedEarlier = new Map<string, readonly string[]>();
  private asked = false;
  private withRules = true;

  constructor(options: ApiBranchOptions) {
    this.options = options;
    this.branch = options.branch;
    this.blobs = new RepositoryBlobs(options);
    this.neededEarlier = new Set(options.likelyEarlier);
  }

  private get repository(): string {
    return `${this.options.owner}/${this.options.name}`;
  }

  /**
   * The answer to the query. One that asks for texts unseen may be too much for the server: what fails is asked for again
   * without them, and then again and again.
   */
  private async send(query: SnapshotQuery): Promise<GitHubResponse> {
    const { client, clock } = this.options;
    if (query.texts) {
      try {
        const response = await patiently({ clock, repeatable: false }, () => client.graphql(...snapshotQuery(query)));
        if (!isLost(response)) return response;
      } catch (error) {
        if (!(error instanceof HelmCdError) || error.code !== 'unreachable') throw error;
      }
    }
    return patiently({ clock, repeatable: true }, () => client.graphql(...snapshotQuery({ ...query, texts: false })));
  }

  private async ask(): Promise<Snapshot> {
    const { owner, name, clock } = this.options;
    const again = this.asked;
    const query: SnapshotQuery = {
      owner,
      name,
      branch: this.branch,
      texts: !again,
      files: [...this.needed],
      earlier: [...this.neededEarlier],
      commits: again,
      rules: this.withRules,
    };
    let response = await this.send(query);
    if (query.rules && graphqlBody(response).errors.some(({ message }) => NO_RULES.test(message))) {
      this.withRules = false;
      response = await this.send({ ...query, rules: false });
    }
    const failure = githubFailure(response, `The repository ${this.repository} cannot be read`, clock.now());
    // What is missing besides the commit itself (rules that the token may not see) can be done without.
    if (failure !== undefined && !holdsCommit(graphqlBody(response).data)) throw failure;
    const { data } = graphqlBody(response);
    if (data === undefined) {
      throw new HelmCdError('unreachable', `The repository ${this.repository} cannot be read: the answer was empty.`, {
        hint: 'Check the input graphql-url.',
      });
    }
    const snapshot = readSnapshot(data, query);
    if (snapshot === 'repository') {
      throw new HelmCdError('not-found', `There is no repository ${this.repository}.`, {
        hint: 'Check the input repository, and that the token may see it.',
      });
    }
    if (snapshot === 'branch') throw await this.noSuchBranch();
    this.asked = true;
    return snapshot;
  }

  private async noSuchBranch(): Promise<HelmCdError> {
    const { owner, name, client, clock } = this.options;
    const response = await patiently({ clock, repeatable: true }, () =>
      client.graphql(
        `query ($owner: String!, $name: String!) { repository(owner: $owner, name: $name) {
          refs(refPrefix: "refs/heads/", first: 100) { nodes { name } }
        } }`,
        { owner, name },
      ),
    );
    const failure = githubFailure(response, `The branches of ${this.repository} cannot be listed`, clock.now());
    if (failure !== undefined) return failure;
    const { repository } = (graphqlBody(response).data ?? {}) as {
      repository?: { refs: { nodes: readonly { name: string }[] } };
    };
    const names = repository?.refs.nodes.map((node) => node.name) ?? [];
    if (this.branch === '') {
      return new HelmCdError('not-found', `The repository ${this.repository} has no default branch with a commit.`, {
        hint: 'Give the input branch, or push a first commit.',
      });
    }
    const suggestion = didYouMean(this.branch, names);
    return new HelmCdError(
      'not-found',
      `The repository ${this.repository} has no branch "${this.branch}"${suggestion}`,
      {
        hint: names.length === 0 ? 'It has no branch at all.' : `Its branches: ${names.slice(0, 20).join(', ')}.`,
      },
    );
  }

  async head(): Promise<BranchHead> {
    const snapshot = await this.ask();
    this.branch = snapshot.branch;
    this.blobs.keep(snapshot.texts);
    const listed = snapshot.deeper ? await this.listAll(snapshot) : snapshot.blobs;
    const entries = [...listed].map(([file, { mode }]): TreeEntry => ({ path: file, mode }));
    return {
      branch: snapshot.branch,
      oid: snapshot.oid,
      entries,
      rules: snapshot.rules,
      viewer: snapshot.viewer,
      read: (paths) => this.read(listed, paths),
      commits: () => this.commits(snapshot),
      earlier: (file) => this.earlier(snapshot, file),
      export: (folder, destination) => this.export(listed, folder, destination),
    };
  }

  /** The whole listing, when folders are nested deeper than one query lists. */
  private async listAll({ treeOid }: Snapshot): Promise<ReadonlyMap<string, ListedBlob>> {
    const { client, owner, name, clock } = this.options;
    const response = await patiently({ clock, repeatable: true }, () =>
      client.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', {
        owner,
        repo: name,
        tree_sha: treeOid,
        recursive: '1',
      }),
    );
    const failure = githubFailure(response, `The files of ${this.repository} cannot be listed`, clock.now());
    if (failure !== undefined) throw failure;
    const { truncated, tree = [] } = response.data as LongTree;
    if (truncated === true) {
      throw new HelmCdError('unsupported', `${this.repository} has more files than GitHub lists.`, {
        hint: 'Give the input repository as a git URL (https://github.com/acme/charts.git): then git is used.',
      });
    }
    const files = tree.filter(({ type }) => type !== 'tree');
    return new Map(files.map(({ path: file, mode, sha }) => [file, { mode, oid: sha }]));
  }

  private async read(
    listed: ReadonlyMap<string, ListedBlob>,
    paths: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    const oids = new Map(
      paths.map((file) => {
        const oid = listed.get(file)?.oid;
        if (oid === undefined) throw new HelmCdError('not-found', `The repository has no file ${file}.`);
        this.needed.add(file);
        return [file, oid];
      }),
    );
    const contents = await this.blobs.read([...oids.values()]);
    return new Map(
      [...oids].map(([file, oid]) => {
        try {
          const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
          return [file, decoder.decode(contents.get(oid))];
        } catch {
          throw new HelmCdError('file', `${file} is no UTF-8 text.`, { place: { file }, hint: 'Save it as UTF-8.' });
        }
      }),
    );
  }

  private async commits({ oid, commits }: Snapshot): Promise<readonly FoundCommit[]> {
    if (commits !== undefined) return commits;
    return foundCommits((await this.history(oid, COMMITS)) as readonly CommitLogNode[]);
  }

  private async earlier({ oid, earlier }: Snapshot, file: string): Promise<readonly string[]> {
    const key = `${oid} ${file}`;
    let oids = earlier.get(file) ?? this.askedEarlier.get(key);
    if (oids === undefined) {
      this.neededEarlier.add(file);
      const nodes = (await this.history(
        oid,
        `history(first: ${HISTORY}, path: $path) { nodes { file(path: $path) { object { ... on Blob { oid text } } } } }`,
        { path: file },
      )) as readonly { file: { object: BlobNode | null } | null }[];
      const objects = nodes.flatMap(({ file: found }) => found?.object ?? []);
      oids = objects.flatMap((object) => object.oid ?? []);
      this.askedEarlier.set(key, oids);
      this.blobs.keep(
        new Map(objects.flatMap((object) => (object.oid && object.text ? [[object.oid, object.text]] : []))),
      );
    }
    const distinct = [...new Set(oids)];
    const contents = await this.blobs.read(distinct);
    return distinct.map((each) => contents.get(each)?.toString('utf8') ?? '');
  }

  private async history(oid: string, field: string, more: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const { client, owner, name, clock } = this.options;
    const declared = Object.keys(more).map((variable) => `, $${variable}: String!`);
    const response = await patiently({ clock, repeatable: true }, () =>
      client.graphql(
        `query ($owner: String!, $name: String!, $oid: GitObjectID!${declared.join('')}) {
          repository(owner: $owner, name: $name) { object(oid: $oid) { ... on Commit { ${field} } } }
        }`,
        { owner, name, oid, ...more },
      ),
    );
    const failure = githubFailure(response, `The commits of ${this.repository} cannot be read`, clock.now());
    if (failure !== undefined) throw failure;
    const data = graphqlBody(response).data as {
      repository: { object: { history: { nodes: unknown } } };
    };
    return data.repository.object.history.nodes;
  }

  private async export(listed: ReadonlyMap<string, ListedBlob>, folder: string, destination: string): Promise<void> {
    const below = folder === '' ? '' : `${folder}/`;
    const files = [...listed].filter(([file, { mode }]) => file.startsWith(below) && mode.startsWith('100'));
    const contents = await this.blobs.read(files.map(([, { oid }]) => oid));
    for (const [file, { mode, oid }] of files) {
      const target = path.join(destination, file);
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, contents.get(oid) ?? '', { mode: mode === '100755' ? 0o755 : 0o644 });
    }
  }

  commit(parent: BranchHead, files: readonly FileChange[], message: string): Promise<CommitOutcome> {
    const modes = new Map(parent.entries.map(({ path: file, mode }) => [file, mode]));
    const executable = files.find(({ path: file }) => modes.get(file) === '100755');
    if (executable !== undefined) {
      throw new HelmCdError('unsupported', `${executable.path} is executable, which GitHub's API would change.`, {
        place: { file: executable.path },
        hint: 'Take that away (git update-index --chmod=-x), or give the input repository as a git URL.',
      });
    }
    return commitOnBranch(this.options, parent, files, message);
  }
}

/** Opens a branch; nothing is asked yet. */
export function openApiBranch(options: ApiBranchOptions): RepositoryBranch {
  return new ApiBranch(options);
}
