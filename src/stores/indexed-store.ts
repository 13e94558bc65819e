import { standingOf, type Standing } from '../core/chart-index.js';
import { sha256Digest } from '../core/digest.js';
import { HelmCdError, messageOf } from '../core/errors.js';
import { archiveName, type PackedChart } from '../core/packed-chart.js';
import type { Services } from '../core/ports.js';
import { withProgress } from '../core/publication-progress.js';
import { archiveConflict } from './archive-conflict.js';
import type { Blobs, Consumer } from './blobs.js';
import { versionsOf } from './index-file.js';
import { INDEX, IndexFolder } from './index-folder.js';
import { IndexPublisher } from './index-publisher.js';
import { indexedUpkeep } from './indexed-upkeep.js';
import { waitUntilVisible } from './read-back.js';
import { readOnce } from './read-once.js';
import type { ChartStore, PublishedChart, PublishOptions, StoreKind, StoredChart } from './store.js';
import { storedChart } from './stored-chart.js';
import type { Upkeep } from './upkeep.js';

type NeededServices = Pick<Services, 'clock' | 'log'>;

/**
 * A chart repository that is a folder of archives with an `index.yaml`.
 *
 * Archives are created, never overwritten; the index is replaced by compare-and-swap, and when that fails the wanted
 * versions are added to the index as it then is. So nothing is lost however many publish at once, and whoever sees
 * a version in the index can fetch it.
 */
export class IndexedStore implements ChartStore {
  readonly kind: StoreKind;
  readonly url: string;
  readonly upkeep: Upkeep;
  private readonly blobs: Blobs;
  private readonly folder: IndexFolder;
  private readonly services: NeededServices;

  constructor(kind: StoreKind, blobs: Blobs, services: NeededServices) {
    this.kind = kind;
    this.folder = new IndexFolder(blobs);
    this.url = this.folder.url;
    this.blobs = blobs;
    this.services = services;
    this.upkeep = indexedUpkeep(blobs, services);
  }

  get warnings(): readonly string[] {
    return this.blobs.warnings ?? [];
  }

  async versions(name: string): Promise<readonly StoredChart[]> {
    const { file } = await this.folder.readIndex();
    return versionsOf(file.entries, name).map((entry) => storedChart(name, entry, this.folder.archiveUrl(entry)));
  }

  async fetch(chart: StoredChart): Promise<Uint8Array> {
    const name = this.localName(chart);
    const blob = await this.blobs.read(name);
    if (blob === undefined) {
      throw new HelmCdError(
        'not-found',
        `${chart.name} ${chart.version} is in the index of ${this.url}, but ${name} is not there.`,
        { hint: 'Publish the same version again: what is missing is then put in place.' },
      );
    }
    const actual = sha256Digest(blob.bytes);
    if (chart.digest !== undefined && actual !== chart.digest) {
      throw new HelmCdError(
        'conflict',
        `${this.folder.addressOf(name)} has the digest ${actual}, but the index says ${chart.digest}.`,
        { hint: 'The archive or the index was changed after it was published. Do not use it.' },
      );
    }
    return blob.bytes;
  }

  async provenance(chart: StoredChart): Promise<Uint8Array | undefined> {
    return (await this.blobs.read(`${this.localName(chart)}.prov`))?.bytes;
  }

  private localName(chart: StoredChart): string {
    const name = this.folder.localName(chart.url);
    if (name !== undefined) return name;
    throw new HelmCdError(
      'unsupported',
      `The archive of ${chart.name} ${chart.version} is not in ${this.url} but at ${chart.url}`,
      { hint: 'helm-cd fetches only what is in the repository itself.' },
    );
  }

  async plan(charts: readonly PackedChart[]): Promise<readonly PublishedChart[]> {
    const { file } = await this.folder.readIndex();
    return Promise.all(
      charts.map(async (chart): Promise<PublishedChart> => {
        const standing = standingOf(chart, file.entries, this.url);
        const reason = standing.state === 'conflict' ? undefined : await this.otherBytes(chart, standing);
        return this.published(chart, reason === undefined ? standing : { state: 'conflict', reason });
      }),
    );
  }

  /** Why a chart cannot be published though the index would take it: its archive is there with other bytes. */
  private async otherBytes(chart: PackedChart, standing: Standing): Promise<string | undefined> {
    const isListed = standing.state === 'same';
    const name = isListed ? this.folder.localName(this.folder.archiveUrl(standing.entry)) : archiveName(chart.metadata);
    const blob = name === undefined ? undefined : await this.blobs.read(name);
    if (name === undefined || blob === undefined) return undefined;
    const digest = sha256Digest(blob.bytes);
    if (digest === chart.digest) return undefined;
    return archiveConflict(chart, this.folder.addressOf(name), digest, isListed ? this.url : undefined).message;
  }

  private published(chart: PackedChart, standing: Standing): PublishedChart {
    const { name, version } = chart.metadata;
    const url = this.folder.addressOf(archiveName(chart.metadata));
    const common = { name, version, digest: chart.digest, url };
    if (standing.state === 'conflict') return { ...common, state: 'conflict', reason: standing.reason };
    return { ...common, state: standing.state === 'same' ? 'already-published' : 'published' };
  }

  async publish(charts: readonly PackedChart[], options: PublishOptions): Promise<readonly PublishedChart[]> {
    const publisher = new IndexPublisher(this.folder, charts, this.services);
    try {
      await this.blobs.settle(INDEX);
      let consumer: Consumer | undefined;
      // Each time anew, and each file once: what is looked at belongs together.
      const look = async () => {
        consumer ??= await this.blobs.consumer?.();
        return this.gaps(readOnce(consumer ?? this.blobs), charts);
      };
      const before = await publisher.look();
      const isSeen = () =>
        look().then(
          (gaps) => gaps.length === 0,
          // That consumers have no way to it is told when all of it is in place.
          () => false,
        );
      const isAllThere = before.every(({ state }) => state === 'same') && (await isSeen());
      if (isAllThere) {
        this.services.log.info(`${consumer?.url ?? this.url}: all is there already, with the right digests`);
        return charts.map((chart, index) => this.published(chart, before[index] ?? { state: 'new' }));
      }
      const write = () => publisher.write();
      const standings = await (this.blobs.guard?.(write) ?? write());
      consumer ??= await this.blobs.consumer?.();
      const problems = async () => {
        const gaps = await look();
        if (gaps.length > 0) await this.addLost(publisher);
        return gaps;
      };
      const { verifyTimeoutMs } = options;
      await waitUntilVisible(consumer?.url ?? this.url, problems, verifyTimeoutMs, this.services, consumer?.note);
      return charts.map((chart, index) => this.published(chart, standings[index] ?? { state: 'new' }));
    } catch (error) {
      throw withProgress(error, publisher.progress);
    }
  }

  /** What consumers do not get may be slow to show, or written over by those who do not look first, or just pruned. */
  private async addLost(publisher: IndexPublisher): Promise<void> {
    const added = await publisher.addLost();
    if (added.length === 0) return;
    this.services.log.warning(
      `${this.folder.addressOf(INDEX)} was overwritten by something that does not look at what is there: ${added.join(', ')} was lost and added again.`,
    );
  }

  /** What a consumer does not get of the charts, in sentences. */
  private async gaps(files: Blobs, charts: readonly PackedChart[]): Promise<readonly string[]> {
    const seen = new IndexedStore(this.kind, files, this.services);
    return (await Promise.all(charts.map((chart) => seen.gapsOf(chart)))).flat();
  }

  private async gapsOf(chart: PackedChart): Promise<readonly string[]> {
    const { name, version } = chart.metadata;
    try {
      const found = (await this.versions(name)).find((candidate) => candidate.version === version);
      if (found === undefined) return [`The index does not show ${name} ${version}.`];
      if (found.digest !== chart.digest)
        return [`The index shows ${name} ${version} with ${found.digest ?? 'no digest'}.`];
      // Archives elsewhere were put there, and named here, by somebody else.
      if (this.folder.localName(found.url) === undefined) return [];
      await this.fetch(found);
      const signed = chart.provenance === undefined || (await this.provenance(found)) !== undefined;
      return signed ? [] : [`The provenance of ${name} ${version} is not there.`];
    } catch (error) {
      if (error instanceof HelmCdError && (error.code === 'cancelled' || error.code === 'unauthorized')) throw error;
      return [messageOf(error)];
    }
  }
}
