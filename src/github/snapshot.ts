import type { GitHubClient } from '../core/ports.js';
import type { FoundCommit } from '../core/repository-branch.js';

/** How deep folders are listed in one query; what is deeper takes another request. */
const LISTED_DEPTH = 7;
/** Down to here (charts/shop/env/develop.yaml) texts are asked for unseen. */
const TEXT_DEPTH = 4;
/** So many commits are asked for, and so many that changed a file. */
export const HISTORY = 50;

/** The selection of the last commits. */
export const COMMITS = `history(first: ${HISTORY}) { nodes { oid message signature { isValid } } }`;

/** A commit as COMMITS selects it. */
export interface CommitLogNode {
  readonly oid: string;
  readonly message: string;
  readonly signature: { readonly isValid: boolean } | null;
}

/** The commits as a branch tells of them. */
export function foundCommits(nodes: readonly CommitLogNode[]): readonly FoundCommit[] {
  return nodes.map(({ oid, message, signature }) => ({ oid, message, verified: signature?.isValid === true }));
}

export interface SnapshotQuery {
  readonly owner: string;
  readonly name: string;
  /** Empty: the default branch. */
  readonly branch: string;
  /** Ask for the texts of files that are not too deep, before anybody knows which of them are needed. */
  readonly texts: boolean;
  /** Files whose texts are asked for in any case. */
  readonly files: readonly string[];
  /** Files whose texts in the last commits are asked for. */
  readonly earlier: readonly string[];
  /** Ask for the last commits' messages. */
  readonly commits: boolean;
  /** Old servers have no rulesets to ask for. */
  readonly rules: boolean;
}

function entries(depth: number): string {
  const tree = depth < LISTED_DEPTH ? ` ... on Tree { ${entries(depth + 1)} }` : '';
  const text = depth <= TEXT_DEPTH ? ' ... on Blob { text @include(if: $texts) }' : '';
  return `entries { name mode oid${tree === '' && text === '' ? '' : ` object {${tree}${text} }`} }`;
}

/** The query of everything that a bump needs of one commit of a branch, and its variables. */
export function snapshotQuery(query: SnapshotQuery): Parameters<GitHubClient['graphql']> {
  const { files, earlier } = query;
  const declared = [
    '$owner: String!, $name: String!, $texts: Boolean!, $commits: Boolean!',
    ...(query.branch === '' ? [] : ['$branch: String!']),
    ...files.map((_, index) => `$f${index}: String!`),
    ...earlier.map((_, index) => `$e${index}: String!`),
  ];
  const blob = 'object { ... on Blob { oid text } }';
  const asked = [
    ...files.map((_, index) => `f${index}: file(path: $f${index}) { ${blob} }`),
    ...earlier.map((_, index) => {
      return `e${index}: history(first: ${HISTORY}, path: $e${index}) { nodes { file(path: $e${index}) { ${blob} } } }`;
    }),
  ];
  const rules = query.rules ? 'rules(first: 100) { nodes { type } }' : '';
  const text = `query (${declared.join(', ')}) {
  viewer { login }
  repository(owner: $owner, name: $name) {
    ref: ${query.branch === '' ? 'defaultBranchRef' : 'ref(qualifiedName: $branch)'} {
      name
      refUpdateRule { requiredApprovingReviewCount requiresSignatures }
      ${rules}
      target { ... on Commit {
        oid
        tree { oid ${entries(1)} }
        ${COMMITS.replace('{', '@include(if: $commits) {')}
        ${asked.join('\n        ')}
      } }
    }
  }
}`;
  const variables = {
    owner: query.owner,
    name: query.name,
    texts: query.texts,
    commits: query.commits,
    ...(query.branch === '' ? {} : { branch: `refs/heads/${query.branch}` }),
    ...Object.fromEntries(files.map((path, index) => [`f${index}`, path])),
    ...Object.fromEntries(earlier.map((path, index) => [`e${index}`, path])),
  };
  return [text, variables];
}

interface Tree {
  readonly entries?: readonly Entry[] | null;
}

/** A blob as a query of ours selects it. */
export interface BlobNode {
  readonly oid?: string;
  readonly text?: string | null;
}

interface Entry {
  readonly name: string;
  readonly mode: number;
  readonly oid: string;
  readonly object?: (Tree & BlobNode) | null;
}

interface CommitNode {
  readonly oid: string;
  readonly tree: Tree & { readonly oid: string };
  readonly history?: { readonly nodes: readonly CommitLogNode[] };
}

interface FileNode {
  readonly object?: BlobNode | null;
}

interface SnapshotData {
  readonly viewer: { readonly login: string };
  readonly repository: {
    readonly ref: {
      readonly name: string;
      readonly refUpdateRule?: {
        readonly requiredApprovingReviewCount?: number | null;
        readonly requiresSignatures?: boolean;
      } | null;
      readonly rules?: { readonly nodes: readonly { readonly type: string }[] } | null;
      readonly target: CommitNode & Readonly<Record<string, unknown>>;
    } | null;
  } | null;
}

/** A file of the listing. */
export interface ListedBlob {
  /** `100644` */
  readonly mode: string;
  readonly oid: string;
}

export interface Snapshot {
  readonly viewer: string;
  readonly branch: string;
  readonly oid: string;
  readonly treeOid: string;
  /** Path → file; submodules too. */
  readonly blobs: ReadonlyMap<string, ListedBlob>;
  /** Whether there are folders too deep to be listed. */
  readonly deeper: boolean;
  /** Object id → text as GitHub gives it, which need not be the whole text, nor exactly it. */
  readonly texts: ReadonlyMap<string, string>;
  readonly commits: readonly FoundCommit[] | undefined;
  /** Path → object ids, newest first, for the files of `earlier`. */
  readonly earlier: ReadonlyMap<string, readonly string[]>;
  readonly rules: { readonly pullRequest: boolean; readonly signatures: boolean };
}

/** Whether an answer has the commit and its listing, whatever else it lacks. */
export function holdsCommit(data: unknown): boolean {
  const { repository } = (data ?? {}) as {
    repository?: { ref?: { target?: { tree?: Tree | null } | null } | null } | null;
  };
  return Array.isArray(repository?.ref?.target?.tree?.entries);
}

/** Git's way to write a mode, which GitHub gives as a number. */
function modeText(mode: number): string {
  return mode.toString(8).padStart(6, '0');
}

const FOLDER = '040000';

/**
 * Reads the answer of a snapshot's query.
 * @returns `repository` or `branch` for the one that there is not.
 */
export function readSnapshot(data: unknown, query: SnapshotQuery): Snapshot | 'repository' | 'branch' {
  const { viewer, repository } = data as SnapshotData;
  if (repository === null) return 'repository';
  const { ref } = repository;
  if (ref === null) return 'branch';
  const blobs = new Map<string, ListedBlob>();
  const texts = new Map<string, string>();
  let deeper = false;
  const keep = (node: BlobNode | null | undefined): string[] => {
    if (typeof node?.oid !== 'string') return [];
    if (typeof node.text === 'string') texts.set(node.oid, node.text);
    return [node.oid];
  };
  const walk = (tree: Tree, below: string): void => {
    for (const { name, mode: number, oid, object } of tree.entries ?? []) {
      const mode = modeText(number);
      if (mode !== FOLDER) {
        blobs.set(`${below}${name}`, { mode, oid });
        keep({ oid, ...(object?.text === undefined ? {} : { text: object.text }) });
      } else if (object?.entries) walk(object, `${below}${name}/`);
      else deeper = true;
    }
  };
  const commit = ref.target;
  walk(commit.tree, '');
  query.files.forEach((_, index) => keep((commit[`f${index}`] as FileNode | null | undefined)?.object));
  const earlier = query.earlier.map((path, index) => {
    const history = commit[`e${index}`] as { nodes: readonly { file: FileNode | null }[] };
    return [path, history.nodes.flatMap(({ file }) => keep(file?.object))] as const;
  });
  const types = (ref.rules?.nodes ?? []).map(({ type }) => type);
  const classic = ref.refUpdateRule ?? {};
  return {
    viewer: viewer.login,
    branch: ref.name,
    oid: commit.oid,
    treeOid: commit.tree.oid,
    blobs,
    deeper,
    texts,
    commits: commit.history === undefined ? undefined : foundCommits(commit.history.nodes),
    earlier: new Map(earlier),
    rules: {
      pullRequest:
        typeof classic.requiredApprovingReviewCount === 'number' ||
        types.some((type) => type === 'PULL_REQUEST' || type === 'MERGE_QUEUE'),
      signatures: classic.requiresSignatures === true || types.includes('REQUIRED_SIGNATURES'),
    },
  };
}
