import { HelmCdError } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import { didYouMean } from '../core/suggest.js';
import type { Blobs } from './blobs.js';
import { FileBlobs } from './file.js';
import { IndexedStore } from './indexed-store.js';
import { OciStore } from './oci.js';
import { readOnce } from './read-once.js';
import { S3Blobs } from './s3.js';
import type { ChartStore, StoreAccess, StoreKind } from './store.js';

const SCHEMES: Readonly<Record<string, StoreKind>> = {
  'file:': 'file',
  's3:': 's3',
  'oci:': 'oci',
  'pages:': 'pages',
  'git+file:': 'git',
  'git+https:': 'git',
  'git+ssh:': 'git',
  'https+chartmuseum:': 'chartmuseum',
  'http+chartmuseum:': 'chartmuseum',
};

/** The kinds whose servers know users and passwords of their own. */
const WITH_PASSWORD: readonly StoreKind[] = ['oci', 'chartmuseum', 'git'];

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
      hint: 'Write s3://bucket/prefix, oci://host/path or file:///folder.',
    });
  }
  if (scheme !== 'git+ssh:' && /^[^/]*\/\/[^/]*@/.test(url)) {
    throw new HelmCdError('input', 'The URL of a chart repository must not hold a user or a password.', {
      hint: 'Give them in the inputs "username" and "password", from a secret.',
    });
  }
  return kind;
}

/** Whether a chart repository of that kind has users and passwords, so that the inputs for them mean something. */
export function usesPassword(url: string): boolean {
  return WITH_PASSWORD.includes(storeKind(url));
}

/**
 * The chart repository at a URL. Nothing is contacted yet.
 * @param url `s3://bucket/prefix`, `file:///folder`, …
 * @param options `readOnly`: for one who asks, more than once, and does not publish. The index is read once.
 * @throws HelmCdError `input` when it is no such URL or credentials are given that it has no use for, `unsupported`
 *   for a kind that this version cannot reach.
 */
export async function openStore(
  url: string,
  access: StoreAccess,
  services: Pick<Services, 'environment' | 'masks' | 'processes' | 'cancelled' | 'clock' | 'log'>,
  options: { readonly readOnly?: boolean } = {},
): Promise<ChartStore> {
  const kind = storeKind(url);
  if ((access.username || access.password) && !usesPassword(url)) {
    throw new HelmCdError('input', `The inputs "username" and "password" have no meaning for ${url}`, {
      hint: kind === 's3' ? 'S3 takes its credentials from the AWS_* variables.' : 'Leave them out.',
    });
  }
  const blobsFor = (blobs: Blobs) => (options.readOnly === true ? readOnce(blobs) : blobs);
  if (kind === 'file') return new IndexedStore(kind, blobsFor(new FileBlobs(url)), services);
  if (kind === 's3') return new IndexedStore(kind, blobsFor(await S3Blobs.open(url, access, services)), services);
  if (kind === 'oci') return OciStore.open(url, access, services);
  throw new HelmCdError('unsupported', `helm-cd cannot use chart repositories of this kind yet: ${url}`, {
    hint: 'This version reads and writes s3://bucket/prefix, oci://host/path and file:///folder.',
  });
}
