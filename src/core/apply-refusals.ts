/** What a server-side dry run of an apply was refused for, read from kubectl's words. */
import { withoutObjects } from './quoted-objects.js';
import { formatRef, groupOf, type ObjectRef } from './release-manifest.js';

/**
 * - `conflict`: a field belongs to another field manager.
 * - `permission`: the credentials may not do it.
 * - `refused`: the API server, a quota or an admission webhook says no; an immutable field, a wrong value.
 * - `unknown`: it could not be tried: the kind or namespace is not there yet, a webhook knows no dry run.
 */
export type RefusalKind = 'conflict' | 'permission' | 'refused' | 'unknown';

export interface Refusal {
  readonly kind: RefusalKind;
  /** `Deployment/shop-api`; empty when kubectl does not tell. */
  readonly object: string;
  readonly message: string;
}

const START =
  /^(?:error: |Error from server|The .+ is invalid: |Apply failed with|resource mapping not found|The request is invalid)/;
const ADVICE = /^(?:Please review the fields|See https:\/\/kubernetes\.io|ensure CRDs are installed)/;

/** Each error with its continuation lines, without kubectl's advice on its own flags. */
function blocks(stderr: string): readonly string[] {
  const found: string[][] = [];
  let advice = false;
  for (const line of stderr.split('\n')) {
    if (/^(?:Warning: |[EWI]\d{4} )/.test(line) || line.trim() === '') continue;
    if (START.test(line)) {
      found.push([line]);
      advice = false;
    } else if (ADVICE.test(line)) {
      advice = true;
    } else if (!advice) {
      found.at(-1)?.push(line);
    }
  }
  return found.map((lines) => lines.join(' '));
}

const PATTERNS: readonly (readonly [RegExp, RefusalKind])[] = [
  [/Apply failed with \d+ conflict/, 'conflict'],
  [/does not support dry run|no matches for kind|namespaces? "[^"]+" not found/, 'unknown'],
  [/cannot (?:create|patch|get|update) resource/, 'permission'],
];

function kindOf(block: string): RefusalKind {
  return PATTERNS.find(([pattern]) => pattern.test(block))?.[1] ?? 'refused';
}

function messageOf(block: string): string {
  return withoutObjects(block)
    .replace(/^(?:error: |Error from server(?: \(\w+\))?: )/, '')
    .replace(/error when (?:applying patch|creating|patching) "[^"]*": /, '')
    .replace(/\s+- /g, ', ')
    .replace(/:, /g, ': ')
    .trim();
}

/** How `kubectl -o name` names an object: `deployment.apps/shop-api`. */
function outputName(ref: ObjectRef): string {
  const group = groupOf(ref.apiVersion);
  return `${ref.kind.toLowerCase()}${group === '' ? '' : `.${group}`}/${ref.name}`;
}

/**
 * @param refs the objects in the order in which they were applied.
 * @param stdout the names of those that went well. kubectl's errors do not always name their object, but they come in
 *   the order of the objects that are missing here.
 */
export function readRefusals(
  refs: readonly ObjectRef[],
  namespace: string,
  stdout: string,
  stderr: string,
): readonly Refusal[] {
  const done = stdout.split('\n').map((line) => line.trim());
  const missing = refs.filter((ref) => {
    const index = done.indexOf(outputName(ref));
    if (index !== -1) done.splice(index, 1);
    return index === -1;
  });
  const errors = blocks(stderr);
  const sure = errors.length === missing.length;
  return errors.map((block, index) => {
    const ref = sure ? missing[index] : undefined;
    return {
      kind: kindOf(block),
      object: ref === undefined ? '' : formatRef(ref, namespace),
      message: messageOf(block),
    };
  });
}

export function describeRefusal({ object, message }: Refusal): string {
  return object === '' ? message : `${object}: ${message}`;
}
