/** What a change makes of the rendered objects, for people who look at a pull request: shown, never a reason to fail. */
import { cp, lstat, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withoutRemoteDependencies } from '../../charts/without-remote.js';
import { environmentOf } from '../../config/load.js';
import type { Config, EnvironmentConfig } from '../../config/types.js';
import type { ChartDependency } from '../../core/chart-metadata.js';
import { HelmCdError, messageOf } from '../../core/errors.js';
import { code, codeBlock, escapeMarkdown } from '../../core/markdown.js';
import type { Services } from '../../core/ports.js';
import { placeholderValues } from '../../core/secret-placeholders.js';
import type { Base } from '../../git/compare-base.js';
import { createHelm } from '../../helm/helm.js';
import { Renderer, rethrowCancelled, type ChartToRender } from '../../rendering/render-compare.js';
import { standInOf } from '../../rendering/render-trees.js';
import type { PipelineChart } from './charts.js';

/** More than any chart takes; a template that loops is ended before it takes the runner down. */
const HELM_MEMORY_BYTES = 4 * 1024 ** 3;
/** Of a larger repository the renders are not compared. */
const MOST_FILES = 20_000;

export interface RenderedDiff {
  /** One line. */
  readonly said: string;
  /** Markdown. */
  readonly summary: string;
  /** Absolute path of the whole diff; empty when there is none. */
  readonly file: string;
}

interface Scope {
  readonly charts: readonly PipelineChart[];
  readonly all: readonly PipelineChart[];
  readonly base: Base;
  readonly environments: readonly EnvironmentConfig[];
  readonly config: Config | undefined;
}

const isFile = async (file: string) => (await stat(file).catch(() => undefined))?.isFile() === true;

/** The working tree, without what git ignores. */
async function copyWorkingTree(base: Base, target: string): Promise<void> {
  const { checkout } = base;
  const files = await checkout.files();
  if (files.length > MOST_FILES) throw new HelmCdError('refused', `the repository has ${files.length} files`);
  for (const file of files) {
    const from = path.join(checkout.root, file);
    // Removed, a link, or another repository's folder.
    if ((await lstat(from).catch(() => undefined))?.isFile() !== true) continue;
    await mkdir(path.dirname(path.join(target, file)), { recursive: true });
    await cp(from, path.join(target, file));
  }
}

/** Puts what a render needs beside the charts: stand-ins for what is encrypted, nothing where a file is not there. */
async function completeTree(tree: string, charts: readonly ChartToRender[]): Promise<void> {
  for (const { values, secrets } of charts) {
    for (const file of values) {
      const target = path.join(tree, file);
      if (await isFile(target)) continue;
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, '{}\n');
    }
    for (const file of secrets) {
      const target = path.join(tree, file);
      const text = await readFile(target, 'utf8').catch(() => '');
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(standInOf(target), JSON.stringify(text === '' ? {} : (placeholderValues(text)?.values ?? {})));
    }
  }
}

/** @returns the dependencies that had to be left out, by folder. */
async function withoutNetwork(tree: string, folders: readonly string[]) {
  const dropped = new Map<string, readonly ChartDependency[]>();
  for (const folder of folders) {
    try {
      if (!(await isFile(path.join(tree, folder, 'Chart.yaml')))) continue;
      const missing = await withoutRemoteDependencies(path.join(tree, folder), tree);
      if (missing.length > 0) dropped.set(folder, missing);
    } catch (error) {
      // A broken chart fails again when it is rendered, and is told of then.
      if (!(error instanceof HelmCdError)) throw error;
    }
  }
  return dropped;
}

interface Planned {
  readonly chart: ChartToRender;
  readonly environment: string;
}

function plan({ charts, environments, config, base }: Scope): readonly Planned[] {
  const relative = (file: string) => path.relative(base.checkout.root, file).split(path.sep).join('/');
  return charts.flatMap(({ found, metadata }) => {
    if (metadata === undefined || metadata.type === 'library' || found.kind === 'archive') return [];
    const named = found.config?.name ?? metadata.name;
    const common = { name: metadata.name, folder: relative(found.location), release: found.config?.release ?? named };
    if (config === undefined) {
      const chart = { ...common, namespace: 'default', kubernetes: '', values: [], secrets: [] };
      return [{ chart, environment: '' }];
    }
    return environments.map((environment) => {
      const own = environmentOf(config, environment, found.config?.name ?? '');
      const files = (names: readonly string[]) => names.map((name) => relative(path.resolve(found.location, name)));
      const namespace = own.cluster.namespace ?? 'default';
      const settings = {
        namespace,
        kubernetes: own.kubernetes[0] ?? '',
        values: files(own.values),
        secrets: files(own.secrets),
      };
      return { chart: { ...common, ...settings }, environment: environment.name };
    });
  });
}

interface Compared extends Planned {
  readonly diff: string;
  readonly notes: readonly string[];
}

async function compareAll(
  planned: readonly Planned[],
  scope: Scope,
  helmVersion: string,
  services: Services,
  root: string,
) {
  const before = path.join(root, 'before');
  const after = path.join(root, 'after');
  await mkdir(before);
  await mkdir(after);
  const { checkout, commit } = scope.base;
  await checkout.exportTo((await checkout.mergeBase(commit)) ?? commit, before);
  await copyWorkingTree(scope.base, after);
  const charts = planned.map(({ chart }) => chart);
  const folders = scope.all.map(({ found }) => path.relative(checkout.root, found.location).split(path.sep).join('/'));
  await completeTree(before, charts);
  await completeTree(after, charts);
  await withoutNetwork(before, folders);
  const dropped = await withoutNetwork(after, folders);
  const tool = await services.tools.helm(helmVersion);
  const helm = createHelm(tool, services, { memoryLimitBytes: HELM_MEMORY_BYTES });
  const renderer = new Renderer(helm, services, { before, after, dropped });
  const compared: Compared[] = [];
  for (const one of planned) {
    if (!(await isFile(path.join(before, one.chart.folder, 'Chart.yaml')))) {
      compared.push({ ...one, diff: '', notes: [`${one.chart.name} is new.`] });
      continue;
    }
    try {
      const { diff, notes } = await renderer.compare(one.chart, []);
      compared.push({ ...one, diff, notes });
    } catch (error) {
      rethrowCancelled(error);
      const reason =
        messageOf(error).replaceAll(`${root}/before/`, '').replaceAll(`${root}/after/`, '').split('\n')[0] ?? '';
      compared.push({ ...one, diff: '', notes: [`${one.chart.name} is not compared: ${reason}`] });
    }
  }
  return compared;
}

const objectsIn = (diff: string) => diff.match(/^--- /gm)?.length ?? 0;

function titleOf({ chart, environment }: Planned): string {
  return environment === '' ? chart.name : `${chart.name} in ${environment}`;
}

function partOf(one: Compared): string {
  const objects = objectsIn(one.diff);
  const text = objects === 0 ? 'nothing changes' : `${objects} object${objects === 1 ? '' : 's'}`;
  const notes = one.notes.map((note) => `\n- ${escapeMarkdown(note)}`).join('');
  const title = `**${escapeMarkdown(titleOf(one))}**: ${one.notes.length > 0 && objects === 0 ? 'see below' : text}${notes}`;
  return one.diff === '' ? title : `${title}\n\n${codeBlock(one.diff, 'diff')}`;
}

/**
 * Renders charts with `helm template` as they were and as they are, for each environment with its values (stand-ins for
 * encrypted ones), and compares. Whatever goes wrong is said, and no failure.
 * @throws HelmCdError `cancelled` only.
 */
export async function renderedDiff(scope: Scope, helmVersion: string, services: Services): Promise<RenderedDiff> {
  const root = await mkdtemp(path.join(services.temp, 'rendered-'));
  try {
    const planned = plan(scope);
    const compared = await compareAll(planned, scope, helmVersion, services, root);
    const whole = services.masks.redact(compared.map(({ diff }) => diff).join(''));
    const file = whole === '' ? '' : path.join(services.reports, 'rendered.diff');
    if (file !== '') await writeFile(file, whole);
    const objects = objectsIn(whole);
    const said =
      objects === 0 ? `nothing changes since ${scope.base.name}` : `${objects} objects change since ${scope.base.name}`;
    const intro = `What the change makes of the rendered objects, compared with ${code(scope.base.name)}.`;
    return {
      said: said.replace(/^1 objects change/, '1 object changes'),
      summary: [intro, ...compared.map(partOf)].join('\n\n'),
      file,
    };
  } catch (error) {
    rethrowCancelled(error);
    if (!(error instanceof HelmCdError)) throw error;
    return { said: `not compared: ${messageOf(error).split('\n')[0] ?? ''}`, summary: '', file: '' };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
