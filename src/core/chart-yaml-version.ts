import { isMap, isScalar, parseDocument } from 'yaml';
import { parseChartMetadata } from './chart-metadata.js';
import { HelmCdError } from './errors.js';

/** A line of a Chart.yaml as nearly all are: a key at its left edge, or something below one, or a comment. */
const ORDINARY_LINE = /^(?:[a-zA-Z]+:(?:[ \t].*)?|[ \t]+.*|- .*|#.*)?$/;
const VERSION_LINE = /^version:[ \t]+(["']?)(\d[\w.+-]*)\1[ \t]*(?:[ \t]#.*)?$/;

/** The version of a file that any reader could find; nothing when it takes a parser. */
function plainVersion(text: string): string | undefined {
  if (text.includes('\r')) return undefined;
  const lines = text.split('\n');
  if (!lines.every((line) => ORDINARY_LINE.test(line))) return undefined;
  const versions = lines.filter((line) => line.startsWith('version:'));
  return versions.length === 1 ? VERSION_LINE.exec(versions[0] ?? '')?.[2] : undefined;
}

/** The version in a Chart.yaml, whatever else is wrong with the file; nothing when there is none. */
export function chartVersionIn(text: string): string | undefined {
  const plain = plainVersion(text);
  if (plain !== undefined) return plain;
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
