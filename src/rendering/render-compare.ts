/** The renders of one chart before and after a change, made without any network and compared. */
import path from 'node:path';
import { prepareChart } from '../charts/prepare.js';
import { HelmCdError, messageOf } from '../core/errors.js';
import type { ImageReference } from '../core/image-reference.js';
import type { Services } from '../core/ports.js';
import { diffReleases, type ObjectChange } from '../core/release-diff.js';
import { formatRef, refKey } from '../core/release-manifest.js';
import type { RenderedRelease } from '../core/release.js';
import type { ChartImageChange } from '../core/rendered-change.js';
import { splitRender } from '../core/rendered-documents.js';
import { compareRenders } from '../core/rendered-images.js';
import { createSecretMarks } from '../core/secret-text.js';
import type { Helm } from '../helm/helm.js';
import { renderChart } from '../helm/template.js';
import { openSchemaPacks } from '../schemas/packs.js';
import { standInOf, type ExtraFiles, type RenderTrees } from './render-trees.js';

/** A template that takes longer does not end. */
const RENDER_TIMEOUT_MS = 60_000;

/** One chart, and what its render is given. */
export interface ChartToRender extends ExtraFiles {
  readonly name: string;
  readonly folder: string;
  readonly release: string;
  readonly namespace: string;
  /** Empty: the newest known. */
  readonly kubernetes: string;
}

/** How the renders of one chart differ. */
export interface ChartComparison {
  readonly chart: ChartToRender;
  readonly images: readonly ChartImageChange[];
  readonly unused: readonly ImageReference[];
  readonly diff: string;
  readonly notes: readonly string[];
}

/** @throws HelmCdError `cancelled`, if it is that. */
export function rethrowCancelled(error: unknown): void {
  if (error instanceof HelmCdError && error.code === 'cancelled') throw error;
}

/** What is fetched by helm otherwise must not be: a preview downloads nothing. */
const OFFLINE: Pick<Helm, 'run'> = {
  run: () =>
    Promise.reject(new HelmCdError('refused', 'A dependency is not in charts/, and none is downloaded for this.')),
};

function asRelease(manifest: string): RenderedRelease {
  return { chartName: '', chartVersion: '', appVersion: '', config: {}, manifest, hooks: [] };
}

function formatChange(change: ObjectChange, chart: ChartToRender): string {
  const name = `${chart.name}/${formatRef(change.ref, chart.namespace)}`;
  const created = change.diff.startsWith('@@ -0,0 ');
  const gone = change.kind === 'deleted' || change.kind === 'kept';
  return `--- ${created ? '/dev/null' : `a/${name}`}\n+++ ${gone ? '/dev/null' : `b/${name}`}\n${change.diff}`;
}

/** Renders the charts of two trees. */
export class Renderer {
  private readonly helm: Helm;
  private readonly services: Services;
  private readonly trees: RenderTrees;
  private readonly marks = createSecretMarks();

  constructor(helm: Helm, services: Services, trees: RenderTrees) {
    this.helm = helm;
    this.services = services;
    this.trees = trees;
  }

  /** @throws HelmCdError when the chart cannot be rendered. */
  private async render(chart: ChartToRender, tree: string): Promise<string> {
    const folder = await prepareChart(path.join(tree, chart.folder), OFFLINE, this.services);
    const packs = openSchemaPacks(this.services.packageRoot);
    // A version that is too new for us is good enough to show what changes.
    const version = await packs.resolve(chart.kubernetes).catch(() => packs.resolve(''));
    const { output, problems } = await renderChart(this.helm, {
      release: chart.release,
      namespace: chart.namespace,
      chart: folder,
      values: [
        ...chart.values.map((file) => path.join(tree, file)),
        ...chart.secrets.map((file) => standInOf(path.join(tree, file))),
      ],
      kubeVersion: version.full,
      apiVersions: [],
      timeoutMs: RENDER_TIMEOUT_MS,
    });
    const [problem] = problems;
    if (problem === undefined) return output;
    const { source = problem.file, line, message } = problem;
    const at = source === undefined ? '' : `${source}${line === undefined ? '' : `:${line}`}: `;
    throw new HelmCdError('file', `${at}${message}`);
  }

  /** The changes worth showing, without those that are there between any two renders. */
  private async changesBetween(
    chart: ChartToRender,
    before: string,
    after: string,
  ): Promise<{ readonly changes: readonly ObjectChange[]; readonly unsteady: readonly string[] }> {
    const diff = (from: string, to: string) =>
      diffReleases(asRelease(from), asRelease(to), chart.namespace, this.marks);
    const changes = diff(before, after).filter(({ kind }) => kind !== 'metadata');
    if (changes.every(({ kind }) => kind === 'image')) return { changes, unsteady: [] };
    const again = diff(before, await this.render(chart, this.trees.before));
    const random = new Set(again.map(({ ref }) => refKey(ref)));
    const isRandom = ({ kind, ref }: ObjectChange) => kind !== 'image' && random.has(refKey(ref));
    return {
      changes: changes.filter((change) => !isRandom(change)),
      unsteady: changes.filter(isRandom).map(({ ref }) => formatRef(ref, chart.namespace)),
    };
  }

  /** @throws HelmCdError when the chart cannot be rendered before or after. */
  async compare(chart: ChartToRender, images: readonly ImageReference[]): Promise<ChartComparison> {
    const before = await this.render(chart, this.trees.before);
    const after = await this.render(chart, this.trees.after).catch((error: unknown) => {
      rethrowCancelled(error);
      throw new HelmCdError('file', `it renders now, but not with this change: ${messageOf(error)}`);
    });
    const found = compareRenders(splitRender(before), splitRender(after), chart.namespace, images);
    const { changes, unsteady } = await this.changesBetween(chart, before, after);
    const dropped = [...this.trees.dropped]
      .filter(([folder]) => folder === chart.folder || after.includes(`/charts/${path.posix.basename(folder)}/`))
      .flatMap(([, dependencies]) => dependencies.map(({ name }) => name));
    const notes = [
      ...(dropped.length === 0
        ? []
        : [`${chart.name} is rendered without what is not in its repository: ${[...new Set(dropped)].join(', ')}.`]),
      ...(unsteady.length === 0
        ? []
        : [`${chart.name}: not compared, for each render makes something else of it: ${unsteady.join(', ')}.`]),
    ];
    return {
      chart,
      images: found.changes.map((change) => ({ chart: chart.name, ...change })),
      // What is left out may be what uses them.
      unused: dropped.length === 0 ? found.unused : [],
      diff: changes.map((change) => formatChange(change, chart)).join(''),
      notes,
    };
  }
}
