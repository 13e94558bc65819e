/** The renders of one chart: made, shared where they cannot differ, checked, and their findings placed. */
import path from 'node:path';
import type { Limiter } from '../core/concurrency.js';
import { formatDuration } from '../core/duration.js';
import { HelmCdError } from '../core/errors.js';
import type { Finding } from '../core/findings.js';
import type { HiddenTexts } from '../core/hidden-texts.js';
import type { Services } from '../core/ports.js';
import type { Helm } from '../helm/helm.js';
import { lintChart } from '../helm/lint.js';
import { renderChart, type RenderOptions, type RenderResult } from '../helm/template.js';
import type { CustomKind } from '../schemas/crds.js';
import type { KubernetesVersion } from '../schemas/packs.js';
import type { SchemaLibrary } from '../schemas/validator.js';
import { hideRenderedSecrets } from './chart-secrets.js';
import { checkCell, originsOf, type CellCheck } from './check-cell.js';
import type { CheckOptions } from './check-documents.js';
import { createRenderChecker, readRender, type Render } from './check-render.js';
import { groupCells, type RenderGroup } from './render-groups.js';
import type { ChartPlaces } from './chart-places.js';
import { lintFindings } from './helm-findings.js';
import { createLocator } from './locate.js';
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

/** How the cells of a chart went. */
export interface CellsReport {
  /** In the order of the cells. */
  readonly checks: readonly CellCheck[];
  /** How many renders were made: fewer than cells where they cannot differ. */
  readonly renders: number;
  /** How many renders were compared with a Kubernetes version's schemas: fewer than cells where they turned out the same. */
  readonly checked: number;
}

/**
 * Renders, lints and checks all cells of a chart. Cells that cannot render differently share one render, and renders that
 * come out the same are checked once for each Kubernetes minor.
 */
export async function checkCells(cells: readonly PlannedCell[], context: CellsContext): Promise<CellsReport> {
  const { helm, services, library, kinds, options, limit, timeoutMs, chart, hidden } = context;
  const env = environmentOf(services);
  const checker = createRenderChecker(library, kinds, options, context.schemas.lookUp);
  const contents = new Map<RenderOptions, Render>();
  const locator = createLocator({
    helm,
    services,
    limit,
    sources: chart.sources,
    name: chart.name,
    prepared: chart.prepared,
    documentsOf: (renderOptions) => contents.get(renderOptions)?.documents ?? [],
  });
  const checks = new Map<PlannedCell, CellCheck>();

  const distinct = (texts: readonly string[]) => [...new Set(texts)].join(', ');
  const renderGroup = async (group: RenderGroup): Promise<void> => {
    const started = services.clock.now();
    const renderOptions: RenderOptions = {
      release: group.plan.release,
      namespace: group.plan.namespace,
      chart: chart.prepared,
      values: group.valuesFiles,
      kubeVersion: group.version.full,
      apiVersions: group.apiVersions,
      timeoutMs,
      env,
    };
    const { output, ...render } = await limit(() =>
      orSay<RenderResult>(
        timeoutMs,
        () => renderChart(helm, renderOptions),
        (message) => ({ output: '', problems: [{ rule: 'helm' as const, message }] }),
      ),
    );
    const content = readRender(output);
    contents.set(renderOptions, content);
    hideRenderedSecrets(hidden, content.documents);
    for (const cell of group.cells) {
      checks.set(cell, await checkCell(cell, { ...render, content, options: renderOptions }, chart, checker, locator));
    }
    const environments = distinct(group.cells.map(({ environment }) => environment));
    const versions = distinct(group.cells.map(({ kubernetes }) => kubernetes));
    const time = formatDuration(services.clock.now() - started);
    services.log.info(`${chart.name}: ${environments} on Kubernetes ${versions}: rendered and checked in ${time}`);
  };

  // Schemas are read while helm runs.
  const minors = [...new Set(cells.map(({ version }) => version.minor))];
  const schemas = Promise.all(minors.map((minor) => library.validator(minor, kinds)));
  const apiVersionsOf = async (minor: number) => (await library.validator(minor, kinds)).apiVersions;
  const groups = await groupCells(cells, chart.contents, apiVersionsOf);
  // Lint is asked with the last of the versions that share it.
  const lints = new Map(groups.map((group) => [group.lint, group]));
  // Renders are asked for first: they are checked while helm lints.
  const rendered = Promise.all(groups.map(renderGroup));
  const [linted] = await Promise.all([
    Promise.all([...lints.values()].map(async (group) => ({ group, messages: await lint(group, context, env) }))),
    rendered,
    schemas,
  ]);
  for (const { group, messages } of linted) {
    const alike = groups.filter((other) => other.lint === group.lint).flatMap((other) => other.cells);
    for (const plan of new Set(alike.map((cell) => cell.plan))) {
      const own = alike.filter((cell) => cell.plan === plan).flatMap((cell) => checks.get(cell) ?? []);
      const said = own.flatMap(({ findings }) => findings);
      const more = await lintFindings(messages, said, chart, originsOf(plan, group.valuesFiles), options.strict);
      for (const cell of alike) {
        const check = checks.get(cell);
        if (cell.plan === plan && check !== undefined)
          checks.set(cell, { ...check, findings: [...check.findings, ...more] });
      }
    }
  }
  return {
    checks: cells.flatMap((cell) => checks.get(cell) ?? []),
    renders: groups.length,
    checked: checker.checked(),
  };
}
