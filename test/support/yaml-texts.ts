import fc from 'fast-check';
import { parseAllDocuments, type Document } from 'yaml';

/**
 * Random YAML as people write it, and as they should not: block and flow collections on one line and on several, all
 * quoting styles on one line and on several, empty and null values, block scalars with all headers, explicit and quoted
 * keys, tags, comments, tabs, blank lines, anchors, aliases, merge keys of one map and of lists anywhere in a map, keys
 * twice, several documents with directives and markers, LF, CRLF and both, a BOM, no newline at the end.
 */

type ScalarStyle =
  'plain' | 'single' | 'double' | 'empty' | 'null' | 'literal' | 'folded' | 'tagged' | 'several-lines' | 'next-line';
interface ScalarShape {
  readonly kind: 'scalar';
  readonly style: ScalarStyle;
  readonly text: string;
  readonly anchor: boolean;
}
interface AliasShape {
  readonly kind: 'alias';
  readonly pick: number;
}
interface MapShape {
  readonly kind: 'map';
  readonly flow: 'no' | 'line' | 'lines';
  readonly anchor: boolean;
  readonly keys: readonly string[];
  readonly values: readonly Shape[];
  /** What is odd about each pair; most numbers stand for nothing. */
  readonly notes: readonly number[];
  /** Where a merge key stands, if anywhere, and what it merges. */
  readonly merges: readonly { readonly at: number; readonly picks: readonly number[] }[];
}
interface ListShape {
  readonly kind: 'list';
  readonly flow: 'no' | 'line' | 'lines';
  readonly anchor: boolean;
  readonly items: readonly Shape[];
}
type Shape = ScalarShape | AliasShape | MapShape | ListShape;

const WORDS = ['1.0.0', 'v2', 'latest', '1.20', '1e5', 'true', 'ghcr.io/acme/api', 'a:b', 'héllo', '日本', '🚀', 'x y'];
const words = fc.constantFrom(...WORDS, '0123', '1_0', 'on', '12:30', '2024-01-02');
const keys = fc.constantFrom(
  ...['tag', 'image', 'repository', 'a', 'b', 'c', 'ключ', '🔑', '1.5', 'digest', 'with space', 'x-y', '"quoted"'],
);
const flow = fc.oneof(
  { weight: 3, arbitrary: fc.constant('no' as const) },
  { weight: 1, arbitrary: fc.constantFrom('line' as const, 'lines' as const) },
);
const rarely = fc.nat(4).map((number) => number === 0);

const scalar: fc.Arbitrary<ScalarShape> = fc.record({
  kind: fc.constant('scalar'),
  style: fc.constantFrom<ScalarStyle>(
    ...(['plain', 'plain', 'single', 'double', 'empty', 'null', 'literal', 'folded', 'tagged'] as const),
    'several-lines',
    'next-line',
  ),
  text: words,
  anchor: rarely,
});

const { shape } = fc.letrec<{ shape: Shape; map: MapShape }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'yaml' },
    { weight: 5, arbitrary: scalar },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('alias'), pick: fc.nat(9) }) },
    { weight: 4, arbitrary: tie('map') },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('list'),
        flow,
        anchor: rarely,
        items: fc.array(tie('shape'), { maxLength: 3, depthIdentifier: 'yaml' }),
      }),
    },
  ),
  map: fc
    .record({
      kind: fc.constant('map'),
      flow,
      anchor: fc.boolean(),
      keys: fc.uniqueArray(keys, { minLength: 1, maxLength: 4 }),
      values: fc.array(tie('shape'), { minLength: 4, maxLength: 4, depthIdentifier: 'yaml' }),
      notes: fc.array(fc.nat(15), { minLength: 4, maxLength: 4 }),
      merges: fc.oneof(
        { weight: 2, arbitrary: fc.constant([]) },
        {
          weight: 1,
          arbitrary: fc.array(
            fc.record({ at: fc.nat(4), picks: fc.array(fc.nat(5), { minLength: 1, maxLength: 2 }) }),
            { minLength: 1, maxLength: 2 },
          ),
        },
      ),
    })
    .map((map) => ({ ...map, values: map.values.slice(0, map.keys.length) })),
})) as { shape: fc.Arbitrary<Shape> };

class Printer {
  private readonly anchors: string[] = [];
  private readonly mapAnchors: string[] = [];
  private count = 0;

  private anchor(wanted: boolean): string {
    if (!wanted) return '';
    const name = `a${this.count++}`;
    this.anchors.push(name);
    return `&${name} `;
  }

  /** A collection's anchor may be used behind it, not inside: nobody writes a file that contains itself. */
  private anchored(node: MapShape | ListShape, print: (anchor: string) => string): string {
    if (!node.anchor) return print('');
    const name = `a${this.count++}`;
    const text = print(`&${name} `);
    this.anchors.push(name);
    if (node.kind === 'map') this.mapAnchors.push(name);
    return text;
  }

  private alias(pick: number): string {
    const name = this.anchors[pick];
    return name === undefined ? '~' : `*${name} `;
  }

  private inline(node: ScalarShape | AliasShape, inFlow: boolean, indent: string): string {
    if (node.kind === 'alias') return this.alias(node.pick);
    const anchor = this.anchor(node.anchor);
    const quoted = `"${node.text}"`;
    const plain = inFlow && node.text.includes(':') ? quoted : node.text;
    switch (node.style) {
      case 'plain':
        return `${anchor}${plain}`;
      case 'single':
        return `${anchor}'${node.text}'`;
      case 'tagged':
        return `${anchor}${node.text.length % 2 === 0 ? '!!str' : '!'} ${plain}`;
      case 'empty':
        return inFlow ? `${anchor}""` : anchor.trimEnd();
      case 'null':
        return `${anchor}${['~', 'null', 'Null', 'NULL'][node.text.length % 4]}`;
      case 'several-lines': {
        const quote = ['', '"', "'"][node.text.length % 3]!;
        const first = quote === '' ? 'word' : node.text;
        return `${anchor}${quote}${first}\n${indent}  \tnext\n\n${indent}   last${quote}`;
      }
      case 'next-line':
        return inFlow ? `${anchor}${quoted}` : `${anchor}\n${indent}  ${node.text}`;
      default:
        return `${anchor}${quoted}`;
    }
  }

  /** What merge keys in front of a map's pair of this index merge, as far as there is anything to merge yet. */
  private mergesAt({ merges }: MapShape, index: number): string[] {
    return merges.flatMap(({ at, picks }) => {
      const names = at === index ? picks.flatMap((pick) => this.mapAnchors[pick] ?? []) : [];
      const [first, ...others] = names.map((name) => `*${name}`);
      if (first === undefined) return [];
      return others.length === 0 ? [`${first} `] : [`[${first} , ${others.join(' , ')} ]`];
    });
  }

  private flow(node: Shape, indent: string): string {
    if (node.kind === 'scalar' || node.kind === 'alias') return this.inline(node, true, indent);
    const separate = (parts: readonly string[], open: string, close: string) =>
      node.flow === 'lines'
        ? `${open} # odd\n${parts.map((part) => `${indent}  ${part},\n`).join('\n')}${indent}  ${close}`
        : `${open}${parts.join(', ')}${close}`;
    return this.anchored(node, (anchor) => {
      if (node.kind === 'list') {
        const items = node.items.map((item) => this.flow(item, `${indent}  `));
        return `${anchor}${separate(items, '[', ']')}`;
      }
      const pairs = node.keys.flatMap((key, index) => {
        const merges = this.mergesAt(node, index).map((merged) => `<<: ${merged}`);
        const note = node.notes[index]!;
        const value = note === 2 || note === 3 ? '' : this.flow(node.values[index]!, `${indent}  `);
        if (note === 1) return [...merges, `"${key.replaceAll('"', '')}":${value}`];
        if (note === 2) return [...merges, `${key}:`];
        if (note === 3) return [...merges, key];
        if (note === 5) return [...merges, `? ${key} : ${value}`];
        return [...merges, `${key}: ${value}`];
      });
      const last = this.mergesAt(node, node.keys.length).map((merged) => `<<: ${merged}`);
      return `${anchor}${separate([...pairs, ...last], '{', '}')}`;
    });
  }

  private comment(note: number): string {
    if (note === 1) return ' # tag: 1.0.0';
    if (note === 2) return '\t# "tab" 🚀';
    if (note === 3) return '   ';
    return note === 5 ? '\t' : '';
  }

  /** What follows a colon or a dash, whole lines. */
  private value(node: Shape, indent: string, note: number): string {
    if (node.kind === 'scalar' && (node.style === 'literal' || node.style === 'folded')) {
      const chomp = ['', '-', '+', '2', '2-', '-2', '+', ''][note % 8]!;
      const head = node.style === 'literal' ? '|' : '>';
      const after = note === 9 ? ' # c' : '';
      const blank = note === 10 ? '\n' : '';
      return ` ${this.anchor(node.anchor)}${head}${chomp}${after}\n${blank}${indent}  ${node.text}\n${blank}`;
    }
    if (node.kind === 'scalar' || node.kind === 'alias') {
      const text = this.inline(node, false, indent);
      const gap = note === 6 ? '\t' : ' ';
      return `${text === '' ? '' : `${gap}${text}`}${this.comment(note)}\n`;
    }
    const empty = node.kind === 'map' ? node.keys.length === 0 : node.items.length === 0;
    if (node.flow !== 'no' || empty) return ` ${this.flow(node, indent)}${this.comment(note)}\n`;
    return this.anchored(node, (anchor) => {
      if (node.kind === 'map') return ` ${anchor}\n${this.map(node, `${indent}  `)}`;
      const dash = note === 7 ? indent : `${indent}  `;
      return ` ${anchor}\n${node.items.map((item) => `${dash}-${this.value(item, `${dash}  `, note)}`).join('')}`;
    });
  }

  map(node: MapShape, indent: string): string {
    const merge = (merged: string) => `${indent}<<: ${merged}\n`;
    const pairs = node.keys.map((key, index) => {
      const merges = this.mergesAt(node, index).map(merge).join('');
      const value = node.values[index]!;
      const note = node.notes[index]!;
      const before = `${note === 4 ? `${indent}# a line of its own\n\n` : ''}${merges}`;
      if (note === 8) return `${before}${indent}? ${key}\n${indent}:${this.value(value, indent, 0)}`;
      return `${before}${indent}${key}${note === 11 ? ' ' : ''}:${this.value(value, indent, note)}`;
    });
    if (node.notes[0] === 12) pairs.push(`${indent}${node.keys[0]!}: twice\n`);
    pairs.push(...this.mergesAt(node, node.keys.length).map(merge));
    return pairs.join('');
  }
}

function isReadable(text: string): boolean {
  const parsed = parseAllDocuments(text, { uniqueKeys: false });
  return Array.isArray(parsed) && (parsed as Document[]).every(({ errors }) => errors.length === 0);
}

/** YAML texts; every one can be parsed. */
export const yamlTexts: fc.Arbitrary<string> = fc
  .record({
    documents: fc.array(
      shape.filter((node) => node.kind === 'map').map((node) => ({ ...node, flow: 'no' as const })),
      { minLength: 1, maxLength: 3 },
    ),
    lineEnds: fc.oneof(
      { weight: 3, arbitrary: fc.constant([false]) },
      { weight: 1, arbitrary: fc.constant([true]) },
      { weight: 1, arbitrary: fc.array(fc.boolean(), { minLength: 2, maxLength: 7 }) },
    ),
    bom: rarely,
    finalNewline: fc.boolean(),
    head: fc.constantFrom(
      ...['', '', '', '# a comment\n', '---\n', '%YAML 1.2\n---\n', '%YAML 1.1\n--- # c\n', '\n\n'],
    ),
    between: fc.constantFrom('---\n', '...\n---\n', '--- # next\n', '...\n# between\n---\n'),
    tail: fc.constantFrom('', '', '...\n', '# the end\n', '---\n', '\n\n'),
  })
  .map(({ documents, lineEnds, bom, finalNewline, head, between, tail }) => {
    let text = head + documents.map((document) => new Printer().map(document, '')).join(between) + tail;
    if (!finalNewline) text = text.replace(/\n$/, '');
    let line = 0;
    text = text.replace(/\n/g, () => (lineEnds[line++ % lineEnds.length] === true ? '\r\n' : '\n'));
    return `${bom ? '\ufeff' : ''}${text}`;
  })
  .filter(isReadable);

/** Tags as registries have them, with those that YAML takes for something else. */
export const imageTags: fc.Arbitrary<string> = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/),
  fc.constantFrom(
    ...['1e5', '0123', 'yes', 'y', 'N', 'off', '1.20', '1_000', 'null', '2024-01-02', '0x1A', '0o17', '0b1', '08'],
    ...['1.4.0', 'v1.4.0-rc.1', '6801028', '1e400', '6801028e06', 'NaN', '1.', '1.4.0-a_b.c'],
  ),
);
