import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ChartConfig, Config } from '../config/types.js';
import { HelmCdError } from '../core/errors.js';
import { isGlob, pathGlob } from '../core/path-glob.js';
import { didYouMean } from '../core/suggest.js';

/** A chart that an action is to work on. */
export interface FoundChart {
  /** Absolute: the folder with Chart.yaml, or a packaged `.tgz`. */
  readonly location: string;
  /** The same relative to the working directory, with `/`: for messages and reports. */
  readonly path: string;
  readonly kind: 'folder' | 'archive';
  /** Its entry in helm-cd.yaml, if it has one. */
  readonly config?: ChartConfig;
}

/** Folders that never hold a chart of the repository, and may be huge. */
const SKIPPED = new Set(['node_modules', '.git']);

/** Every folder with a Chart.yaml, relative to `root`; charts inside another chart's charts/ folder are its parts. */
async function walk(root: string, relative = ''): Promise<readonly string[]> {
  const entries = await readdir(path.join(root, relative), { withFileTypes: true }).catch(() => []);
  const isChart = entries.some((entry) => entry.name === 'Chart.yaml');
  const found = isChart ? [relative === '' ? '.' : relative] : [];
  for (const entry of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isDirectory() || SKIPPED.has(entry.name) || (isChart && entry.name === 'charts')) continue;
    found.push(...(await walk(root, relative === '' ? entry.name : `${relative}/${entry.name}`)));
  }
  return found;
}

async function kindOf(location: string): Promise<FoundChart['kind'] | undefined> {
  const info = await stat(location).catch(() => undefined);
  if (info?.isFile() === true) return location.endsWith('.tgz') ? 'archive' : undefined;
  const chartFile = await stat(path.join(location, 'Chart.yaml')).catch(() => undefined);
  return chartFile?.isFile() === true ? 'folder' : undefined;
}

export interface FindOptions {
  readonly workingDirectory: string;
  readonly config?: Config | undefined;
  /** Whether a packaged `.tgz` may be named. */
  readonly archives?: boolean;
}

/** The charts of helm-cd.yaml, their folders resolved. */
function configuredCharts({ config, workingDirectory }: FindOptions): ReadonlyMap<string, ChartConfig> {
  const base = path.dirname(path.resolve(workingDirectory, config?.file ?? 'helm-cd.yaml'));
  return new Map((config?.charts ?? []).map((chart) => [path.resolve(base, chart.path), chart]));
}

/**
 * The charts that the input `charts` names: names in helm-cd.yaml, folders, globs of folders and, if allowed, packaged
 * archives. Without any: all of helm-cd.yaml, or else every Chart.yaml below the working directory.
 * @returns each chart once, in the order named (a glob's in alphabetical order).
 * @throws HelmCdError `not-found` when something named is no chart, a glob matches none, or there is none at all.
 */
export async function findCharts(wanted: readonly string[], options: FindOptions): Promise<readonly FoundChart[]> {
  const { workingDirectory } = options;
  const configured = configuredCharts(options);
  const found = new Map<string, FoundChart>();
  const relativeTo = (location: string) => path.relative(workingDirectory, location).split(path.sep).join('/') || '.';

  const add = async (location: string, named: string) => {
    const config = configured.get(location);
    const kind = await kindOf(location);
    if (kind === undefined || (kind === 'archive' && options.archives !== true)) {
      const names = [...configured.values()].map((chart) => chart.name).filter((name) => name !== named);
      throw new HelmCdError('not-found', `There is no chart "${named}"${didYouMean(named, names)}`, {
        hint:
          config === undefined
            ? `Neither helm-cd.yaml has that name nor is there a Chart.yaml in ${relativeTo(location)}.`
            : `${options.config?.file ?? 'helm-cd.yaml'} says it is in ${config.path}, but there is no Chart.yaml.`,
        ...(config === undefined || options.config === undefined ? {} : { place: { file: options.config.file } }),
      });
    }
    found.set(location, { location, path: relativeTo(location), kind, ...(config === undefined ? {} : { config }) });
  };

  if (wanted.length === 0) {
    for (const [location, chart] of configured) await add(location, chart.name);
    if (configured.size === 0) {
      for (const folder of await walk(workingDirectory)) await add(path.resolve(workingDirectory, folder), folder);
    }
    if (found.size === 0) {
      throw new HelmCdError('not-found', `There is no chart below ${workingDirectory}: no Chart.yaml was found.`, {
        hint: 'Name it in the input "charts", or check out the repository first.',
      });
    }
  }
  for (const item of wanted) {
    const byName = [...configured].find(([, chart]) => chart.name === item);
    if (byName !== undefined) await add(byName[0], item);
    else if (isGlob(item)) {
      const matches = pathGlob(item.replace(/\/Chart\.yaml$/, ''));
      const hits = (await walk(workingDirectory)).filter((folder) => matches(folder));
      if (hits.length === 0) {
        throw new HelmCdError('not-found', `No chart matches "${item}" in the input "charts".`, {
          hint: 'A glob is compared with the folders that have a Chart.yaml, relative to the working directory.',
        });
      }
      for (const folder of hits) await add(path.resolve(workingDirectory, folder), item);
    } else await add(path.resolve(workingDirectory, item.replace(/\/Chart\.yaml$/, '')), item);
  }
  return [...found.values()];
}
