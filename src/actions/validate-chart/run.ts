import os from 'node:os';
import { createChartPreparer } from '../../charts/prepare.js';
import { findCharts, type FoundChart } from '../../charts/find-charts.js';
import { loadConfig } from '../../config/load.js';
import type { Outcome } from '../../core/action.js';
import { createLimiter } from '../../core/concurrency.js';
import { HelmCdError } from '../../core/errors.js';
import type { Services } from '../../core/ports.js';
import { createHelm } from '../../helm/helm.js';
import { openSchemaPacks } from '../../schemas/packs.js';
import { createSchemaLibrary } from '../../schemas/validator.js';
import { trustedRoot } from '../../validation/chart-safety.js';
import { checkChart } from '../../validation/check-chart.js';
import { openSchemaSources } from '../../validation/schema-sources.js';
import { createPublishedVersions } from '../../validation/published-version.js';
import { changedFiles, type ComparedWith } from '../../validation/version-increment.js';
import { findBase, type Base } from '../../git/compare-base.js';
import { planEnvironments } from './environments.js';
import type { ValidateInputs } from './inputs.js';
import { logChart, outcomeOf } from './outcome.js';
import { writeReports } from './reports.js';
import type { Report } from './summary.js';

/** What one helm process may take. */
export interface HelmLimits {
  readonly timeoutMs: number;
  /** Of virtual memory. */
  readonly memoryBytes: number;
}

const GIB = 1024 ** 3;

/**
 * More than any chart takes: a template that loops is ended before it takes the runner down. All processes together stay below
 * what the machine has.
 */
function defaultLimits(): HelmLimits {
  const share = os.totalmem() / (os.availableParallelism() + 1);
  return { timeoutMs: 120_000, memoryBytes: Math.max(GIB, Math.min(4 * GIB, share)) };
}

/**
 * Validates charts: all of them, for all environments and Kubernetes versions, whatever the first one's fate.
 * @param limits so that tests need not wait.
 */
export async function run(inputs: ValidateInputs, services: Services, limits = defaultLimits()): Promise<Outcome> {
  if (inputs.configCheck) {
    // The validator of schemas is only loaded by those who have something for it.
    const { checkConfig } = await import(/* webpackMode: "eager" */ './config-check.js');
    return checkConfig(inputs, services);
  }
  const { log, workingDirectory } = services;
  // Which one it is takes a call of it: meanwhile everything else is read. What is wrong with that is said first.
  const helmTool = services.tools.helm(inputs.helmVersion);
  helmTool.catch(() => undefined);
  const config = await loadConfig(workingDirectory, inputs.config);
  const packs = openSchemaPacks(services.packageRoot);
  const planner = await planEnvironments(inputs, config, packs, workingDirectory);
  const schemas = await openSchemaSources(inputs.schemas, services);
  const found = await findCharts(inputs.charts, { workingDirectory, config });
  const increment = inputs.versionIncrement || (services.context.baseRef === '' ? 'off' : 'error');
  const chooses = inputs.charts.length === 0 && (config?.charts.length ?? 0) === 0;
  const notes: string[] = [];
  const state = await baseFor(inputs, increment !== 'off', chooses, config !== undefined, services);
  const base = state?.base;
  if (state?.missing !== undefined && increment !== 'off') {
    notes.push(`whether changed charts have a new version: ${state.missing} (fetch-depth: 0 brings the history)`);
  }
  const charts = chooses && base !== undefined ? await onlyChanged(found, base, notes) : found;
  const tool = await helmTool;
  const helm = createHelm(tool, services, { memoryLimitBytes: limits.memoryBytes });
  const context = {
    helm,
    preparer: createChartPreparer(helm, services),
    services,
    packs,
    library: createSchemaLibrary(packs, inputs.strict),
    schemas,
    options: {
      strict: inputs.strict,
      missingSchemas: inputs.missingSchemas,
      deprecations: inputs.deprecations,
      skipKinds: inputs.skipKinds,
    },
    parity:
      inputs.parity === 'off'
        ? undefined
        : { level: LEVELS[inputs.parity], ignore: config?.validate.parity.ignore ?? [] },
    version:
      increment === 'off'
        ? undefined
        : {
            level: LEVELS[increment],
            compared: base && comparedWith(base),
            published: createPublishedVersions(services, REPOSITORY_TIMEOUT_MS),
            ...(inputs.versionIncrement === '' || state?.missing === undefined ? {} : { unknownBase: state.missing }),
          },
    limit: createLimiter(os.availableParallelism()),
    timeoutMs: limits.timeoutMs,
    root: await trustedRoot(workingDirectory, services.environment),
  };
  log.info(`helm ${tool.version}; environments: ${planner.names.join(', ')}`);
  const reports = await Promise.all(
    charts.map(async (chart) => {
      const report = await checkChart(chart, await planner.plan(chart), context);
      logChart(report, services);
      return report;
    }),
  );
  const report: Report = { charts: reports, helm: tool.version, notes };
  const files = await writeReports(report, inputs, services);
  return outcomeOf(report, files, services);
}

/** A chart repository that takes longer to answer is not waited for. */
const REPOSITORY_TIMEOUT_MS = 10_000;

const LEVELS = { error: 'error', warn: 'warning' } as const;

/**
 * The state before, if something asks for it, or why it is not known.
 * @param repositories whether there are chart repositories, which may know the charts' versions, too.
 * @throws HelmCdError `not-found` when it was asked for and nothing else can tell.
 */
async function baseFor(
  inputs: ValidateInputs,
  compares: boolean,
  chooses: boolean,
  repositories: boolean,
  services: Services,
): Promise<{ readonly base?: Base; readonly missing?: string } | undefined> {
  if (!compares && !chooses && inputs.base === '') return undefined;
  const result = await findBase(inputs.base, services);
  if ('base' in result || repositories || !compares || inputs.versionIncrement === '') return result;
  throw new HelmCdError('not-found', `Input "version-increment" needs a base to compare with, but ${result.missing}.`, {
    hint: 'Give actions/checkout fetch-depth: 0, or name a commit in the input "base".',
  });
}

/** The charts that changed; all of them when none did. */
async function onlyChanged(charts: readonly FoundChart[], base: Base, notes: string[]): Promise<readonly FoundChart[]> {
  const changed: FoundChart[] = [];
  for (const chart of charts) if ((await changedFiles(chart, base.changed)).length > 0) changed.push(chart);
  if (changed.length === 0 || changed.length === charts.length) return charts;
  const rest = charts.filter((chart) => !changed.includes(chart)).map((chart) => chart.path);
  notes.push(`charts that did not change since ${base.name}: ${rest.join(', ')}`);
  return changed;
}

function comparedWith({ name, changed, checkout, commit }: Base): ComparedWith {
  return { name, changed, textOf: (file) => checkout.fileAt(commit, file) };
}
