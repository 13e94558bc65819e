import { HelmCdError } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import { findPagesSite, placeOnSite, requestPagesBuild } from '../github/pages-site.js';
import type { Repository } from '../github/repository.js';
import type { Blob, Consumer } from './blobs.js';
import type { PagesLocation } from './branch-url.js';

const TIMEOUT_MS = 30_000;
const MOST_BYTES = 256 * 1024 ** 2;
/** Nothing on the way may answer for the site what it was a while ago. */
const FRESH = { 'cache-control': 'no-cache, no-store, max-age=0', pragma: 'no-cache' };

/** So many looks at the index, seconds apart, and no build has come by itself: then one is asked for. */
const LOOKS_BEFORE_BUILD = 5;

/** One that may not be read without a login: by its status, or it leads to a page for logging in. */
class PrivateSite extends Error {}

/** A file of a site as helm gets it, by plain HTTP and without credentials. */
async function readFile(
  url: string,
  name: string,
  { web, cancelled }: Pick<Services, 'web' | 'cancelled'>,
): Promise<Blob | undefined> {
  const address = `${url}/${name.split('/').map(encodeURIComponent).join('/')}`;
  let answer;
  try {
    answer = await web.get(address, { headers: FRESH, timeoutMs: TIMEOUT_MS, maxBytes: MOST_BYTES, signal: cancelled });
  } catch (error) {
    if (!(error instanceof HelmCdError) || error.code === 'cancelled') throw error;
    throw new HelmCdError(error.code, `${address} cannot be read: ${error.message}`, { cause: error });
  }
  const { status, headers, body } = answer;
  if (status === 404) return undefined;
  const isPage = /^text\/html\b/.test(headers['content-type'] ?? '') && !/\.html?$/.test(name);
  if (status === 401 || status === 403 || (status === 200 && isPage)) throw new PrivateSite(`status ${status}`);
  if (status !== 200) throw new HelmCdError('unreachable', `${address} cannot be read: status ${status}.`);
  return { bytes: body, version: '' };
}

/**
 * How consumers get what is published in a branch that GitHub Pages serves: from the site, which is made anew after each
 * commit.
 * @param warn is told why the site cannot be looked at.
 * @returns nothing when the site is only for those who log in: then only the branch can be looked at.
 * @throws HelmCdError `not-found` when no site serves the branch.
 */
export async function pagesConsumer(
  repository: Repository,
  location: PagesLocation,
  services: Pick<Services, 'web' | 'cancelled' | 'log' | 'context'>,
  warn: (message: string) => void,
): Promise<Consumer | undefined> {
  const { branch, owner, name, storeUrl } = location;
  const { log, context } = services;
  const site = await findPagesSite(repository, context.serverUrl);
  if (site === undefined) {
    throw new HelmCdError(
      'not-found',
      `${storeUrl} is published in the branch ${branch}, but no site serves it: GitHub Pages is not enabled for ${owner}/${name}.`,
      {
        hint: `Enable it once: ${context.serverUrl}/${owner}/${name}/settings/pages, "Deploy from a branch", ${branch}, / (root). Then run the job again.`,
      },
    );
  }
  const url = placeOnSite(site, location, storeUrl);
  const onlyBranch = (why: string) => {
    warn(`${storeUrl}: what is published was looked at in the branch only, not on the site: ${why}.`);
    return undefined;
  };
  if (site.isPublic === false) return onlyBranch(`${url} is only for those who may read the repository`);
  if (site.url === undefined)
    return onlyBranch(`its address is not known, for ${site.guessed ?? 'GitHub does not say'}`);
  if (site.guessed !== undefined) log.info(`${storeUrl}: taken to be served at ${url}, for ${site.guessed}`);
  try {
    await readFile(url, 'index.yaml', services);
  } catch (error) {
    if (error instanceof PrivateSite) return onlyBranch(`${url} wants a login (${error.message})`);
    // It may answer in a moment: that is for those who wait for it.
    if (!(error instanceof HelmCdError) || error.code === 'cancelled') throw error;
  }
  const builds = `${context.serverUrl}/${owner}/${name}/deployments`;
  const note = site.byWorkflow
    ? `The site is made by a workflow of the repository, which must deploy the branch ${branch}; see ${builds}`
    : `GitHub Pages shows it after its next build; see ${builds}`;
  let looks = 0;
  const read = async (file: string) => {
    if (file === 'index.yaml' && ++looks === LOOKS_BEFORE_BUILD && !site.byWorkflow) {
      const outcome = await requestPagesBuild(repository);
      if (outcome === 'requested') log.info(`${url} is not built by itself: GitHub was asked to build it`);
      else if (outcome === 'refused')
        log.info(`${url}: should it not be built by itself, give the token pages: write, to ask GitHub for it`);
    }
    return readFile(url, file, services);
  };
  return { url, note, read };
}
