import { createEntry, standingOf, type IndexEntry, type Standing } from '../core/chart-index.js';
import { HelmCdError } from '../core/errors.js';
import type { PackedChart } from '../core/packed-chart.js';
import type { Services } from '../core/ports.js';
import { isUncertain, startProgress, type PublicationProgress } from '../core/publication-progress.js';
import { INDEX_TYPE, type Blob } from './blobs.js';
import { ChartFiles, type ChartItem } from './chart-files.js';
import { INDEX, type IndexFolder } from './index-folder.js';

/** Others may publish at the same time; each attempt loses only if somebody else has won, so all get through. */
const INDEX_ATTEMPTS = 200;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 2000;
/** It is told of every so many lost races. */
const TELL_EVERY = 10;

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
  readonly progress: PublicationProgress;
  private readonly folder: IndexFolder;
  private readonly services: Pick<Services, 'clock' | 'log'>;
  private readonly items: readonly ChartItem[];
  private readonly files: ChartFiles;
  /** When an answer got lost, entries may be there though the write seems to have failed: these times are ours. */
  private readonly written = new Set<unknown>();
  private seen: Awaited<ReturnType<IndexFolder['readIndex']>> | undefined;

  constructor(folder: IndexFolder, charts: readonly PackedChart[], services: Pick<Services, 'clock' | 'log'>) {
    this.folder = folder;
    this.services = services;
    this.progress = startProgress(
      charts.map(({ metadata, provenance }) => ({ ...metadata, signed: provenance !== undefined })),
      folder.blobs.flush !== undefined,
    );
    this.items = charts.flatMap((chart, index) => {
      const progress = this.progress.charts[index];
      return progress === undefined ? [] : [{ chart, progress }];
    });
    this.files = new ChartFiles(folder, this.items, services);
  }

  /** How the charts stand against the index as it is now. @throws HelmCdError `conflict` */
  async look(): Promise<readonly Standing[]> {
    this.seen = await this.folder.readIndex();
    return this.standings(this.seen.file.entries);
  }

  private standings(entries: Parameters<typeof standingOf>[1]): readonly Standing[] {
    const standings = this.items.map(({ chart }) => standingOf(chart, entries, this.folder.url));
    const reasons = standings.flatMap((standing) => (standing.state === 'conflict' ? [standing.reason] : []));
    if (reasons.length === 0) return standings;
    const isPart = reasons.length < standings.length;
    throw new HelmCdError(
      'conflict',
      [...reasons, ...(isPart ? ['The other charts were not added, either.'] : [])].join(' '),
      {
        hint: 'A published version never changes: raise the version in Chart.yaml.',
      },
    );
  }

  /**
   * Puts everything in place.
   * @returns the standing of each chart before; entries that this call has written count as new.
   * @throws HelmCdError `conflict`
   */
  async write(): Promise<readonly Standing[]> {
    const { blobs } = this.folder;
    let filesOf: readonly Standing[] | undefined;
    for (let attempt = 0; attempt < INDEX_ATTEMPTS; attempt++) {
      // What was seen before is good enough: if it has changed since, it cannot be replaced.
      const { blob, file } = this.seen ?? (await this.folder.readIndex());
      this.seen = undefined;
      const standings = this.standings(file.entries);
      // Where changes are commits, what was only kept in mind is lost with a race: it is put there again.
      if (filesOf === undefined || blobs.flush !== undefined) await this.files.put(standings);
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
        const outcome = await this.replaceIndex(text, blob);
        if (outcome === 'written') {
          const names = missing.map(({ progress }) => progress.chart).join(', ');
          this.services.log.info(`${this.folder.addressOf(INDEX)}: added ${names}`);
          return this.before(standings);
        }
      }
      await this.lostRace(attempt + 1);
    }
    throw new HelmCdError(
      'conflict',
      `${this.folder.addressOf(INDEX)} was changed by others ${INDEX_ATTEMPTS} times in a row.`,
      { hint: 'Run the job again: it completes what is missing.' },
    );
  }

  private async replaceIndex(text: Uint8Array, before: Blob | undefined): Promise<'written' | 'changed'> {
    this.progress.index = 'maybe';
    try {
      const outcome = await this.folder.blobs.replace(INDEX, text, INDEX_TYPE, before);
      this.progress.index = outcome === 'written' ? 'changed' : 'unchanged';
      return outcome;
    } catch (error) {
      if (!isUncertain(error)) this.progress.index = 'unchanged';
      throw error;
    }
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
   * Puts archives back that are not there any more, and adds versions to the index again that are not in it, once.
   * @returns the charts it has added: somebody has written over them who does not look at what is there.
   */
  async addLost(): Promise<readonly string[]> {
    const { blob, file } = await this.folder.readIndex();
    const standings = this.standings(file.entries);
    // Whoever prunes may have taken an archive that was there before, while the index did not name it yet.
    if (this.folder.blobs.flush === undefined) await this.files.put(standings);
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
}
