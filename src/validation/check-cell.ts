/** One cell: the checks of its render, with their findings placed. */
import path from 'node:path';
import type { Cell, Finding } from '../core/findings.js';
import type { RenderOptions, RenderResult } from '../helm/template.js';
import type { ChartPlaces, ValuesOrigin } from './chart-places.js';
import type { NotValidated } from './check-documents.js';
import type { Render, RenderChecker, RenderFinding } from './check-render.js';
import { helmFinding } from './helm-findings.js';
import type { Locator } from './locate.js';
import { checkNumberTags } from './number-tags.js';
import type { EnvironmentPlan, PlannedCell } from './plan.js';
import { valueSource } from './value-source.js';

/** What was found in one cell. */
export interface CellCheck {
  readonly cell: Cell;
  readonly findings: readonly Finding[];
  readonly objects: number;
  readonly notValidated: readonly NotValidated[];
  readonly rulesSkipped: readonly string[];
}

/**
 * What stands behind the values files of a call.
 * @param given the files that helm was given; for a shared render they are those of its first environment.
 */
export function originsOf({ values, secrets }: EnvironmentPlan, given: readonly string[]): readonly ValuesOrigin[] {
  return [...values, ...secrets].map((file, index) => ({
    given: given[index] ?? '',
    file,
    standIn: index >= values.length,
  }));
}

async function documentFinding(
  finding: RenderFinding,
  chart: ChartPlaces,
  locator: Locator,
  options: RenderOptions,
  origins: readonly ValuesOrigin[],
): Promise<Finding> {
  const { level, rule, message, resource, hint, document, line, noticed } = finding;
  const located = await locator.locate(document, line, options);
  const { inside, renderedBy } = located;
  const from = renderedBy === undefined ? '' : ` (included by ${renderedBy})`;
  // Where a fault was noticed is not where it is.
  const later = noticed === true && located.place.line !== undefined;
  const after = later ? `, noticed on line ${located.place.line ?? ''}` : '';
  const certain = inside === undefined && renderedBy === undefined && !later;
  const source = certain ? await valueSource(rule, message, located.place, chart, origins) : undefined;
  return {
    level,
    rule,
    message: inside === undefined ? `${message}${after}${from}` : `in the dependency's ${inside}: ${message}`,
    place: later ? { file: located.place.file } : located.place,
    chart: chart.path,
    ...(resource === undefined ? {} : { resource }),
    ...(hint === undefined ? {} : { hint }),
    ...(source === undefined ? {} : { source }),
  };
}

/** Checks the render of a cell. */
export async function checkCell(
  cell: PlannedCell,
  render: Omit<RenderResult, 'output'> & { readonly content: Render; readonly options: RenderOptions },
  chart: ChartPlaces,
  checker: RenderChecker,
  locator: Locator,
): Promise<CellCheck> {
  const report = await checker.check(render.content, cell.version.minor, cell.plan.release, cell.plan.namespace);
  const findings: Finding[] = [];
  const origins = originsOf(cell.plan, render.options.values);
  for (const finding of report.findings) {
    findings.push(await documentFinding(finding, chart, locator, render.options, origins));
  }
  for (const problem of render.problems) {
    const finding = await helmFinding(problem, chart, origins);
    // Of a document that is no YAML our own parser has said more than helm.
    const said = findings.some((other) => other.rule === 'invalid-yaml' && other.place.file === finding.place.file);
    if (problem.rule !== 'invalid-yaml' || !said) findings.push(finding);
  }
  for (const problem of render.warnings ?? []) {
    findings.push(await helmFinding(problem, chart, origins, 'warning'));
  }
  findings.push(...(await checkNumberTags(render.content.documents, chart, origins)));
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
