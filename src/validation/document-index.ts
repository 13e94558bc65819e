/** The documents of a render, found by what they are; without copies of them, for there may be fifty megabytes. */
import { createHash } from 'node:crypto';
import type { RenderedDocument } from '../core/rendered-documents.js';

export interface DocumentIndex {
  /** Those of one template, in order. */
  of(source: string): readonly RenderedDocument[];
  /** The place among those of its template of the first document with that text; -1 when there is none. */
  positionOf(source: string, text: string): number;
}

const digest = (text: string) => createHash('sha256').update(text).digest('base64');

/** @param read what counts as a document's text. */
export function indexDocuments(
  documents: readonly RenderedDocument[],
  read: (text: string) => string = (text) => text,
): DocumentIndex {
  const sources = new Map<string, RenderedDocument[]>();
  for (const document of documents) {
    const own = sources.get(document.source) ?? [];
    sources.set(document.source, own);
    own.push(document);
  }
  const positions = new Map<string, Map<string, number>>();
  const positionsOf = (source: string) => {
    const known = positions.get(source) ?? new Map<string, number>();
    if (!positions.has(source)) {
      positions.set(source, known);
      for (const [position, { text }] of (sources.get(source) ?? []).entries()) {
        const key = digest(read(text));
        if (!known.has(key)) known.set(key, position);
      }
    }
    return known;
  };
  return {
    of: (source) => sources.get(source) ?? [],
    positionOf: (source, text) => positionsOf(source).get(digest(text)) ?? -1,
  };
}
