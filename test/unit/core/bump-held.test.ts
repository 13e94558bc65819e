import { describe, expect, it } from '@jest/globals';
import { chartYaml, planFor, type Files } from '../../support/bump.js';

const FILES: Files = {
  'charts/shop/Chart.yaml': chartYaml('shop'),
  'charts/shop/values.yaml':
    'api:\n  image: { repository: ghcr.io/acme/api, tag: main-1 }\nweb:\n  image: { repository: ghcr.io/acme/web, tag: main-1 }\n',
};
const HELD = { image: 'ghcr.io/acme/api:main-2', chart: 'charts/shop', reason: 'it is older' };
const REFUSED = { ...HELD, because: 'newer-build' };

describe('what is held back', () => {
  it('is not written, and nothing rises for it', async () => {
    const plan = await planFor(FILES, { images: ['ghcr.io/acme/api:main-2'], held: [HELD] });
    expect(plan).toMatchObject({ changes: [], upToDate: [], charts: [], files: [], refused: [REFUSED] });
  });

  it('keeps nothing else from being written', async () => {
    const images = ['ghcr.io/acme/api:main-2', 'ghcr.io/acme/web:main-2'];
    const plan = await planFor(FILES, { images, held: [HELD] });
    expect(plan.changes.map(({ image }) => image)).toEqual(['ghcr.io/acme/web:main-2']);
    expect(plan.refused).toEqual([REFUSED]);
    expect(plan.charts).toMatchObject([{ from: '1.0.0', to: '1.0.1' }]);
  });

  it('is held back in its own chart only', async () => {
    const plan = await planFor(FILES, {
      images: ['ghcr.io/acme/api:main-2'],
      held: [{ ...HELD, chart: 'charts/other' }],
    });
    expect(plan.changes).toHaveLength(1);
    expect(plan.refused).toEqual([]);
  });
});

describe('versions that are taken', () => {
  it.each([
    ['1.0.0', 'auto', ['1.0.1'], '1.0.2'],
    ['1.0.0', 'auto', ['1.0.0', '1.0.1', '1.0.2', '1.1.0'], '1.0.3'],
    ['1.0.0', 'minor', ['1.1.0'], '1.2.0'],
    ['1.5.0-develop.2', 'prerelease', ['1.5.0-develop.3'], '1.5.0-develop.4'],
    ['1.0.0', 'none', ['1.0.0'], '1.0.0'],
  ] as const)('from %s by %s without %j: %s', async (version, versionRule, taken, expected) => {
    const files = { ...FILES, 'charts/shop/Chart.yaml': chartYaml('shop', version) };
    const plan = await planFor(files, {
      images: ['ghcr.io/acme/api:main-2'],
      scopes: [{ folder: 'charts/shop', versionRule }],
      taken: new Map([['charts/shop', new Set(taken)]]),
    });
    expect(plan.charts).toMatchObject([{ to: expected }]);
  });

  it('are those of the chart itself', async () => {
    const plan = await planFor(FILES, {
      images: ['ghcr.io/acme/api:main-2'],
      taken: new Map([['charts/other', new Set(['1.0.1'])]]),
    });
    expect(plan.charts).toMatchObject([{ to: '1.0.1' }]);
  });
});
