import type { World } from '../state/world.js';
import type { Answer } from './call.js';

export interface PagesRoute {
  readonly owner: string;
  readonly name: string;
  readonly path: string;
}

/** `/pages/owner/name/…`, as GitHub Enterprise Server has it without subdomains. */
export function matchPages(pathname: string): PagesRoute | undefined {
  const [, owner, name, path = ''] = /^\/pages\/([^/]+)\/([^/]+)(?:\/(.*))?$/.exec(pathname) ?? [];
  return owner === undefined || name === undefined ? undefined : { owner, name, path: decodeURIComponent(path) };
}

const page = (status: number, text: string): Answer => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: Buffer.from(`<!DOCTYPE html><title>${text}</title>\n`),
});

/** Serves a repository's site to everybody, whatever token they show. */
export async function servePages(world: World, { owner, name, path }: PagesRoute): Promise<Answer> {
  const site = world.find(owner, name)?.pages;
  if (site === undefined) return page(404, 'Site not found');
  // A private site leads to a page for logging in.
  if (!site.settings.public) return page(200, 'Sign in to GitHub');
  const content = await site.read(path === '' || path.endsWith('/') ? `${path}index.html` : path);
  if (content === undefined) return page(404, 'Page not found');
  const type = path.endsWith('.yaml') ? 'text/yaml' : 'application/octet-stream';
  return { status: 200, headers: { 'content-type': type, 'cache-control': 'max-age=600' }, body: content };
}
