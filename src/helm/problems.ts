/** Helm's own error messages, of both majors, as problems with a place. They carry no values. */

export type HelmProblemRule =
  /** A template cannot be parsed. */
  | 'template-syntax'
  /** A template stopped with an error, or by `fail` or `required`. */
  | 'template-error'
  /** What a template renders is no YAML, or no object. */
  | 'invalid-yaml'
  /** Values break values.schema.json. */
  | 'values-schema'
  /** A values file cannot be read. */
  | 'values-file'
  /** Chart.yaml does not allow the Kubernetes version. */
  | 'kube-version'
  /** The chart's own files are broken. */
  | 'chart'
  /** Something else. */
  | 'helm';

export interface HelmProblem {
  readonly rule: HelmProblemRule;
  /** One sentence, without the place. */
  readonly message: string;
  /** The template as helm names it: `shop/templates/api.yaml`, the chart's name first. */
  readonly source?: string;
  /** In the template, from 1. */
  readonly line?: number;
  readonly column?: number;
  /**
   * Whether the template stopped by `fail` or `required`: of nested templates helm names the outermost one then.
   */
  readonly stopped?: true;
  /** A file as it was named to helm. */
  readonly file?: string;
  /** Path of a value, for `values-schema`; of a subchart's value the subchart's name is its first part. */
  readonly values?: readonly string[];
}

/** Where Go's template messages quote a value of the chart. */
const VALUE_QUOTES: readonly (readonly [RegExp, string])[] = [
  [/range can't iterate over .*/s, "range can't iterate over this value"],
  [/error during tpl function execution for .*?: (?=template: |parse error|execution error|\S+:\d)/gs, 'in tpl: '],
  [/cannot parse template ".*?": /gs, 'in tpl: '],
  [/(pars(?:ing|e)(?: time)?) (?:".*?"|'.*?'|`.*?`)(?=:| as |$)/gs, '$1 a value'],
  [/'(?:[^']|\\')*' (does not match|is not valid)/g, 'the value $1'],
  [/(illegal base64 data at input byte) \d+/g, '$1 N'],
  [/(invalid semantic version|Invalid Semantic Version) .*/gs, '$1'],
  [/(improper constraint): .*/gs, '$1'],
];

/** Takes the values out of a message of helm's. */
export function withoutValues(message: string): string {
  return VALUE_QUOTES.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), message);
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

/** Go's templates number columns from 0. */
function place(line: string | undefined, column?: string): { line?: number; column?: number } {
  return {
    ...(line === undefined ? {} : { line: Number(line) }),
    ...(column === undefined ? {} : { column: Number(column) + 1 }),
  };
}

/** `SOURCE:LINE:COLUMN`, as it stands before an execution error: `template: …` in helm 3, alone on a line in helm 4. */
const STEP = /(?:^|template: )([^\s:()<>]+\/[^:()<>\n]+):(\d+):(\d+)(?=:? *(?:\n\s+)?executing )/gm;

/**
 * A message of the template engine. Of nested templates the innermost one is the place: it is where the error is.
 * @returns nothing when the message is not one of the engine's.
 */
export function parseEngineError(message: string): HelmProblem | undefined {
  const syntax = /parse error at \(([^()]+?):(\d+)\): ([\s\S]*)/.exec(message);
  if (syntax !== null) {
    const [, source = '', line, reason = ''] = syntax;
    return { rule: 'template-syntax', source, ...place(line), message: oneLine(withoutValues(reason)) };
  }
  const stopped = /execution error at \(([^()]+?):(\d+):(\d+)\): ([\s\S]*)/.exec(message);
  if (stopped !== null) {
    const [, source = '', line, column, reason = ''] = stopped;
    return { rule: 'template-error', source, ...place(line, column), stopped: true, message: oneLine(reason) };
  }
  const step = [...message.matchAll(STEP)].at(-1);
  if (step !== undefined) {
    const [whole, source = '', line, column] = step;
    const rest = message.slice(step.index + whole.length).replace(/^:?\s*executing "[^"]*" /, '');
    const at = /^at <([\s\S]*?)>:\s*([\s\S]*)$/.exec(rest);
    const reason = oneLine(withoutValues(at?.[2] ?? rest));
    const action = at?.[1] === undefined ? '' : ` (at ${oneLine(at[1])})`;
    return { rule: 'template-error', source, ...place(line, column), message: `${reason}${action}` };
  }
  const yaml = /YAML parse error on (\S.*?): (?:error (?:converting|unmarshaling)[^:]*: )?([\s\S]*)/.exec(message);
  if (yaml !== null) {
    const [, source = '', reason = ''] = yaml;
    return { rule: 'invalid-yaml', source, message: describeYamlError(reason) };
  }
  return undefined;
}

/** The reason in a YAML error; the line it names is one of the render, which nobody has in front of them. */
export function describeYamlError(reason: string): string {
  const text = oneLine(reason)
    .replace(/(?:yaml: )?line \d+: /, '')
    .replace(/^yaml: /, '');
  if (/cannot unmarshal \w+ into Go value/.test(text)) return 'renders something that is no Kubernetes object';
  return `renders invalid YAML: ${text}`;
}

/** The lines of a values.schema.json error: `- at '/a/b': …`, or `- a.b: …` up to helm 3.18.4. */
function parseSchemaLines(lines: readonly string[]): readonly HelmProblem[] {
  const problems: HelmProblem[] = [];
  let chart: readonly string[] = [];
  let charts = 0;
  for (const line of lines) {
    const header = /^([A-Za-z0-9._-]+):$/.exec(line);
    if (header?.[1] !== undefined) {
      // The first chart is the one that was rendered, the others are its subcharts.
      chart = charts++ === 0 ? [] : [header[1]];
      continue;
    }
    const recent = /^\s*- at '([^']*)': (.*)$/.exec(line);
    const old = /^\s*- (\S+?): (.*)$/.exec(line);
    const reason = recent?.[2] ?? old?.[2];
    if (reason === undefined) continue;
    const pointer = (recent?.[1] ?? '').split('/').slice(1);
    const dotted = old?.[1] === undefined || old[1] === '(root)' ? [] : old[1].split('.');
    const values = [...chart, ...(recent === null ? dotted : pointer)];
    const name = values.length === 0 ? 'the values' : `value ${values.join('.')}`;
    problems.push({ rule: 'values-schema', values, message: `${name}: ${withoutValues(reason)}` });
  }
  return problems;
}

/** Whether a message tells of values that break a schema; lint's has no heading. */
function isSchemaError(message: string): boolean {
  return message.includes("values don't meet the specifications of the schema") || /^- (?:at '|\S+: )/.test(message);
}

/**
 * What a failed helm call says, or one message of `helm lint`.
 * @returns at least one problem: text that is not known is a problem of rule `helm`.
 */
export function parseHelmError(text: string): readonly HelmProblem[] {
  const message = text
    .replace(/^\s*Error: /, '')
    .replace(/\n+Use --debug flag to render out invalid YAML\s*$/, '')
    .trim();
  if (/^(?:fatal error|runtime): .*(?:out of memory|cannot allocate)/m.test(message)) {
    return [
      { rule: 'helm', message: 'helm ran out of the memory that it may have: does a template render without end?' },
    ];
  }
  const engine = parseEngineError(message);
  if (engine !== undefined) return [engine];
  if (isSchemaError(message)) {
    const problems = parseSchemaLines(message.split('\n'));
    if (problems.length > 0) return problems;
    return [{ rule: 'values-schema', message: oneLine(withoutValues(message)) }];
  }
  const version = /chart requires kubeVersion: (.*) which is incompatible with Kubernetes (\S+)/.exec(message);
  if (version !== null) {
    const [, constraint = '', kubernetes = ''] = version;
    const constrained = `Chart.yaml requires kubeVersion ${constraint}, which Kubernetes ${kubernetes.replace(/^v/, '')} is not`;
    return [{ rule: 'kube-version', message: constrained }];
  }
  const unreadable = /^failed to parse (.+?): (?:cannot unmarshal yaml document: )?([\s\S]*)/.exec(message);
  if (unreadable !== null) {
    const [, file = '', reason = ''] = unreadable;
    const line = /yaml: line (\d+):/.exec(reason)?.[1];
    const what = /cannot unmarshal/.test(reason)
      ? 'does not hold a map of values'
      : `is no valid YAML: ${oneLine(reason).replace(/^.*?yaml: (?:line \d+: )?/, '')}`;
    return [{ rule: 'values-file', file, ...place(line), message: what }];
  }
  const missing = /^open (.+?): (no such file or directory|permission denied|is a directory)/.exec(message);
  if (missing !== null)
    return [{ rule: 'values-file', file: missing[1] ?? '', message: `cannot be read: ${missing[2] ?? ''}` }];
  const chart = /cannot load (Chart\.yaml|values\.yaml|Chart\.lock|requirements\.yaml): ([\s\S]*)/.exec(message);
  if (chart !== null) {
    const line = /yaml: line (\d+):/.exec(chart[2] ?? '')?.[1];
    const reason = oneLine(withoutValues(chart[2] ?? '')).replace(/^.*?yaml: (?:line \d+: )?/, '');
    return [{ rule: 'chart', file: chart[1] ?? '', ...place(line), message: `cannot be loaded: ${reason}` }];
  }
  if (/^validation: |^chart\.metadata|found in Chart\.yaml, but missing in charts/.test(message)) {
    return [{ rule: 'chart', file: 'Chart.yaml', message: oneLine(message.replace(/^validation: /, '')) }];
  }
  return [{ rule: 'helm', message: oneLine(withoutValues(message)) || 'helm failed without saying why' }];
}
