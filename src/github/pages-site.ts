import { HelmCdError } from '../core/errors.js';
import { fullName, requestPatiently, requireFine, type Repository } from './repository.js';

/** What GitHub Pages serves of a repository. */
export interface PagesSite {
  /** Where, without a slash at the end; nothing when there is a site, but where cannot be found out. */
  readonly url: string | undefined;
  /** Whether everybody may read it; nothing when that is not known. */
  readonly isPublic: boolean | undefined;
  /** The branch that it is made of, and the folder in it; nothing when a workflow makes it, or it is not known. */
  readonly source: { readonly branch: string; readonly folder: string } | undefined;
  /** Whether a workflow of the repository makes it. */
  readonly byWorkflow: boolean;
  /** Set when the settings may not be read, so that the address is a guess: why. */
  readonly guessed: string | undefined;
}

interface PageAnswer {
  readonly html_url?: string;
  readonly public?: boolean;
  readonly build_type?: string | null;
  readonly source?: { readonly branch?: string; readonly path?: string } | null;
}

const trimmed = (text: string): string => text.replace(/^\/+|\/+$/g, '');

/** Where github.com would serve it: `https://owner.github.io/name`. */
function usualAddress({ owner, name }: Repository, serverUrl: string): string | undefined {
  if (serverUrl !== 'https://github.com') return undefined;
  const host = `${owner.toLowerCase()}.github.io`;
  return name.toLowerCase() === host ? `https://${host}` : `https://${host}/${name}`;
}

/**
 * The repository's site (REST: "Get a GitHub Pages site").
 * @returns nothing when it has none.
 */
export async function findPagesSite(repository: Repository, serverUrl: string): Promise<PagesSite | undefined> {
  const response = await requestPatiently(repository, 'GET /repos/{owner}/{repo}/pages');
  if (response.status === 200) {
    const { html_url: url, public: isPublic, build_type: type, source } = response.data as PageAnswer;
    const isFromBranch = type !== 'workflow' && typeof source?.branch === 'string';
    return {
      url: url?.replace(/\/+$/, '') ?? usualAddress(repository, serverUrl),
      isPublic,
      source: isFromBranch ? { branch: source.branch ?? '', folder: trimmed(source.path ?? '') } : undefined,
      byWorkflow: type === 'workflow',
      guessed: undefined,
    };
  }
  const doing = `The GitHub Pages of ${fullName(repository)} cannot be read`;
  if (response.status !== 404 && response.status !== 403) requireFine(repository, response, doing);
  // Also what may not be seen is not found, but whether there is a site the repository itself says.
  const about = await requestPatiently(repository, 'GET /repos/{owner}/{repo}');
  requireFine(repository, about, doing);
  const { has_pages: hasPages } = about.data as { has_pages?: boolean };
  if (hasPages === false) return undefined;
  return {
    url: usualAddress(repository, serverUrl),
    isPublic: undefined,
    source: undefined,
    byWorkflow: false,
    guessed: `the token may not read the settings of GitHub Pages (status ${response.status}; it needs pages: read)`,
  };
}

/**
 * Has the site built (REST: "Request a GitHub Pages build"), unless it is being built: what a workflow's own token commits
 * does not always begin a build.
 * @returns what came of it: `refused` when the token may not.
 */
export async function requestPagesBuild(repository: Repository): Promise<'building' | 'requested' | 'refused'> {
  const site = await requestPatiently(repository, 'GET /repos/{owner}/{repo}/pages');
  if (site.status === 200 && (site.data as { status?: string | null }).status === 'building') return 'building';
  const { status } = await requestPatiently(repository, 'POST /repos/{owner}/{repo}/pages/builds');
  return status < 300 ? 'requested' : 'refused';
}

/**
 * Where a folder of a branch is on the site.
 * @throws HelmCdError `not-found` when the site is made of something else.
 */
export function placeOnSite(
  site: PagesSite,
  place: { readonly branch: string; readonly folder: string },
  where: string,
): string {
  const { source, url = '' } = site;
  const hint = `In the settings of the repository, under Pages, choose "Deploy from a branch": ${place.branch}, folder / (root).`;
  if (source !== undefined && source.branch !== place.branch) {
    const why = `GitHub Pages is made of the branch ${source.branch}, not of ${place.branch}`;
    throw new HelmCdError(
      'not-found',
      `${where} is published in the branch ${place.branch}, but no site serves it: ${why}.`,
      {
        hint: `${hint} Or publish to the branch ${source.branch}: pages://…#${source.branch}`,
      },
    );
  }
  const root = source?.folder ?? '';
  const inside = root === '' || place.folder === root || place.folder.startsWith(`${root}/`);
  if (!inside) {
    const why = `GitHub Pages is made of its folder /${root}`;
    throw new HelmCdError(
      'not-found',
      `${where} is published in the branch ${place.branch}, but no site serves it: ${why}.`,
      {
        hint,
      },
    );
  }
  const below = trimmed(place.folder.slice(root.length));
  return below === '' ? url : `${url}/${encodeURI(below)}`;
}
