import semver from 'semver';
import { compareVersions } from '../core/chart-index.js';
import { HelmCdError } from '../core/errors.js';
import { MANIFEST_TYPE, chartLayersOf, createChartImage, tagOf, versionOfTag } from '../core/oci-chart.js';
import type { PackedChart } from '../core/packed-chart.js';
import type { Services } from '../core/ports.js';
import { RegistryClient } from '../registry/client.js';
import { findCredentials, type RegistryCredentials } from '../registry/credentials.js';
import { isRepositoryPath, parseOciUrl, type RegistryLocation } from '../registry/location.js';
import { waitUntilVisible } from './read-back.js';
import type { ChartStore, PublishedChart, PublishOptions, StoreAccess, StoredChart } from './store.js';
import { noUpkeep, type Upkeep } from './upkeep.js';

const ACCEPT = [MANIFEST_TYPE];
/** After this, whoever had looked at the tag before we wrote it has written it, too: then the last one has won. */
const SETTLE_MS = 1000;

type NeededServices = Pick<Services, 'environment' | 'masks' | 'processes' | 'cancelled' | 'clock' | 'log'>;

/**
 * Charts in an OCI registry, each in a repository of its own below the URL, each version a tag: what `helm push` and
 * `helm pull oci://` use.
 *
 * Registries have no conditional writes. A tag is looked at right before it is written, and again a while after: of
 * several who write different charts to one new tag in the same moment, one wins and the others fail. Content is
 * addressed by its digest, so that nothing else can be mixed up.
 */
export class OciStore implements ChartStore {
  readonly kind = 'oci';
  readonly url: string;
  readonly upkeep: Upkeep;
  private readonly location: RegistryLocation;
  private readonly credentials: RegistryCredentials | undefined;
  private readonly services: NeededServices;
  private readonly clients = new Map<string, RegistryClient>();

  private constructor(
    location: RegistryLocation,
    credentials: RegistryCredentials | undefined,
    services: NeededServices,
  ) {
    this.location = location;
    this.url = `oci://${[location.host, location.path].filter((part) => part !== '').join('/')}`;
    this.credentials = credentials;
    this.services = services;
    this.upkeep = noUpkeep(this.url, 'this version cannot do that yet.');
  }

  static async open(url: string, access: StoreAccess, services: NeededServices): Promise<OciStore> {
    const location = parseOciUrl(url);
    return new OciStore(location, await findCredentials(location.host, access, services), services);
  }

  private client(name: string): RegistryClient {
    const path = [this.location.path, name].filter((part) => part !== '').join('/');
    if (!isRepositoryPath(path)) {
      throw new HelmCdError('refused', `An OCI registry cannot have a repository "${path}" for the chart ${name}.`, {
        hint: 'Chart names in a registry are lower case, with digits, dots, dashes and underscores.',
      });
    }
    const known = this.clients.get(name);
    if (known !== undefined) return known;
    const client = new RegistryClient(this.location.host, path, this.credentials, this.services);
    this.clients.set(name, client);
    return client;
  }

  private addressOf(name: string, version: string): string {
    return `${this.url}/${name}:${tagOf(version)}`;
  }

  async versions(name: string): Promise<readonly StoredChart[]> {
    const tags = await this.client(name).tags();
    return tags
      .map(versionOfTag)
      .filter((version) => semver.valid(version) !== null)
      .sort(compareVersions)
      .map((version) => {
        const url = this.addressOf(name, version);
        return { name, version, digest: undefined, created: undefined, url, metadata: { name, version } };
      });
  }

  /** The digests of archive and provenance that a version stands for; nothing when there is no such version. */
  private async layers(name: string, version: string): Promise<ReturnType<typeof chartLayersOf>> {
    const manifest = await this.client(name).manifest(tagOf(version), ACCEPT);
    if (manifest === undefined) return undefined;
    const layers = chartLayersOf(manifest.bytes);
    if (layers !== undefined) return layers;
    throw new HelmCdError('conflict', `${this.addressOf(name, version)} is no chart.`, {
      hint: 'Something else has that tag, such as a container image. Choose another repository for charts.',
    });
  }

  async provenance(chart: StoredChart): Promise<Uint8Array | undefined> {
    const digest = (await this.layers(chart.name, chart.version))?.provenance;
    return digest === undefined ? undefined : this.client(chart.name).blob(digest);
  }

  async fetch(chart: StoredChart): Promise<Uint8Array> {
    const digest = (await this.layers(chart.name, chart.version))?.chart;
    if (digest === undefined) throw new HelmCdError('not-found', `${chart.url} is not there.`);
    if (chart.digest !== undefined && chart.digest !== digest) {
      throw new HelmCdError('conflict', `${chart.url} has the digest ${digest}, not ${chart.digest}.`, {
        hint: 'Somebody has overwritten it after it was published.',
      });
    }
    return this.client(chart.name).blob(digest);
  }

  async plan(charts: readonly PackedChart[]): Promise<readonly PublishedChart[]> {
    const plan: PublishedChart[] = [];
    for (const chart of charts) plan.push(await this.standing(chart));
    return plan;
  }

  /** How a chart stands against what is there. */
  private async standing(chart: PackedChart): Promise<PublishedChart> {
    const { name, version } = chart.metadata;
    const common = { name, version, digest: chart.digest, url: this.addressOf(name, version) };
    const there = (await this.layers(name, version))?.chart;
    if (there === chart.digest) return { ...common, state: 'already-published' };
    if (there !== undefined) {
      const reason = `${name} ${version} is already in ${this.url} with the digest ${there}; this one has ${chart.digest}.`;
      return { ...common, state: 'conflict', reason };
    }
    const twin = (await this.listed(name)).find((other) => semver.compare(other.version, version) === 0);
    if (twin === undefined) return { ...common, state: 'published' };
    const reason = `${name} ${version} and ${name} ${twin.version}, which is already in ${this.url}, differ only in build metadata: helm takes one for the other.`;
    return { ...common, state: 'conflict', reason };
  }

  /** The versions, as far as we may list them: some registries let those pull and push who may not list. */
  private async listed(name: string): Promise<readonly StoredChart[]> {
    try {
      return await this.versions(name);
    } catch (error) {
      if (!(error instanceof HelmCdError) || !['unauthorized', 'refused'].includes(error.code)) throw error;
      this.services.log.debug(`The versions of ${name} cannot be listed: ${error.message}`);
      return [];
    }
  }

  private async isSigned({ metadata }: PackedChart): Promise<boolean> {
    return (await this.layers(metadata.name, metadata.version))?.provenance !== undefined;
  }

  async publish(charts: readonly PackedChart[], options: PublishOptions): Promise<readonly PublishedChart[]> {
    const refuse = (standing: PublishedChart): PublishedChart => {
      if (standing.state !== 'conflict') return standing;
      throw new HelmCdError('conflict', standing.reason ?? '', {
        hint: 'A published version never changes: raise the version in Chart.yaml.',
      });
    };
    const plan = (await this.plan(charts)).map(refuse);
    const published: PublishedChart[] = [];
    const written: PackedChart[] = [];
    for (const [index, chart] of charts.entries()) {
      const standing = plan[index];
      if (standing === undefined) continue;
      if (standing.state === 'already-published') {
        if (chart.provenance !== undefined && !(await this.isSigned(chart))) {
          this.services.log.warning(`${standing.url} was published without a signature, which cannot be added later.`);
        }
        published.push(standing);
        continue;
      }
      const client = this.client(chart.metadata.name);
      const image = createChartImage(chart);
      for (const blob of image.blobs) await client.putBlob(blob);
      let now = refuse(await this.standing(chart));
      const isNew = now.state !== 'already-published';
      if (isNew && (await client.putManifest(tagOf(chart.metadata.version), image.manifest, MANIFEST_TYPE))) {
        written.push(chart);
        this.services.log.info(`${standing.url}: pushed, ${chart.digest}`);
      } else if (isNew) now = refuse(await this.standing(chart));
      published.push(now);
    }
    if (written.length > 0) await this.services.clock.sleep(SETTLE_MS);
    for (const chart of written) refuse(await this.standing(chart));
    const problems = async () => (await Promise.all(charts.map((chart) => this.problemOf(chart)))).flat();
    await waitUntilVisible(this.url, problems, options.verifyTimeoutMs, this.services);
    return published;
  }

  /** What a consumer does not get of a chart. */
  private async problemOf({ metadata, digest }: PackedChart): Promise<readonly string[]> {
    const { name, version } = metadata;
    try {
      const url = this.addressOf(name, version);
      await this.fetch({ name, version, digest, created: undefined, url, metadata: {} });
      return [];
    } catch (error) {
      if (!(error instanceof HelmCdError) || error.code === 'cancelled' || error.code === 'unauthorized') throw error;
      return [error.message];
    }
  }
}
