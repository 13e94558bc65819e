import { describe, expect, it } from '@jest/globals';
import {
  bumpedImages,
  checkMessageTemplate,
  commitMessage,
  trailersOf,
  type BumpOrigin,
} from '../../../src/core/commit-message.js';
import { chartYaml, planFor } from '../../support/bump.js';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const ORIGIN: BumpOrigin = {
  repository: 'acme/api',
  commit: 'c0ffee',
  run: 'https://github.com/acme/api/actions/runs/7',
  runNumber: '42',
  workflow: 'acme/api/.github/workflows/ci.yml',
  environment: 'develop',
  branch: 'main',
  id: 'id-1',
};
const files = {
  'charts/shop/Chart.yaml': chartYaml('shop'),
  'charts/shop/values.yaml': 'a: {repository: acme/api, tag: 1.0.0, digest: ""}\nb: {repository: acme/web, tag: ""}\n',
};
const message = async (images: readonly string[], template = '', origin = ORIGIN) =>
  commitMessage(await planFor(files, { images }), origin, template);

describe('commitMessage', () => {
  it('is a conventional commit with trailers', async () => {
    expect(await message([`acme/api:1.1.0@${DIGEST}`])).toBe(
      [
        'chore(shop): bump api 1.0.0 → 1.1.0, chart 1.1.0',
        '',
        '- charts/shop/values.yaml#/a/tag: 1.0.0 → 1.1.0',
        `- charts/shop/values.yaml#/a/digest: (empty) → ${DIGEST}`,
        '- chart shop: 1.0.0 → 1.1.0',
        '',
        'Image: acme/api:1.1.0',
        `Image-Digest: ${DIGEST}`,
        'Chart-Version: shop 1.1.0',
        'Environment: develop',
        'Source-Repository: acme/api',
        'Source-Commit: c0ffee',
        'Source-Run: https://github.com/acme/api/actions/runs/7',
        'Source-Run-Number: 42',
        'Source-Workflow: acme/api/.github/workflows/ci.yml',
        'Helm-CD-Bump: id-1',
        '',
      ].join('\n'),
    );
  });

  it('leaves out what is not known', async () => {
    const nothing = {
      repository: '',
      commit: '',
      run: '',
      runNumber: '',
      workflow: '',
      environment: '',
      branch: 'main',
      id: 'x',
    };
    expect(await message(['acme/web:1.0.0'], '', nothing)).toBe(
      [
        'chore(shop): bump web to 1.0.0, chart 1.0.1',
        '',
        '- charts/shop/values.yaml#/b/tag: (empty) → 1.0.0',
        '- chart shop: 1.0.0 → 1.0.1',
        '',
        'Image: acme/web:1.0.0',
        'Chart-Version: shop 1.0.1',
        'Helm-CD-Bump: x',
        '',
      ].join('\n'),
    );
  });

  it('counts several images', async () => {
    expect(await message(['acme/api:1.0.1', 'acme/web:1.0.0'])).toMatch(
      /^chore\(shop\): bump 2 images, chart 1\.0\.1\n/,
    );
  });

  it('names a digest by its start when only that changes', async () => {
    expect(await message([`acme/api@${DIGEST}`])).toMatch(
      /^chore\(shop\): bump api to sha256:0123456789ab, chart 1\.0\.1\n/,
    );
  });

  it('fills in a template, and puts the trailers below', async () => {
    const text = await message(
      ['acme/api:1.1.0'],
      'deploy: {name} {old} to {new} ({chart} {chart-version}) on {branch}/{environment}\n\n{image} {images}',
    );
    expect(text).toMatch(
      /^deploy: api 1\.0\.0 to 1\.1\.0 \(shop 1\.1\.0\) on main\/develop\n\nacme\/api:1\.1\.0 api 1\.0\.0 → 1\.1\.0\n\nImage: /,
    );
  });

  it('keeps every trailer on one line', async () => {
    expect(await message(['acme/api:1.1.0'], '', { ...ORIGIN, environment: 'a\nHelm-CD-Bump: forged' })).toContain(
      '\nEnvironment: a Helm-CD-Bump: forged\n',
    );
  });

  it('can be read back', async () => {
    const text = await message([`acme/api:1.1.0@${DIGEST}`, 'acme/web:1.0.0'], 'x\n\nImage: forged\n\ny');
    expect(trailersOf(text, 'Image')).toEqual(['acme/api:1.1.0', 'acme/web:1.0.0']);
    expect(trailersOf(text, 'Chart-Version')).toEqual(['shop 1.1.0']);
    expect(trailersOf(text, 'Nothing')).toEqual([]);
    expect(trailersOf('subject only', 'Image')).toEqual([]);
    expect(bumpedImages(text)).toEqual([
      { name: 'acme/api', tag: '1.1.0', digest: DIGEST },
      { name: 'acme/web', tag: '1.0.0' },
    ]);
    expect(bumpedImages(`x\n\nImage-Digest: ${DIGEST}\nImage: no image\nImage: a:1\nImage-Digest: none\n`)).toEqual([
      { name: 'a', tag: '1' },
    ]);
  });

  it('knows its placeholders', () => {
    expect(() => checkMessageTemplate('{image} {}')).not.toThrow();
    expect(() => checkMessageTemplate('{chart-versoin}')).toThrow(
      'Input "commit-message" has the unknown placeholder {chart-versoin}, did you mean "chart-version"?',
    );
  });
});
