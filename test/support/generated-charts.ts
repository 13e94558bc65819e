import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { packChart } from '../../src/charts/pack.js';

/** A chart to be written to a folder. */
export interface GeneratedChart {
  readonly name: string;
  readonly version: string;
  /** By path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** By path, relative to the folder that the link is in. */
  readonly links: ReadonlyMap<string, string>;
  /** In charts/, as a folder or as an archive. */
  readonly subcharts: readonly { readonly chart: GeneratedChart; readonly packed: boolean; readonly folder: string }[];
}

const text = (value: string) => Buffer.from(value);
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

const segment = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/),
  fc.constantFrom(
    'ünïcödé',
    '漢字',
    'with space',
    'a.b.c',
    '.hidden',
    'é',
    'e\u0301',
    'UPPER',
    '-dash',
    'x'.repeat(70),
    'ö'.repeat(40),
  ),
);
const filePath = fc
  .tuple(fc.array(segment, { maxLength: 3 }), segment, fc.constantFrom('.txt', '', '.yaml', '.md', '.bin'))
  .map(([folders, name, end]) => ['files', ...folders, `${name}${end}`].join('/'));
const content = fc.oneof(
  fc.uint8Array({ maxLength: 600 }),
  fc.constantFrom(
    text(''),
    text('a\r\nb\r\n'),
    Buffer.concat([BOM, text('bom\n')]),
    text('\0\0'),
    BOM,
    text('é\n'),
    Buffer.alloc(512, 1),
    Buffer.alloc(513, 2),
  ),
);

const configMap = (name: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-${name}\ndata:\n  text: {{ .Values.text | default "none" | quote }}\n`;

const chartName = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/);
const version = fc
  .tuple(fc.nat(20), fc.nat(20), fc.nat(20), fc.constantFrom('', '', '-rc.1', '+build.7', '-a.b+c'))
  .map(([major, minor, patch, rest]) => `${major}.${minor}.${patch}${rest}`);

const IGNORES = ['', '*.bin\n', 'files/*/\n', '# all\n*.md\n', '.hidden\r\n', 'files/with space*\n'];

function chartYaml(name: string, number: string, style: number, dependencies: readonly GeneratedChart[]): string {
  const list = dependencies
    .map((one) => `- name: ${one.name}\n  version: "${one.version}"\n  repository: ""\n`)
    .join('');
  const own = style % 2 === 0 ? '# ours, kept as it is\n' : '';
  const odd = style % 3 === 0 ? 'x-unknown: {a: 1}\n' : '';
  const all = `${own}name: ${name}\napiVersion: v2\nversion: "${number}" # by hand\ndescription: >-\n  folded\n  text\nappVersion: "1e3"\n${odd}${list === '' ? '' : `dependencies:\n${list}`}`;
  return style % 5 === 0 ? all.replaceAll('\n', '\r\n') : all;
}

interface Below {
  readonly chart: GeneratedChart;
  readonly packed: boolean;
  readonly odd: boolean;
}

function chartOf(depth: number): fc.Arbitrary<GeneratedChart> {
  const subcharts: fc.Arbitrary<readonly Below[]> =
    depth === 0
      ? fc.constant([])
      : fc.uniqueArray(fc.record({ chart: chartOf(depth - 1), packed: fc.boolean(), odd: fc.boolean() }), {
          selector: ({ chart }) => chart.name,
          maxLength: 2,
        });
  return fc
    .record({
      name: chartName,
      version,
      style: fc.nat(30),
      extra: fc.uniqueArray(fc.tuple(filePath, content), { selector: ([file]) => file, maxLength: 6 }),
      ignore: fc.constantFrom(...IGNORES),
      withSchema: fc.boolean(),
      withBom: fc.boolean(),
      links: fc.subarray(['file', 'folder']),
      subcharts,
    })
    .map(({ name, version: number, style, extra, ignore, withSchema, withBom, links, subcharts: below }) => {
      const files = new Map<string, Uint8Array>();
      // A name is a file's or a folder's.
      for (const [file, data] of extra) {
        const clashes = [...files.keys()].some((other) => other.startsWith(`${file}/`) || file.startsWith(`${other}/`));
        if (!clashes) files.set(file, data);
      }
      const own = chartYaml(
        name,
        number,
        style,
        below.map(({ chart }) => chart),
      );
      files.set('Chart.yaml', withBom ? Buffer.concat([BOM, text(own)]) : text(own));
      files.set('values.yaml', text('# values\ntext: hello\n'));
      files.set('templates/configmap.yaml', text(configMap(name)));
      files.set('templates/_helpers.tpl', text('{{- define "x" -}}{{- end -}}\n'));
      files.set('templates/NOTES.txt', text('Thank you.\r\n'));
      files.set('README.md', text(''));
      if (ignore !== '') files.set('.helmignore', text(ignore));
      if (withSchema) files.set('values.schema.json', text('{"type": "object"}\n'));
      return {
        name,
        version: number,
        files,
        links: new Map<string, string>(
          links.map((kind) => (kind === 'file' ? ['linked.txt', 'values.yaml'] : ['linked', 'templates'])),
        ),
        subcharts: below.map(({ chart, packed, odd }) => ({
          chart,
          packed,
          folder: odd ? `other-${chart.name}` : chart.name,
        })),
      };
    });
}

/** Charts with subcharts of subcharts, links, names of all kinds. */
export const generatedCharts = chartOf(2);

/** Writes a chart, its files in any order. */
export async function writeGenerated(folder: string, chart: GeneratedChart, backwards = false): Promise<void> {
  const files = [...chart.files];
  for (const [name, data] of backwards ? files.reverse() : files) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, data);
  }
  for (const [name, target] of chart.links) await symlink(target, path.join(folder, name));
  for (const { chart: below, packed, folder: name } of chart.subcharts) {
    await mkdir(path.join(folder, 'charts'), { recursive: true });
    if (packed) await writeFile(path.join(folder, 'charts', `${name}.tgz`), await packGenerated(below));
    else await writeGenerated(path.join(folder, 'charts', name), below, backwards);
  }
}

/** An archive of a chart without links, whose `.helmignore` plays no part in an archive. */
async function packGenerated(chart: GeneratedChart): Promise<Uint8Array> {
  const files = [...chart.files].map(([name, data]) => ({ path: name, data }));
  for (const { chart: below, folder } of chart.subcharts) {
    files.push({ path: `charts/${folder}.tgz`, data: await packGenerated(below) });
  }
  return (await packChart(files, chart.name)).bytes;
}
