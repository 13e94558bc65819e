import semver from 'semver';
import { HelmCdError } from '../core/errors.js';
import { parseConstraint } from '../core/version-constraint.js';
import type { ChartStore, StoredChart } from './store.js';

const NAMED_IN_HINT = 5;

/**
 * The version of a chart that is asked for.
 * @param wanted an exact version, a constraint as helm knows them, or empty for the newest, pre-releases included. An
 *   exact version never means one that differs in build metadata. It is found also where versions may not be listed.
 * @throws HelmCdError `not-found` when the repository has no such chart or version.
 */
export async function findVersion(store: ChartStore, name: string, wanted: string): Promise<StoredChart> {
  let versions: readonly StoredChart[];
  try {
    versions = await store.versions(name);
  } catch (error) {
    const isKept = error instanceof HelmCdError && error.code === 'unauthorized';
    const exactly = isKept && semver.valid(wanted) !== null ? await store.find?.(name, wanted) : undefined;
    if (exactly !== undefined) return exactly;
    throw error;
  }
  const [newest] = versions;
  if (newest === undefined) {
    throw new HelmCdError('not-found', `There is no chart "${name}" in ${store.url}.`, {
      hint: 'Publish it there first, or check the name and the repository.',
    });
  }
  if (wanted === '') return newest;
  const exact =
    versions.find(({ version }) => version === wanted) ?? versions.find(({ version }) => `v${version}` === wanted);
  if (exact !== undefined) return exact;
  const known = versions.map(({ version }) => version);
  const hint = `Newest there: ${known.slice(0, NAMED_IN_HINT).join(', ')}.`;
  if (semver.valid(wanted) !== null) {
    throw new HelmCdError('not-found', `There is no ${name} ${wanted} in ${store.url}.`, {
      hint,
    });
  }
  const constraint = parseConstraint(wanted);
  if (constraint === undefined) {
    throw new HelmCdError('input', `Input "version" is neither a version nor a constraint: "${wanted}"`, {
      hint: 'Write 1.2.3, ^1.2, ~1.2.0 or ">=1.0.0 <2.0.0".',
    });
  }
  const found = versions.find(({ version }) => constraint.accepts(version));
  if (found !== undefined) return found;
  throw new HelmCdError('not-found', `No version of ${name} in ${store.url} satisfies "${wanted}".`, { hint });
}
