import os from 'node:os';
import { findCharts } from '../../charts/find-charts.js';
import { loadConfig } from '../../config/load.js';
import type { Annotation, Outcome } from '../../core/action.js';
import { createLimiter } from '../../core/concurrency.js';
import { countLevel, formatCells, formatFinding, type MergedFinding } from '../../core/findings.js';
import type { Services } from '../../core/ports.js';
import { createHelm } from '../../helm/helm.js';
import { openSchemaPacks } from '../../schemas/packs.js';
import { createSchemaLibrary } from '../../schemas/validator.js';
import { checkChart, type ChartReport } from '../../validation/check-chart.js';
import { readExtraKinds } from '../../validation/custom-kinds.js';
import { planEnvironments } from './environments.js';
import type { ValidateInputs } from './inputs.js';
import { findingsOf, notValidatedOf, summarize, type Report } from './summary.js';

/** Validates charts: all of them, for all environments and Kubernetes versions, whatever the first one's fate. */
export async function run(inputs: ValidateInputs, services: Services): Promise<Outcome> {
  const { log, workingDirectory } = services;
  const config = await loadConfig(workingDirectory, inputs.config);
  const packs = openSchemaPacks(services.packageRoot);
  const planner = await planEnvironments(inputs, config, packs, workingDirectory);
  const extraKinds = await readExtraKinds(inputs.schemas, workingDirectory);
  const charts = await findCharts(inputs.charts, { workingDirectory, config });
  const tool = await services.tools.helm(inputs.helmVersion);
  const context = {
    helm: createHelm(tool, services),
    services,
    packs,
    library: createSchemaLibrary(packs, inputs.strict),
    extraKinds,
    options: {
      strict: inputs.strict,
      missingSchemas: inputs.missingSchemas,
      deprecations: inputs.deprecations,
      skipKinds: inputs.skipKinds,
    },
    limit: createLimiter(os.availableParallelism()),
  };
  log.info(`helm ${tool.version}; environments: ${planner.names.join(', ')}`);
  const reports = await Promise.all(
    charts.map(async (chart) => {
      const report = await checkChart(chart, await planner.plan(chart), context);
      logChart(report, services);
      return report;
    }),
  );
  const report: Report = { charts: reports, helm: tool.version, notes: [] };
  return outcomeOf(report);
}

function logChart(report: ChartReport, { log }: Services): void {
  const errors = countLevel(report.findings, 'error');
  const lines = report.findings.map((finding) => formatFinding(finding, report.cells.length));
  const cells = report.cells.map(
    (cell) => `${cell.environment} on Kubernetes ${cell.kubernetes}: ${cell.objects} objects, ${cell.errors} errors`,
  );
  log.group(`${report.name} (${report.chart.path}): ${errors} errors`, [...cells, ...lines].join('\n'));
}

function toAnnotation(finding: MergedFinding, all: number): Annotation {
  const where = formatCells(finding.cells, all);
  const resource = finding.resource === undefined ? '' : `${finding.resource}: `;
  const suffix = [where === 'everywhere' ? '' : where, finding.hint ?? ''].filter((part) => part !== '').join('. ');
  return {
    level: finding.level,
    message: `${resource}${finding.message}${suffix === '' ? '' : ` (${suffix})`}`,
    place: finding.place,
  };
}

function outcomeOf(report: Report): Outcome {
  const findings = findingsOf(report);
  const errors = countLevel(findings, 'error');
  const warnings = countLevel(findings, 'warning');
  const notValidated = notValidatedOf(report);
  const charts = report.charts.map((chart) => ({
    name: chart.name,
    version: chart.version,
    path: chart.chart.path,
    valid: countLevel(chart.findings, 'error') === 0,
  }));
  return {
    result: errors === 0 ? 'valid' : 'invalid',
    ok: errors === 0,
    ...(errors === 0
      ? {}
      : {
          failure: `${errors} ${errors === 1 ? 'error' : 'errors'} in ${charts
            .filter((chart) => !chart.valid)
            .map((chart) => chart.name)
            .join(', ')}`,
        }),
    outputs: {
      errors: String(errors),
      warnings: String(warnings),
      'not-validated': String(notValidated.length),
      charts: JSON.stringify(charts),
      'sarif-file': '',
      'junit-file': '',
    },
    summary: summarize(report),
    document: {
      helm: report.helm,
      errors,
      warnings,
      charts: report.charts.map((chart) => ({
        name: chart.name,
        version: chart.version,
        path: chart.chart.path,
        library: chart.library,
        renders: chart.renders,
        cells: chart.cells.map(({ notValidated: skipped, ...cell }) => ({ ...cell, notValidated: skipped.length })),
        placeholders: Object.fromEntries(chart.placeholders),
        rulesSkipped: chart.rulesSkipped,
      })),
      findings,
      notValidated,
      notes: report.notes,
    },
    annotations: report.charts.flatMap((chart) =>
      chart.findings.map((finding) => toAnnotation(finding, chart.cells.length)),
    ),
  };
}
