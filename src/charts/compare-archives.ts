import { archiveDifferences, archiveTraits } from './archive-traits.js';
import type { ChartFile } from './chart-files.js';
import { compareCharts } from './compare-charts.js';
import { unpackChart } from './unpack.js';

/** One file in which two charts differ. */
export interface FileDifference {
  readonly path: string;
  readonly state: 'changed' | 'added' | 'removed';
  /** In bytes; nothing where the file is not. */
  readonly publishedSize?: number;
  readonly rebuiltSize?: number;
}

/** In what a published archive differs from one that was built again. */
export interface ArchiveComparison {
  /** Whether `helm package` wrote the published one. */
  readonly packedByHelm: boolean;
  /** By path. `added`: only the rebuilt one has it; `removed`: only the published one. */
  readonly files: readonly FileDifference[];
  /** Files that say the same in other words: helm writes Chart.yaml and lock files anew. */
  readonly rewritten: readonly string[];
  /** When no file differs: what else does. */
  readonly archive: readonly string[];
}

function sizes(files: readonly ChartFile[]): ReadonlyMap<string, number> {
  return new Map(files.map((file) => [file.path, file.data.length]));
}

function rewrittenFiles(published: readonly ChartFile[], rebuilt: readonly ChartFile[]): readonly string[] {
  const old = new Map(published.map((file) => [file.path, file.data]));
  const differs = ({ path, data }: ChartFile) => {
    const other = old.get(path);
    return other !== undefined && Buffer.compare(other, data) !== 0;
  };
  return rebuilt.filter(differs).map((file) => file.path);
}

/**
 * Compares two archives whose bytes are not the same.
 * @param name how messages call them.
 * @throws HelmCdError `file` or `refused` when the published one is no chart that helm would accept.
 */
export async function compareArchives(
  published: Uint8Array,
  rebuilt: Uint8Array,
  name: string,
): Promise<ArchiveComparison> {
  const before = await unpackChart(published, name);
  const after = await unpackChart(rebuilt, name);
  const difference = compareCharts(before, after);
  const [old, now] = [sizes(before), sizes(after)];
  const describe = (path: string, state: FileDifference['state']): FileDifference => {
    const [publishedSize, rebuiltSize] = [old.get(path), now.get(path)];
    return {
      path,
      state,
      ...(publishedSize === undefined ? {} : { publishedSize }),
      ...(rebuiltSize === undefined ? {} : { rebuiltSize }),
    };
  };
  const files = [
    ...difference.changed.map((path) => describe(path, 'changed')),
    ...difference.added.map((path) => describe(path, 'added')),
    ...difference.removed.map((path) => describe(path, 'removed')),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
  const [first, second] = [await archiveTraits(published), await archiveTraits(rebuilt)];
  return {
    packedByHelm: first.byHelm,
    files,
    rewritten: rewrittenFiles(before, after).filter((path) => !difference.changed.includes(path)),
    archive: files.length > 0 ? [] : archiveDifferences(first, second),
  };
}
