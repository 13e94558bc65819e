import { describe, expect, it } from '@jest/globals';
import { chartChanges } from '../../../src/charts/chart-changes.js';
import type { ChartFile } from '../../../src/charts/chart-files.js';

const chart = (files: Readonly<Record<string, string>>): readonly ChartFile[] =>
  Object.entries(files).map(([path, text]) => ({ path, data: Buffer.from(text) }));
const meta = (more = '') => `apiVersion: v2\nname: shop\nversion: 1.0.0\n${more}`;
const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

describe('images of two charts', () => {
  const values = (text: string, more = '') => chart({ 'Chart.yaml': meta(more), 'values.yaml': text });

  it.each<[string, string, string, readonly (readonly string[])[]]>([
    [
      'a new tag',
      'image: { repository: a/b, tag: "1" }',
      'image: { repository: a/b, tag: "2" }',
      [['image', 'a/b', '1', '2']],
    ],
    ['the same', 'image: { repository: a/b, tag: "1" }', 'image: { repository: a/b, tag: "1" }', []],
    ['a text', 'image: a/b:1', `image: a/b:1@sha256:${A}`, [['image', 'a/b', '1', `1@sha256:${A}`]]],
    [
      'a digest',
      `image: { repository: a/b, tag: "1", digest: "sha256:${A}" }`,
      `image: { repository: a/b, tag: "1", digest: "sha256:${B}" }`,
      [['image', 'a/b', `1@sha256:${A}`, `1@sha256:${B}`]],
    ],
    ['a new image', 'x: 1', 'image: a/b:1', [['image', 'a/b', '', '1']]],
    ['one that is gone', 'image: a/b:1', 'x: 1', [['image', 'a/b', '1', '']]],
    [
      'another name at the same place',
      'image: a/b:1',
      'image: c/d:1',
      [
        ['image', 'a/b', '1', ''],
        ['image', 'c/d', '', '1'],
      ],
    ],
    [
      'one that moved',
      'api: { image: a/b:1 }',
      'web: { image: a/b:1 }',
      [
        ['api.image', 'a/b', '1', ''],
        ['web.image', 'a/b', '', '1'],
      ],
    ],
  ])('%s', async (_, before, after, expected) => {
    const { images } = await chartChanges(values(before), values(after));
    expect(images.map((image) => [image.place, image.name, image.before, image.after])).toEqual(expected);
  });

  it('count those that stay', async () => {
    const text = 'api: { image: a/b:1 }\nweb: { image: c/d:1 }\n';
    expect(await chartChanges(values(text), values(text.replace('c/d:1', 'c/d:2')))).toMatchObject({
      sameImages: 1,
      images: [{ place: 'web.image' }],
    });
  });

  it('cannot be told of broken values; everything else can', async () => {
    const { images, notes, files } = await chartChanges(values('a: 1'), values('a: [', 'appVersion: "2"\n'));
    expect(images).toEqual([]);
    expect(notes).toEqual([expect.stringContaining('The images cannot be told: values.yaml')]);
    expect(files.changed).toEqual(['Chart.yaml', 'values.yaml']);
  });
});

describe('Chart.yaml of two charts', () => {
  it('has fields, annotations and dependencies', async () => {
    const before = chart({
      'Chart.yaml': meta(
        'appVersion: "1"\nkubeVersion: ">=1.20"\nannotations: { commit: abc, same: x }\ndependencies:\n  - { name: db, version: ^1, repository: "" }\n  - { name: old, version: 1.0.0, repository: "" }\n',
      ),
      'Chart.lock':
        'dependencies:\n  - { name: db, version: 1.2.0, repository: "" }\n  - { name: old, version: 1.0.0, repository: "" }\ndigest: sha256:x\n',
    });
    const after = chart({
      'Chart.yaml': meta(
        'appVersion: "2"\ndeprecated: true\nannotations: { commit: def, same: x }\ndependencies:\n  - { name: db, version: ^1, repository: "" }\n  - { name: db, alias: cache, version: 2.0.0, repository: "" }\n',
      ),
      'Chart.lock':
        'dependencies:\n  - { name: db, version: 1.3.0, repository: "" }\n  - { name: db, version: 2.0.0, repository: "" }\ndigest: sha256:y\n',
    });
    const { fields, dependencies } = await chartChanges(before, after);
    expect(fields).toEqual([
      { name: 'appVersion', before: '1', after: '2' },
      { name: 'kubeVersion', before: '>=1.20', after: '' },
      { name: 'commit', before: 'abc', after: 'def' },
      { name: 'deprecated', before: '', after: 'true' },
    ]);
    expect(dependencies).toEqual([
      { name: 'db', before: '1.2.0', after: '1.3.0' },
      { name: 'old', before: '1.0.0', after: '' },
      { name: 'cache', before: '', after: '2.0.0' },
    ]);
  });

  it('of the first chart is all new, without a list of files', async () => {
    const { fields, files } = await chartChanges(undefined, chart({ 'Chart.yaml': meta('appVersion: "1"\n') }));
    expect(fields).toEqual([{ name: 'appVersion', before: '', after: '1' }]);
    expect(files).toEqual({ changed: [], added: [], removed: [] });
  });
});
