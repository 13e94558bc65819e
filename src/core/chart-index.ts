import semver from 'semver';
import type { ChartMetadata } from './chart-metadata.js';
import { digestHex } from './digest.js';
import { archiveName, type PackedChart } from './packed-chart.js';

/**
 * One version of a chart in a repository's index (`index.yaml`), as far as helm-cd reads it. What else is in it is kept.
 * Format: https://helm.sh/docs/topics/chart_repository/#the-index-file
 */
export interface IndexEntry {
  readonly name: string;
  readonly version: string;
  /** Of the archive; relative to the repository, or absolute. Only the first counts for helm. */
  readonly urls?: unknown;
  /** RFC 3339. */
  readonly created?: unknown;
  /** SHA-256 of the archive in plain hex. */
  readonly digest?: unknown;
  readonly [field: string]: unknown;
}

/** The entries of an index by chart name, each list in the order of the file. */
export type IndexEntries = ReadonlyMap<string, readonly IndexEntry[]>;

/** The entry that publishing a chart adds. */
export function createEntry({ metadata, digest }: PackedChart, created: string): IndexEntry {
  const fields: ChartMetadata = metadata;
  return { ...fields, urls: [archiveUrl(metadata)], created, digest: digestHex(digest) ?? '' };
}

/** Relative, so that a repository can be mirrored; a plus sign in a URL's path means a space to some servers. */
function archiveUrl(metadata: ChartMetadata): string {
  return encodeURIComponent(archiveName(metadata));
}

/** `sha256:…`; nothing when the entry has none, or something else. */
export function entryDigest(entry: IndexEntry): string | undefined {
  const hex = typeof entry.digest === 'string' ? digestHex(entry.digest) : undefined;
  return hex === undefined ? undefined : `sha256:${hex}`;
}

/** Where the archive is, as the entry says; nothing when it does not say. */
export function entryUrl(entry: IndexEntry): string | undefined {
  const first: unknown = Array.isArray(entry.urls) ? entry.urls[0] : undefined;
  return typeof first === 'string' && first !== '' ? first : undefined;
}

/** How a chart stands against an index. */
export type Standing =
  | { readonly state: 'new' }
  | { readonly state: 'same'; readonly entry: IndexEntry }
  | { readonly state: 'conflict'; readonly reason: string };

/**
 * Compares exact version strings: helm's own comparison ignores build metadata and would take 1.0.0+a for 1.0.0+b.
 * @param where the repository, for messages.
 */
export function standingOf({ metadata, digest }: PackedChart, entries: IndexEntries, where: string): Standing {
  const { name, version } = metadata;
  const versions = entries.get(name) ?? [];
  const entry = versions.find((candidate) => candidate.version === version);
  if (entry !== undefined) {
    const known = entryDigest(entry);
    if (known === digest) return { state: 'same', entry };
    const other = known === undefined ? 'without a digest' : `with the digest ${known}`;
    return {
      state: 'conflict',
      reason: `${name} ${version} is already in ${where} ${other}; this one has ${digest}.`,
    };
  }
  const twin = versions.find((candidate) => equalButForBuild(candidate.version, version));
  if (twin === undefined) return { state: 'new' };
  return {
    state: 'conflict',
    reason: `${name} ${version} and ${name} ${twin.version}, which is already in ${where}, differ only in build metadata: helm takes one for the other.`,
  };
}

function equalButForBuild(a: string, b: string): boolean {
  const [left, right] = [semver.parse(a, { loose: true }), semver.parse(b, { loose: true })];
  return left !== null && right !== null && left.compare(right) === 0;
}

/** Newest first; what is no version comes last; equal ones stay in their order. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [semver.parse(a, { loose: true }), semver.parse(b, { loose: true })];
  if (left === null || right === null) return (left === null ? 1 : 0) - (right === null ? 1 : 0);
  return right.compare(left);
}

/** Where a new version belongs in a list that is sorted newest first: before the first older one. */
export function insertionIndex(versions: readonly string[], version: string): number {
  const index = versions.findIndex((candidate) => compareVersions(version, candidate) < 0);
  return index === -1 ? versions.length : index;
}
