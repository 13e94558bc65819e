/** One render, compared with the schemas of one Kubernetes version. */
import { createHash } from 'node:crypto';
import { splitRender, type RenderedDocument } from '../core/rendered-documents.js';
import type { CustomKind } from '../schemas/crds.js';
import { objectsOf } from '../schemas/lists.js';
import type { SchemaLibrary, Validator } from '../schemas/validator.js';
import { readPositions, type Positions } from '../schemas/kubernetes-yaml.js';
import { checkDocument, isSkipped, type CheckOptions, type NotValidated } from './check-documents.js';
import { checkObject } from './object-rules.js';
import { parseDocument, type DocumentFinding, type ParsedDocument } from './parsed-document.js';
import { checkTogether } from './render-rules.js';
import type { ObjectProblem, RenderedObject } from './rendered-object.js';
import { kindsOfObject } from './schema-text.js';

/** A finding with the document that has it. */
export interface RenderFinding extends DocumentFinding {
  readonly document: ParsedDocument;
}

export interface RenderReport {
  readonly findings: readonly RenderFinding[];
  /** How many objects the render has. */
  readonly objects: number;
  /** How many of them `helm test` runs. */
  readonly tests: number;
  readonly notValidated: readonly NotValidated[];
  /** Kinds whose rules in CEL were not evaluated. */
  readonly rulesSkipped: readonly string[];
}

/** What a render came to. */
export interface Render {
  /** Of the whole output: renders with the same hash are the same. */
  readonly hash: string;
  readonly documents: readonly RenderedDocument[];
}

/** Takes helm's output apart, once. */
export function readRender(output: string): Render {
  return { hash: createHash('sha256').update(output).digest('base64'), documents: splitRender(output) };
}

/** Checks renders; what is the same in several of them is parsed and checked once. */
export interface RenderChecker {
  /**
   * @param render helm's output, taken apart or as it is.
   * @param minor of the Kubernetes version.
   * @param release the name that it was rendered with.
   * @param namespace of the release: where objects are that name none.
   */
  check(render: Render | string, minor: number, release: string, namespace?: string): Promise<RenderReport>;
  /** How many of the checks that were asked for were made: the others were of equal renders. */
  checked(): number;
}

/** An object that names the release's namespace is where one is that names none. */
function withinRelease(object: RenderedObject, namespace: string): RenderedObject {
  return namespace !== '' && object.namespace === namespace ? { ...object, namespace: '' } : object;
}

function toFindings(problems: readonly ObjectProblem[]): readonly RenderFinding[] {
  const positions = new Map<ParsedDocument, Positions>();
  return problems.map(({ object, level, rule, message, path, hint }) => {
    const { document, prefix, resource } = object;
    const known = positions.get(document) ?? readPositions(document.text);
    positions.set(document, known);
    const line = known.lineOf([...prefix, ...path]);
    return { document, level, rule, message, resource, line, ...(hint === undefined ? {} : { hint }) };
  });
}

/** Where a custom kind may be found that nothing rendered declares. */
export type LookUpKind = (kind: string) => Promise<readonly CustomKind[]>;

/** The custom kinds of these documents that have no schema. */
function kindsWithout(documents: readonly ParsedDocument[], validator: Validator, options: CheckOptions): Set<string> {
  const kinds = documents.flatMap(({ value }) => (value === undefined ? [] : objectsOf(value).map(({ kind }) => kind)));
  const looked = kinds.filter(
    (kind) =>
      /[^/]\/[^/]+$/.test(kind) &&
      !validator.isBuiltIn(kind) &&
      !isSkipped(kind, options.skipKinds) &&
      validator.check({}, kind).status === 'no-schema',
  );
  return new Set(looked);
}

/**
 * @param kinds the custom kinds that are known before anything is rendered.
 * @param lookUp asked for kinds that neither these nor the render declare.
 */
export function createRenderChecker(
  library: SchemaLibrary,
  kinds: readonly CustomKind[],
  options: CheckOptions,
  lookUp?: LookUpKind,
): RenderChecker {
  const parsed = new Map<string, Map<string, ParsedDocument>>();
  const reports = new Map<string, Promise<RenderReport>>();

  // By source and then by text: one key of both would be another copy of the render.
  function parse(document: RenderedDocument): ParsedDocument {
    const own = parsed.get(document.source) ?? new Map<string, ParsedDocument>();
    parsed.set(document.source, own);
    const known = own.get(document.text) ?? parseDocument(document);
    own.set(document.text, known);
    return known;
  }

  async function check(render: Render, minor: number, release: string, namespace: string): Promise<RenderReport> {
    const documents = render.documents.map(parse);
    const rendered = documents.flatMap(({ value }) => (value === undefined ? [] : kindsOfObject(value)));
    let validator = await library.validator(minor, [...kinds, ...rendered]);
    if (lookUp !== undefined) {
      const found = (await Promise.all([...kindsWithout(documents, validator, options)].map(lookUp))).flat();
      if (found.length > 0) validator = await library.validator(minor, [...found, ...kinds, ...rendered]);
    }
    const all = documents.map((document) => ({ document, report: checkDocument(document, validator, options) }));
    const objects = all.flatMap(({ report }) => report.objects.map((object) => withinRelease(object, namespace)));
    const skipped = new Set(objects.filter(({ kind }) => isSkipped(kind, options.skipKinds)));
    const complete = documents.every(({ value }) => value !== undefined);
    // What refers to a skipped object still finds it.
    const problems = [
      ...objects.flatMap((object) => (skipped.has(object) ? [] : checkObject(object, minor))),
      ...checkTogether({ objects, release, complete }).filter(({ object }) => !skipped.has(object)),
    ];
    return {
      findings: [
        ...all.flatMap(({ document, report }) => report.findings.map((finding) => ({ ...finding, document }))),
        ...toFindings(problems),
      ],
      objects: all.reduce((sum, { report }) => sum + report.objects.length, 0),
      tests: all.flatMap(({ report }) => report.objects).filter((object) => object.isTest).length,
      notValidated: all.flatMap(({ report }) => report.notValidated),
      rulesSkipped: [...new Set(all.flatMap(({ report }) => report.rulesSkipped))],
    };
  }

  return {
    check(given, minor, release, releaseNamespace = '') {
      const render = typeof given === 'string' ? readRender(given) : given;
      // Renders that do not name it are the same in every namespace.
      const named = releaseNamespace !== '' && render.documents.some(({ text }) => text.includes(releaseNamespace));
      const namespace = named ? releaseNamespace : '';
      const key = JSON.stringify([minor, release, namespace, render.hash]);
      const report = reports.get(key) ?? check(render, minor, release, namespace);
      reports.set(key, report);
      return report;
    },
    checked: () => reports.size,
  };
}
