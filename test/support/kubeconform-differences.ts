/** Where our verdict is not kubeconform's, and why: each is a row of the table in docs/validation.md. */
import { parseKubernetesYaml } from '../../src/schemas/kubernetes-yaml.js';
import type { KubeconformVerdict } from './kubeconform.js';

/** One object on one Kubernetes version, with both verdicts. */
export interface Compared {
  readonly minor: number;
  readonly text: string;
  /** Our errors, as `rule: message`. */
  readonly ours: readonly string[];
  /** Whether we know no schema for it. */
  readonly skipped: boolean;
  readonly theirs: KubeconformVerdict;
}

/** A difference that is meant. */
export interface Difference {
  /** The first cell of its row in docs/validation.md. */
  readonly row: string;
  /** Whether an error that only we see is this. */
  readonly ours?: (error: string, text: string) => boolean;
  /** Whether a problem that only kubeconform sees is this. */
  readonly theirs?: RegExp;
}

/** Whether the field that a message names is null in the object: `spec.ports[0].port` or `items[0].metadata.name`. */
function isNull(message: string, text: string): boolean {
  const field = /required field (\S+) is missing/.exec(message)?.[1] ?? '';
  const path = [...field.matchAll(/\["([^"]+)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(([, quoted, index, name]) =>
    index === undefined ? (quoted ?? name ?? '') : Number(index),
  );
  let node: unknown = parseKubernetesYaml(text);
  for (const part of path) node = (node as Record<string | number, unknown> | null | undefined)?.[part];
  return node === null;
}

const matches = (pattern: RegExp) => (error: string) => pattern.test(error);

const SERVER_RULES = new Set([
  'broken-rule',
  'not-allowed-value',
  'bad-name',
  'bad-image',
  'selector-mismatch',
  'unknown-volume',
  'unknown-port',
]);

export const DIFFERENCES: readonly Difference[] = [
  {
    row: 'a value outside an enumeration (`imagePullPolicy: Allways`)',
    ours: matches(/^not-allowed-value: \S+ is none of /),
  },
  {
    row: 'an integer of more than 32 bits where 32 are due',
    ours: matches(/^wrong-format: \S+ is not an integer of (?:32|64) bits$/),
  },
  { row: 'a quantity that cannot be parsed (`128MB`)', ours: matches(/^wrong-format: \S+ is not a quantity /) },
  { row: '`data` of a Secret that is no base64', ours: matches(/^wrong-format: \S+ is not base64$/) },
  {
    row: '`null` for a required field',
    ours: (error, text) => error.startsWith('missing-field: ') && isNull(error, text),
  },
  { row: '`null` for an int-or-string or a quantity', theirs: /'oneOf' failed, subschemas 0, 1 matched$/ },
  { row: '`null` as an item of a list', ours: matches(/^wrong-type: \S+ is nothing: a list has no empty items$/) },
  { row: 'something in `status`', theirs: /^at '\/status(?:\/|')/ },
  { row: 'the same key twice in a keyed list (`env`)', ours: matches(/^duplicate-entry: /) },
  {
    row: 'no name',
    ours: (error, text) => /^missing-field: .*metadata\.name is missing$/.test(error) && !isNull(error, text),
  },
  {
    row: 'an API version or kind that Kubernetes does not have',
    ours: matches(/^(?:unknown-kind|removed-api): /),
  },
  {
    row: 'an `apiVersion` or `kind` that is no text',
    ours: matches(/^no-kind: /),
  },
  { row: 'a `List` whose `items` are no list', ours: matches(/^wrong-type: items is not a list of objects$/) },
  {
    row: 'a rule of the API server broken (a port of 80800, a selector that misses its pods)',
    ours: (error, text) =>
      SERVER_RULES.has(error.slice(0, error.indexOf(':'))) ||
      /^wrong-format: \S+ is no /.test(error) ||
      (error.startsWith('missing-field: ') && !isNull(error, text)),
  },
];

/** The documented differences that together explain one; nothing when a part of it is not documented. */
export function explain({ ours, skipped, theirs, text }: Compared): readonly Difference[] | undefined {
  const parts =
    theirs.status === 'invalid'
      ? theirs.problems.map((problem) => DIFFERENCES.find(({ theirs: pattern }) => pattern?.test(problem)))
      : ours.map((error) => DIFFERENCES.find((known) => known.ours?.(error, text)));
  const found = parts.filter((part) => part !== undefined);
  if (skipped && theirs.status === 'valid') return undefined;
  return found.length === parts.length && found.length > 0 ? found : undefined;
}
