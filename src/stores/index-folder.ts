import { entryUrl, type IndexEntry } from '../core/chart-index.js';
import { archiveName } from '../core/packed-chart.js';
import type { Blob, Blobs } from './blobs.js';
import { readIndexBytes, type IndexFile } from './index-file.js';

export const INDEX = 'index.yaml';

/** A folder of archives with an index: what is called how, and where it is. */
export class IndexFolder {
  readonly blobs: Blobs;
  /** The chart repository's URL, for people. */
  readonly url: string;
  /** The address of the files. */
  readonly base: string;

  constructor(blobs: Blobs) {
    this.blobs = blobs;
    this.url = blobs.storeUrl ?? blobs.url;
    this.base = blobs.url;
  }

  async readIndex(): Promise<{ readonly blob: Blob | undefined; readonly file: IndexFile }> {
    const blob = await this.blobs.read(INDEX);
    return { blob, file: readIndexBytes(blob?.bytes, this.addressOf(INDEX)) };
  }

  addressOf(file: string): string {
    return `${this.base}/${file}`;
  }

  /** Where an entry's archive is: as it says, else where helm-cd puts it. */
  archiveUrl(entry: IndexEntry): string {
    const url = entryUrl(entry);
    return url === undefined || !URL.canParse(url, `${this.base}/`)
      ? this.addressOf(archiveName(entry))
      : new URL(url, `${this.base}/`).href;
  }

  /** The file's name in this folder; nothing when the URL is of somewhere else, which is not ours to touch. */
  localName(url: string): string | undefined {
    const base = `${this.base}/`;
    const prefix = new URL(base).href;
    const href = new URL(url).href;
    if (!href.startsWith(prefix)) return undefined;
    const name = decodeURIComponent(href.slice(prefix.length));
    return name === '' || name.split('/').includes('..') ? undefined : name;
  }
}
