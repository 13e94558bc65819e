import semver from 'semver';
import { entryDigest, type IndexEntries, type IndexEntry } from '../core/chart-index.js';
import { sha256Digest } from '../core/digest.js';
import { HelmCdError } from '../core/errors.js';
import { archiveName, type PackedChart } from '../core/packed-chart.js';
import { provenanceDigest } from '../core/provenance.js';
import type { RepositoryFinding } from '../core/repository-findings.js';
import type { BlobInfo, Blobs } from './blobs.js';
import type { ChartReader } from './upkeep.js';

/** An archive in a folder and the entries of the index that name it. */
export interface EntryFile {
  readonly file: string;
  readonly entries: readonly { readonly name: string; readonly entry: IndexEntry }[];
}

/** What was found at one archive. */
export interface Seen {
  readonly findings: readonly RepositoryFinding[];
  /** Of the archive; nothing when there was none to read. */
  readonly bytes: number | undefined;
}

/** The chart in an archive, or why helm would not take it. */
export async function readSoundly(
  bytes: Uint8Array,
  file: string,
  readChart: ChartReader,
): Promise<PackedChart | string> {
  try {
    return await readChart(bytes, file);
  } catch (error) {
    if (error instanceof HelmCdError && error.code !== 'cancelled') return error.message;
    throw error;
  }
}

const SET_DIGEST = 'The digest of the archive is written into the index.';

/** What is wrong with the digest that an entry gives. @param isSound whether the archive is that chart and version. */
function digestFindings(
  entry: IndexEntry,
  actual: string,
  isSound: boolean,
  about: Pick<RepositoryFinding, 'chart' | 'version' | 'subject'>,
): readonly RepositoryFinding[] {
  const { digest } = entry;
  const mend = isSound ? { mend: SET_DIGEST } : {};
  if (digest === undefined || digest === null || digest === '') {
    const message = `The index has no digest of ${about.chart} ${about.version}.`;
    return [{ code: 'missing-digest', ...about, message, ...mend }];
  }
  const known = entryDigest(entry);
  if (known === undefined) {
    const message = `The digest of ${about.chart} ${about.version} in the index is none: ${JSON.stringify(digest)}. Helm 4 refuses such an entry.`;
    return [{ code: 'invalid-digest', ...about, message, ...mend }];
  }
  if (known === actual) return [];
  const message = `${about.subject} has the digest ${actual}, but the index says ${known}.`;
  return [{ code: 'wrong-digest', ...about, message }];
}

/** Looks at an archive that the index names: whether it is there, and is what all its entries say. */
export async function inspectEntry(
  blobs: Pick<Blobs, 'read'>,
  { file, entries }: EntryFile,
  files: ReadonlyMap<string, BlobInfo>,
  readChart: ChartReader,
): Promise<Seen> {
  const archive = (await blobs.read(file))?.bytes;
  if (archive === undefined) {
    const findings = entries.map(({ name, entry }): RepositoryFinding => ({
      code: 'dangling-entry',
      chart: name,
      version: entry.version,
      subject: file,
      message: `The index has ${name} ${entry.version}, but ${file} is not there.`,
      mend: 'The entry is taken out of the index.',
    }));
    return { findings, bytes: undefined };
  }
  const digest = sha256Digest(archive);
  const chart = await readSoundly(archive, file, readChart);
  const signed = files.has(`${file}.prov`) || file.includes('/') ? await blobs.read(`${file}.prov`) : undefined;
  const findings = entries.flatMap(({ name, entry }): readonly RepositoryFinding[] => {
    const about = { chart: name, version: entry.version, subject: file };
    if (typeof chart === 'string') {
      const broken: RepositoryFinding = { code: 'not-a-chart', ...about, message: chart };
      return [broken, ...digestFindings(entry, digest, false, about)];
    }
    const { metadata } = chart;
    const isIt = metadata.name === entry.name && metadata.version === entry.version;
    const message = `${file} holds ${metadata.name} ${metadata.version}, but the index has it as ${entry.name} ${entry.version}.`;
    const wrong: readonly RepositoryFinding[] = isIt ? [] : [{ code: 'wrong-chart', ...about, message }];
    return [...wrong, ...digestFindings(entry, digest, isIt, about)];
  });
  const [first] = entries;
  const about = { chart: first?.name ?? '', version: first?.entry.version ?? '', subject: `${file}.prov` };
  return { findings: [...findings, ...provenanceFindings(file, digest, signed?.bytes, about)], bytes: archive.length };
}

function provenanceFindings(
  file: string,
  digest: string,
  provenance: Uint8Array | undefined,
  about: Pick<RepositoryFinding, 'chart' | 'version' | 'subject'>,
): readonly RepositoryFinding[] {
  if (provenance === undefined) return [];
  const name = file.split('/').at(-1) ?? file;
  const signed = provenanceDigest(provenance, name);
  if (signed === digest) return [];
  const what =
    signed === undefined ? 'says nothing about this file' : `was made for an archive with the digest ${signed}`;
  const message = `${about.subject} ${what}; ${file} has ${digest}.`;
  return [{ code: 'wrong-provenance', ...about, message }];
}

export interface OrphanOptions {
  /** Whether it may be being published just now. */
  readonly isYoung: boolean;
  readonly entries: IndexEntries;
  readonly readChart: ChartReader;
}

/** Looks at an archive, or a lone provenance file, that the index does not name. */
export async function inspectOrphan(
  blobs: Pick<Blobs, 'read'>,
  { name: file }: BlobInfo,
  { isYoung, entries, readChart }: OrphanOptions,
): Promise<Seen> {
  const nobody = { chart: '', version: '', subject: file };
  const one = (finding: RepositoryFinding, bytes?: number): Seen => ({ findings: [finding], bytes });
  if (isYoung) {
    const message = `The index does not name ${file}, which is so new that it may be being published just now.`;
    return one({ code: 'in-flight', ...nobody, message });
  }
  if (file.endsWith('.prov')) {
    const message = `There is no archive that ${file} belongs to.`;
    return one({ code: 'orphan-provenance', ...nobody, message, mend: 'It is deleted.' });
  }
  const archive = (await blobs.read(file))?.bytes;
  if (archive === undefined) return { findings: [], bytes: undefined };
  const chart = await readSoundly(archive, file, readChart);
  const orphan = (message: string, about: object = {}, mend?: string) =>
    one(
      { code: 'orphan-archive', ...nobody, ...about, message, ...(mend === undefined ? {} : { mend }) },
      archive.length,
    );
  if (typeof chart === 'string') return orphan(`The index does not name ${file}, and it is no sound chart: ${chart}`);
  const { name, version } = chart.metadata;
  const about = { chart: name, version };
  const message = `The index does not name ${file}, which holds ${name} ${version}.`;
  if (file !== archiveName(chart.metadata)) {
    return orphan(`${message} It should be called ${archiveName(chart.metadata)}.`, about);
  }
  const twin = (entries.get(name) ?? []).find((entry) => isTaken(entry.version, version));
  if (twin !== undefined) return orphan(`${message} The index has ${name} ${twin.version} from elsewhere.`, about);
  const provenance = (await blobs.read(`${file}.prov`))?.bytes;
  const wrong = provenanceFindings(file, chart.digest, provenance, { ...about, subject: `${file}.prov` });
  if (wrong.length > 0) return { findings: [...orphan(message, about).findings, ...wrong], bytes: archive.length };
  return orphan(message, about, 'It is added to the index: a publication that was interrupted is completed.');
}

function isTaken(a: string, b: string): boolean {
  const [left, right] = [semver.parse(a, { loose: true }), semver.parse(b, { loose: true })];
  return a === b || (left !== null && right !== null && left.compare(right) === 0);
}
