import type { FindingLevel } from '../core/findings.js';
import { record } from '../core/release-manifest.js';
import type { RenderedDocument } from '../core/rendered-documents.js';
import { KubernetesYamlError, readKubernetesYaml } from '../schemas/kubernetes-yaml.js';

/** A finding in a rendered document; where that is in a template is found later. */
export interface DocumentFinding {
  readonly level: FindingLevel;
  readonly rule: string;
  readonly message: string;
  readonly resource?: string;
  readonly hint?: string;
  /** The line of the document, from 1. */
  readonly line?: number;
  /** Set when the fault was noticed there but may be before it. */
  readonly noticed?: true;
}

/** A document after parsing. */
export interface ParsedDocument extends RenderedDocument {
  readonly value?: Readonly<Record<string, unknown>>;
  readonly problem?: DocumentFinding;
  readonly hasDuplicateKeys: boolean;
}

/** Reads a document; one that is no object becomes a problem. */
export function parseDocument(document: RenderedDocument): ParsedDocument {
  const failed = (message: string, line?: number, certain = true): ParsedDocument => ({
    ...document,
    hasDuplicateKeys: false,
    problem: {
      level: 'error',
      rule: 'invalid-yaml',
      message,
      ...(line === undefined ? {} : { line }),
      ...(certain ? {} : { noticed: true }),
    },
  });
  try {
    const { value, hasDuplicateKeys } = readKubernetesYaml(document.text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { ...document, value: record(value), hasDuplicateKeys };
    }
    return failed('renders something that is no Kubernetes object', 1);
  } catch (error) {
    if (error instanceof KubernetesYamlError)
      return failed(`renders invalid YAML: ${error.message}`, error.line, error.certain);
    throw error;
  }
}
