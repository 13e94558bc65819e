/**
 * One comment on a pull request that every run brings up to date: it is known by a line that nobody sees.
 * REST: https://docs.github.com/en/rest/issues/comments
 */
import { HelmCdError } from '../core/errors.js';
import type { GitHubResponse } from '../core/ports.js';
import { patiently } from './patience.js';
import { fullName, pathOf, requireFine, type Repository } from './repository.js';

/** GitHub takes no longer comment, in characters. */
export const COMMENT_CHARACTERS = 65_536;
const PAGE = 100;
/** A pull request with more comments than these is not read to its end. */
const MOST_PAGES = 30;

export interface StickyComment {
  /** Tells one kind of comment from another on the same pull request. */
  readonly key: string;
  /** The run that writes it: an older one never overwrites what a newer one wrote. */
  readonly run: { readonly number: number; readonly attempt: number };
  /** Markdown. */
  readonly body: string;
}

interface ListedComment {
  readonly id: number;
  readonly body?: string;
  readonly html_url?: string;
  readonly author_association?: string;
  readonly user?: { readonly type?: string } | null;
}

/** What a marker must not hold: it would end the HTML comment. */
const harmless = (key: string) => key.replace(/[^\w./: -]/g, '_').replace(/--+/g, '-');

const markerOf = (key: string) => `<!-- helm-cd: ${harmless(key)}`;

/** The text with its marker, which is first, for a long one is cut at its end. */
export function stickyBody({ key, run, body }: StickyComment): string {
  const text = `${markerOf(key)} run ${run.number}.${run.attempt} -->\n${body}`;
  return text.length <= COMMENT_CHARACTERS
    ? text
    : `${text.slice(0, COMMENT_CHARACTERS - 2).replace(/[\ud800-\udbff]$/, '')}\n…`;
}

/** Of a stranger it may have our marker, too: what is written there would be under his name. */
function isOurs({ body = '', user, author_association: association = '' }: ListedComment, key: string): boolean {
  if (!body.startsWith(`${markerOf(key)} run `)) return false;
  return user?.type === 'Bot' || ['OWNER', 'MEMBER', 'COLLABORATOR'].includes(association);
}

/** Whether the comment was written by a later run than ours. */
function isNewer({ body = '' }: ListedComment, { number, attempt }: StickyComment['run']): boolean {
  const [, otherNumber = '0', otherAttempt = '0'] = / run (\d+)\.(\d+) -->/.exec(body.slice(0, 1000)) ?? [];
  const difference = Number(otherNumber) - number;
  return difference > 0 || (difference === 0 && Number(otherAttempt) > attempt);
}

/** Our comments, oldest first. */
async function find(repository: Repository, number: number, key: string): Promise<readonly ListedComment[]> {
  const { client, clock } = repository;
  const found: ListedComment[] = [];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const response = await patiently({ clock, repeatable: true }, () =>
      client.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
        ...pathOf(repository),
        issue_number: number,
        per_page: PAGE,
        page,
      }),
    );
    requireFine(repository, response, `The comments of #${number} in ${fullName(repository)} cannot be read`);
    const list = Array.isArray(response.data) ? (response.data as ListedComment[]) : [];
    found.push(...list.filter((comment) => isOurs(comment, key)));
    if (list.length < PAGE) break;
  }
  return found.sort((a, b) => a.id - b.id);
}

const urlOf = ({ data }: GitHubResponse) => {
  const { html_url: url } = (data ?? {}) as ListedComment;
  return url ?? '';
};

async function update(repository: Repository, id: number, body: string): Promise<string> {
  const { client, clock } = repository;
  const response = await patiently({ clock, repeatable: true }, () =>
    client.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
      ...pathOf(repository),
      comment_id: id,
      body,
    }),
  );
  requireFine(repository, response, `The comment ${id} in ${fullName(repository)} cannot be changed`);
  return urlOf(response);
}

async function remove(repository: Repository, id: number): Promise<void> {
  const { client, clock } = repository;
  const response = await patiently({ clock, repeatable: true }, () =>
    client.request('DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', {
      ...pathOf(repository),
      comment_id: id,
    }),
  );
  // Somebody else has been as quick.
  if (response.status === 404) return;
  requireFine(repository, response, `The comment ${id} in ${fullName(repository)} cannot be removed`);
}

async function create(repository: Repository, number: number, body: string): Promise<ListedComment> {
  const { client, clock } = repository;
  const doing = `The pull request #${number} of ${fullName(repository)} cannot be commented on`;
  const response = await patiently({ clock, repeatable: false }, () =>
    client.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      ...pathOf(repository),
      issue_number: number,
      body,
    }),
  );
  requireFine(repository, response, doing);
  const created = response.data as ListedComment;
  if (typeof created.id !== 'number') throw new HelmCdError('unreachable', `${doing}: the answer names none`);
  return created;
}

/**
 * Writes the comment: the one that is there gets the new text, else there is a new one. Of two that two runs made at once,
 * the older stays. What a newer run has written is left alone.
 * @returns the comment's address.
 * @throws HelmCdError `unauthorized` when the token may not do so, `not-found`, `refused`, `unreachable`.
 */
export async function writeStickyComment(
  repository: Repository,
  number: number,
  comment: StickyComment,
): Promise<string> {
  const body = stickyBody(comment);
  const before = await find(repository, number, comment.key);
  const created = before.length === 0 ? await create(repository, number, body) : undefined;
  // Somebody else may have found none at the same time as we did: whoever is later sees both.
  const all = created === undefined ? before : await find(repository, number, comment.key);
  const [oldest] = all;
  if (oldest === undefined || (all.length === 1 && created !== undefined)) return created?.html_url ?? '';
  const newest = all.find((each) => each.id !== created?.id && isNewer(each, comment.run));
  const text = newest === undefined ? body : (newest.body ?? body);
  const isRight = oldest.body === text;
  const url = isRight ? (oldest.html_url ?? '') : await update(repository, oldest.id, text);
  for (const { id } of all.slice(1)) await remove(repository, id);
  return url;
}
