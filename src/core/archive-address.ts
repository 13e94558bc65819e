import semver from 'semver';
import { entryUrl, type IndexEntries, type IndexEntry } from './chart-index.js';
import { archiveName } from './packed-chart.js';

/**
 * The name that an archive has in a repository's folder.
 * @param base the folder's URL, without a slash at the end.
 * @param url the archive's, relative to the folder or absolute.
 * @returns nothing when it is elsewhere.
 */
export function fileOfUrl(base: string, url: string): string | undefined {
  try {
    const folder = new URL(`${base}/`);
    const { href } = new URL(url, folder);
    const bare = href.replace(/[?#].*$/, '');
    const name = bare.startsWith(folder.href) ? decodeURIComponent(bare.slice(folder.href.length)) : '';
    const isInside = name !== '' && !name.split('/').some((part) => part === '..' || part === '' || part === '.');
    return isInside ? name : undefined;
  } catch {
    return undefined;
  }
}

/** The archive that an entry means, as a file in the repository's folder; nothing when it is elsewhere. */
export function fileOfEntry(base: string, entry: IndexEntry): string | undefined {
  const url = entryUrl(entry);
  return url === undefined ? archiveName(entry) : fileOfUrl(base, url);
}

/** All files that an index names, whichever of an entry's addresses it is. */
export function filesOfIndex(base: string, entries: IndexEntries): ReadonlySet<string> {
  const files = new Set<string>();
  for (const list of entries.values()) {
    for (const entry of list) {
      const urls: readonly unknown[] = Array.isArray(entry.urls) ? entry.urls : [];
      const own = fileOfEntry(base, entry);
      if (own !== undefined) files.add(own);
      for (const url of urls) {
        const file = typeof url === 'string' ? fileOfUrl(base, url) : undefined;
        if (file !== undefined) files.add(file);
      }
    }
  }
  return files;
}

/**
 * The chart and version that an archive's name stands for, `NAME-VERSION.tgz`.
 * @param names the charts that there are: of those that fit the longest one counts.
 */
export function chartOfFile(
  file: string,
  names: Iterable<string>,
): { readonly name: string; readonly version: string } | undefined {
  if (!file.endsWith('.tgz')) return undefined;
  const bare = file.slice(0, -'.tgz'.length);
  let found: { name: string; version: string } | undefined;
  for (const name of names) {
    if (!bare.startsWith(`${name}-`) || name.length <= (found?.name.length ?? 0)) continue;
    const version = bare.slice(name.length + 1);
    if (semver.valid(version) !== null) found = { name, version };
  }
  return found;
}
