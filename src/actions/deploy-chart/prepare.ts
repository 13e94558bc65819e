/** What a deploy is made of, before the cluster is asked for anything: helm, the chart, the values. */
import path from 'node:path';
import type { Services } from '../../core/ports.js';
import { originLabels } from '../../core/release-outcome.js';
import { createHelm, type Helm } from '../../helm/helm.js';
import type { UpgradeOptions } from '../../helm/lifecycle.js';
import type { ReleaseReport } from '../../release/report.js';
import type { ReleaseContext } from '../../release/roll-back.js';
import type { DeployInputs } from './inputs.js';
import { resolveChart, type ResolvedChart } from './resolve.js';
import type { DeployTarget } from './target.js';
import { collectValues, type DeployValues } from './values.js';

export interface Prepared {
  readonly helm: Helm;
  /** The name of helm's program. */
  readonly program: string;
  readonly chart: ResolvedChart;
  readonly values: DeployValues;
}

/**
 * Gets helm, the chart and the values.
 * @throws HelmCdError for a chart or a file that is not what was asked for.
 */
export async function prepare(
  inputs: DeployInputs,
  target: DeployTarget,
  report: ReleaseReport,
  services: Services,
): Promise<Prepared> {
  const tool = await services.tools.helm(inputs.helmVersion);
  const helm = createHelm(tool, services);
  report.helm = tool.version;
  const chart = await resolveChart(target.origin, inputs, helm, services);
  const { name, version, appVersion, digest, source } = chart;
  report.chart = { name, version, appVersion, digest, source };
  services.log.info(`Chart ${name} ${version} (${digest}) from ${source}`);
  const values = await collectValues(inputs, target, chart, services);
  report.valuesFiles = values.names;
  return { helm, program: path.basename(tool.path), chart, values };
}

/** What helm is told, for the dry run and for the upgrade alike. */
export function upgradeOptions(
  inputs: DeployInputs,
  { chart, values }: Prepared,
  context: ReleaseContext,
  report: ReleaseReport,
  next: number,
): UpgradeOptions {
  const { context: run } = context.services;
  const from = run.runUrl === '' ? '' : `, ${run.runUrl}`;
  const commit = run.sha === '' ? '' : `, commit ${run.sha}`;
  return {
    ...context.target,
    chart: chart.archive,
    valuesFiles: values.files,
    setArgs: values.setArgs,
    setFiles: values.setFiles,
    timeoutMs: inputs.timeoutMs,
    historyMax: inputs.historyMax,
    description: `${chart.name} ${chart.version} ${chart.digest}${commit}${from}`,
    labels: originLabels(next, {
      commit: run.sha,
      runId: run.runId,
      runAttempt: run.runAttempt,
      chartDigest: chart.digest,
      environment: report.environment,
    }),
    forceConflicts: inputs.forceConflicts,
  };
}
