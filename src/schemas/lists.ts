/** Documents that hold several objects: `v1/List`, and the list of a kind, such as `apps/v1/DeploymentList`. */
import { record } from '../core/release-manifest.js';
import type { SchemaProblem } from './explain.js';
import { kindOf } from './kind-names.js';
import type { Validator } from './validator.js';

type Content = Readonly<Record<string, unknown>>;

/** One object of a document. */
export interface DocumentObject {
  readonly object: Content;
  /** `apps/v1/Deployment`; the parts may be empty. */
  readonly kind: string;
  /** Which item of a list it is. */
  readonly index?: number;
}

export interface ListProblem extends Omit<SchemaProblem, 'rule'> {
  readonly rule: SchemaProblem['rule'] | 'no-kind' | 'removed-api' | 'unknown-kind';
}

const ANY_LIST = 'v1/List';

/** Whether the document is a list: a custom resource whose kind happens to end in List has a name. */
function isList(document: Content, kind: string): boolean {
  if (!kind.endsWith('List') || record(document['metadata'])['name'] !== undefined) return false;
  return Array.isArray(document['items']) || kind === ANY_LIST;
}

/** The objects of a document: itself, or the items of a list. */
export function objectsOf(document: Content): readonly DocumentObject[] {
  const kind = kindOf(document);
  if (!isList(document, kind)) return [{ object: document, kind }];
  const { items } = document as { items?: unknown };
  if (!Array.isArray(items)) return [];
  return items.map((item: unknown, index) => {
    const object = record(item);
    // Items of a typed list may leave out what the list says.
    const typed = kind !== ANY_LIST && (object['kind'] === undefined || object['kind'] === '');
    return { object, kind: typed ? kind.replace(/List$/, '') : kindOf(object), index };
  });
}

/** What is wrong with a list itself, whose items are looked at one by one. Nothing for a document that is no list. */
export function problemsOfList(document: Content, validator: Validator): readonly ListProblem[] {
  const kind = kindOf(document);
  if (!isList(document, kind)) return [];
  if (kind.startsWith('/')) return [{ rule: 'no-kind', path: [], message: 'required field apiVersion is missing' }];
  if (kind === ANY_LIST) {
    if (Array.isArray(document['items'])) return [];
    return [{ rule: 'wrong-type', path: ['items'], message: 'items is not a list of objects' }];
  }
  const verdict = validator.check({ ...document, items: [] }, kind);
  if (verdict.status === 'checked') return verdict.problems;
  if (verdict.status === 'no-schema') return [];
  return [{ rule: verdict.removed ? 'removed-api' : 'unknown-kind', path: ['apiVersion'], message: verdict.message }];
}
