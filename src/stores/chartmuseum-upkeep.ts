import { HelmCdError } from '../core/errors.js';
import type { ChartMuseumApi } from './chartmuseum-api.js';
import type { MuseumShelf } from './chartmuseum-shelf.js';
import type { HttpServices } from './http-client.js';
import { inspectWeb } from './http-inspection.js';
import type { HttpReader } from './http-reader.js';
import type { Holding, Removal, Upkeep } from './upkeep.js';

/** How long the index may take to forget what was deleted. */
const FORGET_TIMEOUT_MS = 30_000;
const PAUSE_MS = 500;
/** Replicas without a shared cache have indexes of their own: one look may meet the one that has forgotten it. */
const LOOKS = 3;

/**
 * The upkeep of a ChartMuseum. What its index does not name cannot be seen from outside, and its index is its own matter:
 * it can be checked, but not mended.
 */
export function chartMuseumUpkeep(
  api: ChartMuseumApi,
  reader: HttpReader,
  shelf: MuseumShelf,
  services: HttpServices,
): Upkeep {
  async function isListed({ name, version }: Holding): Promise<boolean> {
    for (let look = 1; look <= LOOKS; look++) {
      if ((await reader.versions(name)).some((chart) => chart.version === version)) return true;
    }
    return false;
  }

  /** Deletes one version, if it is what was planned. */
  async function remove(chart: Holding): Promise<Removal> {
    const { name, version, digest } = chart;
    const stored = await shelf.digestOf(chart);
    if (stored !== undefined && digest !== undefined && stored !== digest) return { name, version, state: 'changed' };
    // The server takes an exact version here, and deletes the provenance as well.
    const isDeleted = stored !== undefined && (await deleteOnce(chart));
    return { name, version, state: isDeleted ? 'removed' : 'gone' };
  }

  /** When the answer is lost, what is there tells whether it was done. */
  async function deleteOnce({ name, version }: Holding): Promise<boolean> {
    try {
      return await api.delete(name, version);
    } catch (error) {
      const isLost = error instanceof HelmCdError && error.code === 'unreachable';
      if (isLost && (await shelf.digestOf({ name, version })) === undefined) return true;
      throw error;
    }
  }

  /** The index follows later; who reads it meanwhile is told of archives that are gone. */
  async function waitUntilForgotten(charts: readonly Holding[]): Promise<void> {
    const start = services.clock.now();
    for (;;) {
      const left: Holding[] = [];
      for (const chart of charts) if (await isListed(chart)) left.push(chart);
      if (left.length === 0) return;
      const names = left.map(({ name, version }) => `${name} ${version}`).join(', ');
      if (services.clock.now() - start > FORGET_TIMEOUT_MS) {
        services.log.warning(
          `${reader.url} still has ${names} in its index, though deleted: replicas of the server may have indexes of their own.`,
        );
        return;
      }
      services.log.debug(`The index still has ${names}`);
      await services.clock.sleep(PAUSE_MS);
    }
  }

  return {
    async names() {
      return [...(await reader.index()).entries.keys()];
    },

    async holdings(names) {
      const lists = await Promise.all([...names].map((name) => reader.versions(name)));
      return lists.flat().map((chart): Holding => ({ ...chart, listed: true, sizeBytes: undefined }));
    },

    async remove(charts) {
      const removals: Removal[] = [];
      const deleted: Holding[] = [];
      for (const chart of charts) {
        const removal = await remove(chart);
        removals.push(removal);
        if (removal.state === 'removed') deleted.push(chart);
      }
      if (deleted.length > 0) {
        services.log.info(`${reader.url}: deleted ${deleted.length} versions`);
        await waitUntilForgotten(deleted);
      }
      return removals;
    },

    inspect: (options) => inspectWeb(reader, options, services),

    repair: (findings) => Promise.resolve(findings.map((finding) => ({ finding, state: 'left' as const }))),
  };
}
