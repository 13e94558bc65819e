/** Image tags that a values file gives as numbers, held against the images that are rendered. */
import { readFile } from 'node:fs/promises';
import type { Finding } from '../core/findings.js';
import { findNumberTags } from '../core/number-tags.js';
import type { RenderedDocument } from '../core/rendered-documents.js';
import { inChart, type ChartPlaces, type ValuesOrigin } from './chart-places.js';
import { placeOfValue } from './values-places.js';

/** The tags of a render's images; fields of any object that look like one count, too much does no harm. */
function tagsOf(documents: readonly RenderedDocument[]): ReadonlySet<string> {
  const image = /\bimage: *["']?[^\s"':@]+(?::\d+\/[^\s"':@]+)?:([\w][\w.+-]*)/g;
  return new Set(documents.flatMap(({ text }) => [...text.matchAll(image)].map((match) => match[1] ?? '')));
}

/**
 * @param documents of the render with these values.
 * @returns an error for a tag of which the images have another, a warning for one that is as it was written: by luck.
 */
export async function checkNumberTags(
  documents: readonly RenderedDocument[],
  chart: ChartPlaces,
  origins: readonly ValuesOrigin[],
): Promise<readonly Finding[]> {
  const files = [inChart(chart, 'values.yaml'), ...origins.filter(({ standIn }) => !standIn).map(({ file }) => file)];
  const findings: Finding[] = [];
  let rendered: ReadonlySet<string> | undefined;
  for (const file of files) {
    const text = await readFile(file.absolute, 'utf8').catch(() => '');
    for (const { path, line, written, read } of findNumberTags(text)) {
      const place = await placeOfValue(path.map(String), files);
      // A later file has the last word.
      if (place?.file !== file.path || place.line !== line) continue;
      rendered ??= tagsOf(documents);
      const changed = !rendered.has(written) && read.some((form) => rendered?.has(form) === true);
      const name = path.join('.');
      findings.push({
        level: changed ? 'error' : 'warning',
        rule: 'number-as-tag',
        message: changed
          ? `value ${name}: YAML reads this tag as a number, and the rendered image has another tag than is written here`
          : `value ${name}: YAML reads this tag as a number`,
        place: { file: file.path, line },
        chart: chart.path,
        hint: 'Quote it.',
      });
    }
  }
  return findings;
}
