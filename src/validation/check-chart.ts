import path from 'node:path';
import { findFile, readChartFolder, textOf } from '../charts/chart-files.js';
import { describeChart, type ChartDescription } from '../charts/describe.js';
import type { FoundChart } from '../charts/find-charts.js';
import type { ChartPreparer } from '../charts/prepare.js';
import { chartYamlProblems } from '../core/chart-yaml-rules.js';
import type { Limiter } from '../core/concurrency.js';
import { HelmCdError } from '../core/errors.js';
import { countLevel, mergeFindings, type Cell, type Finding, type MergedFinding } from '../core/findings.js';
import { createHiddenTexts, type HiddenTexts } from '../core/hidden-texts.js';
import type { Services } from '../core/ports.js';
import type { Helm } from '../helm/helm.js';
import { parseKubernetesYaml } from '../schemas/kubernetes-yaml.js';
import type { SchemaPacks } from '../schemas/packs.js';
import type { SchemaLibrary } from '../schemas/validator.js';
import { readChartContents, type ChartContents } from './chart-contents.js';
import { checkChartSafety, checkDependencySafety, linkedTexts } from './chart-safety.js';
import { hideChartValues, withoutHidden } from './chart-secrets.js';
import { createSourceFinder } from './chart-source.js';
import type { CellCheck } from './check-cell.js';
import { checkCells, lintAlone } from './check-cells.js';
import type { CheckOptions, NotValidated } from './check-documents.js';
import { readChartKinds } from './custom-kinds.js';
import type { ChartPlaces } from './chart-places.js';
import { checkParity, type ParityOptions } from './parity/check-parity.js';
import type { ParityReport } from './parity/report.js';
import { planCells, type EnvironmentPlan } from './plan.js';
import type { SchemaSources } from './schema-sources.js';
import { checkVersion, type VersionCheck, type VersionOptions } from './check-version.js';

/** What all charts of a run share. */
export interface CheckContext {
  readonly helm: Helm;
  readonly services: Services;
  readonly packs: SchemaPacks;
  readonly library: SchemaLibrary;
  /** What the input `schemas` names. */
  readonly schemas: SchemaSources;
  readonly options: CheckOptions;
  /** How values are minded that some environments lack; nothing: they are not looked for. */
  readonly parity: ParityOptions | undefined;
  /** How versions are minded that stay the same though the chart changed; nothing: they are not looked at. */
  readonly version: VersionOptions | undefined;
  readonly preparer: ChartPreparer;
  /** Bounds the helm processes that run at the same time. */
  readonly limit: Limiter;
  /** How long one helm process may take. */
  readonly timeoutMs: number;
  /** The folder that links in charts may lead to, without symbolic links itself. */
  readonly root: string;
}

/** How one cell went. */
export interface CellReport extends Cell {
  readonly errors: number;
  readonly warnings: number;
  /** How many objects were rendered. */
  readonly objects: number;
  readonly notValidated: readonly NotValidated[];
}

export interface ChartReport {
  readonly chart: FoundChart;
  readonly name: string;
  readonly version: string;
  /** A library chart is linted only. */
  readonly library: boolean;
  readonly cells: readonly CellReport[];
  readonly findings: readonly MergedFinding[];
  /** Kinds whose rules in CEL were not evaluated. */
  readonly rulesSkipped: readonly string[];
  /** Encrypted values for which stand-ins were rendered, by environment. */
  readonly placeholders: ReadonlyMap<string, number>;
  /** Renders that were made; fewer than cells where they cannot differ. */
  readonly renders: number;
  /** What could not be looked at, in sentences. */
  readonly notes: readonly string[];
  /** Renders that were compared with the schemas of a Kubernetes minor; fewer than cells where they turned out the same. */
  readonly checked: number;
  /** How the environments differ in what they set, when that was looked at. */
  readonly parity?: ParityReport;
}

/** An error that concerns one chart only is a finding, so that the other charts are looked at too. */
function asFinding(error: unknown, chart: FoundChart, workingDirectory: string): Finding {
  if (!(error instanceof HelmCdError) || error.code === 'cancelled' || error.code === 'tool') throw error;
  const { place } = error;
  const file =
    place === undefined ? path.join(chart.location, 'Chart.yaml') : path.resolve(workingDirectory, place.file);
  const named = (text: string) => text.replaceAll(chart.location, chart.path);
  return {
    level: 'error',
    rule: 'chart',
    message: named(error.message),
    place: { ...place, file: path.relative(workingDirectory, file).split(path.sep).join('/') },
    chart: chart.path,
    ...(error.hint === undefined ? {} : { hint: named(error.hint) }),
  };
}

/** The report of a chart from what was found about itself and in its cells. */
function reportOf(
  chart: FoundChart,
  identity: Pick<ChartReport, 'name' | 'version'>,
  own: readonly Finding[],
  checks: readonly CellCheck[] = [],
): ChartReport {
  const findings = mergeFindings([
    ...own.map((finding) => ({ cell: undefined, finding })),
    ...checks.flatMap(({ cell, findings: inCell }) => inCell.map((finding) => ({ cell, finding }))),
  ]);
  return {
    chart,
    ...identity,
    library: false,
    cells: checks.map(({ cell, objects, notValidated }) => {
      const inCell = findings.filter((finding) => finding.cells.includes(cell));
      const errors = countLevel(inCell, 'error');
      return { ...cell, errors, warnings: countLevel(inCell, 'warning'), objects, notValidated };
    }),
    findings,
    rulesSkipped: [...new Set(checks.flatMap((check) => check.rulesSkipped))].sort(),
    placeholders: new Map(),
    renders: 0,
    notes: [],
    checked: 0,
  };
}

/**
 * Lints and renders one chart for all of its environments and Kubernetes versions, and compares what comes out with the
 * schemas. Nothing stops at the first problem.
 */
export async function checkChart(
  chart: FoundChart,
  environments: readonly EnvironmentPlan[],
  context: CheckContext,
): Promise<ChartReport> {
  const hidden = createHiddenTexts();
  return withoutHidden(await checkOpenly(chart, environments, hidden, context), hidden);
}

/** The report with all that helm says in it, which may quote values. */
async function checkOpenly(
  chart: FoundChart,
  environments: readonly EnvironmentPlan[],
  hidden: HiddenTexts,
  context: CheckContext,
): Promise<ChartReport> {
  const { workingDirectory } = context.services;
  let description: ChartDescription;
  try {
    const linked = await checkChartSafety(chart.location, context.root);
    hidden.add(await linkedTexts(chart.location, linked));
    description = describeChart(await readChartFolder(chart.location), chart.location);
    await checkDependencySafety(chart.location, description, context.root);
  } catch (error) {
    const identity = { name: path.basename(chart.location), version: '' };
    return reportOf(chart, identity, [asFinding(error, chart, workingDirectory)]);
  }
  const own: Finding[] = [];
  const version = context.version && checkVersion(chart, context.version, workingDirectory);
  own.push(...((await version?.againstBase(description.metadata.version)) ?? []));
  try {
    return await checkPrepared(chart, description, environments, { own, version }, hidden, context);
  } catch (error) {
    // That a catalog of schemas does not answer says nothing about the chart.
    if (context.schemas.failed(error)) throw error;
    return reportOf(chart, description.metadata, [...own, asFinding(error, chart, workingDirectory)]);
  }
}

/** What helm would not stop at, but leave out. */
function chartYamlFindings(chart: FoundChart, contents: ChartContents, strict: boolean): readonly Finding[] {
  const file = findFile(contents.files, 'Chart.yaml');
  const text = file === undefined ? '' : textOf(file);
  try {
    parseKubernetesYaml(text);
  } catch {
    // Of a file that helm cannot read, helm's reason is enough.
    return [];
  }
  return chartYamlProblems(text).map(({ line, message }) => ({
    level: strict ? 'error' : 'warning',
    rule: 'chart',
    message,
    place: { file: path.posix.join(chart.path, 'Chart.yaml'), line },
    chart: chart.path,
  }));
}

async function checkPrepared(
  chart: FoundChart,
  { metadata, dependencies }: ChartDescription,
  environments: readonly EnvironmentPlan[],
  { own, version: versionCheck }: { readonly own: readonly Finding[]; readonly version: VersionCheck | undefined },
  hidden: HiddenTexts,
  context: CheckContext,
): Promise<ChartReport> {
  const { services } = context;
  const { name, version } = metadata;
  const stale: Finding[] = [];
  const prepared = await context.preparer.prepare(chart.location, {
    onStaleLock: (problem) => stale.push(asFinding(problem, chart, services.workingDirectory)),
  });
  // Asked while the chart is rendered.
  const published = versionCheck?.againstRepositories(prepared, environments);
  published?.catch(() => undefined);
  const contents = await readChartContents(prepared);
  const before = [...own, ...stale, ...chartYamlFindings(chart, contents, context.options.strict)];
  await hideChartValues(hidden, contents, environments);
  const places: ChartPlaces = {
    name,
    folder: chart.location,
    path: chart.path,
    prepared,
    deployed: chart.config !== undefined,
    sources: createSourceFinder(chart.location, services.workingDirectory),
    contents,
    dependencies,
  };
  const kinds = [...readChartKinds(contents), ...context.schemas.kinds];
  const cellsContext = { ...context, kinds, chart: places, hidden };
  if (metadata.type === 'library') {
    const findings = await lintAlone(await context.packs.resolve(''), cellsContext);
    const versions = await published;
    return {
      ...reportOf(chart, { name, version }, [...(versions?.findings ?? []), ...before, ...findings]),
      library: true,
      notes: versions?.notes ?? [],
    };
  }
  const plan = await planCells(chart, environments, services, context.root);
  const { parity } = context;
  // Helm renders while the values are compared.
  const [{ checks, renders, checked }, differences, versions] = await Promise.all([
    checkCells(plan.cells, cellsContext),
    parity === undefined ? undefined : checkParity(plan.cells, contents, chart.path, parity),
    published,
  ]);
  const all = [...(versions?.findings ?? []), ...before, ...plan.findings, ...(differences?.findings ?? [])];
  return {
    ...reportOf(chart, { name, version }, all, checks),
    notes: [...(differences?.report.notes ?? []), ...(versions?.notes ?? [])],
    placeholders: plan.placeholders,
    renders,
    checked,
    ...(differences === undefined ? {} : { parity: differences.report }),
  };
}
