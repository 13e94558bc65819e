import type { Helm } from './helm.js';
import { parseSchemaError } from './schema-errors.js';
import { describeYamlError, parseHelmError, parseLoadError, withoutValues, type HelmProblem } from './problems.js';

/** One message of `helm lint`, with the problem it tells of. */
export interface LintMessage {
  readonly level: 'error' | 'warning' | 'info';
  /** What lint looked at, relative to the chart: `templates/x.yaml`, `templates/`, `Chart.yaml`; may be empty. */
  readonly path: string;
  readonly problem: HelmProblem;
}

const LEVELS: Readonly<Record<string, LintMessage['level']>> = { INFO: 'info', WARNING: 'warning', ERROR: 'error' };
const MESSAGE = /^\[(INFO|WARNING|ERROR)\] (.*?): ?(.*)$/;

/** Some rules quote what the chart renders, and recommendations of a whole regular expression help nobody. */
function shorten(message: string): string {
  return withoutValues(message).replace(
    /(object name does not conform to Kubernetes naming requirements): [\s\S]*/,
    '$1',
  );
}

function toMessages(level: LintMessage['level'], path: string, text: string): readonly LintMessage[] {
  const unreadable = /^unable to parse YAML:?\s+(?:error (?:converting|unmarshaling)[^:]*: )?([\s\S]*)/.exec(text);
  if (unreadable !== null && /^[\w.-]+\.ya?ml$/.test(path)) {
    const problem = parseLoadError(`cannot load ${path}: ${text.replace(/^unable to parse YAML:?\s+/, '')}`);
    if (problem !== undefined) return [{ level, path, problem }];
  }
  if (unreadable !== null) {
    return [{ level, path, problem: { rule: 'invalid-yaml', message: describeYamlError(unreadable[1] ?? '') } }];
  }
  if (path === 'values.yaml' && /^(?:invalid character|unexpected end of JSON)/.test(text)) {
    // Of values.schema.json, which lint does not name.
    return parseSchemaError(text).map((problem) => ({ level, path, problem }));
  }
  return parseHelmError(text).map((problem) => ({
    level,
    path,
    problem: problem.rule === 'helm' ? { ...problem, message: shorten(problem.message) } : problem,
  }));
}

/**
 * Reads the output of `helm lint`, of both majors.
 * @param stdout of a lint of one chart.
 * @param folder the chart's folder as it was named to helm: some rules put it where a path belongs.
 */
export function parseLint(stdout: string, folder: string): readonly LintMessage[] {
  const messages: LintMessage[] = [];
  let current: { level: LintMessage['level']; path: string; lines: string[] } | undefined;
  const finish = () => {
    if (current === undefined) return;
    const { level, path, lines } = current;
    messages.push(...toMessages(level, path === folder ? '' : path, lines.join('\n').trim()));
    current = undefined;
  };
  for (const line of stdout.split('\n')) {
    const match = MESSAGE.exec(line);
    if (match !== null) {
      finish();
      current = { level: LEVELS[match[1] ?? ''] ?? 'error', path: match[2] ?? '', lines: [match[3] ?? ''] };
    } else if (/^==> Linting |^\d+ chart\(s\) linted/.test(line)) finish();
    else if (line.startsWith('Error ')) {
      finish();
      current = { level: 'error', path: '', lines: [line.slice('Error '.length)] };
    } else current?.lines.push(line);
  }
  finish();
  return messages;
}

export interface LintOptions {
  /** The chart's folder, absolute. */
  readonly chart: string;
  /** Values files in order, absolute. */
  readonly values: readonly string[];
  /** `1.36.0`. */
  readonly kubeVersion: string;
  readonly namespace: string;
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * `helm lint` of one chart with one set of values.
 * @returns its messages; when it fails without one, what it wrote to standard error.
 */
export async function lintChart(helm: Helm, options: LintOptions): Promise<readonly LintMessage[]> {
  const values = options.values.flatMap((file) => ['--values', file]);
  const result = await helm.run(
    ['lint', options.chart, '--namespace', options.namespace, '--kube-version', options.kubeVersion, ...values],
    {
      accept: 'any',
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      ...(options.env === undefined ? {} : { env: options.env }),
    },
  );
  const messages = parseLint(result.stdout, options.chart);
  if (result.code === 0 || messages.some((message) => message.level === 'error')) return messages;
  const said = result.stderr.replace(/^Error: \d+ chart\(s\) linted.*$/m, '').trim();
  return [...messages, ...toMessages('error', '', said)];
}
