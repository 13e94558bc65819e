import fc from 'fast-check';

/**
 * Random YAML as people write it: block and flow collections, all quoting styles, empty and null values, block scalars,
 * comments, blank lines, anchors, aliases, merge keys, several documents, CRLF, a BOM, no newline at the end.
 */

interface ScalarShape {
  readonly kind: 'scalar';
  readonly style: 'plain' | 'single' | 'double' | 'empty' | 'null' | 'literal' | 'folded' | 'tagged';
  readonly text: string;
  readonly anchor: boolean;
}
interface AliasShape {
  readonly kind: 'alias';
  readonly pick: number;
  readonly merge: boolean;
}
interface MapShape {
  readonly kind: 'map';
  readonly flow: boolean;
  readonly anchor: boolean;
  readonly keys: readonly string[];
  readonly values: readonly Shape[];
  readonly notes: readonly number[];
}
interface ListShape {
  readonly kind: 'list';
  readonly flow: boolean;
  readonly items: readonly Shape[];
}
type Shape = ScalarShape | AliasShape | MapShape | ListShape;

const words = fc.constantFrom(
  '1.0.0',
  'v2',
  'latest',
  '1.20',
  '1e5',
  'true',
  'ghcr.io/acme/api',
  'a:b',
  'héllo',
  '日本',
  '🚀',
  'x y',
  '0123',
);
const keys = fc.constantFrom('tag', 'image', 'repository', 'a', 'b', 'c', 'ключ', '1.5', 'digest', 'with space', 'x-y');

const scalar: fc.Arbitrary<ScalarShape> = fc.record({
  kind: fc.constant('scalar'),
  style: fc.constantFrom('plain', 'single', 'double', 'empty', 'null', 'literal', 'folded', 'tagged'),
  text: words,
  anchor: fc.boolean(),
});

const { shape } = fc.letrec<{ shape: Shape; map: MapShape }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'yaml' },
    { weight: 4, arbitrary: scalar },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('alias'), pick: fc.nat(9), merge: fc.boolean() }) },
    { weight: 4, arbitrary: tie('map') },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('list'),
        flow: fc.boolean(),
        items: fc.array(tie('shape'), { maxLength: 3, depthIdentifier: 'yaml' }),
      }),
    },
  ),
  map: fc
    .record({
      kind: fc.constant('map'),
      flow: fc.boolean(),
      anchor: fc.boolean(),
      keys: fc.uniqueArray(keys, { minLength: 1, maxLength: 4 }),
      values: fc.array(tie('shape'), { minLength: 4, maxLength: 4, depthIdentifier: 'yaml' }),
      notes: fc.array(fc.nat(9), { minLength: 4, maxLength: 4 }),
    })
    .map((map) => ({ ...map, values: map.values.slice(0, map.keys.length) })),
})) as { shape: fc.Arbitrary<Shape> };

class Printer {
  private readonly anchors: { name: string; map: boolean }[] = [];
  private count = 0;

  private anchor(wanted: boolean): string {
    if (!wanted) return '';
    const name = `a${this.count++}`;
    this.anchors.push({ name, map: false });
    return `&${name} `;
  }

  /** A map's anchor may be used behind the map, not inside: nobody writes a file that contains itself. */
  private anchored(wanted: boolean, print: (anchor: string) => string): string {
    if (!wanted) return print('');
    const name = `a${this.count++}`;
    const text = print(`&${name} `);
    this.anchors.push({ name, map: true });
    return text;
  }

  private alias(pick: number): string {
    const anchor = this.anchors[pick];
    return anchor === undefined ? '~' : `*${anchor.name} `;
  }

  private inline(node: ScalarShape | AliasShape, flow: boolean): string {
    if (node.kind === 'alias') return this.alias(node.pick);
    const anchor = this.anchor(node.anchor);
    const quoted = `"${node.text}"`;
    switch (node.style) {
      case 'plain':
        return `${anchor}${flow && node.text.includes(':') ? quoted : node.text}`;
      case 'single':
        return `${anchor}'${node.text}'`;
      case 'double':
        return `${anchor}${quoted}`;
      case 'tagged':
        return `${anchor}!!str ${node.text}`;
      case 'empty':
        return flow ? `${anchor}""` : anchor.trimEnd();
      case 'null':
        return `${anchor}~`;
      default:
        return `${anchor}${quoted}`;
    }
  }

  private flow(node: Shape): string {
    if (node.kind === 'scalar' || node.kind === 'alias') return this.inline(node, true);
    if (node.kind === 'list') return `[${node.items.map((item) => this.flow(item)).join(', ')}]`;
    return this.anchored(node.anchor, (anchor) => {
      const pairs = node.keys.map((key, index) => `${key}: ${this.flow(node.values[index]!)}`);
      return `${anchor}{${pairs.join(', ')}}`;
    });
  }

  private comment(note: number): string {
    return note === 1 ? ' # tag: 1.0.0' : note === 2 ? '\t# "tab"' : note === 3 ? '   ' : '';
  }

  /** What follows a colon or a dash, whole lines. */
  private value(node: Shape, indent: string, note: number): string {
    if (node.kind === 'scalar' && (node.style === 'literal' || node.style === 'folded')) {
      const chomp = ['', '-', '+'][note % 3]!;
      const head = node.style === 'literal' ? '|' : '>';
      return ` ${this.anchor(node.anchor)}${head}${chomp}\n${indent}  ${node.text}\n`;
    }
    if (node.kind === 'scalar' || node.kind === 'alias') {
      const text = this.inline(node, false);
      return `${text === '' ? '' : ` ${text}`}${this.comment(note)}\n`;
    }
    const empty = node.kind === 'map' ? node.keys.length === 0 : node.items.length === 0;
    if (node.flow || empty) return ` ${this.flow(node)}${this.comment(note)}\n`;
    if (node.kind === 'list')
      return `\n${node.items.map((item) => `${indent}  -${this.value(item, `${indent}    `, note)}`).join('')}`;
    return this.anchored(node.anchor, (anchor) => ` ${anchor}\n${this.map(node, `${indent}  `)}`);
  }

  map(node: MapShape, indent: string): string {
    return node.keys
      .map((key, index) => {
        const value = node.values[index]!;
        const note = node.notes[index]!;
        const before = note === 4 ? `${indent}# a line of its own\n\n` : '';
        if (value.kind === 'alias' && value.merge && this.anchors[value.pick]?.map === true) {
          return `${before}${indent}<<: ${this.alias(value.pick)}\n${indent}${key}: 1\n`.replace(
            /(<<: [^]*)<<:/,
            '$1merged:',
          );
        }
        return `${before}${indent}${key}:${this.value(value, indent, note)}`;
      })
      .join('');
  }
}

/** Duplicate merge keys are what a random map gets and nobody writes. */
function singleMerges(text: string): boolean {
  return !/^( *)<<:[^]*?\n\1<<:/m.test(text);
}

/** YAML texts; every one can be parsed. */
export const yamlTexts: fc.Arbitrary<string> = fc
  .record({
    documents: fc.array(
      shape.filter((node) => node.kind === 'map'),
      { minLength: 1, maxLength: 2 },
    ),
    crlf: fc.boolean(),
    bom: fc.boolean(),
    finalNewline: fc.boolean(),
    head: fc.constantFrom('', '# a comment\n', '---\n', '%YAML 1.2\n---\n'),
  })
  .map(({ documents, crlf, bom, finalNewline, head }) => {
    let text = head + documents.map((document) => new Printer().map(document, '')).join('---\n');
    if (!finalNewline) text = text.replace(/\n$/, '');
    if (crlf) text = text.replaceAll('\n', '\r\n');
    return `${bom ? '\ufeff' : ''}${text}`;
  })
  .filter(singleMerges);

/** Tags as registries have them, with those that YAML takes for something else. */
export const imageTags: fc.Arbitrary<string> = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/),
  fc.constantFrom(
    '1e5',
    '0123',
    'yes',
    '1.20',
    '1_000',
    'null',
    '2024-01-02',
    '1.4.0',
    'v1.4.0-rc.1',
    '6801028',
    '1e400',
  ),
);
