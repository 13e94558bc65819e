import semver from 'semver';
import { fileOfEntry } from './archive-address.js';
import { compareVersions, entryDigest, entryUrl, type IndexEntry } from './chart-index.js';
import type { RepositoryFinding } from './repository-findings.js';

/** Versions that helm takes: a number is enough, `v` in front and missing parts are no matter. */
const HELM_VERSION = /^v?\d+(?:\.\d+)?(?:\.\d+)?(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/** Whether a list is sorted newest first, as helm sorts. */
export function isInOrder(versions: readonly string[]): boolean {
  return versions.every((version, index) => index === 0 || compareVersions(versions[index - 1] ?? '', version) <= 0);
}

/** Places of entries which say again what an earlier entry of the same version says. */
export function repeatedPlaces(base: string, list: readonly IndexEntry[]): readonly number[] {
  return list.flatMap((entry, place) => {
    const earlier = list.slice(0, place).filter(({ version }) => version === entry.version);
    const isSame = (other: IndexEntry) =>
      entryDigest(other) === entryDigest(entry) && fileOfEntry(base, other) === fileOfEntry(base, entry);
    return earlier.some(isSame) ? [place] : [];
  });
}

/**
 * What is wrong with one chart's list of versions, without looking at any archive.
 * @param base the repository's URL.
 * @param name under which the index has the list.
 */
export function listFindings(base: string, name: string, list: readonly IndexEntry[]): readonly RepositoryFinding[] {
  const findings: RepositoryFinding[] = [];
  const about = (entry: IndexEntry) => ({
    chart: name,
    version: entry.version,
    subject: fileOfEntry(base, entry) ?? entryUrl(entry) ?? '',
  });
  const byVersion = new Map<string, number[]>();
  for (const [place, entry] of list.entries()) {
    byVersion.set(entry.version, [...(byVersion.get(entry.version) ?? []), place]);
    if (entry.name !== name) {
      const message = `The index has an entry of the chart "${entry.name}" under the name ${name}.`;
      findings.push({ code: 'wrong-name', ...about(entry), message });
    }
    if (!HELM_VERSION.test(entry.version)) {
      const message = `"${entry.version}" is no version: helm leaves the entry out.`;
      findings.push({ code: 'invalid-version', ...about(entry), message });
    }
    if (fileOfEntry(base, entry) === undefined) {
      const message = `The archive is outside of the repository, at ${entryUrl(entry) ?? ''}: it was not looked at.`;
      findings.push({ code: 'foreign-url', ...about(entry), message });
    }
  }
  const repeated = new Set(repeatedPlaces(base, list));
  for (const [version, places] of byVersion) {
    const first = list[places[0] ?? 0];
    if (places.length < 2 || first === undefined) continue;
    const same = places.filter((place) => repeated.has(place)).length;
    if (same > 0) {
      const message = `The index has ${name} ${version} ${same + 1} times with the same archive.`;
      findings.push({ code: 'duplicate-entry', ...about(first), message, mend: 'Only the first of them stays.' });
    }
    if (same < places.length - 1) {
      const message = `The index has ${name} ${version} more than once, with different archives.`;
      findings.push({ code: 'contradicting-entries', ...about(first), message });
    }
  }
  findings.push(...twinFindings(name, [...byVersion.keys()]));
  if (!isInOrder(list.map(({ version }) => version))) {
    const message = `The versions of ${name} are not sorted newest first.`;
    const mend = 'They are sorted.';
    findings.push({ code: 'out-of-order', chart: name, version: '', subject: 'index.yaml', message, mend });
  }
  return findings;
}

/** Versions of a chart that differ in build metadata only. */
export function twinFindings(name: string, versions: readonly string[]): readonly RepositoryFinding[] {
  const groups = new Map<string, string[]>();
  for (const version of versions) {
    const parsed = semver.parse(version, { loose: true });
    if (parsed !== null) groups.set(parsed.version, [...(groups.get(parsed.version) ?? []), version]);
  }
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => ({
      code: 'same-but-for-build' as const,
      chart: name,
      version: group[0] ?? '',
      subject: group.join(', '),
      message: `${group.join(' and ')} of ${name} differ only in build metadata: helm takes one for the other.`,
    }));
}
