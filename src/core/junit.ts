/** Findings as JUnit XML: a suite for each chart, a case for each render, which fails when it has errors. */
import { formatPlace } from './errors.js';
import type { Cell, MergedFinding } from './findings.js';
import { escapeXmlAttribute, escapeXmlText } from './xml-text.js';

export interface JunitChart {
  readonly name: string;
  /** The chart's folder. */
  readonly path: string;
  readonly cells: readonly Cell[];
  readonly findings: readonly MergedFinding[];
}

/** More than anybody reads in one case; the result file has all. */
const MAX_LINES = 500;
const MAX_LINE_LENGTH = 2000;

/** Lines of a report, cut where they are too many or too long. */
function joined(lines: readonly string[]): string {
  const more = lines.length > MAX_LINES ? [`… and ${lines.length - MAX_LINES} more in the result file`] : [];
  const short = (line: string) => (line.length > MAX_LINE_LENGTH ? `${line.slice(0, MAX_LINE_LENGTH)}…` : line);
  return [...lines.slice(0, MAX_LINES).map(short), ...more].join('\n');
}

function testCase(chart: JunitChart, name: string, own: readonly MergedFinding[]): string {
  const open = `    <testcase classname="${escapeXmlAttribute(chart.path)}" name="${escapeXmlAttribute(name)}"`;
  const lines = (level: MergedFinding['level']) =>
    own
      .filter((finding) => finding.level === level)
      .map((finding) => {
        const resource = finding.resource === undefined ? '' : `${finding.resource}: `;
        return `${formatPlace(finding.place)}: ${resource}${finding.message} [${finding.rule}]`;
      });
  const errors = lines('error');
  const warnings = lines('warning');
  const failure =
    errors.length === 0
      ? ''
      : `      <failure message="${errors.length} ${errors.length === 1 ? 'error' : 'errors'}" type="validation">${escapeXmlText(joined(errors))}</failure>\n`;
  const output =
    warnings.length === 0
      ? ''
      : `      <system-out>${escapeXmlText(joined(warnings.map((line) => `warning: ${line}`)))}</system-out>\n`;
  return failure === '' && output === '' ? `${open}/>\n` : `${open}>\n${failure}${output}    </testcase>\n`;
}

/** The whole document. What is not about one render is a case of its own, `the chart itself`. */
export function toJunit(charts: readonly JunitChart[]): string {
  let total = 0;
  let failed = 0;
  const suites = charts.map((chart) => {
    const cases = [
      { name: 'the chart itself', own: chart.findings.filter((finding) => finding.cells.length === 0) },
      ...chart.cells.map((cell) => ({
        name: `${cell.environment} on Kubernetes ${cell.kubernetes}`,
        own: chart.findings.filter((finding) =>
          finding.cells.some((other) => other.environment === cell.environment && other.kubernetes === cell.kubernetes),
        ),
      })),
    ];
    const failures = cases.filter(({ own }) => own.some((finding) => finding.level === 'error')).length;
    total += cases.length;
    failed += failures;
    const body = cases.map(({ name, own }) => testCase(chart, name, own)).join('');
    return `  <testsuite name="${escapeXmlAttribute(chart.name)}" tests="${cases.length}" failures="${failures}" errors="0">\n${body}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="helm-cd validate-chart" tests="${total}" failures="${failed}" errors="0">\n${suites.join('')}</testsuites>\n`;
}
