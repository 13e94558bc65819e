import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dump } from 'js-yaml';
import { compareVersions, type IndexEntry } from '../../../src/core/chart-index.js';
import type { ListEdit } from '../../../src/core/index-edit.js';
import { editEntries, editIndex } from '../../../src/stores/edit-index.js';
import { parseIndexFile } from '../../../src/stores/index-file.js';

const NOW = '2026-11-23T10:00:00.000Z';
const hex = (digit: string) => digit.repeat(64);
const entry = (name: string, version: string, more: Record<string, unknown> = {}): IndexEntry => ({
  name,
  version,
  apiVersion: 'v2',
  description: 'text: with "marks" # and more',
  urls: [`${name}-${version}.tgz`],
  created: '2026-01-01T00:00:00Z',
  digest: hex('a'),
  ...more,
});

const edit = (text: string, edits: Record<string, ListEdit>) =>
  editIndex(text, parseIndexFile(text, 'index.yaml').entries, new Map(Object.entries(edits)), NOW);
const versions = (text: string, name: string) =>
  (parseIndexFile(text, 'index.yaml').entries.get(name) ?? []).map(({ version }) => version);

const HELM_YAML = `apiVersion: v1
entries:
  alpine:
  - created: "2016-10-06T16:23:20.499029981-06:00"
    description: |-
      Deploy a basic Alpine Linux pod:
        indented, and
      -  not an item
    digest: 99c76e403d752c84ead610644d4b1c2f2b453a74b921f422b9dcb8a7c8b559cd
    name: alpine
    urls:
    - alpine-0.2.0.tgz
    version: 0.2.0
  # why this one is still here
  - appVersion: "1.10"
    digest: 515c58e5f79d8b2913a10cb400ebb6fa9c77fe813287afbacf1a0b897cd78727
    name: alpine
    urls:
    - alpine-0.1.0.tgz
    version: 0.1.0
  nginx:
  - name: nginx
    urls:
    - nginx-1.1.0.tgz
    version: 1.1.0
generated: "2016-10-06T16:23:20.499029981-06:00"
`;

describe('an index in YAML', () => {
  const lines = HELM_YAML.split('\n');
  const stamped = (text: string) => text.replace(/generated: .*/, `generated: "${NOW}"`);

  it('loses just the lines of the entry that goes', () => {
    const expected = [...lines.slice(0, 13 + 1), ...lines.slice(20)].join('\n');
    expect(edit(HELM_YAML, { alpine: { order: [0] } })).toBe(stamped(expected));
  });

  it('loses the first one, and a comment stays where it was', () => {
    const text = edit(HELM_YAML, { alpine: { order: [1] } });
    expect(versions(text, 'alpine')).toEqual(['0.1.0']);
    expect(text).not.toContain('99c76e');
  });

  it('loses a chart with all its lines', () => {
    const text = edit(HELM_YAML, { nginx: { order: [] } });
    expect(text).toBe(stamped([...lines.slice(0, 20), ...lines.slice(25)].join('\n')));
  });

  it('is a map still when the last chart has gone', () => {
    const text = edit(HELM_YAML, { nginx: { order: [] }, alpine: { order: [] } });
    expect(text).toBe(`apiVersion: v1\nentries: {}\ngenerated: "${NOW}"\n`);
    expect(parseIndexFile(text, 'x').entries.size).toBe(0);
  });

  it('gets a digest where there was another or none', () => {
    const text = edit(HELM_YAML, {
      alpine: { order: [0, 1], digests: new Map([[1, hex('1')]]) },
      nginx: { order: [0], digests: new Map([[0, hex('b')]]) },
    });
    const { entries } = parseIndexFile(text, 'x');
    expect(entries.get('alpine')?.map(({ digest }) => digest)).toEqual([expect.stringMatching(/^99c7/), hex('1')]);
    expect(entries.get('nginx')?.[0]?.digest).toBe(hex('b'));
    expect(text).toContain(`    digest: "${hex('1')}"\n    name: alpine\n`);
    expect(text.split('\n').filter((line) => !HELM_YAML.includes(line))).toHaveLength(3);
  });

  it('is written anew with the same content when it is laid out in another way', () => {
    const text = edit(
      `{apiVersion: v1, mine: [1], entries: {a: [{name: a, version: 1.0.0}, {name: a, version: 0.9.0}]}}`.replace(
        '{',
        '--- {',
      ),
      {
        a: { order: [0] },
      },
    );
    expect(text).toContain('mine:\n- 1\n');
    expect(versions(text, 'a')).toEqual(['1.0.0']);
  });
});

describe('an index in JSON', () => {
  const one = `{
  "apiVersion": "v1",
  "entries": {
    "api": [
      {"name":"api","version":"1.1.0","digest":"${hex('c')}","own":1e2},
      {"name":"api","version":"1.0.0"}
    ],
    "web": [
      {"name":"web","version":"2.0.0"}
    ]
  },
  "generated": "2020-01-01T00:00:00Z"
}
`;
  const stamped = (text: string) => text.replace('2020-01-01T00:00:00Z', NOW);

  it('loses just the entry that goes', () => {
    expect(edit(one, { api: { order: [0] } })).toBe(
      stamped(one.replace(',\n      {"name":"api","version":"1.0.0"}', '')),
    );
    expect(edit(one, { api: { order: [1] } })).toBe(
      stamped(one.replace(/\{"name":"api","version":"1\.1\.0".*\},\n {6}/, '')),
    );
  });

  it('loses a chart', () => {
    const text = edit(one, { web: { order: [] } });
    expect(text).toBe(stamped(one.replace(/,\n {4}"web": \[\n.*\n {4}\]/, '')));
    expect(edit(one, { web: { order: [] }, api: { order: [] } })).toContain('"entries": {\n  },');
  });

  it('is sorted, and gets digests', () => {
    const text = edit(one, { api: { order: [1, 0], digests: new Map([[1, hex('d')]]) } });
    expect(text).toContain(`    "api": [
      {"name":"api","version":"1.0.0","digest": "${hex('d')}"},
      {"name":"api","version":"1.1.0","digest":"${hex('c')}","own":1e2}
    ],`);
  });
});

describe('any index', () => {
  const version = fc
    .tuple(fc.nat(3), fc.nat(3), fc.nat(9), fc.constantFrom('', '-rc.1', '-develop.2', '+b1'))
    .map(([a, b, c, rest]) => `${a}.${b}.${c}${rest}`);
  const name = fc.constantFrom('api', 'web', 'y', '1e3', 'no-1', 'a.b');
  const text = fc.constantFrom('plain', 'a: b', '- x', '"', "'", '#', '1.10', 'yes', 'two\nlines', '{}', '\\');
  const chart = fc.tuple(
    name,
    fc.uniqueArray(fc.tuple(version, text, fc.boolean()), { maxLength: 6, selector: ([v]) => v }),
  );
  const charts = fc.uniqueArray(chart, { maxLength: 4, selector: ([one]) => one });
  const printers: [string, (content: object) => string][] = [
    ['JSON, one line', (content) => JSON.stringify(content)],
    ['JSON, pretty', (content) => JSON.stringify(content, null, 2)],
    ['YAML', (content) => dump(content, { seqNoIndent: true, lineWidth: -1 })],
    ['YAML, lists indented', (content) => dump(content, { lineWidth: -1 })],
  ];

  it.each(printers)('%s: what stays keeps its bytes, and is what is meant', (_, print) => {
    fc.assert(
      fc.property(charts, fc.infiniteStream(fc.nat(5)), (all, random) => {
        const next = () => Number(random.next().value ?? 0);
        const entries = Object.fromEntries(
          all.map(([key, list]) => [
            key,
            list
              .map(([v, description, digest]) =>
                entry(key, v, { description, ...(digest ? {} : { digest: undefined }) }),
              )
              .map((one) => JSON.parse(JSON.stringify(one)) as IndexEntry)
              .sort((a, b) => compareVersions(a.version, b.version)),
          ]),
        );
        const before = print({ apiVersion: 'v1', entries, generated: '2020-01-01T00:00:00Z', mine: { a: [1] } });
        const read = parseIndexFile(before, 'x').entries;
        const edits = new Map(
          Object.entries(entries).flatMap(([key, list]): [string, ListEdit][] => {
            if (next() === 0) return [];
            const order = [...list.keys()].filter(() => next() > 1);
            if (next() === 0) order.reverse();
            const digests = new Map(order.filter(() => next() === 0).map((place) => [place, hex('e')]));
            return [[key, { order, digests }]];
          }),
        );
        const after = editIndex(before, read, edits, NOW);
        const expected = editEntries(read, edits);
        const result = parseIndexFile(after, 'x').entries;
        expect(Object.fromEntries(result)).toEqual(Object.fromEntries(expected));
        expect(after).toContain(NOW);
        expect(after).toContain('mine');
        // Taking nothing out and putting in nothing new changes nothing but the time.
        const none = new Map([...read].map(([key, list]): [string, ListEdit] => [key, { order: [...list.keys()] }]));
        const kept = [...none].filter(([, { order }]) => order.length > 0);
        if (kept.length === 0) return;
        expect(editIndex(before, read, new Map(kept), '2020-01-01T00:00:00Z').replace(/generated:.*/, '')).toBe(
          before.replace(/generated:.*/, ''),
        );
      }),
      { numRuns: 60 },
    );
  });
});
