import semver from 'semver';
import { compareVersions } from '../core/chart-index.js';
import { HelmCdError } from '../core/errors.js';
import { MANIFEST_TYPE, chartLayersOf, tagOf, versionOfTag } from '../core/oci-chart.js';
import type { PackedChart } from '../core/packed-chart.js';
import type { Log } from '../core/ports.js';
import type { PublishedChart } from '../core/publication.js';
import type { Manifest, RegistryClient } from '../registry/client.js';

const ACCEPT = [MANIFEST_TYPE];
const LONGEST_TAG = 128;

/** What stands under a version's tag. */
export interface TaggedChart {
  readonly manifest: Manifest;
  /** Digest of the archive. */
  readonly chart: string;
  /** Digest of the provenance file. */
  readonly provenance: string | undefined;
}

/** A chart to be told apart from others: all that a comparison needs. */
type Compared = Pick<PackedChart, 'metadata' | 'digest'>;

/** All versions of one chart in an OCI registry: a repository of its own, in which each version is a tag. */
export class OciRepository {
  readonly name: string;
  readonly client: RegistryClient;
  /** Of the chart repository: one level above. */
  readonly parent: string;
  private readonly log: Log;

  constructor(name: string, client: RegistryClient, parent: string, log: Log) {
    this.name = name;
    this.client = client;
    this.parent = parent;
    this.log = log;
  }

  addressOf(version: string): string {
    return `${this.parent}/${this.name}:${tagOf(version)}`;
  }

  /** All versions, newest first. Tags that are none, such as those of signatures, are left out. */
  async versions(): Promise<readonly string[]> {
    const versions = (await this.client.tags()).map(versionOfTag);
    return versions.filter((version) => semver.valid(version) !== null).sort(compareVersions);
  }

  /** The versions, as far as we may list them: some registries let those pull and push who may not list. */
  async listed(): Promise<readonly string[] | undefined> {
    try {
      return await this.versions();
    } catch (error) {
      if (!(error instanceof HelmCdError) || !['unauthorized', 'refused'].includes(error.code)) throw error;
      this.log.debug(`The versions of ${this.name} cannot be listed: ${error.message}`);
      return undefined;
    }
  }

  /**
   * @returns nothing when there is no such version.
   * @throws HelmCdError `conflict` when something else than a chart has its tag.
   */
  async tagged(version: string): Promise<TaggedChart | undefined> {
    const manifest = await this.client.manifest(tagOf(version), ACCEPT);
    if (manifest === undefined) return undefined;
    const layers = chartLayersOf(manifest.bytes);
    if (layers !== undefined) return { manifest, ...layers };
    throw new HelmCdError('conflict', `${this.addressOf(version)} is no chart.`, {
      hint: 'Something else has that tag, such as a container image. Choose another repository for charts.',
    });
  }

  /** How a chart stands against the version that is there under its tag. */
  async standing({ metadata, digest }: Compared): Promise<PublishedChart> {
    const { name, version } = metadata;
    if (tagOf(version).length > LONGEST_TAG) {
      throw new HelmCdError(
        'refused',
        `The version ${version} is longer than a tag may be: ${LONGEST_TAG} characters.`,
      );
    }
    const common = { name, version, digest, url: this.addressOf(version) };
    const there = (await this.tagged(version))?.chart;
    if (there === undefined) return { ...common, state: 'published' };
    if (there === digest) return { ...common, state: 'already-published' };
    const reason = `${name} ${version} is already in ${this.parent} with the digest ${there}; this one has ${digest}.`;
    return { ...common, state: 'conflict', reason };
  }

  /** Like `standing`; also against versions that helm would take for this one. */
  async planned(chart: Compared): Promise<PublishedChart> {
    const standing = await this.standing(chart);
    if (standing.state !== 'published') return standing;
    const { name, version } = chart.metadata;
    const twin = this.twinIn((await this.listed()) ?? [], version);
    if (twin === undefined) return standing;
    const reason = `${name} ${version} and ${name} ${twin}, which is already in ${this.parent}, differ only in build metadata: helm takes one for the other.`;
    return { ...standing, state: 'conflict', reason };
  }

  /** A version that differs from this one in build metadata only. */
  twinIn(versions: readonly string[], version: string): string | undefined {
    return versions.find((other) => other !== version && semver.compare(other, version) === 0);
  }
}

/** @throws HelmCdError `conflict` when it is one. */
export function refuseConflict(standing: PublishedChart): PublishedChart {
  if (standing.state !== 'conflict') return standing;
  throw new HelmCdError('conflict', standing.reason ?? '', {
    hint: 'A published version never changes: raise the version in Chart.yaml.',
  });
}
