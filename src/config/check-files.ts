/** Whether what helm-cd.yaml names is there: charts, values files, secrets that are encrypted, places of images. */
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { parseTarget, resolveTarget } from '../core/bump-target.js';
import { parseChartMetadata } from '../core/chart-metadata.js';
import { HelmCdError, messageOf, type Place } from '../core/errors.js';
import { canonicalImageName, parseImageReference } from '../core/image-reference.js';
import { placeholderValues } from '../core/secret-placeholders.js';
import { didYouMean } from '../core/suggest.js';
import { parseYaml } from '../core/yaml-scalars.js';
import type { ConfigFile, Pointer } from './config-file.js';
import { environmentOf } from './load.js';
import type { ChartConfig, Config, EnvironmentConfig } from './types.js';

/** A chart whose files are looked at. */
export interface CheckedChart {
  /** Its name in helm-cd.yaml; empty when it has no entry there. */
  readonly name: string;
  /** Its folder, absolute. */
  readonly folder: string;
}

export interface FileFinding {
  readonly level: 'error' | 'warning';
  readonly message: string;
  readonly hint?: string;
  readonly place: Place;
}

type Add = (level: FileFinding['level'], pointer: Pointer, message: string, hint?: string) => void;

const exists = async (file: string) => (await stat(file).catch(() => undefined))?.isFile() === true;

/** Files below a folder, relative, as far as a suggestion is worth it. */
async function filesNear(file: string): Promise<readonly string[]> {
  const folder = path.dirname(file);
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => path.join(folder, name));
}

/** Where the file is named: in the override for the chart, or in the environment. */
function pointerOf(
  config: Config,
  chart: string,
  environment: string,
  key: 'values' | 'secrets',
  index: number,
): Pointer {
  const isOverride = config.overrides[chart]?.[environment]?.[key] !== undefined;
  const owner = isOverride ? ['charts', chart, 'environments', environment] : ['environments', environment];
  return [...owner, key, String(index)];
}

async function checkValues(
  { folder, name }: CheckedChart,
  environment: EnvironmentConfig,
  config: Config,
  root: string,
  add: Add,
): Promise<void> {
  const own = environmentOf(config, environment, name);
  for (const key of ['values', 'secrets'] as const) {
    for (const [index, file] of own[key].entries()) {
      const pointer = pointerOf(config, name, environment.name, key, index);
      const absolute = path.resolve(folder, file);
      const shown = path.relative(root, absolute);
      if (!(await exists(absolute))) {
        const near = (await filesNear(absolute)).map((each) => path.relative(folder, each));
        const hint = `It is relative to the chart's folder, ${path.relative(root, folder) || '.'}.`;
        add('error', pointer, `${pointer.join('.')}: there is no file ${shown}${didYouMean(file, near)}`, hint);
        continue;
      }
      const text = await readFile(absolute, 'utf8');
      try {
        if (key === 'values') parse(text, { logLevel: 'silent' });
        else if (placeholderValues(text) === undefined) {
          const hint = `Encrypt it (sops --encrypt --in-place ${shown}), or name it under values.`;
          add('error', pointer, `${pointer.join('.')}: ${shown} is not encrypted by SOPS`, hint);
        }
      } catch (error) {
        // The first line only: the others quote the file.
        add(
          'error',
          pointer,
          `${pointer.join('.')}: ${shown} is no valid YAML: ${messageOf(error).split('\n')[0] ?? ''}`,
        );
      }
    }
  }
}

/** A target, resolved as a bump does. */
async function checkTargets(chart: ChartConfig, folder: string, root: string, add: Add): Promise<void> {
  for (const [image, targets] of Object.entries(chart.images)) {
    const name = parseImageReference(image)?.name;
    const pointer = ['charts', chart.name, 'images', image];
    if (name === undefined) {
      add('error', pointer, `${pointer.join('.')} is no name of an image`, 'Write it as ghcr.io/acme/api.');
      continue;
    }
    for (const [index, text] of targets.entries()) {
      const at = [...pointer, String(index)];
      try {
        const target = parseTarget(text, (file) => file, at.join('.'));
        const absolute = path.resolve(folder, target.file);
        if (!(await exists(absolute))) {
          const near = (await filesNear(absolute)).map((each) => path.relative(folder, each));
          const message = `${at.join('.')}: there is no file ${path.relative(root, absolute)}`;
          add('error', at, `${message}${didYouMean(target.file, near)}`, "It is relative to the chart's folder.");
          continue;
        }
        const file = parseYaml(target.file, await readFile(absolute, 'utf8'));
        resolveTarget(file, target, new Set([canonicalImageName(name)]));
      } catch (error) {
        if (!(error instanceof HelmCdError)) throw error;
        add('error', at, `${at.join('.')}: ${error.message}`, error.hint);
      }
    }
  }
}

async function checkChart(chart: ChartConfig, folder: string, root: string, add: Add): Promise<boolean> {
  const pointer = ['charts', chart.name, 'path'];
  const file = path.join(folder, 'Chart.yaml');
  if (!(await exists(file))) {
    const near = (await readdir(path.dirname(folder)).catch(() => [])).map((name) =>
      path.join(path.dirname(chart.path), name),
    );
    const hint = 'The path is relative to the folder of helm-cd.yaml.';
    add(
      'error',
      pointer,
      `${pointer.join('.')}: there is no Chart.yaml in ${chart.path}${didYouMean(chart.path, near)}`,
      hint,
    );
    return false;
  }
  try {
    const { name } = parseChartMetadata(await readFile(file, 'utf8'), path.relative(root, file));
    if (name !== chart.name) {
      const message = `charts.${chart.name}: its Chart.yaml has the name "${name}"`;
      add(
        'warning',
        ['charts', chart.name],
        message,
        `deploy-chart finds its environments by the chart's name: write ${name} here.`,
      );
    }
  } catch (error) {
    if (!(error instanceof HelmCdError)) throw error;
    add('error', pointer, error.message, error.hint);
  }
  return true;
}

/**
 * Looks whether the files that helm-cd.yaml names are there, and are what it says.
 * @param root the folder of helm-cd.yaml.
 * @param found charts that it does not name: they have the environments, too. Only used when it names none.
 */
export async function checkFiles(
  config: Config,
  source: ConfigFile,
  root: string,
  found: readonly string[] = [],
): Promise<readonly FileFinding[]> {
  const findings = new Map<string, FileFinding>();
  const add: Add = (level, pointer, message, hint) => {
    const place = source.placeOf(pointer);
    findings.set(`${place.line} ${message}`, {
      level,
      message: `${config.file}: ${message}`,
      place,
      ...(hint === undefined ? {} : { hint }),
    });
  };
  const charts: CheckedChart[] = found.map((folder) => ({ name: '', folder }));
  const paths = new Map<string, string>();
  for (const chart of config.charts) {
    const folder = path.resolve(root, chart.path);
    const other = paths.get(folder);
    if (other !== undefined) {
      add(
        'error',
        ['charts', chart.name, 'path'],
        `charts ${other} and ${chart.name} have the same path "${chart.path}"`,
      );
    }
    paths.set(folder, chart.name);
    if (!(await checkChart(chart, folder, root, add))) continue;
    charts.push({ name: chart.name, folder });
    await checkTargets(chart, folder, root, add);
  }
  for (const chart of charts) {
    for (const environment of config.environments) await checkValues(chart, environment, config, root, add);
  }
  return [...findings.values()].sort((a, b) => (a.place.line ?? 0) - (b.place.line ?? 0));
}
