import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { bumped, chartYaml } from '../support/bump.js';
import { writeFiles } from '../support/charts.js';
import { temporaryFolder, toolchainBin } from '../support/services.js';

jest.setTimeout(60_000);

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
