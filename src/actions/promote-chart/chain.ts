import { environmentOf } from '../../config/load.js';
import type { Config } from '../../config/types.js';
import { compareVersions } from '../../core/chart-index.js';
import { HelmCdError, messageOf } from '../../core/errors.js';
import type { Services } from '../../core/ports.js';
import type { ChartStore, StoredChart } from '../../stores/store.js';
import type { Repositories } from './access.js';
import type { End } from './ends.js';

/** Others than the two ends are only shown: nobody waits long for them. */
const READ_TIMEOUT_MS = 20_000;

/** One environment of the chain, as it is now. */
export interface ChainLink extends End {
  readonly role: 'from' | 'to' | '';
  /** The environment, or branch, that feeds it; empty when nobody says. */
  readonly fedBy: string;
  /** Why it cannot be read; then nothing else is known of it. */
  readonly problem?: string;
  /** The newest version there; empty when there is none. */
  readonly newest: string;
  /** Of the newest. */
  readonly newestDigest: string;
  /** Digest that the promoted version has there; empty when it is not there or nobody says. */
  readonly digest: string;
  readonly holds: boolean;
  /** The newest version there, compared with the promoted one. */
  readonly standing: 'empty' | 'behind' | 'level' | 'ahead';
  /** How many versions there are newer than the promoted one. */
  readonly newer: number;
}

interface Place extends End {
  readonly role: ChainLink['role'];
  readonly fedBy: string;
}

/** All environments of the chart in promotion order, and the two ends where they are none of them. */
function placesOf(ends: { readonly from: End; readonly to: End }, chart: string, config: Config | undefined): Place[] {
  const roleOf = (repository: string) => {
    if (repository === ends.to.repository) return 'to';
    return repository === ends.from.repository ? 'from' : '';
  };
  const places = (config?.environments ?? []).map((environment): Place => {
    const { name, repository, promoteFrom, branch } = environmentOf(config as Config, environment, chart);
    const url = repository.replace(/\/+$/, '');
    return { environment: name, repository: url, role: roleOf(url), fedBy: promoteFrom ?? branch ?? '' };
  });
  const has = (role: ChainLink['role']) => places.some((place) => place.role === role);
  if (!has('from') && !has('to')) places.length = 0;
  if (!has('from')) places.unshift({ ...ends.from, role: 'from', fedBy: '' });
  if (!has('to')) places.push({ ...ends.to, role: 'to', fedBy: ends.from.environment });
  return places;
}

async function digestIn(store: ChartStore, chart: StoredChart | undefined): Promise<string> {
  if (chart === undefined) return '';
  const known = chart.digest === undefined && store.resolve !== undefined ? await store.resolve(chart) : chart;
  return known.digest ?? '';
}

async function read(place: Place, name: string, version: string, repositories: Repositories, signal: AbortSignal) {
  const store = await repositories.open(place.repository, { readOnly: true, signal });
  const versions = await store.versions(name);
  const [newest] = versions;
  const promoted = versions.find((one) => one.version === version);
  const digest = await digestIn(store, promoted);
  const order = newest === undefined ? 0 : compareVersions(newest.version, version);
  const link: ChainLink = {
    ...place,
    newest: newest?.version ?? '',
    newestDigest: newest === promoted ? digest : await digestIn(store, newest),
    digest,
    holds: promoted !== undefined,
    standing: newest === undefined ? 'empty' : order > 0 ? 'behind' : order < 0 ? 'ahead' : 'level',
    newer: versions.filter((one) => compareVersions(one.version, version) < 0).length,
  };
  return link;
}

/**
 * Reads what each environment of the chain has of a chart. What cannot be read says why, and fails nothing.
 * @param promoted the version that the others are compared with.
 */
export async function readChain(
  ends: { readonly from: End; readonly to: End },
  promoted: { readonly name: string; readonly version: string },
  config: Config | undefined,
  repositories: Repositories,
  { cancelled }: Pick<Services, 'cancelled'>,
): Promise<readonly ChainLink[]> {
  const timeout = AbortSignal.timeout(READ_TIMEOUT_MS);
  const signal = AbortSignal.any([cancelled, timeout]);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('No answer in time.')), { once: true });
  });
  late.catch(() => undefined);
  return Promise.all(
    placesOf(ends, promoted.name, config).map(async (place): Promise<ChainLink> => {
      try {
        const reading = read(place, promoted.name, promoted.version, repositories, signal);
        return await Promise.race([reading, late]);
      } catch (error) {
        if (cancelled.aborted) throw new HelmCdError('cancelled', 'The job was cancelled.');
        const problem = timeout.aborted ? 'No answer in time.' : messageOf(error);
        const unknown = { newest: '', newestDigest: '', digest: '', holds: false, newer: 0 } as const;
        return { ...place, ...unknown, standing: 'empty', problem };
      }
    }),
  );
}
