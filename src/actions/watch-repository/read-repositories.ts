/** What the chart repositories have: the index of each is read once, whatever number of charts and environments want it. */
import { createLimiter } from '../../core/concurrency.js';
import { HelmCdError } from '../../core/errors.js';
import type { OfferedVersion } from '../../core/pending-types.js';
import type { Services } from '../../core/ports.js';
import { indexCache } from '../../stores/index-cache.js';
import { openStore, storeKind, usesPassword } from '../../stores/open-store.js';
import type { ChartStore, StoreAccess, StoredChart } from '../../stores/store.js';

/** At the same time: an index may take some hundred megabytes while it is read. */
const REPOSITORIES = 2;
/** Lists of tags at the same time, in one registry. */
const TAG_LISTS = 6;

/** A chart in a repository. */
export interface OfferedChart {
  /** Of the repository, as it calls itself. */
  readonly url: string;
  /** Newest first. */
  readonly versions: readonly OfferedVersion[];
  /** Asks for a version's digest and time, where the list does not have them. */
  resolve(version: string): Promise<OfferedVersion>;
}

export type RepositoryReading = OfferedChart | { readonly problem: string };

/** The same text for the same chart of the same repository. */
export function offerKey(repository: string, chart: string): string {
  return JSON.stringify([repository, chart]);
}

function hostOf(repository: string): string {
  return /^[^:]+:\/\/([^/]*)/.exec(repository)?.[1]?.toLowerCase() ?? '';
}

/** A login is one server's: a password is shown to no other. */
function checkLogin(repositories: readonly string[], access: StoreAccess): void {
  if (!access.username) return;
  const hosts = [...new Set(repositories.filter(usesPassword).map(hostOf))];
  if (hosts.length === 0) {
    throw new HelmCdError(
      'input',
      'The inputs "username" and "password" have no meaning for any of the repositories.',
      {
        hint: 'S3 takes its credentials from the AWS_* variables; a folder needs none.',
      },
    );
  }
  if (hosts.length > 1) {
    throw new HelmCdError(
      'input',
      `Inputs "username" and "password" are for one server, but there are ${hosts.length}: ${hosts.join(', ')}.`,
      {
        hint: 'Log in to each with docker login or helm registry login in a step before, and leave the two inputs out.',
      },
    );
  }
}

function accessFor(repository: string, access: StoreAccess): StoreAccess {
  return usesPassword(repository) ? access : { ...access, username: '', password: '' };
}

function offered({ version, digest, created }: StoredChart, isResolved: boolean): OfferedVersion {
  return { version, digest, created, isResolved };
}

async function readChart(store: ChartStore, chart: string): Promise<RepositoryReading> {
  try {
    const tellsAll = store.resolve === undefined;
    // Of a long index only what is needed later is kept.
    const versions = (await store.versions(chart)).map((stored) => offered(stored, tellsAll));
    const known = new Map<string, Promise<OfferedVersion>>();
    const ask = async (version: string): Promise<OfferedVersion> => {
      const found = await store.find?.(chart, version);
      return found === undefined
        ? { version, digest: undefined, created: undefined, isResolved: true }
        : offered(found, true);
    };
    return {
      url: store.url,
      versions,
      resolve(version) {
        const asking = known.get(version) ?? ask(version);
        known.set(version, asking);
        return asking;
      },
    };
  } catch (error) {
    if (!(error instanceof HelmCdError) || error.code === 'cancelled') throw error;
    return { problem: error.message };
  }
}

/**
 * Reads all charts of all repositories. One that cannot be read has a problem; the others are read.
 * @param cacheFolder absolute; empty for none.
 * @returns by `offerKey`.
 * @throws HelmCdError `input` when a login is given for more than one server.
 */
export async function readRepositories(
  wanted: readonly { readonly repository: string; readonly chart: string }[],
  access: StoreAccess,
  cacheFolder: string,
  services: Services,
): Promise<ReadonlyMap<string, RepositoryReading>> {
  const charts = new Map<string, Set<string>>();
  for (const { repository, chart } of wanted) {
    charts.set(repository, (charts.get(repository) ?? new Set()).add(chart));
  }
  checkLogin([...charts.keys()], access);
  const limit = createLimiter(REPOSITORIES);
  const readings = await Promise.all(
    [...charts].map(([repository, names]) =>
      limit(async () => {
        const own = accessFor(repository, access);
        const cache = cacheFolder === '' ? undefined : indexCache(cacheFolder, repository, own, services.log);
        const store = await openStore(repository, own, services, {
          readOnly: true,
          ...(cache === undefined ? {} : { cache }),
        });
        // Of an index one after the other, for it is looked through each time; tags are a request each.
        const limitCharts = createLimiter(storeKind(repository) === 'oci' ? TAG_LISTS : 1);
        return Promise.all(
          [...names].map((chart) =>
            limitCharts(async () => [offerKey(repository, chart), await readChart(store, chart)] as const),
          ),
        );
      }),
    ),
  );
  return new Map(readings.flat());
}
