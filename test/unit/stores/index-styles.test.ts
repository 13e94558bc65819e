import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { compareVersions, type IndexEntry } from '../../../src/core/chart-index.js';
import { parseIndexFile, readIndexFile } from '../../../src/stores/index-file.js';
import { INDEX_STYLES, anyEntry, anyIndex, type IndexContent } from '../../support/index-texts.js';

const NOW = '2026-11-23T10:00:00.000Z';
const NAMES = ['api', 'a-b', '1password', 'web', 'zoo'];

const contentOf = (text: string, isJson: boolean) =>
  (isJson ? JSON.parse(text.replace(/^\ufeff/, '')) : load(text)) as IndexContent;

const asObject = (entries: ReadonlyMap<string, readonly IndexEntry[]>) => Object.fromEntries(entries);

/** What the index is to say, worked out on its content. */
function withEntry(content: IndexContent, entry: IndexEntry): IndexContent {
  const list = [...(content.entries[entry.name] ?? [])];
  const older = list.findIndex(({ version }) => compareVersions(entry.version, version) < 0);
  list.splice(older === -1 ? list.length : older, 0, entry);
  return { ...content, entries: { ...content.entries, [entry.name]: list }, generated: NOW };
}

/** How many bytes at the start and at the end two texts have in common. */
function inCommon(before: string, after: string): number {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < before.length - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  return start + end;
}

/** Without the one value that changes on purpose. */
const unstamped = (text: string) =>
  text
    .replace(/^generated: .*?(?=\r?$)/m, 'generated: x')
    .replace(/("generated":\s*)"(?:2026[^"]*|then)"(?=\s*[,}]\s*(?:$|"))/, '$1"x"');

describe.each(INDEX_STYLES.map((style) => [style.name, style] as const))('an index: %s', (_, style) => {
  const isJson = style.isJson === true;

  it('is read as any parser reads it, and gets versions without a change to anything else', () => {
    fc.assert(
      fc.property(
        anyIndex(NAMES),
        fc.array(anyEntry([...NAMES, 'new']), { minLength: 1, maxLength: 3 }),
        (index, added) => {
          let text = style.print(index);
          let content = contentOf(text, isJson);
          for (const entry of added) {
            const file = parseIndexFile(text, 'x');
            expect(asObject(file.entries)).toEqual(
              Object.fromEntries(Object.entries(content.entries).map(([name, list]) => [name, list ?? []])),
            );
            const hadList = (content.entries[entry.name] ?? []).length > 0;
            const isStamped = content.generated !== undefined;
            content = withEntry(content, entry);
            const result = file.add([entry], NOW);
            const said = contentOf(result, isJson);
            expect(said).toEqual(content);
            expect(asObject(readIndexFile(result, 'x').entries)).toEqual(asObject(parseIndexFile(result, 'x').entries));
            if (style.keepsBytes && isStamped && hadList) {
              expect(inCommon(unstamped(text), unstamped(result))).toBe(unstamped(text).length);
            }
            text = result;
          }
        },
      ),
      { numRuns: 8 },
    );
  });
});

describe('an index that is broken', () => {
  it('is refused wherever the fault is, though only one chart is asked for', () => {
    const faults = [
      '\tx: 1',
      '    x: "',
      '   x: 1',
      '    name: a\n    name: b',
      '    x: *nobody',
      '    x: a: b',
      '  - x',
      '   - x',
      '    version: 1.0',
    ];
    const index = fc.sample(
      anyIndex(NAMES).filter(({ entries }) => Object.values(entries).flat().filter(Boolean).length > 3),
      {
        numRuns: 3,
        seed: 7,
      },
    );
    for (const content of index) {
      const helms = INDEX_STYLES.find(({ name }) => name === "helm's YAML");
      const lines = (helms?.print(content) ?? '').split('\n');
      const places = lines.flatMap((line, at) =>
        /^ {4}(?:urls|version):/.test(line) ? [at + (line.endsWith('urls:') ? 2 : 1)] : [],
      );
      for (const [number, place] of places.entries()) {
        const fault = faults[number % faults.length] ?? '';
        const text = [...lines.slice(0, place), fault, ...lines.slice(place)].join('\n');
        let reference: unknown;
        try {
          reference = load(text);
        } catch {
          reference = undefined;
        }
        // What a whole parser takes is read as it reads it; what it refuses is refused.
        if (reference === undefined) {
          expect(() => parseIndexFile(text, 'x')).toThrow(/x is no index of a chart repository/);
        }
      }
    }
  });

  it.each([
    ['a chart twice', '{"apiVersion":"v1","entries":{"a":[],"a":[{"version":"1.0.0"}]}}', 'it has "a" more than once'],
    ['entries twice', '{"apiVersion":"v1","entries":{},"entries":{"a":[]}}', 'it has "entries" more than once'],
    [
      'a chart twice in YAML',
      'apiVersion: v1\nentries:\n  a:\n  - version: 1.0.0\n  a:\n  - version: 1.0.1\n',
      'duplicate',
    ],
    ['two documents', 'apiVersion: v1\nentries:\n  a:\n  - version: 1.0.0\n---\nentries: {}\n', ''],
    [
      'aliases without end',
      `apiVersion: v1\nx0: &x0 [a, a, a, a, a, a, a, a, a, a]\n${Array.from({ length: 9 }, (_, n) => `x${n + 1}: &x${n + 1} [${Array.from({ length: 10 }, () => `*x${n}`).join(', ')}]\n`).join('')}entries: {}\n`,
      'its aliases have no end',
    ],
  ])('is refused: %s', (_, text, why) => {
    expect(() => parseIndexFile(text, 's3://b/index.yaml')).toThrow(
      expect.objectContaining({ code: 'file', message: expect.stringContaining(why) }),
    );
  });
});
