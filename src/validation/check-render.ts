/** One render, compared with the schemas of one Kubernetes version. */
import { splitRender } from '../core/rendered-documents.js';
import { readCustomKinds, type CustomKind } from '../schemas/crds.js';
import type { SchemaLibrary } from '../schemas/validator.js';
import {
  checkDocument,
  parseDocument,
  type CheckOptions,
  type DocumentFinding,
  type NotValidated,
  type ParsedDocument,
} from './check-documents.js';

/** A finding with the document that has it. */
export interface RenderFinding extends DocumentFinding {
  readonly document: ParsedDocument;
}

export interface RenderReport {
  readonly findings: readonly RenderFinding[];
  /** How many objects the render has. */
  readonly objects: number;
  readonly notValidated: readonly NotValidated[];
  /** Kinds whose rules in CEL were not evaluated. */
  readonly rulesSkipped: readonly string[];
}

/** Checks renders; what is the same in several of them is parsed and checked once. */
export interface RenderChecker {
  /** @param minor of the Kubernetes version. */
  check(output: string, minor: number): Promise<RenderReport>;
}

/** @param kinds the custom kinds that are known before anything is rendered. */
export function createRenderChecker(
  library: SchemaLibrary,
  kinds: readonly CustomKind[],
  options: CheckOptions,
): RenderChecker {
  const parsed = new Map<string, ParsedDocument>();
  const reports = new Map<string, Promise<RenderReport>>();

  async function check(output: string, minor: number): Promise<RenderReport> {
    const documents = splitRender(output).map((document) => {
      const key = `${document.source}\n${document.text}`;
      const known = parsed.get(key) ?? parseDocument(document);
      parsed.set(key, known);
      return known;
    });
    const rendered = documents.flatMap(({ value }) => (value === undefined ? [] : readCustomKinds(value)));
    const validator = await library.validator(minor, [...kinds, ...rendered]);
    const all = documents.map((document) => ({ document, report: checkDocument(document, validator, options) }));
    return {
      findings: all.flatMap(({ document, report }) => report.findings.map((finding) => ({ ...finding, document }))),
      objects: all.reduce((sum, { report }) => sum + report.objects, 0),
      notValidated: all.flatMap(({ report }) => report.notValidated),
      rulesSkipped: [...new Set(all.flatMap(({ report }) => report.rulesSkipped))],
    };
  }

  return {
    check(output, minor) {
      const key = `${minor}\n${output}`;
      const report = reports.get(key) ?? check(output, minor);
      reports.set(key, report);
      return report;
    },
  };
}
