import { HelmCdError } from '../core/errors.js';
import { HttpClient, type HttpServices } from './http-client.js';
import { inspectWeb } from './http-inspection.js';
import { parseHttpLocation } from './http-location.js';
import { HttpReader } from './http-reader.js';
import type { IndexCache } from './index-cache.js';
import type { ChartStore, PublishedChart, StoreAccess, StoredChart } from './store.js';
import type { Upkeep } from './upkeep.js';

/**
 * Any chart repository on the web, as helm uses it: to read charts from. Who may read it cannot write to it: how is not
 * known of a web server.
 *
 * What is fetched is what the index says: helm itself takes any bytes.
 */
export class HttpStore implements ChartStore {
  readonly kind = 'http';
  readonly url: string;
  readonly upkeep: Upkeep;
  private readonly reader: HttpReader;

  /** @throws HelmCdError `input` when the URL is none. */
  constructor(url: string, access: StoreAccess, services: HttpServices, once: boolean, cache?: IndexCache) {
    const location = parseHttpLocation(url);
    this.url = location.base;
    const reader = new HttpReader(this.url, new HttpClient(location, access, services), once, services.log, cache);
    this.reader = reader;
    const refuse = () =>
      Promise.reject(
        new HelmCdError(
          'unsupported',
          `${this.url} can only be read: nothing can be removed from it, or mended in it.`,
        ),
      );
    this.upkeep = {
      remove: refuse,
      repair: refuse,
      names: async () => [...(await reader.index()).entries.keys()],
      async holdings(names) {
        const lists = await Promise.all(names.map((name) => reader.versions(name)));
        return lists.flat().map((chart) => ({ ...chart, listed: true, sizeBytes: undefined }));
      },
      inspect: (options) => inspectWeb(reader, options, services),
    };
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

  plan(): Promise<readonly PublishedChart[]> {
    return Promise.reject(readOnly(this.url));
  }

  publish(): Promise<readonly PublishedChart[]> {
    return Promise.reject(readOnly(this.url));
  }
}

/** The error for who wants to publish where only reading is possible. */
export function readOnly(url: string): HelmCdError {
  return new HelmCdError('unsupported', `helm-cd can read the chart repository ${url}, but not publish to it.`, {
    hint: 'Publishing needs one of s3://, oci://, pages://, git+https://, https+chartmuseum:// or file:///.',
  });
}
