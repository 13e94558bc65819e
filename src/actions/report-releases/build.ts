/** The report, of everything that was found. */
import path from 'node:path';
import type { Config } from '../../config/types.js';
import { compareEnvironments } from '../../core/report-environments.js';
import { registryPlaceOf } from '../../core/image-reference.js';
import type { Services } from '../../core/ports.js';
import { imageUses, type ImageUse } from '../../core/report-image-uses.js';
import type { ReleaseEntry, Report } from '../../core/report-model.js';
import { concernsOf, orderImages, orderReleases, totalsOf } from '../../core/report-order.js';
import { CommitReader } from '../../github/commit-facts.js';
import { ImageCache } from '../../reporting/image-cache.js';
import { ImageRegistry } from '../../reporting/image-registry.js';
import { readImages } from '../../reporting/read-images.js';
import { readClusters, type ReadClusters } from './clusters.js';
import { environmentFor, environmentOrder } from './environments.js';
import type { ReportInputs } from './inputs.js';

function releasesOf({ found }: ReadClusters, config: Config | undefined): readonly ReleaseEntry[] {
  return found.map(({ cluster, release }) => {
    const { environment, repository } = environmentFor(release, cluster, config);
    const { labelledEnvironment: _, ...rest } = release;
    const entry = { ...rest, cluster: cluster.name, environment, chart: { ...rest.chart, repository } };
    return { ...entry, concerns: concernsOf(entry) };
  });
}

/** The registry that the login is for, and a note when that is not clear. */
function loginFor(inputs: ReportInputs, uses: readonly ImageUse[]): { registry: string; notes: readonly string[] } {
  if (inputs.registryUsername === '' || inputs.registry !== '') return { registry: inputs.registry, notes: [] };
  const hosts = [...new Set(uses.map(({ name }) => registryPlaceOf(name).host))];
  if (hosts.length <= 1) return { registry: hosts[0] ?? '', notes: [] };
  const note = `Images come from ${hosts.length} registries, so registry-username and registry-password were used for none: say by the input registry which one they are for.`;
  return { registry: '', notes: [note] };
}

/** Reads clusters, registries and GitHub. What cannot be read is a note. */
export async function buildReport(
  inputs: ReportInputs,
  config: Config | undefined,
  services: Services,
): Promise<Report> {
  const { serverUrl, apiUrl, graphqlUrl, runUrl, runId, repository } = services.context;
  const read = await readClusters(inputs, config, services);
  const releases = releasesOf(read, config);
  const uses = imageUses(releases);
  const login = loginFor(inputs, uses);
  const cache = new ImageCache(
    inputs.cacheFolder === '' ? '' : path.resolve(services.workingDirectory, inputs.cacheFolder),
  );
  const { registryUsername: username, registryPassword: password } = inputs;
  const registry = inputs.images
    ? new ImageRegistry(services, { registry: login.registry, username, password }, cache)
    : undefined;
  const commits =
    inputs.token === ''
      ? undefined
      : new CommitReader(services.github({ token: inputs.token, apiUrl, graphqlUrl }), services.clock);
  const images = orderImages(await readImages(uses, { registry, commits, serverUrl }));
  const byDigest = new Map(images.map((image) => [`${image.name}@${image.digest}`, image]));
  const count = (place: string, base: string, head: string) =>
    commits?.distance(place, base, head) ?? Promise.resolve(undefined);
  const environments = await compareEnvironments(environmentOrder(config), releases, byDigest, serverUrl, count);
  return {
    generatedAt: new Date(services.clock.now()).toISOString(),
    title: inputs.title,
    run: runUrl === '' ? null : { text: `${repository} run ${runId}`, url: runUrl },
    clusters: read.clusters,
    totals: totalsOf(releases, images),
    notes: [...read.notes, ...login.notes, ...(commits?.problems ?? [])],
    environments,
    releases: orderReleases(releases),
    images,
  };
}
