import { createEntry, standingOf, type IndexEntry, type Standing } from '../core/chart-index.js';
import { createLimiter } from '../core/concurrency.js';
import { sha256Digest } from '../core/digest.js';
import { HelmCdError } from '../core/errors.js';
import { archiveName, type PackedChart } from '../core/packed-chart.js';
import type { Services } from '../core/ports.js';
import { provenanceDigest } from '../core/provenance.js';
import { startProgress, type ChartProgress } from '../core/publication-progress.js';
import { archiveConflict } from './archive-conflict.js';
import { ARCHIVE_TYPE, INDEX_TYPE, PROVENANCE_TYPE } from './blobs.js';
import { INDEX, type IndexFolder } from './index-folder.js';

/** Others may publish at the same time; each attempt loses only if somebody else has won, so all get through. */
const INDEX_ATTEMPTS = 200;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 2000;
/** It is told of every so many lost races. */
const TELL_EVERY = 10;
const UPLOADS_AT_ONCE = 4;

/** Nothing when the chart's own name is in the index for somewhere else. */
type ArchiveFile = string | undefined;

interface Item {
  readonly chart: PackedChart;
  readonly progress: ChartProgress;
}

const isOver = (standing: Standing) => standing.state !== 'new';

/** A pause of random length, longer with each attempt, so that those who collided do not collide again. */
function pause(attempt: number, clock: Services['clock']): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 10));
  return clock.sleep(longest * (0.3 + 0.7 * Math.random()));
}

/**
 * One call of publishing to a folder with an index: archives, then provenance files, then the index, all at once. Each
 * step is done only where it is missing, so that another call goes on where this one was interrupted.
 */
export class IndexPublisher {
  /** How far it has come. */
  readonly progress: ReturnType<typeof startProgress>;
  private readonly folder: IndexFolder;
  private readonly services: Pick<Services, 'clock' | 'log'>;
  private readonly items: readonly Item[];
  /** When an answer got lost, entries may be there though the write seems to have failed: these times are ours. */
  private readonly written = new Set<unknown>();

  constructor(folder: IndexFolder, charts: readonly PackedChart[], services: Pick<Services, 'clock' | 'log'>) {
    this.folder = folder;
    this.services = services;
    this.progress = startProgress(
      charts.map(({ metadata, provenance }) => ({ ...metadata, signed: provenance !== undefined })),
    );
    this.items = charts.flatMap((chart, index) => {
      const progress = this.progress.charts[index];
      return progress === undefined ? [] : [{ chart, progress }];
    });
  }

  /** How the charts stand against the index as it is now. @throws HelmCdError `conflict` */
  async look(): Promise<readonly Standing[]> {
    const { file } = await this.folder.readIndex();
    return this.standings(file.entries);
  }

  private standings(entries: Parameters<typeof standingOf>[1]): readonly Standing[] {
    const standings = this.items.map(({ chart }) => standingOf(chart, entries, this.folder.url));
    for (const standing of standings) {
      if (standing.state !== 'conflict') continue;
      throw new HelmCdError('conflict', standing.reason, {
        hint: 'A published version never changes: raise the version in Chart.yaml.',
      });
    }
    return standings;
  }

  /**
   * Puts everything in place.
   * @returns the standing of each chart before; entries that this call has written count as new.
   * @throws HelmCdError `conflict`
   */
  async write(): Promise<readonly Standing[]> {
    const { blobs } = this.folder;
    await blobs.settle(INDEX);
    let filesOf: readonly Standing[] | undefined;
    for (let attempt = 0; attempt < INDEX_ATTEMPTS; attempt++) {
      const { blob, file } = await this.folder.readIndex();
      const standings = this.standings(file.entries);
      // Where changes are commits, what was only kept in mind is lost with a race: it is put there again.
      if (filesOf === undefined || blobs.flush !== undefined) await this.putFiles(standings);
      filesOf = standings;
      const missing = this.items.filter((_, index) => standings[index]?.state === 'new');
      if (missing.length === 0) {
        if ((await blobs.flush?.()) !== 'changed') return this.before(standings);
      } else {
        // Different on every write: an S3 server's version is a hash of the content, so that going back to an earlier
        // content would let a writer who still remembers it overwrite what came between.
        const now = new Date(this.services.clock.now()).toISOString();
        this.written.add(now);
        const entries: readonly IndexEntry[] = missing.map(({ chart }) => createEntry(chart, now));
        const text = Buffer.from(file.add(entries, now));
        this.progress.index = 'maybe';
        if ((await blobs.replace(INDEX, text, INDEX_TYPE, blob)) === 'written') {
          this.progress.index = 'changed';
          const names = missing.map(({ progress }) => progress.chart).join(', ');
          this.services.log.info(`${this.folder.addressOf(INDEX)}: added ${names}`);
          return this.before(standings);
        }
        this.progress.index = 'unchanged';
      }
      await this.lostRace(attempt + 1);
    }
    throw new HelmCdError(
      'conflict',
      `${this.folder.addressOf(INDEX)} was changed by others ${INDEX_ATTEMPTS} times in a row.`,
      { hint: 'Run the job again: it completes what is missing.' },
    );
  }

  private before(standings: readonly Standing[]): readonly Standing[] {
    this.progress.index = 'changed';
    return standings.map((standing) =>
      standing.state === 'same' && this.written.has(standing.entry.created) ? { state: 'new' } : standing,
    );
  }

  private async lostRace(times: number): Promise<void> {
    const { clock, log } = this.services;
    const address = this.folder.addressOf(INDEX);
    if (times % TELL_EVERY === 0) log.info(`${address}: others were faster ${times} times; adding to it again`);
    else log.debug(`${address} was changed by somebody else; adding to it again`);
    await pause(times - 1, clock);
  }

  /**
   * Adds versions to the index again that are not in it any more, once.
   * @returns the charts it has added: somebody has written over them who does not look at what is there.
   */
  async addLost(): Promise<readonly string[]> {
    const { blob, file } = await this.folder.readIndex();
    const standings = this.standings(file.entries);
    const lost = this.items.filter((_, index) => standings[index]?.state === 'new');
    if (lost.length === 0) return [];
    const now = new Date(this.services.clock.now()).toISOString();
    const text = file.add(
      lost.map(({ chart }) => createEntry(chart, now)),
      now,
    );
    const outcome = await this.folder.blobs.replace(INDEX, Buffer.from(text), INDEX_TYPE, blob);
    return outcome === 'written' ? lost.map(({ progress }) => progress.chart) : [];
  }

  private async putFiles(standings: readonly Standing[]): Promise<void> {
    const names = this.items.map((_, index) => this.archiveFile(standings[index] ?? { state: 'new' }, index));
    await this.eachAtOnce((item, index) =>
      this.putArchive(item, names[index], isOver(standings[index] ?? { state: 'new' })),
    );
    await this.eachAtOnce((item, index) => this.putProvenance(item, names[index]));
  }

  private archiveFile(standing: Standing, index: number): ArchiveFile {
    const item = this.items[index];
    if (standing.state !== 'same') return item === undefined ? undefined : archiveName(item.chart.metadata);
    const url = this.folder.archiveUrl(standing.entry);
    const name = this.folder.localName(url);
    if (name === undefined)
      this.services.log.info(`${item?.progress.chart ?? ''}: the index names ${url}, which is left alone`);
    return name;
  }

  /** Some at once; all have ended when one has failed, so that it is known what is in place. */
  private async eachAtOnce(work: (item: Item, index: number) => Promise<void>): Promise<void> {
    // What is only kept in mind for a commit gains nothing.
    const limited = createLimiter(this.folder.blobs.flush === undefined ? UPLOADS_AT_ONCE : 1);
    let failed = false;
    const outcomes = await Promise.allSettled(
      this.items.map((item, index) =>
        limited(async () => {
          if (failed) return;
          try {
            await work(item, index);
          } catch (error) {
            failed = true;
            throw error;
          }
        }),
      ),
    );
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** The archive is there afterwards with exactly these bytes, whoever put it there. */
  private async putArchive({ chart, progress }: Item, name: ArchiveFile, isListed: boolean): Promise<void> {
    if (name === undefined) return;
    const address = this.folder.addressOf(name);
    const { bytes, digest } = chart;
    // What the index names should be there; what it does not name should not.
    const existing = isListed ? await this.folder.blobs.read(name) : undefined;
    const put = () => this.put(progress, 'archive', () => this.folder.blobs.create(name, bytes, ARCHIVE_TYPE));
    if (existing === undefined && (await put()) === 'created') {
      this.services.log.info(`${address}: uploaded, ${digest}`);
      progress.archive = 'there';
      return;
    }
    const there = existing ?? (await this.folder.blobs.read(name));
    if (there === undefined) {
      throw new HelmCdError('conflict', `${address} was deleted meanwhile.`, { hint: 'Run the job again.' });
    }
    const other = sha256Digest(there.bytes);
    if (other !== digest) throw archiveConflict(chart, address, other, isListed ? this.folder.url : undefined);
    progress.archive = 'there';
    this.services.log.info(`${address}: already there, ${digest}`);
  }

  /** A provenance file is there afterwards that vouches for these bytes: ours, or an earlier one. */
  private async putProvenance({ chart, progress }: Item, archive: ArchiveFile): Promise<void> {
    const { provenance, digest, metadata } = chart;
    if (provenance === undefined || archive === undefined) return;
    const name = `${archive}.prov`;
    const address = this.folder.addressOf(name);
    const put = () =>
      this.put(progress, 'provenance', () => this.folder.blobs.create(name, provenance, PROVENANCE_TYPE));
    if ((await put()) === 'exists') {
      const existing = await this.folder.blobs.read(name);
      const signed = existing === undefined ? undefined : provenanceDigest(existing.bytes, archiveName(metadata));
      if (signed !== digest) {
        throw new HelmCdError(
          'conflict',
          `${address} is already there, but for ${signed === undefined ? 'no digest' : `the digest ${signed}`}, not ${digest}.`,
          { hint: `Delete ${address} if nobody needs it, and run the job again.` },
        );
      }
      this.services.log.info(`${address}: already there`);
    } else this.services.log.info(`${address}: uploaded`);
    progress.provenance = 'there';
  }

  private async put<Result>(
    progress: ChartProgress,
    part: 'archive' | 'provenance',
    work: () => Promise<Result>,
  ): Promise<Result> {
    progress[part] = 'maybe';
    const result = await work();
    progress[part] = 'no';
    return result;
  }
}
