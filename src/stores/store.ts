import type { PackedChart } from '../core/packed-chart.js';
import type { PublishedChart } from '../core/publication.js';
import type { StoredChart } from './stored-chart.js';
import type { Upkeep } from './upkeep.js';

/** How to reach a chart repository, besides its URL. Empty texts count as not given. */
export interface StoreAccess {
  /** Only for repositories that know users: OCI and ChartMuseum. */
  readonly username?: string;
  readonly password?: string;
  /** GitHub's, for branches of repositories there; it is sent to the GitHub of this run only. */
  readonly token?: string;
  /** S3-compatible servers: `http://127.0.0.1:7070`. Default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, else Amazon's. */
  readonly endpointUrl?: string;
  /** S3. Default: AWS_REGION, AWS_DEFAULT_REGION, else us-east-1. */
  readonly region?: string;
}

export type StoreKind = 's3' | 'file' | 'oci' | 'pages' | 'git' | 'chartmuseum' | 'http';

export type { PublishedChart, StoredChart };

export interface PublishOptions {
  /** How long the consumers' view may take to show what was published. */
  readonly verifyTimeoutMs: number;
}

/** A chart that was copied together with more than its archive and provenance. */
export interface CopiedChart extends PublishedChart {
  /** `sha256:…` of the manifest: the same at both ends, unless a warning says otherwise. */
  readonly manifest: string;
  /** Digests of the blobs that were there, taken over from beside it, or sent. */
  readonly blobs: {
    readonly there: readonly string[];
    readonly mounted: readonly string[];
    readonly uploaded: readonly string[];
  };
  /** Digests of what refers to the manifest, such as signatures, and was copied or there. */
  readonly referrers: readonly string[];
  readonly warnings: readonly string[];
}

/** A chart repository of any kind. Implementations state their guarantees in their own file. */
export interface ChartStore {
  readonly kind: StoreKind;
  /** Without credentials. */
  readonly url: string;
  /** What the user must know about the guarantees here, as far as it has turned out; sentences. */
  readonly warnings?: readonly string[];
  /** Removing old versions, checking and mending. */
  readonly upkeep: Upkeep;
  /**
   * All versions of a chart, newest first; none when the repository or the chart is not there yet.
   * @throws HelmCdError `unreachable` or `unauthorized`, never to be taken for an empty repository.
   */
  versions(name: string): Promise<readonly StoredChart[]>;
  /**
   * The archive's bytes.
   * @throws HelmCdError `conflict` when they have another digest than `chart.digest`, `not-found` when they are gone.
   */
  fetch(chart: StoredChart): Promise<Uint8Array>;
  /** The provenance file that belongs to the archive; nothing when it is not signed. */
  provenance(chart: StoredChart): Promise<Uint8Array | undefined>;
  /** What `publish` would do; writes nothing. */
  plan(charts: readonly PackedChart[]): Promise<readonly PublishedChart[]>;
  /**
   * Publishes charts so that consumers see each completely or not at all. Safe to repeat after any interruption and
   * against any number of others who publish at the same time. It ends when consumers can fetch every chart.
   * @throws HelmCdError `conflict` when a version is taken by other bytes (naming both digests), `timeout` when
   *   consumers still do not see it.
   */
  publish(charts: readonly PackedChart[], options: PublishOptions): Promise<readonly PublishedChart[]>;
  /**
   * One version, without a list of them, where that is possible.
   * @returns nothing when it is not there.
   */
  find?(name: string, version: string): Promise<StoredChart | undefined>;
  /** The same with the digest, where `versions` cannot tell it for all at once. */
  resolve?(chart: StoredChart): Promise<StoredChart>;
  /**
   * Publishes a chart that another repository has, with more of what that one keeps than the archive and its provenance.
   * @returns nothing when that one has no more: then `publish` does all that can be done.
   */
  copyFrom?(source: ChartStore, chart: PackedChart, options: PublishOptions): Promise<CopiedChart | undefined>;
}
