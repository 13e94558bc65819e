/** The objects of one render, for rules that look at more than a schema does. */
import type { FieldPath } from '../core/field-path.js';
import type { FindingLevel } from '../core/findings.js';
import { podSpecOf, type PodSpec } from '../core/pod-specs.js';
import { record } from '../core/release-manifest.js';
import type { ParsedDocument } from './parsed-document.js';

export interface RenderedObject {
  readonly document: ParsedDocument;
  /** The way from the document to the object: empty, or to an item of a list. */
  readonly prefix: FieldPath;
  readonly content: Readonly<Record<string, unknown>>;
  /** `apps/v1/Deployment`. */
  readonly kind: string;
  /** `Deployment/shop-api`, for messages. */
  readonly resource: string;
  readonly name: string;
  /** Empty where the release's counts, and for what lives in no namespace. */
  readonly namespace: string;
  readonly isHook: boolean;
  /** Whether `helm test` runs it. */
  readonly isTest: boolean;
  /** Whether it is a custom resource. */
  readonly custom: boolean;
  readonly pod: PodSpec | undefined;
}

/** A rule's complaint about one field of an object. */
export interface ObjectProblem {
  readonly object: RenderedObject;
  readonly level: FindingLevel;
  readonly rule: string;
  readonly message: string;
  /** From the object on. */
  readonly path: FieldPath;
  readonly hint?: string;
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');

/** An object with what the rules ask of it. */
export function renderedObject(
  base: Pick<RenderedObject, 'document' | 'prefix' | 'content' | 'kind' | 'resource' | 'custom'>,
  namespaced: boolean | undefined,
): RenderedObject {
  const metadata = record(base.content['metadata']);
  const hooks = text(record(metadata['annotations'])['helm.sh/hook'])
    .split(',')
    .map((hook) => hook.trim());
  return {
    ...base,
    name: text(metadata['name']),
    namespace: namespaced === false ? '' : text(metadata['namespace']),
    isHook: hooks.some((hook) => hook !== ''),
    isTest: hooks.includes('test') || hooks.includes('test-success'),
    pod: podSpecOf(base.content, base.kind),
  };
}
