/** Dependencies from repositories: from the cache when their version is settled, else fetched once for all who ask. */
import semver from 'semver';
import { createLimiter } from '../core/concurrency.js';
import { isAlias } from '../core/dependency-lock.js';
import { HelmCdError, type Place } from '../core/errors.js';
import { archiveName } from '../core/packed-chart.js';
import type { Services } from '../core/ports.js';
import { createSingleFlight } from '../core/single-flight.js';
import type { Helm } from '../helm/helm.js';
import type { Wanted } from './dependencies.js';
import { cacheFolder, openDependencyCache } from './dependency-cache.js';
import { describeChart } from './describe.js';
import { createPuller, type Pulled } from './pull-dependency.js';
import { unpackChart } from './unpack.js';

export interface FetchedDependency {
  /** `NAME-VERSION.tgz` */
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** Where dependencies come from; one for all charts of a run. */
export interface DependencySource {
  /**
   * @param folder the chart that wants it, for messages.
   * @param place where it says so.
   * @throws HelmCdError `unauthorized`, `not-found`, `timeout` or `unreachable` when it cannot be fetched, `file` when
   *   what came is no chart, `unsupported` when the repository is an alias.
   */
  fetch(dependency: Wanted, folder: string, place: Place): Promise<FetchedDependency>;
}

/** Downloads at the same time, of all repositories. */
const PARALLEL_PULLS = 4;

/** An address as messages and keys have it: without the user and password that it may hold. */
function withoutCredentials(repository: string): string {
  return repository.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1');
}

/** Whether a text names one version and no other: `1.2` and `v1.2.3` are constraints for helm. */
const isExact = (range: string) => /^\d/.test(range) && semver.parse(range)?.raw === range;

export type FetchServices = Pick<Services, 'temp' | 'log' | 'clock' | 'masks' | 'environment'>;

/**
 * An exact version (of Chart.lock, or in Chart.yaml) is looked for in the cache first, and kept there: a version that
 * was published does not change. A constraint is resolved by its repository in every run.
 */
export function createDependencySource(helm: Pick<Helm, 'run'>, services: FetchServices): DependencySource {
  const cache = openDependencyCache(cacheFolder(services.environment), services.log);
  const pull = createPuller(helm, services);
  const limit = createLimiter(PARALLEL_PULLS);
  const flights = createSingleFlight<Pulled>();

  async function load({ repository, name, range }: Wanted): Promise<Pulled> {
    const address = withoutCredentials(repository);
    const kept = isExact(range) ? await cache.get({ repository: address, name, version: range }) : undefined;
    if (kept !== undefined) {
      services.log.debug(`${name} ${range} of ${address}: from the cache`);
      return { bytes: kept };
    }
    const pulled = await limit(() => pull({ repository, name, range }));
    if (!('bytes' in pulled)) return pulled;
    const { metadata } = describeChart(await unpackChart(pulled.bytes, `${name} of ${address}`), name);
    if (metadata.name !== name) {
      throw new HelmCdError('conflict', `${address} gives the chart ${metadata.name} for ${name}.`, {
        hint: 'Correct the name of the dependency, or its repository.',
      });
    }
    await cache.put({ repository: address, name, version: metadata.version }, pulled.bytes);
    return pulled;
  }

  return {
    async fetch(dependency, folder, place) {
      const { name, repository, range } = dependency;
      if (isAlias(repository)) {
        throw new HelmCdError(
          'unsupported',
          `Dependency ${name} of ${folder} names its repository by alias: ${repository}`,
          { hint: "Write the repository's URL, or commit the Chart.lock, which holds it.", place },
        );
      }
      const password = /^[a-z][a-z0-9+.-]*:\/\/[^/@:]*:([^/@]+)@/i.exec(repository)?.[1];
      if (password !== undefined) services.masks.add(password);
      const result = await flights(JSON.stringify([repository, name, range]), () => load(dependency));
      if ('failure' in result) {
        const { code, reason, hint } = result.failure;
        const what = range === '' ? name : `${name} ${range}`;
        const from = withoutCredentials(repository);
        const why = reason.replaceAll(repository, from);
        throw new HelmCdError(code, `Dependency ${what} of ${folder} could not be fetched from ${from}: ${why}`, {
          hint,
          place,
        });
      }
      const { bytes } = result;
      const { metadata } = describeChart(await unpackChart(bytes, name), name);
      return { file: archiveName(metadata), bytes };
    },
  };
}
