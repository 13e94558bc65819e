/** Image tags in values files that YAML reads as something else than the text they look like. */
import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument, type YAMLMap } from 'yaml';

/** A tag that is written without quotes and is no text. */
export interface NumberTag {
  readonly path: readonly (string | number)[];
  /** From 1. */
  readonly line: number;
  /** As it stands in the file: `1.10`. */
  readonly written: string;
  /** What templates may make of it, other than what is written: `1.1`. */
  readonly read: readonly string[];
}

const TAG_KEY = /^(?:image[-_]?)?tag$|[a-z0-9](?:ImageTag|_image_tag)$/i;
const BESIDE_TAG = ['repository', 'registry', 'name', 'image', 'pullPolicy', 'digest'];

/** Go's `%v` of a number, which templates print: from 1e+06 on with an exponent. */
export function goNumber(value: number): string {
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** Whether a map is about an image: only there is a `tag` an image's. */
function isImageMap(map: YAMLMap, path: readonly (string | number)[]): boolean {
  return /image/i.test(String(path.at(-1) ?? '')) || BESIDE_TAG.some((key) => map.has(key));
}

/** What stands behind a key that ends in "tag". */
const TAG_VALUE = /tag["']?[ \t]*:\s*(?:[&!]\S*\s+)*([^\s,}#]+)/gi;

/** Whether a value may be no text: most tags have two dots, or are words. */
const mayBeNumber = (value: string) => /^[-+.\d](?!.*\..*\.)|^(?:y|n|yes|no|on|off|true|false)$/i.test(value);

/** @returns nothing for a text that is no YAML map. */
export function findNumberTags(text: string): readonly NumberTag[] {
  // To parse it with all positions takes longer than anything else that is done with it.
  if (![...text.matchAll(TAG_VALUE)].some(([, value = '']) => mayBeNumber(value))) return [];
  const lines = new LineCounter();
  // YAML 1.1, as helm's parser has it, without times, which it leaves as text.
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.1',
    uniqueKeys: false,
    customTags: (tags) =>
      tags.filter((tag) => typeof tag === 'string' || !(tag.tag.endsWith(':timestamp') || tag.format === 'TIME')),
  });
  const found: NumberTag[] = [];
  const visit = (node: unknown, path: readonly (string | number)[]): void => {
    if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) visit(item, [...path, index]);
      return;
    }
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      if (!isScalar(key) || isAlias(value)) continue;
      const name = String(key.value);
      const way = [...path, name];
      if (!isScalar(value)) {
        visit(value, way);
        continue;
      }
      const written = value.source ?? '';
      const read: unknown = value.value;
      if (value.type !== 'PLAIN' || (typeof read !== 'number' && typeof read !== 'boolean') || written === '') continue;
      if (!TAG_KEY.test(name) || (/^tag$/i.test(name) && !isImageMap(node, path))) continue;
      const forms = typeof read === 'number' ? [String(read), goNumber(read)] : [String(read)];
      const line = lines.linePos(value.range?.[0] ?? 0).line;
      found.push({ path: way, line, written, read: [...new Set(forms)].filter((form) => form !== written) });
    }
  };
  if (document.errors.length === 0) visit(document.contents, []);
  return found;
}
