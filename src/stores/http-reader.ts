import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { entryUrl, type IndexEntries, type IndexEntry } from '../core/chart-index.js';
import { sha256Digest } from '../core/digest.js';
import { HelmCdError } from '../core/errors.js';
import { archiveName } from '../core/packed-chart.js';
import type { Services, WebAnswer } from '../core/ports.js';
import { isWebPage, saidIn } from './http-answer.js';
import type { HttpClient } from './http-client.js';
import type { IndexCache } from './index-cache.js';
import { readIndexFile, versionsOf } from './index-file.js';
import { storedChart, type StoredChart } from './stored-chart.js';

/** An index as it was read. */
export interface ReadIndex {
  readonly entries: IndexEntries;
  /** The path that ChartMuseum says all of its paths are below; empty when it does not say. */
  readonly contextPath: string;
}

/** Much more than any client takes. */
const LARGEST_INDEX_BYTES = 256 * 1024 ** 2;

interface Kept extends ReadIndex {
  readonly etag: string | undefined;
  readonly modified: string | undefined;
  readonly bytes: Uint8Array;
}

/** `serverInfo.contextPath`, which ChartMuseum alone writes; in YAML or JSON. */
function contextPathIn(text: string): string {
  const match =
    /^serverInfo:[ \t]*\r?\n[ \t]+contextPath:[ \t]*["']?([^"'\s]+)/m.exec(text) ??
    /"serverInfo"\s*:\s*\{\s*"contextPath"\s*:\s*"([^"\\]+)"/.exec(text);
  return match?.[1] ?? '';
}

/** The answer without the compression that was asked for: an index of many megabytes becomes one. */
async function unfolded(answer: WebAnswer): Promise<WebAnswer> {
  if (!/^(?:x-)?gzip$/i.test(answer.headers['content-encoding'] ?? '')) return answer;
  try {
    return { ...answer, body: await promisify(gunzip)(answer.body, { maxOutputLength: LARGEST_INDEX_BYTES }) };
  } catch {
    // What it says is not so: then it is taken as it is.
    return answer;
  }
}

/**
 * A chart repository on the web, as helm reads it: `index.yaml` and what that names. An index that the server knows to be
 * unchanged is not sent again.
 */
export class HttpReader {
  /** For people: the URL of the repository as it was given. */
  readonly url: string;
  private readonly client: HttpClient;
  private readonly once: boolean;
  private readonly log: Services['log'];
  private readonly cache: IndexCache | undefined;
  private kept: Kept | undefined;
  private reading: Promise<ReadIndex> | undefined;

  /**
   * @param once the index is asked for once, and what it said then is true until the end.
   * @param cache what an earlier run has kept of it.
   */
  constructor(url: string, client: HttpClient, once: boolean, log: Services['log'], cache?: IndexCache) {
    this.cache = cache;
    this.url = url;
    this.client = client;
    this.once = once;
    this.log = log;
  }

  get indexUrl(): string {
    return `${this.client.location.base}/index.yaml`;
  }

  /** @throws HelmCdError `not-found` when there is none: that is never taken for an empty repository. */
  async index(): Promise<ReadIndex> {
    if (!this.once) return this.readIndex();
    this.reading ??= this.readIndex();
    return this.reading;
  }

  private async readIndex(): Promise<ReadIndex> {
    const { kept } = this;
    const known = kept ?? (await this.fromCache());
    const headers = {
      ...(known?.etag === undefined ? {} : { 'if-none-match': known.etag }),
      ...(known?.modified === undefined || known.etag !== undefined ? {} : { 'if-modified-since': known.modified }),
      // A cache on the way may have it, but has to ask whether it is still the same.
      'cache-control': 'no-cache',
      'accept-encoding': 'gzip',
    };
    const answer = await unfolded(await this.client.get(this.indexUrl, headers));
    if (answer.status === 304 && kept !== undefined) return kept;
    if (answer.status === 304 && known !== undefined) return (this.kept = { ...this.contentOf(known.bytes), ...known });
    if (answer.status === 404 || answer.status === 410) {
      throw new HelmCdError(
        'not-found',
        `There is no chart repository at ${this.url}: ${this.indexUrl} is not there (HTTP ${answer.status}).`,
        { hint: 'Check the URL: it is that of the folder which index.yaml is in.' },
      );
    }
    if (answer.status !== 200) throw this.client.failure(answer, this.indexUrl, 'cannot be read');
    if (isWebPage(answer)) {
      throw new HelmCdError('file', `${this.indexUrl} is no index of a chart repository but ${saidIn(answer)}.`, {
        hint: 'Is there a login or a proxy in front of the repository?',
      });
    }
    const isSame = kept !== undefined && Buffer.from(kept.bytes).equals(answer.body);
    const { entries, contextPath } = isSame ? kept : this.contentOf(answer.body);
    const { etag, 'last-modified': modified } = answer.headers;
    this.kept = { entries, contextPath, bytes: answer.body, etag, modified };
    await this.cache?.save({ bytes: answer.body, tag: etag, modified });
    return this.kept;
  }

  private contentOf(bytes: Uint8Array): ReadIndex {
    const text = Buffer.from(bytes).toString('utf8');
    return { entries: readIndexFile(text, this.indexUrl).entries, contextPath: contextPathIn(text) };
  }

  private async fromCache(): Promise<Omit<Kept, keyof ReadIndex> | undefined> {
    const index = await this.cache?.load();
    return index === undefined ? undefined : { bytes: index.bytes, etag: index.tag, modified: index.modified };
  }

  /** All versions of a chart, newest first. */
  async versions(name: string): Promise<readonly StoredChart[]> {
    return this.versionsIn((await this.index()).entries, name);
  }

  /** The same by the index as it was read last. */
  lastVersions(name: string): readonly StoredChart[] {
    return this.versionsIn(this.kept?.entries ?? new Map(), name);
  }

  private versionsIn(entries: IndexEntries, name: string): readonly StoredChart[] {
    return versionsOf(entries, name).map((entry) => storedChart(name, entry, this.addressOf({ ...entry, name })));
  }

  /** Where an entry says that its archive is. */
  addressOf(entry: IndexEntry): string {
    const url = entryUrl(entry) ?? encodeURIComponent(archiveName(entry));
    const base = `${this.client.location.base}/`;
    return URL.canParse(url, base) ? new URL(url, base).href : url;
  }

  /** @throws HelmCdError `conflict` for other bytes than the index says, `not-found`, `unsupported` for a place that is not on the web. */
  async fetch(chart: StoredChart): Promise<Uint8Array> {
    const bytes = await this.read(this.webAddress(chart));
    if (bytes === undefined) {
      throw new HelmCdError(
        'not-found',
        `${chart.name} ${chart.version} is in the index of ${this.url}, but ${chart.url} is not there.`,
      );
    }
    const actual = sha256Digest(bytes);
    if (chart.digest === undefined) {
      this.log.debug(`${this.indexUrl} has no digest of ${chart.name} ${chart.version}, which is ${actual}`);
    } else if (actual !== chart.digest) {
      throw new HelmCdError(
        'conflict',
        `${chart.url} has the digest ${actual}, but the index of ${this.url} says ${chart.digest}.`,
        { hint: 'The archive or the index was changed after it was published. Do not use it.' },
      );
    }
    return bytes;
  }

  /** The provenance file beside the archive, where helm looks for it. */
  async provenance(chart: StoredChart): Promise<Uint8Array | undefined> {
    return this.provenanceAt(this.webAddress(chart));
  }

  /** @param archive the archive's URL. */
  async provenanceAt(archive: string): Promise<Uint8Array | undefined> {
    const url = new URL(archive);
    url.pathname += '.prov';
    const answer = await this.client.get(url.href);
    if (answer.status === 200 && !isWebPage(answer)) return answer.body;
    // Buckets that nobody may list answer so for what is not there; the archive beside it could be read.
    if (answer.status === 403) this.log.debug(`${url.href} is forbidden: taken for missing`);
    if ([200, 403, 404, 410].includes(answer.status)) return undefined;
    throw this.client.failure(answer, url.href, 'cannot be read');
  }

  /** @returns nothing when it is not there. */
  async read(url: string): Promise<Uint8Array | undefined> {
    const answer = await this.client.get(url);
    if (answer.status === 404 || answer.status === 410) return undefined;
    if (answer.status !== 200) throw this.client.failure(answer, url, 'cannot be read');
    if (isWebPage(answer)) {
      throw new HelmCdError('unreachable', `${url} gives ${saidIn(answer)} in place of a file.`, {
        hint: 'Is there a login or a proxy in front of the repository?',
      });
    }
    return answer.body;
  }

  private webAddress(chart: StoredChart): string {
    if (/^https?:$/.test(URL.canParse(chart.url) ? new URL(chart.url).protocol : '')) return chart.url;
    throw new HelmCdError(
      'unsupported',
      `The archive of ${chart.name} ${chart.version} is not on the web but at ${chart.url}`,
      {
        hint: chart.url.startsWith('oci://')
          ? 'Give that OCI registry as the chart repository, without the name of the chart.'
          : 'Only http and https are followed from an index.',
      },
    );
  }
}
