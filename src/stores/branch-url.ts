import { HelmCdError } from '../core/errors.js';

/** A chart repository that is kept in a branch. */
export interface BranchLocation {
  /** The address that its files are below; without the branch. */
  readonly url: string;
  /** The chart repository's own URL. */
  readonly storeUrl: string;
  readonly branch: string;
  /** In the branch, without slashes around it; empty for its root. */
  readonly folder: string;
}

export interface PagesLocation extends BranchLocation {
  readonly owner: string;
  readonly name: string;
}

export interface GitLocation extends BranchLocation {
  /** As git takes it: `https://…`, `ssh://…`, `file:///…`. */
  readonly remote: string;
}

const DEFAULT_BRANCH = 'gh-pages';
const OWNER = /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/;
const NAME = /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/;
// eslint-disable-next-line no-control-regex -- the rules of git check-ref-format
const NO_BRANCH = /[\s\u0000-\u001f\u007f~^:?*[\\]|\.\.|@\{|\/\/|^[-/.]|\/\.|\.lock(?:\/|$)|[/.]$|^$|^@$/;

function decoded(text: string, url: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new HelmCdError('input', `"${url}" has a % that begins no character.`, { cause });
  }
}

/** The branch behind the #, and the URL before it. */
function splitBranch(url: string): { readonly rest: string; readonly branch: string } {
  const [rest = '', ...fragment] = url.split('#');
  if (fragment.length === 0) return { rest, branch: DEFAULT_BRANCH };
  const branch = decoded(fragment.join('#'), url);
  if (!NO_BRANCH.test(branch)) return { rest, branch };
  throw new HelmCdError('input', `"${url}": what is behind the # is no branch's name: "${branch}"`, {
    hint: `Write #BRANCH, or leave it out for ${DEFAULT_BRANCH}.`,
  });
}

function checkFolder(folder: string, url: string): string {
  const parts = folder.split('/').filter((part) => part !== '');
  if (!parts.some((part) => part === '..' || part === '.' || part.toLowerCase() === '.git')) return parts.join('/');
  throw new HelmCdError('input', `"${url}": "${folder}" is no folder of a branch.`);
}

const withBranch = (url: string, branch: string): string =>
  branch === DEFAULT_BRANCH ? url : `${url}#${encodeURI(branch).replaceAll('#', '%23')}`;

/**
 * Reads `pages://owner/name`, with a `/folder` and a `#branch` where they are not the root of gh-pages.
 * @throws HelmCdError `input`
 */
export function parsePagesUrl(url: string): PagesLocation {
  const { rest, branch } = splitBranch(url);
  const [owner = '', name = '', ...folders] = rest.slice('pages://'.length).split('/');
  if (!/^pages:\/\//i.test(rest) || rest.includes('?') || !OWNER.test(owner) || !NAME.test(name)) {
    throw new HelmCdError('input', `"${url}" is no repository on GitHub.`, {
      hint: 'Write pages://owner/name, or pages://owner/name/folder#branch.',
    });
  }
  const folder = checkFolder(decoded(folders.join('/'), url), url);
  const base = `pages://${owner}/${name}${folder === '' ? '' : `/${encodeURI(folder)}`}`;
  return { url: base, storeUrl: withBranch(base, branch), branch, folder, owner, name };
}

/**
 * Reads `git+https://host/path.git`, `git+ssh://…` or `git+file:///…`, with a `?path=folder` and a `#branch` where they are
 * not the root of gh-pages.
 * @throws HelmCdError `input`
 */
export function parseGitStoreUrl(url: string): GitLocation {
  const { rest, branch } = splitBranch(url);
  const [address = '', ...query] = rest.split('?');
  const parameters = new URLSearchParams(query.join('?'));
  const remote = address.replace(/^git\+/i, '').replace(/\/+$/, '');
  const unknown = [...parameters.keys()].find((key) => key !== 'path');
  if (!URL.canParse(remote) || new URL(remote).pathname.length < 2 || unknown !== undefined) {
    throw new HelmCdError('input', `"${url}" is no git repository.`, {
      hint: 'Write git+https://host/path.git, with ?path=folder and #branch where they are not the root of gh-pages.',
    });
  }
  const folder = checkFolder(parameters.get('path') ?? '', url);
  const files = `git+${remote}${folder === '' ? '' : `/${encodeURI(folder)}`}`;
  const store = `git+${remote}${folder === '' ? '' : `?path=${encodeURI(folder)}`}`;
  return { url: files, storeUrl: withBranch(store, branch), branch, folder, remote };
}
