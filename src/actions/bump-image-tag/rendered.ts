/** What a bump changes in the manifests that the charts render to: shown, never a reason to fail. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { environmentOf } from '../../config/load.js';
import type { Config, EnvironmentConfig } from '../../config/types.js';
import type { BumpPlan } from '../../core/bump-request.js';
import { inFolder, joinPath, repositoryPath } from '../../core/chart-folders.js';
import { createLimiter } from '../../core/concurrency.js';
import { HelmCdError, messageOf } from '../../core/errors.js';
import { formatImageReference, parseImageReference, type ImageReference } from '../../core/image-reference.js';
import type { Services } from '../../core/ports.js';
import type { RenderedChange } from '../../core/rendered-change.js';
import type { BranchHead } from '../../core/repository-branch.js';
import { createHelm, type Helm } from '../../helm/helm.js';
import {
  Renderer,
  rethrowCancelled,
  type ChartComparison,
  type ChartToRender,
} from '../../rendering/render-compare.js';
import { CommitCopy, finishTrees } from '../../rendering/render-trees.js';

/** What has not been rendered by then is left out. */
const BUDGET_MS = 120_000;
/** More than any chart takes; a template that loops is ended before it takes the runner down. */
const HELM_MEMORY_BYTES = 4 * 1024 ** 3;
const LONGEST_NOTE = 300;

/** The configuration of the commit that is changed, and the environment that it is changed for. */
export interface RenderSettings {
  readonly config: Config | undefined;
  readonly environment: EnvironmentConfig | undefined;
}

/** The charts whose renders may change: those with a new version, and those that read a changed values file. */
function chartsToRender(head: BranchHead, plan: BumpPlan, settings: RenderSettings): readonly ChartToRender[] {
  const { config, environment } = settings;
  const present = new Set(head.entries.map((entry) => entry.path));
  const configured = new Map(
    (config?.charts ?? []).map((chart) => [joinPath(config?.file ?? '', '..', chart.path) ?? '', chart]),
  );
  const chartOf = (folder: string, name: string): ChartToRender => {
    const entry = configured.get(folder);
    const own =
      config === undefined || environment === undefined
        ? undefined
        : environmentOf(config, environment, entry?.name ?? name);
    const files = (paths: readonly string[] = []) =>
      paths
        .map((file) => repositoryPath(file, folder, 'values of the environment', 'config'))
        .filter((file) => present.has(file));
    return {
      name,
      folder,
      values: files(own?.values),
      secrets: files(own?.secrets),
      release: (entry?.release ?? name).slice(0, 53),
      namespace: own?.cluster.namespace ?? 'default',
      kubernetes: own?.kubernetes[0] ?? '',
    };
  };
  const bumped = plan.charts.map(({ folder, name }) => chartOf(folder, name));
  const changed = new Set(plan.files.map((file) => file.path));
  const reading = [...configured]
    .filter(([folder]) => bumped.every((chart) => chart.folder !== folder))
    .map(([folder, { name }]) => chartOf(folder, name))
    .filter(({ values }) => values.some((file) => changed.has(file)));
  const all = [...bumped, ...reading];
  // A chart in another's charts/ is installed with that one only.
  return all.filter(
    ({ folder }) =>
      !all.some((parent) => parent.folder !== folder && folder.startsWith(inFolder(parent.folder, 'charts/'))),
  );
}

/** The reason in one line, without the temporary folders' names. */
function reasonOf(error: unknown, services: Services): string {
  const [first = '', ...parts] = messageOf(error).split(`${services.temp}/`);
  const said = [first, ...parts.map((part) => part.replace(/^[\w-]+\/(?:(?:before|after)\/)?/, ''))].join('');
  const text = services.masks.redact(said).replace(/\s+/g, ' ').trim();
  return text.length > LONGEST_NOTE ? `${text.slice(0, LONGEST_NOTE)}…` : text;
}

const NOTHING: RenderedChange = { charts: [], images: [], unused: [], diff: '', notes: [] };

/** The images that are really written. */
function writtenImages(plan: BumpPlan): readonly ImageReference[] {
  return [...new Set(plan.changes.map(({ image }) => image))].flatMap((text) => parseImageReference(text) ?? []);
}

/** A library is rendered as part of the charts that use it. */
async function withoutLibraries(head: BranchHead, charts: readonly ChartToRender[]): Promise<readonly ChartToRender[]> {
  const files = await head.read(charts.map(({ folder }) => inFolder(folder, 'Chart.yaml')));
  return charts.filter(({ folder }) => {
    return !/^type:\s*["']?library\b/m.test(files.get(inFolder(folder, 'Chart.yaml')) ?? '');
  });
}

/** What became of one chart: a comparison, or why there is none. */
interface ChartOutcome {
  readonly chart: ChartToRender;
  readonly comparison?: ChartComparison;
  readonly failure?: string;
}

/** Puts charts onto the disk, one after the other: the branch has one clone. */
async function copyCharts(
  charts: readonly ChartToRender[],
  copy: CommitCopy,
  orFailure: OrFailure,
): Promise<ReadonlyMap<ChartToRender, ChartOutcome>> {
  const uncopied = new Map<ChartToRender, ChartOutcome>();
  for (const chart of charts) {
    const outcome = await orFailure(chart, async () => {
      await copy.addChart(chart.folder);
      await copy.addFiles(chart);
      return { chart };
    });
    if (outcome.failure !== undefined) uncopied.set(chart, outcome);
  }
  return uncopied;
}

type OrFailure = (chart: ChartToRender, work: () => Promise<ChartOutcome>) => Promise<ChartOutcome>;

async function renderAll(
  services: Services,
  head: BranchHead,
  plan: BumpPlan,
  charts: readonly ChartToRender[],
  helm: Helm,
  root: string,
): Promise<RenderedChange> {
  const started = services.clock.now();
  const orFailure: OrFailure = async (chart, work) => {
    try {
      if (services.clock.now() - started > BUDGET_MS) throw new HelmCdError('timeout', 'the time for it is over.');
      return await work();
    } catch (error) {
      rethrowCancelled(error);
      const where = chart.folder === '' || chart.folder.endsWith(chart.name) ? '' : ` (${chart.folder})`;
      return { chart, failure: `${chart.name}${where} is not rendered: ${reasonOf(error, services)}` };
    }
  };
  const before = path.join(root, 'before');
  await mkdir(before);
  const copy = new CommitCopy(head, before);
  const uncopied = await copyCharts(charts, copy, orFailure);
  const trees = await finishTrees(copy, before, path.join(root, 'after'), plan.files);
  const renderer = new Renderer(helm, services, trees);
  const images = writtenImages(plan);
  const limit = createLimiter(os.availableParallelism());
  const outcomes = await Promise.all(
    charts.map(async (chart): Promise<ChartOutcome> => {
      const compare = async () => ({ chart, comparison: await renderer.compare(chart, images) });
      return uncopied.get(chart) ?? (await limit(() => orFailure(chart, compare)));
    }),
  );
  const done = outcomes.flatMap(({ comparison }) => comparison ?? []);
  const failures = outcomes.flatMap(({ failure }) => failure ?? []);
  const isUnused = (image: ImageReference) => done.every(({ unused }) => unused.includes(image));
  return {
    charts: done.map(({ chart }) => chart.name),
    images: done.flatMap((comparison) => comparison.images),
    unused: failures.length > 0 || done.length === 0 ? [] : images.filter(isUnused).map(formatImageReference),
    diff: services.masks.redact(done.map(({ diff }) => diff).join('')),
    notes: [...failures, ...done.flatMap(({ notes }) => notes)],
  };
}

/**
 * Renders the charts of a plan with `helm template`, before and after, with the environment's values files (stand-ins for
 * encrypted ones), and compares. Nothing is downloaded for it: neither dependencies nor, unless a version is asked for, helm.
 * Whatever goes wrong is a note.
 * @param helmVersion the input `helm-version`; empty: whichever helm is there.
 * @throws HelmCdError `cancelled` only.
 */
export async function renderedChange(
  services: Services,
  head: BranchHead,
  plan: BumpPlan,
  settings: RenderSettings,
  helmVersion: string,
): Promise<RenderedChange> {
  let root: string | undefined;
  try {
    if (plan.files.length === 0) return NOTHING;
    const charts = await withoutLibraries(head, chartsToRender(head, plan, settings));
    if (charts.length === 0) return NOTHING;
    const tool = await services.tools.helm(helmVersion, { download: helmVersion !== '' });
    const helm = createHelm(tool, services, { memoryLimitBytes: HELM_MEMORY_BYTES });
    root = await mkdtemp(path.join(services.temp, 'rendered-'));
    return await renderAll(services, head, plan, charts, helm, root);
  } catch (error) {
    rethrowCancelled(error);
    return { ...NOTHING, notes: [`The charts are not rendered: ${reasonOf(error, services)}`] };
  } finally {
    if (root !== undefined) await rm(root, { recursive: true, force: true });
  }
}
