import { isDeepStrictEqual } from 'node:util';
import { SCALAR_STYLE, YAML11_SCHEMA, dump, load, type ScalarStyleRule } from 'js-yaml';
import { groupEntries, insertionIndex, withEntries, type IndexEntries, type IndexEntry } from '../core/chart-index.js';
import { applySplices, type Splice } from '../core/splice.js';
import { RESERVED, type YamlLayout, type YamlSection } from './index-yaml-layout.js';

/** What every YAML parser reads as a text: words, paths, URLs and versions. */
const PLAIN = /^(?:[A-Za-z][A-Za-z0-9_./+-]*|[a-z]+:\/\/[A-Za-z0-9_./+%-]+|\d+\.\d+\.\d+(?:[-+][A-Za-z0-9.+-]*)?)$/;

/** Helm's parser speaks YAML 1.1 with Go's own ideas of numbers, so that 1e3 or 0o17 must be quoted, too. */
const quoteWhatIsNotPlain: ScalarStyleRule = (layout) => {
  const { value } = layout.node;
  if (layout.node.tag !== 'tag:yaml.org,2002:str') return;
  layout.style = PLAIN.test(value) && !RESERVED.test(value) ? SCALAR_STYLE.PLAIN : SCALAR_STYLE.DOUBLE_QUOTED;
};

/** YAML that helm reads as it was meant. */
export function print(value: unknown): string {
  return dump(value, {
    schema: YAML11_SCHEMA,
    lineWidth: -1,
    noRefs: true,
    seqNoIndent: true,
    scalarStyleRules: [quoteWhatIsNotPlain],
  });
}

const indented = (text: string, spaces: number) => text.replace(/^(?=.)/gm, ' '.repeat(spaces));

/** Text that is put in at a place, on lines of its own. */
function insertion(text: string, { lineBreak }: YamlLayout, at: number, printed: string): Splice {
  const opening = at === 0 || text.charAt(at - 1) === '\n' ? '' : '\n';
  return { start: at, end: at, text: `${opening}${printed}`.replaceAll('\n', lineBreak) };
}

/** Entries put into a chart's list, newest first, each before the first older version. */
function addToSection(
  text: string,
  layout: YamlLayout,
  section: YamlSection,
  present: readonly IndexEntry[],
  added: readonly IndexEntry[],
): readonly Splice[] {
  if (section.items.length === 0) {
    const printed = indented(print({ [section.name]: added }), layout.indent);
    const change = insertion(text, layout, section.start, printed);
    return [{ ...change, end: section.body }];
  }
  const versions = present.map((entry) => entry.version);
  return added.map((entry) => {
    const place = section.items[insertionIndex(versions, entry.version)]?.start ?? section.end;
    return insertion(text, layout, place, indented(print([entry]), section.indent));
  });
}

/** Whether what is put in is read as what was meant. */
function isReadAs(printed: string, meant: unknown): boolean {
  try {
    return isDeepStrictEqual(load(printed), JSON.parse(JSON.stringify(meant)));
  } catch {
    return false;
  }
}

/**
 * A YAML index in the usual layout with entries added, each where its version belongs. Every other byte stays, but for
 * `generated`.
 * @param present what is in it.
 * @param entries versions that are not in it yet.
 */
export function addToLaidOutIndex(
  text: string,
  layout: YamlLayout,
  present: IndexEntries,
  entries: readonly IndexEntry[],
  generated: string,
): string {
  const { sections, charts, indent } = layout;
  const changes: Splice[] = [];
  for (const [name, list] of groupEntries(entries)) {
    const section = sections.find((candidate) => candidate.name === name);
    if (section !== undefined) {
      changes.push(...addToSection(text, layout, section, present.get(name) ?? [], list));
      continue;
    }
    const next = sections.find((candidate) => candidate.name > name);
    changes.push(insertion(text, layout, next?.start ?? charts.end, indented(print({ [name]: list }), indent)));
  }
  const stamp = `generated: ${JSON.stringify(generated)}`;
  if (layout.generated !== undefined) changes.push({ ...layout.generated, text: stamp });
  else changes.push(insertion(text, layout, text.length, `${stamp}\n`));
  if (!entries.every((entry) => isReadAs(print([entry]), [entry]))) throw new Error('an entry is not printed as meant');
  return applySplices(text, changes);
}

/**
 * A YAML index of any layout with entries added, each where its version belongs, written anew with the same content.
 * @param content what the text says.
 * @param present the charts in it.
 * @param entries versions that are not in it yet.
 */
export function rewriteYamlIndex(
  content: Readonly<Record<string, unknown>>,
  present: IndexEntries,
  entries: readonly IndexEntry[],
  generated: string,
): string {
  const merged = [...withEntries(present, entries)].sort(([a], [b]) => (a < b ? -1 : 1));
  const old = new Map(Object.entries(content['entries'] ?? {}));
  const isChanged = (name: string) => entries.some((entry) => entry.name === name);
  const charts = merged.map(([name, list]) => [name, isChanged(name) ? list : (old.get(name) ?? null)] as const);
  return print({ ...content, entries: Object.fromEntries(charts), generated });
}
