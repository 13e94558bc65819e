import type { Annotation } from '../../core/action.js';
import { escapeMarkdown } from '../../core/markdown.js';
import { publicationFiles, publicationTable, type Publication } from '../../core/publication.js';

function headline(result: string, publications: readonly Publication[]): string {
  const names = publications.map(({ name, version }) => `${name} ${version}`);
  const what = names.length <= 3 ? names.join(', ') : `${names.length} charts`;
  if (result === 'published') return `### ✅ Published ${escapeMarkdown(what)}`;
  if (result === 'already-published') return `### ☑️ Already published: ${escapeMarkdown(what)}`;
  const conflicts = publications.filter(({ state }) => state === 'conflict').length;
  return conflicts === 0
    ? `### 📋 Plan: ${escapeMarkdown(what)}`
    : `### ❌ Plan: ${conflicts} of ${publications.length} cannot be published`;
}

/** The job summary of publish-chart. */
export function summarize(
  result: string,
  publications: readonly Publication[],
  warnings: readonly Annotation[],
): string {
  const notes = warnings.map(({ message }) => `⚠️ ${escapeMarkdown(message)}`);
  const published = result === 'planned' ? [] : ['Fetched back as consumers do: the digests are right.'];
  return [
    headline(result, publications),
    publicationTable(publications),
    ...published,
    ...notes,
    publicationFiles(publications),
  ].join('\n\n');
}
