/** What validate-chart looks for, by the rule's name: for reports that explain a finding to whoever has not seen one before. */
import type { FindingLevel } from './findings.js';

/** One rule, in words. */
export interface RuleText {
  /** What it is about, without a full stop. */
  readonly title: string;
  /** What to do about a finding, in sentences. */
  readonly help: string;
  /** How loud it is unless an input says otherwise. */
  readonly level: FindingLevel;
}

const error = (title: string, help: string): RuleText => ({ title, help, level: 'error' });
const warning = (title: string, help: string): RuleText => ({ title, help, level: 'warning' });

export const RULES: Readonly<Record<string, RuleText>> = {
  'bad-image': error(
    'An image reference that cannot be parsed',
    'Write it as registry/repository:tag or registry/repository@sha256:…, all but the tag in lower case.',
  ),
  'bad-name': error(
    'A name or label that the API server refuses',
    'Names are DNS names: lower-case letters, digits, "-" and, for most kinds, "."; at most 63 or 253 characters. Labels have at most 63.',
  ),
  'broken-rule': error(
    'A rule of the schema or of the API server does not hold',
    'The schema allows each value, but not this combination. The message names the fields.',
  ),
  chart: error(
    'A chart that helm cannot load',
    'Mend the file that is named; until then nothing of the chart can be rendered.',
  ),
  'deprecated-api': warning(
    'An API version that is going to be removed',
    'Move to the replacement that the message names before the Kubernetes version that drops it.',
  ),
  'duplicate-entry': error(
    'Two entries of a list that must differ are the same',
    'Take one out, or give it another key. Server-side apply refuses such lists.',
  ),
  'duplicate-key': error(
    'A key that is there twice',
    'Only the last one counts. It often comes from a template that writes what an included one has written already.',
  ),
  'duplicate-object': error(
    'An object that is rendered twice',
    'Two templates render the same kind, namespace and name: the second would overwrite the first.',
  ),
  'empty-render': error(
    'A chart that renders nothing',
    'A chart that deploys nothing is most likely one whose values switch everything off.',
  ),
  helm: error('An error of helm', 'What helm said is in the message.'),
  'image-tag': warning(
    'An image without a fixed version',
    'Name a tag, or better a digest: what is deployed must not depend on the day on which it is.',
  ),
  'invalid-yaml': error(
    'A template that renders invalid YAML',
    'Most often the indentation of an included text is wrong, or a value needs quotes. "helm template --debug" shows the render.',
  ),
  'kube-version': error(
    'A Kubernetes version that Chart.yaml does not allow',
    'Widen kubeVersion in Chart.yaml (">=1.25.0-0" also takes pre-releases), or do not deploy to that version.',
  ),
  lint: warning('A message of helm lint', 'Lint knows conventions that a render does not show.'),
  'missing-field': error('A field that must be there is not', 'Add the field; the message names it.'),
  'missing-reference': error(
    'A reference to an object that the chart does not render',
    'Correct the name, or render the object. Mark the reference optional: true if it may be missing.',
  ),
  'missing-schema': error(
    'An object that nothing is known of',
    'Name its CustomResourceDefinition in the input "schemas", or allow it by missing-schemas: warn.',
  ),
  'no-kind': error('An object without apiVersion or kind', 'Every object needs both.'),
  'no-test': warning(
    'A deployed chart without a helm test',
    'Add a Pod or Job with the annotation helm.sh/hook: test, so that a deploy can prove itself.',
  ),
  'not-allowed-value': error('A value that is none of those allowed', 'The message lists those that are.'),
  parity: warning(
    'A value that only some environments set, without a default that would do',
    'Set it in the others too, or give it a default in values.yaml.',
  ),
  'parity-default': warning(
    'Values that all environments but one set',
    'Most often the last one was forgotten. If it is meant, set the default there too, or name the values under validate.parity.ignore in helm-cd.yaml.',
  ),
  'plain-secret': warning(
    'A value that is encrypted for one environment and plain for another',
    'Whoever can read the repository can read it: change what it holds, and encrypt it with SOPS.',
  ),
  'number-as-tag': warning(
    'An image tag that YAML reads as a number',
    'Quote it: 1.10 is the number 1.1, 0123 is 83, and 20240101 may be printed as 2.0240101e+07.',
  ),
  'removed-api': error(
    'An API version that is no longer served',
    'Move to the replacement that the message names: the Kubernetes version does not know the old one any more.',
  ),
  'selector-mismatch': error(
    'A selector that does not match its own pods',
    'The labels of the selector and those of the pod template must be the same.',
  ),
  'selects-nothing': warning(
    'A selector that matches no pod of the chart',
    'Compare the selector with the labels of the pods: a Service or policy that selects nothing does nothing.',
  ),
  'template-error': error(
    'A template that stops with an error',
    'The line is where the template stopped. What "required" or "fail" say is in the message.',
  ),
  'template-syntax': error(
    'A template that does not parse',
    'The line is where the parser gave up: the fault may be before it.',
  ),
  'unknown-field': error(
    'A field that the schema does not have',
    'It would be dropped or refused. Most often it is misspelled, or indented too far or not far enough.',
  ),
  'unknown-kind': error('A kind that Kubernetes does not have', 'Correct apiVersion or kind.'),
  'unknown-port': error(
    'A port that no container has',
    'Name a port of the containers that are selected, or its number.',
  ),
  'unknown-value': warning(
    'A value that nothing reads',
    'No template and no default knows it: most often it is misspelled.',
  ),
  'unknown-volume': error('A mount without a volume', 'Add the volume, or correct the name in volumeMounts.'),
  'values-file': error(
    'A values file that cannot be used',
    'Mend or name another file; the message says what is wrong.',
  ),
  'values-schema': error(
    'Values that values.schema.json does not allow',
    'Correct the value, or the schema. Neither is shown here, for a value may be secret.',
  ),
  'values-type': warning(
    'A value of a kind that helm cannot use',
    'Helm leaves such a value out, or stops: a map cannot be merged with anything but a map, and a condition is true or false.',
  ),
  'version-increment': error(
    'A changed chart that has no new version',
    'Raise version in Chart.yaml: a published version never changes.',
  ),
  'version-published': error(
    'A version that is published already, with other content',
    'Raise version in Chart.yaml: a published version never changes.',
  ),
  'wrong-format': error('A value that cannot be parsed', 'The message names the format.'),
  'wrong-type': error(
    'A value of another type than the schema demands',
    'Quote what must be text, and take the quotes off what must be a number ("int" and "toYaml" help in templates).',
  ),
};

/** The text of a rule; one that is not known is described by its name. */
export function ruleText(id: string): RuleText {
  return RULES[id] ?? error(`Something of the kind ${id}`, 'The message says what is wrong.');
}
