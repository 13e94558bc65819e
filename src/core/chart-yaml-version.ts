import { isMap, isScalar, parseDocument } from 'yaml';
import { parseChartMetadata } from './chart-metadata.js';
import { HelmCdError } from './errors.js';

/** The version in a Chart.yaml, whatever else is wrong with the file; nothing when there is none. */
export function chartVersionIn(text: string): string | undefined {
  const { contents } = parseDocument(text, { version: '1.1', uniqueKeys: false });
  const node: unknown = isMap(contents) ? contents.get('version', true) : undefined;
  return isScalar(node) ? (node.source ?? String(node.value)) : undefined;
}

/**
 * Chart.yaml with another version: only the bytes of that scalar change, its quotes stay.
 * @param version SemVer, which in YAML never needs quotes.
 * @throws HelmCdError `file` when there is no such scalar.
 */
export function withChartVersion(text: string, version: string, file: string): string {
  const { contents } = parseDocument(text, { version: '1.1', uniqueKeys: false });
  const node: unknown = isMap(contents) ? contents.get('version', true) : undefined;
  const range = isScalar(node) ? node.range : undefined;
  if (!range) {
    throw new HelmCdError('file', `${file} has no version that could be replaced.`, { place: { file, line: 1 } });
  }
  const [start, end] = range;
  const quote = /^["']/.exec(text.slice(start, end))?.[0] ?? '';
  const changed = `${text.slice(0, start)}${quote}${version}${quote}${text.slice(end)}`;
  const before = parseChartMetadata(text, file);
  if (JSON.stringify(parseChartMetadata(changed, file)) !== JSON.stringify({ ...before, version })) {
    throw new HelmCdError('file', `The version in ${file} cannot be replaced without changing something else.`, {
      hint: 'Write it as a plain scalar: version: 1.2.3',
      place: { file },
    });
  }
  return changed;
}
