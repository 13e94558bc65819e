import { fileOfEntry } from '../core/archive-address.js';
import { entryDigest, type IndexEntries, type IndexEntry } from '../core/chart-index.js';
import { createLimiter } from '../core/concurrency.js';
import { HelmCdError } from '../core/errors.js';
import { listFindings } from '../core/index-findings.js';
import type { Services } from '../core/ports.js';
import type { RepositoryFinding } from '../core/repository-findings.js';
import { inspectEntry } from './archive-inspection.js';
import type { HttpReader } from './http-reader.js';
import { createProgress } from './progress.js';
import type { InspectOptions, Inspection } from './upkeep.js';

const READS_AT_ONCE = 8;

/** The entry of that version, if there is one. */
const findEntry = (entries: IndexEntries, name: string, version: string): IndexEntry | undefined =>
  entries.get(name)?.find((entry) => entry.version === version);

/**
 * Looks at a repository on the web: its index by itself, and each archive that it names, with its provenance. Files that
 * the index does not name cannot be seen there. Nothing of it can be mended from outside.
 */
export async function inspectWeb(
  reader: HttpReader,
  { names, readChart }: InspectOptions,
  { clock, log }: Pick<Services, 'clock' | 'log'>,
): Promise<Inspection> {
  let entries: IndexEntries;
  try {
    ({ entries } = await reader.index());
  } catch (error) {
    if (!(error instanceof HelmCdError) || error.code !== 'file') throw error;
    const about = { chart: '', version: '', subject: 'index.yaml', message: error.message };
    return { findings: [{ code: 'unreadable-index', ...about }], charts: 0, versions: 0, archives: 0, bytes: 0 };
  }
  const lists = [...entries].filter(([name]) => names === undefined || names.includes(name));
  const findings = lists.flatMap(([name, list]) =>
    // Archives elsewhere are looked at, too: whoever reads from here gets them from there.
    listFindings(reader.url, name, list).filter(({ code }) => code !== 'foreign-url'),
  );
  const all = lists.flatMap(([name, list]) => list.map((entry) => ({ name, entry })));
  const progress = createProgress(clock, log, all.length);
  const limited = createLimiter(READS_AT_ONCE);
  // Unfolding takes far more memory than the archive itself.
  const unfold = createLimiter(1);
  const readOne: typeof readChart = (bytes, name) => unfold(() => readChart(bytes, name));
  const seen = await Promise.all(
    all.map(({ name, entry }) =>
      limited(async () => {
        const url = reader.addressOf(entry);
        const file = fileOfEntry(reader.url, entry) ?? decoded(url);
        const read = async (wanted: string) => {
          const bytes = wanted === file ? await reader.read(url) : await reader.provenanceAt(url);
          return bytes === undefined ? undefined : { bytes, version: '' };
        };
        // All are asked for their provenance: what is there cannot be listed.
        const files = new Map([[`${file}.prov`, { name: `${file}.prov`, size: 0, modified: undefined }]]);
        const found = await inspectEntry({ read }, { file, entries: [{ name, entry }] }, files, readOne);
        progress.add(found.bytes);
        return found.findings;
      }),
    ),
  );
  const after = (await reader.index()).entries;
  const stands = ({ chart, version }: RepositoryFinding) => {
    const [then, now] = [findEntry(entries, chart, version), findEntry(after, chart, version)];
    return then !== undefined && now !== undefined && entryDigest(then) === entryDigest(now);
  };
  return {
    findings: [...findings, ...seen.flat().filter(stands)].map(withoutMend),
    charts: lists.length,
    versions: all.length,
    ...progress.total(),
  };
}

function withoutMend({ mend: _mend, ...finding }: RepositoryFinding): RepositoryFinding {
  return finding;
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}
