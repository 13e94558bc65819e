import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { BranchFiles } from '../core/branch-files.js';
import type { Services } from '../core/ports.js';
import { gitEnvironment } from '../git/git-environment.js';
import { openGitBranchFiles } from '../git/git-branch-files.js';
import { parseGitRemote } from '../git/git-url.js';
import { openApiBranchFiles } from '../github/api-branch-files.js';
import type { Consumer } from './blobs.js';
import { parseGitStoreUrl, parsePagesUrl } from './branch-url.js';
import { CommitBlobs } from './commit-blobs.js';
import { pagesConsumer } from './pages-consumer.js';
import type { StoreAccess } from './store.js';

type NeededServices = Pick<
  Services,
  'cancelled' | 'clock' | 'context' | 'environment' | 'github' | 'log' | 'masks' | 'processes' | 'temp' | 'web'
>;

/** Where a commit comes from, for its message; nothing outside a run. */
function originOf({ repository, sha, runUrl }: Services['context']): string {
  const source = repository === '' ? '' : `Source-Repository: ${repository}\n`;
  const commit = sha === '' ? '' : `Source-Commit: ${sha}\n`;
  const run = runUrl === '' ? '' : `Source-Run: ${runUrl}\n`;
  return `${source}${commit}${run}`.trimEnd();
}

/** A branch of a repository on GitHub, which GitHub Pages serves: by GitHub's API, without a clone. */
export function openPages(url: string, access: StoreAccess, services: NeededServices): CommitBlobs {
  const location = parsePagesUrl(url);
  const { owner, name, branch } = location;
  const { context, clock } = services;
  const token = access.token ?? '';
  const client = services.github({ token, apiUrl: context.apiUrl, graphqlUrl: context.graphqlUrl });
  const repository = { client, owner, name, clock };
  const warnings: string[] = [];
  return new CommitBlobs({
    files: openApiBranchFiles(repository, branch, { web: services.web, apiUrl: context.apiUrl, token }),
    location,
    origin: originOf(context),
    consumer: () => pagesConsumer(repository, location, services, (message) => warnings.push(message)),
    warnings,
    services,
  });
}

/** A branch of any git repository, by git itself. */
export function openGit(url: string, access: StoreAccess, services: NeededServices): CommitBlobs {
  const location = parseGitStoreUrl(url);
  const { context, processes, clock } = services;
  const { username = '', password = '' } = access;
  const given = parseGitRemote(location.remote, context.serverUrl);
  const remote = { ...given, ...(username === '' ? {} : { user: username }), ...(password === '' ? {} : { password }) };
  // The token is GitHub's, and for the GitHub of this run only.
  const isOwn =
    remote.origin !== undefined &&
    URL.canParse(context.serverUrl) &&
    remote.origin === new URL(context.serverUrl).origin;
  const token = isOwn ? (access.token ?? '') : '';
  const env = gitEnvironment(remote, token, context.serverUrl, services.environment, services.masks);
  const host = URL.canParse(context.serverUrl) ? new URL(context.serverUrl).hostname || 'localhost' : 'localhost';
  const actor = context.actor || 'helm-cd[bot]';
  const open = (): BranchFiles =>
    openGitBranchFiles({
      url: remote.url,
      branch: location.branch,
      folder: path.join(services.temp, `branch-${randomUUID()}.git`),
      env,
      identity: { name: actor, email: `${actor}@users.noreply.${host}` },
      processes,
      clock,
    });
  const blobsOf = (files: BranchFiles, consumer: () => Promise<Consumer | undefined>) =>
    new CommitBlobs({ files, location, origin: originOf(context), consumer, services });
  // What is published is read back by a clone of its own: nothing that only this one has can be taken for published.
  const consumer = (): Promise<Consumer> => {
    const fresh = blobsOf(open(), () => Promise.resolve(undefined));
    return Promise.resolve({ url: location.url, read: (name) => fresh.read(name) });
  };
  return blobsOf(open(), consumer);
}
