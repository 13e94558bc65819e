/** From a line of a render to the line of the template that made it. */
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readChartFolder, textOf } from '../charts/chart-files.js';
import type { Limiter } from '../core/concurrency.js';
import { HelmCdError, type Place } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import { splitRender, type RenderedDocument } from '../core/rendered-documents.js';
import { markTemplate, stripMarks, traceLine } from '../core/template-marks.js';
import type { Helm } from '../helm/helm.js';
import { renderChart, type RenderOptions } from '../helm/template.js';
import type { SourceFinder } from './chart-source.js';
import { indexDocuments, type DocumentIndex } from './document-index.js';

const TEMPLATE = /^(?:charts\/[^/]+\/)*templates\/.+\.(?:ya?ml|tpl)$/;
const CRD = /^[^/]+\/(?:charts\/[^/]+\/)*crds\//;
/** A document whose marked twin differs in more lines than this is another document. */
const MOST_LINES_THAT_MAY_DIFFER = 0.3;

/** A place, and the template that rendered the document when the line is in another one. */
export interface Located {
  readonly place: Place;
  /** Set when the place is not the file itself: the file is not in the workspace. */
  readonly inside?: string;
  /** `templates/api.yaml` of the user's, when the line is in a helper that it includes. */
  readonly renderedBy?: string;
}

export interface Locator {
  /**
   * @param line of the document, from 1; nothing: the document as a whole.
   * @param options the render that the document is part of.
   * @returns the file always, its line only when it is certain.
   */
  locate(document: RenderedDocument, line: number | undefined, options: RenderOptions): Promise<Located>;
}

/** A document with marks, and the files that they number. */
interface Twin {
  readonly text: string;
  readonly files: readonly string[];
}

interface MarkedChart {
  readonly folder: string;
  /** The marked files in the order of their numbers, relative to the chart. */
  readonly files: readonly string[];
}

/** The same document of a marked render. */
function findTwin(document: RenderedDocument, position: number, marked: DocumentIndex): string | undefined {
  const own = marked.of(document.source);
  const exact = own[marked.positionOf(document.source, document.text)];
  if (exact !== undefined) return exact.text;
  // What is random, or a checksum over marked text, differs; everything else must not.
  const candidate = own[position];
  if (candidate === undefined) return undefined;
  const lines = document.text.split('\n');
  const twins = stripMarks(candidate.text).split('\n');
  if (lines.length !== twins.length) return undefined;
  const different = lines.filter((line, at) => line !== twins[at]).length;
  return different <= lines.length * MOST_LINES_THAT_MAY_DIFFER ? candidate.text : undefined;
}

export interface LocatorOptions {
  readonly helm: Helm;
  readonly services: Pick<Services, 'temp'>;
  readonly limit: Limiter;
  readonly sources: SourceFinder;
  /** The chart's name. */
  readonly name: string;
  /** The folder that is rendered. */
  readonly prepared: string;
  /** All documents of a render, to tell apart those of one template. */
  readonly documentsOf: (options: RenderOptions) => readonly RenderedDocument[];
}

export function createLocator({
  helm,
  services,
  limit,
  sources,
  name,
  prepared,
  documentsOf,
}: LocatorOptions): Locator {
  const charts = new Map<string, Promise<MarkedChart>>();
  const renders = new Map<string, Promise<DocumentIndex>>();
  const indices = new Map<RenderOptions, DocumentIndex>();
  const twins = new Map<string, Map<string, Promise<Twin | undefined>>>();

  const indexOf = (options: RenderOptions): DocumentIndex => {
    const known = indices.get(options) ?? indexDocuments(documentsOf(options));
    indices.set(options, known);
    return known;
  };

  /** @param only the one template to mark; empty: all. */
  const markedChart = (only: string): Promise<MarkedChart> => {
    const known = charts.get(only) ?? writeMarked(only);
    charts.set(only, known);
    return known;
  };

  async function writeMarked(only: string): Promise<MarkedChart> {
    const parent = await mkdtemp(path.join(services.temp, 'marked-'));
    const folder = path.join(parent, path.basename(prepared));
    const files: string[] = [];
    for (const file of await readChartFolder(prepared)) {
      const target = path.join(folder, file.path);
      await mkdir(path.dirname(target), { recursive: true });
      const wanted = TEMPLATE.test(file.path) && (only === '' || only === `${name}/${file.path}`);
      if (wanted) files.push(file.path);
      await writeFile(target, wanted ? markTemplate(textOf(file), files.length - 1) : file.data);
    }
    return { folder, files };
  }

  async function renderMarked(only: string, options: RenderOptions): Promise<DocumentIndex> {
    const { folder } = await markedChart(only);
    try {
      const result = await limit(() => renderChart(helm, { ...options, chart: folder }));
      return indexDocuments(splitRender(result.output), stripMarks);
    } catch (error) {
      if (error instanceof HelmCdError && error.code !== 'cancelled') return indexDocuments([]);
      throw error;
    }
  }

  async function findMarked(document: RenderedDocument, options: RenderOptions): Promise<Twin | undefined> {
    const position = indexOf(options).positionOf(document.source, document.text);
    // With marks in its helpers too; if they get in the way (a helper's text is compared or parsed), in itself alone.
    for (const only of ['', document.source]) {
      const key = JSON.stringify([only, options.values, options.kubeVersion]);
      const render = renders.get(key) ?? renderMarked(only, options);
      renders.set(key, render);
      const text = findTwin(document, position, await render);
      if (text !== undefined) return { text, files: (await markedChart(only)).files };
    }
    return undefined;
  }

  async function traceToTemplate(
    document: RenderedDocument,
    line: number,
    options: RenderOptions,
  ): Promise<{ source: string; line: number } | undefined> {
    const own = twins.get(document.source) ?? new Map<string, Promise<Twin | undefined>>();
    twins.set(document.source, own);
    const pending = own.get(document.text) ?? findMarked(document, options);
    own.set(document.text, pending);
    const twin = await pending;
    if (twin === undefined) return undefined;
    const text = document.text.split('\n')[line - 1];
    if (text === undefined || text !== stripMarks(twin.text).split('\n')[line - 1]) return undefined;
    const traced = traceLine(twin.text, line);
    const file = traced === undefined ? undefined : twin.files[traced.file];
    return traced === undefined || file === undefined ? undefined : { source: `${name}/${file}`, line: traced.line };
  }

  /** A file of crds/ is rendered as it is: the document is a part of it. */
  async function lineInFile(file: string, document: RenderedDocument, line: number): Promise<number | undefined> {
    const text = await readFile(file, 'utf8').catch(() => '');
    const at = text.indexOf(document.text);
    if (at === -1 || text.includes(document.text, at + 1)) return undefined;
    return text.slice(0, at).split('\n').length - 1 + line;
  }

  return {
    async locate(document, line, options) {
      const found = await sources.find(document.source);
      if (line === undefined) return found;
      if (CRD.test(document.source)) {
        const own = found.file === undefined ? undefined : await lineInFile(found.file, document, line);
        return own === undefined ? found : { place: { ...found.place, line: own } };
      }
      const traced = await traceToTemplate(document, line, options);
      if (traced === undefined) return found;
      if (traced.source === document.source) {
        return found.inside === undefined ? { place: { ...found.place, line: traced.line } } : found;
      }
      const helper = await sources.find(traced.source);
      // A helper of a dependency that is not in the workspace: the template that includes it is nearer.
      if (helper.inside !== undefined) return found;
      return { place: { ...helper.place, line: traced.line }, renderedBy: found.place.file };
    },
  };
}
