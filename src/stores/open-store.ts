import { HelmCdError } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import { didYouMean } from '../core/suggest.js';
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

/**
 * The chart repository at a URL.
 * @param url `s3://bucket/prefix`, `file:///folder`, …
 * @throws HelmCdError `input` when it is no such URL, `unsupported` for a kind that this version cannot reach. Nothing
 *   is contacted yet.
 */
export async function openStore(url: string, access: StoreAccess, services: Services): Promise<ChartStore> {
  const scheme = /^[a-z0-9+]+:/i.exec(url)?.[0].toLowerCase() ?? '';
  const kind = SCHEMES[scheme];
  if (kind === undefined) {
    throw new HelmCdError(
      'input',
      `"${url}" is no chart repository that helm-cd knows${didYouMean(scheme, Object.keys(SCHEMES))}`,
      {
        hint: 'Write s3://bucket/prefix or file:///folder.',
      },
    );
  }
  void access;
  void services;
  throw new HelmCdError('unsupported', `helm-cd cannot yet use chart repositories of this kind: ${url}`, {
    hint: 'This version publishes to s3://bucket/prefix and file:///folder.',
  });
}
