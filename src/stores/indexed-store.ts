import { createEntry, entryDigest, entryUrl, standingOf, type IndexEntry, type Standing } from '../core/chart-index.js';
import { sha256Digest } from '../core/digest.js';
import { HelmCdError, messageOf } from '../core/errors.js';
import { archiveName, type PackedChart } from '../core/packed-chart.js';
import { provenanceDigest } from '../core/provenance.js';
import type { Services } from '../core/ports.js';
import { ARCHIVE_TYPE, INDEX_TYPE, PROVENANCE_TYPE, type Blob, type Blobs } from './blobs.js';
import { indexedUpkeep } from './indexed-upkeep.js';
import { readIndexFile, versionsOf, type IndexFile } from './index-file.js';
import { waitUntilVisible } from './read-back.js';
import { readOnce } from './read-once.js';
import type { ChartStore, PublishedChart, PublishOptions, StoreKind, StoredChart } from './store.js';
import type { Upkeep } from './upkeep.js';

const INDEX = 'index.yaml';
/** Others may publish at the same time; each attempt loses only if somebody else has won, so all get through. */
const INDEX_ATTEMPTS = 200;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 2000;

type NeededServices = Pick<Services, 'clock' | 'log'>;

/** A pause of random length, longer with each attempt, so that those who collided do not collide again. */
function pause(attempt: number, { clock }: NeededServices): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 10));
  return clock.sleep(longest * (0.3 + 0.7 * Math.random()));
}

function conflict(reason: string): HelmCdError {
  return new HelmCdError('conflict', reason, {
    hint: 'A published version never changes: raise the version in Chart.yaml.',
  });
}

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
  /** The address of the files. */
  private readonly base: string;
  private readonly services: NeededServices;

  constructor(kind: StoreKind, blobs: Blobs, services: NeededServices) {
    this.kind = kind;
    this.url = blobs.storeUrl ?? blobs.url;
    this.base = blobs.url;
    this.blobs = blobs;
    this.services = services;
    this.upkeep = indexedUpkeep(blobs, services);
  }

  private async readIndex(): Promise<{ blob: Blob | undefined; file: IndexFile }> {
    const blob = await this.blobs.read(INDEX);
    const text = blob === undefined ? undefined : Buffer.from(blob.bytes).toString('utf8');
    return { blob, file: readIndexFile(text, `${this.base}/${INDEX}`) };
  }

  private addressOf(metadata: { readonly name: string; readonly version: string }): string {
    return `${this.base}/${archiveName(metadata)}`;
  }

  async versions(name: string): Promise<readonly StoredChart[]> {
    const { file } = await this.readIndex();
    return versionsOf(file.entries, name).map((entry): StoredChart => {
      const { urls: _urls, created, digest: _digest, ...metadata } = entry;
      const url = entryUrl(entry);
      return {
        name,
        version: entry.version,
        digest: entryDigest(entry),
        created: typeof created === 'string' ? created : undefined,
        url: url === undefined ? this.addressOf(entry) : new URL(url, `${this.base}/`).href,
        metadata,
      };
    });
  }

  async fetch(chart: StoredChart): Promise<Uint8Array> {
    const name = this.localName(chart);
    const blob = await this.blobs.read(name);
    if (blob === undefined) {
      throw new HelmCdError(
        'not-found',
        `${chart.name} ${chart.version} is in the index of ${this.url}, but ${name} is not there.`,
        {
          hint: 'Publish the same version again: what is missing is then put in place.',
        },
      );
    }
    const actual = sha256Digest(blob.bytes);
    if (chart.digest !== undefined && actual !== chart.digest) {
      throw new HelmCdError(
        'conflict',
        `${this.base}/${name} has the digest ${actual}, but the index says ${chart.digest}.`,
        { hint: 'The archive or the index was changed after it was published. Do not use it.' },
      );
    }
    return blob.bytes;
  }

  async provenance(chart: StoredChart): Promise<Uint8Array | undefined> {
    return (await this.blobs.read(`${this.localName(chart)}.prov`))?.bytes;
  }

  /** The archive's name in this folder; an index may also name places elsewhere, which are not ours to read. */
  private localName(chart: StoredChart): string {
    const base = `${this.base}/`;
    const href = new URL(chart.url).href;
    const prefix = new URL(base).href;
    const name = href.startsWith(prefix) ? decodeURIComponent(href.slice(prefix.length)) : '';
    if (name !== '' && !name.split('/').includes('..')) return name;
    throw new HelmCdError(
      'unsupported',
      `The archive of ${chart.name} ${chart.version} is not in ${this.url} but at ${chart.url}`,
      {
        hint: 'helm-cd fetches only what is in the repository itself.',
      },
    );
  }

  async plan(charts: readonly PackedChart[]): Promise<readonly PublishedChart[]> {
    const { file } = await this.readIndex();
    return Promise.all(
      charts.map(async (chart): Promise<PublishedChart> => {
        const standing = standingOf(chart, file.entries, this.url);
        if (standing.state !== 'new') return this.published(chart, standing);
        const other = await this.blobs.read(archiveName(chart.metadata));
        const reason = other === undefined ? undefined : this.archiveConflict(chart, other);
        return this.published(chart, reason === undefined ? standing : { state: 'conflict', reason });
      }),
    );
  }

  private published(chart: PackedChart, standing: Standing): PublishedChart {
    const { name, version } = chart.metadata;
    const url = this.addressOf(chart.metadata);
    const common = { name, version, digest: chart.digest, url };
    if (standing.state === 'conflict') return { ...common, state: 'conflict', reason: standing.reason };
    return { ...common, state: standing.state === 'same' ? 'already-published' : 'published' };
  }

  private archiveConflict(chart: PackedChart, existing: Blob): string | undefined {
    const other = sha256Digest(existing.bytes);
    if (other === chart.digest) return undefined;
    return `${this.addressOf(chart.metadata)} is already there with the digest ${other}; this one has ${chart.digest}.`;
  }

  async publish(charts: readonly PackedChart[], options: PublishOptions): Promise<readonly PublishedChart[]> {
    const write = async () => {
      await this.blobs.settle(INDEX);
      const { file } = await this.readIndex();
      for (const chart of charts) this.refuseConflict(standingOf(chart, file.entries, this.url));
      for (const chart of charts) await this.createArchive(chart);
      for (const chart of charts) await this.createProvenance(chart);
      return this.updateIndex(charts);
    };
    const published = await (this.blobs.guard?.(write) ?? write());
    await this.readBack(charts, options);
    return published;
  }

  /** Waits until consumers get every chart, in their own way. */
  private async readBack(charts: readonly PackedChart[], { verifyTimeoutMs }: PublishOptions): Promise<void> {
    const consumer = await this.blobs.consumer?.();
    const problems = async () => {
      // Each time anew, and each file once: what is looked at belongs together.
      const seen = new IndexedStore(this.kind, readOnce(consumer ?? this.blobs), this.services);
      const found = (await Promise.all(charts.map((chart) => seen.problemOf(chart)))).flat();
      // Whoever removes old versions may have taken an archive that the index did not name yet at that moment.
      if (found.length > 0 && consumer === undefined && this.blobs.flush === undefined) {
        for (const chart of charts) await this.createArchive(chart);
        for (const chart of charts) await this.createProvenance(chart);
      }
      return found;
    };
    await waitUntilVisible(consumer?.url ?? this.url, problems, verifyTimeoutMs, this.services, consumer?.note);
  }

  private refuseConflict(standing: Standing): void {
    if (standing.state === 'conflict') throw conflict(standing.reason);
  }

  /** The archive is there afterwards with exactly these bytes, whoever put it there. */
  private async createArchive(chart: PackedChart): Promise<void> {
    const name = archiveName(chart.metadata);
    const outcome = await this.blobs.create(name, chart.bytes, ARCHIVE_TYPE);
    if (outcome === 'created') {
      this.services.log.info(`${this.base}/${name}: uploaded, ${chart.digest}`);
      return;
    }
    const existing = await this.blobs.read(name);
    const reason =
      existing === undefined ? `${this.base}/${name} was deleted meanwhile.` : this.archiveConflict(chart, existing);
    if (reason !== undefined) throw conflict(reason);
    this.services.log.info(`${this.base}/${name}: already there, ${chart.digest}`);
  }

  /** A provenance file is there afterwards that vouches for these bytes: ours, or an earlier one. */
  private async createProvenance({ metadata, digest, provenance }: PackedChart): Promise<void> {
    if (provenance === undefined) return;
    const name = `${archiveName(metadata)}.prov`;
    if ((await this.blobs.create(name, provenance, PROVENANCE_TYPE)) === 'created') return;
    const existing = await this.blobs.read(name);
    const signed = existing === undefined ? undefined : provenanceDigest(existing.bytes, archiveName(metadata));
    if (signed !== digest) {
      throw conflict(
        `${this.base}/${name} is already there, but for the digest ${signed ?? 'of nothing'}, not ${digest}.`,
      );
    }
  }

  /** Adds what is missing to the index as it is at that moment, until nobody else has changed it in between. */
  private async updateIndex(charts: readonly PackedChart[]): Promise<readonly PublishedChart[]> {
    // When an answer got lost, the entries may be there though the write seems to have failed: then they are ours.
    const written = new Set<unknown>();
    for (let attempt = 0; attempt < INDEX_ATTEMPTS; attempt++) {
      const { blob, file } = await this.readIndex();
      const standings = charts.map((chart) => standingOf(chart, file.entries, this.url));
      for (const standing of standings) this.refuseConflict(standing);
      const missing = charts.filter((_, index) => standings[index]?.state === 'new');
      const result = charts.map((chart, index) => {
        const standing = standings[index] ?? { state: 'new' };
        const isOurs = standing.state === 'same' && written.has(standing.entry.created);
        return this.published(chart, isOurs ? { state: 'new' } : standing);
      });
      if (missing.length === 0) {
        if ((await this.blobs.flush?.()) !== 'changed') return result;
        await this.lostRace(charts, attempt);
        continue;
      }
      // Different on every write: an S3 server's version is a hash of the content, so that going back to an earlier
      // content would let a writer who still remembers it overwrite what came between.
      const now = new Date(this.services.clock.now()).toISOString();
      written.add(now);
      const entries: readonly IndexEntry[] = missing.map((chart) => createEntry(chart, now));
      const text = file.add(entries, now);
      if ((await this.blobs.replace(INDEX, Buffer.from(text), INDEX_TYPE, blob)) === 'written') {
        const names = missing.map(({ metadata }) => `${metadata.name} ${metadata.version}`).join(', ');
        this.services.log.info(`${this.base}/${INDEX}: added ${names}`);
        return result;
      }
      await this.lostRace(charts, attempt);
    }
    throw new HelmCdError('conflict', `${this.base}/${INDEX} was changed by others ${INDEX_ATTEMPTS} times in a row.`, {
      hint: 'The archives are uploaded. Run the job again: it completes what is missing.',
    });
  }

  private async lostRace(charts: readonly PackedChart[], attempt: number): Promise<void> {
    this.services.log.debug(`${this.base}/${INDEX} was changed by somebody else; adding to it again`);
    await pause(attempt, this.services);
    if (this.blobs.flush === undefined) return;
    // Where changes are commits, what was only kept in mind is lost with the race: all is judged by what is there now.
    const { file } = await this.readIndex();
    for (const chart of charts) this.refuseConflict(standingOf(chart, file.entries, this.url));
    for (const chart of charts) await this.createArchive(chart);
    for (const chart of charts) await this.createProvenance(chart);
  }

  /** What a consumer does not get of a chart. */
  private async problemOf(chart: PackedChart): Promise<readonly string[]> {
    const { name, version } = chart.metadata;
    try {
      const found = (await this.versions(name)).find((candidate) => candidate.version === version);
      if (found === undefined) return [`The index does not show ${name} ${version}.`];
      if (found.digest !== chart.digest)
        return [`The index shows ${name} ${version} with ${found.digest ?? 'no digest'}.`];
      await this.fetch(found);
      const signed = chart.provenance === undefined || (await this.provenance(found)) !== undefined;
      return signed ? [] : [`The provenance of ${name} ${version} is not there.`];
    } catch (error) {
      if (error instanceof HelmCdError && (error.code === 'cancelled' || error.code === 'unauthorized')) throw error;
      return [messageOf(error)];
    }
  }
}
