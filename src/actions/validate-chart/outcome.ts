/** What a run says at its end, and in the log on its way. */
import type { Outcome } from '../../core/action.js';
import { countLevel, formatFinding, groupFindings } from '../../core/findings.js';
import type { Services } from '../../core/ports.js';
import type { ChartReport } from '../../validation/check-chart.js';
import { annotationsOf } from './annotations.js';
import { counts, type FileLink } from './findings-list.js';
import { plural } from './matrix.js';
import { rootOf, type ReportFiles } from './reports.js';
import { findingsOf, notesOf, notValidatedOf, summarize, type Report } from './summary.js';

/** What was found in a chart, each thing once: the place where all of it can be read. */
export function logChart(report: ChartReport, { log }: Pick<Services, 'log'>): void {
  const { name, chart, cells, findings } = report;
  const title = `${name} (${chart.path}): ${counts(findings) || 'nothing to say'}`;
  const lines = groupFindings(findings).map((finding) => formatFinding(finding, cells));
  const results = cells.map(
    (cell) =>
      `${cell.environment} on Kubernetes ${cell.kubernetes}: ${plural(cell.objects, 'object')}, ${plural(cell.errors, 'error')}`,
  );
  log.group(title, [...results, ...lines].join('\n'));
}

/** Files as they are in the commit that was checked out, when the job is one of GitHub's. */
function linkOf(services: Services): FileLink {
  const { serverUrl, repository, sha } = services.context;
  if (repository === '' || sha === '') return () => undefined;
  const root = rootOf(services);
  return (file, line) => {
    const parts = [...(root === '' ? [] : root.split('/')), ...file.split('/')];
    if (parts.includes('..')) return undefined;
    // Brackets would end the Markdown link.
    const path = parts.map((part) =>
      encodeURIComponent(part).replace(/[()]/g, (sign) => (sign === '(' ? '%28' : '%29')),
    );
    // Not as the page that shows Markdown as it reads: that one has no lines.
    return `${serverUrl}/${repository}/blob/${sha}/${path.join('/')}${line === undefined ? '' : `#L${line}`}`;
  };
}

/** More charts are not named in one line. */
const MOST_NAMED = 10;

/** Tells how many findings are not annotated, and makes the outputs, the summary and the result file. */
export function outcomeOf(report: Report, files: ReportFiles, services: Services): Outcome {
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
  const bad = charts.filter((chart) => !chart.valid).map((chart) => chart.name);
  const named = `${bad.slice(0, MOST_NAMED).join(', ')}${bad.length > MOST_NAMED ? ` and ${bad.length - MOST_NAMED} more` : ''}`;
  const { shown, left } = annotationsOf(report.charts);
  const more = left.error > 0 ? `; ${left.error} more of them are in the log and the summary only` : '';
  if (left.warning > 0) services.log.info(`and ${left.warning} more warnings, above in the log`);
  return {
    result: errors === 0 ? 'valid' : 'invalid',
    ok: errors === 0,
    ...(errors === 0 ? {} : { failure: `${plural(errors, 'error')} in ${named}${more}` }),
    outputs: {
      errors: String(errors),
      warnings: String(warnings),
      'not-validated': String(notValidated.length),
      charts: JSON.stringify(charts),
      'sarif-file': files.sarif,
      'junit-file': files.junit,
    },
    summary: summarize(report, linkOf(services)),
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
        checked: chart.checked,
        cells: chart.cells.map(({ notValidated: skipped, ...cell }) => ({ ...cell, notValidated: skipped.length })),
        placeholders: Object.fromEntries(chart.placeholders),
        rulesSkipped: chart.rulesSkipped,
        ...(chart.parity === undefined ? {} : { parity: chart.parity }),
      })),
      findings,
      notValidated,
      notes: notesOf(report),
    },
    annotations: shown,
  };
}
