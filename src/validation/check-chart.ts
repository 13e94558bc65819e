import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FoundChart } from '../charts/find-charts.js';
import { readChartFolder } from '../charts/chart-files.js';
import { describeChart, type ChartDescription } from '../charts/describe.js';
import { prepareChart } from '../charts/prepare.js';
import type { Limiter } from '../core/concurrency.js';
import { HelmCdError } from '../core/errors.js';
import { mergeFindings, type Cell, type Finding, type MergedFinding } from '../core/findings.js';
import type { Services } from '../core/ports.js';
import { splitRender } from '../core/rendered-documents.js';
import type { Helm } from '../helm/helm.js';
import { lintChart } from '../helm/lint.js';
import { renderChart, type RenderOptions, type RenderResult } from '../helm/template.js';
import type { CustomKind } from '../schemas/crds.js';
import type { KubernetesVersion, SchemaPacks } from '../schemas/packs.js';
import type { SchemaLibrary } from '../schemas/validator.js';
import { dependsOnKubernetes, readChartContents } from './chart-contents.js';
import { createSourceFinder } from './chart-source.js';
import type { CheckOptions, NotValidated } from './check-documents.js';
import { createRenderChecker, type RenderChecker, type RenderFinding } from './check-render.js';
import { readChartKinds } from './custom-kinds.js';
import { helmFinding, lintFindings, type ChartPlaces, type ValuesOrigin } from './helm-findings.js';
import { createLocator, type Locator } from './locate.js';
import { planCells, type EnvironmentPlan, type PlannedCell } from './plan.js';

/** A template that takes longer does not end. */
const RENDER_TIMEOUT_MS = 120_000;

/** What all charts of a run share. */
export interface CheckContext {
  readonly helm: Helm;
  readonly services: Services;
  readonly packs: SchemaPacks;
  readonly library: SchemaLibrary;
  /** Custom kinds of the input `schemas`. */
  readonly extraKinds: readonly CustomKind[];
  readonly options: CheckOptions;
  /** Bounds the helm processes that run at the same time. */
  readonly limit: Limiter;
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
  /** Renders that were made; fewer than cells when Kubernetes' version cannot matter. */
  readonly renders: number;
}

type Found = { readonly cell: Cell | undefined; readonly finding: Finding };

/** An error that concerns one chart only is a finding, so that the other charts are looked at too. */
function asFinding(error: unknown, chart: FoundChart, workingDirectory: string): Finding {
  if (!(error instanceof HelmCdError) || error.code === 'cancelled' || error.code === 'tool') throw error;
  const file = error.place === undefined ? undefined : path.resolve(workingDirectory, error.place.file);
  const place = {
    ...error.place,
    file:
      file === undefined
        ? path.posix.join(chart.path, 'Chart.yaml')
        : path.relative(workingDirectory, file).split(path.sep).join('/'),
  };
  return {
    level: 'error',
    rule: 'chart',
    message: error.message.replaceAll(chart.location, chart.path),
    place,
    chart: chart.path,
    ...(error.hint === undefined ? {} : { hint: error.hint.replaceAll(chart.location, chart.path) }),
  };
}

/** A render that can be shared by several cells. */
interface RenderGroup {
  readonly plan: EnvironmentPlan;
  readonly version: KubernetesVersion;
  readonly valuesFiles: readonly string[];
  readonly cells: readonly PlannedCell[];
}

/** What came of a group's render. */
interface GroupRender extends RenderResult {
  readonly options: RenderOptions;
}

/** Cells whose renders cannot differ are one group: those of an environment, when the chart ignores Kubernetes' version. */
function groupCells(cells: readonly PlannedCell[], depends: (cell: PlannedCell) => boolean): readonly RenderGroup[] {
  const groups = new Map<string, PlannedCell[]>();
  for (const cell of cells) {
    const key = depends(cell) ? `${cell.environment}\n${cell.kubernetes}` : cell.environment;
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : [{ plan: first.plan, version: first.version, valuesFiles: first.valuesFiles, cells: group }];
  });
}

function originsOf(group: Pick<RenderGroup, 'plan' | 'valuesFiles'>): readonly ValuesOrigin[] {
  const { values, secrets } = group.plan;
  return [...values, ...secrets].map((file, index) => ({
    given: group.valuesFiles[index] ?? '',
    file,
    standIn: index >= values.length,
  }));
}

async function readTexts(files: readonly string[]): Promise<readonly string[]> {
  return Promise.all(files.map((file) => readFile(file, 'utf8')));
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
  const { services } = context;
  const unreadable = (error: unknown, name: string, version: string): ChartReport => ({
    chart,
    name,
    version,
    library: false,
    cells: [],
    findings: mergeFindings([{ cell: undefined, finding: asFinding(error, chart, services.workingDirectory) }]),
    rulesSkipped: [],
    placeholders: new Map(),
    renders: 0,
  });
  let description: ChartDescription;
  try {
    description = describeChart(await readChartFolder(chart.location), chart.location);
  } catch (error) {
    return unreadable(error, path.basename(chart.location), '');
  }
  const { name, version } = description.metadata;
  try {
    const prepared = await prepareChart(chart.location, context.helm, services);
    const places: ChartPlaces = {
      name,
      folder: chart.location,
      path: chart.path,
      prepared,
      sources: createSourceFinder(chart.location, services.workingDirectory),
    };
    return await checkPrepared(chart, places, description, environments, context);
  } catch (error) {
    return unreadable(error, name, version);
  }
}

async function checkPrepared(
  chart: FoundChart,
  places: ChartPlaces,
  description: ChartDescription,
  environments: readonly EnvironmentPlan[],
  context: CheckContext,
): Promise<ChartReport> {
  const { helm, services, limit, options } = context;
  const env = { KUBECONFIG: path.join(services.temp, 'no-kubeconfig') };
  const library = description.metadata.type === 'library';
  const contents = await readChartContents(places.prepared);
  const kinds = [...readChartKinds(contents), ...context.extraKinds];
  const plan = await planCells(chart, library ? [] : environments, services);
  const checker = createRenderChecker(context.library, kinds, options);
  const found: Found[] = plan.findings.map((finding) => ({ cell: undefined, finding }));

  const lint = async (group: Pick<RenderGroup, 'plan' | 'version' | 'valuesFiles'>) =>
    limit(() =>
      lintChart(helm, {
        chart: places.prepared,
        values: group.valuesFiles,
        kubeVersion: group.version.full,
        namespace: group.plan.namespace,
        env,
      }),
    );

  if (library) {
    const version = await context.packs.resolve('');
    const bare = { plan: { ...NO_ENVIRONMENT, versions: [version] }, version, valuesFiles: [] };
    const messages = await lint(bare);
    const findings = await lintFindings(messages, [], places, [], options.strict);
    return {
      ...summarize(chart, description, [], [...found, ...findings.map((finding) => ({ cell: undefined, finding }))]),
      library: true,
    };
  }

  const values = new Map<string, readonly string[]>();
  for (const cell of plan.cells) {
    if (!values.has(cell.environment)) values.set(cell.environment, await readTexts(cell.valuesFiles));
  }
  const depends = (cell: PlannedCell) => dependsOnKubernetes(contents, values.get(cell.environment) ?? []);
  const groups = groupCells(plan.cells, depends);

  const outputs = new Map<RenderOptions, string>();
  const locator = createLocator({
    helm,
    services,
    limit,
    sources: places.sources,
    name: places.name,
    prepared: places.prepared,
    documentsOf: (renderOptions) => splitRender(outputs.get(renderOptions) ?? ''),
  });
  const checked = await Promise.all(
    groups.map(async (group) => {
      const dependent = group.cells[0] !== undefined && depends(group.cells[0]);
      const apiVersions = dependent ? (await context.library.validator(group.version.minor, kinds)).apiVersions : [];
      const renderOptions: RenderOptions = {
        release: group.plan.release,
        namespace: group.plan.namespace,
        chart: places.prepared,
        values: group.valuesFiles,
        kubeVersion: group.version.full,
        apiVersions,
        timeoutMs: RENDER_TIMEOUT_MS,
        env,
      };
      const result = await limit(() => renderOrSay(helm, renderOptions));
      outputs.set(renderOptions, result.output);
      const render = { ...result, options: renderOptions };
      return { group, cells: await checkGroup(group, render, places, checker, locator) };
    }),
  );
  const cellChecks = checked.flatMap(({ cells }) => cells);
  for (const { cell, findings } of cellChecks) for (const finding of findings) found.push({ cell, finding });

  // Lint sees the values, not what the cluster serves: once for each environment.
  const byEnvironment = new Map(groups.map((group) => [group.plan.name, group]));
  await Promise.all(
    [...byEnvironment.values()].map(async (group) => {
      const messages = await lint(group);
      const own = cellChecks.filter(({ cell }) => cell.environment === group.plan.name);
      const said = own.flatMap(({ findings }) => findings);
      for (const finding of await lintFindings(messages, said, places, originsOf(group), options.strict)) {
        for (const { cell } of own) found.push({ cell, finding });
      }
    }),
  );
  return {
    ...summarize(chart, description, cellChecks, found),
    placeholders: plan.placeholders,
    renders: groups.length,
  };
}

/** A render that takes too long or writes too much is a problem of these cells, not of the whole run. */
async function renderOrSay(helm: Helm, options: RenderOptions): Promise<RenderResult> {
  try {
    return await renderChart(helm, options);
  } catch (error) {
    if (!(error instanceof HelmCdError) || !['timeout', 'refused'].includes(error.code)) throw error;
    return { output: '', problems: [{ rule: 'helm', message: error.message }] };
  }
}

const NO_ENVIRONMENT: Omit<EnvironmentPlan, 'versions'> = {
  name: 'library',
  release: 'release-name',
  namespace: 'default',
  values: [],
  secrets: [],
};

interface CellCheck {
  readonly cell: Cell;
  readonly findings: readonly Finding[];
  readonly objects: number;
  readonly notValidated: readonly NotValidated[];
  readonly rulesSkipped: readonly string[];
}

async function checkGroup(
  group: RenderGroup,
  render: GroupRender,
  places: ChartPlaces,
  checker: RenderChecker,
  locator: Locator,
): Promise<readonly CellCheck[]> {
  const checks: CellCheck[] = [];
  for (const cell of group.cells) {
    const report = await checker.check(render.output, cell.version.minor);
    const findings: Finding[] = [];
    for (const finding of report.findings) {
      findings.push(await documentFinding(finding, places, locator, render.options));
    }
    for (const problem of render.problems) {
      const finding = await helmFinding(problem, places, originsOf(group));
      // Of a document that is no YAML our own parser has said more than helm.
      const known =
        problem.rule === 'invalid-yaml' &&
        findings.some((other) => other.rule === 'invalid-yaml' && other.place.file === finding.place.file);
      if (!known) findings.push(finding);
    }
    if (report.objects === 0 && findings.length === 0) {
      findings.push({
        level: 'error',
        rule: 'empty-render',
        message: 'renders no object at all',
        place: { file: path.posix.join(places.path, 'Chart.yaml') },
        chart: places.path,
        hint: 'A chart that deploys nothing is most likely one whose values switch everything off.',
      });
    }
    const { environment, kubernetes } = cell;
    const { objects, notValidated, rulesSkipped } = report;
    checks.push({ cell: { environment, kubernetes }, findings, objects, notValidated, rulesSkipped });
  }
  return checks;
}

async function documentFinding(
  finding: RenderFinding,
  places: ChartPlaces,
  locator: Locator,
  options: RenderOptions,
): Promise<Finding> {
  const { level, rule, message, resource, hint, document, line } = finding;
  const { place, inside, renderedBy } = await locator.locate(document, line, options);
  const from = renderedBy === undefined ? '' : ` (included by ${renderedBy})`;
  return {
    level,
    rule,
    message: inside === undefined ? `${message}${from}` : `in the dependency's ${inside}: ${message}`,
    place,
    chart: places.path,
    ...(resource === undefined ? {} : { resource }),
    ...(hint === undefined ? {} : { hint }),
  };
}

function summarize(
  chart: FoundChart,
  { metadata }: ChartDescription,
  checks: readonly CellCheck[],
  found: readonly Found[],
): ChartReport {
  const findings = mergeFindings(found);
  const cells = checks.map(({ cell, objects, notValidated }) => {
    const own = findings.filter((finding) => finding.cells.includes(cell));
    return {
      ...cell,
      errors: own.filter((finding) => finding.level === 'error').length,
      warnings: own.filter((finding) => finding.level === 'warning').length,
      objects,
      notValidated,
    };
  });
  return {
    chart,
    name: metadata.name,
    version: metadata.version,
    library: false,
    cells,
    findings,
    rulesSkipped: [...new Set(checks.flatMap((check) => check.rulesSkipped))].sort(),
    placeholders: new Map(),
    renders: 0,
  };
}
