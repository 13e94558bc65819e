import type { ChartFile } from './chart-files.js';
import { describeChart } from './describe.js';
import { unpackChart } from './unpack.js';

/** A chart in charts/, packed or not. */
export interface Subchart {
  readonly name: string;
  readonly version: string;
  /** The folder or archive in charts/ it came from. */
  readonly entry: string;
  /** Its files, relative to itself. */
  readonly files: readonly ChartFile[];
}

/**
 * The charts that are in charts/, as helm finds them: folders and `.tgz` archives, but nothing whose name starts with
 * `_` or a dot.
 * @param where the parent chart, for messages.
 * @throws HelmCdError `file` when something in charts/ is no chart: helm would refuse the whole.
 */
export async function readSubcharts(files: readonly ChartFile[], where: string): Promise<readonly Subchart[]> {
  const entries = new Map<string, ChartFile[]>();
  for (const file of files) {
    if (!file.path.startsWith('charts/') || file.path.endsWith('.prov')) continue;
    const inside = file.path.slice('charts/'.length);
    const entry = inside.split('/', 1)[0] ?? '';
    if (entry.startsWith('_') || entry.startsWith('.')) continue;
    const list = entries.get(entry) ?? [];
    if (!entries.has(entry)) entries.set(entry, list);
    list.push({ path: inside.slice(entry.length + 1), data: file.data });
  }
  const subcharts: Subchart[] = [];
  for (const [entry, content] of entries) {
    const [first] = content;
    const packed = content.length === 1 && first?.path === '' && entry.endsWith('.tgz');
    const name = `${where}/charts/${entry}`;
    const inside = packed ? await unpackChart(first.data, name) : content.filter((file) => file.path !== '');
    const { metadata } = describeChart(inside, name);
    subcharts.push({ name: metadata.name, version: metadata.version, entry, files: inside });
  }
  return subcharts;
}
