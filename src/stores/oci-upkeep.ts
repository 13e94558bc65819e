import { createLimiter } from '../core/concurrency.js';
import { HelmCdError } from '../core/errors.js';
import { MANIFEST_TYPE, chartFactsOf, tagOf } from '../core/oci-chart.js';
import type { Services } from '../core/ports.js';
import { referrersTag } from '../registry/descriptors.js';
import { ANY_MANIFEST } from '../registry/media-types.js';
import { inspectRepository } from './oci-inspection.js';
import type { OciRepository } from './oci-repository.js';
import { createProgress } from './progress.js';
import type { Holding, Inspection, Removal, Upkeep } from './upkeep.js';

const READS_AT_ONCE = 8;

type NeededServices = Pick<Services, 'clock' | 'log'>;

/** What a registry tells of one version; nothing when it is gone meanwhile, or something else than a chart. */
async function holdingOf(repository: OciRepository, version: string): Promise<Holding | undefined> {
  const manifest = await repository.client.manifest(tagOf(version), [MANIFEST_TYPE]);
  const facts = manifest === undefined ? undefined : chartFactsOf(manifest.bytes);
  if (facts === undefined) return undefined;
  const { name } = repository;
  return {
    name,
    version,
    digest: facts.chart,
    created: facts.created,
    url: repository.addressOf(version),
    metadata: { name, version },
    listed: true,
    sizeBytes: facts.sizeBytes,
  };
}

/** The digest behind every tag of a repository. */
async function tagDigests({ client }: OciRepository): Promise<ReadonlyMap<string, string>> {
  const limited = createLimiter(READS_AT_ONCE);
  const digests = new Map<string, string>();
  const look = async (tag: string) => {
    const digest = (await client.head(tag, ANY_MANIFEST))?.digest ?? (await client.manifest(tag, ANY_MANIFEST))?.digest;
    if (digest !== undefined) digests.set(tag, digest);
  };
  await Promise.all((await client.tags()).map((tag) => limited(() => look(tag))));
  return digests;
}

/** What refers to a manifest goes with it: signatures listed by the registry, or kept under tags made of the digest. */
async function removeReferrers(
  { client }: OciRepository,
  digest: string,
  listed: readonly string[],
  tags: ReadonlyMap<string, string>,
  log: Services['log'],
): Promise<void> {
  const prefix = referrersTag(digest);
  const tagged = [...tags].filter(([tag]) => tag === prefix || tag.startsWith(`${prefix}.`)).map(([, own]) => own);
  for (const one of new Set([...listed, ...tagged])) {
    try {
      await client.deleteManifest(one);
    } catch (error) {
      if (!(error instanceof HelmCdError) || error.code === 'cancelled') throw error;
      log.debug(`${one}, which refers to ${digest}, stays: ${error.message}`);
    }
  }
}

async function removeFrom(
  repository: OciRepository,
  charts: readonly Holding[],
  { log }: NeededServices,
): Promise<ReadonlyMap<Holding, Removal>> {
  const removals = new Map<Holding, Removal>();
  const tags = await tagDigests(repository);
  const planned = new Set(charts.map(({ version }) => tagOf(version)));
  const deleted = new Set<string>();
  for (const chart of charts) {
    const { name, version } = chart;
    const tell = (state: Removal['state'], reason?: string) =>
      removals.set(chart, { name, version, state, ...(reason === undefined ? {} : { reason }) });
    const tagged = await repository.tagged(version);
    if (tagged === undefined) {
      tell(deleted.has(tags.get(tagOf(version)) ?? '') ? 'removed' : 'gone');
      continue;
    }
    const { digest } = tagged.manifest;
    const others = [...tags].filter(([tag, own]) => own === digest && !planned.has(tag)).map(([tag]) => tag);
    if (tagged.chart !== chart.digest) tell('changed');
    else if (others.length > 0) {
      tell('changed', `${others.join(', ')} has the same manifest, and would be deleted, too.`);
    } else {
      const { descriptors } = await repository.client.referrers(digest);
      await repository.client.deleteManifest(digest);
      deleted.add(digest);
      tell('removed');
      await removeReferrers(
        repository,
        digest,
        descriptors.map((descriptor) => descriptor.digest),
        tags,
        log,
      );
    }
  }
  if (deleted.size > 0) log.info(`${repository.parent}/${repository.name}: deleted ${deleted.size} manifests`);
  return removals;
}

/**
 * The upkeep of charts in an OCI registry. Registries cannot say which charts there are, so that these must be named. A
 * version goes with its manifest; the archives are swept up by the registry itself.
 */
export function ociUpkeep(repositoryOf: (name: string) => OciRepository, services: NeededServices): Upkeep {
  return {
    names: () => Promise.resolve(undefined),

    async holdings(names) {
      const limited = createLimiter(READS_AT_ONCE);
      const lists = names.map(async (name) => {
        const repository = repositoryOf(name);
        const versions = await repository.versions();
        return Promise.all(versions.map((version) => limited(() => holdingOf(repository, version))));
      });
      return (await Promise.all(lists)).flat().filter((holding) => holding !== undefined);
    },

    async remove(charts) {
      const removals = new Map<Holding, Removal>();
      for (const name of new Set(charts.map((chart) => chart.name))) {
        const mine = charts.filter((chart) => chart.name === name);
        for (const [chart, removal] of await removeFrom(repositoryOf(name), mine, services)) {
          removals.set(chart, removal);
        }
      }
      return charts.map((chart) => removals.get(chart) ?? { ...chart, state: 'gone' });
    },

    async inspect({ names = [], readChart }): Promise<Inspection> {
      const repositories = await Promise.all(
        names.map(async (name) => ({ repository: repositoryOf(name), versions: await repositoryOf(name).versions() })),
      );
      const total = repositories.reduce((sum, { versions }) => sum + versions.length, 0);
      const progress = createProgress(services.clock, services.log, total);
      const limited = createLimiter(READS_AT_ONCE);
      const findings = await Promise.all(
        repositories.map(({ repository, versions }) =>
          inspectRepository(repository, versions, { limited, progress, readChart }),
        ),
      );
      const charts = repositories.filter(({ versions }) => versions.length > 0).length;
      return { findings: findings.flat(), charts, versions: total, ...progress.total() };
    },

    // A tag that is wrong can only be deleted or pushed anew, and which of the two is for a person to decide.
    repair: (findings) => Promise.resolve(findings.map((finding) => ({ finding, state: 'left' }))),
  };
}
