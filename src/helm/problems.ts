/** Helm's own error messages, of both majors, as problems with a place. They carry no values. */
import { oneLine, withoutValues, type HelmProblem } from './problem.js';
import { isSchemaError, parseSchemaError } from './schema-errors.js';

export { withoutValues, type HelmProblem, type HelmProblemRule } from './problem.js';

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
    const [, source = '', noticed, reason = ''] = syntax;
    // Where an action begins that does not end is nearer to the fault than where that was noticed.
    const started = /^unclosed action started at (.+):(\d+)$/.exec(reason.trim());
    if (started?.[1] === source) {
      return {
        rule: 'template-syntax',
        source,
        ...place(started[2]),
        message: 'the action that starts here has no }}',
      };
    }
    const line = /^unexpected EOF/.test(reason) ? undefined : noticed;
    const said = line === undefined ? 'a block is not closed: an {{ end }} is missing' : oneLine(withoutValues(reason));
    return { rule: 'template-syntax', source, ...place(line), message: said };
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
    const reason = oneLine(withoutValues(at?.[2] ?? rest)).replace(
      /^error calling include: template: no template ("[^"]*") associated with template "gotpl"$/,
      'no template $1 is defined',
    );
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

/** What is wrong with a YAML file of the chart. */
function describeFileError(reason: string): string {
  const text = oneLine(reason);
  if (/cannot unmarshal \w+ into Go value of type (?:map\[|\w+\.Values)/.test(text))
    return 'does not hold a map of values';
  return `is no valid YAML: ${oneLine(withoutValues(text)).replace(/^.*?yaml: (?:line \d+: )?/, '')}`;
}

/**
 * Why helm cannot load a chart, or a chart in its charts/.
 * @returns nothing when the message tells of something else.
 */
export function parseLoadError(message: string, parents: readonly string[] = []): HelmProblem | undefined {
  const text = message.replace(/^unable to load chart\s+/, '');
  const inside = /^error unpacking subchart (?:tar )?(\S+?)(?:-\d\S*\.tgz)? in (\S+?): ([\s\S]*)$/.exec(text);
  if (inside !== null) {
    const [, name = '', parent = '', reason = ''] = inside;
    return parseLoadError(reason, parents.length === 0 ? [parent, 'charts', name] : [...parents, 'charts', name]);
  }
  const about = (file: string, line: string | undefined, said: string): HelmProblem => ({
    rule: 'chart',
    ...(parents.length === 0 ? { file } : { source: [...parents, file].join('/') }),
    ...place(line),
    message: said,
  });
  const file =
    /^cannot load (Chart\.yaml|values\.yaml|Chart\.lock|requirements\.yaml|requirements\.lock): ([\s\S]*)/.exec(text);
  if (file !== null) {
    const [, name = '', reason = ''] = file;
    const said =
      name === 'values.yaml'
        ? describeFileError(reason)
        : describeFileError(reason).replace(/^does not .*/, 'does not hold what belongs there');
    return about(name, /yaml: line (\d+):/.exec(reason)?.[1], said);
  }
  if (
    /^validation: |^chart\.metadata|found in Chart\.yaml, but missing in charts|^Chart\.yaml file is missing/.test(text)
  ) {
    return about('Chart.yaml', undefined, oneLine(text.replace(/^validation: /, '')));
  }
  return parents.length === 0 ? undefined : about('Chart.yaml', undefined, oneLine(withoutValues(text)));
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
    const problems = parseSchemaError(message);
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
    return [{ rule: 'values-file', file, ...place(line), message: describeFileError(reason) }];
  }
  const missing = /^open (.+?): (no such file or directory|permission denied|is a directory)/.exec(message);
  if (missing !== null)
    return [{ rule: 'values-file', file: missing[1] ?? '', message: `cannot be read: ${missing[2] ?? ''}` }];
  if (/^unsupported chart version$/.test(message)) {
    return [
      {
        rule: 'chart',
        file: 'Chart.yaml',
        message: 'apiVersion is none that helm knows: v2, or v1 for charts of helm 2',
      },
    ];
  }
  // Go's way to print what it did not expect: the value.
  const mismatch = /type mismatch on ([^\s:]+): %!/.exec(message)?.[1];
  if (mismatch !== undefined) {
    const said = `value ${mismatch}: must be a map, for it holds the values of a dependency`;
    return [{ rule: 'values-type', values: mismatch.split('.'), message: said }];
  }
  const broken = parseLoadError(message);
  if (broken !== undefined) return [broken];
  return [{ rule: 'helm', message: oneLine(withoutValues(message)) || 'helm failed without saying why' }];
}
