/** The renders of one chart: made, shared where they cannot differ, checked, and their findings placed. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Limiter } from '../core/concurrency.js';
import { formatDuration } from '../core/duration.js';
import { HelmCdError } from '../core/errors.js';
import type { Cell, Finding } from '../core/findings.js';
import type { HiddenTexts } from '../core/hidden-texts.js';
import type { Services } from '../core/ports.js';
import { splitRender } from '../core/rendered-documents.js';
import type { Helm } from '../helm/helm.js';
import { lintChart } from '../helm/lint.js';
import { renderChart, type RenderOptions, type RenderResult } from '../helm/template.js';
import type { CustomKind } from '../schemas/crds.js';
import type { KubernetesVersion } from '../schemas/packs.js';
import type { SchemaLibrary } from '../schemas/validator.js';
import { dependsOnKubernetes, type ChartContents } from './chart-contents.js';
import { hideRenderedSecrets } from './chart-secrets.js';
import type { CheckOptions, NotValidated } from './check-documents.js';
import { createRenderChecker, type RenderChecker, type RenderFinding } from './check-render.js';
import type { ChartPlaces, ValuesOrigin } from './chart-places.js';
import { helmFinding, lintFindings } from './helm-findings.js';
import { createLocator, type Locator } from './locate.js';
import { checkNumberTags } from './number-tags.js';
import type { EnvironmentPlan, PlannedCell } from './plan.js';
import type { SchemaSources } from './schema-sources.js';

export interface CellsContext {
  readonly helm: Helm;
  readonly services: Services;
  readonly library: SchemaLibrary;
  /** Custom kinds that are known before anything is rendered. */
  readonly kinds: readonly CustomKind[];
  readonly schemas: SchemaSources;
  readonly options: CheckOptions;
  readonly limit: Limiter;
  /** How long one helm process may take. */
  readonly timeoutMs: number;
  readonly chart: ChartPlaces;
  /** Takes what no message may quote. */
  readonly hidden: HiddenTexts;
}

/** What was found in one cell. */
export interface CellCheck {
  readonly cell: Cell;
  readonly findings: readonly Finding[];
  readonly objects: number;
  readonly notValidated: readonly NotValidated[];
  readonly rulesSkipped: readonly string[];
}

/** A render that several cells share. */
interface RenderGroup {
  readonly plan: EnvironmentPlan;
  readonly version: KubernetesVersion;
  readonly valuesFiles: readonly string[];
  /** Whether the Kubernetes version can make a difference. */
  readonly dependent: boolean;
  readonly cells: readonly PlannedCell[];
}

async function readTexts(files: readonly string[]): Promise<readonly string[]> {
  return Promise.all(files.map((file) => readFile(file, 'utf8')));
}

/** Cells whose renders cannot differ are one group: those of an environment, when the chart ignores Kubernetes' version. */
async function groupCells(cells: readonly PlannedCell[], contents: ChartContents): Promise<readonly RenderGroup[]> {
  const groups: RenderGroup[] = [];
  for (const name of [...new Set(cells.map((cell) => cell.environment))]) {
    const own = cells.filter((cell) => cell.environment === name);
    const [first] = own;
    if (first === undefined) continue;
    const dependent = dependsOnKubernetes(contents, await readTexts(first.valuesFiles));
    for (const group of dependent ? own.map((cell) => [cell]) : [own]) {
      const { plan, valuesFiles } = first;
      groups.push({ plan, valuesFiles, version: group[0]?.version ?? first.version, dependent, cells: group });
    }
  }
  return groups;
}

function originsOf(group: Pick<RenderGroup, 'plan' | 'valuesFiles'>): readonly ValuesOrigin[] {
  const { values, secrets } = group.plan;
  return [...values, ...secrets].map((file, index) => ({
    given: group.valuesFiles[index] ?? '',
    file,
    standIn: index >= values.length,
  }));
}

/** A call that takes too long or writes too much is a problem of these cells, not of the whole run. */
async function orSay<Result>(
  timeoutMs: number,
  work: () => Promise<Result>,
  otherwise: (message: string) => Result,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HelmCdError)) throw error;
    if (error.code === 'timeout') {
      return otherwise(
        `helm did not finish within ${formatDuration(timeoutMs)} and was stopped: does a template render without end?`,
      );
    }
    if (error.code === 'refused') return otherwise('the chart renders more than 128 MiB');
    const signal = error.code === 'tool' ? / was ended by (SIG\w+)/.exec(error.message)?.[1] : undefined;
    if (signal === undefined) throw error;
    return otherwise(`helm was ended by ${signal}: does the chart take more memory than the runner has?`);
  }
}

async function documentFinding(
  finding: RenderFinding,
  chart: ChartPlaces,
  locator: Locator,
  options: RenderOptions,
): Promise<Finding> {
  const { level, rule, message, resource, hint, document, line, noticed } = finding;
  const located = await locator.locate(document, line, options);
  const { inside, renderedBy } = located;
  const from = renderedBy === undefined ? '' : ` (included by ${renderedBy})`;
  // Where a fault was noticed is not where it is.
  const later = noticed === true && located.place.line !== undefined;
  const after = later ? `, noticed on line ${located.place.line ?? ''}` : '';
  return {
    level,
    rule,
    message: inside === undefined ? `${message}${after}${from}` : `in the dependency's ${inside}: ${message}`,
    place: later ? { file: located.place.file } : located.place,
    chart: chart.path,
    ...(resource === undefined ? {} : { resource }),
    ...(hint === undefined ? {} : { hint }),
  };
}

async function checkCell(
  cell: PlannedCell,
  render: RenderResult & { readonly options: RenderOptions },
  chart: ChartPlaces,
  checker: RenderChecker,
  locator: Locator,
): Promise<CellCheck> {
  const report = await checker.check(render.output, cell.version.minor, cell.plan.release);
  const findings: Finding[] = [];
  for (const finding of report.findings) {
    findings.push(await documentFinding(finding, chart, locator, render.options));
  }
  for (const problem of render.problems) {
    const finding = await helmFinding(problem, chart, originsOf(cell));
    // Of a document that is no YAML our own parser has said more than helm.
    const said = findings.some((other) => other.rule === 'invalid-yaml' && other.place.file === finding.place.file);
    if (problem.rule !== 'invalid-yaml' || !said) findings.push(finding);
  }
  for (const problem of render.warnings ?? []) {
    findings.push(await helmFinding(problem, chart, originsOf(cell), 'warning'));
  }
  findings.push(...(await checkNumberTags(render.output, chart, originsOf(cell))));
  if (report.objects === 0 && findings.length === 0) {
    findings.push({
      level: 'error',
      rule: 'empty-render',
      message: 'renders no object at all',
      place: { file: path.posix.join(chart.path, 'Chart.yaml') },
      chart: chart.path,
      hint: 'A chart that deploys nothing is most likely one whose values switch everything off.',
    });
  }
  if (chart.deployed && report.objects > 0 && report.tests === 0) {
    findings.push({
      level: 'warning',
      rule: 'no-test',
      message: 'renders no helm test: after a deploy nothing proves that it works',
      place: { file: path.posix.join(chart.path, 'Chart.yaml') },
      chart: chart.path,
      hint: 'Add a Pod or Job with the annotation helm.sh/hook: test, or deploy with test: false.',
    });
  }
  const { environment, kubernetes } = cell;
  const { objects, notValidated, rulesSkipped } = report;
  return { cell: { environment, kubernetes }, findings, objects, notValidated, rulesSkipped };
}

function lint(
  group: Pick<RenderGroup, 'version' | 'valuesFiles'> & { readonly plan: Pick<EnvironmentPlan, 'namespace'> },
  { helm, chart, limit, timeoutMs }: CellsContext,
  env: Readonly<Record<string, string>>,
): ReturnType<typeof lintChart> {
  const options = {
    chart: chart.prepared,
    values: group.valuesFiles,
    kubeVersion: group.version.full,
    namespace: group.plan.namespace,
    timeoutMs,
    env,
  };
  return limit(() =>
    orSay(
      timeoutMs,
      () => lintChart(helm, options),
      (message) => [{ level: 'error', path: '', problem: { rule: 'helm', message } }],
    ),
  );
}

/** Nothing of a cluster is asked, so nothing of the job's cluster may be found. */
const environmentOf = (services: Services) => ({ KUBECONFIG: path.join(services.temp, 'no-kubeconfig') });

/** Lints a chart with its own values only. */
export async function lintAlone(version: KubernetesVersion, context: CellsContext): Promise<readonly Finding[]> {
  const bare = { version, valuesFiles: [], plan: { namespace: 'default' } };
  const messages = await lint(bare, context, environmentOf(context.services));
  return lintFindings(messages, [], context.chart, [], context.options.strict);
}

/**
 * Renders, lints and checks all cells of a chart. The Kubernetes versions of an environment share one render when the
 * chart cannot tell them apart.
 * @returns the cells in their order, and how many renders were made.
 */
export async function checkCells(
  cells: readonly PlannedCell[],
  context: CellsContext,
): Promise<{ readonly checks: readonly CellCheck[]; readonly renders: number }> {
  const { helm, services, library, kinds, options, limit, timeoutMs, chart, hidden } = context;
  const env = environmentOf(services);
  const checker = createRenderChecker(library, kinds, options, context.schemas.lookUp);
  const outputs = new Map<RenderOptions, string>();
  const locator = createLocator({
    helm,
    services,
    limit,
    sources: chart.sources,
    name: chart.name,
    prepared: chart.prepared,
    documentsOf: (renderOptions) => splitRender(outputs.get(renderOptions) ?? ''),
  });

  const renderGroup = async (group: RenderGroup): Promise<readonly CellCheck[]> => {
    const renderOptions: RenderOptions = {
      release: group.plan.release,
      namespace: group.plan.namespace,
      chart: chart.prepared,
      values: group.valuesFiles,
      kubeVersion: group.version.full,
      apiVersions: group.dependent ? (await library.validator(group.version.minor, kinds)).apiVersions : [],
      timeoutMs,
      env,
    };
    const render = await limit(() =>
      orSay(
        timeoutMs,
        () => renderChart(helm, renderOptions),
        (message) => ({ output: '', problems: [{ rule: 'helm' as const, message }] }),
      ),
    );
    outputs.set(renderOptions, render.output);
    hideRenderedSecrets(hidden, splitRender(render.output));
    const checks: CellCheck[] = [];
    for (const cell of group.cells) {
      checks.push(await checkCell(cell, { ...render, options: renderOptions }, chart, checker, locator));
    }
    return checks;
  };

  const groups = await groupCells(cells, chart.contents);
  // Lint sees the values, not what the cluster serves: once for each environment, with its last version.
  const lints = [...new Map(groups.map((group) => [group.plan.name, group])).values()];
  const [checked, linted] = await Promise.all([
    Promise.all(groups.map(renderGroup)),
    Promise.all(lints.map(async (group) => ({ group, messages: await lint(group, context, env) }))),
  ]);
  const rendered = checked.flat();
  const checks: CellCheck[] = [];
  for (const { group, messages } of linted) {
    const own = rendered.filter(({ cell }) => cell.environment === group.plan.name);
    const said = own.flatMap(({ findings }) => findings);
    const more = await lintFindings(messages, said, chart, originsOf(group), options.strict);
    checks.push(...own.map((check) => ({ ...check, findings: [...check.findings, ...more] })));
  }
  return { checks, renders: groups.length };
}
