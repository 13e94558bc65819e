import { fileOfEntry } from '../core/archive-address.js';
import { compareVersions, createEntry, standingOf, type IndexEntries, type IndexEntry } from '../core/chart-index.js';
import { digestHex } from '../core/digest.js';
import type { ListEdit } from '../core/index-edit.js';
import { isInOrder, repeatedPlaces } from '../core/index-findings.js';
import type { PackedChart } from '../core/packed-chart.js';
import type { Services } from '../core/ports.js';
import type { RepositoryFinding, RepositoryProblem } from '../core/repository-findings.js';
import { readSoundly } from './archive-inspection.js';
import type { Blobs } from './blobs.js';
import { editIndex } from './edit-index.js';
import { INDEX, changeIndex } from './index-changes.js';
import { readIndexFile } from './index-file.js';
import type { ChartReader, Repair } from './upkeep.js';

type NeededServices = Pick<Services, 'clock' | 'log'>;

/** What the archives are like now, as far as it matters for what is to be mended. */
interface Facts {
  /** Archives that are not there. */
  readonly missing: ReadonlySet<string>;
  /** Sound charts by file. */
  readonly charts: ReadonlyMap<string, PackedChart>;
  /** When an archive was written, RFC 3339. */
  readonly modified: ReadonlyMap<string, string | undefined>;
}

/** Bytes are let go one archive after the other. */
async function gatherFacts(
  blobs: Blobs,
  findings: readonly RepositoryFinding[],
  readChart: ChartReader,
): Promise<Facts> {
  const missing = new Set<string>();
  const charts = new Map<string, PackedChart>();
  const codes: readonly RepositoryProblem[] = ['dangling-entry', 'missing-digest', 'invalid-digest', 'orphan-archive'];
  const files = new Set(findings.filter(({ code }) => codes.includes(code)).map(({ subject }) => subject));
  for (const file of files) {
    const bytes = (await blobs.read(file))?.bytes;
    if (bytes === undefined) missing.add(file);
    const chart = bytes === undefined ? 'gone' : await readSoundly(bytes, file, readChart);
    if (typeof chart !== 'string') charts.set(file, { ...chart, bytes: new Uint8Array(0) });
  }
  const modified = new Map((await blobs.list()).map((info) => [info.name, info.modified]));
  return { missing, charts, modified };
}

const about = (findings: readonly RepositoryFinding[], code: RepositoryProblem, chart: string) =>
  findings.filter((finding) => finding.code === code && finding.chart === chart);

/** What becomes of one chart's list; nothing when it stays as it is. @param mended collects the findings it mends. */
function editOf(
  base: string,
  name: string,
  list: readonly IndexEntry[],
  findings: readonly RepositoryFinding[],
  facts: Facts,
  mended: Set<RepositoryFinding>,
): ListEdit | undefined {
  const dropped = new Set<number>();
  const digests = new Map<number, string>();
  for (const finding of about(findings, 'dangling-entry', name)) {
    for (const [place, entry] of list.entries()) {
      const isIt = entry.version === finding.version && fileOfEntry(base, entry) === finding.subject;
      if (!isIt || !facts.missing.has(finding.subject)) continue;
      dropped.add(place);
      mended.add(finding);
    }
  }
  for (const code of ['missing-digest', 'invalid-digest'] as const) {
    for (const finding of about(findings, code, name)) {
      const chart = facts.charts.get(finding.subject);
      for (const [place, entry] of list.entries()) {
        const isIt = entry.version === finding.version && fileOfEntry(base, entry) === finding.subject;
        const isEmpty = typeof entry.digest !== 'string' || digestHex(entry.digest) === undefined;
        const isSound = chart?.metadata.name === entry.name && chart.metadata.version === entry.version;
        if (!isIt || !isEmpty || !isSound) continue;
        digests.set(place, digestHex(chart.digest) ?? '');
        mended.add(finding);
      }
    }
  }
  for (const finding of about(findings, 'duplicate-entry', name)) {
    for (const place of repeatedPlaces(base, list)) {
      if (list[place]?.version !== finding.version) continue;
      dropped.add(place);
      mended.add(finding);
    }
  }
  const places = [...list.keys()].filter((place) => !dropped.has(place));
  const versionAt = (place: number) => list[place]?.version ?? '';
  for (const finding of about(findings, 'out-of-order', name)) {
    if (isInOrder(places.map(versionAt))) continue;
    places.sort((a, b) => compareVersions(versionAt(a), versionAt(b)));
    mended.add(finding);
  }
  const isSame = places.length === list.length && places.every((place, index) => place === index);
  return isSame && digests.size === 0 ? undefined : { order: places, digests };
}

/** Sound charts which the index does not have, with their times. */
function additionsOf(
  base: string,
  findings: readonly RepositoryFinding[],
  entries: IndexEntries,
  facts: Facts,
  generated: string,
  mended: Set<RepositoryFinding>,
): readonly IndexEntry[] {
  return findings.flatMap((finding): readonly IndexEntry[] => {
    const chart = finding.code === 'orphan-archive' ? facts.charts.get(finding.subject) : undefined;
    if (chart === undefined || standingOf(chart, entries, base).state !== 'new') return [];
    mended.add(finding);
    return [createEntry(chart, facts.modified.get(finding.subject) ?? generated)];
  });
}

async function mendIndex(
  blobs: Blobs,
  findings: readonly RepositoryFinding[],
  facts: Facts,
  services: NeededServices,
): Promise<ReadonlySet<RepositoryFinding>> {
  const ever = new Set<RepositoryFinding>();
  await changeIndex(blobs, services, (index, generated) => {
    const { text, entries } = index;
    const mended = new Set<RepositoryFinding>();
    const edits = new Map<string, ListEdit>();
    for (const [name, list] of entries) {
      const edit = editOf(blobs.url, name, list, findings, facts, mended);
      if (edit !== undefined) edits.set(name, edit);
    }
    const additions = additionsOf(blobs.url, findings, entries, facts, generated, mended);
    for (const finding of mended) ever.add(finding);
    if (edits.size === 0 && additions.length === 0) return undefined;
    if (edits.size === 0) return { text: index.add(additions, generated) };
    const edited = editIndex(text ?? '', entries, edits, generated);
    return { text: additions.length === 0 ? edited : readIndexFile(edited, INDEX).add(additions, generated) };
  });
  return ever;
}

/** Lone provenance files go, unless their archive has come meanwhile. */
async function removeProvenances(
  blobs: Blobs,
  findings: readonly RepositoryFinding[],
): Promise<ReadonlySet<RepositoryFinding>> {
  const mine = findings.filter(({ code }) => code === 'orphan-provenance');
  const files = new Set(mine.length === 0 ? [] : (await blobs.list()).map(({ name }) => name));
  const due = mine.filter(({ subject }) => files.has(subject) && !files.has(subject.replace(/\.prov$/, '')));
  if (due.length > 0) await blobs.remove(due.map(({ subject }) => subject));
  return new Set(due);
}

/**
 * Mends a folder with an index: entries without an archive go, digests that nobody gave are written, duplicates go,
 * lists are sorted, sound archives that the index lacks are added, all in one write by compare-and-swap. What is said to
 * be wrong is looked at again before. A digest that differs, or an archive that is no chart, is never touched.
 */
export async function repairFolder(
  blobs: Blobs,
  findings: readonly RepositoryFinding[],
  readChart: ChartReader,
  services: NeededServices,
): Promise<readonly Repair[]> {
  const due = findings.filter(({ mend }) => mend !== undefined);
  await blobs.settle(INDEX);
  const facts = await gatherFacts(blobs, due, readChart);
  const mended = new Set(due.length === 0 ? [] : await mendIndex(blobs, due, facts, services));
  // Who publishes a missing archive at that very moment found its entry there: it comes back.
  const returned: RepositoryFinding[] = [];
  for (const finding of mended) {
    if (finding.code !== 'dangling-entry') continue;
    if ((await blobs.read(finding.subject)) !== undefined) returned.push({ ...finding, code: 'orphan-archive' });
  }
  if (returned.length > 0) await mendIndex(blobs, returned, await gatherFacts(blobs, returned, readChart), services);
  for (const finding of await removeProvenances(blobs, due)) mended.add(finding);
  return findings.map((finding): Repair => {
    if (finding.mend === undefined) return { finding, state: 'left' };
    return { finding, state: mended.has(finding) ? 'mended' : 'gone' };
  });
}
