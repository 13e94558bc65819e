import { entryDigest, type IndexEntry } from '../core/chart-index.js';

/** One version of a chart that a repository offers. */
export interface StoredChart {
  readonly name: string;
  /** The exact version, build metadata and all. */
  readonly version: string;
  /** `sha256:…` of the archive; nothing when the repository does not say. */
  readonly digest: string | undefined;
  /** RFC 3339; nothing when the repository does not say. */
  readonly created: string | undefined;
  /** Where the archive is, for people and for `fetch`. */
  readonly url: string;
  /** Chart.yaml as the repository tells it. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/**
 * What an index tells of one version.
 * @param name the chart, as the index calls it.
 * @param url where its archive is.
 */
export function storedChart(name: string, entry: IndexEntry, url: string): StoredChart {
  const { urls: _urls, created, digest: _digest, ...metadata } = entry;
  return {
    name,
    version: entry.version,
    digest: entryDigest(entry),
    created: typeof created === 'string' ? created : undefined,
    url,
    metadata,
  };
}
