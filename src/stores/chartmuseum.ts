import { standingOf } from '../core/chart-index.js';
import type { PackedChart } from '../core/packed-chart.js';
import { ChartMuseumApi } from './chartmuseum-api.js';
import { ChartMuseumPublisher } from './chartmuseum-publisher.js';
import { chartMuseumUpkeep } from './chartmuseum-upkeep.js';
import { MuseumShelf } from './chartmuseum-shelf.js';
import { HttpClient, type HttpServices } from './http-client.js';
import { parseHttpLocation } from './http-location.js';
import { HttpReader } from './http-reader.js';
import type { IndexCache } from './index-cache.js';
import type { ChartStore, PublishedChart, PublishOptions, StoreAccess, StoredChart } from './store.js';
import type { Upkeep } from './upkeep.js';

/**
 * A repository of a ChartMuseum server: read as any on the web, written by its API, without ever overwriting.
 *
 * The server looks whether a version is there and then writes it, which are two steps: of several who publish other bytes
 * as one new version in the same moment the last one wins, and all are told that they have. So what is stored is looked
 * at again a while later, and whoever finds other bytes than their own fails. What counts is the archive itself: the
 * index follows later, and on each replica of the server at its own time.
 */
export class ChartMuseumStore implements ChartStore {
  readonly kind = 'chartmuseum';
  readonly url: string;
  readonly upkeep: Upkeep;
  private readonly reader: HttpReader;
  private readonly shelf: MuseumShelf;
  private readonly publisher: ChartMuseumPublisher;

  /**
   * @param url `https+chartmuseum://host/path`
   * @param once the index is read once: for one who only looks.
   * @param cache what an earlier run has kept of the index.
   * @throws HelmCdError `input` when the URL is none.
   */
  constructor(url: string, access: StoreAccess, services: HttpServices, once = false, cache?: IndexCache) {
    const location = parseHttpLocation(url);
    this.url = location.base;
    const client = new HttpClient(location, access, services);
    this.reader = new HttpReader(this.url, client, once, services.log, cache);
    this.shelf = new MuseumShelf(this.url, this.reader);
    const api = new ChartMuseumApi(client, this.reader);
    this.publisher = new ChartMuseumPublisher(api, this.reader, this.shelf, services);
    this.upkeep = chartMuseumUpkeep(api, this.reader, this.shelf, services);
  }

  versions(name: string): Promise<readonly StoredChart[]> {
    return this.reader.versions(name);
  }

  fetch(chart: StoredChart): Promise<Uint8Array> {
    return this.reader.fetch(chart);
  }

  provenance(chart: StoredChart): Promise<Uint8Array | undefined> {
    return this.reader.provenance(chart);
  }

  async plan(charts: readonly PackedChart[]): Promise<readonly PublishedChart[]> {
    const { entries } = await this.reader.index();
    return Promise.all(
      charts.map(async (chart): Promise<PublishedChart> => {
        const { name, version } = chart.metadata;
        const common = { name, version, digest: chart.digest, url: this.shelf.addressOf(chart.metadata) };
        const stored = await this.shelf.digestOf(chart.metadata);
        if (stored === chart.digest) return { ...common, state: 'already-published' };
        if (stored !== undefined) return { ...common, state: 'conflict', reason: this.shelf.takenBy(stored, chart) };
        const listed = standingOf(chart, entries, this.url);
        if (listed.state === 'conflict') return { ...common, state: 'conflict', reason: listed.reason };
        return { ...common, state: 'published' };
      }),
    );
  }

  async publish(charts: readonly PackedChart[], options: PublishOptions): Promise<readonly PublishedChart[]> {
    return this.publisher.publish(charts, () => this.plan(charts), options);
  }
}
