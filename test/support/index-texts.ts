import fc from 'fast-check';
import { dump } from 'js-yaml';
import { stringify } from 'yaml';
import type { IndexEntry } from '../../src/core/chart-index.js';

/** An index as programs see it. */
export interface IndexContent {
  readonly apiVersion: string;
  readonly entries: Readonly<Record<string, readonly IndexEntry[] | null>>;
  readonly generated?: string;
  readonly [field: string]: unknown;
}

/** A way in which somebody writes an index. */
export interface IndexStyle {
  readonly name: string;
  readonly print: (content: IndexContent) => string;
  /** Whether what is put in leaves every other byte alone; otherwise the file is written anew. */
  readonly keepsBytes: boolean;
  readonly isJson?: boolean;
}

const json = (content: IndexContent, indentation?: number | string): string =>
  JSON.stringify(content, null, indentation);

/** As helm-cd itself begins one. */
function oneLineEach({ entries, ...rest }: IndexContent): string {
  const lists = Object.entries(entries).map(
    ([name, list]) =>
      `\n    ${JSON.stringify(name)}: ${list === null ? 'null' : `[${list.map((entry) => `\n      ${JSON.stringify(entry)}`).join(',')}\n    ]`}`,
  );
  const others = Object.entries(rest).map(([key, value]) => `,\n  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `{\n  "entries": {${lists.join(',')}\n  }${others.join('')}\n}\n`;
}

/** The layout of helm and chart-releaser: sorted keys, lists not indented; long text folded. */
const helms = (content: IndexContent): string =>
  dump(content, { sortKeys: true, seqNoIndent: true, lineWidth: 80, noRefs: true });
/** Text folded without quotes where it can be, as helm's own printer does it. */
const folded = (content: IndexContent): string =>
  stringify(content, { lineWidth: 80, indentSeq: false, version: '1.1', aliasDuplicateObjects: false });
const singleQuoted = (content: IndexContent): string =>
  stringify(content, { indentSeq: true, indent: 4, singleQuote: true, version: '1.1', aliasDuplicateObjects: false });
const quoted = (content: IndexContent): string =>
  stringify(content, {
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
    lineWidth: 60,
    indentSeq: false,
    aliasDuplicateObjects: false,
  });

/** A comment or an empty line before each chart and each version, wherever that changes nothing. */
function commented(content: IndexContent): string {
  const lines = helms(content).split('\n');
  const isPlace = (line: string) => /^ {2}(?:- \S|[a-z][\w-]*:$)/.test(line);
  return `# ours\n${lines.flatMap((line, at) => (isPlace(line) && !/[|>]\S*$/.test(lines[at - 1] ?? '') ? ['  # - not: an item', line] : [line])).join('\n')}`;
}

export const INDEX_STYLES: readonly IndexStyle[] = [
  { name: 'compact JSON', print: (content) => json(content), keepsBytes: true, isJson: true },
  { name: 'JSON with two spaces', print: (content) => `${json(content, 2)}\n`, keepsBytes: true, isJson: true },
  {
    name: 'JSON with tabs and CRLF',
    print: (content) => json(content, '\t').replaceAll('\n', '\r\n'),
    keepsBytes: true,
    isJson: true,
  },
  {
    name: 'JSON with a byte order mark',
    print: (content) => `\ufeff${json(content, 1)}`,
    keepsBytes: true,
    isJson: true,
  },
  { name: 'one version a line', print: oneLineEach, keepsBytes: true, isJson: true },
  { name: "helm's YAML", print: helms, keepsBytes: true },
  { name: 'YAML with folded text', print: folded, keepsBytes: true },
  { name: 'YAML with single quotes and deeper lists', print: singleQuoted, keepsBytes: true },
  { name: 'YAML in double quotes', print: quoted, keepsBytes: true },
  { name: 'YAML with comments', print: commented, keepsBytes: true },
  {
    name: 'YAML with Windows line ends',
    print: (content) => helms(content).replaceAll('\n', '\r\n'),
    keepsBytes: true,
  },
  { name: 'YAML after a document mark', print: (content) => `---\n${helms(content)}`, keepsBytes: true },
  { name: 'flow style', print: (content) => dump(content, { flowLevel: 1 }), keepsBytes: false },
  { name: 'YAML with anchors', print: (content) => dump(content, { seqNoIndent: true }), keepsBytes: false },
  { name: 'YAML without an end of line', print: (content) => helms(content).trimEnd(), keepsBytes: false },
];

/** Every kind of version that is found in the wild. */
export const versions = fc.oneof(
  fc
    .tuple(
      fc.nat(3),
      fc.nat(12),
      fc.nat(3),
      fc.constantFrom('', '', '', '-rc.1', '-develop.10', '+build.1', '+build.2'),
    )
    .map(([major, minor, patch, rest]) => `${major}.${minor}.${patch}${rest}`),
  fc.constantFrom('v1.2.3', '1.2', 'latest', '1.0.0-01', 'v2', '2024.01.05', '=1.0.0'),
);

const oddText = fc
  .oneof(
    fc.string({ maxLength: 20 }),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.constantFrom(
      'entries:\n  other:\n  - version: 6.6.6\n    name: other\ngenerated: never\n',
      'A text so long that whoever folds text at the eightieth column folds this one: twice at least, because it goes on: # and on.',
      "it's '' quoted \"twice\"",
      '- a\n- b',
      'ends with a space ',
      '  starts with spaces',
      'trailing: colon:',
      '\n\nempty lines first\n\n',
    ),
    fc.constantFrom(
      '1e3',
      'yes',
      '0x1',
      '2024-01-01',
      '1:30',
      '~',
      'a: b',
      '0o17',
      '"',
      '=',
      '1_0',
      '<<',
      '&a',
      '*a',
      '!b',
      '|',
      '%',
      '@',
      '`',
      'null',
      '---',
      '...',
    ),
  )
  // Printers do not agree on these; what they write for them is not what is tested here.
  .filter((text) => !/[^\n\t\P{Cc}]|[\u2028\u2029\ufeff\ufffe\uffff]|\p{Surrogate}/u.test(text));

/** @param names of charts. */
export function anyEntry(names: readonly string[]): fc.Arbitrary<IndexEntry> {
  return fc
    .record({
      name: fc.constantFrom(...names),
      version: versions,
      more: fc.dictionary(
        fc.constantFrom('description', 'appVersion', 'home', 'x-unknown', 'entries', 'generated'),
        oddText,
      ),
      annotations: fc.dictionary(
        fc.oneof(
          oddText.filter((key) => key.length < 60),
          fc.constantFrom('name', 'a/b'),
        ),
        oddText,
        { maxKeys: 3 },
      ),
      keywords: fc.array(oddText, { maxLength: 2 }),
      deprecated: fc.option(fc.boolean()),
    })
    .map(({ name, version, more, annotations, keywords, deprecated }) => ({
      annotations,
      apiVersion: 'v2',
      created: '2026-01-01T00:00:00.123456789Z',
      digest: 'a'.repeat(64),
      ...more,
      ...(keywords.length === 0 ? {} : { keywords }),
      ...(deprecated === null ? {} : { deprecated }),
      name,
      urls: [`${name}-${version}.tgz`],
      version,
    }));
}

/** An index with any of these charts, some of them without a version or with one twice. */
export function anyIndex(names: readonly string[]): fc.Arbitrary<IndexContent> {
  const list = (name: string) =>
    fc.oneof(
      { weight: 8, arbitrary: fc.array(anyEntry([name]), { minLength: 1, maxLength: 5 }) },
      { weight: 1, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.constant(null) },
    );
  return fc
    .record({
      entries: fc
        .subarray([...names])
        .chain((some) => fc.tuple(...some.map((name) => fc.tuple(fc.constant(name), list(name))))),
      generated: fc.option(fc.constantFrom('2026-01-01T00:00:00.123456789Z', 'then')),
      others: fc.dictionary(
        fc.constantFrom('publicKeys', 'annotations', 'x-ours'),
        fc.constantFrom({ a: 'b' }, 'text'),
      ),
    })
    .map(({ entries, generated, others }) => ({
      apiVersion: 'v1',
      entries: Object.fromEntries(entries),
      ...others,
      ...(generated === null ? {} : { generated }),
    }));
}
