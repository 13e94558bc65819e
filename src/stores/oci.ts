import { HelmCdError } from '../core/errors.js';
import { chartFactsOf, createChartImage } from '../core/oci-chart.js';
import type { PackedChart } from '../core/packed-chart.js';
import type { Services } from '../core/ports.js';
import { RegistryClient } from '../registry/client.js';
import { findCredentials, type RegistryCredentials } from '../registry/credentials.js';
import { isRepositoryPath, parseOciUrl, type RegistryLocation } from '../registry/location.js';
import { archiveCreated } from './archive-time.js';
import { claimTag, confirmClaims, type Claim, type Claimed } from './oci-claim.js';
import { copyChart } from './oci-copy.js';
import { OciProgress } from './oci-progress.js';
import { problemsOf } from './oci-read-back.js';
import { OciRepository, refuseConflict } from './oci-repository.js';
import { waitUntilVisible } from './read-back.js';
import type { ChartStore, CopiedChart, PublishedChart, PublishOptions, StoreAccess, StoredChart } from './store.js';
import { ociUpkeep } from './oci-upkeep.js';
import type { Upkeep } from './upkeep.js';

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
  private readonly repositories = new Map<string, OciRepository>();

  private constructor(
    location: RegistryLocation,
    credentials: RegistryCredentials | undefined,
    services: NeededServices,
  ) {
    this.location = location;
    this.url = `oci://${[location.host, location.path].filter((part) => part !== '').join('/')}`;
    this.credentials = credentials;
    this.services = services;
    this.upkeep = ociUpkeep((name) => this.repository(name), services);
  }

  static async open(url: string, access: StoreAccess, services: NeededServices): Promise<OciStore> {
    const location = parseOciUrl(url);
    return new OciStore(location, await findCredentials(location.host, access, services), services);
  }

  private repository(name: string): OciRepository {
    const { host, path: parent } = this.location;
    const path = [parent, name].filter((part) => part !== '').join('/');
    if (!isRepositoryPath(path)) {
      throw new HelmCdError('refused', `An OCI registry cannot have a repository "${path}" for the chart ${name}.`, {
        hint: 'Chart names in a registry are lower case, with digits, dots, dashes and underscores.',
      });
    }
    const known = this.repositories.get(name);
    if (known !== undefined) return known;
    const client = new RegistryClient(host, path, this.credentials, this.services);
    const repository = new OciRepository(name, client, this.url, this.services.log);
    this.repositories.set(name, repository);
    return repository;
  }

  private storedChart(name: string, version: string, digest?: string): StoredChart {
    const url = this.repository(name).addressOf(version);
    return { name, version, digest, created: undefined, url, metadata: { name, version } };
  }

  async versions(name: string): Promise<readonly StoredChart[]> {
    return (await this.repository(name).versions()).map((version) => this.storedChart(name, version));
  }

  async find(name: string, version: string): Promise<StoredChart | undefined> {
    const tagged = await this.repository(name).tagged(version);
    if (tagged === undefined) return undefined;
    const created = chartFactsOf(tagged.manifest.bytes)?.created;
    return { ...this.storedChart(name, version, tagged.chart), created };
  }

  async resolve(chart: StoredChart): Promise<StoredChart> {
    return { ...chart, digest: (await this.find(chart.name, chart.version))?.digest };
  }

  async provenance(chart: StoredChart): Promise<Uint8Array | undefined> {
    const repository = this.repository(chart.name);
    const digest = (await repository.tagged(chart.version))?.provenance;
    return digest === undefined ? undefined : repository.client.blob(digest);
  }

  async fetch(chart: StoredChart): Promise<Uint8Array> {
    const repository = this.repository(chart.name);
    const digest = (await repository.tagged(chart.version))?.chart;
    if (digest === undefined) throw new HelmCdError('not-found', `${chart.url} is not there.`);
    if (chart.digest !== undefined && chart.digest !== digest) {
      throw new HelmCdError('conflict', `${chart.url} has the digest ${digest}, not ${chart.digest}.`, {
        hint: 'Somebody has overwritten it after it was published.',
      });
    }
    return repository.client.blob(digest);
  }

  async plan(charts: readonly PackedChart[]): Promise<readonly PublishedChart[]> {
    const plan: PublishedChart[] = [];
    for (const chart of charts) plan.push(await this.repository(chart.metadata.name).planned(chart));
    return plan;
  }

  async publish(charts: readonly PackedChart[], options: PublishOptions): Promise<readonly PublishedChart[]> {
    const plan = (await this.plan(charts)).map(refuseConflict);
    const progress = new OciProgress();
    const published: PublishedChart[] = [];
    const claims: Claim[] = [];
    try {
      for (const [index, chart] of charts.entries()) {
        const standing = plan[index];
        if (standing?.state === 'already-published') {
          await this.warnUnsigned(chart);
          published.push(standing);
          continue;
        }
        const claimed = await this.push(chart, progress);
        if (claimed.claim !== undefined) claims.push(claimed.claim);
        published.push(claimed.published);
      }
      await confirmClaims(claims, this.services, ({ chart }) => progress.lose(chart));
    } catch (error) {
      throw progress.tellWith(error);
    }
    const expected = charts.map((chart) => {
      const isOurs = claims.some((claim) => claim.chart === chart);
      const signed = isOurs && chart.provenance !== undefined;
      return { repository: this.repository(chart.metadata.name), chart, signed };
    });
    const problems = async () => (await Promise.all(expected.map(problemsOf))).flat();
    await waitUntilVisible(this.url, problems, options.verifyTimeoutMs, this.services);
    return published;
  }

  /** What a chart is made of, then its tag. */
  private async push(chart: PackedChart, progress: OciProgress): Promise<Claimed> {
    const repository = this.repository(chart.metadata.name);
    const { blobs, manifest } = createChartImage(chart, archiveCreated(chart.bytes));
    const upload = async (again = true) => {
      for (const blob of blobs) await repository.client.putBlob(blob, { again });
    };
    await upload(false);
    progress.upload(chart);
    const claimed = await claimTag(repository, chart, manifest, upload, this.services);
    progress.tag(chart);
    return claimed;
  }

  private async warnUnsigned({ metadata, provenance }: PackedChart): Promise<void> {
    if (provenance === undefined) return;
    const repository = this.repository(metadata.name);
    if ((await repository.tagged(metadata.version))?.provenance !== undefined) return;
    const url = repository.addressOf(metadata.version);
    this.services.log.warning(`${url} was published without a signature, which cannot be added later.`);
  }

  /** From another registry or another path of this one: with the bytes of the manifest, and what refers to it. */
  async copyFrom(source: ChartStore, chart: PackedChart, options: PublishOptions): Promise<CopiedChart | undefined> {
    if (source.kind !== 'oci') return undefined;
    const { name } = chart.metadata;
    // Not by its class, which another bundle has another of.
    const from = (source as unknown as OciStore).repository(name);
    return copyChart(from, this.repository(name), chart, options, this.services);
  }
}
