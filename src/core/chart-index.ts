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
  const parsed = parseVersion(version);
  const twin = versions.find((candidate) => equalButForBuild(candidate.version, parsed));
  if (twin === undefined) return { state: 'new' };
  return {
    state: 'conflict',
    reason: `${name} ${version} and ${name} ${twin.version}, which is already in ${where}, differ only in build metadata: helm takes one for the other.`,
  };
}

function equalButForBuild(a: string, b: semver.SemVer | null): boolean {
  const left = parseVersion(a);
  return left !== null && b !== null && left.compare(b) === 0;
}

const parseVersion = (version: string) => semver.parse(version, { loose: true });

function compareParsed(left: semver.SemVer | null, right: semver.SemVer | null): number {
  if (left === null || right === null) return (left === null ? 1 : 0) - (right === null ? 1 : 0);
  return right.compare(left);
}

/** Newest first; what is no version comes last; equal ones stay in their order. */
export function compareVersions(a: string, b: string): number {
  return compareParsed(parseVersion(a), parseVersion(b));
}

/** Sorted as by `compareVersions`, each version being read once. */
export function newestFirst<Item extends { readonly version: string }>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, parsed: parseVersion(item.version) }))
    .sort((a, b) => compareParsed(a.parsed, b.parsed))
    .map(({ item }) => item);
}

/** Where a new version belongs in a list that is sorted newest first: before the first older one. */
export function insertionIndex(versions: readonly string[], version: string): number {
  const parsed = parseVersion(version);
  const index = versions.findIndex((candidate) => compareParsed(parsed, parseVersion(candidate)) < 0);
  return index === -1 ? versions.length : index;
}

/** By chart in alphabetical order, each newest first. */
export function groupEntries(entries: readonly IndexEntry[]): ReadonlyMap<string, readonly IndexEntry[]> {
  const names = [...new Set(entries.map((entry) => entry.name))].sort();
  return new Map(
    names.map((name) => [
      name,
      entries.filter((entry) => entry.name === name).sort((a, b) => compareVersions(a.version, b.version)),
    ]),
  );
}

/** The entries of an index with others put in, each where its version belongs. */
export function withEntries(present: IndexEntries, added: readonly IndexEntry[]): IndexEntries {
  let merged = new Map(present);
  for (const [name, list] of groupEntries(added)) {
    const old = present.get(name) ?? [];
    const versions = old.map((entry) => entry.version);
    const places = list.map((entry) => insertionIndex(versions, entry.version));
    const all: IndexEntry[] = [];
    for (let index = 0; index <= old.length; index++) {
      all.push(...list.filter((_, which) => places[which] === index));
      const entry = old[index];
      if (entry !== undefined) all.push(entry);
    }
    if (!merged.has(name)) {
      // A new chart stands before the first whose name is greater.
      const charts = [...merged];
      const next = charts.findIndex(([other]) => other > name);
      charts.splice(next === -1 ? charts.length : next, 0, [name, all]);
      merged = new Map(charts);
    } else merged.set(name, all);
  }
  return merged;
}
