import { blobId } from '../core/blob-id.js';
import type { FileEdit } from '../core/branch-files.js';
import { HelmCdError } from '../core/errors.js';
import type { GitHubResponse } from '../core/ports.js';
import { fullName, requestPatiently, requireFine, type Repository } from './repository.js';

/** GitHub takes no larger file. */
const LARGEST_FILE = 100 * 1024 ** 2;
/** Texts up to here go along with the tree: GitHub counts how often something is created, and refuses what is too often. */
const LARGEST_INLINE = 1024 ** 2;
const CONTENTS_WRITE =
  'The token needs contents: write there. A workflow’s own token has it with "permissions: contents: write", for its own repository only.';

/** What an answer says, with a hint for those who keep charts in a branch. */
export function requireWritten(repository: Repository, response: GitHubResponse, doing: string): void {
  if (response.status === 409 && /repository is empty/i.test(JSON.stringify(response.data))) {
    throw new HelmCdError('refused', `${doing}: the repository is empty, and GitHub's API cannot begin one.`, {
      hint: 'Push a first commit to its default branch, such as a README; or give it as git+https://…, for git can.',
    });
  }
  try {
    requireFine(repository, response, doing);
  } catch (error) {
    if (!(error instanceof HelmCdError) || error.hint?.includes('archived') === true) throw error;
    // Without a permission, some tokens are told that there is nothing.
    const isPermission = response.status === 403 && error.code === 'unauthorized';
    if (!isPermission && response.status !== 404) throw error;
    throw new HelmCdError(error.code, error.message, { hint: CONTENTS_WRITE, cause: error });
  }
}

/** The content as a text that stands for exactly these bytes; nothing when it is none, or too long. */
function inlineText(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || bytes.length > LARGEST_INLINE) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

/**
 * Makes objects in a repository by GitHub's Git Data API. None of them does anything until a branch is put to the commit, so
 * that all may be made again when an answer was lost.
 */
export class GitData {
  private readonly repository: Repository;
  /** Contents that are there already: an edit that is tried again does not send them again. */
  private readonly sent = new Set<string>();

  constructor(repository: Repository) {
    this.repository = repository;
  }

  private get doing(): string {
    return `The commit cannot be made in ${fullName(this.repository)}`;
  }

  private async post(route: string, body: Readonly<Record<string, unknown>>): Promise<string> {
    const response = await requestPatiently(this.repository, route, body);
    requireWritten(this.repository, response, this.doing);
    const { sha } = (response.data ?? {}) as { sha?: unknown };
    if (typeof sha === 'string') return sha;
    throw new HelmCdError('unreachable', `${this.doing}: GitHub's answer was empty.`, { hint: 'Run the job again.' });
  }

  private async blob(file: string, bytes: Uint8Array): Promise<string> {
    if (bytes.length > LARGEST_FILE) {
      const size = `${Math.ceil(bytes.length / 1024 ** 2)} MiB`;
      throw new HelmCdError('refused', `${file} has ${size}, and GitHub takes no file above 100 MiB.`, {
        hint: 'Keep such charts in S3 or an OCI registry; see .helmignore for what need not be in a chart.',
      });
    }
    const oid = blobId(bytes, '0'.repeat(40));
    if (this.sent.has(oid)) return oid;
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
    const made = await this.post('POST /repos/{owner}/{repo}/git/blobs', { content, encoding: 'base64' });
    if (made !== oid) throw new HelmCdError('unreachable', `${this.doing}: GitHub took ${file} for something else.`);
    this.sent.add(oid);
    return oid;
  }

  /**
   * A commit that no branch names yet. Its author is the token's owner: with those of apps and workflows GitHub signs it.
   * @param base the tree that it changes, and the commit that has it; nothing for a first one.
   */
  async commit(
    base: { readonly tree: string; readonly commit: string } | undefined,
    edits: readonly FileEdit[],
    message: string,
  ): Promise<{ readonly oid: string; readonly tree: string }> {
    const entries = [];
    for (const { path, bytes } of edits) {
      const text = bytes === undefined ? undefined : inlineText(bytes);
      const content =
        text !== undefined ? { content: text } : { sha: bytes === undefined ? null : await this.blob(path, bytes) };
      entries.push({ path, mode: '100644', type: 'blob', ...content });
    }
    const tree = await this.post('POST /repos/{owner}/{repo}/git/trees', {
      ...(base === undefined ? {} : { base_tree: base.tree }),
      tree: entries,
    });
    const parents = base === undefined ? [] : [base.commit];
    return { oid: await this.post('POST /repos/{owner}/{repo}/git/commits', { message, tree, parents }), tree };
  }
}
