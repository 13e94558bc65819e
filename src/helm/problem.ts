/** What is wrong according to helm: a problem with a place. It carries no values. */

export type HelmProblemRule =
  /** A template cannot be parsed. */
  | 'template-syntax'
  /** A template stopped with an error, or by `fail` or `required`. */
  | 'template-error'
  /** What a template renders is no YAML, or no object. */
  | 'invalid-yaml'
  /** Values break values.schema.json. */
  | 'values-schema'
  /** A value is not of the kind that helm needs it to be, or is left out for it. */
  | 'values-type'
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
  /** Path of a value, for `values-schema` and `values-type`: from the values of `chart` on. */
  readonly values?: readonly string[];
  /** The chart whose schema it is, for `values-schema`, by its name or alias; nothing: the one that was rendered. */
  readonly chart?: string;
}

/** Where Go's template messages quote a value of the chart. */
const VALUE_QUOTES: readonly (readonly [RegExp, string])[] = [
  [/range can't iterate over .*/s, "range can't iterate over this value"],
  [/error during tpl function execution for .*?: (?=template: |parse error|execution error|\S+:\d)/gs, 'in tpl: '],
  [/cannot parse template ".*?": /gs, 'in tpl: '],
  [/(pars(?:ing|e)(?: time)?) (?:".*?"|'.*?'|`.*?`)(?=:| as |$)/gs, '$1 a value'],
  [/'(?:[^']|\\')*' (does not match|is not valid(?= \w))/g, 'the value $1'],
  [/(illegal base64 data at input byte) \d+/g, '$1 N'],
  [/(invalid semantic version|Invalid Semantic Version) .*/gs, '$1'],
  [/(improper constraint): .*/gs, '$1'],
];

/** Takes the values out of a message of helm's. */
export function withoutValues(message: string): string {
  return VALUE_QUOTES.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), message);
}

/** Text on one line. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
