import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isSeq, parseDocument } from 'yaml';
import type { ChartDependency } from '../core/chart-metadata.js';
import { isFolder, isLocal, localFolder, readSource, vendored } from './dependencies.js';

/** Takes items of `dependencies:` out of a Chart.yaml or requirements.yaml. */
async function dropFrom(file: string, dropped: ReadonlySet<number>): Promise<void> {
  const document = parseDocument(await readFile(file, 'utf8'), { version: '1.1', uniqueKeys: false });
  const list = document.get('dependencies', true);
  if (!isSeq(list)) return;
  list.items = list.items.filter((_, index) => !dropped.has(index));
  await writeFile(file, document.toString({ lineWidth: 0 }));
}

/**
 * Makes a copy of a chart one that can be rendered without any network: dependencies that are neither in charts/ nor
 * folders below `root` are taken out, and so is the lock file, which would not fit any more.
 * @param folder the copy: it is changed.
 * @param root what lies outside of it is not looked at.
 * @returns what was taken out.
 * @throws HelmCdError `file` when the chart is broken.
 */
export async function withoutRemoteDependencies(folder: string, root: string): Promise<readonly ChartDependency[]> {
  for (const lock of ['Chart.lock', 'requirements.lock']) await rm(path.join(folder, lock), { force: true });
  const source = await readSource(folder);
  const { dependencies } = source.description;
  const dropped = new Set<number>();
  for (const [index, dependency] of dependencies.entries()) {
    const local = isLocal(dependency) ? localFolder(folder, dependency.repository) : undefined;
    const inside = local !== undefined && local.startsWith(`${root}${path.sep}`) && (await isFolder(local));
    if (local !== undefined && !inside) dropped.add(index);
    if (
      local === undefined &&
      (await vendored(source, { ...dependency, range: dependency.version ?? '', index })) === undefined
    )
      dropped.add(index);
  }
  if (dropped.size === 0) return [];
  const hasRequirements = source.files.some((file) => file.path === 'requirements.yaml');
  await dropFrom(path.join(folder, hasRequirements ? 'requirements.yaml' : 'Chart.yaml'), dropped);
  return dependencies.filter((_, index) => dropped.has(index));
}
