import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { parse } from 'yaml';
import { HelmCdError } from '../../src/core/errors.js';
import { formatPointer, type Pointer } from '../../src/core/json-pointer.js';
import { editYaml, pointersTo } from '../../src/core/yaml-edit.js';
import { walkYaml } from '../../src/core/yaml-nodes.js';
import { renderScalar } from '../../src/core/yaml-quoting.js';
import { parseYaml } from '../../src/core/yaml-scalars.js';
import { bumped, chartYaml } from '../support/bump.js';
import { writeFiles } from '../support/charts.js';
import { temporaryFolder, toolchainBin } from '../support/services.js';
import { imageTags, yamlTexts } from '../support/yaml-texts.js';

jest.setTimeout(180_000);

/** What YAML takes for something else, and ordinary ones. */
const TAGS = [
  ...[
    '1.4.0',
    'v2',
    '1e5',
    '12e4',
    '0123',
    '0o17',
    '0b11',
    '0x1A',
    '1.20',
    '1.',
    '58467965',
    '6801028e06',
    '1_000',
    '08',
  ],
  ...[
    'yes',
    'no',
    'on',
    'y',
    'N',
    'true',
    'null',
    'NaN',
    '2024-01-02',
    '2024-1-2',
    '1.0.0-rc.1',
    'sha-0123abc',
    '00',
    '1e400',
  ],
];
const FORMS = [
  (name: string) => `${name}: {image: {repository: ghcr.io/acme/${name}, tag: 0.0.1}}\n`,
  (name: string) => `${name}:\n  image:\n    repository: ghcr.io/acme/${name}\n    tag:\n`,
  (name: string) => `${name}:\n  image:\n    repository: ghcr.io/acme/${name}\n    tag: ''\n`,
  (name: string) => `${name}:\n  image:\n    repository: ghcr.io/acme/${name}\n    tag: |-\n      0.0.1\n`,
];
const TEMPLATE = `{{- range $name, $it := .Values }}
{{- if kindIs "map" $it }}{{- if $it.image }}
---
kind: {{ $name }}
type: {{ kindOf $it.image.tag }}
image: "{{ $it.image.repository }}:{{ $it.image.tag }}"
{{- end }}{{- end }}
{{- end }}
`;

const SEED = 20261123;

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder('helm-cd-bump-helm-');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe.each(['helm', 'helm3'])('what bump-image-tag writes, as %s reads it', (helm) => {
  it('is a text, and the tag, for every tag in every form', async () => {
    const names = TAGS.flatMap((_, tag) => FORMS.map((_form, form) => `i${tag}-${form}`));
    const values = names.map((name, index) => FORMS[index % FORMS.length]?.(name) ?? '').join('');
    const files = {
      'Chart.yaml': chartYaml('shop'),
      'values.yaml': values,
      'templates/images.yaml': TEMPLATE,
    };
    const images = names.map((name, index) => `ghcr.io/acme/${name}:${TAGS[Math.floor(index / FORMS.length)] ?? ''}`);
    const after = await bumped(files, { images, scopes: [{ folder: '' }], allowDowngrade: true });
    await writeFiles(folder, { ...files, ...after });
    const rendered = execFileSync(path.join(toolchainBin, helm), ['template', 'x', folder], {
      encoding: 'utf8',
      env: { ...process.env, HOME: folder },
    });
    const documents = rendered.split('\n---\n').flatMap((text) => {
      const document = parse(text) as { kind?: string; type?: string; image?: string } | null;
      return document?.kind === undefined ? [] : [document];
    });
    expect(documents).toHaveLength(names.length);
    for (const { type, image } of documents) {
      // A block scalar keeps its form whatever is in it; it is a string in any case.
      expect(type).toBe('string');
      expect(images).toContain(image);
    }
    expect(new Set(documents.map(({ image }) => image)).size).toBe(names.length);
  });
});

/** A chart that shows each of its files as Helm's parser reads it. */
const READ_FILES = `{{- range $path, $_ := .Files.Glob "files/*" }}
{{ $path }}: {{ $.Files.Get $path | fromYaml | toJson }}
{{- end }}
`;

/** The pointers at which two values differ. */
function differences(before: unknown, after: unknown, at = ''): readonly string[] {
  const isMap = (value: unknown): value is object => value !== null && typeof value === 'object';
  if (!isMap(before) || !isMap(after)) return Object.is(before, after) ? [] : [at];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    differences(Reflect.get(before, key), Reflect.get(after, key), `${at}${formatPointer([key])}`),
  );
}

/** Texts that some parser takes for a number, a boolean, a null, a time or a merge key. */
const ODD_TEXTS = [
  ...['1e5', '12e4', '0123', '0x1A', '1.20', '.5', '+1', '-1', '58467965', '1_000', '1:30', '190:20:30', '0o17', '0b1'],
  ...[
    'yes',
    'Yes',
    'on',
    'OFF',
    'y',
    'N',
    'true',
    'FALSE',
    'null',
    'Null',
    '~',
    '',
    '=',
    '<<',
    '.inf',
    '-.INF',
    '.nan',
  ],
  ...['2024-01-02', '2024-01-02T03:04:05Z', '1,000', '08', '1.', '+.5e3', '0x_1', '1e400', 'NaN', 'Infinity', "it's"],
  ...['a: b', 'a #b', '- a', '[a]', '{a}', '"a"', '%a', '@a', '`a', '!a', '&a', '*a', '|', '>', '?', ': ', 'a:', ' a '],
];

describe.each(['helm', 'helm3'])('any text, for %s', (helm) => {
  it('is that text in every style, in block and in flow', async () => {
    const styles = ['plain', 'single', 'double', 'empty', 'literal', 'folded'] as const;
    const places = ODD_TEXTS.flatMap((text) =>
      styles.flatMap((style) =>
        (['single', 'double'] as const).flatMap((quote) => [
          { text, source: `k: ${renderScalar(text, style, { inFlow: false, quote })} # c\n` },
          { text, source: `{k: ${renderScalar(text, style, { inFlow: true, quote })}, l: 1}\n` },
        ]),
      ),
    );
    const sources = new Map(places.map(({ source, text }) => [source, text]));
    const files = Object.fromEntries([...sources.keys()].map((source, index) => [`files/${index}`, source]));
    await writeFiles(folder, { ...files, 'Chart.yaml': chartYaml('shop'), 'templates/files.yaml': READ_FILES });
    const rendered = execFileSync(path.join(toolchainBin, helm), ['template', 'x', folder], {
      encoding: 'utf8',
      env: { ...process.env, HOME: folder },
    });
    const read = parse(rendered) as Record<string, { k?: unknown }>;
    for (const [index, [source, text]] of [...sources].entries()) {
      expect([source, read[`files/${index}`]?.k]).toEqual([source, text]);
    }
  });
});

describe.each(['helm', 'helm3'])('any YAML, for %s', (helm) => {
  it('has one more text after an edit, the tag, and nothing else changed', async () => {
    const cases: { pointer: Pointer; pointers: readonly string[]; tag: string; text: string; after: string }[] = [];
    const files: Record<string, string> = { 'Chart.yaml': chartYaml('shop'), 'templates/files.yaml': READ_FILES };
    const samples = fc.record({ text: yamlTexts, tag: imageTags, pick: fc.nat() });
    for (const { text, tag, pick } of fc.sample(samples, { numRuns: 500, seed: SEED })) {
      const file = parseYaml('values.yaml', text);
      const scalars = [...walkYaml(file.documents[0])].filter(({ node }) => node.kind === 'scalar');
      const { pointer, node } = scalars[pick % Math.max(1, scalars.length)] ?? {};
      if (pointer === undefined || node?.kind !== 'scalar') continue;
      let after: string;
      try {
        after = editYaml(file, new Map([[node, tag]])).text;
      } catch (error) {
        expect(error).toBeInstanceOf(HelmCdError);
        continue;
      }
      const pointers = pointersTo(file, new Set([node])).get(node) ?? [formatPointer(pointer)];
      files[`files/${cases.length}-before`] = text;
      files[`files/${cases.length}-after`] = after;
      cases.push({ pointer, pointers, tag, text, after });
    }
    await writeFiles(folder, files);
    const rendered = execFileSync(path.join(toolchainBin, helm), ['template', 'x', folder], {
      encoding: 'utf8',
      env: { ...process.env, HOME: folder },
      maxBuffer: 2 ** 28,
    });
    const read = parse(rendered) as Record<string, unknown>;
    let compared = 0;
    for (const [index, { pointer, pointers, tag, text, after }] of cases.entries()) {
      const before = read[`files/${index}-before`];
      // What Helm itself cannot read is nobody's values file.
      if (typeof before !== 'object' || before === null || 'Error' in before) continue;
      compared += 1;
      const now = read[`files/${index}-after`];
      const value = pointer.reduce((parent, key) => (parent as Record<string, unknown> | null)?.[key], now);
      const changed = differences(before, now).filter((at) => !pointers.includes(at));
      expect([text, after, changed]).toEqual([text, after, []]);
      expect([text, after, typeof value, String(value).trim()]).toEqual([text, after, 'string', tag]);
    }
    expect(compared).toBeGreaterThan(250);
  });
});

describe.each(['helm', 'helm3'])('a chart that contains a bumped one, for %s', (helm) => {
  it('can still be built from its Chart.lock', async () => {
    const program = path.join(toolchainBin, helm);
    const options = { encoding: 'utf8', cwd: folder, env: { ...process.env, HOME: folder }, stdio: 'pipe' } as const;
    const files: Record<string, string> = {
      'charts/api/Chart.yaml': chartYaml('api'),
      'charts/api/values.yaml': 'image: ghcr.io/acme/api:1.0.0\n',
      'charts/all/Chart.yaml': chartYaml(
        'all',
        '1.0.0',
        'dependencies:\n- {name: api, version: 1.0.0, repository: "file://../api"}\n',
      ),
    };
    await writeFiles(folder, files);
    execFileSync(program, ['dependency', 'update', 'charts/all'], options);
    const lock = await readFile(path.join(folder, 'charts/all/Chart.lock'), 'utf8');
    const after = await bumped(
      { ...files, 'charts/all/Chart.lock': lock },
      { images: ['ghcr.io/acme/api:1.1.0'], scopes: [{ folder: 'charts/api' }] },
    );
    expect(Object.keys(after)).toContain('charts/all/Chart.lock');
    await writeFiles(folder, after);
    await rm(path.join(folder, 'charts/all/charts'), { recursive: true });
    execFileSync(program, ['dependency', 'build', 'charts/all'], options);
    expect(await readdir(path.join(folder, 'charts/all/charts'))).toEqual(['api-1.1.0.tgz']);
    expect(await readFile(path.join(folder, 'charts/all/Chart.lock'), 'utf8')).toBe(after['charts/all/Chart.lock']);
  });
});
