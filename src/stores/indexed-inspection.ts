import { chartOfFile, fileOfEntry, filesOfIndex } from '../core/archive-address.js';
import { entryDigest, entryUrl, type IndexEntries, type IndexEntry } from '../core/chart-index.js';
import { createLimiter } from '../core/concurrency.js';
import { HelmCdError } from '../core/errors.js';
import { listFindings } from '../core/index-findings.js';
import type { Services } from '../core/ports.js';
import type { RepositoryFinding } from '../core/repository-findings.js';
import { IN_FLIGHT_MS } from '../core/retention.js';
import { inspectEntry, inspectOrphan, type EntryFile } from './archive-inspection.js';
import type { BlobInfo, Blobs } from './blobs.js';
import { INDEX, readIndexNow } from './index-changes.js';
import { createProgress } from './progress.js';
import type { InspectOptions, Inspection } from './upkeep.js';

const READS_AT_ONCE = 8;

/** The last part of an address: where files are handed out by another server, they keep their names. */
const lastPart = (url: string) =>
  decodeURIComponentSafely(
    url
      .replace(/[?#].*$/, '')
      .split('/')
      .at(-1) ?? '',
  );

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Files that entries name by another address than that of the folder. */
function servedElsewhere(entries: IndexEntries): ReadonlySet<string> {
  const all = [...entries.values()].flat();
  return new Set(all.map((entry) => lastPart(entryUrl(entry) ?? '')));
}

/** Whether an entry, or none, is still what it was. */
function entryStands(finding: RepositoryFinding, before: IndexEntries, after: IndexEntries): boolean {
  const find = (entries: IndexEntries) =>
    entries.get(finding.chart)?.find(({ version }) => version === finding.version);
  const [then, now] = [find(before), find(after)];
  if (then === undefined || now === undefined) return then === now;
  return entryDigest(then) === entryDigest(now) && entryUrl(then) === entryUrl(now);
}

interface Work {
  readonly entries: readonly EntryFile[];
  readonly orphans: readonly BlobInfo[];
}

/** What is to be read, each archive once, however many entries name it. */
function planWork(
  base: string,
  entries: IndexEntries,
  files: ReadonlyMap<string, BlobInfo>,
  names: readonly string[] | undefined,
): Work {
  const wanted = (name: string) => names === undefined || names.includes(name);
  const byFile = new Map<string, { name: string; entry: IndexEntry }[]>();
  for (const [name, list] of entries) {
    if (!wanted(name)) continue;
    for (const entry of list) {
      const file = fileOfEntry(base, entry);
      if (file !== undefined) byFile.set(file, [...(byFile.get(file) ?? []), { name, entry }]);
    }
  }
  const named = filesOfIndex(base, entries);
  const elsewhere = servedElsewhere(entries);
  const known = new Set([...entries.keys(), ...(names ?? [])]);
  const orphans = [...files.values()].filter(({ name: file }) => {
    if (!/\.tgz(?:\.prov)?$/.test(file) || named.has(file) || elsewhere.has(file)) return false;
    const archive = file.replace(/\.prov$/, '');
    // A provenance file is looked at together with its archive.
    if (archive !== file && (files.has(archive) || named.has(archive) || elsewhere.has(archive))) return false;
    return names === undefined || wanted(chartOfFile(archive, known)?.name ?? '');
  });
  return { entries: [...byFile].map(([file, all]) => ({ file, entries: all })), orphans };
}

/**
 * Looks at a folder with an index: the index by itself, each archive that it names, and archives that it does not
 * name. Archives are read a few at a time; what somebody changes meanwhile is left out of what is found.
 */
export async function inspectFolder(
  blobs: Blobs,
  { names, readChart }: InspectOptions,
  { clock, log }: Pick<Services, 'clock' | 'log'>,
): Promise<Inspection> {
  let entries: IndexEntries;
  try {
    ({ entries } = await readIndexNow(blobs));
  } catch (error) {
    if (!(error instanceof HelmCdError) || error.code !== 'file') throw error;
    const finding = {
      code: 'unreadable-index',
      chart: '',
      version: '',
      subject: INDEX,
      message: error.message,
    } as const;
    return { findings: [finding], charts: 0, versions: 0, archives: 0, bytes: 0 };
  }
  // After the index: where changes are commits, all else is then read at the commit that the index was read at.
  const files = new Map((await blobs.list()).map((info) => [info.name, info]));
  const lists = [...entries].filter(([name]) => names === undefined || names.includes(name));
  const findings: RepositoryFinding[] = lists.flatMap(([name, list]) => listFindings(blobs.url, name, list));
  const work = planWork(blobs.url, entries, files, names);
  const progress = createProgress(clock, log, work.entries.length + work.orphans.length);
  const limited = createLimiter(READS_AT_ONCE);
  // Unfolding takes far more memory than the archive itself.
  const unfold = createLimiter(1);
  const readOne: typeof readChart = (bytes, name) => unfold(() => readChart(bytes, name));
  const fromArchives: RepositoryFinding[][] = await Promise.all([
    ...work.entries.map((one) =>
      limited(async () => {
        const seen = await inspectEntry(blobs, one, files, readOne);
        progress.add(seen.bytes);
        return [...seen.findings];
      }),
    ),
    ...work.orphans.map((info) =>
      limited(async () => {
        const isYoung = clock.now() - Date.parse(info.modified ?? '') < IN_FLIGHT_MS;
        const seen = await inspectOrphan(blobs, info, { isYoung, entries, readChart: readOne });
        progress.add(seen.bytes);
        return [...seen.findings];
      }),
    ),
  ]);
  const after = (await readIndexNow(blobs)).entries;
  const stands = (finding: RepositoryFinding) =>
    finding.code === 'out-of-order' || finding.version === '' || entryStands(finding, entries, after);
  return {
    findings: [...findings, ...fromArchives.flat().filter(stands)],
    charts: lists.length,
    versions: lists.reduce((sum, [, list]) => sum + list.length, 0),
    ...progress.total(),
  };
}
