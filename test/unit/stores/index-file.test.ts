import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { parse as parseYaml11 } from 'yaml';
import { compareVersions, type IndexEntry } from '../../../src/core/chart-index.js';
import {
  parseIndexFile as readIndexFile,
  readIndexBytes,
  readIndexFile as readAndRemember,
  versionsOf,
} from '../../../src/stores/index-file.js';

const NOW = '2026-11-23T10:00:00.000Z';
const entry = (name: string, version: string, more: Record<string, unknown> = {}): IndexEntry => ({
  name,
  version,
  apiVersion: 'v2',
  urls: [`${name}-${version}.tgz`],
  created: '2026-01-01T00:00:00Z',
  digest: 'a'.repeat(64),
  ...more,
});

describe('a repository without an index', () => {
  it('gets one as JSON, one version a line, newest first', () => {
    const text = readIndexFile(undefined, 'index.yaml').add(
      [entry('web', '1.0.0'), entry('api', '1.0.0'), entry('api', '1.1.0')],
      NOW,
    );
    expect(text).toBe(
      [
        '{',
        '  "apiVersion": "v1",',
        '  "entries": {',
        '    "api": [',
        `      ${JSON.stringify(entry('api', '1.1.0'))},`,
        `      ${JSON.stringify(entry('api', '1.0.0'))}`,
        '    ],',
        '    "web": [',
        `      ${JSON.stringify(entry('web', '1.0.0'))}`,
        '    ]',
        '  },',
        `  "generated": "${NOW}"`,
        '}',
        '',
      ].join('\n'),
    );
  });

  it('grows line by line', () => {
    const first = readIndexFile(undefined, 'x').add([entry('api', '1.0.0')], NOW);
    const second = readIndexFile(first, 'x').add(
      [entry('api', '1.0.1'), entry('zoo', '0.1.0'), entry('a', '2.0.0')],
      NOW,
    );
    const third = readIndexFile(second, 'x').add([entry('api', '0.9.0'), entry('api', '1.0.1-rc.1')], NOW);
    expect(third.split('\n').slice(2, -3)).toEqual([
      '  "entries": {',
      '    "a": [',
      `      ${JSON.stringify(entry('a', '2.0.0'))}`,
      '    ],',
      '    "api": [',
      `      ${JSON.stringify(entry('api', '1.0.1'))},`,
      `      ${JSON.stringify(entry('api', '1.0.1-rc.1'))},`,
      `      ${JSON.stringify(entry('api', '1.0.0'))},`,
      `      ${JSON.stringify(entry('api', '0.9.0'))}`,
      '    ],',
      '    "zoo": [',
      `      ${JSON.stringify(entry('zoo', '0.1.0'))}`,
      '    ]',
      '  },',
    ]);
  });
});

/** As helm writes it. */
const HELM_YAML = `apiVersion: v1
entries:
  alpine:
  - created: "2016-10-06T16:23:20.499029981-06:00"
    description: |-
      Deploy a basic Alpine Linux pod:
        indented, and
      -  not an item
    digest: 99c76e403d752c84ead610644d4b1c2f2b453a74b921f422b9dcb8a7c8b559cd
    home: https://helm.sh/helm
    name: alpine
    sources:
    - https://github.com/helm/helm
    urls:
    - https://technosophos.github.io/tscharts/alpine-0.2.0.tgz
    version: 0.2.0
  - appVersion: "1.10"
    created: "2016-10-06T16:23:20.499543808-06:00"
    digest: 515c58e5f79d8b2913a10cb400ebb6fa9c77fe813287afbacf1a0b897cd78727
    name: alpine
    urls:
    - https://technosophos.github.io/tscharts/alpine-0.1.0.tgz
    version: 0.1.0
  nginx:
  - created: "2016-10-06T16:23:20.499543808-06:00"
    digest: aaff4545f79d8b2913a10cb400ebb6fa9c77fe813287afbacf1a0b897cdffffff
    name: nginx
    urls:
    - https://technosophos.github.io/tscharts/nginx-1.1.0.tgz
    version: 1.1.0
generated: "2016-10-06T16:23:20.499029981-06:00"
`;

describe('an index in YAML', () => {
  it('keeps every line and gets the new version in its style and place', () => {
    const text = readIndexFile(HELM_YAML, 'x').add([entry('alpine', '0.1.5', { appVersion: '1e3' })], NOW);
    const added = [
      '  - name: alpine',
      '    version: 0.1.5',
      '    apiVersion: v2',
      '    urls:',
      '    - alpine-0.1.5.tgz',
      '    created: "2026-01-01T00:00:00Z"',
      `    digest: ${'a'.repeat(64)}`,
      '    appVersion: "1e3"',
    ];
    const expected = HELM_YAML.replace('  - appVersion: "1.10"', `${added.join('\n')}\n  - appVersion: "1.10"`);
    expect(text).toBe(expected.replace(/generated: .*/, `generated: "${NOW}"`));
  });

  it('gets a new chart where its name belongs, also at either end', () => {
    const text = readIndexFile(HELM_YAML, 'x').add(
      [entry('a', '1.0.0'), entry('b', '1.0.0'), entry('z', '1.0.0')],
      NOW,
    );
    expect(text.match(/^ {2}\w+:$/gm)).toEqual(['  a:', '  alpine:', '  b:', '  nginx:', '  z:']);
    expect([...readIndexFile(text, 'x').entries.keys()]).toEqual(['a', 'alpine', 'b', 'nginx', 'z']);
  });

  it.each([
    ['lists that are indented', 'apiVersion: v1\nentries:\n    a:\n      - version: 1.0.0\n        name: a\n'],
    ['no charts yet', 'apiVersion: v1\nentries: {}\ngenerated: "2016"\n'],
    ['nothing below entries', 'apiVersion: v1\nentries:\n'],
    ['no entries at all', 'apiVersion: v1\n'],
    [
      'another order of keys, comments and a document start',
      '---\n# ours\ngenerated: x\nentries:\n  # a\n  a:\n  - {name: a, version: 1.0.0}\napiVersion: v1',
    ],
    ['flow style', 'apiVersion: v1\nentries: {a: [{name: a, version: 1.0.0, urls: [x]}]}\n'],
    ['anchors', 'apiVersion: v1\nentries:\n  a:\n  - &x {name: a, version: 1.0.0}\n  b:\n  - *x\n'],
    ['quoted names', 'apiVersion: v1\nentries:\n  "a":\n  - name: a\n    version: 1.0.0\n'],
    ['Windows line ends', 'apiVersion: v1\r\nentries:\r\n  a:\r\n  - name: a\r\n    version: 1.0.0\r\n'],
    ['no line end at the end', 'apiVersion: v1\nentries:\n  a:\n  - name: a\n    version: 1.0.0'],
  ])('with %s keeps its content', (_, before) => {
    const added = [entry('a', '1.1.0'), entry('zz', '1.0.0')];
    const text = readIndexFile(before, 'x').add(added, NOW);
    const old = load(before) as { entries?: Record<string, IndexEntry[]> | null };
    const merged = {
      ...old.entries,
      a: [entry('a', '1.1.0'), ...(old.entries?.['a'] ?? [])],
      zz: [entry('zz', '1.0.0')],
    };
    expect(load(text)).toEqual({ ...old, entries: merged, generated: NOW });
  });
});

describe('an index that is read again', () => {
  const long = (version: string, text: string) =>
    JSON.stringify({ apiVersion: 'v1', entries: { a: [entry('a', version, { description: text })] } });

  it.each([0, 1, 2, 3])('is known by its bytes, wherever a character of several bytes lies (%i)', (shift) => {
    const text = long('1.0.0', 'x'.repeat(65_536 - 150 + shift) + '😀é漢'.repeat(60_000));
    const file = readAndRemember(text, 'x');
    expect(readIndexBytes(Buffer.from(text), 'x')).toBe(file);
    const other = Buffer.from(text.replace('1.0.0', '1.0.1'));
    expect(other).toHaveLength(Buffer.byteLength(text));
    expect(readIndexBytes(other, 'x').entries.get('a')?.[0]?.version).toBe('1.0.1');
  });

  it('is what was written, and is added to as that', () => {
    const first = readAndRemember(undefined, 'x').add([entry('a', '1.0.0')], NOW);
    const second = readIndexBytes(Buffer.from(first), 'x').add([entry('a', '1.1.0'), entry('b', '0.1.0')], NOW);
    const third = readIndexBytes(Buffer.from(second), 'x').add([entry('a', '1.0.5')], NOW);
    expect(readIndexFile(third, 'x').entries).toEqual(readIndexBytes(Buffer.from(third), 'x').entries);
    expect(versionsOf(readIndexFile(third, 'x').entries, 'a').map(({ version }) => version)).toEqual([
      '1.1.0',
      '1.0.5',
      '1.0.0',
    ]);
  });

  it('is no index when its bytes are no text', () => {
    const bytes = Buffer.concat([Buffer.from('{"apiVersion":"v1","x":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"')]);
    expect(() => readIndexBytes(bytes, 'x')).toThrow(/x is no index of a chart repository/);
  });
});

describe('reading an index', () => {
  it.each([
    ['{', 'file'],
    ['apiVersion: v1\nentries: [', 'file'],
    ['<html>404</html>', 'file'],
    ['{"entries": {}}', 'file'],
    ['{"apiVersion": "v1", "entries": []}', 'file'],
    ['{"apiVersion": "v1", "entries": {"a": [{"name": "a"}]}}', 'file'],
    ['', 'file'],
  ])('refuses %j rather than starting anew', (text, code) => {
    expect(() => readIndexFile(text, 's3://b/index.yaml')).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringContaining('s3://b/index.yaml is no index of a chart repository'),
      }),
    );
  });

  it('gives versions newest first whatever the order, what is no version last', () => {
    const text = JSON.stringify({
      apiVersion: 'v1',
      entries: { a: ['1.0.0', 'x', '1.10.0', '1.9.0-rc.1', '1.9.0'].map((v) => entry('a', v)) },
    });
    expect(versionsOf(readIndexFile(text, 'x').entries, 'a').map(({ version }) => version)).toEqual([
      '1.10.0',
      '1.9.0',
      '1.9.0-rc.1',
      '1.0.0',
      'x',
    ]);
  });

  it('knows no chart that the file does not name, even if JavaScript does', () => {
    const { entries } = readIndexFile('{"apiVersion":"v1","entries":{"__proto__":[]}}', 'x');
    expect(versionsOf(entries, 'constructor')).toEqual([]);
    expect([...entries.keys()]).toEqual(['__proto__']);
  });
});

const version = fc
  .tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.constantFrom('', '-rc.1', '-develop.10', '+build'))
  .map(([major, minor, patch, rest]) => `${major}.${minor}.${patch}${rest}`);
const text = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('1e3', 'yes', '0x1', '2024-01-01', '1:30', '~', '- a', 'a: b', '0o17', '"', '\n x\n', '=', '1_0'),
  )
  .filter((value) => !/\p{Surrogate}/u.test(value));
const anyEntry = fc
  .tuple(
    fc.constantFrom('api', 'web', 'a-b', 'constructor'),
    version,
    fc.dictionary(fc.constantFrom('description', 'appVersion', 'home', 'x-unknown'), text),
    fc.dictionary(text, text, { maxKeys: 3 }),
  )
  .map(([name, number, more, annotations]) => entry(name, number, { ...more, annotations }));
const unique = (list: readonly IndexEntry[]) => [
  ...new Map(list.map((item) => [`${item.name} ${item.version}`, item])).values(),
];

function indexOf(list: readonly IndexEntry[]) {
  const entries: Record<string, IndexEntry[]> = {};
  for (const item of list)
    (Object.hasOwn(entries, item.name) ? entries[item.name] : (entries[item.name] = []))?.push(item);
  for (const items of Object.values(entries)) items.sort((a, b) => compareVersions(a.version, b.version));
  return { apiVersion: 'v1', entries, publicKeys: ['x'], generated: 'then' };
}

const byKey = (list: readonly IndexEntry[]) => new Map(list.map((item) => [`${item.name} ${item.version}`, item]));
const allOf = (content: { entries: Record<string, IndexEntry[]> }) => byKey(Object.values(content.entries).flat());

describe('whatever is in it', () => {
  it.each([0, 2, undefined])('JSON with indentation %p keeps every other byte of every other entry', (indentation) => {
    fc.assert(
      fc.property(
        fc.array(anyEntry, { maxLength: 8 }),
        fc.array(anyEntry, { minLength: 1, maxLength: 3 }),
        (old, fresh) => {
          const before = unique(old);
          const added = unique(fresh).filter((item) => !byKey(before).has(`${item.name} ${item.version}`));
          const original = JSON.stringify(indexOf(before), null, indentation);
          const result = readIndexFile(original, 'x').add(added, NOW);
          const content = JSON.parse(result) as ReturnType<typeof indexOf>;
          expect(allOf(content)).toEqual(byKey([...before, ...added]));
          expect(content).toMatchObject({ apiVersion: 'v1', publicKeys: ['x'], generated: NOW });
          for (const list of Object.values(content.entries)) {
            const versions = list.map((item) => item.version);
            expect([...versions].sort(compareVersions)).toEqual(versions);
          }
          // Taking out again what was put in leaves the original: nothing else has changed.
          for (const item of before) {
            const text = JSON.stringify(item, null, indentation)
              .split('\n')
              .map((line) => line.trim());
            const lines = result
              .split('\n')
              .map((line) => line.trim())
              .join('\n');
            expect(lines).toContain(text.join('\n'));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('YAML keeps the content of every entry, for YAML 1.1 and 1.2 readers', () => {
    fc.assert(
      fc.property(
        fc.array(anyEntry, { maxLength: 6 }),
        fc.array(anyEntry, { minLength: 1, maxLength: 3 }),
        (old, fresh) => {
          const before = unique(old);
          const added = unique(fresh).filter((item) => !byKey(before).has(`${item.name} ${item.version}`));
          const original = readIndexFile('apiVersion: v1\nentries: {}\n', 'x').add(before, 'then');
          const result = readIndexFile(original, 'x').add(added, NOW);
          const expected = byKey([...before, ...added]);
          expect(allOf(load(result) as ReturnType<typeof indexOf>)).toEqual(expected);
          const strict = parseYaml11(result, { version: '1.1', maxAliasCount: 0 }) as ReturnType<typeof indexOf>;
          expect(allOf(strict)).toEqual(expected);
        },
      ),
      { numRuns: 30 },
    );
  });
});
