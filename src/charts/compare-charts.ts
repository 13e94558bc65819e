/** Whether two packaged charts hold the same, whoever packaged them. */
import { parse } from 'yaml';
import { parseChartMetadata } from '../core/chart-metadata.js';
import { sortedDeep } from '../core/sorted-keys.js';
import { textOf, type ChartFile } from './chart-files.js';

/** Paths in which two charts differ, each list sorted. */
export interface ChartDifference {
  readonly changed: readonly string[];
  /** Only in the second. */
  readonly added: readonly string[];
  /** Only in the first. */
  readonly removed: readonly string[];
}

/** The content of files that helm writes anew when it packages a chart: comments, order and unknown keys get lost. */
function meaningOf(file: ChartFile): unknown {
  try {
    if (/(?:^|\/)Chart\.yaml$/.test(file.path)) return sortedDeep(parseChartMetadata(textOf(file), file.path));
    if (/(?:^|\/)(?:Chart|requirements)\.lock$/.test(file.path)) {
      return sortedDeep(parse(textOf(file), { logLevel: 'silent' }));
    }
  } catch {
    // What cannot be read is compared byte by byte.
  }
  return undefined;
}

function isSame(a: ChartFile, b: ChartFile): boolean {
  if (Buffer.compare(a.data, b.data) === 0) return true;
  const [left, right] = [meaningOf(a), meaningOf(b)];
  return left !== undefined && JSON.stringify(left) === JSON.stringify(right);
}

/** Compares two charts file by file; Chart.yaml and lock files by what they say, for helm writes them anew. */
export function compareCharts(before: readonly ChartFile[], after: readonly ChartFile[]): ChartDifference {
  const old = new Map(before.map((file) => [file.path, file]));
  const changed: string[] = [];
  const added: string[] = [];
  for (const file of after) {
    const other = old.get(file.path);
    if (other === undefined) added.push(file.path);
    else if (!isSame(other, file)) changed.push(file.path);
    old.delete(file.path);
  }
  return { changed: changed.sort(), added: added.sort(), removed: [...old.keys()].sort() };
}
