import { HelmCdError } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import { didYouMean } from '../core/suggest.js';
import type { Blobs } from './blobs.js';
import { ChartMuseumStore } from './chartmuseum.js';
import { FileBlobs } from './file.js';
import { HttpStore } from './http.js';
import { withIndexCache, type IndexCache } from './index-cache.js';
import { IndexedStore } from './indexed-store.js';
import { OciStore } from './oci.js';
import { openGit, openPages } from './open-branch.js';
import { readOnce } from './read-once.js';
import { S3Blobs } from './s3.js';
import type { ChartStore, StoreAccess, StoreKind } from './store.js';

const SCHEMES: Readonly<Record<string, StoreKind>> = {
  'file:': 'file',
  's3:': 's3',
  'oci:': 'oci',
  'pages:': 'pages',
  'git+file:': 'git',
  'git+http:': 'git',
  'git+https:': 'git',
  'git+ssh:': 'git',
  'https+chartmuseum:': 'chartmuseum',
  'http+chartmuseum:': 'chartmuseum',
  'https:': 'http',
  'http:': 'http',
};

/** The kinds whose servers know users and passwords of their own. */
const WITH_PASSWORD: readonly StoreKind[] = ['oci', 'chartmuseum', 'git', 'http'];

/**
 * The kind of chart repository that a URL names.
 * @throws HelmCdError `input` when helm-cd knows none such, or when the URL holds credentials.
 */
export function storeKind(url: string): StoreKind {
  const scheme = /^[a-z0-9+]+:/i.exec(url)?.[0].toLowerCase() ?? '';
  const kind = SCHEMES[scheme];
  if (kind === undefined) {
    const suggestion = didYouMean(scheme, Object.keys(SCHEMES));
    throw new HelmCdError('input', `"${url}" is no chart repository that helm-cd knows${suggestion}`, {
      hint: 'Write s3://bucket/prefix, oci://host/path, pages://owner/name, git+https://host/path.git, https+chartmuseum://host or file:///folder.',
    });
  }
  if (scheme !== 'git+ssh:' && /^[^/]*\/\/[^/]*@/.test(url)) {
    throw new HelmCdError('input', 'The URL of a chart repository must not hold a user or a password.', {
      hint: 'Give them in the inputs "username" and "password", from a secret.',
    });
  }
  return kind;
}

/** Where credentials come from that are not in "username" and "password". */
const LOGINS: Readonly<Partial<Record<StoreKind, string>>> = {
  s3: 'S3 takes its credentials from the AWS_* variables.',
  pages: 'A branch on GitHub is written with the input "token".',
};

/** What chart repositories of all kinds need of the world. */
export type StoreServices = Pick<
  Services,
  'cancelled' | 'clock' | 'context' | 'environment' | 'github' | 'log' | 'masks' | 'processes' | 'temp' | 'web'
>;

/** Whether a chart repository of that kind has users and passwords, so that the inputs for them mean something. */
export function usesPassword(url: string): boolean {
  return WITH_PASSWORD.includes(storeKind(url));
}

/**
 * The chart repository at a URL. Nothing is contacted yet.
 * @param url `s3://bucket/prefix`, `file:///folder`, …
 * @param options `readOnly`: for one who asks, more than once, and does not publish. The index is read once. `cache`: what an
 *   earlier run has kept of it, only together with `readOnly`.
 * @throws HelmCdError `input` when it is no such URL or credentials are given that it has no use for.
 */
export async function openStore(
  url: string,
  access: StoreAccess,
  services: StoreServices,
  options: { readonly readOnly?: boolean; readonly cache?: IndexCache } = {},
): Promise<ChartStore> {
  const kind = storeKind(url);
  if ((access.username || access.password) && !usesPassword(url)) {
    throw new HelmCdError('input', `The inputs "username" and "password" have no meaning for ${url}`, {
      hint: LOGINS[kind] ?? 'Leave them out.',
    });
  }
  const { readOnly = false, cache } = options;
  const blobsFor = (blobs: Blobs) => {
    if (!readOnly) return blobs;
    // A folder that is here already need not be kept.
    return readOnce(cache === undefined || kind === 'file' ? blobs : withIndexCache(blobs, cache));
  };
  if (kind === 'file') return new IndexedStore(kind, blobsFor(new FileBlobs(url)), services);
  if (kind === 's3') return new IndexedStore(kind, blobsFor(await S3Blobs.open(url, access, services)), services);
  if (kind === 'oci') return OciStore.open(url, access, services);
  if (kind === 'chartmuseum') return new ChartMuseumStore(url, access, services, readOnly, cache);
  if (kind === 'http') return new HttpStore(url, access, services, readOnly, cache);
  if (kind === 'pages') return new IndexedStore(kind, blobsFor(openPages(url, access, services)), services);
  return new IndexedStore(kind, blobsFor(openGit(url, access, services)), services);
}
