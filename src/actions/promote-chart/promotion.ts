import type { ChartChanges } from '../../charts/chart-changes.js';
import { chartChanges } from '../../charts/chart-changes.js';
import { unpackChart } from '../../charts/unpack.js';
import { compareVersions } from '../../core/chart-index.js';
import { HelmCdError, messageOf } from '../../core/errors.js';
import type { PackedChart } from '../../core/packed-chart.js';
import type { Publication } from '../../core/publication.js';
import type { ChartStore, CopiedChart, StoredChart } from '../../stores/store.js';
import type { ChainLink } from './chain.js';
import type { End } from './ends.js';

/** All that is known of a promotion when it is done or planned. */
export interface Promotion {
  readonly publication: Publication;
  readonly from: End;
  readonly to: End;
  /** The newest version that `to` had. */
  readonly before: StoredChart | undefined;
  /** Versions of `from` between that and the promoted one, newest first: they are skipped over. */
  readonly skipped: readonly string[];
  /** Versions of `from` that are newer than the promoted one, newest first. */
  readonly newer: readonly string[];
  /** Nothing when there is nothing to compare: `to` had this version, or its newest cannot be read (see `notes`). */
  readonly changes: ChartChanges | undefined;
  readonly chain: readonly ChainLink[];
  /** Where both ends are OCI registries. */
  readonly copy: CopiedChart | undefined;
  /** What a person should know, in sentences. */
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
}

/** Which versions of `from` lie between what `to` has and what it gets, and which come after; none when they may not be listed. */
export async function neighbours(
  from: ChartStore,
  before: StoredChart | undefined,
  { name, version: promoted }: StoredChart,
): Promise<{ readonly skipped: readonly string[]; readonly newer: readonly string[] }> {
  const versions = await from.versions(name).catch((error: unknown): readonly StoredChart[] => {
    if (error instanceof HelmCdError && error.code === 'unauthorized') return [];
    throw error;
  });
  const known = versions.map(({ version }) => version).filter((version) => version !== promoted);
  const isNewer = (version: string, than: string) => compareVersions(version, than) < 0;
  return {
    newer: known.filter((version) => isNewer(version, promoted)),
    skipped: before === undefined ? [] : known.filter((one) => isNewer(one, before.version) && isNewer(promoted, one)),
  };
}

/**
 * The newest version that `to` has. Who may write there may not always list what is there.
 * @returns also why that cannot be told.
 */
export async function newestIn(
  to: ChartStore,
  name: string,
): Promise<{ readonly before?: StoredChart; readonly note?: string }> {
  try {
    const [before] = await to.versions(name);
    return before === undefined ? {} : { before };
  } catch (error) {
    if (!(error instanceof HelmCdError) || error.code !== 'unauthorized') throw error;
    return { note: `What is there cannot be told: ${error.message}` };
  }
}

/** What changes for those who have the newest version of `to` when they get the promoted one. */
export async function compareWith(
  before: StoredChart | undefined,
  to: ChartStore,
  chart: PackedChart,
): Promise<{ readonly changes?: ChartChanges; readonly note?: string }> {
  if (before?.version === chart.metadata.version) return {};
  try {
    const after = await unpackChart(chart.bytes, 'the promoted chart');
    const old = before === undefined ? undefined : await unpackChart(await to.fetch(before), before.url);
    return { changes: await chartChanges(old, after) };
  } catch (error) {
    if (error instanceof HelmCdError && error.code === 'cancelled') throw error;
    return { note: `It cannot be compared with ${before?.version ?? 'nothing'}: ${messageOf(error)}` };
  }
}

/** What to say when an older version is promoted than the newest that is there. */
export function downgradeWarning(before: StoredChart | undefined, version: string, to: End): string | undefined {
  if (before === undefined || compareVersions(version, before.version) <= 0) return undefined;
  const where = to.environment === '' ? to.repository : to.environment;
  return `${version} is older than ${before.version}, the newest version in ${where}: whoever takes the newest from there does not get it, only who names the version.`;
}

/**
 * Asserts that both ends have the same bytes now.
 * @throws HelmCdError `conflict` when one of them has others: somebody has overwritten a published version meanwhile.
 */
export function checkEnds(chain: readonly ChainLink[], { name, version, digest }: Publication): void {
  for (const { role, repository, digest: there } of chain) {
    if (role === '' || there === '' || there === digest) continue;
    throw new HelmCdError(
      'conflict',
      `${name} ${version} was promoted with the digest ${digest}, but ${repository} has it with ${there} now.`,
      { hint: 'Somebody has overwritten a published version meanwhile. Find out which one is right.' },
    );
  }
}
