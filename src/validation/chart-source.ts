import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ChartDependency } from '../core/chart-metadata.js';
import { parseChartMetadata } from '../core/chart-metadata.js';
import type { Place } from '../core/errors.js';

/** Where a template of helm's naming is in the user's files. */
export interface SourcePlace {
  readonly place: Place;
  /** Absolute, when it is a file of the user's that can be read; else the place is the nearest file that tells of it. */
  readonly file?: string;
  /** What helm calls it, when the place is another file. */
  readonly inside?: string;
}

async function isFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isFile() ?? false;
}

async function dependenciesOf(folder: string): Promise<readonly ChartDependency[]> {
  try {
    const text = await readFile(path.join(folder, 'Chart.yaml'), 'utf8');
    return parseChartMetadata(text, 'Chart.yaml').dependencies ?? [];
  } catch {
    return [];
  }
}

/** Finds the user's file for what helm calls `shop/templates/x.yaml` or `shop/charts/common/templates/y.tpl`. */
export interface SourceFinder {
  find(source: string): Promise<SourcePlace>;
}

/**
 * @param chart the chart's folder, absolute.
 * @param workingDirectory places are relative to it.
 */
export function createSourceFinder(chart: string, workingDirectory: string): SourceFinder {
  const relative = (file: string) => path.relative(workingDirectory, file).split(path.sep).join('/');
  const known = new Map<string, Promise<SourcePlace>>();

  async function locate(folder: string, parts: readonly string[], source: string): Promise<SourcePlace> {
    const file = path.join(folder, ...parts);
    if (parts.length > 0 && (await isFile(file))) return { place: { file: relative(file) }, file };
    const [charts, name, ...rest] = parts;
    if (charts === 'charts' && name !== undefined && rest.length > 0) {
      const dependency = (await dependenciesOf(folder)).find((item) => (item.alias ?? item.name) === name);
      const candidates = [
        dependency?.repository.startsWith('file://') === true
          ? path.resolve(folder, dependency.repository.slice('file://'.length))
          : undefined,
        dependency === undefined ? undefined : path.join(folder, 'charts', dependency.name),
      ];
      for (const candidate of candidates) {
        if (candidate !== undefined && (await isFile(path.join(candidate, 'Chart.yaml')))) {
          return locate(candidate, rest, source);
        }
      }
    }
    // A packed or fetched dependency: nothing of it is in the workspace but its name.
    return { place: { file: relative(path.join(folder, 'Chart.yaml')) }, inside: source };
  }

  return {
    find(source) {
      const [, ...parts] = source.split('/');
      const found = known.get(source) ?? locate(chart, parts, source);
      known.set(source, found);
      return found;
    },
  };
}
