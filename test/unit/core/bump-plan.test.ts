import { describe, expect, it } from '@jest/globals';
import { lockDigest } from '../../../src/core/dependency-lock.js';
import { parseTarget } from '../../../src/core/bump-target.js';
import { bumped, chartYaml, planFor, type BumpCase, type Files } from '../../support/bump.js';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const API = 'ghcr.io/acme/api';
const VALUES = 'charts/shop/values.yaml';
const CHART = 'charts/shop/Chart.yaml';

const shop = (values: string, more: Files = {}): Files => ({
  [CHART]: chartYaml('shop'),
  [VALUES]: values,
  ...more,
});
/** The values after a bump of one image. */
async function values(before: string, image: string, given: Partial<BumpCase> = {}): Promise<string | undefined> {
  return (await bumped(shop(before), { ...given, images: [image] }))[VALUES];
}

describe('forms of images in values', () => {
  it.each([
    ['repository and tag', `image: {repository: ${API}, tag: 1.0.0}\n`, `image: {repository: ${API}, tag: 1.1.0}\n`],
    [
      'registry, repository and tag',
      'i: {registry: ghcr.io, repository: acme/api, tag: v1}\n',
      'i: {registry: ghcr.io, repository: acme/api, tag: 1.1.0}\n',
    ],
    [
      'a registry for all',
      'global: {imageRegistry: ghcr.io}\ni: {registry: docker.io, repository: acme/api, tag: v1}\n',
      'global: {imageRegistry: ghcr.io}\ni: {registry: docker.io, repository: acme/api, tag: 1.1.0}\n',
    ],
    [
      'global.image.registry',
      'global: {image: {registry: ghcr.io/}}\ni: {repository: acme/api, tag: v1}\n',
      'global: {image: {registry: ghcr.io/}}\ni: {repository: acme/api, tag: 1.1.0}\n',
    ],
    ['a text', `image: ${API}:1.0.0 # c\n`, `image: ${API}:1.1.0 # c\n`],
    ['a quoted text with a digest', `image: "${API}:1.0.0@${A}"\n`, `image: "${API}:1.1.0"\n`],
    ['a text of a digest', `image: ${API}@${A}\n`, `image: ${API}:1.1.0\n`],
    [
      'a list of containers',
      `extra:\n- name: x\n  image: ${API}:1.0.0\n- name: y\n  image: busybox:1\n`,
      `extra:\n- name: x\n  image: ${API}:1.1.0\n- name: y\n  image: busybox:1\n`,
    ],
    ['a list of images', `images:\n- ${API}:1.0.0\n`, `images:\n- ${API}:1.1.0\n`],
    [
      'a text under any key',
      `env: [{name: RELATED, value: "${API}:1.0.0"}]\n`,
      `env: [{name: RELATED, value: "${API}:1.1.0"}]\n`,
    ],
    ['image and tag', `api: {image: ${API}, tag: 1.0.0}\n`, `api: {image: ${API}, tag: 1.1.0}\n`],
    ['image and imageTag', `api: {image: ${API}, imageTag: 1.0.0}\n`, `api: {image: ${API}, imageTag: 1.1.0}\n`],
    [
      'imageRepository and imageTag',
      `imageRepository: ${API}\nimageTag: 1.0.0\n`,
      `imageRepository: ${API}\nimageTag: 1.1.0\n`,
    ],
    ['name and tag in an image', `image: {name: ${API}, tag: 1.0.0}\n`, `image: {name: ${API}, tag: 1.1.0}\n`],
    ['an empty tag', `image:\n  repository: ${API}\n  tag: ""\n`, `image:\n  repository: ${API}\n  tag: "1.1.0"\n`],
    [
      'a tag that is not there',
      `image:\n  repository: ${API}\n  tag:\n`,
      `image:\n  repository: ${API}\n  tag: 1.1.0\n`,
    ],
    [
      'a tag with a digest in it',
      `image: {repository: ${API}, tag: "1.0.0@${A}"}\n`,
      `image: {repository: ${API}, tag: "1.1.0"}\n`,
    ],
    [
      'a digest beside the tag',
      `image: {repository: ${API}, tag: 1.0.0, digest: "${A}"}\n`,
      `image: {repository: ${API}, tag: 1.1.0, digest: ""}\n`,
    ],
    [
      'a bare digest beside the tag',
      `image: {repository: ${API}, tag: 1.0.0, sha: ${'a'.repeat(64)}}\n`,
      `image: {repository: ${API}, tag: 1.1.0, sha: ""}\n`,
    ],
    [
      'imageDigest beside imageTag',
      `a: {imageRepository: ${API}, imageTag: 1.0.0, imageDigest: "${A}"}\n`,
      `a: {imageRepository: ${API}, imageTag: 1.1.0, imageDigest: ""}\n`,
    ],
    [
      'repository and version in an image',
      `image: {repository: ${API}, version: 1.0.0}\n`,
      `image: {repository: ${API}, version: 1.1.0}\n`,
    ],
    ['image and version', `a: {image: ${API}, version: 1.0.0}\n`, `a: {image: ${API}, version: 1.1.0}\n`],
    [
      'a tag beside a version of something else',
      `image: {repository: ${API}, version: 1.0.0, tag: 1.0.0}\n`,
      `image: {repository: ${API}, version: 1.0.0, tag: 1.1.0}\n`,
    ],
    [
      'two uses with one tag',
      `a: {repository: ${API}, tag: 1.0.0}\nb: {repository: ${API}, tag: 1.0.0}\n`,
      `a: {repository: ${API}, tag: 1.1.0}\nb: {repository: ${API}, tag: 1.1.0}\n`,
    ],
    [
      'an anchor',
      `v: &v 1.0.0\na: {repository: ${API}, tag: *v}\nb: {x: *v}\n`,
      `v: &v 1.1.0\na: {repository: ${API}, tag: *v}\nb: {x: *v}\n`,
    ],
    [
      'a merged map',
      `d: &d {tag: 1.0.0}\na: {<<: *d, repository: ${API}}\n`,
      `d: &d {tag: 1.1.0}\na: {<<: *d, repository: ${API}}\n`,
    ],
    [
      'other images are left alone',
      `a: {repository: ${API}, tag: 1.0.0}\nb: {repository: ghcr.io/acme/api2, tag: 1.0.0}\n`,
      `a: {repository: ${API}, tag: 1.1.0}\nb: {repository: ghcr.io/acme/api2, tag: 1.0.0}\n`,
    ],
  ])('%s', async (_, before, after) => {
    expect(await values(before, `${API}:1.1.0`)).toBe(after);
  });

  it.each([
    [
      'tag and digest',
      `image: {repository: ${API}, tag: 1.0.0, digest: "${A}"}\n`,
      `image: {repository: ${API}, tag: 1.1.0, digest: "${B}"}\n`,
    ],
    [
      'an empty digest',
      `image: {repository: ${API}, tag: 1.0.0, digest: ""}\n`,
      `image: {repository: ${API}, tag: 1.1.0, digest: "${B}"}\n`,
    ],
    [
      'a bare digest',
      `image: {repository: ${API}, tag: 1.0.0, sha: ${'a'.repeat(64)}}\n`,
      `image: {repository: ${API}, tag: 1.1.0, sha: ${'b'.repeat(64)}}\n`,
    ],
    ['a text', `image: ${API}:1.0.0\n`, `image: ${API}:1.1.0@${B}\n`],
    [
      'a tag with a digest in it',
      `image: {repository: ${API}, tag: 1.0.0@${A}}\n`,
      `image: {repository: ${API}, tag: "1.1.0@${B}"}\n`,
    ],
    [
      'a tag that is a digest',
      `image: {repository: ${API}, tag: "${A}"}\n`,
      `image: {repository: ${API}, tag: "${B}"}\n`,
    ],
    ['no room for a digest', `image: {repository: ${API}, tag: 1.0.0}\n`, `image: {repository: ${API}, tag: 1.1.0}\n`],
  ])('a digest too: %s', async (_, before, after) => {
    expect(await values(before, `${API}:1.1.0@${B}`)).toBe(after);
  });

  it('with a digest only, a tag beside it stays, in a text it goes', async () => {
    expect(await values(`image: {repository: ${API}, tag: 1.0.0, digest: ${A}}\n`, `${API}@${B}`)).toBe(
      `image: {repository: ${API}, tag: 1.0.0, digest: "${B}"}\n`,
    );
    expect(await values(`image: {repository: ${API}, tag: 1.0.0@${A}}\n`, `${API}@${B}`)).toBe(
      `image: {repository: ${API}, tag: "1.0.0@${B}"}\n`,
    );
    expect(await values(`image: ${API}:1.0.0@${A}\n`, `${API}@${B}`)).toBe(`image: ${API}@${B}\n`);
    expect(await values(`image: {repository: ${API}, digest: ${A}}\n`, `${API}@${B}`)).toBe(
      `image: {repository: ${API}, digest: "${B}"}\n`,
    );
  });

  it.each([
    [
      `image: {repository: ${API}, tag: 1.0.0}\n`,
      `${API}@${B}`,
      `${API} is given by digest only, and there is no digest beside this tag.`,
    ],
    [
      `image: {repository: ${API}, digest: "${A}"}\n`,
      `${API}:1.1.0`,
      `${API}:1.1.0 has no digest, and here the image is known by digest only.`,
    ],
    [`image: {repository: ${API}}\n`, `${API}:1.1.0`, `${API} has neither a tag nor a digest key beside its name.`],
  ])('refuses %j with %s', async (before, image, message) => {
    await expect(values(before, image)).rejects.toMatchObject({
      code: 'refused',
      message: `${VALUES}: ${message}`,
      place: { file: VALUES, line: 1 },
    });
  });
});

describe('finding images', () => {
  it('lists what there is when an image is not there', async () => {
    const files = shop(
      `a: {repository: ghcr.io/acme/web, tag: 1.0.0}\nb:\n  image: busybox:1.36\nc: {image: {repository: x/y}}\n`,
    );
    await expect(planFor(files, { images: [`${API}:1.1.0`] })).rejects.toMatchObject({
      code: 'not-found',
      message: [
        `No place for ${API} was found in charts/shop. Images found there:`,
        `  ${VALUES}:1  ghcr.io/acme/web, tag 1.0.0`,
        `  ${VALUES}:3  busybox:1.36`,
        `  ${VALUES}:4  x/y, tag (empty)`,
        '',
      ].join('\n'),
      hint: expect.stringContaining('targets'),
    });
    await expect(planFor(shop('a: 1\n'), { images: [`${API}:1.1.0`] })).rejects.toThrow(
      'No image was found there at all.',
    );
  });

  it('asks for targets when an image is there with different tags', async () => {
    const files = shop(`a: {repository: ${API}, tag: 1.0.0}\nb: {repository: ${API}, tag: 0.9.0}\n`);
    await expect(planFor(files, { images: [`${API}:1.1.0`] })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(
        /is used with different tags.*:1:17 {2}\/a {2}1\.0\.0\n.*:2:17 {2}\/b {2}0\.9\.0/s,
      ),
      hint: expect.stringContaining('targets'),
    });
  });

  it('tells of images inside longer texts', async () => {
    const text = `args: ["--image=${API}:1.0.0"]\nfile: |\n  image: ${API}:1.1.0\n`;
    const plan = await planFor(shop(`${text}image: ${API}:1.0.0\n`), { images: [`${API}:1.1.0`] });
    expect(plan.changes.map(({ pointer }) => pointer)).toEqual(['/image']);
    expect(plan.notes).toEqual([
      `${VALUES}:1  ${API}:1.0.0 stays: it stands inside a longer text, which is not written.`,
    ]);
    await expect(planFor(shop(text), { images: [`${API}:1.1.0`] })).rejects.toThrow(
      `Images found there:\n  ${VALUES}:1  ${API}:1.0.0, inside a longer text, which is not written\n`,
    );
  });

  it('knows Docker Hub by all its names', async () => {
    expect(await values('image: nginx:1.25.0\n', 'docker.io/library/nginx:1.26.0')).toBe('image: nginx:1.26.0\n');
    expect(await values('image: {registry: docker.io, repository: nginx, tag: 1.25.0}\n', 'nginx:1.26.0')).toContain(
      'tag: 1.26.0',
    );
    await expect(
      values('image: {registry: ghcr.io, repository: acme/api, tag: 1.0.0}\n', 'acme/api:1.1.0'),
    ).rejects.toThrow('No place for acme/api');
  });

  it('writes to the overlay that is in force, else to the chart’s values', async () => {
    const files = shop(`a: {repository: ${API}, tag: 1.0.0}\nb: {repository: ghcr.io/acme/web, tag: 1.0.0}\n`, {
      'charts/shop/env/develop.yaml': 'a: {tag: 1.0.1}\n',
    });
    const scopes = [{ folder: 'charts/shop', overlays: ['charts/shop/env/develop.yaml'] }];
    expect(await bumped(files, { images: [`${API}:1.0.2`, 'ghcr.io/acme/web:1.0.1'], scopes })).toEqual({
      'charts/shop/env/develop.yaml': 'a: {tag: 1.0.2}\n',
      [VALUES]: `a: {repository: ${API}, tag: 1.0.0}\nb: {repository: ghcr.io/acme/web, tag: 1.0.1}\n`,
      [CHART]: chartYaml('shop', '1.0.1'),
    });
  });

  it('finds an image that an overlay renames', async () => {
    const files = shop(`a: {repository: other/api, tag: 1.0.0}\n`, {
      'charts/shop/env.yaml': `a: {repository: ${API}}\n`,
    });
    const scopes = [{ folder: 'charts/shop', overlays: ['charts/shop/env.yaml'] }];
    expect(await bumped(files, { images: [`${API}:1.0.2`], scopes })).toMatchObject({
      [VALUES]: 'a: {repository: other/api, tag: 1.0.2}\n',
    });
  });

  it('says which overlay is missing', async () => {
    const scopes = [{ folder: 'charts/shop', overlays: ['charts/shop/env/develp.yaml'] }];
    const files = shop('a: 1\n', { 'charts/shop/env/develop.yaml': '' });
    await expect(planFor(files, { images: [`${API}:1`], scopes })).rejects.toThrow(
      'values of chart charts/shop: the repository has no file charts/shop/env/develp.yaml, did you mean "charts/shop/env/develop.yaml"?',
    );
  });

  it('bumps every chart that uses the image, in one plan', async () => {
    const files = {
      ...shop(`a: {repository: ${API}, tag: 1.0.0}\n`),
      'charts/jobs/Chart.yaml': chartYaml('jobs', '0.3.0'),
      'charts/jobs/values.yaml': `image: ${API}:0.9.0\n`,
      'charts/other/Chart.yaml': chartYaml('other'),
      'charts/other/values.yaml': 'image: x:1\n',
    };
    const scopes = [{ folder: 'charts/shop' }, { folder: 'charts/jobs' }, { folder: 'charts/other' }];
    expect(await bumped(files, { images: [`${API}:1.1.0`], scopes })).toEqual({
      [VALUES]: `a: {repository: ${API}, tag: 1.1.0}\n`,
      [CHART]: chartYaml('shop', '1.1.0'),
      'charts/jobs/values.yaml': `image: ${API}:1.1.0\n`,
      'charts/jobs/Chart.yaml': chartYaml('jobs', '1.0.0'),
    });
  });

  it('works on a chart at the root of the repository', async () => {
    const files = { 'Chart.yaml': chartYaml('shop'), 'values.yaml': `image: ${API}:1.0.0\n` };
    expect(await bumped(files, { images: [`${API}:1.0.1`], scopes: [{ folder: '' }] })).toEqual({
      'Chart.yaml': chartYaml('shop', '1.0.1'),
      'values.yaml': `image: ${API}:1.0.1\n`,
    });
  });

  it('writes to a subchart’s values, or to the parent’s where they override them', async () => {
    const files = {
      ...shop('sub: {image: {tag: 1.0.1}}\n'),
      [CHART]: chartYaml(
        'shop',
        '1.0.0',
        'dependencies:\n- {name: api, alias: sub, version: 1.x, repository: "file://../api"}\n',
      ),
      'charts/api/Chart.yaml': chartYaml('api', '1.0.0'),
      'charts/api/values.yaml': `image: {repository: ${API}, tag: 1.0.0}\n`,
    };
    expect(await bumped(files, { images: [`${API}:1.0.2`] })).toMatchObject({
      [VALUES]: 'sub: {image: {tag: 1.0.2}}\n',
    });
    expect(await bumped({ ...files, [VALUES]: 'x: 1\n' }, { images: [`${API}:1.0.2`] })).toMatchObject({
      'charts/api/values.yaml': `image: {repository: ${API}, tag: 1.0.2}\n`,
      'charts/api/Chart.yaml': chartYaml('api', '1.0.1'),
    });
  });
});

describe('targets', () => {
  const files = shop(
    `a: {repository: ${API}, tag: 1.0.0, digest: ${A}}\nb: {version: 1.0.0}\nc: [{image: "x/y:1"}]\nd: ${A}\n`,
  );
  const at = (target: string, image = `${API}:1.1.0`) => bumped(files, { images: [image], targets: [target] });

  it.each([
    [`${VALUES}#/a/tag`, `${API}:1.1.0`, '{repository: ghcr.io/acme/api, tag: 1.1.0, digest: ""}'],
    [`${VALUES}#/a`, `${API}:1.1.0@${B}`, `{repository: ghcr.io/acme/api, tag: 1.1.0, digest: "${B}"}`],
    [`${VALUES}#/a/digest`, `${API}:1.1.0@${B}`, `{repository: ghcr.io/acme/api, tag: 1.0.0, digest: "${B}"}`],
    [`${VALUES}#/b/version`, `${API}:1.1.0`, 'b: {version: 1.1.0}'],
    [`${VALUES}#/c/0/image`, 'x/y:2.0.0', 'c: [{image: "x/y:2.0.0"}]'],
    [`${VALUES}#/d`, `${API}@${B}`, `d: ${B}`],
    [`${VALUES}#/b/version`, `${API}:1.20`, 'b: {version: "1.20"}'],
    [`${API}=${VALUES}#/b/version`, `${API}:1.1.0`, 'b: {version: 1.1.0}'],
  ])('%s', async (target, image, expected) => {
    const after = await at(target, image);
    expect(after[VALUES]).toContain(expected);
    expect(after[CHART]).toMatch(/version: 1\.(?:0\.1|1\.0)\n/);
  });

  it.each([
    [
      `${VALUES}#/a/tg`,
      'not-found',
      `Target ${VALUES}#/a/tg does not exist, did you mean "/a/tag"?`,
      'What there is in /a: repository, tag, digest.',
    ],
    [
      `${VALUES}#/x/y/z`,
      'not-found',
      `Target ${VALUES}#/x/y/z does not exist`,
      'What there is in the file: a, b, c, d.',
    ],
    [
      `${VALUES}#/c/3/image`,
      'not-found',
      `Target ${VALUES}#/c/3/image does not exist, did you mean "/c/0/image"?`,
      'What there is in /c: a list of 1.',
    ],
    [`${VALUES}#/c`, 'input', `Target ${VALUES}#/c is a list.`, 'Name the item'],
    [`${VALUES}#/b`, 'input', `Target ${VALUES}#/b is a map without repository and tag.`, 'Name the value itself'],
    [
      'charts/shop/value.yaml#/a',
      'not-found',
      `targets: the repository has no file charts/shop/value.yaml, did you mean "${VALUES}"?`,
      'relative to the repository',
    ],
  ])('%s: %s', async (target, code, message, hint) => {
    await expect(at(target)).rejects.toMatchObject({ code, message, hint: expect.stringContaining(hint) });
  });

  it('assigns several images by the names beside the places, or by what is said', async () => {
    const two = shop(`a: {repository: ${API}, tag: 1.0.0}\nb: {repository: acme/web, tag: 1.0.0}\nc: 1.0.0\n`);
    const images = [`${API}:1.1.0`, 'acme/web:1.2.0'];
    expect(
      (await bumped(two, { images, targets: [`${VALUES}#/b/tag`, `${VALUES}#/a/tag`, `acme/web=${VALUES}#/c`] }))[
        VALUES
      ],
    ).toBe(`a: {repository: ${API}, tag: 1.1.0}\nb: {repository: acme/web, tag: 1.2.0}\nc: 1.2.0\n`);
    await expect(bumped(two, { images, targets: [`${VALUES}#/c`] })).rejects.toMatchObject({
      message: `Target ${VALUES}#/c does not tell which of the images belongs there.`,
      hint: `Say it: ${API}=${VALUES}#/c, or bump one image at a time.`,
    });
  });

  it('takes a document of several only when it is clear which', async () => {
    const several = shop(`a: {tag: 1.0.0}\n---\na: {tag: 1.0.0}\nb: {tag: 1.0.0}\n`);
    expect((await bumped(several, { images: [`${API}:1.1.0`], targets: [`${VALUES}#/b/tag`] }))[VALUES]).toBe(
      `a: {tag: 1.0.0}\n---\na: {tag: 1.0.0}\nb: {tag: 1.1.0}\n`,
    );
    expect((await bumped(several, { images: [`${API}:1.1.0`], targets: [`${VALUES}#1/a/tag`] }))[VALUES]).toBe(
      `a: {tag: 1.0.0}\n---\na: {tag: 1.1.0}\nb: {tag: 1.0.0}\n`,
    );
    await expect(bumped(several, { images: [`${API}:1.1.0`], targets: [`${VALUES}#/a/tag`] })).rejects.toMatchObject({
      message: `Target ${VALUES}#/a/tag is in 2 documents of ${VALUES}.`,
      hint: `Say which one, counted from 0: ${VALUES}#0/a/tag.`,
    });
  });

  it('refuses a key that is there twice', async () => {
    const twice = shop('a:\n  tag: 1.0.0\n  tag: 1.0.1\n');
    await expect(bumped(twice, { images: [`${API}:1.1.0`], targets: [`${VALUES}#/a/tag`] })).rejects.toMatchObject({
      code: 'file',
      message: `${VALUES} has the key "tag" twice in the same map.`,
      place: { line: 2 },
    });
  });

  it('bumps no chart for a file outside every chart', async () => {
    const outside = { ...shop('x: 1\n'), 'deploy/app.yaml': 'a: 1\n---\nspec: {image: "x:1.0.0"}\n' };
    expect(await bumped(outside, { images: ['x:1.1.0'], targets: ['deploy/app.yaml#/spec/image'] })).toEqual({
      'deploy/app.yaml': 'a: 1\n---\nspec: {image: "x:1.1.0"}\n',
    });
  });

  it('takes the places of the chart’s configuration before looking for any', async () => {
    const configured = shop(`a: {repository: ${API}, tag: 1.0.0}\nversions: {api: 1.0.0}\n`);
    const places = new Map([[API, [parseTarget(`${VALUES}#/versions/api`, (file) => file, 'x')]]]);
    expect(await bumped(configured, { images: [`${API}:1.1.0`], scopes: [{ folder: 'charts/shop', places }] })).toEqual(
      {
        [VALUES]: `a: {repository: ${API}, tag: 1.0.0}\nversions: {api: 1.1.0}\n`,
        [CHART]: chartYaml('shop', '1.1.0'),
      },
    );
  });
});

describe('links and files that are none', () => {
  it.each([
    [{ [VALUES]: '120000' }, `values of chart charts/shop: ${VALUES} is a symbolic link, which is not followed.`],
    [{ [CHART]: '120000' }, `chart charts/shop: ${CHART} is a symbolic link, which is not followed.`],
  ])('%j', async (modes, message) => {
    await expect(planFor(shop('../other.yaml'), { images: [`${API}:1`], modes })).rejects.toMatchObject({
      code: 'refused',
      message,
    });
  });

  it('refuses to write through a link or into a submodule', async () => {
    const files = { 'sub/values.yaml': 'a: 1\n' };
    const bump = (mode: string) =>
      planFor(files, { images: [`${API}:1`], targets: ['sub/values.yaml#/a'], modes: { sub: mode } });
    await expect(bump('160000')).rejects.toThrow('targets: sub is a submodule, which is not followed.');
    await expect(bump('120000')).rejects.toThrow('targets: sub is a symbolic link, which is not followed.');
  });

  it('refuses Git LFS', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n';
    await expect(planFor(shop(pointer), { images: [`${API}:1`] })).rejects.toThrow(`${VALUES} is kept in Git LFS`);
  });

  it('says where YAML is broken', async () => {
    await expect(planFor(shop('a:\n  b: 1\n c: 2\n'), { images: [`${API}:1`] })).rejects.toMatchObject({
      code: 'file',
      place: { file: VALUES, line: 3 },
    });
  });
});

describe('appVersion', () => {
  const FALLBACK = 'image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"\n';
  const empty = (template: string, chart = 'appVersion: "1.0.0"\n', more = ''): Files => ({
    [CHART]: chartYaml('shop', '1.0.0', chart),
    [VALUES]: `image:\n  repository: ${API}\n  tag: ""\n${more}`,
    'charts/shop/templates/deployment.yaml': template,
  });

  it.each([
    ['the tag falls back to it', FALLBACK, 'appVersion: "1.0.0"\n', '1.1.0', 'appVersion: "1.1.0"\n'],
    [
      'default comes first',
      'image: "{{ default .Chart.AppVersion .Values.image.tag }}"',
      'appVersion: 1.0.0\n',
      '1.1.0',
      'appVersion: 1.1.0\n',
    ],
    [
      'with a v in front',
      'image: {{ default (printf "v%s" .Chart.AppVersion) .Values.image.tag }}',
      'appVersion: 1.0.0\n',
      'v1.1.0',
      'appVersion: 1.1.0\n',
    ],
    [
      'by coalesce',
      '{{- $t := coalesce .Values.image.tag $.Chart.AppVersion }}',
      'appVersion: 1.0.0\n',
      '1.1.0',
      'appVersion: 1.1.0\n',
    ],
    [
      'in a helper for all images',
      '{{- define "image" }}{{ .image.tag | default .root.Chart.AppVersion }}{{ end }}',
      'appVersion: 1.0.0\n',
      '1.1.0',
      'appVersion: 1.1.0\n',
    ],
    [
      'without any tag',
      'image: "{{ .Values.image.repository }}:{{ .Chart.AppVersion }}"',
      'appVersion: 1.0.0\n',
      '1.1.0',
      'appVersion: 1.1.0\n',
    ],
    ['quoted where it must be', FALLBACK, 'appVersion: 1.0.0\n', '1.20', 'appVersion: "1.20"\n'],
  ])('is written when %s', async (_, template, chart, tag, after) => {
    const files = empty(template, chart);
    const result = await bumped(files, { images: [`${API}:${tag}`] });
    expect(result[VALUES]).toBeUndefined();
    expect(result[CHART]).toContain(after);
    expect(result[CHART]).toMatch(/\nversion: 1\.(?:1\.0|0\.1)\n/);
  });

  it.each([
    [
      'no template falls back to it',
      'image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"\nversion: {{ .Chart.AppVersion }}\n',
    ],
    ['it is a label only', 'labels: {app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}}\n'],
    ['another image falls back to it', 'image: "{{ .Values.web.image.tag | default .Chart.AppVersion }}"\n'],
    [
      'the templates put something in front that the tag does not have',
      'image: {{ default (printf "v%s" .Chart.AppVersion) .Values.image.tag }}',
    ],
  ])('is not written when %s', async (_, template) => {
    const result = await bumped(empty(template), { images: [`${API}:1.1.0`] });
    expect(result[VALUES]).toContain('tag: "1.1.0"');
    expect(result[CHART]).toContain('appVersion: "1.0.0"');
  });

  it('is not written when another image would change with it', async () => {
    const helper = '{{ .image.tag | default .root.Chart.AppVersion }}';
    const files = empty(helper, 'appVersion: 1.0.0\n', 'worker:\n  image: {repository: acme/worker, tag: ""}\n');
    const plan = await planFor(files, { images: [`${API}:1.1.0`] });
    expect(plan.changes.map(({ file, pointer }) => `${file}#${pointer}`)).toEqual([`${VALUES}#/image/tag`]);
    expect(plan.notes).toEqual([`${API} gets its own tag: appVersion is the tag of acme/worker too.`]);
    const both = await bumped(files, { images: [`${API}:1.1.0`, 'acme/worker:1.1.0'] });
    expect(both[VALUES]).toBeUndefined();
    expect(both[CHART]).toContain('appVersion: 1.1.0\n');
  });

  it('leaves a digest beside the empty tag in step', async () => {
    const files = { ...empty(FALLBACK), [VALUES]: `image: {repository: ${API}, tag: "", digest: "${A}"}\n` };
    expect((await bumped(files, { images: [`${API}:1.1.0@${B}`] }))[VALUES]).toBe(
      `image: {repository: ${API}, tag: "", digest: "${B}"}\n`,
    );
    expect((await bumped(files, { images: [`${API}:1.1.0`] }))[VALUES]).toBe(
      `image: {repository: ${API}, tag: "", digest: ""}\n`,
    );
  });

  it('is never written with never, and always with always', async () => {
    const never = await bumped(empty(FALLBACK), { images: [`${API}:1.1.0`], appVersion: 'never' });
    expect(never[VALUES]).toContain('tag: "1.1.0"');
    expect(never[CHART]).toContain('appVersion: "1.0.0"');
    const tagged = { ...empty('x'), [VALUES]: `image: ${API}:1.0.0\n` };
    const always = await bumped(tagged, { images: [`${API}:v1.1.0`], appVersion: 'always' });
    expect(always[VALUES]).toBe(`image: ${API}:v1.1.0\n`);
    expect(always[CHART]).toContain('appVersion: "1.1.0"');
  });

  it('refuses always where it cannot be', async () => {
    const files = shop(`a: {repository: ${API}, tag: 1.0.0}\nb: {repository: acme/web, tag: 1.0.0}\n`);
    await expect(planFor(files, { images: [`${API}:1.1.0`], appVersion: 'always' })).rejects.toThrow(
      'charts/shop has no appVersion in its Chart.yaml',
    );
    const images = [`${API}:1.1.0`, 'acme/web:1.2.0'];
    await expect(planFor(files, { images, appVersion: 'always' })).rejects.toThrow(
      'charts/shop gets several tags: 1.1.0, 1.2.0',
    );
  });

  it('writes bare digests where the templates write the algorithm', async () => {
    const files = shop(`image: {repository: ${API}, tag: 1.0.0, sha: ""}\n`, {
      'charts/shop/templates/x.yaml': 'image: "{{ .Values.image.repository }}@sha256:{{ .Values.image.sha }}"',
    });
    expect((await bumped(files, { images: [`${API}:1.1.0@${B}`] }))[VALUES]).toContain(`sha: "${'b'.repeat(64)}"`);
  });
});

describe('tags that are taken from other values', () => {
  const WEB = 'ghcr.io/acme/web';
  const template = (api: string, web: string): Files => ({
    'charts/shop/templates/x.yaml': `image: "{{ .Values.api.image.repository }}:{{ ${api} }}"\nimage: "{{ .Values.web.image.repository }}:{{ ${web} }}"\n`,
  });

  it.each([
    [
      'no tag of its own',
      `global: {imageTag: 1.0.0}\napi: {image: {repository: ${API}}}\nweb: {image: {repository: ${WEB}}}\n`,
      template('.Values.global.imageTag', '.Values.global.imageTag'),
      'global.imageTag',
    ],
    [
      'a tag of its own that counts less',
      `global: {image: {tag: 1.0.0}}\napi: {image: {repository: ${API}, tag: ""}}\nweb: {image: {repository: ${WEB}, tag: ""}}\n`,
      template(
        '.Values.global.image.tag | default .Values.api.image.tag',
        'default .Values.web.image.tag .Values.global.image.tag',
      ),
      'global.image.tag',
    ],
    [
      'the tag of the other image',
      `web: {image: {repository: ${WEB}, tag: 1.0.0}}\napi: {image: {repository: ${API}}}\n`,
      template('.Values.web.image.tag', '.Values.web.image.tag'),
      'web.image.tag',
    ],
  ])('are not changed for one of several images: %s', async (_, before, templates, name) => {
    const files = shop(before, templates);
    await expect(planFor(files, { images: [`${API}:1.1.0`] })).rejects.toMatchObject({
      code: 'conflict',
      message: `${API} has its tag from ${name} in ${VALUES}, which is the tag of ${WEB} too.`,
      hint: `Bump them together with one tag, give ${API} a tag of its own in the chart, or name the place with the input targets.`,
      place: { file: VALUES, line: 1 },
    });
    const both = await planFor(files, { images: [`${API}:1.1.0`, `${WEB}:1.1.0`] });
    expect(both.changes.map(({ image }) => image).sort()).toEqual([`${API}:1.1.0`, `${WEB}:1.1.0`]);
    expect(new Set(both.changes.map(({ pointer }) => pointer.replaceAll('/', '.').slice(1)))).toEqual(new Set([name]));
    const named = `${VALUES}#/${name.replaceAll('.', '/')}`;
    expect((await planFor(files, { images: [`${API}:1.1.0`], targets: [named] })).changes).toHaveLength(1);
  });

  it('refuse to go back too', async () => {
    const files = shop(`global: {imageTag: 1.2.0}\napi: {image: {repository: ${API}}}\n`, {
      'charts/shop/templates/x.yaml': 'image: "{{ .Values.api.image.repository }}:{{ .Values.global.imageTag }}"\n',
    });
    await expect(planFor(files, { images: [`${API}:1.1.0`] })).rejects.toThrow(
      `${API} would go back from 1.2.0 to 1.1.0.`,
    );
  });

  it('count when an image’s tags differ, and are named then', async () => {
    const files = shop(
      `global: {imageTag: 1.0.0}\napi: {image: {repository: ${API}, tag: ""}}\nweb: {image: {repository: ${API}, tag: 0.9.0}}\n`,
      template('.Values.api.image.tag | default .Values.global.imageTag', '.Values.web.image.tag'),
    );
    await expect(planFor(files, { images: [`${API}:1.1.0`] })).rejects.toThrow(
      /is used with different tags.* {2}\/api\/image {2}1\.0\.0 \(by global\.imageTag\)\n.* {2}\/web\/image {2}0\.9\.0/s,
    );
  });

  it('leave alone a use that has no place for a version, and say so', async () => {
    const files = shop(`api: {image: {repository: ${API}, tag: 1.0.0}}\nweb:\n  image: {repository: ${API}}\n`);
    const plan = await planFor(files, { images: [`${API}:1.1.0`] });
    expect(plan.changes.map(({ pointer }) => pointer)).toEqual(['/api/image/tag']);
    expect(plan.notes).toEqual([
      `${VALUES}:3  ${API} has neither a tag nor a digest there, so nothing is written there.`,
    ]);
  });
});

describe('what is not written', () => {
  const files = shop(`a: {repository: ${API}, tag: 1.2.0}\nb: {repository: acme/web, tag: 1.0.0}\n`);

  it('refuses to go back, and does it when that is meant', async () => {
    await expect(planFor(files, { images: [`${API}:1.1.9`] })).rejects.toMatchObject({
      code: 'refused',
      message: `${API} would go back from 1.2.0 to 1.1.9.`,
      hint: expect.stringContaining('allow-downgrade'),
      place: { file: VALUES, line: 1 },
    });
    expect((await bumped(files, { images: [`${API}:1.1.9`], allowDowngrade: true }))[VALUES]).toContain('tag: 1.1.9');
  });

  it('has nothing to do when the version is there already', async () => {
    const plan = await planFor(files, { images: [`${API}:1.2.0`] });
    expect(plan.files).toEqual([]);
    expect(plan.changes).toEqual([]);
    expect(plan.upToDate).toMatchObject([{ file: VALUES, pointer: '/a/tag', to: '1.2.0' }]);
  });

  it('changes only what is behind', async () => {
    const plan = await planFor(files, { images: [`${API}:1.2.0`, 'acme/web:1.0.1'] });
    expect(plan.changes.map(({ image }) => image)).toEqual(['acme/web:1.0.1']);
    expect(plan.charts).toMatchObject([{ name: 'shop', from: '1.0.0', to: '1.0.1' }]);
  });

  it('quotes a number that should be that very text', async () => {
    const plan = await planFor(shop(`a: {repository: ${API}, tag: 1.20}\n`), { images: [`${API}:1.20`] });
    expect(plan.files[0]?.after).toBe(`a: {repository: ${API}, tag: "1.20"}\n`);
  });

  it('leaves out a tag that the policy does not accept, and says so', async () => {
    const scopes = [{ folder: 'charts/shop', acceptsTag: (tag: string) => !tag.includes('-'), tagPolicy: '*.*.*' }];
    const plan = await planFor(files, { images: [`${API}:1.3.0-rc.1`, 'acme/web:1.0.1'], scopes });
    expect(plan.changes.map(({ image }) => image)).toEqual(['acme/web:1.0.1']);
    expect(plan.refused).toEqual([
      {
        image: `${API}:1.3.0-rc.1`,
        chart: 'charts/shop',
        reason: 'the tag 1.3.0-rc.1 is not accepted: the policy is "*.*.*"',
        because: 'policy',
      },
    ]);
    const none = await planFor(files, { images: [`${API}:1.3.0-rc.1`], scopes });
    expect(none.files).toEqual([]);
    const target = await planFor(files, { images: [`${API}:1.3.0-rc.1`], scopes, targets: [`${VALUES}#/a/tag`] });
    expect(target.refused).toHaveLength(1);
  });

  it('refuses a place that parsers read differently', async () => {
    const twice = shop(`a: {repository: ${API}, tag: 1.0.0, tag: 1.0.1}\n`);
    await expect(planFor(twice, { images: [`${API}:1.1.0`] })).rejects.toMatchObject({
      code: 'file',
      message: `${VALUES} has the key "tag" twice in the same map.`,
      place: { file: VALUES, line: 1 },
    });
    const merged = shop(`d: &d {tag: 0.9.0}\na:\n  repository: ${API}\n  tag: 1.0.0\n  <<: *d\n`);
    await expect(planFor(merged, { images: [`${API}:1.1.0`] })).rejects.toMatchObject({
      code: 'file',
      hint: 'Write one merge key, and it as the first key of its map.',
      place: { file: VALUES, line: 3 },
    });
  });

  it('quotes what only YAML 1.1 takes for a number', async () => {
    const plan = await planFor(shop(`a: {repository: ${API}, tag: 1_0}\n`), { images: [`${API}:1_0`] });
    expect(plan.files[0]?.after).toBe(`a: {repository: ${API}, tag: "1_0"}\n`);
    expect(
      (await planFor(shop(`a: {repository: ${API}, tag: !!str 1_0}\n`), { images: [`${API}:1_0`] })).files,
    ).toEqual([]);
  });

  it('refuses two images for one value', async () => {
    const shared = shop(`v: &v 1.0.0\na: {repository: ${API}, tag: *v}\nb: {repository: acme/web, tag: *v}\n`);
    await expect(planFor(shared, { images: [`${API}:1.1.0`, 'acme/web:1.2.0'] })).rejects.toMatchObject({
      code: 'conflict',
      message: `${API}:1.1.0 and acme/web:1.2.0 are both written to the same value.`,
      place: { line: 1 },
    });
  });

  it('names what changes through an alias', async () => {
    const shared = shop(`v: &v 1.0.0\na: {repository: ${API}, tag: *v}\nb: {x: *v}\n`);
    const plan = await planFor(shared, { images: [`${API}:1.1.0`] });
    expect(plan.changes).toMatchObject([{ pointer: '/a/tag', place: { line: 1 }, alsoAt: ['/v', '/b/x'] }]);
  });
});

describe('the chart’s version', () => {
  const files = shop(
    `a: {repository: ${API}, tag: 1.0.0}\nb: {repository: acme/web, tag: 1.0.0}\nc: {repository: acme/c, tag: main-1}\n`,
  );
  const version = async (images: readonly string[], rule = 'auto') => {
    const scopes = [{ folder: 'charts/shop', versionRule: rule as 'auto' }];
    const [chart] = (await planFor(files, { images, scopes })).charts;
    return chart?.to;
  };

  it('follows the greatest change', async () => {
    expect(await version([`${API}:1.0.1`])).toBe('1.0.1');
    expect(await version([`${API}:1.0.1`, 'acme/web:1.1.0'])).toBe('1.1.0');
    expect(await version([`${API}:2.0.0`, 'acme/web:1.1.0', 'acme/c:main-2'])).toBe('2.0.0');
    expect(await version(['acme/c:main-2'])).toBe('1.0.1');
    expect(await version([`${API}:2.0.0`], 'patch')).toBe('1.0.1');
    expect(await version([`${API}:1.1.0`], 'prerelease')).toBe('1.1.0-develop.1');
  });

  it('stays with none', async () => {
    const scopes = [{ folder: 'charts/shop', versionRule: 'none' as const }];
    const plan = await planFor(files, { images: [`${API}:1.1.0`], scopes });
    expect(plan.charts).toMatchObject([{ from: '1.0.0', to: '1.0.0' }]);
    expect(plan.files.map(({ path }) => path)).toEqual([VALUES]);
  });

  it('must be there, and a version', async () => {
    const broken = (chart: string) => planFor({ ...files, [CHART]: chart }, { images: [`${API}:1.1.0`] });
    await expect(broken('name: shop\n')).rejects.toThrow(`${CHART} has no version.`);
    await expect(broken('name: shop\nversion: "1.0"\n')).rejects.toMatchObject({
      message: 'The chart\'s version "1.0" is no SemVer version, so there is no next one.',
      place: { file: CHART, line: 2 },
    });
  });

  it('keeps its quotes and comment', async () => {
    const quoted = { ...files, [CHART]: "name: shop\nversion: '1.0.0' # chart\n" };
    expect((await bumped(quoted, { images: [`${API}:1.1.0`] }))[CHART]).toBe("name: shop\nversion: '1.1.0' # chart\n");
  });
});

describe('charts that contain a bumped chart', () => {
  const umbrella = (version: string, more = ''): Files => ({
    'charts/api/Chart.yaml': chartYaml('api', '1.0.0'),
    'charts/api/values.yaml': `image: ${API}:1.0.0\n`,
    'charts/all/Chart.yaml': chartYaml(
      'all',
      '3.0.0',
      `dependencies:\n  - name: api\n    version: ${version} # c\n    repository: file://../api\n${more}`,
    ),
    'charts/top/Chart.yaml': chartYaml('top', '0.1.0', 'dependencies: [{name: all, repository: "file://../all"}]\n'),
    'charts/else/Chart.yaml': chartYaml('else'),
    'charts/broken/Chart.yaml': 'a: [\n',
  });
  const bump = (files: Files, tag = '1.1.0', rule: 'auto' | 'none' = 'auto') =>
    bumped(files, { images: [`${API}:${tag}`], scopes: [{ folder: 'charts/api', versionRule: rule }] });

  it.each([
    ['1.0.0', '1.1.0'],
    ['"1.0.0"', '"1.1.0"'],
    ['^1.0.0', '^1.0.0'],
    ['1.x.x', '1.x.x'],
    ['~1.0.0', '~1.1.0'],
    ['^0.9', '^1.1.0'],
    ["'*'", "'*'"],
    ['v1.0.0', 'v1.1.0'],
    ['"=1.0.0"', '"=1.1.0"'],
    ['"= v1.0.0"', '"= v1.1.0"'],
    ['">=1.0.0"', '">=1.0.0"'],
    ['">=1.0.0 <2.0.0"', '">=1.0.0 <2.0.0"'],
    ['1', '1'],
  ])('follow: dependency %s becomes %s, and their versions rise as much', async (before, after) => {
    const result = await bump(umbrella(before));
    expect(Object.keys(result).sort()).toEqual([
      'charts/all/Chart.yaml',
      'charts/api/Chart.yaml',
      'charts/api/values.yaml',
      'charts/top/Chart.yaml',
    ]);
    expect(result['charts/all/Chart.yaml']).toContain('\nversion: 3.1.0\n');
    expect(result['charts/all/Chart.yaml']).toContain(`    version: ${after} # c\n`);
    expect(result['charts/top/Chart.yaml']).toBe(
      chartYaml('top', '0.2.0', 'dependencies: [{name: all, repository: "file://../all"}]\n'),
    );
  });

  it('are an error when their range excludes the new version', async () => {
    await expect(bump(umbrella('1.0.x'))).rejects.toMatchObject({
      code: 'conflict',
      message: 'charts/all/Chart.yaml depends on api "1.0.x", which does not accept its next version 1.1.0.',
      place: { file: 'charts/all/Chart.yaml', line: 6 },
    });
  });

  it('are told how to accept a pre-release', async () => {
    const files = umbrella('1.x.x');
    const scopes = [{ folder: 'charts/api', versionRule: 'prerelease' as const }];
    await expect(planFor(files, { images: [`${API}:1.1.0`], scopes })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('which does not accept its next version 1.1.0-develop.1.'),
      hint: 'Helm’s ranges accept a pre-release only when they name one: write >=1.0.0-0 in place of 1.x.x.',
    });
  });

  it('stay as they are, with a note, when they did not accept the old version either', async () => {
    const plan = await planFor(umbrella('0.9.0'), { images: [`${API}:1.1.0`], scopes: [{ folder: 'charts/api' }] });
    expect(plan.followed).toEqual([]);
    expect(plan.charts.map(({ name, to }) => `${name} ${to}`)).toEqual(['all 3.1.0', 'api 1.1.0', 'top 0.2.0']);
    expect(plan.notes).toEqual([
      'charts/all/Chart.yaml:6  depends on api "0.9.0", which is not its version 1.0.0 either: it stays as it is.',
    ]);
  });

  it('are named when they hold a packed copy', async () => {
    const files = {
      ...umbrella('1.0.0'),
      'charts/all/charts/api-1.0.0.tgz': '',
      'charts/all/charts/api-x-1.0.0.tgz': '',
    };
    const plan = await planFor(files, { images: [`${API}:1.1.0`], scopes: [{ folder: 'charts/api' }] });
    expect(plan.notes).toEqual([
      'charts/all/charts/api-1.0.0.tgz is a packed copy of charts/api and stays the old one: run helm dependency update charts/all.',
    ]);
  });

  it('follow a published sibling that they ask for by its very version', async () => {
    const repository = 'oci://ghcr.io/acme/charts';
    const all = (api: string, version = '3.0.0') =>
      chartYaml('all', version, `dependencies: [{name: api, version: ${api}, repository: "${repository}"}]\n`);
    const files = { ...umbrella('1.0.0'), 'charts/all/Chart.yaml': all('1.0.0') };
    const plan = await planFor(files, { images: [`${API}:1.1.0`], scopes: [{ folder: 'charts/api' }] });
    expect(plan.files.find(({ path }) => path === 'charts/all/Chart.yaml')?.after).toBe(all('1.1.0', '3.1.0'));
    expect(plan.notes).toEqual([
      `charts/all/Chart.yaml takes api 1.1.0 from ${repository}: publish charts/api before it is built.`,
    ]);
    // Another version may be anybody's chart of that name.
    for (const other of ['0.9.0', '1.x.x', '^1.0.0']) {
      expect(await bump({ ...files, 'charts/all/Chart.yaml': all(other) })).not.toHaveProperty('charts/all/Chart.yaml');
    }
    const twice = { ...files, 'other/api/Chart.yaml': chartYaml('api', '1.0.0') };
    expect(Object.keys(await bump(twice)).sort()).toEqual(['charts/api/Chart.yaml', 'charts/api/values.yaml']);
  });

  it('follow one that they have twice, under two names', async () => {
    const twice = (version: string) =>
      chartYaml(
        'all',
        '3.0.0',
        `dependencies:\n- {name: api, alias: a, version: ${version}, repository: "file://../api"}\n- {name: api, alias: b, version: ^${version}, repository: "file://../api/"}\n`,
      );
    const result = await bump({ ...umbrella('1.0.0'), 'charts/all/Chart.yaml': twice('1.0.0') }, '2.0.0');
    expect(result['charts/all/Chart.yaml']).toBe(twice('2.0.0').replace('3.0.0', '4.0.0'));
  });

  it('follow a chart in their charts folder, listed or not', async () => {
    const files = {
      ...shop('x: 1\n'),
      'charts/shop/charts/api/Chart.yaml': chartYaml('api'),
      'charts/shop/charts/api/values.yaml': `image: ${API}:1.0.0\n`,
    };
    expect(await bumped(files, { images: [`${API}:1.0.1`] })).toEqual({
      'charts/shop/charts/api/values.yaml': `image: ${API}:1.0.1\n`,
      'charts/shop/charts/api/Chart.yaml': chartYaml('api', '1.0.1'),
      [CHART]: chartYaml('shop', '1.0.1'),
    });
  });

  it('rise once when they use the image themselves too', async () => {
    const files = { ...umbrella('1.0.0'), 'charts/all/values.yaml': `image: ${API}:1.0.0\n` };
    const result = await bumped(files, {
      images: [`${API}:1.0.1`],
      scopes: [{ folder: 'charts/api' }, { folder: 'charts/all' }],
    });
    expect(result['charts/all/Chart.yaml']).toContain('\nversion: 3.0.1\n');
  });

  it('survive charts that contain each other', async () => {
    const files = {
      ...umbrella('1.0.0'),
      'charts/api/Chart.yaml': chartYaml(
        'api',
        '1.0.0',
        'dependencies: [{name: all, version: ">=1", repository: "file://../all"}]\n',
      ),
    };
    const plan = await planFor(files, { images: [`${API}:1.0.1`], scopes: [{ folder: 'charts/api' }] });
    expect(plan.charts.map(({ name, to }) => `${name} ${to}`)).toEqual(['all 3.0.1', 'api 1.0.1', 'top 0.1.1']);
  });

  it('keep a Chart.lock that fitted in step, and leave one that did not', async () => {
    const required = [{ name: 'api', version: '1.0.0', repository: 'file://../api' }];
    const lock = (version: string, digest: string) =>
      `dependencies:\n- name: api\n  repository: file://../api\n  version: ${version}\ndigest: ${digest}\ngenerated: "2026-01-01T00:00:00Z"\n`;
    const at = (version: string) => [{ name: 'api', version, repository: 'file://../api' }];
    const files = { ...umbrella('1.0.0'), 'charts/all/Chart.lock': lock('1.0.0', lockDigest(required, required)) };
    expect((await bump(files))['charts/all/Chart.lock']).toBe(lock('1.1.0', lockDigest(at('1.1.0'), at('1.1.0'))));
    const stale = { ...files, 'charts/all/Chart.lock': lock('1.0.0', 'sha256:00') };
    expect((await bump(stale))['charts/all/Chart.lock']).toBeUndefined();
    const { notes } = await planFor(stale, { images: [`${API}:1.1.0`], scopes: [{ folder: 'charts/api' }] });
    expect(notes).toEqual([
      'charts/all/Chart.lock was out of step with Chart.yaml before, so it stays as it is: run helm dependency update charts/all.',
    ]);
  });

  it('rise by their own rule when the chart in them keeps its version', async () => {
    const result = await bump(umbrella('1.0.0'), '1.1.0', 'none');
    expect(Object.keys(result).sort()).toEqual([
      'charts/all/Chart.yaml',
      'charts/api/values.yaml',
      'charts/top/Chart.yaml',
    ]);
  });
});

describe('a list of the chart’s images for Artifact Hub', () => {
  const annotation = (api: string) =>
    `annotations:\n  artifacthub.io/license: MIT\n  artifacthub.io/images: |\n    - name: api # ${API}\n      image: ${api}\n    - {name: web, image: "acme/web:1.0.0"}\n    - name: other\n      image: ${API}-other:1.0.0\n`;
  const files = (api: string): Files => ({
    [CHART]: chartYaml('shop', '1.0.0', annotation(api)),
    [VALUES]: `image: {repository: ${API}, tag: 1.0.0}\nweb: {repository: acme/web, tag: 1.0.0}\n`,
  });

  it('is kept in step, byte for byte', async () => {
    const plan = await planFor(files(`${API}:1.0.0@${A}`), { images: [`${API}:1.1.0`] });
    expect(plan.files.find(({ path }) => path === CHART)?.after).toBe(
      chartYaml('shop', '1.1.0', annotation(`${API}:1.1.0`)),
    );
    expect(plan.followed).toMatchObject([
      { file: CHART, pointer: '/annotations/artifacthub.io~1images', from: `${API}:1.0.0@${A}`, to: `${API}:1.1.0` },
    ]);
    const pinned = await bumped(files(`${API}:1.0.0`), { images: [`${API}:1.1.0@${B}`, 'acme/web:1.2.0'] });
    expect(pinned[CHART]).toContain(`image: ${API}:1.1.0@${B}\n`);
    expect(pinned[CHART]).toContain('image: "acme/web:1.2.0"}');
  });

  it('is kept in step in double quotes on one line', async () => {
    const text = (api: string) => `annotations: {artifacthub.io/images: "- name: api\\n  image: ${api}\\n"} # c\n`;
    const quoted = { ...files('x'), [CHART]: chartYaml('shop', '1.0.0', text(`${API}:1.0.0`)) };
    expect((await bumped(quoted, { images: [`${API}:1.1.0`] }))[CHART]).toBe(
      chartYaml('shop', '1.1.0', text(`${API}:1.1.0`)),
    );
  });

  it('tells of the chart’s own values, not of an environment’s', async () => {
    const overlay = 'charts/shop/prod.yaml';
    const scopes = [{ folder: 'charts/shop', overlays: [overlay] }];
    const given = { images: [`${API}:1.1.0`], scopes };
    const both = { ...files(`${API}:1.0.0`), [overlay]: 'image: {tag: 1.0.0}\n' };
    expect((await bumped(both, given))[CHART]).toBe(chartYaml('shop', '1.1.0', annotation(`${API}:1.0.0`)));
    const only = { ...both, [VALUES]: 'x: 1\n', [overlay]: `image: {repository: ${API}, tag: 1.0.0}\n` };
    expect((await bumped(only, given))[CHART]).toBe(chartYaml('shop', '1.1.0', annotation(`${API}:1.1.0`)));
  });

  it('is no reason for a bump', async () => {
    const plan = await planFor(files(`${API}:0.9.0`), { images: [`${API}:1.0.0`] });
    expect(plan.files).toEqual([]);
  });

  it('is left alone when it is no text', async () => {
    const odd = { ...files('x'), [CHART]: chartYaml('shop', '1.0.0', 'annotations: {artifacthub.io/images: [1]}\n') };
    expect((await bumped(odd, { images: [`${API}:1.1.0`] }))[CHART]).toContain('version: 1.1.0');
  });
});

describe('orders and versions that others have', () => {
  const files = shop(`a: {repository: ${API}, tag: main-12}\n`);

  it('knows what goes back by the order of the chart', async () => {
    const scopes = [{ folder: 'charts/shop', order: { by: 'numeric', pattern: /^main-(\d+)/ } as const }];
    await expect(planFor(files, { images: [`${API}:main-9`], scopes })).rejects.toThrow(
      'would go back from main-12 to main-9',
    );
    expect((await planFor(files, { images: [`${API}:main-9`] })).changes).toHaveLength(1);
  });
});
