import type { Standing } from '../core/chart-index.js';
import { createLimiter } from '../core/concurrency.js';
import { sha256Digest } from '../core/digest.js';
import { HelmCdError } from '../core/errors.js';
import { archiveName, type PackedChart } from '../core/packed-chart.js';
import type { Services } from '../core/ports.js';
import { provenanceDigest } from '../core/provenance.js';
import { isUncertain, type ChartProgress } from '../core/publication-progress.js';
import { archiveConflict } from './archive-conflict.js';
import { ARCHIVE_TYPE, PROVENANCE_TYPE, type Blob } from './blobs.js';
import type { IndexFolder } from './index-folder.js';

const UPLOADS_AT_ONCE = 4;
/** A server may refuse to create what it does not show yet. */
const READ_ATTEMPTS = 6;
const READ_PAUSE_MS = 250;

/** A chart that is being published. */
export interface ChartItem {
  readonly chart: PackedChart;
  readonly progress: ChartProgress;
}

/** Nothing when the index names the archive somewhere else. */
type ArchiveFile = string | undefined;

const isListed = (standing: Standing | undefined): boolean => standing?.state === 'same';

/** The archives of charts that are being published, and their provenance files. */
export class ChartFiles {
  private readonly folder: IndexFolder;
  private readonly items: readonly ChartItem[];
  private readonly services: Pick<Services, 'clock' | 'log'>;

  constructor(folder: IndexFolder, items: readonly ChartItem[], services: Pick<Services, 'clock' | 'log'>) {
    this.folder = folder;
    this.items = items;
    this.services = services;
  }

  /** @param standings of the items, in their order. */
  async put(standings: readonly Standing[]): Promise<void> {
    const names = this.items.map((_, index) => this.archiveFile(standings[index] ?? { state: 'new' }, index));
    await this.eachAtOnce((item, index) => this.putArchive(item, names[index], isListed(standings[index])));
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
  private async eachAtOnce(work: (item: ChartItem, index: number) => Promise<void>): Promise<void> {
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

  /** What has become of a file that was created. */
  private get done(): string {
    return this.folder.blobs.flush === undefined ? 'uploaded' : 'goes into the next commit';
  }

  /** The archive is there afterwards with exactly these bytes, whoever put it there. */
  private async putArchive({ chart, progress }: ChartItem, name: ArchiveFile, listed: boolean): Promise<void> {
    if (name === undefined) return;
    const address = this.folder.addressOf(name);
    const { bytes, digest } = chart;
    // What the index names should be there; what it does not name should not.
    const existing = listed ? await this.folder.blobs.read(name) : undefined;
    const put = () => this.attempt(progress, 'archive', () => this.folder.blobs.create(name, bytes, ARCHIVE_TYPE));
    if (existing === undefined && (await put()) === 'created') {
      this.services.log.info(`${address}: ${this.done}, ${digest}`);
      progress.archive = 'there';
      return;
    }
    const there = existing ?? (await this.readExisting(name));
    const other = sha256Digest(there.bytes);
    if (other !== digest) throw archiveConflict(chart, address, other, listed ? this.folder.url : undefined);
    progress.archive = 'there';
    this.services.log.info(`${address}: already there, ${digest}`);
  }

  /** A provenance file is there afterwards that vouches for these bytes: ours, or an earlier one. */
  private async putProvenance({ chart, progress }: ChartItem, archive: ArchiveFile): Promise<void> {
    const { provenance, digest, metadata } = chart;
    if (provenance === undefined || archive === undefined) return;
    const name = `${archive}.prov`;
    const address = this.folder.addressOf(name);
    const put = () =>
      this.attempt(progress, 'provenance', () => this.folder.blobs.create(name, provenance, PROVENANCE_TYPE));
    if ((await put()) === 'exists') {
      const existing = await this.readExisting(name);
      const signed = provenanceDigest(existing.bytes, archiveName(metadata));
      if (signed !== digest) {
        throw new HelmCdError(
          'conflict',
          `${address} is already there, but for ${signed === undefined ? 'no digest' : `the digest ${signed}`}, not ${digest}.`,
          { hint: `Delete ${address} if nobody needs it, and run the job again.` },
        );
      }
      this.services.log.info(`${address}: already there`);
    } else this.services.log.info(`${address}: ${this.done}`);
    progress.provenance = 'there';
  }

  /** What could not be created, for it exists. */
  private async readExisting(name: string): Promise<Blob> {
    for (let attempt = 1; ; attempt++) {
      const blob = await this.folder.blobs.read(name);
      if (blob !== undefined) return blob;
      if (attempt === READ_ATTEMPTS) break;
      await this.services.clock.sleep(READ_PAUSE_MS * attempt);
    }
    throw new HelmCdError('conflict', `${this.folder.addressOf(name)} was there and is gone.`, {
      hint: 'Somebody has deleted it, or the server does not show what it has. Run the job again.',
    });
  }

  private async attempt<Result>(
    progress: ChartProgress,
    part: 'archive' | 'provenance',
    work: () => Promise<Result>,
  ): Promise<Result> {
    progress[part] = 'maybe';
    try {
      const result = await work();
      progress[part] = 'no';
      return result;
    } catch (error) {
      if (!isUncertain(error)) progress[part] = 'no';
      throw error;
    }
  }
}
