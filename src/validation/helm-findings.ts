/** Helm's own problems as findings in the user's files. */
import type { Finding, FindingLevel } from '../core/findings.js';
import type { LintMessage } from '../helm/lint.js';
import type { HelmProblem } from '../helm/problems.js';
import type { ChartPlaces, ValuesOrigin } from './chart-places.js';
import { placeOfProblem } from './helm-places.js';

/** A problem of a render or lint, at its place. */
export async function helmFinding(
  problem: HelmProblem,
  chart: ChartPlaces,
  values: readonly ValuesOrigin[],
  level: FindingLevel = 'error',
): Promise<Finding> {
  const { place, prefix } = await placeOfProblem(problem, chart, values);
  // Some messages name the chart's folder: ours, not the copy's.
  const message = `${prefix}${problem.message}`
    .replaceAll(chart.prepared, chart.path)
    .replaceAll(chart.folder, chart.path);
  return { level, rule: problem.rule, message, place, chart: chart.path };
}

/** What the schema packs know better, for the Kubernetes version that was asked for. */
const DEPRECATION = /is deprecated in v1\.\d+|unavailable in v1\.\d+/;

/** What helm 4 says of Chart.yaml, and we of both majors, with the line. */
const OURS = /^failed to strictly parse chart metadata|is not a valid SemVerV2$/;
/** Where the rules for names say more. */
const NAMES = /^object name does not conform to Kubernetes naming requirements/;

/** What lint and a render both say has a prefix of its own in each. */
const sameWords = (message: string) => message.replace(/^(?:chart\.metadata\.|chart )(?=name )/, '');

/**
 * Lint's messages as findings, without what the render has said already.
 * @param said the problems of the renders with the same values.
 */
export async function lintFindings(
  messages: readonly LintMessage[],
  said: readonly Finding[],
  chart: ChartPlaces,
  values: readonly ValuesOrigin[],
  strict: boolean,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  // Lint goes on where a render stops, with nothing in place of what was required: what it finds then is of its making.
  const stopped = said.some((finding) => finding.rule === 'template-error' || finding.rule === 'template-syntax');
  for (const { level, path: where, problem } of messages) {
    if (stopped && problem.rule === 'invalid-yaml') continue;
    if (where === 'Chart.yaml' && OURS.test(problem.message)) continue;
    if (level === 'info' || DEPRECATION.test(problem.message)) continue;
    const known = problem.rule === 'helm' ? 'lint' : problem.rule;
    const located =
      problem.source === undefined && /^(?:templates|crds)\/./.test(where)
        ? { ...problem, source: `${chart.name}/${where}` }
        : problem.source === undefined && problem.rule === 'helm' && /^[\w.-]+\.(?:ya?ml|json|lock)$/.test(where)
          ? { ...problem, rule: 'chart' as const, file: where }
          : problem;
    const severity = level === 'error' || strict ? 'error' : 'warning';
    const made = await helmFinding(located, chart, values, severity);
    // A message about a folder does not name it.
    const message = /\/$/.test(where) && problem.rule === 'helm' ? `${where}: ${made.message}` : made.message;
    const finding = { ...made, message, rule: known };
    // Render errors stop helm at the first one; lint meets the same one again, in its own words.
    if (
      problem.rule !== 'helm' &&
      said.some((other) => other.rule === known && other.place.file === finding.place.file)
    )
      continue;
    const about = (other: Finding) => other.place.file === finding.place.file;
    if (NAMES.test(problem.message) && said.some((other) => other.rule === 'bad-name' && about(other))) continue;
    // Of one field of Chart.yaml helm has several things to say that are the same.
    const line = finding.place.line;
    if (line !== undefined && said.some((other) => other.rule === 'chart' && about(other) && other.place.line === line))
      continue;
    if (said.some((other) => sameWords(other.message) === sameWords(finding.message))) continue;
    findings.push(finding);
  }
  return findings;
}
